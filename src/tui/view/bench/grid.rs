//! Strategies by scenarios: each cell's median, its rank, and what came from the cache.

use std::fmt::Write as _;

use ratatui::{
    style::Modifier,
    text::{Line, Span},
};

use super::window;
use crate::domain::{
    bench::{AtWork, Cell, CellResult, Matrix, Rank},
    text,
};
use crate::tui::{
    state::{State, bench::BenchPane},
    theme::{Tone, found},
    widget::text::{clean, cut, pad, pad_left, span, wrap},
};

/// What the signs of the cells mean.
pub(in crate::tui::view) const LEGEND: &str =
    "★ fastest  ☆ as fast  ▾ twice its time  ● all cached  ◐ some  ○ none";
/// Columns of a median, of a cell without dots (a gap, rank, median, what was cached), and of
/// what stands before the names.
const MEDIAN: usize = 6;
const CELL: usize = 2 + MEDIAN + 3;
const BEFORE: usize = 3;
/// Columns of a cell's dots, the gap before them included, from the widest on.
const DOTS: [usize; 2] = [7, 5];

/// How the grid fits into its columns.
struct Fit {
    name: usize,
    /// Columns of a cell, and how many of them are dots.
    cell: usize,
    dots: usize,
    /// The scenarios in view, by their places.
    shown: std::ops::Range<usize>,
}

impl Fit {
    fn new(pane: &BenchPane, columns: usize) -> Self {
        let name = super::name_columns(pane, columns);
        let all = pane.matrix.plan().priors.len();
        let room = columns.saturating_sub(BEFORE + name);
        let dots = DOTS.into_iter().find(|dots| all * (CELL + dots) <= room);
        let dots = dots.unwrap_or(0);
        let cell = CELL + dots;
        let shown = (room / cell).clamp(1, all.max(1));
        Self {
            name,
            cell,
            dots,
            shown: window(all, pane.column, shown),
        }
    }
}

/// Header and one row a strategy, as many as there is room for.
pub(in crate::tui::view) fn lines(
    state: &State,
    pane: &BenchPane,
    columns: usize,
    rows: usize,
) -> Vec<Line<'static>> {
    let fit = Fit::new(pane, columns);
    let all = pane.matrix.plan().strategies.len();
    let shown = window(all, pane.row, rows.saturating_sub(1));
    let hidden = all - shown.len();
    let mut lines = vec![header(state, pane, &fit, hidden)];
    lines.extend(shown.map(|place| row(state, pane, place, &fit)));
    lines
}

/// The place of strategy and scenario at a place of the grid.
pub(super) fn at(
    pane: &BenchPane,
    columns: usize,
    rows: usize,
    column: usize,
    row: usize,
) -> Option<(usize, usize)> {
    let fit = Fit::new(pane, columns);
    let all = pane.matrix.plan().strategies.len();
    let mut places = window(all, pane.row, rows.saturating_sub(1));
    let place = places.nth(row.checked_sub(1)?)?;
    let column = column.checked_sub(BEFORE + fit.name)? / fit.cell;
    Some((place, fit.shown.clone().nth(column)?))
}

fn header(state: &State, pane: &BenchPane, fit: &Fit, hidden: usize) -> Line<'static> {
    let style = |tone| state.theme.style(tone);
    let priors = &pane.matrix.plan().priors;
    let name = match (hidden, fit.shown.len() < priors.len()) {
        (_, true) => format!("‹{}/{}›", pane.column + 1, priors.len()),
        (0, false) => "strategy".to_owned(),
        (hidden, false) => format!("{hidden} more ↕"),
    };
    let name = format!("{}{}", " ".repeat(BEFORE), pad(&name, fit.name));
    let mut spans = vec![span(name, style(Tone::Dim))];
    for (place, prior) in priors.iter().enumerate() {
        if fit.shown.contains(&place) {
            let is_selected = place == pane.column;
            let tone = if is_selected { Tone::Strong } else { Tone::Dim };
            let sign = if is_selected { "▸" } else { " " };
            // Above the medians' right edge.
            let title = pad_left(&format!("{sign}{}", prior.word()), CELL);
            spans.push(span(pad(&title, fit.cell), style(tone)));
        }
    }
    Line::from(spans)
}

