//! What is to be learnt from a strategy: beside the log, and in its place before the first build.

use ratatui::text::{Line, Span};

use crate::domain::{
    strategy::{Published, Strategy},
    text,
    verdict::Verdict,
};
use crate::tui::{
    figures::Standing,
    state::State,
    theme::Tone,
    widget::text::{clean, pad, span, wrap},
};

/// Columns of the labels, where there is room for a column of them.
const LABEL: usize = 11;
/// Rows of one paragraph at most.
const ROWS: usize = 12;

/// The whole lesson of a strategy, and what is known of it here.
pub(super) fn lines(state: &State, strategy: &Strategy, columns: usize) -> Vec<Line<'static>> {
    let mut lines = paragraph(state, &strategy.title, columns, Tone::Strong);
    lines.extend(paragraph(state, &strategy.summary, columns, Tone::Plain));
    lines.extend(troubles(state, strategy, columns));
    let lesson = &strategy.lesson;
    for (label, text) in [
        ("Look at", &lesson.look_at),
        ("Use when", &lesson.use_when),
        ("Not when", &lesson.avoid_when),
    ] {
        lines.extend(labelled(state, label, text, columns, Tone::Plain));
    }
    lines.extend(labelled(
        state,
        "Measured",
        &lesson.measured,
        columns,
        Tone::Dim,
    ));
    let hermetic = if strategy.is_hermetic() {
        "yes: all that is in the image came through the engine's build"
    } else {
        "no: a script runs on this machine first, and the image depends on what is here"
    };
    lines.extend(labelled(state, "Hermetic", hermetic, columns, Tone::Plain));
    if let Some(published) = &strategy.published {
        let text = published_figures(published);
        lines.extend(labelled(state, "Published", &text, columns, Tone::Dim));
    }
    lines
}

/// Why it cannot be built here, and what the gate says of its newest image, where that is no
/// good news.
pub(super) fn troubles(state: &State, strategy: &Strategy, columns: usize) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    if let Some(reason) = state.why_unavailable(&strategy.id) {
        let text = format!("Not available here: {reason}");
        lines.extend(paragraph(state, &text, columns, Tone::Warm));
    }
    match state.history.standing(&strategy.id) {
        Standing::Invalid(reason) => {
            let text = format!("The newest image is INVALID: {reason}");
            lines.extend(paragraph(state, &text, columns, Tone::Bad));
        }
        Standing::Valid(record) => {
            if let Some(Verdict::Unverified { why }) = &record.verdict {
                let text = format!("The newest image is unverified: {why}");
                lines.extend(paragraph(state, &text, columns, Tone::Warm));
            }
        }
        Standing::NotBuilt => {}
    }
    lines
}

fn published_figures(published: &Published) -> String {
    format!(
        "{}, {} after an edit ({})",
        text::bytes_or_na(published.image()),
        text::seconds_or_na(published.build()),
        published.source
    )
}

/// A label, and the text beside it, or after it where there is little room.
fn labelled(
    state: &State,
    label: &str,
    text: &str,
    columns: usize,
    tone: Tone,
) -> Vec<Line<'static>> {
    if text.is_empty() {
        return Vec::new();
    }
    if columns < 44 {
        return paragraph(state, &format!("{label}: {text}"), columns, tone);
    }
    let room = columns.saturating_sub(LABEL + 2);
    let wrapped = wrap(&multiline(text), room, ROWS).into_iter().enumerate();
    let style = |tone| state.theme.style(tone);
    wrapped
        .map(|(row, line)| {
            let label = if row == 0 { label } else { "" };
            Line::from(vec![
                Span::raw(" "),
                span(pad(label, LABEL), style(Tone::Dim)),
                span(line, style(tone)),
            ])
        })
        .collect()
}

/// Wrapped text, one column from the edge.
pub(super) fn paragraph(
    state: &State,
    text: &str,
    columns: usize,
    tone: Tone,
) -> Vec<Line<'static>> {
    let wrapped = wrap(&multiline(text), columns.saturating_sub(2), ROWS).into_iter();
    let style = state.theme.style(tone);
    wrapped
        .map(|line| Line::from(span(format!(" {line}"), style)))
        .collect()
}

/// Cleaned, its lines kept.
pub(super) fn multiline(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(clean).collect();
    lines.join("\n")
}
