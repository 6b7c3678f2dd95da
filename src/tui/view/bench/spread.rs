//! How far the runs of each strategy lie apart: every run as a dot, or medians with whiskers.

use ratatui::text::{Line, Span};

use super::{
    scale::{Scale, axis},
    window,
};
use crate::domain::{
    bench::{Cell, CellResult, Rank},
    statistics::Summary,
    text,
};
use crate::tui::{
    state::{State, bench::BenchPane},
    theme::Tone,
    widget::text::{pad, pad_left, span},
};

/// Columns of a median at the right edge.
const FIGURE: usize = 8;
/// Rows of a strip at most: runs upon each other need no more.
const HIGHEST: usize = 3;
/// Narrower plots tell nothing.
const NARROWEST: usize = 8;

/// A dot a run; runs of the same time stand upon each other.
pub(super) fn strips(
    state: &State,
    pane: &BenchPane,
    columns: usize,
    rows: usize,
) -> Vec<Line<'static>> {
    let seconds = |result: &CellResult| result.seconds.clone();
    let strategies = pane.matrix.plan().strategies.len().max(1);
    let high = (rows.saturating_sub(1) / strategies).clamp(1, HIGHEST);
    let strip = |result: &CellResult, room: usize, scale: Scale| {
        let style = state.theme.style(tone(pane, result.cell));
        let scale = Scale {
            places: 2 * room,
            ..scale
        };
        let rows = stacked(&result.seconds, scale, high).into_iter();
        rows.map(|dots| vec![span(dots, style)]).collect()
    };
    let range = |figures: Vec<f64>, room| Scale::over(figures.into_iter(), room);
    plot(state, pane, (columns, rows, high), seconds, range, strip)
}

/// A bar to each median, with whiskers to the ends of its interval. Bars begin at zero.
pub(super) fn bars(
    state: &State,
    pane: &BenchPane,
    columns: usize,
    rows: usize,
) -> Vec<Line<'static>> {
    let ends = |result: &CellResult| {
        let wall = result.wall.iter();
        let ends = wall.map(|wall| wall.interval.map_or(wall.median, |one| one.high));
        ends.collect()
    };
    let bar = |result: &CellResult, room: usize, scale: Scale| {
        let tone = tone(pane, result.cell);
        let wall = result.wall.iter();
        wall.map(|wall| whiskers(state, wall, tone, room, scale))
            .collect()
    };
    let range = |figures: Vec<f64>, room| Scale::over(figures.into_iter().chain([0.0]), room);
    plot(state, pane, (columns, rows, 1), ends, range, bar)
}

/// Some rows a strategy for the scenario under the cursor, and the scale below.
fn plot(
    state: &State,
    pane: &BenchPane,
    (columns, rows, high): (usize, usize, usize),
    figures: impl Fn(&CellResult) -> Vec<f64>,
    range: impl Fn(Vec<f64>, usize) -> Scale,
    draw: impl Fn(&CellResult, usize, Scale) -> Vec<Vec<Span<'static>>>,
) -> Vec<Line<'static>> {
    let Some(prior) = pane.prior() else {
        return Vec::new();
    };
    let name = super::name_columns(pane, columns);
    let room = columns.saturating_sub(name + FIGURE + 4);
    if room < NARROWEST {
        return super::nothing(state, "Too narrow for a plot.", columns);
    }
    let all: Vec<f64> = pane.matrix.column(prior).flat_map(&figures).collect();
    if all.is_empty() {
        let text = format!("No run after {prior} counts yet.");
        return super::nothing(state, &text, columns);
    }
    let scale = range(all, room);
    let strategies = pane.matrix.plan().strategies.len();
    let shown = window(strategies, pane.row, rows.saturating_sub(1) / high);
    let more = match strategies - shown.len() {
        0 => String::new(),
        hidden => format!(" {hidden} more ↕"),
    };
    let mut lines: Vec<Line<'static>> = Vec::new();
    for place in shown {
        let cell = Cell { place, prior };
        let result = pane.matrix.result(cell);
        let drawn = result.map_or_else(Vec::new, |result| draw(result, room, scale));
        lines.extend(strategy(state, pane, cell, drawn, (name, room)));
    }
    let before = format!("{}└", pad(&more, name + 2));
    lines.push(axis(state, scale, &before, room));
    lines
}

