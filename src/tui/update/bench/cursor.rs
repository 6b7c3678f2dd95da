//! Where the user looks in a benchmark: a cell, its runs, a plot.

use super::works;
use crate::tui::{
    areas::{Areas, Room},
    keymap::Action,
    state::{Pane, State, bench::BenchPane, result::Tab},
    update::keys,
};

/// Shows the runs of the cell under the cursor, the last one first.
pub(in crate::tui::update) fn show_runs(state: &mut State) {
    if !works(state, Action::Runs) {
        return;
    }
    if let Some(pane) = &mut state.bench.pane {
        pane.run = pane.runs().len().checked_sub(1);
    }
    keys::focus(state, Pane::Bench);
}

/// Whether the runs of a cell are shown in place of the grid.
pub(in crate::tui::update) fn has_runs_open(state: &State) -> bool {
    let pane = state.bench.pane.as_ref();
    pane.is_some_and(|pane| pane.run.is_some())
}

/// Back from the runs to the grid; whether they were shown.
pub(in crate::tui::update) fn close_runs(state: &mut State) -> bool {
    let is_shown = state.focus == Pane::Bench;
    let pane = state.bench.pane.as_mut().filter(|_| is_shown);
    pane.is_some_and(|pane| pane.run.take().is_some())
}

/// Moves the cursor of the grid, or of the runs.
pub(in crate::tui::update) fn step(state: &mut State, down: isize, right: isize) {
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
pub(in crate::tui::update) fn step_in_compare(state: &mut State, by: isize) -> bool {
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
pub(in crate::tui::update) fn turn_plot(state: &mut State, action: Action) -> bool {
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
pub(in crate::tui::update) fn settle(pane: &mut BenchPane) {
    let plan = pane.matrix.plan();
    let (rows, columns) = (plan.strategies.len(), plan.priors.len());
    pane.row = pane.row.min(rows.saturating_sub(1));
    pane.column = pane.column.min(columns.saturating_sub(1));
    let last = pane.runs().len().checked_sub(1);
    pane.run = pane.run.zip(last).map(|(run, last)| run.min(last));
}