fn row(state: &State, pane: &BenchPane, place: usize, fit: &Fit) -> Line<'static> {
    let style = |tone| state.theme.style(tone);
    let is_warming = pane.matrix.progress.at_work == Some(AtWork::WarmUp { place });
    let mut spans = super::named(state, pane, place, fit.name);
    let sign = if is_warming {
        super::super::spinner(state)
    } else {
        " "
    };
    spans.insert(1, span(sign, style(Tone::Accent)));
    spans.push(span(" ", style(Tone::Plain)));
    let priors = &pane.matrix.plan().priors;
    for (column, prior) in priors.iter().enumerate() {
        if fit.shown.contains(&column) {
            let prior = *prior;
            let mut cell = cell(state, pane, Cell { place, prior }, fit);
            if (place, column) == (pane.row, pane.column) {
                cell = cell
                    .into_iter()
                    .map(|one| one.patch_style(found()))
                    .collect();
            }
            spans.extend(cell);
        }
    }
    Line::from(spans)
}

/// How a rank is shown. Words stand for what has no rank.
fn ranked(rank: Option<Rank>) -> (&'static str, Tone) {
    match rank {
        Some(Rank::Fastest) => ("★", Tone::Good),
        Some(Rank::AsFast) => ("☆", Tone::Good),
        Some(Rank::Slow) => ("▾", Tone::Warm),
        Some(Rank::Between) | None => (" ", Tone::Plain),
    }
}

/// What of the steps came from the cache.
fn cached(result: &CellResult) -> (&'static str, Tone) {
    match result.cached {
        None | Some((_, 0)) => (" ", Tone::Plain),
        Some((cached, all)) if cached == all => ("●", Tone::Good),
        Some((0, _)) => ("○", Tone::Warm),
        Some(_) => ("◐", Tone::Good),
    }
}

fn cell(state: &State, pane: &BenchPane, cell: Cell, fit: &Fit) -> Vec<Span<'static>> {
    let style = |tone| state.theme.style(tone);
    let matrix = &pane.matrix;
    let at_work =
        matches!(matrix.progress.at_work, Some(AtWork::Run { cell: one, .. }) if one == cell);
    let result = matrix.result(cell);
    let wall = result.and_then(|result| result.wall.as_ref());
    let mut spans = vec![span(" ", style(Tone::Plain))];
    if let (Some(result), Some(wall)) = (result, wall) {
        let rank = matrix.rank(cell);
        let (sign, tone) = ranked(rank);
        let sign = if at_work {
            super::super::spinner(state)
        } else {
            sign
        };
        let mut look = style(tone);
        if rank == Some(Rank::Fastest) {
            look = look.add_modifier(Modifier::BOLD);
        }
        let median = text::seconds_or_na(seconds(wall.median));
        spans.push(span(sign, if at_work { style(Tone::Accent) } else { look }));
        spans.push(span(pad_left(&median, MEDIAN + 1), look));
        let (sign, tone) = cached(result);
        spans.push(span(format!(" {sign}"), style(tone)));
    } else {
        spans.extend(words(state, pane, cell, at_work));
    }
    if fit.dots > 0 {
        spans.push(span(" ", style(Tone::Plain)));
        spans.extend(dots(state, matrix, cell, fit.dots - 1));
    }
    spans
}

/// What stands where a cell has no median.
fn words(state: &State, pane: &BenchPane, cell: Cell, at_work: bool) -> Vec<Span<'static>> {
    let style = |tone| state.theme.style(tone);
    let matrix = &pane.matrix;
    let word = matrix.result(cell).and_then(CellResult::word);
    let (word, tone) = match word {
        Some(word) => (word, Tone::Bad),
        None if matrix.progress.left_out.contains_key(&cell) => ("left out", Tone::Dim),
        None if at_work => ("first", Tone::Accent),
        None if pane.is_live => ("·", Tone::Dim),
        None => (text::NOT_AVAILABLE, Tone::Dim),
    };
    let sign = if at_work {
        super::super::spinner(state)
    } else {
        " "
    };
    // Its right edge is that of the medians, where it is not too long for that.
    let word = if word.len() > MEDIAN + 1 {
        word.to_owned()
    } else {
        pad_left(word, MEDIAN + 1)
    };
    let word = pad(&word, CELL - 2);
    vec![span(sign, style(Tone::Accent)), span(word, style(tone))]
}

fn dots(state: &State, matrix: &Matrix, cell: Cell, room: usize) -> [Span<'static>; 2] {
    let style = |tone| state.theme.style(tone);
    let made = usize::try_from(matrix.attempts(cell)).unwrap_or(usize::MAX);
    let rounds = usize::try_from(matrix.progress.rounds).unwrap_or(usize::MAX);
    let is_left_out = matrix.progress.left_out.contains_key(&cell);
    let all = if is_left_out { made } else { rounds.max(made) };
    // Of more rounds than there is room for each dot stands for several.
    let (full, wide) = if all <= room {
        (made, all)
    } else {
        (made * room / all, room)
    };
    let empty = wide - full;
    let filling = " ".repeat(room - wide);
    [
        span("•".repeat(full), style(Tone::Plain)),
        span(format!("{}{filling}", "·".repeat(empty)), style(Tone::Dim)),
    ]
}

