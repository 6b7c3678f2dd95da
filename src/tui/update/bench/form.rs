//! The dialog that begins a benchmark.

use crate::domain::{
    bench::{ARTICLE_GROUP, Prior},
    ids::StrategyId,
};
use crate::tui::{
    effect::Effect,
    keymap::Action,
    msg::Level,
    state::{Engine, Mode, Overlay, Pane, State, bench::BenchForm},
    update::{availability, build, keys},
};

/// Opens the dialog that begins one.
pub(in crate::tui::update) fn open_form(state: &mut State) -> Vec<Effect> {
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
pub(in crate::tui::update) fn in_form(state: &mut State, action: Action) -> Option<Vec<Effect>> {
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
pub(in crate::tui::update) fn found(
    state: &mut State,
    strategies: &[StrategyId],
    priors: &[Prior],
    runs: Option<usize>,
) {
    if form(state).is_some_and(|form| form.strategies == strategies && form.priors == priors) {
        state.bench.unfinished = runs;
    }
}
