//! Keys: which of them work now, and what they do.

use crossterm::event::{KeyEvent, KeyEventKind};

use super::{
    availability, bench,
    build::{self, Asked},
    engines, scroll,
    search::{self, Direction},
};
use crate::domain::{explanation::explanation, record::BuildRecord};
use crate::tui::{
    areas::{Areas, Room},
    effect::Effect,
    keymap::{self, Action, Scope},
    msg::Level,
    state::{Mode, Overlay, Pane, Prompt, State, result::Tab},
};

pub(super) fn press(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    if key.kind == KeyEventKind::Release {
        return Vec::new();
    }
    if let Mode::Type { prompt, before } = &state.mode {
        let (prompt, before) = (*prompt, before.clone());
        return search::type_key(state, prompt, before, key);
    }
    match keymap::action(key, scopes(state)) {
        Some(action) => act(state, action),
        None => Vec::new(),
    }
}

/// The scopes whose keys work, the innermost first.
pub(in crate::tui) fn scopes(state: &State) -> &'static [Scope] {
    match &state.mode {
        Mode::Type { .. } => &[],
        Mode::Overlay { overlay, .. } => match overlay {
            Overlay::Quit => &[Scope::Quitting],
            Overlay::StopBench => &[Scope::Stopping],
            Overlay::Bench(_) => &[Scope::BenchForm],
            Overlay::Checklist => &[Scope::Checklist, Scope::Dialog],
            Overlay::Engines { .. } => &[Scope::Engines, Scope::Dialog],
            Overlay::Help
            | Overlay::Faults
            | Overlay::Command { .. }
            | Overlay::Explanation { .. } => &[Scope::Dialog],
        },
        Mode::Browse => match state.focus {
            Pane::Strategies => &[Scope::Strategies, Scope::Anywhere],
            Pane::Build => &[Scope::Build, Scope::Anywhere],
            Pane::Result => &[Scope::Result, Scope::Anywhere],
            Pane::Bench => &[Scope::Bench, Scope::Anywhere],
        },
    }
}

/// Whether a key for this would change anything now; the footer shows no others.
pub(in crate::tui) fn works(state: &State, action: Action) -> bool {
    match action {
        Action::CopyCommand => state.selected().is_some(),
        Action::Explain => explained(state).is_some(),
        Action::BuildSelected => bench::works(state, action) && is_available(state),
        Action::Mark => is_available(state),
        Action::BuildMarked => !state.list.marked.is_empty() && bench::works(state, action),
        Action::BuildAll
        | Action::Edit
        | Action::Touch
        | Action::Bench
        | Action::Pause
        | Action::Skip
        | Action::AddToBench
        | Action::Runs => bench::works(state, action),
        Action::Back => state.focus == Pane::Bench && bench::has_runs_open(state),
        Action::Focus(2) => state.focus == Pane::Bench && state.bench.live().is_some(),
        Action::Focus(4) => state.focus != Pane::Bench && state.bench.pane.is_some(),
        Action::Cancel if state.bench.is_waiting => true,
        Action::Cancel if state.bench.live().is_some() => bench::works(state, Action::Pause),
        Action::Cancel => {
            state
                .runs
                .at_work()
                .is_some_and(|live| state.runs.cancelling != Some(live.id))
                || !state.runs.queue.is_empty()
        }
        Action::Restore => state.edits.made > 0 && bench::works(state, action),
        Action::Toggle => state.shown().is_some_and(|live| live.build.lines > 0),
        Action::Follow => {
            !state.log.live || state.log.scroll != crate::tui::state::log::Scroll::Follow
        }
        Action::Search | Action::SaveLog => state.shown().is_some(),
        Action::Wrap => state.shown().is_some_and(|live| live.build.lines > 0),
        Action::NextMatch | Action::PreviousMatch => !state.log.search.is_empty(),
        Action::Sort => state.result.tab == Tab::Compare,
        Action::SetUp => state
            .checklist
            .as_ref()
            .is_some_and(|list| !list.commands().is_empty()),
        Action::TakeEngine => state.engines.is_some(),
        Action::Faults => !state.faults.is_empty(),
        _ => true,
    }
}

