//! What is said of a benchmark's rules, as text and for pull requests.

use std::fmt::Write as _;

use super::{plain, table};
use crate::domain::{
    rules::{Change, Compared, Evidence, Judged, Measure, Ruling},
    text,
};

/// Every ruling, and what was compared, for a terminal; empty without any.
#[must_use]
pub fn text(judged: &Judged) -> String {
    let mut out = String::new();
    if !judged.compared.is_empty() {
        let rows = judged.compared.iter().map(compared);
        let header = ["strategy", "scenario", "figure", "earlier", "now", "times"];
        let _ = write!(
            out,
            "\nagainst the earlier benchmark\n{}",
            lines(header, rows)
        );
    }
    if !judged.rules.is_empty() {
        let rows = judged.rules.iter().map(row);
        let header = ["says", "rule", "strategy", "scenario", "evidence"];
        let _ = write!(out, "\nrules\n{}", lines(header, rows));
        let _ = writeln!(out, "{}", sum(&judged.rules));
    }
    out
}

/// The same for Markdown.
#[must_use]
pub fn markdown(judged: &Judged) -> String {
    let mut out = String::new();
    if !judged.compared.is_empty() {
        out.push_str("\n| strategy | scenario | figure | earlier | now | times |\n");
        out.push_str("| --- | --- | --- | ---: | ---: | --- |\n");
        for one in &judged.compared {
            let cells = compared(one).map(|cell| escaped(&cell));
            let _ = writeln!(out, "| {} |", cells.join(" | "));
        }
    }
    if !judged.rules.is_empty() {
        out.push_str("\n| says | rule | strategy | scenario | evidence |\n");
        out.push_str("| --- | --- | --- | --- | --- |\n");
        for ruling in &judged.rules {
            let mut cells = row(ruling).map(|cell| escaped(&cell));
            if ruling.judgement.is_fail() {
                cells[0] = format!("**{}**", cells[0]);
            }
            let _ = writeln!(out, "| {} |", cells.join(" | "));
        }
        let _ = writeln!(out, "\n{}", sum(&judged.rules));
    }
    out
}

/// `6 PASS, 1 FAIL, 2 UNSURE`
#[must_use]
pub fn sum(rules: &[Ruling]) -> String {
    let words = ["PASS", "FAIL", "UNSURE", "NOT MEASURED"];
    let counts = words.map(|word| {
        let same = rules
            .iter()
            .filter(|ruling| ruling.judgement.word() == word);
        (same.count(), word)
    });
    let counts = counts.iter().filter(|(count, _)| *count > 0);
    let counts: Vec<String> = counts
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    counts.join(", ")
}

/// The figures and, where they do not tell by themselves, why.
#[must_use]
pub fn evidence(ruling: &Ruling) -> String {
    let figures = ruling.evidence.as_ref().map(Evidence::text);
    let why = ruling.judgement.why().map(plain);
    match (figures, why) {
        (Some(figures), Some(why)) => format!("{figures}; {why}"),
        (Some(text), None) | (None, Some(text)) => text,
        (None, None) => text::NOT_AVAILABLE.to_owned(),
    }
}

fn row(ruling: &Ruling) -> [String; 5] {
    let scenario = ruling.scenario;
    [
        ruling.judgement.word().to_owned(),
        ruling.rule.clone(),
        plain(&ruling.strategy),
        scenario.map_or_else(|| "any".to_owned(), |prior| prior.to_string()),
        evidence(ruling),
    ]
}

fn compared(one: &Compared) -> [String; 6] {
    let scenario = one.scenario;
    let [then, now, times] = match (&one.change, one.judgement.why()) {
        (Some(change), _) => figures(change),
        (None, why) => {
            let na = || text::NOT_AVAILABLE.to_owned();
            [na(), na(), why.map_or_else(na, plain)]
        }
    };
    [
        plain(&one.strategy),
        scenario.map_or_else(|| "any".to_owned(), |prior| prior.to_string()),
        one.metric.word().to_owned(),
        then,
        now,
        times,
    ]
}

fn figures(change: &Change) -> [String; 3] {
    let interval = change.interval.filter(|one| one.low < one.high);
    let interval = match (interval, change.interval, change.measure) {
        (Some(one), ..) => format!(" ({:.2} … {:.2})", one.low, one.high),
        (None, None, _) => "; too few runs to be sure".to_owned(),
        _ => String::new(),
    };
    [
        change.measure.shown(change.then),
        change.measure.shown(change.now),
        format!("{}{interval}", Measure::Times.shown(change.ratio)),
    ]
}

fn lines<const N: usize>(header: [&str; N], rows: impl Iterator<Item = [String; N]>) -> String {
    let mut lines = vec![header.map(str::to_owned).to_vec()];
    lines.extend(rows.map(|row| row.to_vec()));
    table(&lines)
}

/// Foreign text as a cell: whatever Markdown or HTML would make of it is taken as it stands.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in plain(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // Nobody is to be called by a build's output.
            '@' => out.push_str("&#64;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '!' | '~' | '#' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests;
