//! The mouse: the wheel scrolls what is below the pointer, a click focuses, selects, unfolds.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};

use super::scroll;
use crate::tui::{
    areas::{Areas, list_rows, tree},
    effect::Effect,
    keymap::Action,
    state::{Mode, Pane, State, list::Row, log::RowId},
    view,
};

/// Rows that one notch of the wheel scrolls.
const NOTCH: isize = 3;

pub(super) fn use_mouse(state: &mut State, event: MouseEvent) -> Vec<Effect> {
    let by = match event.kind {
        MouseEventKind::ScrollUp => -NOTCH,
        MouseEventKind::ScrollDown => NOTCH,
        MouseEventKind::Down(MouseButton::Left) => {
            if !matches!(state.mode, Mode::Overlay { .. }) {
                click(state, event.column, event.row);
            }
            return Vec::new();
        }
        _ => return Vec::new(),
    };
    if let Mode::Overlay { top, .. } = &mut state.mode {
        *top = top.saturating_add_signed(by);
        return Vec::new();
    }
    match Areas::of(state).at(event.column, event.row) {
        Some(Pane::Strategies) => scroll::select(state, by.signum()),
        Some(Pane::Build) => scroll::wheel(state, by),
        Some(Pane::Bench) => super::bench::step(state, by.signum(), 0),
        Some(Pane::Result) => state.result.top = state.result.top.saturating_add_signed(by),
        None => {}
    }
    Vec::new()
}

fn click(state: &mut State, column: u16, row: u16) {
    let areas = Areas::of(state);
    let Some(pane) = areas.at(column, row) else {
        return;
    };
    super::keys::focus(state, pane);
    let inside = areas.inside(pane);
    match pane {
        Pane::Strategies => click_strategy(state, inside, row),
        Pane::Bench => view::bench_click(state, inside, column, row),
        Pane::Build => {
            let tree = tree(state, inside);
            if !tree.contains(ratatui::layout::Position::new(column, row)) {
                return;
            }
            let clicked = scroll::click(state, usize::from(row - tree.y));
            if matches!(clicked, Some(RowId::Block(_) | RowId::Earlier(_))) {
                scroll::fold(state, Action::Toggle);
            }
        }
        Pane::Result => {
            if row + 1 == inside.y
                && let Some(tab) = view::tab_at(state, areas.pane(pane), column)
            {
                state.result.tab = tab;
                state.result.top = 0;
            }
        }
    }
}

fn click_strategy(state: &mut State, inside: ratatui::layout::Rect, row: u16) {
    let (header, height, _) = list_rows(state, inside);
    let first = inside.y + header;
    if row < first || row >= first + height {
        return;
    }
    let at = state.list.top + usize::from(row - first);
    let rows = state.list.rows(&state.strategies);
    if let Some(Row::Strategy(strategy)) = rows.get(at) {
        let id = strategy.id.clone();
        state.list.select(id);
        scroll::show_selected(state);
    }
}