fn is_available(state: &State) -> bool {
    let selected = state.selected();
    selected.is_some_and(|one| state.why_unavailable(&one.id).is_none())
}

fn act(state: &mut State, action: Action) -> Vec<Effect> {
    if let Some(effects) = bench::in_form(state, action) {
        return effects;
    }
    match action {
        Action::Touch | Action::Edit | Action::Restore if bench::refuses(state, "an edit") => {}
        Action::TakeEngine if bench::refuses(state, "another engine") => {}
        Action::Bench => return bench::open_form(state),
        Action::Pause
        | Action::Skip
        | Action::AddToBench
        | Action::StopAfterRun
        | Action::BreakOff => return bench::ask(state, action),
        Action::BuildSelected => return build_selected(state, Asked::WithEnter),
        Action::BuildMarked => return build_marked(state),
        Action::BuildAll => {
            let visible = state.list.visible(&state.strategies);
            let all = visible.iter().map(|strategy| strategy.id.clone()).collect();
            return build::ask(state, all, Asked::Otherwise);
        }
        Action::Cancel => return build::cancel(state),
        Action::Touch => return vec![Effect::Touch],
        Action::Edit => return vec![Effect::Edit],
        Action::Restore => return vec![Effect::Restore],
        Action::ToggleWatch => return vec![Effect::SetWatch(!state.watch)],
        Action::CopyCommand => return copy_command(state),
        Action::Explain => explain(state),
        Action::SaveLog => return save_log(state),
        Action::ToggleMouse => return toggle_mouse(state),
        Action::SetUp => return set_up(state),
        Action::Examine => return vec![Effect::Examine],
        Action::Quit => return build::quit(state),
        Action::Yes => return build::quit_now(state),
        Action::Suspend => return vec![Effect::Suspend],
        Action::Checklist => return open_checklist(state),
        Action::Engines => return engines::open(state),
        Action::TakeEngine => return engines::take(state),
        other => change(state, other),
    }
    Vec::new()
}

/// Actions that change nothing but the screen.
fn change(state: &mut State, action: Action) {
    match action {
        Action::Mark => mark(state),
        Action::Filter => search::open(state, Prompt::Filter),
        Action::Search => search::open(state, Prompt::Search),
        Action::NextMatch => search::find(state, Direction::Next),
        Action::PreviousMatch => search::find(state, Direction::Previous),
        Action::Toggle | Action::Unfold | Action::Fold => scroll::fold(state, action),
        Action::Follow => scroll::follow(state),
        Action::Wrap => state.log.wrap = !state.log.wrap,
        Action::NextTab | Action::PreviousTab if bench::turn_plot(state, action) => {}
        Action::Runs => bench::show_runs(state),
        Action::Left => bench::step(state, 0, -1),
        Action::Right => bench::step(state, 0, 1),
        Action::NextTab => show_tab(state, state.result.tab.next()),
        Action::PreviousTab => show_tab(state, state.result.tab.previous()),
        Action::Sort => {
            state.result.tab = Tab::Compare;
            state.result.sort = state.result.sort.next();
        }
        Action::Focus(1) => focus(state, Pane::Strategies),
        Action::Focus(2) => focus(state, Pane::Build),
        Action::Focus(3) => focus(state, Pane::Result),
        Action::Focus(_) => focus(state, Pane::Bench),
        Action::FocusNext => focus(state, next_pane(state, 1)),
        Action::FocusPrevious => focus(state, next_pane(state, PANES.len() - 1)),
        Action::Faults => open(state, Overlay::Faults),
        Action::Help => open(state, Overlay::Help),
        Action::Close | Action::No => state.mode = Mode::Browse,
        Action::Back => back(state),
        motion => scroll::motion(state, motion),
    }
}

fn open(state: &mut State, overlay: Overlay) {
    state.mode = Mode::Overlay { overlay, top: 0 };
}

fn open_checklist(state: &mut State) -> Vec<Effect> {
    open(state, Overlay::Checklist);
    if state.checklist.is_none() {
        return vec![Effect::Examine];
    }
    Vec::new()
}

