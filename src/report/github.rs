//! For GitHub Actions: annotations and the summary of a step.
//!
//! Workflow commands are lines `::error title=…::…`, see
//! <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>. How their
//! values are escaped is said by the toolkit alone: `packages/core/src/command.ts` of
//! <https://github.com/actions/toolkit>. The runner reads both outputs of a step
//! (`ScriptHandler.cs` of <https://github.com/actions/runner>), so they can go to standard error
//! and leave the report on standard output whole.

use super::{
    plain,
    rules::{evidence, sum},
};
use crate::domain::rules::{Judgement, Ruling};

/// A step has so many annotations of a kind at most; GitHub drops the others in silence.
const MOST_ANNOTATIONS: usize = 10;
/// Bytes of a step's summary; GitHub refuses a larger one as a whole.
pub const SUMMARY_LIMIT: usize = 1 << 20;

const CUT: &str = "\n\n(cut: GitHub shows at most 1 MiB of a step)\n";

/// Annotations: an error for each rule that is broken, a warning for each that is not decided, and
/// a notice of how many there are of each kind. Empty without rules.
#[must_use]
pub fn annotations(rules: &[Ruling]) -> Vec<String> {
    if rules.is_empty() {
        return Vec::new();
    }
    let (errors, warnings): (Vec<&Ruling>, Vec<&Ruling>) = rules
        .iter()
        .filter(|ruling| ruling.judgement != Judgement::Pass)
        .partition(|ruling| ruling.judgement.is_fail());
    let mut lines = of_kind("error", &errors);
    lines.extend(of_kind("warning", &warnings));
    lines.push(command("notice", "imgtui bench", &sum(rules)));
    lines
}

fn of_kind(kind: &str, rulings: &[&Ruling]) -> Vec<String> {
    let shown = if rulings.len() > MOST_ANNOTATIONS {
        MOST_ANNOTATIONS - 1
    } else {
        rulings.len()
    };
    let (shown, others) = rulings.split_at(shown);
    let mut lines: Vec<String> = shown
        .iter()
        .map(|ruling| {
            let judgement = ruling.judgement.word();
            let title = format!("{judgement}: {}", ruling.rule);
            let scenario = ruling
                .scenario
                .map_or_else(String::new, |prior| format!(" after {prior}"));
            let text = format!("{}{scenario}: {}", ruling.strategy, evidence(ruling));
            command(kind, &title, &text)
        })
        .collect();
    if !others.is_empty() {
        let text = format!("and {} more, see the summary", others.len());
        lines.push(command(kind, "imgtui bench", &text));
    }
    lines
}

/// One workflow command.
fn command(name: &str, title: &str, message: &str) -> String {
    format!(
        "::{name} title={}::{}",
        property(title),
        data(&plain(message))
    )
}

/// A command's message.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// A command's property, which ends at a comma or colon.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// As many whole lines of the text as fit behind `taken` bytes; `None` where not even the note that
/// it was cut fits.
#[must_use]
pub fn fitting(text: &str, taken: usize) -> Option<String> {
    let room = SUMMARY_LIMIT.checked_sub(taken)?;
    if text.len() <= room {
        return Some(text.to_owned());
    }
    let room = room.checked_sub(CUT.len())?;
    let mut kept = String::new();
    for line in text.split_inclusive('\n') {
        if kept.len() + line.len() > room {
            break;
        }
        kept.push_str(line);
    }
    Some(kept + CUT)
}

#[cfg(test)]
mod tests;
