//! The list of engines, and the one that is taken out of it.

use crate::domain::engines::EngineEntry;
use crate::tui::{
    effect::Effect,
    msg::Level,
    state::{Engine, Mode, Overlay, State},
};

/// Opens the list; what is in it is asked for anew.
pub(super) fn open(state: &mut State) -> Vec<Effect> {
    state.engines = None;
    state.mode = Mode::Overlay {
        overlay: Overlay::Engines { cursor: 0 },
        top: 0,
    };
    vec![Effect::ListEngines]
}

/// The list is there; the cursor is on the engine that builds now.
pub(super) fn listed(state: &mut State, engines: Vec<EngineEntry>) {
    let current = match &state.engine {
        Engine::Ready { how, .. } => engines
            .iter()
            .position(|entry| entry.place == *how || entry.place == format!("unix://{how}")),
        _ => None,
    };
    let first = engines.iter().position(|entry| entry.first_choice);
    state.engines = Some(engines);
    if let Mode::Overlay {
        overlay: Overlay::Engines { cursor },
        ..
    } = &mut state.mode
    {
        *cursor = current.or(first).unwrap_or(0);
    }
}

/// Moves the cursor, where the list is open.
pub(super) fn step(state: &mut State, by: isize) -> bool {
    let last = state.engines.as_ref().map_or(0, Vec::len).saturating_sub(1);
    let Mode::Overlay {
        overlay: Overlay::Engines { cursor },
        ..
    } = &mut state.mode
    else {
        return false;
    };
    *cursor = cursor.saturating_add_signed(by).min(last);
    true
}

/// Takes the engine under the cursor.
pub(super) fn take(state: &mut State) -> Vec<Effect> {
    let Mode::Overlay {
        overlay: Overlay::Engines { cursor },
        ..
    } = &state.mode
    else {
        return Vec::new();
    };
    let entry = state.engines.as_ref().and_then(|all| all.get(*cursor));
    let Some(entry) = entry.cloned() else {
        return Vec::new();
    };
    if entry.facts().is_none() {
        let text = format!("{} cannot be used: see below it", entry.name);
        state.notify(Level::Warning, text);
        return Vec::new();
    }
    state.mode = Mode::Browse;
    state.engine = Engine::Looking { ready: true };
    state.notify(
        Level::Info,
        format!("builds go to {} from now on", entry.name),
    );
    vec![Effect::TakeEngine(entry.name)]
}
