//! What a message changes and what it leads to. Pure: no I/O, no clock.

use std::time::Duration;

use super::{
    areas::{Areas, list_rows},
    effect::Effect,
    figures::History,
    msg::{Level, Msg},
    state::{Engine, Mode, Notice, Overlay, Pane, State},
    view,
};
use crate::domain::{
    check::Checklist,
    event::{BuildEvent, RunEvent},
};

mod availability;
mod bench;
mod build;
mod engines;
pub(super) mod keys;
mod mouse;
mod run;
mod scroll;
mod search;
mod watch;

#[cfg(test)]
mod tests;

pub(super) use watch::{names as watch_names, place as watch_place};

/// Takes one message in.
pub fn update(state: &mut State, msg: Msg) -> Vec<Effect> {
    if let Msg::Tick { now } = msg {
        tick(state, now);
        return Vec::new();
    }
    state.dirty = true;
    // Lines of output come by the ten thousand, and nothing that has bounds depends on them.
    let only_output = is_output(&msg);
    let effects = take_in(state, msg);
    if !only_output {
        settle(state);
    }
    effects
}

fn is_output(msg: &Msg) -> bool {
    let Msg::Run(RunEvent::BuildProgressed { event, .. }) = msg else {
        return false;
    };
    matches!(event, BuildEvent::Output { .. })
}

fn take_in(state: &mut State, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Key(key) => return keys::press(state, key),
        Msg::Mouse(event) => return mouse::use_mouse(state, event),
        Msg::Paste(pasted) => search::paste(state, &pasted),
        Msg::Resize(width, height) => state.size = (width, height),
        Msg::Run(event) => return run::take_in(state, event),
        Msg::Engines(engines) => engines::listed(state, engines),
        Msg::RecordsOfAll(records) => {
            for record in records {
                state.learn_everywhere(record);
            }
        }
        Msg::RecordsForgotten => {
            state.history = History::default();
            state.weigh();
        }
        Msg::Records(records) => {
            for record in records {
                state.history.learn(record);
            }
            state.weigh();
        }
        Msg::Foreseen(foreseen) => state.foreseen = foreseen,
        Msg::Checklist(checklist) => return looked_at(state, checklist),
        Msg::SourcesChanged { files } => return watch::changed(state, files),
        Msg::SourcesTouched { files } => watch::touched(state, &files),
        Msg::Edited { file, line, stamp } => watch::edited(state, file, line, stamp),
        Msg::Touched { file } => watch::touched(state, &[file]),
        Msg::Restored { restored, kept } => watch::restored(state, &restored, &kept),
        Msg::EditedVirtually { file, line, stamp } => {
            return watch::edited_virtually(state, file, line, stamp);
        }
        Msg::Availability(unavailable) => availability::learn(state, unavailable),
        Msg::WatchState { on } => watch::switched(state, on),
        Msg::Disk { free } => state.disk = Some(free),
        Msg::Bench(event) => bench::take_in(state, &event),
        Msg::BenchNotBegun { why } => bench::not_begun(state, &why),
        Msg::LastBench(measured) => bench::kept(state, measured),
        Msg::Unfinished {
            strategies,
            priors,
            runs,
        } => bench::found(state, &strategies, &priors, runs),
        Msg::Commands { strategy, text } => return copy(state, strategy, text),
        Msg::LogSaved { path } => {
            state.notify(Level::Info, format!("log saved as {}", path.display()));
        }
        Msg::Notice { level, text } => state.notify(level, text),
        Msg::Terminated => return build::quit_now(state),
        Msg::Tick { .. } | Msg::Resumed => {}
    }
    Vec::new()
}

/// Time went on; there is something to draw only if something moved.
fn tick(state: &mut State, now: Duration) {
    let moves = state.moves();
    let frame = |at: Duration| at.as_millis() / 100;
    if moves && frame(now) != frame(state.now) {
        state.dirty = true;
    }
    state.now = now;
    let before = state.notices.len();
    state.notices.retain(|Notice { until, .. }| *until > now);
    state.dirty |= state.notices.len() != before;
}

fn looked_at(state: &mut State, checklist: Checklist) -> Vec<Effect> {
    let ready = checklist.is_ready();
    state.checklist = Some(checklist);
    if ready && !matches!(state.engine, Engine::Ready { .. }) {
        state.engine = Engine::Looking { ready: true };
        return build::flush_waiting(state);
    }
    Vec::new()
}

fn copy(state: &mut State, strategy: crate::domain::ids::StrategyId, text: String) -> Vec<Effect> {
    state.mode = Mode::Overlay {
        overlay: Overlay::Command {
            strategy,
            text: text.clone(),
        },
        top: 0,
    };
    vec![Effect::CopyText(text)]
}

/// Puts everything back into its bounds after a change of content, cursor or size.
fn settle(state: &mut State) {
    let areas = Areas::of(state);
    let (_, rows, _) = list_rows(state, areas.inside(Pane::Strategies));
    state.list.reveal(&state.strategies, usize::from(rows));
    if let Some(pane) = &mut state.bench.pane {
        bench::settle(pane);
    }
    let inside = areas.inside(Pane::Result);
    let last = view::result_rows(state, inside).saturating_sub(usize::from(inside.height));
    state.result.top = state.result.top.min(last);
    if let Mode::Overlay { .. } = state.mode {
        let last = view::overlay_surplus(state);
        if let Mode::Overlay { top, .. } = &mut state.mode {
            *top = (*top).min(last);
        }
    }
}
