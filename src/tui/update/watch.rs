//! The sources: our edits, the user's, and what the watcher makes of them.
//!
//! The newest change wins. A change rebuilds the marked strategies; when none is marked, the one
//! that was built last, and before any build the selected one. A build of one of these that is
//! at work was started from sources that are stale now: it is cancelled and queued again. One
//! that waits in the queue will read the new sources anyway and is left alone, so a burst of
//! changes never makes more than one build a strategy. Bases, the set-up and builds of other
//! strategies go on.

use std::path::{Path, PathBuf};

use super::build::Asked;
use crate::domain::{
    edit::{EditKind, Stamp},
    event::{Subject, Trigger},
    ids::StrategyId,
};
use crate::tui::{
    effect::Effect,
    msg::Level,
    state::{Edits, State},
};

/// A build of one of these that is at work is of yesterday's sources.
fn end_outdated(state: &mut State, targets: &[StrategyId]) -> Option<Effect> {
    match state.runs.at_work().map(|live| &live.subject) {
        Some(Subject::Strategy(id)) if targets.contains(id) => super::build::cancel_current(state),
        _ => None,
    }
}

pub(super) fn changed(state: &mut State, files: Vec<PathBuf>) -> Vec<Effect> {
    if super::bench::changed(state, &files)
        || !state.watch
        || files.is_empty()
        || state.needs_setup()
    {
        return Vec::new();
    }
    let targets = targets(state);
    let trigger = trigger(state, files);
    let mut effects = Vec::from_iter(end_outdated(state, &targets));
    let strategies: Vec<StrategyId> = targets
        .into_iter()
        .filter(|id| !state.is_queued(id))
        .collect();
    if !strategies.is_empty() {
        effects.push(Effect::Build {
            strategies,
            trigger,
        });
    }
    effects
}

/// What the watcher rebuilds.
pub(in crate::tui) fn targets(state: &State) -> Vec<StrategyId> {
    if !state.list.marked.is_empty() {
        return super::build::marked(state);
    }
    let mut builds = state.runs.builds.iter().rev();
    let last = builds.find_map(|live| match &live.subject {
        Subject::Strategy(id) => Some(id.clone()),
        _ => None,
    });
    let last = last.or_else(|| state.selected().map(|strategy| strategy.id.clone()));
    last.into_iter()
        .filter(|id| !state.unavailable.contains_key(id))
        .collect()
}

fn trigger(state: &mut State, files: Vec<PathBuf>) -> Trigger {
    match state.edits.unreported.take() {
        Some((file, line)) if files.contains(&file) => Trigger::Edited {
            edit: EditKind::Source,
            file,
            line,
        },
        other => {
            state.edits.unreported = other;
            Trigger::Changed { files }
        }
    }
}

pub(super) fn touched(state: &mut State, files: &[PathBuf]) {
    let names = names(files.iter().map(PathBuf::as_path));
    let text = format!("only times changed ({names}): nothing is rebuilt, engines compare content");
    state.notify(Level::Info, text);
}

pub(super) fn edited(state: &mut State, file: PathBuf, line: Option<usize>, stamp: Stamp) {
    let place = place(&file, line);
    let next = if state.watch {
        "the watcher rebuilds"
    } else {
        "⏎ rebuilds"
    };
    let text = format!("edited {place}: the stamp is {stamp} now; {next}, r takes it back");
    state.edits.made += 1;
    state.edits.stamp = Some(stamp);
    state.edits.unreported = Some((file, line));
    state.notify(Level::Info, text);
}

/// No watcher will tell of this edit, so the builds that it is for are started here: of the marked
/// strategies, else of the selected one. Those at work were sent older sources: they are
/// cancelled, and queued again.
pub(super) fn edited_virtually(
    state: &mut State,
    file: PathBuf,
    line: Option<usize>,
    stamp: Stamp,
) -> Vec<Effect> {
    let place = place(&file, line);
    state.edits.made += 1;
    state.edits.stamp = Some(stamp);
    state.edits.unreported = Some((file, line));
    let text = format!("edit laid over {place}, the disk is untouched; r takes it back");
    state.notify(Level::Info, text);
    let targets = super::build::marked_or_selected(state);
    if state.needs_setup() {
        return Vec::new();
    }
    let mut effects = Vec::from_iter(end_outdated(state, &targets));
    effects.extend(super::build::ask(state, targets, Asked::Otherwise));
    effects
}

pub(super) fn restored(state: &mut State, restored: &[PathBuf], kept: &[(PathBuf, String)]) {
    let were_virtual = state.edits.made > 0 && restored.is_empty() && kept.is_empty();
    state.edits = Edits::default();
    if !restored.is_empty() {
        let names = names(restored.iter().map(PathBuf::as_path));
        state.notify(Level::Info, format!("as before the edits again: {names}"));
    }
    for (file, reason) in kept {
        let text = format!("{} was left alone: {reason}", file.display());
        state.notify(Level::Warning, text);
    }
    if were_virtual {
        let text = "builds are sent what is on the disk again";
        state.notify(Level::Info, text);
    } else if restored.is_empty() && kept.is_empty() {
        state.notify(Level::Info, "there was no edit to take back");
    }
}

pub(super) fn switched(state: &mut State, on: bool) {
    if state.watch == on {
        return;
    }
    state.watch = on;
    let text = if on {
        let targets: Vec<String> = targets(state).iter().map(ToString::to_string).collect();
        format!("watching: a change rebuilds {}", targets.join(", "))
    } else {
        "not watching any more: changes rebuild nothing".to_owned()
    };
    state.notify(Level::Info, text);
}

/// `src/main.rs:14`
pub(in crate::tui) fn place(file: &Path, line: Option<usize>) -> String {
    match line {
        Some(line) => format!("{}:{line}", file.display()),
        None => file.display().to_string(),
    }
}

/// `src/main.rs`, `src/main.rs and 2 more`.
pub(in crate::tui) fn names<'a>(mut files: impl ExactSizeIterator<Item = &'a Path>) -> String {
    let more = files.len().saturating_sub(1);
    let first = files
        .next()
        .map_or(String::new(), |file| file.display().to_string());
    if more == 0 {
        first
    } else {
        format!("{first} and {more} more")
    }
}