/// In the order of their numbers.
const PANES: [Pane; 4] = [Pane::Strategies, Pane::Build, Pane::Result, Pane::Bench];

/// The pane so many places on; that of the benchmark is left out while there is none.
fn next_pane(state: &State, by: usize) -> Pane {
    let has_bench = state.bench.pane.is_some() || state.bench.is_waiting;
    let mut at = PANES.iter().position(|pane| *pane == state.focus);
    loop {
        let next = (at.unwrap_or(0) + by) % PANES.len();
        if PANES[next] != Pane::Bench || has_bench {
            return PANES[next];
        }
        at = Some(next);
    }
}

/// Gives the keys to a pane, and shows it where there was no room for it.
pub(super) fn focus(state: &mut State, pane: Pane) {
    state.focus = pane;
    if pane != Pane::Strategies {
        state.right = pane;
    }
}

/// Shows a tab; where the result pane is hidden, it comes to the front.
fn show_tab(state: &mut State, tab: Tab) {
    let hidden = Areas::of(state).pane(Pane::Result).area() == 0;
    if hidden {
        // The first press brings the pane, with the tab as it was.
        state.right = Pane::Result;
        if Areas::of(state).room == Room::Small {
            state.focus = Pane::Result;
        }
        return;
    }
    state.result.tab = tab;
    state.result.top = 0;
}

fn back(state: &mut State) {
    if bench::close_runs(state) {
        return;
    }
    state.list.filter.clear();
    state.log.search.clear();
    state.log.found = None;
    state.notices.clear();
}

fn mark(state: &mut State) {
    let Some(id) = state.selected().map(|strategy| strategy.id.clone()) else {
        return;
    };
    if state.why_unavailable(&id).is_some() {
        availability::tell_why(state, &id);
    } else if !state.list.marked.remove(&id) {
        state.list.marked.insert(id);
    }
}

fn build_selected(state: &mut State, asked: Asked) -> Vec<Effect> {
    match state.selected().map(|strategy| strategy.id.clone()) {
        Some(id) => build::ask(state, vec![id], asked),
        None => Vec::new(),
    }
}

fn build_marked(state: &mut State) -> Vec<Effect> {
    let wanted = build::marked_or_selected(state);
    build::ask(state, wanted, Asked::Otherwise)
}

fn copy_command(state: &mut State) -> Vec<Effect> {
    let selected = state.selected();
    selected
        .map(|strategy| Effect::CopyCommand(strategy.id.clone()))
        .into_iter()
        .collect()
}

/// The record of the shown build, where its reasons are known.
fn explained(state: &State) -> Option<&BuildRecord> {
    let record = state.shown()?.record.as_ref();
    record.filter(|record| !record.why.is_empty())
}

fn explain(state: &mut State) {
    let Some(record) = explained(state) else {
        let text = "no build is shown of which it is known why its steps ran";
        return state.notify(Level::Info, text);
    };
    let text = explanation(None, record);
    state.mode = Mode::Overlay {
        overlay: Overlay::Explanation { text },
        top: 0,
    };
}

fn save_log(state: &mut State) -> Vec<Effect> {
    let Some(live) = state.shown() else {
        state.notify(Level::Info, "no build is shown whose log could be saved");
        return Vec::new();
    };
    vec![Effect::SaveLog {
        build: live.id,
        log: live.log.clone(),
    }]
}

fn toggle_mouse(state: &mut State) -> Vec<Effect> {
    state.mouse = !state.mouse;
    let text = if state.mouse {
        "the mouse works here again"
    } else {
        "the mouse is the terminal's: select text; m takes it back"
    };
    state.notify(Level::Info, text);
    vec![Effect::MouseCapture(state.mouse)]
}

fn set_up(state: &mut State) -> Vec<Effect> {
    state.mode = Mode::Browse;
    if !works(state, Action::SetUp) {
        state.notify(Level::Info, "there is nothing that imgtui could install");
        return Vec::new();
    }
    scroll::follow(state);
    vec![Effect::SetUp]
}
