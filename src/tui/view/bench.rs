//! Pane 4: a benchmark. Where it stands, the grid of strategies and scenarios or the runs of one
//! cell, and a plot below.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

pub(super) mod form;
pub(super) mod grid;
mod head;
mod pareto;
mod runs;
mod scale;
mod spread;
mod steps;

use super::lesson::paragraph;
use crate::tui::{
    state::{
        Pane, State,
        bench::{BenchPane, Plot},
    },
    theme::Tone,
    widget::{
        frame::{Titles, frame},
        text::{clean, pad, span, width},
    },
};

/// The rows of the pane, from above.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Rows {
    head: u16,
    /// Of the grid, its header included, or of the runs.
    main: u16,
    detail: u16,
    /// Of the plot, its titles included.
    plot: u16,
}

impl Rows {
    /// Grid and plot share the room; a grid that needs less leaves the rest to the plot.
    fn of(height: u16, wanted: u16) -> Self {
        let (head, detail) = match height {
            0..5 => (height.min(1), 0),
            5..14 => (1, 1),
            _ => (2, 2),
        };
        let room = height - head - detail;
        let main = match room {
            0..6 => room,
            _ => wanted.min(room.div_ceil(2)),
        };
        Self {
            head,
            main,
            detail,
            plot: room - main,
        }
    }
}

fn rows(pane: &BenchPane, inside: Rect) -> Rows {
    let grid = pane.matrix.plan().strategies.len() + 1;
    let wanted = match pane.run {
        Some(_) => grid.max(pane.runs().len() + 1),
        None => grid,
    };
    Rows::of(inside.height, u16::try_from(wanted).unwrap_or(u16::MAX))
}

pub(super) fn draw(state: &State, area: Rect, buf: &mut Buffer) {
    if area.area() == 0 {
        return;
    }
    let focused = state.focus == Pane::Bench;
    let pane = state.bench.pane.as_ref();
    let inside = frame(area, buf, state.theme, focused, titles(state, pane));
    if inside.area() == 0 {
        return;
    }
    let columns = usize::from(inside.width);
    let Some(pane) = pane else {
        super::put(&hint(state, columns), inside, buf);
        return;
    };
    let rows = rows(pane, inside);
    let mut y = inside.y;
    let mut part = |height: u16, lines: Vec<Line<'static>>| {
        let area = Rect {
            y,
            height,
            ..inside
        };
        y += height;
        super::put(&lines, area, buf);
    };
    part(rows.head, head::lines(state, pane, columns));
    let main = usize::from(rows.main);
    part(
        rows.main,
        match pane.run {
            Some(run) => runs::lines(state, pane, run, columns, main),
            None => grid::lines(state, pane, columns, main),
        },
    );
    let detail = usize::from(rows.detail);
    part(
        rows.detail,
        match pane.run {
            Some(run) => runs::detail(state, pane, run, columns, detail),
            None => grid::detail(state, pane, columns, detail),
        },
    );
    let plot = usize::from(rows.plot);
    if plot >= 3 {
        let mut lines = vec![tabs(state, pane, columns)];
        lines.extend(plotted(state, pane, columns, plot - 1));
        part(rows.plot, lines);
    }
}

fn titles(state: &State, pane: Option<&BenchPane>) -> Titles {
    let style = |tone| state.theme.style(tone);
    let mut left = super::title(state, Pane::Bench, "4 Bench");
    let mut titles = Titles::default();
    if let Some(pane) = pane {
        let header = &pane.matrix.progress.header;
        let started = header.started.get(..16).unwrap_or_default();
        if let (Some(cell), Some(_)) = (pane.cell(), pane.run) {
            let name = clean(&pane.matrix.plan().name(cell.place));
            let text = format!("  runs of {name} after {}", cell.prior);
            left.push(span(text, style(Tone::Strong)));
        }
        let right = if pane.is_live {
            "2 shows the log of its build".to_owned()
        } else {
            format!("of {}, {}", started.replace('T', " "), header.engine)
        };
        titles.right = Line::from(span(clean(&right), style(Tone::Dim)));
        titles.bottom = Line::from(span(grid::LEGEND, style(Tone::Dim)));
        let seed = format!("seed {}", header.plan.seed);
        titles.bottom_right = Line::from(span(seed, style(Tone::Dim)));
    }
    titles.left = Line::from(left);
    titles
}

