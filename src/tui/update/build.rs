//! Starting and ending builds.

use crate::domain::{edit::EditKind, event::Trigger, ids::StrategyId};
use crate::tui::{
    areas::Areas,
    effect::Effect,
    msg::Level,
    state::{Mode, Overlay, Pane, State},
};

/// How a build was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// With Enter, under which the screen says what it will do: it agrees to the set-up too.
    WithEnter,
    /// With another key.
    Otherwise,
}

/// Builds of these strategies, after set-up where that is needed.
pub(super) fn ask(state: &mut State, strategies: Vec<StrategyId>, asked: Asked) -> Vec<Effect> {
    if super::bench::refuses(state, "a build") {
        return Vec::new();
    }
    let possible = super::availability::available(state, strategies);
    if possible.is_empty() {
        return Vec::new();
    }
    let mut wanted = possible;
    wanted.retain(|id| !state.is_queued(id));
    if state.needs_setup() {
        state.waiting.extend(wanted);
        return set_up_first(state, asked);
    }
    if wanted.is_empty() {
        state.notify(Level::Info, "it waits in the queue already");
        return Vec::new();
    }
    // Whoever asks for builds wants to see them.
    state.log.live = true;
    state.log.scroll = crate::tui::state::log::Scroll::Follow;
    let trigger = own_trigger(state);
    vec![Effect::Build {
        strategies: wanted,
        trigger,
    }]
}

/// The first build after an edit of ours is labelled with it.
fn own_trigger(state: &mut State) -> Trigger {
    match state.edits.unreported.take() {
        Some((file, line)) => Trigger::Edited {
            edit: EditKind::Source,
            file,
            line,
        },
        None => Trigger::Asked,
    }
}

fn set_up_first(state: &mut State, asked: Asked) -> Vec<Effect> {
    if state.set_up().is_some() {
        notify_waiting(state, "the set-up is done");
        return Vec::new();
    }
    let Some(checklist) = &state.checklist else {
        notify_waiting(state, "an engine is found");
        return vec![Effect::Examine];
    };
    if checklist.is_ready() {
        notify_waiting(state, "the engine answers");
        return vec![Effect::Examine];
    }
    if checklist.commands().is_empty() || asked == Asked::Otherwise || !checklist_in_pane(state) {
        state.mode = Mode::Overlay {
            overlay: Overlay::Checklist,
            top: 0,
        };
        return Vec::new();
    }
    vec![Effect::SetUp]
}

fn notify_waiting(state: &mut State, until: &str) {
    let names: Vec<&str> = state.waiting.iter().map(|id| id.0.as_str()).collect();
    let text = format!("as soon as {until}, builds {}", names.join(", "));
    state.notify(Level::Info, text);
}

/// Whether the checklist stands where the log will be, in view.
fn checklist_in_pane(state: &State) -> bool {
    state.needs_setup() && state.shown().is_none() && Areas::of(state).pane(Pane::Build).area() > 0
}

/// The marked strategies, else the selected one.
pub(super) fn marked_or_selected(state: &State) -> Vec<StrategyId> {
    if state.list.marked.is_empty() {
        let selected = state.selected().map(|strategy| strategy.id.clone());
        return selected.into_iter().collect();
    }
    marked(state)
}

/// The marked strategies, in the list's order.
pub(super) fn marked(state: &State) -> Vec<StrategyId> {
    let ids = state.strategies.iter().map(|strategy| &strategy.id);
    ids.filter(|id| state.list.marked.contains(*id))
        .cloned()
        .collect()
}

/// Builds that waited for an engine.
pub(super) fn flush_waiting(state: &mut State) -> Vec<Effect> {
    let strategies = std::mem::take(&mut state.waiting);
    if strategies.is_empty() {
        return Vec::new();
    }
    let trigger = own_trigger(state);
    vec![Effect::Build {
        strategies,
        trigger,
    }]
}

/// Ends the build at work and takes everything that waits out.
pub(super) fn cancel(state: &mut State) -> Vec<Effect> {
    if let Some(effects) = super::bench::stop(state) {
        return effects;
    }
    end_builds(state)
}

fn end_builds(state: &mut State) -> Vec<Effect> {
    let mut effects = Vec::new();
    state.waiting.clear();
    if !state.runs.queue.is_empty() {
        effects.push(Effect::DropQueue);
    }
    effects.extend(cancel_current(state));
    effects
}

/// Ends the build at work, or the look at its image, once.
pub(super) fn cancel_current(state: &mut State) -> Option<Effect> {
    let current = state.runs.at_work()?.id;
    if state.runs.cancelling == Some(current) {
        return None;
    }
    state.runs.cancelling = Some(current);
    Some(Effect::Cancel)
}

/// Asks first when something is at work.
pub(super) fn quit(state: &mut State) -> Vec<Effect> {
    let is_benching = state.bench.live().is_some();
    if !is_benching && state.runs.at_work().is_none() && state.runs.queue.is_empty() {
        return vec![Effect::Quit];
    }
    state.mode = Mode::Overlay {
        overlay: Overlay::Quit,
        top: 0,
    };
    Vec::new()
}

/// Ends everything.
pub(super) fn quit_now(state: &mut State) -> Vec<Effect> {
    let mut effects = if state.bench.live().is_some() || state.bench.is_waiting {
        vec![Effect::CancelBench]
    } else {
        Vec::new()
    };
    effects.extend(end_builds(state));
    effects.push(Effect::Quit);
    effects
}
