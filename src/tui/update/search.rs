//! The two prompts: the list's filter and the log's search.

use crossterm::event::KeyEvent;

use crate::tui::{
    effect::Effect,
    state::{
        Mode, Prompt, State,
        live::{Fold, LiveBuild},
        log::RowId,
    },
    widget::{
        input::{self, Typed},
        sgr,
    },
};

/// Opens a prompt.
pub(super) fn open(state: &mut State, prompt: Prompt) {
    let before = text(state, prompt).clone();
    if prompt == Prompt::Search {
        state.log.search.clear();
        state.log.found = None;
    }
    state.mode = Mode::Type { prompt, before };
}

fn text(state: &mut State, prompt: Prompt) -> &mut String {
    match prompt {
        Prompt::Filter => &mut state.list.filter,
        Prompt::Search => &mut state.log.search,
    }
}

/// A key while a prompt is open.
pub(super) fn type_key(
    state: &mut State,
    prompt: Prompt,
    before: String,
    key: KeyEvent,
) -> Vec<Effect> {
    let text = text(state, prompt);
    match (input::type_key(text, key), prompt) {
        (Typed::Entered, _) => {
            state.mode = Mode::Browse;
            if prompt == Prompt::Search {
                find(state, Direction::Next);
            }
        }
        (Typed::Escaped, Prompt::Filter) => {
            text.clear();
            state.mode = Mode::Browse;
        }
        (Typed::Escaped, Prompt::Search) => {
            *text = before;
            state.mode = Mode::Browse;
        }
        (Typed::Changed, Prompt::Search) => count(state),
        (Typed::Changed, Prompt::Filter) | (Typed::Ignored, _) => {}
    }
    Vec::new()
}

pub(super) fn paste(state: &mut State, pasted: &str) {
    if let Mode::Type { prompt, .. } = state.mode {
        input::paste(text(state, prompt), pasted);
        if prompt == Prompt::Search {
            count(state);
        }
    }
}

/// Which way to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Next,
    Previous,
}

fn count(state: &mut State) {
    let wanted = state.log.search.to_lowercase();
    let found = state.shown().map(|live| matches(live, &wanted).len());
    state.log.found = found.filter(|_| !wanted.is_empty());
}

/// Puts the cursor on the next match, around the end.
pub(super) fn find(state: &mut State, direction: Direction) {
    let wanted = state.log.search.to_lowercase();
    let cursor = super::scroll::cursor(state);
    let Some(live) = state.shown() else {
        return;
    };
    if wanted.is_empty() {
        return;
    }
    let found = matches(live, &wanted);
    state.log.found = Some(found.len());
    let here = cursor.map(order);
    let after = |row: &&RowId| here.is_none_or(|here| order(**row) > here);
    let before = |row: &&RowId| here.is_some_and(|here| order(**row) < here);
    let hit = match direction {
        Direction::Next => found.iter().find(after).or(found.first()),
        Direction::Previous => found.iter().rev().find(before).or(found.last()),
    };
    let Some(hit) = hit.copied() else {
        return;
    };
    if let (RowId::Line(block, ..), Some(live)) = (hit, state.shown_mut()) {
        live.folds.insert(block, Fold::Open);
    }
    super::scroll::jump(state, hit);
}

/// All rows with the text, in the order of the tree.
fn matches(live: &LiveBuild, wanted: &str) -> Vec<RowId> {
    let blocks = std::iter::once(None).chain(live.build.steps().map(|(key, _)| Some(key)));
    let mut found = Vec::new();
    for block in blocks {
        let step = block.and_then(|key| live.build.step(key));
        if step.is_some_and(|step| step.instruction.to_lowercase().contains(wanted)) {
            found.push(RowId::Block(block));
        }
        let marks = live.marks(block).into_iter().flatten();
        for mark in marks {
            let text = live.text(mark.number).unwrap_or_default();
            if sgr::plain(text).to_lowercase().contains(wanted) {
                found.push(RowId::Line(block, mark.number, 0));
            }
        }
    }
    found
}

/// Place in the tree: block, then line.
fn order(row: RowId) -> ((usize, usize), u64) {
    let place = |block: crate::tui::state::live::Block| {
        block.map_or((0, 0), |key| (key.stage + 1, key.index))
    };
    match row {
        RowId::Stage(stage) => ((stage + 1, 0), 0),
        RowId::Block(block) => (place(block), 0),
        RowId::Earlier(block) => (place(block), 1),
        RowId::Line(block, number, _) => (place(block), number + 2),
    }
}
