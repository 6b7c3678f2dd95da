//! The same strategies on several engines: a group of columns an engine.

use std::time::Duration;

use ratatui::text::Line;

use super::table::{self, Cell, Column, MARKS, Marks};
use crate::domain::{strategy::Strategy, text};
use crate::tui::{
    figures::{Figures, History},
    state::{Engine, State},
    theme::Tone,
    widget::text::{clean, cut, pad, span, width},
};

/// Of each engine. Sizes are left out: engines do not count the same bytes.
const COLUMNS: [Column; 3] = [("edit", 9), ("cold", 8), ("cached", 7)];

/// Nothing where all builds are of one engine; else what was built by two at least.
pub(super) fn lines(state: &State, columns: usize) -> Vec<Line<'static>> {
    let mut engines: Vec<(&String, &History)> = state.everywhere.iter().collect();
    // The one in use comes first: it is the last to find no room.
    engines.sort_by_key(|(kind, _)| !is_in_use(state, kind));
    let rows: Vec<&Strategy> = state
        .strategies
        .iter()
        .filter(|strategy| engines.iter().filter(|(_, of)| has(of, strategy)).count() > 1)
        .collect();
    let name = table::name_columns(rows.iter().map(|row| row.id.0.as_str()), columns);
    let group: usize = COLUMNS.iter().map(|(_, wide)| wide).sum();
    let room = columns.saturating_sub(1 + name + MARKS) / group;
    if rows.is_empty() || room == 0 {
        return Vec::new();
    }
    let shown = &engines[..engines.len().min(room)];
    let repeated: Vec<Column> = shown.iter().flat_map(|_| COLUMNS).collect();
    let mut lines = vec![Line::default(), heading(state, name, group, shown)];
    lines.push(table::header(state, name, &repeated));
    for row in rows {
        let figures: Vec<Figures> = shown.iter().map(|(_, of)| of.figures(&row.id)).collect();
        let mut spans = table::named(state, &row.id.0, Marks::default(), name);
        spans.extend(table::figures(state, cells(&figures), &repeated));
        lines.push(Line::from(spans));
    }
    if shown.len() < engines.len() {
        let left = engines[shown.len()..].iter().map(|(kind, _)| clean(kind));
        let left = left.collect::<Vec<_>>().join(", ");
        let text = format!(" no room for {left}: a wider window, or `imgtui compare`");
        lines.push(Line::from(span(text, state.theme.style(Tone::Dim))));
    }
    lines
}

fn is_in_use(state: &State, kind: &str) -> bool {
    let Engine::Ready { name, .. } = &state.engine else {
        return false;
    };
    name.split(' ').next() == Some(kind)
}

fn has(history: &History, strategy: &Strategy) -> bool {
    history.figures(&strategy.id).last.is_some()
}

fn heading(
    state: &State,
    name: usize,
    group: usize,
    engines: &[(&String, &History)],
) -> Line<'static> {
    let mut text = format!(" {}", pad("on each engine", name + MARKS));
    for (kind, _) in engines {
        let kind = cut(&clean(kind), group - 2);
        let left = group - width(&kind);
        text.push_str(&" ".repeat(left));
        text.push_str(&kind);
    }
    Line::from(span(text, state.theme.style(Tone::Strong)))
}

/// The shortest of each kind stands out, where there are two to compare.
fn cells(figures: &[Figures]) -> Vec<Cell> {
    let best = |of: fn(&Figures) -> Option<Duration>| {
        let known: Vec<Duration> = figures.iter().filter_map(of).collect();
        known.iter().min().copied().filter(|_| known.len() > 1)
    };
    let (edit, cold) = (best(|one| one.edit), best(|one| one.cold));
    let time = |time: Option<Duration>, best: Option<Duration>| Cell {
        figure: time.map(text::seconds),
        tone: if best.is_some() && time == best {
            Tone::Strong
        } else {
            Tone::Plain
        },
    };
    let of_one = |one: &Figures| {
        let cached = one.cached.map(|(cached, of)| format!("{cached}/{of}"));
        [
            time(one.edit, edit),
            time(one.cold, cold),
            Cell {
                figure: cached,
                tone: Tone::Plain,
            },
        ]
    };
    figures.iter().flat_map(of_one).collect()
}
