//! The benchmark: what it told, what is asked of it, and where the user looks in it.
//!
//! While one is under way nothing else is built and no source is edited from here: both would be
//! measured with it. A change that the watcher sees is told, and rebuilds nothing.

mod cursor;
mod form;

use std::path::PathBuf;

pub(super) use self::{
    cursor::{close_runs, has_runs_open, settle, show_runs, step, step_in_compare, turn_plot},
    form::{found, in_form, open_form},
};
use super::{availability, keys};
use crate::domain::{
    bench::{AtWork, BenchCommand, BenchEvent, Ending, Matrix, Progress},
    ids::StrategyId,
};
use crate::tui::{
    effect::Effect,
    keymap::Action,
    msg::Level,
    state::{Engine, Mode, Overlay, Pane, State, bench::BenchPane, result::Tab},
};

/// Takes in what a benchmark told.
pub(super) fn take_in(state: &mut State, event: &BenchEvent) {
    if let BenchEvent::Began { .. } = event {
        begin(state, event);
        return;
    }
    let now = state.now;
    let Some(pane) = state.bench.live_mut() else {
        return;
    };
    pane.matrix.apply(event);
    pane.reckon();
    let is_at_work = pane.matrix.progress.at_work.is_some();
    pane.since = is_at_work.then(|| match event {
        BenchEvent::WarmingUp { .. } | BenchEvent::RunBegan { .. } => now,
        _ => pane.since.unwrap_or(now),
    });
    match event {
        BenchEvent::Ended(ending) => end(state, ending),
        BenchEvent::Added { strategy } => {
            let text = format!("{strategy} is measured too, from the next round on");
            state.notify(Level::Info, text);
        }
        _ => {}
    }
}

fn begin(state: &mut State, event: &BenchEvent) {
    let Some(progress) = Progress::begun(event) else {
        return;
    };
    state.bench.is_waiting = false;
    state.bench.pane = Some(BenchPane::new(Matrix::new(progress), true));
    if state.mode == Mode::Browse {
        keys::focus(state, Pane::Bench);
    }
}

fn end(state: &mut State, ending: &Ending) {
    let Some(pane) = state.bench.live_mut() else {
        return;
    };
    pane.is_live = false;
    pane.is_stopping = false;
    pane.is_cancelling = false;
    let done = pane.matrix.progress.done();
    let (level, text) = match ending {
        Ending::Enough => (Level::Info, "the benchmark has measured enough".to_owned()),
        Ending::Budget => (
            Level::Info,
            "the benchmark's time is spent; B goes on with it".to_owned(),
        ),
        Ending::Stopped | Ending::Cancelled => (
            Level::Info,
            format!("the benchmark is stopped; its {done} runs are kept, B goes on with it"),
        ),
        Ending::Failed(why) => (Level::Error, format!("the benchmark failed: {why}")),
    };
    state.notify(level, text);
}

/// The one that was kept is shown while this process has none of its own.
pub(super) fn kept(state: &mut State, matrix: Option<Box<Matrix>>) {
    if state.bench.live().is_some() {
        return;
    }
    state.bench.pane = matrix.map(|matrix| BenchPane::new(*matrix, false));
}

pub(super) fn not_begun(state: &mut State, why: &str) {
    state.bench.is_waiting = false;
    state.notify(Level::Error, format!("no benchmark: {why}"));
}

/// Whether a benchmark is in the way of this; then that is said.
pub(super) fn refuses(state: &mut State, what: &str) -> bool {
    let is_live = state.bench.live().is_some();
    if is_live {
        let text = format!("{what} would be measured with the benchmark at work; x stops that");
        state.notify(Level::Warning, text);
    }
    is_live
}

/// Sources changed under a benchmark: nothing is rebuilt, and its runs are of other sources now.
pub(super) fn changed(state: &mut State, files: &[PathBuf]) -> bool {
    if state.bench.live().is_none() {
        return false;
    }
    let names = super::watch::names(files.iter().map(PathBuf::as_path));
    let text = format!(
        "{names} changed: runs of the benchmark are of other sources from now on; nothing is rebuilt"
    );
    state.notify(Level::Warning, text);
    true
}

/// Asks how it shall end; a waiting one is taken back.
pub(super) fn stop(state: &mut State) -> Option<Vec<Effect>> {
    if state.bench.is_waiting {
        state.bench.is_waiting = false;
        return Some(vec![Effect::CancelBench]);
    }
    let pane = state.bench.live()?;
    if !pane.is_cancelling {
        state.mode = Mode::Overlay {
            overlay: Overlay::StopBench,
            top: 0,
        };
    }
    Some(Vec::new())
}

/// What is asked of the benchmark under way.
pub(super) fn ask(state: &mut State, action: Action) -> Vec<Effect> {
    let selected = state.selected().map(|strategy| strategy.id.clone());
    let is_dialog = matches!(action, Action::StopAfterRun | Action::BreakOff);
    if is_dialog {
        state.mode = Mode::Browse;
    }
    let Some(pane) = state.bench.live_mut() else {
        return Vec::new();
    };
    let command = match action {
        Action::Pause if pane.is_paused() => BenchCommand::GoOn,
        Action::Pause => {
            // It is obeyed between two builds, which may be a while.
            let text = "the benchmark pauses after this run; p goes on";
            state.notify(Level::Info, text);
            return vec![Effect::AskBench(BenchCommand::Pause)];
        }
        Action::Skip if pane.matrix.progress.at_work.is_some() => BenchCommand::Skip,
        Action::StopAfterRun => {
            pane.is_stopping = true;
            BenchCommand::StopAfterRun
        }
        Action::BreakOff => {
            pane.is_cancelling = true;
            return vec![Effect::CancelBench];
        }
        Action::AddToBench => return selected.map_or_else(Vec::new, |id| add(state, id)),
        _ => return Vec::new(),
    };
    vec![Effect::AskBench(command)]
}

fn add(state: &mut State, id: StrategyId) -> Vec<Effect> {
    if state.why_unavailable(&id).is_some() {
        availability::tell_why(state, &id);
        return Vec::new();
    }
    if state.bench.live().is_some_and(|pane| pane.has(&id)) {
        state.notify(Level::Info, format!("{id} is in the benchmark already"));
        return Vec::new();
    }
    vec![Effect::AskBench(BenchCommand::Add(id))]
}

/// Whether a key for this would change anything now.
pub(super) fn works(state: &State, action: Action) -> bool {
    let live = state.bench.live();
    let progress = live.map(|pane| &pane.matrix.progress);
    match action {
        Action::Bench => {
            let is_ready = matches!(state.engine, Engine::Ready { .. });
            live.is_none() && !state.bench.is_waiting && is_ready
        }
        Action::Pause => live.is_some_and(|pane| !pane.is_stopping && !pane.is_cancelling),
        Action::Skip => {
            matches!(
                progress.and_then(|one| one.at_work),
                Some(AtWork::Run { .. })
            )
        }
        Action::AddToBench => {
            let selected = state.selected().map(|one| &one.id);
            let may_be = |id| state.why_unavailable(id).is_none();
            live.zip(selected)
                .is_some_and(|(pane, id)| !pane.has(id) && may_be(id))
        }
        Action::Runs => {
            let is_shown = state.focus == Pane::Bench || state.result.tab == Tab::Compare;
            let pane = state.bench.pane.as_ref().filter(|_| is_shown);
            pane.is_some_and(|pane| pane.run.is_none() && !pane.runs().is_empty())
        }
        _ => live.is_none(),
    }
}
