//! What the tables over all strategies have in common: names, marks, figures at the right edge.

use ratatui::text::{Line, Span};

use crate::domain::text;
use crate::tui::{
    state::State,
    theme::Tone,
    widget::text::{clean, cut, pad, pad_left, span, width},
};

/// Columns of the marks behind a name.
pub(super) const MARKS: usize = 3;

/// What has to be known of a row's figures, as signs behind its name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Marks {
    /// Its base was built locally.
    pub(super) equivalent: bool,
    /// Nobody asked whether its image is right.
    pub(super) unverified: bool,
    /// Something ran on this machine before the engine built.
    pub(super) not_hermetic: bool,
}

impl Marks {
    fn signs(self) -> [(bool, &'static str, &'static str); MARKS] {
        [
            (self.equivalent, "≈", "≈ equivalent base"),
            (self.unverified, "?", "? unverified"),
            (self.not_hermetic, "*", "* not hermetic"),
        ]
    }

    /// The signs, filled up to [`MARKS`] columns.
    fn text(self) -> String {
        let set = self.signs().into_iter().filter(|(is_set, ..)| *is_set);
        let signs: String = set.map(|(_, sign, _)| sign).collect();
        pad_left(&signs, MARKS)
    }

    fn or(self, other: Self) -> Self {
        Self {
            equivalent: self.equivalent || other.equivalent,
            unverified: self.unverified || other.unverified,
            not_hermetic: self.not_hermetic || other.not_hermetic,
        }
    }
}

/// What the signs of these rows mean; empty where there are none.
pub(super) fn legend(rows: impl Iterator<Item = Marks>) -> String {
    let all = rows.fold(Marks::default(), Marks::or);
    let set = all.signs().into_iter().filter(|(is_set, ..)| *is_set);
    let words: Vec<&str> = set.map(|(.., words)| words).collect();
    words.join("  ")
}

/// A figure of a row.
pub(super) struct Cell {
    /// `None` where there is none.
    pub(super) figure: Option<String>,
    pub(super) tone: Tone,
}

/// A column of figures: its title and how wide it is, the gap before it included.
pub(super) type Column = (&'static str, usize);

/// Columns of the names, of which there are so long ones.
pub(super) fn name_columns<'a>(names: impl Iterator<Item = &'a str>, columns: usize) -> usize {
    let longest = names.map(width).max().unwrap_or(8);
    longest.clamp(8, columns.saturating_sub(20).clamp(8, 24))
}

/// How many of these columns fit beside the names.
pub(super) fn shown(all: &[Column], name: usize, columns: usize) -> usize {
    let mut used = 1 + name + MARKS;
    let fits = |(_, wide): &&Column| {
        used += wide;
        used <= columns
    };
    all.iter().take_while(fits).count()
}

/// The titles of the columns.
pub(super) fn header(state: &State, name: usize, columns: &[Column]) -> Line<'static> {
    let mut text = format!(" {}{}", pad("strategy", name), " ".repeat(MARKS));
    for (title, wide) in columns {
        text.push_str(&pad_left(title, *wide));
    }
    Line::from(span(text, state.theme.style(Tone::Dim)))
}

/// The beginning of a row.
pub(super) fn named(state: &State, id: &str, marks: Marks, name: usize) -> Vec<Span<'static>> {
    let style = |tone| state.theme.style(tone);
    vec![
        span(format!(" {}", pad(&clean(id), name)), style(Tone::Plain)),
        span(marks.text(), style(Tone::Dim)),
    ]
}

/// Figures at the right edges of their columns.
pub(super) fn figures(state: &State, cells: Vec<Cell>, columns: &[Column]) -> Vec<Span<'static>> {
    let cells = cells.into_iter().zip(columns);
    cells
        .map(|(cell, (_, wide))| {
            let tone = if cell.figure.is_some() {
                cell.tone
            } else {
                Tone::Dim
            };
            let figure = cell.figure.unwrap_or_else(|| text::NOT_AVAILABLE.into());
            span(pad_left(&figure, *wide), state.theme.style(tone))
        })
        .collect()
}

/// Words where a row has no figures: the short ones where the reason would not be of use.
pub(super) fn words(
    state: &State,
    words: &str,
    reason: Option<&str>,
    columns: usize,
    tone: Tone,
) -> Span<'static> {
    let reason = reason.and_then(|reason| reason.lines().next()).map(clean);
    let room = columns.saturating_sub(1);
    let text = match reason {
        Some(reason) if room >= width(words) + 10 => format!("{words}: {reason}"),
        _ => words.to_owned(),
    };
    let text = pad(&format!(" {}", cut(&text, room)), columns);
    span(text, state.theme.style(tone))
}

/// Like [`words`], of a strategy that cannot be built here: where there is little room the reason
/// says more than that there is one.
pub(super) fn here(state: &State, why: &str, columns: usize) -> Span<'static> {
    const WORDS: &str = "not available";
    let reason = why.lines().next().unwrap_or_default();
    let room = columns.saturating_sub(1);
    if room < width(WORDS) {
        words(state, "not here", None, columns, Tone::Dim)
    } else if room < width(WORDS) + 2 + width(reason) {
        words(state, &clean(reason), None, columns, Tone::Dim)
    } else {
        words(state, WORDS, Some(reason), columns, Tone::Dim)
    }
}
