//! The runs of one cell: what each took, what it changed, and what is to be thought of it.

use std::time::Duration;

use ratatui::text::Line;

use super::window;
use crate::domain::{
    bench::{BenchRun, CellResult},
    event::Outcome,
    text,
    verdict::Verdict,
};
use crate::tui::{
    state::{State, bench::BenchPane},
    theme::Tone,
    widget::text::{clean, cut, pad_left, span, wrap},
};

/// Titles and columns of the figures, the most telling first; what was changed follows where
/// there is room.
const COLUMNS: [(&str, usize); 10] = [
    ("round", 6),
    ("wall", 8),
    ("cached", 8),
    ("verdict", 12),
    ("user", 8),
    ("sys", 8),
    ("crates", 7),
    ("push", 9),
    ("busy", 6),
    ("disk", 9),
];
/// Columns of the cursor and of a sign.
const BEFORE: usize = 3;

fn figures(run: &BenchRun) -> [String; 10] {
    let record = &run.record;
    let na = || text::NOT_AVAILABLE.to_owned();
    let seconds = |value: Option<f64>| {
        text::seconds_or_na(value.and_then(|value| Duration::try_from_secs_f64(value).ok()))
    };
    let (cached, steps) = record.cached_of();
    let busy = run.busy_before.map(|busy| format!("{:.0} %", busy * 100.0));
    [
        (run.round + 1).to_string(),
        seconds(Some(record.wall_s)),
        format!("{cached}/{steps}"),
        verdict(run).to_owned(),
        seconds(record.cpu.map(|cpu| cpu.user_s)),
        seconds(record.cpu.map(|cpu| cpu.system_s)),
        run.compiled.map_or_else(na, |count| count.to_string()),
        text::bytes_or_na(record.push.map(|push| push.bytes)),
        busy.unwrap_or_else(na),
        text::bytes_or_na(run.disk_growth),
    ]
}

fn verdict(run: &BenchRun) -> &'static str {
    match (&run.record.outcome, &run.record.verdict) {
        (Outcome::Failed { .. }, _) => "FAILED",
        (Outcome::Cancelled, _) => "cancelled",
        (Outcome::Built, Some(verdict)) => verdict.word(),
        (Outcome::Built, None) => text::NOT_AVAILABLE,
    }
}

/// Header and one row a run, as many as there is room for.
pub(super) fn lines(
    state: &State,
    pane: &BenchPane,
    at: usize,
    columns: usize,
    rows: usize,
) -> Vec<Line<'static>> {
    let runs = pane.runs();
    let mut used = BEFORE;
    let fitting = COLUMNS.iter().take_while(|(_, wide)| {
        used += wide;
        used <= columns
    });
    let fitting = fitting.count();
    let figures_end = BEFORE
        + COLUMNS[..fitting]
            .iter()
            .map(|(_, wide)| wide)
            .sum::<usize>();
    let rest = columns.saturating_sub(figures_end + 2);
    let mut titles = " ".repeat(BEFORE);
    for (title, wide) in &COLUMNS[..fitting] {
        titles.push_str(&pad_left(title, *wide));
    }
    if rest >= 8 {
        titles.push_str("  changed");
    }
    let mut lines = vec![Line::from(span(titles, state.theme.style(Tone::Dim)))];
    let shown = window(runs.len(), at, rows.saturating_sub(1));
    lines.extend(shown.map(|place| row(state, pane, runs[place], place == at, (fitting, rest))));
    lines
}

fn row(
    state: &State,
    pane: &BenchPane,
    run: &BenchRun,
    is_selected: bool,
    (fitting, rest): (usize, usize),
) -> Line<'static> {
    let style = |tone| state.theme.style(tone);
    let result = pane.matrix.result(run.cell);
    let (sign, tone) = match judgement(result, run) {
        Some((_, tone @ Tone::Bad)) => ("✗", tone),
        Some((_, tone)) if run.doubt().is_some() => ("?", tone),
        Some((_, tone)) => ("!", tone),
        None => (" ", Tone::Plain),
    };
    let of_row = match (is_selected, run.counts()) {
        (true, _) => Tone::Strong,
        (false, true) => Tone::Plain,
        (false, false) => Tone::Dim,
    };
    let mut spans = vec![
        span(if is_selected { "▌" } else { " " }, style(Tone::Accent)),
        span(format!("{sign} "), style(tone)),
    ];
    let figures = figures(run).into_iter().zip(COLUMNS).take(fitting);
    spans.extend(figures.map(|(figure, (title, wide))| {
        let is_bad = title == "verdict" && !run.counts();
        let tone = if is_bad { Tone::Bad } else { of_row };
        span(pad_left(&figure, wide), style(tone))
    }));
    if rest >= 8 {
        let change = cut(&clean(&run.change), rest);
        spans.push(span(format!("  {change}"), style(Tone::Dim)));
    }
    Line::from(spans)
}

/// What sets a run apart from the others of its cell.
fn judgement(result: Option<&CellResult>, run: &BenchRun) -> Option<(String, Tone)> {
    if let Outcome::Failed { message } = &run.record.outcome {
        return Some((format!("FAILED: {message}"), Tone::Bad));
    }
    if let Some(verdict @ Verdict::Invalid { .. }) = &run.record.verdict {
        return Some((verdict.sentence(), Tone::Bad));
    }
    if let Some(doubt) = run.doubt() {
        return Some((doubt.to_owned(), Tone::Warm));
    }
    let mut outliers = result?.outliers.iter();
    let far = outliers.find(|outlier| outlier.round == run.round)?;
    let text = format!("lies far from the others: {}", far.cause);
    Some((text, Tone::Warm))
}

/// All figures of the run under the cursor, and what is to be said of it first.
pub(super) fn detail(
    state: &State,
    pane: &BenchPane,
    at: usize,
    columns: usize,
    rows: usize,
) -> Vec<Line<'static>> {
    let runs = pane.runs();
    let Some(run) = runs.get(at) else {
        return Vec::new();
    };
    let judged = judgement(pane.matrix.result(run.cell), run);
    let tone = judged.as_ref().map_or(Tone::Plain, |(_, tone)| *tone);
    let mut words: Vec<String> = judged.into_iter().map(|(text, _)| text).collect();
    words.push(format!("changed {}", run.change));
    if run.is_noisy() {
        words.push("other programs were at work before it".to_owned());
    }
    let fits = |used: usize| used <= columns;
    let mut used = BEFORE;
    for (figure, (title, wide)) in figures(run).iter().zip(COLUMNS) {
        used += wide;
        if !fits(used) {
            words.push(format!("{title} {figure}"));
        }
    }
    let text = clean(&words.join(" · ").replace('\n', " "));
    let lines = wrap(&text, columns.saturating_sub(2), rows).into_iter();
    lines
        .map(|line| Line::from(span(format!(" {line}"), state.theme.style(tone))))
        .collect()
}
