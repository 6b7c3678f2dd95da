//! The list of engines in its dialog.

use ratatui::text::Line;

use crate::domain::engines::{EngineEntry, EngineState};
use crate::tui::{
    state::State,
    theme::Tone,
    widget::text::{clean, span, wrap},
};

pub(super) fn lines(state: &State, cursor: usize, columns: usize) -> Vec<Line<'static>> {
    let Some(engines) = &state.engines else {
        return vec![Line::from("asking every engine that was found…")];
    };
    let mut lines = Vec::new();
    for (at, entry) in engines.iter().enumerate() {
        lines.extend(entry_lines(state, entry, at == cursor, columns));
    }
    lines
}

fn entry_lines(
    state: &State,
    entry: &EngineEntry,
    is_selected: bool,
    columns: usize,
) -> Vec<Line<'static>> {
    let style = |tone| state.theme.style(tone);
    let mark = if is_selected { '▸' } else { ' ' };
    let (what, tone, below) = match &entry.state {
        EngineState::Usable { facts } => (
            format!("{} {}", facts.kind, facts.version),
            Tone::Plain,
            facts.words(),
        ),
        EngineState::Unusable { why } => ("not usable".to_owned(), Tone::Dim, why.clone()),
    };
    let name_tone = if is_selected { Tone::Accent } else { tone };
    let mut lines = vec![Line::from(vec![
        span(format!("{mark} {}  ", clean(&entry.name)), style(name_tone)),
        span(clean(&what), style(tone)),
    ])];
    let place = match entry.place.as_str() {
        "" => entry.origin.clone(),
        place => format!("{place} · {}", entry.origin),
    };
    for text in [place, below] {
        for line in text.lines() {
            let wrapped = wrap(&clean(line), columns.saturating_sub(4), 3).into_iter();
            lines.extend(
                wrapped.map(|text| Line::from(span(format!("    {text}"), style(Tone::Dim)))),
            );
        }
    }
    lines
}