fn seconds(value: f64) -> Option<std::time::Duration> {
    std::time::Duration::try_from_secs_f64(value).ok()
}

/// The cell under the cursor in words, and below it what is wrong with it.
pub(super) fn detail(
    state: &State,
    pane: &BenchPane,
    columns: usize,
    rows: usize,
) -> Vec<Line<'static>> {
    let Some(cell) = pane.cell() else {
        return Vec::new();
    };
    let room = columns.saturating_sub(2);
    let line = |text: String, tone| Line::from(span(format!(" {text}"), state.theme.style(tone)));
    let name = clean(&pane.matrix.plan().name(cell.place));
    let what = format!(
        "{name} after {}: {}",
        cell.prior,
        figures(&pane.matrix, cell)
    );
    let wrong = wrong(&pane.matrix, cell);
    // With one row, what is wrong is all that is told.
    let rows = rows.saturating_sub(usize::from(wrong.is_some()));
    let wrapped = wrap(&what, room, rows).into_iter();
    let mut lines: Vec<Line<'static>> = wrapped.map(|text| line(text, Tone::Plain)).collect();
    if let Some((text, tone)) = wrong {
        lines.push(line(cut(&clean(&text), room), tone));
    }
    lines
}

fn figures(matrix: &Matrix, cell: Cell) -> String {
    let made = matrix.attempts(cell);
    let result = matrix.result(cell);
    let Some((result, wall)) = result.and_then(|result| Some((result, result.wall.as_ref()?)))
    else {
        let word = result.and_then(CellResult::word);
        return format!("{} after {made} runs", word.unwrap_or(text::NOT_AVAILABLE));
    };
    let median = text::seconds_or_na(seconds(wall.median));
    let interval = wall.interval.map_or_else(String::new, |interval| {
        format!(" ({:.2} … {:.2})", interval.low, interval.high)
    });
    let plural = if wall.runs == 1 { "" } else { "s" };
    let mut text = format!("{median}{interval} of {} run{plural}", wall.runs);
    if let (Some(Rank::Between | Rank::Slow), Some(fastest)) =
        (matrix.rank(cell), matrix.fastest(cell.prior))
        && let Some(best) = &fastest.wall
    {
        let times = wall.median / best.median;
        // Writing to a string cannot fail.
        let _ = write!(text, " · {times:.2} × the fastest");
    }
    if matrix.rank(cell) == Some(Rank::AsFast) {
        text.push_str(" · no difference to the fastest seen");
    }
    if let Some((cached, all)) = result.cached {
        let _ = write!(text, " · {cached}/{all} cached");
    }
    if let Some(compiled) = result.compiled {
        let plural = if compiled == 1 { "" } else { "s" };
        let _ = write!(text, " · {compiled} crate{plural} compiled");
    }
    text
}

/// The worst that is to be said of a cell.
fn wrong(matrix: &Matrix, cell: Cell) -> Option<(String, Tone)> {
    if let Some(why) = matrix.progress.left_out.get(&cell) {
        let first = why.lines().next().unwrap_or_default();
        return Some((format!("left out: {first}"), Tone::Warm));
    }
    let result = matrix.result(cell)?;
    if let Some(fault) = result.faults.first() {
        let first = fault.lines().next().unwrap_or_default();
        return Some((first.to_owned(), Tone::Bad));
    }
    if let Some(doubt) = result.doubts.first() {
        return Some((format!("? {doubt}"), Tone::Warm));
    }
    let far = result.outliers.first()?;
    let more = match result.outliers.len() - 1 {
        0 => String::new(),
        more => format!("; {more} more"),
    };
    let round = far.round + 1;
    let text = format!(
        "! round {round} lies far from the others: {}{more}",
        far.cause
    );
    Some((text, Tone::Warm))
}

/// Columns that a line takes, for whoever puts something beside it.
#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::widget::text::width;

    #[test]
    fn the_legend_names_every_sign() {
        for rank in [Rank::Fastest, Rank::AsFast, Rank::Slow] {
            assert!(LEGEND.contains(ranked(Some(rank)).0));
        }
        assert!(width(LEGEND) < 72);
    }
}
