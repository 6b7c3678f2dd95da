//! What this app's measurements recommend: the advice, and the table that it rests on.

use ratatui::text::{Line, Span};

use super::table::{self, Cell, Column, Marks};
use crate::domain::{
    ids::Bytes,
    recommend::{Measured, Median, Recommendation, Row, RowState},
    strategy::Published,
    text,
};
use crate::tui::{
    state::State,
    theme::Tone,
    widget::text::{clean, span, wrap},
};

/// Columns of figures; the last two are somebody else's.
const COLUMNS: [Column; 7] = [
    ("image", 8),
    ("edit", 8),
    ("runs", 5),
    ("cold", 8),
    ("gate", 12),
    ("published", 11),
    ("edit", 8),
];

/// Sentences, then one row a strategy.
pub(super) fn lines(state: &State, columns: usize) -> Vec<Line<'static>> {
    let Recommendation { rows, advice } = &state.recommendation;
    let mut lines: Vec<Line<'static>> = advice
        .iter()
        .flat_map(|sentence| bullet(state, sentence, columns))
        .collect();
    let ids = rows.iter().map(|row| row.strategy.0.as_str());
    let name = table::name_columns(ids, columns);
    let shown = &COLUMNS[..table::shown(&COLUMNS, name, columns)];
    lines.push(Line::default());
    lines.push(table::header(state, name, shown));
    let best = Best::of(rows);
    lines.extend(rows.iter().map(|row| {
        let mut spans = table::named(state, &row.strategy.0, marks(row), name);
        spans.extend(line(state, row, &best, shown));
        Line::from(spans)
    }));
    lines
}

/// What the signs behind the names mean.
pub(super) fn legend(state: &State) -> String {
    table::legend(state.recommendation.rows.iter().map(marks))
}

fn marks(row: &Row) -> Marks {
    let measured = row.measured();
    Marks {
        equivalent: measured.is_some_and(|measured| measured.equivalent),
        unverified: measured.is_some_and(|measured| !measured.verified),
        not_hermetic: !row.hermetic,
    }
}

/// The best figures of those that compete.
struct Best {
    image: Option<Bytes>,
    edit: Option<f64>,
}

impl Best {
    fn of(rows: &[Row]) -> Self {
        let measured = || {
            let competing = rows.iter().filter(|row| row.competes);
            competing.filter_map(Row::measured)
        };
        let edits = measured().filter_map(|one| Some(one.edit?.seconds));
        Self {
            image: measured().filter_map(|one| one.image).min(),
            edit: edits.min_by(f64::total_cmp),
        }
    }

    /// Strong where the figure is the best one.
    fn tones(&self, row: &Row, measured: &Measured) -> (Tone, Tone) {
        let tone = |is_best| if is_best { Tone::Strong } else { Tone::Plain };
        let edit = measured.edit.map(|edit| edit.seconds);
        let image = row.competes && measured.image == self.image;
        (tone(image), tone(row.competes && edit == self.edit))
    }
}

fn line(state: &State, row: &Row, best: &Best, columns: &[Column]) -> Vec<Span<'static>> {
    const OURS: usize = 5;
    let ours = &columns[..columns.len().min(OURS)];
    let theirs = &columns[ours.len()..];
    let mut spans = match (&row.state, row.measured()) {
        (_, Some(measured)) => {
            let cells = cells(row, measured, best);
            table::figures(state, cells, ours)
        }
        (state_of_row, None) => {
            let wide = ours.iter().map(|(_, wide)| wide).sum();
            let tone = match state_of_row {
                RowState::Invalid { .. } => Tone::Bad,
                _ => Tone::Dim,
            };
            vec![table::words(state, row.word(), row.reason(), wide, tone)]
        }
    };
    let published = row.published.as_ref();
    let image = published.and_then(Published::image).map(text::bytes);
    let edit = published.and_then(Published::build).map(text::seconds);
    let published = [image, edit].map(|figure| cell(figure, Tone::Dim));
    spans.extend(table::figures(state, published.into(), theirs));
    spans
}

fn cells(row: &Row, measured: &Measured, best: &Best) -> Vec<Cell> {
    let (image, edit) = best.tones(row, measured);
    let time = |median: Option<Median>| median.map(|median| text::seconds(median.time()));
    let gate = if measured.verified {
        Tone::Good
    } else {
        Tone::Warm
    };
    vec![
        cell(measured.image.map(text::bytes), image),
        cell(time(measured.edit), edit),
        cell(measured.edit.map(|edit| edit.runs.to_string()), Tone::Dim),
        cell(time(measured.cold), Tone::Plain),
        cell(Some(row.word().to_owned()), gate),
    ]
}

fn cell(figure: Option<String>, tone: Tone) -> Cell {
    Cell { figure, tone }
}

/// A sentence with a sign before it, further rows beneath the first one.
fn bullet(state: &State, sentence: &str, columns: usize) -> Vec<Line<'static>> {
    let wrapped = wrap(&clean(sentence), columns.saturating_sub(4), 8);
    let rows = wrapped.into_iter().enumerate().map(|(number, line)| {
        let sign = if number == 0 { " › " } else { "   " };
        Line::from(vec![
            span(sign, state.theme.style(Tone::Accent)),
            Span::raw(line),
        ])
    });
    rows.collect()
}
