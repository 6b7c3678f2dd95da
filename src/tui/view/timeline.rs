//! The steps of the newest build beside each other, where stages ran at the same time.

use std::time::Duration;

use ratatui::text::Line;

use crate::domain::{
    record::BuildRecord,
    text,
    timeline::{Bar, is_parallel, timeline},
};
use crate::tui::{
    state::State,
    theme::Tone,
    widget::text::{clean, pad, span},
};

/// Columns of a step's name and of its seconds.
const NAME: usize = 18;
const TIME: usize = 8;
/// Bars shorter than this tell nothing.
const SHORTEST: usize = 16;

/// One row a step that took time; none where everything went one after the other.
pub(super) fn lines(state: &State, record: &BuildRecord, columns: usize) -> Vec<Line<'static>> {
    let bars = timeline(&record.steps);
    let room = columns.saturating_sub(NAME + TIME + 4);
    if !is_parallel(&bars) || room < SHORTEST {
        return Vec::new();
    }
    let end = bars.iter().map(|bar| bar.to_s).fold(0.0, f64::max);
    let style = |tone| state.theme.style(tone);
    let mut lines = vec![
        Line::default(),
        Line::from(span(
            " stages side by side; bright is what the build waited for",
            style(Tone::Dim),
        )),
    ];
    lines.extend(bars.iter().map(|bar| row(state, bar, end, room)));
    lines
}

fn row(state: &State, bar: &Bar<'_>, end: f64, room: usize) -> Line<'static> {
    let style = |tone| state.theme.style(tone);
    let tone = if bar.critical {
        Tone::Accent
    } else {
        Tone::Dim
    };
    let from = column(bar.from_s, end, room.saturating_sub(1));
    let to = column(bar.to_s, end, room).max(from + 1);
    let step = bar.step;
    let name = format!("{} {}/{}", clean(&step.stage), step.index, step.of);
    let seconds = Duration::try_from_secs_f64(bar.to_s - bar.from_s).ok();
    let time = text::seconds_or_na(seconds);
    Line::from(vec![
        span(format!(" {} ", pad(&name, NAME)), style(Tone::Plain)),
        span(" ".repeat(from), style(Tone::Plain)),
        span("━".repeat(to - from), style(tone)),
        span(" ".repeat(room - to), style(Tone::Plain)),
        span(format!(" {time:>TIME$}"), style(tone)),
    ])
}

/// The column of a moment, `room` for the end.
fn column(at: f64, end: f64, room: usize) -> usize {
    if end <= 0.0 {
        return 0;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a share of some columns"
    )]
    let column = (at / end * room as f64).round().max(0.0) as usize;
    column.min(room)
}
