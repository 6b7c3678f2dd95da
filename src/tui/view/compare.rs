//! The comparison over all strategies.

use std::time::Duration;

use ratatui::text::Line;

use super::table::{self, Cell, Column, Marks};
use crate::domain::{
    history::sparkline,
    ids::Bytes,
    strategy::{Published, Strategy},
    text,
};
use crate::tui::{
    figures::{Figures, Standing},
    state::{State, list::List, result::Sort},
    theme::Tone,
    widget::text::{cut, span},
};

struct Row<'a> {
    strategy: &'a Strategy,
    figures: Figures,
}

/// Columns of figures; the two behind [`OURS`] are somebody else's.
const COLUMNS: [Column; 7] = [
    ("size", 8),
    ("edit", 8),
    ("cold", 8),
    ("cached", 7),
    ("published", 11),
    ("edit", 8),
    ("edits", TREND + 2),
];
/// How many of the columns are our figures.
const OURS: usize = 4;
/// How many builds after an edit are seen beside each other.
const TREND: usize = 12;

/// Header and one row a strategy, in the wanted order.
pub(super) fn lines(state: &State, columns: usize) -> Vec<Line<'static>> {
    let mut lines = matrix(state, columns);
    let rows = rows(state);
    let ids = rows.iter().map(|row| row.strategy.id.0.as_str());
    let name = table::name_columns(ids, columns);
    let shown = &COLUMNS[..table::shown(&COLUMNS, name, columns)];
    lines.push(table::header(state, name, shown));
    let best = |figure: fn(&Figures) -> Option<u64>| {
        rows.iter().filter_map(|row| figure(&row.figures)).min()
    };
    let best = [best(size), best(edit), best(cold)];
    lines.extend(rows.iter().map(|row| line(state, row, best, name, shown)));
    lines.extend(super::by_engine::lines(state, columns));
    lines
}

/// The newest benchmark, as the centre of the comparison.
fn matrix(state: &State, columns: usize) -> Vec<Line<'static>> {
    let Some(pane) = &state.bench.pane else {
        return Vec::new();
    };
    let rows = pane.matrix.plan().strategies.len() + 1;
    let mut lines = super::bench::grid::lines(state, pane, columns, rows);
    let style = state.theme.style(Tone::Dim);
    let text = format!(" {}", super::bench::grid::LEGEND);
    lines.push(Line::from(span(cut(&text, columns), style)));
    lines.push(Line::default());
    lines.push(Line::from(span(
        " builds by hand and by the watcher",
        style,
    )));
    lines
}

/// What the signs behind the names mean.
pub(super) fn legend(state: &State) -> String {
    table::legend(rows(state).iter().map(marks))
}

fn marks(row: &Row<'_>) -> Marks {
    Marks {
        equivalent: row.figures.equivalent,
        unverified: row.figures.unverified,
        not_hermetic: !row.strategy.is_hermetic(),
    }
}

fn size(figures: &Figures) -> Option<u64> {
    figures.size.map(|bytes| bytes.0)
}

fn edit(figures: &Figures) -> Option<u64> {
    figures
        .edit
        .and_then(|time| u64::try_from(time.as_millis()).ok())
}

fn cold(figures: &Figures) -> Option<u64> {
    figures
        .cold
        .and_then(|time| u64::try_from(time.as_millis()).ok())
}

fn line(
    state: &State,
    row: &Row<'_>,
    best: [Option<u64>; 3],
    name: usize,
    columns: &[Column],
) -> Line<'static> {
    let (ours, theirs) = columns.split_at(columns.len().min(OURS));
    let id = &row.strategy.id;
    let wide = ours.iter().map(|(_, wide)| wide).sum();
    let mut spans = table::named(state, &id.0, marks(row), name);
    match (state.why_unavailable(id), state.history.standing(id)) {
        (Some(why), _) => {
            spans.push(table::here(state, why, wide));
        }
        (None, Standing::Invalid(reason)) => {
            spans.push(table::words(
                state,
                "INVALID",
                Some(reason),
                wide,
                Tone::Bad,
            ));
        }
        _ => spans.extend(table::figures(state, measured(&row.figures, best), ours)),
    }
    let published = row.strategy.published.as_ref();
    let image = published.and_then(Published::image).map(text::bytes);
    let edit = published.and_then(Published::build).map(text::seconds);
    let published = [image, edit].map(|figure| (figure, Tone::Dim));
    let trend = (Some(trend(state, row)), Tone::Accent);
    let cells = published.into_iter().chain([trend]);
    let cells = cells.map(|(figure, tone)| Cell { figure, tone });
    spans.extend(table::figures(state, cells.collect(), theirs));
    Line::from(spans)
}

/// The last builds after an edit; nothing where there is none to compare the last one with, or
/// it has no figure.
fn trend(state: &State, row: &Row<'_>) -> String {
    match state.history.edits(&row.strategy.id) {
        edits if edits.len() > 1 && row.figures.edit.is_some() => sparkline(edits, TREND),
        _ => String::new(),
    }
}

fn measured(figures: &Figures, best: [Option<u64>; 3]) -> Vec<Cell> {
    let cell = |figure: Option<String>, is_best: bool| Cell {
        figure,
        tone: if is_best { Tone::Strong } else { Tone::Plain },
    };
    let cached = figures.cached.map(|(cached, of)| format!("{cached}/{of}"));
    vec![
        cell(figures.size.map(text::bytes), size(figures) == best[0]),
        cell(figures.edit.map(text::seconds), edit(figures) == best[1]),
        cell(figures.cold.map(text::seconds), cold(figures) == best[2]),
        cell(cached, false),
    ]
}

fn rows(state: &State) -> Vec<Row<'_>> {
    // All of them, whatever the filter of pane 1 says.
    let all = List::default();
    let mut rows: Vec<Row<'_>> = all
        .visible(&state.strategies)
        .into_iter()
        .map(|strategy| Row {
            strategy,
            figures: state.figures(&strategy.id),
        })
        .collect();
    // What has no figure comes last.
    match state.result.sort {
        Sort::List => {}
        Sort::Size => rows.sort_by_key(|row| row.figures.size.unwrap_or(Bytes(u64::MAX))),
        Sort::Time => rows.sort_by_key(|row| row.figures.edit.unwrap_or(Duration::MAX)),
        Sort::Name => rows.sort_by(|one, other| one.strategy.id.cmp(&other.strategy.id)),
    }
    rows
}
