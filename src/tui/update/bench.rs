//! The benchmark: what it told, what is asked of it, and where the user looks in it.
//!
//! While one is under way nothing else is built and no source is edited from here: both would be
//! measured with it. A change that the watcher sees is told, and rebuilds nothing.

use std::path::PathBuf;

use super::{availability, build, keys};
use crate::domain::{
    bench::{ARTICLE_GROUP, AtWork, BenchCommand, BenchEvent, Ending, Matrix, Progress},
    ids::StrategyId,
};
use crate::tui::{
    areas::{Areas, Room},
    effect::Effect,
    keymap::Action,
    msg::Level,
    state::{
        Engine, Mode, Overlay, Pane, State,
        bench::{BenchForm, BenchPane},
        result::Tab,
    },
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
pub(super) fn kept(state: &mut State, measured: Option<Box<Matrix>>) {
    if state.bench.live().is_some() {
        return;
    }
    state.bench.pane = measured.map(|measured| BenchPane::new(*measured, false));
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

/// Opens the dialog that begins one.
pub(super) fn open_form(state: &mut State) -> Vec<Effect> {
    if state.bench.live().is_some() || state.bench.is_waiting {
        keys::focus(state, Pane::Bench);
        return Vec::new();
    }
    if !matches!(state.engine, Engine::Ready { .. }) {
        let text = "a benchmark needs an engine that answers; D shows what is missing";
        state.notify(Level::Warning, text);
        return Vec::new();
    }
    let strategies = wanted(state);
    let strategies = availability::available(state, strategies);
    if strategies.is_empty() {
        return Vec::new();
    }
    state.bench.unfinished = None;
    show_form(state, BenchForm::new(strategies))
}

/// The marked ones; without a mark what the filter shows, or the article's rows.
fn wanted(state: &State) -> Vec<StrategyId> {
    if !state.list.marked.is_empty() {
        return build::marked(state);
    }
    let visible = state.list.visible(&state.strategies).into_iter();
    let is_row = |group: &str| !state.list.filter.is_empty() || group == ARTICLE_GROUP;
    visible
        .filter(|strategy| is_row(&strategy.group))
        .map(|strategy| strategy.id.clone())
        .collect()
}

fn show_form(state: &mut State, form: BenchForm) -> Vec<Effect> {
    let look = Effect::LookForBench {
        strategies: form.strategies.clone(),
        priors: form.priors.clone(),
        rounds: form.rounds,
    };
    state.mode = Mode::Overlay {
        top: top_of(form.cursor),
        overlay: Overlay::Bench(form),
    };
    vec![look]
}

/// Keeps the cursor in view where there is room for some rows only; of more the surplus is none.
fn top_of(cursor: usize) -> usize {
    const ABOVE: usize = 5;
    cursor.saturating_sub(ABOVE)
}

fn form(state: &State) -> Option<&BenchForm> {
    match &state.mode {
        Mode::Overlay {
            overlay: Overlay::Bench(form),
            ..
        } => Some(form),
        _ => None,
    }
}

/// A key in the dialog that begins a benchmark; `None` where it is not open.
pub(super) fn in_form(state: &mut State, action: Action) -> Option<Vec<Effect>> {
    let mut form = form(state)?.clone();
    let before = (form.priors.clone(), form.rounds);
    let last = if state.bench.unfinished.is_some() {
        BenchForm::RESUME
    } else {
        BenchForm::ROUNDS
    };
    match action {
        Action::Up => form.cursor = form.cursor.saturating_sub(1),
        Action::Down => form.cursor = (form.cursor + 1).min(last),
        Action::Left => form.turn_rounds(-1),
        Action::Right => form.turn_rounds(1),
        Action::Choose => form.choose(),
        Action::StartBench => return Some(start(state, form)),
        _ => return None,
    }
    if before != (form.priors.clone(), form.rounds) {
        state.bench.unfinished = None;
        return Some(show_form(state, form));
    }
    let cursor = form.cursor;
    if let Mode::Overlay { overlay, top } = &mut state.mode {
        *overlay = Overlay::Bench(form);
        *top = top_of(cursor);
    }
    Some(Vec::new())
}

fn start(state: &mut State, form: BenchForm) -> Vec<Effect> {
    state.mode = Mode::Browse;
    state.bench.is_waiting = true;
    let resume = state.bench.unfinished.is_some() && !form.anew;
    if state.runs.at_work().is_some() || !state.runs.queue.is_empty() {
        let text = "the benchmark begins after the builds that were asked for before";
        state.notify(Level::Info, text);
    }
    keys::focus(state, Pane::Bench);
    vec![Effect::StartBench {
        strategies: form.strategies,
        priors: form.priors,
        rounds: form.rounds,
        resume,
    }]
}

/// What was found of the plan in the dialog, where that is still the one that was asked about.
pub(super) fn found(
    state: &mut State,
    strategies: &[StrategyId],
    priors: &[crate::domain::bench::Prior],
    runs: Option<usize>,
) {
    if form(state).is_some_and(|form| form.strategies == strategies && form.priors == priors) {
        state.bench.unfinished = runs;
    }
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

/// Shows the runs of the cell under the cursor, the last one first.
pub(super) fn show_runs(state: &mut State) {
    if !works(state, Action::Runs) {
        return;
    }
    if let Some(pane) = &mut state.bench.pane {
        pane.run = pane.runs().len().checked_sub(1);
    }
    keys::focus(state, Pane::Bench);
}

/// Whether the runs of a cell are shown in place of the grid.
pub(super) fn has_runs_open(state: &State) -> bool {
    let pane = state.bench.pane.as_ref();
    pane.is_some_and(|pane| pane.run.is_some())
}

/// Back from the runs to the grid; whether they were shown.
pub(super) fn close_runs(state: &mut State) -> bool {
    let is_shown = state.focus == Pane::Bench;
    let pane = state.bench.pane.as_mut().filter(|_| is_shown);
    pane.is_some_and(|pane| pane.run.take().is_some())
}

/// Moves the cursor of the grid, or of the runs.
pub(super) fn step(state: &mut State, down: isize, right: isize) {
    let Some(pane) = &mut state.bench.pane else {
        return;
    };
    if let Some(run) = pane.run.filter(|_| right == 0) {
        pane.run = Some(run.saturating_add_signed(down));
    } else {
        pane.row = pane.row.saturating_add_signed(down);
        pane.column = pane.column.saturating_add_signed(right);
        // The runs of another cell, the newest of them.
        pane.run = pane.run.and(Some(usize::MAX));
    }
    settle(pane);
}

/// In the tab of comparison: through the matrix, then through what stands below it.
pub(super) fn step_in_compare(state: &mut State, by: isize) -> bool {
    if state.result.tab != Tab::Compare || by.unsigned_abs() > 1 {
        return false;
    }
    let top = state.result.top;
    let height = usize::from(Areas::of(state).inside(Pane::Result).height);
    let Some(pane) = &mut state.bench.pane else {
        return false;
    };
    // Below the header and the line of words.
    let line = pane.row + 1;
    let is_last = pane.row + 1 >= pane.matrix.plan().strategies.len();
    let is_in_view = line >= top;
    if (by > 0 && is_last) || (by < 0 && !is_in_view) {
        return false;
    }
    step(state, by, 0);
    let row = state.bench.pane.as_ref().map_or(0, |pane| pane.row);
    let lowest = (row + 2).saturating_sub(height);
    state.result.top = top.clamp(lowest, if row == 0 { 0 } else { row.max(lowest) });
    true
}

/// Another plot, where the pane is shown; whether it is.
pub(super) fn turn_plot(state: &mut State, action: Action) -> bool {
    let areas = Areas::of(state);
    if areas.pane(Pane::Bench).area() == 0 {
        return false;
    }
    if let Some(pane) = &mut state.bench.pane {
        pane.plot = match action {
            Action::NextTab => pane.plot.next(),
            _ => pane.plot.previous(),
        };
    }
    areas.room != Room::Small || state.focus == Pane::Bench
}

/// Puts the cursors back into their bounds.
pub(super) fn settle(pane: &mut BenchPane) {
    let plan = pane.matrix.plan();
    let (rows, columns) = (plan.strategies.len(), plan.priors.len());
    pane.row = pane.row.min(rows.saturating_sub(1));
    pane.column = pane.column.min(columns.saturating_sub(1));
    let last = pane.runs().len().checked_sub(1);
    pane.run = pane.run.zip(last).map(|(run, last)| run.min(last));
}
