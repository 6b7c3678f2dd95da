//! The comparison over all strategies.

use std::time::Duration;

use ratatui::text::Line;

use crate::domain::{
    ids::Bytes,
    strategy::{Published, Strategy},
    text,
};
use crate::tui::{
    figures::Figures,
    state::{State, list::List, result::Sort},
    theme::Tone,
    widget::text::{clean, pad, pad_left, span, width},
};

struct Row<'a> {
    strategy: &'a Strategy,
    figures: Figures,
}

/// One column of figures: title, width, whether the figures are somebody else's.
const COLUMNS: [(&str, usize, bool); 6] = [
    ("size", 9, false),
    ("edit", 8, false),
    ("cold", 8, false),
    ("cached", 8, false),
    ("published", 11, true),
    ("edit", 8, true),
];

/// Header and one row a strategy, in the wanted order.
pub(super) fn lines(state: &State, columns: usize) -> Vec<Line<'static>> {
    let rows = rows(state);
    let names = rows
        .iter()
        .map(|row| width(&row.strategy.id.0))
        .max()
        .unwrap_or(8);
    let name = names.clamp(8, columns.saturating_sub(20).clamp(8, 24));
    let shown = shown(columns.saturating_sub(name + 3));
    let mut header = format!(" {} ", pad("strategy", name));
    for (title, wide, _) in COLUMNS.iter().take(shown) {
        header.push_str(&pad_left(title, *wide));
    }
    let mut lines = vec![Line::from(span(header, state.theme.style(Tone::Dim)))];
    let best = |figure: fn(&Figures) -> Option<u64>| {
        rows.iter().filter_map(|row| figure(&row.figures)).min()
    };
    let best = [best(size), best(edit), best(cold)];
    lines.extend(rows.iter().map(|row| line(state, row, best, name, shown)));
    lines
}

/// How many columns of figures fit.
fn shown(columns: usize) -> usize {
    let mut used = 0;
    let fits = |(_, wide, _): &&(&str, usize, bool)| {
        used += wide;
        used <= columns
    };
    COLUMNS.iter().take_while(fits).count()
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
    Row { strategy, figures }: &Row<'_>,
    best: [Option<u64>; 3],
    name: usize,
    shown: usize,
) -> Line<'static> {
    let style = |tone| state.theme.style(tone);
    let published = strategy.published.as_ref();
    let cells = [
        (figures.size.map(text::bytes), size(figures) == best[0]),
        (figures.edit.map(text::seconds), edit(figures) == best[1]),
        (figures.cold.map(text::seconds), cold(figures) == best[2]),
        (
            figures.cached.map(|(cached, of)| format!("{cached}/{of}")),
            false,
        ),
        (published.and_then(Published::image).map(text::bytes), false),
        (
            published.and_then(Published::build).map(text::seconds),
            false,
        ),
    ];
    let mut spans = vec![
        span(
            format!(" {}", pad(&clean(&strategy.id.0), name)),
            style(Tone::Plain),
        ),
        span(if figures.equivalent { "≈" } else { " " }, style(Tone::Dim)),
    ];
    for ((figure, best), (_, wide, theirs)) in cells.into_iter().zip(COLUMNS).take(shown) {
        let tone = match (&figure, best) {
            (None, _) => Tone::Dim,
            _ if theirs => Tone::Dim,
            (_, true) => Tone::Strong,
            _ => Tone::Plain,
        };
        let figure = figure.unwrap_or_else(|| text::NOT_AVAILABLE.to_owned());
        spans.push(span(pad_left(&figure, wide), style(tone)));
    }
    Line::from(spans)
}

fn rows(state: &State) -> Vec<Row<'_>> {
    // All of them, whatever the filter of pane 1 says.
    let all = List::default();
    let mut rows: Vec<Row<'_>> = all
        .visible(&state.strategies)
        .into_iter()
        .map(|strategy| Row {
            strategy,
            figures: state.history.figures(&strategy.id),
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
