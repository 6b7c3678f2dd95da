//! Moving about in the panes, folding.

use crate::tui::{
    areas::{Areas, list_rows, log_columns, tree},
    keymap::Action,
    state::{
        Mode, Pane, State,
        live::Fold,
        log::{RowId, Scroll},
        rows::Rows,
    },
};

/// Takes a motion in, wherever the focus is.
pub(super) fn motion(state: &mut State, action: Action) {
    let page = page(state);
    let by = match action {
        Action::Up => -1,
        Action::Down => 1,
        Action::PageUp => -page,
        Action::PageDown => page,
        Action::Top => isize::MIN / 2,
        _ => isize::MAX / 2,
    };
    if super::engines::step(state, by) {
        return;
    }
    if let Mode::Overlay { top, .. } = &mut state.mode {
        *top = top.saturating_add_signed(by);
        return;
    }
    if state.focus == Pane::Result && super::bench::step_in_compare(state, by) {
        return;
    }
    match state.focus {
        Pane::Bench => super::bench::step(state, by, 0),
        Pane::Strategies => select(state, by),
        Pane::Build => move_cursor(state, by),
        Pane::Result => state.result.top = state.result.top.saturating_add_signed(by),
    }
}

/// Rows of a page in the pane in focus.
fn page(state: &State) -> isize {
    let areas = Areas::of(state);
    let inside = areas.inside(state.focus);
    let rows = match state.focus {
        Pane::Strategies => list_rows(state, inside).1,
        Pane::Build => tree(state, inside).height,
        Pane::Result => inside.height,
        Pane::Bench => inside.height / 2,
    };
    isize::try_from(rows.saturating_sub(1).max(1)).unwrap_or(1)
}

/// Moves the cursor of the list; pane 2 then shows that strategy's last build.
pub(super) fn select(state: &mut State, by: isize) {
    let before = state.selected().map(|strategy| strategy.id.clone());
    state.list.step(&state.strategies, by);
    let after = state.selected().map(|strategy| strategy.id.clone());
    if before != after {
        show_selected(state);
    }
}

/// Pane 2 and 3 show what is selected.
pub(super) fn show_selected(state: &mut State) {
    state.log.live = false;
    state.log.scroll = Scroll::Follow;
    state.result.top = 0;
}

/// Runs `change` with the rows of the shown build, its view's height, and the cursor's row.
fn with_rows<T>(
    state: &State,
    change: impl FnOnce(&Rows<'_>, usize, (usize, usize)) -> T,
) -> Option<T> {
    let tree = tree(state, Areas::of(state).inside(Pane::Build));
    let live = state.shown()?;
    let height = usize::from(tree.height);
    let rows = Rows::new(live, log_columns(tree), height, state.log.wrap);
    let view = rows.view(state.log.scroll, height);
    Some(change(&rows, height, view))
}

pub(super) fn move_cursor(state: &mut State, by: isize) {
    let moved = with_rows(state, |rows, height, (top, at)| {
        let last = rows.len().saturating_sub(1);
        rows.scroll_to(at.saturating_add_signed(by).min(last), top, height)
    });
    if let Some(scroll) = moved {
        state.log.scroll = scroll;
    }
}

/// Scrolls the build's pane; the cursor stays where it is while it is in view.
pub(super) fn wheel(state: &mut State, by: isize) {
    let moved = with_rows(state, |rows, height, (top, at)| {
        let last = rows.len().saturating_sub(height);
        let top = top.saturating_add_signed(by).min(last);
        let at = at.clamp(top, top + height.saturating_sub(1));
        rows.scroll_to(at, top, height)
    });
    if let Some(scroll) = moved {
        state.log.scroll = scroll;
    }
}

/// Puts the cursor on a row of the view.
pub(super) fn click(state: &mut State, row: usize) -> Option<RowId> {
    let (scroll, id) = with_rows(state, |rows, height, (top, _)| {
        let at = top + row;
        let id = rows.range(at..at + 1).first().copied()?;
        Some((rows.scroll_to(at, top, height), id))
    })??;
    state.log.scroll = scroll;
    Some(id)
}

/// Puts the cursor on a row wherever it is, in the middle of the view.
pub(super) fn jump(state: &mut State, row: RowId) {
    let moved = with_rows(state, |rows, height, _| {
        let at = rows.position(row);
        rows.scroll_to(at, at.saturating_sub(height / 2), height)
    });
    if let Some(scroll) = moved {
        state.log.scroll = scroll;
    }
}

/// The row under the cursor.
pub(super) fn cursor(state: &State) -> Option<RowId> {
    with_rows(state, |rows, _, (_, at)| {
        rows.range(at..at + 1).first().copied()
    })?
}

/// Folds or unfolds the output of the step under the cursor.
pub(super) fn fold(state: &mut State, action: Action) {
    let Some(row) = cursor(state) else {
        return;
    };
    let block = match row {
        RowId::Stage(_) => return,
        RowId::Block(block) | RowId::Line(block, ..) | RowId::Earlier(block) => block,
    };
    let Some((top, at)) = with_rows(state, |_, _, view| view) else {
        return;
    };
    let Some(live) = state.shown_mut() else {
        return;
    };
    let wanted = match (action, live.fold(block)) {
        (Action::Fold, _) => Fold::Closed,
        (Action::Unfold, _) | (_, Fold::Closed) => Fold::Open,
        (_, Fold::Tail) if row == RowId::Earlier(block) => Fold::Open,
        (_, Fold::Tail | Fold::Open) => Fold::Closed,
    };
    live.folds.insert(block, wanted);
    let cursor = match row {
        RowId::Line(..) if wanted == Fold::Open => row,
        _ => RowId::Block(block),
    };
    state.log.scroll = Scroll::At {
        cursor,
        above: at.saturating_sub(top),
    };
}

/// Back to what is happening.
pub(super) fn follow(state: &mut State) {
    state.log.live = true;
    state.log.scroll = Scroll::Follow;
}