/// What was drawn of a strategy, its name and median in the lowest row.
fn strategy(
    state: &State,
    pane: &BenchPane,
    cell: Cell,
    drawn: Vec<Vec<Span<'static>>>,
    (name, room): (usize, usize),
) -> Vec<Line<'static>> {
    let style = |tone| state.theme.style(tone);
    let edge = || span(" │", style(Tone::Dim));
    let result = pane.matrix.result(cell);
    let mut named = super::named(state, pane, cell.place, name);
    named.push(edge());
    let Some(wall) = result.and_then(|result| result.wall.as_ref()) else {
        let (word, tone) = why_none(pane, cell);
        named.push(span(format!(" {word}"), style(tone)));
        return vec![Line::from(named)];
    };
    let last = drawn.len().saturating_sub(1);
    let rows = drawn.into_iter().enumerate();
    rows.map(|(at, drawn)| {
        let used: usize = drawn.iter().map(Span::width).sum();
        let mut spans = if at == last {
            std::mem::take(&mut named)
        } else {
            vec![Span::raw(" ".repeat(name + 1)), edge()]
        };
        spans.extend(drawn);
        if at == last {
            spans.push(Span::raw(" ".repeat(room.saturating_sub(used))));
            spans.push(median(state, pane, cell, wall));
        }
        Line::from(spans)
    })
    .collect()
}

fn median(state: &State, pane: &BenchPane, cell: Cell, wall: &Summary) -> Span<'static> {
    let median = std::time::Duration::try_from_secs_f64(wall.median).ok();
    let figure = pad_left(&text::seconds_or_na(median), FIGURE);
    span(figure, state.theme.style(tone(pane, cell)))
}

fn why_none(pane: &BenchPane, cell: Cell) -> (&'static str, Tone) {
    let word = pane.matrix.result(cell).and_then(CellResult::word);
    match word {
        Some(word) => (word, Tone::Bad),
        None if pane.matrix.progress.left_out.contains_key(&cell) => ("left out", Tone::Dim),
        None => (text::NOT_AVAILABLE, Tone::Dim),
    }
}

fn tone(pane: &BenchPane, cell: Cell) -> Tone {
    match pane.matrix.rank(cell) {
        Some(Rank::Fastest | Rank::AsFast) => Tone::Good,
        Some(Rank::Slow) => Tone::Warm,
        Some(Rank::Between) | None => Tone::Plain,
    }
}

/// Braille dots, two places of the scale to a column and four runs upon each other to a row; the
/// highest row that is needed first.
fn stacked(seconds: &[f64], scale: Scale, high: usize) -> Vec<String> {
    // From below, at the left and at the right (Unicode, Braille Patterns).
    const DOTS: [[u32; 4]; 2] = [[0x40, 0x04, 0x02, 0x01], [0x80, 0x20, 0x10, 0x08]];
    let mut rows = vec![vec![0_u32; scale.places.div_ceil(2)]; high];
    let mut counts = vec![0_usize; scale.places];
    for figure in seconds {
        let place = scale.place(*figure);
        let count = counts[place];
        if let Some(row) = rows.get_mut(count / 4) {
            row[place / 2] |= DOTS[place % 2][count % 4];
        }
        counts[place] += 1;
    }
    let braille = |dots: &u32| match dots {
        0 => ' ',
        dots => char::from_u32(0x2800 + dots).unwrap_or(' '),
    };
    let is_empty = |row: &&Vec<u32>| row.iter().all(|dots| *dots == 0);
    let lowest = rows.len().saturating_sub(1);
    let empty = rows.iter().rev().take(lowest).take_while(is_empty).count();
    let rows = rows.iter().rev().skip(empty);
    rows.map(|row| row.iter().map(braille).collect()).collect()
}

fn whiskers(
    state: &State,
    wall: &Summary,
    tone: Tone,
    room: usize,
    scale: Scale,
) -> Vec<Span<'static>> {
    let style = |tone| state.theme.style(tone);
    let median = scale.place(wall.median);
    let ends = wall
        .interval
        .map(|one| (scale.place(one.low), scale.place(one.high)));
    let (low, high) = ends.unwrap_or((median, median));
    let sign = |at: usize| match at {
        at if at == median && low == high => '▌',
        at if at == median => '┿',
        at if at == low => '├',
        at if at == high => '┤',
        _ => '─',
    };
    let whiskers: String = (low..=high.min(room.saturating_sub(1))).map(sign).collect();
    vec![
        span("█".repeat(low), style(tone)),
        span(whiskers, style(Tone::Strong)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_the_same_time_stand_upon_each_other() {
        let scale = Scale {
            low: 0.0,
            high: 3.0,
            places: 4,
        };
        assert_eq!(stacked(&[0.0, 0.0, 1.0, 3.0], scale, 1), ["⣄⢀"]);
        assert_eq!(stacked(&[0.0; 6], scale, 2), ["⡄ ", "⡇ "]);
        assert_eq!(stacked(&[0.0; 3], scale, 2), ["⡆ "], "no empty row above");
        assert_eq!(stacked(&[0.0; 9], scale, 1), ["⡇ "], "no room for more");
    }
}