fn hint(state: &State, columns: usize) -> Vec<Line<'static>> {
    let text = if state.bench.is_waiting {
        "The benchmark begins as soon as what is at work is done. x takes it back."
    } else {
        "No benchmark of this app and engine yet. B chooses strategies (those that are marked with \
         the space bar, else the article's rows) and scenarios, and measures them in rounds."
    };
    paragraph(state, text, columns, Tone::Dim)
}

/// The line between grid and plot: which plots there are, and of what.
fn tabs(state: &State, pane: &BenchPane, columns: usize) -> Line<'static> {
    let style = |tone| state.theme.style(tone);
    let mut spans = vec![span("─", style(Tone::Dim))];
    let all: usize = Plot::ALL.iter().map(|plot| plot.title().len() + 2).sum();
    let has_room = columns > all + 16;
    for plot in Plot::ALL {
        let title = plot.title();
        if pane.plot == plot {
            spans.push(span(format!("[{title}]"), style(Tone::Strong)));
        } else if has_room {
            spans.push(span(format!(" {title} "), style(Tone::Dim)));
        }
    }
    if !has_room {
        spans.push(span(" ] others", style(Tone::Dim)));
    }
    let of = pane
        .prior()
        .map_or_else(String::new, |prior| format!(" after {prior} ─"));
    let used: usize = spans.iter().map(|span| width(&span.content)).sum();
    let rest = columns.saturating_sub(used + width(&of));
    spans.push(span("─".repeat(rest), style(Tone::Dim)));
    spans.push(span(of, style(Tone::Dim)));
    Line::from(spans)
}

fn plotted(state: &State, pane: &BenchPane, columns: usize, rows: usize) -> Vec<Line<'static>> {
    match pane.plot {
        Plot::Strips => spread::strips(state, pane, columns, rows),
        Plot::Bars => spread::bars(state, pane, columns, rows),
        Plot::Pareto => pareto::lines(state, pane, columns, rows),
        Plot::Timeline => steps::lines(state, pane, columns, rows),
    }
}

/// One sentence where a plot has nothing to show.
fn nothing(state: &State, text: &str, columns: usize) -> Vec<Line<'static>> {
    paragraph(state, text, columns, Tone::Dim)
}

/// The name of a strategy at the left edge of a row, with the cursor's mark.
fn named(state: &State, pane: &BenchPane, place: usize, columns: usize) -> Vec<Span<'static>> {
    let style = |tone| state.theme.style(tone);
    let is_selected = pane.row == place;
    let tone = if is_selected {
        Tone::Strong
    } else {
        Tone::Plain
    };
    let name = clean(&pane.matrix.plan().name(place));
    vec![
        span(if is_selected { "▌" } else { " " }, style(Tone::Accent)),
        span(pad(&name, columns), style(tone)),
    ]
}

/// Columns of the names, of which there are such long ones.
fn name_columns(pane: &BenchPane, columns: usize) -> usize {
    let plan = pane.matrix.plan();
    let names = (0..plan.strategies.len()).map(|place| width(&clean(&plan.name(place))));
    names
        .max()
        .unwrap_or(0)
        .clamp(8, (columns / 3).clamp(8, 24))
}

/// The rows in view when there are `all` of them and the cursor is at `at`.
fn window(all: usize, at: usize, shown: usize) -> std::ops::Range<usize> {
    let first = at.saturating_sub(shown / 2).min(all.saturating_sub(shown));
    first..(first + shown).min(all)
}

/// Puts the cursor on the cell that was clicked.
pub(super) fn click(state: &mut State, inside: Rect, column: u16, row: u16) {
    let Some(pane) = &mut state.bench.pane else {
        return;
    };
    let rows = rows(pane, inside);
    let (columns, main) = (usize::from(inside.width), usize::from(rows.main));
    let (Some(column), Some(row)) = (
        column.checked_sub(inside.x),
        row.checked_sub(inside.y + rows.head),
    ) else {
        return;
    };
    if pane.run.is_none()
        && row < rows.main
        && let Some((row, column)) = grid::at(pane, columns, main, column.into(), row.into())
    {
        pane.row = row;
        pane.column = column;
    }
}
