//! Colours of log lines: the SGR sequences that sanitizing left in become ratatui styles.
//!
//! Work is bounded by what is shown: a line of 90,000 characters costs no more than one that
//! just fills the row.

use ratatui::{
    style::{Color, Modifier, Style},
    text::{Line, Span},
};
use unicode_segmentation::UnicodeSegmentation;

use super::text::{turns_direction, width};

/// Pieces of a line: text of one style, escape sequences taken out.
struct Pieces<'a> {
    rest: &'a str,
    base: Style,
    style: Style,
    colour: bool,
}

impl<'a> Iterator for Pieces<'a> {
    type Item = (&'a str, Style);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if self.rest.is_empty() {
                return None;
            }
            let Some(escape) = self.rest.find('\u{1b}') else {
                return Some((std::mem::take(&mut self.rest), self.style));
            };
            if escape > 0 {
                let (text, rest) = self.rest.split_at(escape);
                self.rest = rest;
                return Some((text, self.style));
            }
            self.skip_sequence();
        }
    }
}

impl Pieces<'_> {
    /// Takes one sequence off the front; anything but SGR only loses its escape character.
    fn skip_sequence(&mut self) {
        let Some(parameters) = self.rest.strip_prefix("\u{1b}[") else {
            self.rest = &self.rest[1..];
            return;
        };
        let end = parameters.find(|symbol: char| !matches!(symbol, '0'..='9' | ';' | ':'));
        match end {
            Some(end) if parameters[end..].starts_with('m') => {
                if self.colour {
                    self.style = apply(self.style, self.base, &parameters[..end]);
                }
                self.rest = &parameters[end + 1..];
            }
            Some(end) => self.rest = &parameters[end..],
            // Cut off in the middle of a sequence.
            None => self.rest = "",
        }
    }
}

fn apply(mut style: Style, base: Style, parameters: &str) -> Style {
    let mut codes = parameters
        .split([';', ':'])
        .map(|code| code.parse::<u16>().unwrap_or(0));
    while let Some(code) = codes.next() {
        style = match code {
            0 => base,
            1 => style.add_modifier(Modifier::BOLD),
            2 => style.add_modifier(Modifier::DIM),
            3 => style.add_modifier(Modifier::ITALIC),
            4 => style.add_modifier(Modifier::UNDERLINED),
            7 => style.add_modifier(Modifier::REVERSED),
            22 => style.remove_modifier(Modifier::BOLD | Modifier::DIM),
            23 => style.remove_modifier(Modifier::ITALIC),
            24 => style.remove_modifier(Modifier::UNDERLINED),
            27 => style.remove_modifier(Modifier::REVERSED),
            30..=37 | 90..=97 => style.fg(sixteen(code)),
            40..=47 | 100..=107 => style.bg(sixteen(code - 10)),
            38 => extended(&mut codes).map_or(style, |colour| style.fg(colour)),
            48 => extended(&mut codes).map_or(style, |colour| style.bg(colour)),
            39 => style.fg(base.fg.unwrap_or(Color::Reset)),
            49 => style.bg(base.bg.unwrap_or(Color::Reset)),
            _ => style,
        };
    }
    style
}

/// The colours that every terminal has, in the order of their numbers.
pub(in crate::tui) const SIXTEEN: [Color; 16] = [
    Color::Black,
    Color::Red,
    Color::Green,
    Color::Yellow,
    Color::Blue,
    Color::Magenta,
    Color::Cyan,
    Color::Gray,
    Color::DarkGray,
    Color::LightRed,
    Color::LightGreen,
    Color::LightYellow,
    Color::LightBlue,
    Color::LightMagenta,
    Color::LightCyan,
    Color::White,
];

fn sixteen(code: u16) -> Color {
    let index = if code >= 90 { code - 90 + 8 } else { code - 30 };
    SIXTEEN[usize::from(index) % SIXTEEN.len()]
}

/// `5;n` or `2;r;g;b`.
fn extended(codes: &mut impl Iterator<Item = u16>) -> Option<Color> {
    let mut byte = || {
        codes
            .next()
            .map(|code| u8::try_from(code).unwrap_or(u8::MAX))
    };
    match byte()? {
        5 => Some(Color::Indexed(byte()?)),
        2 => Some(Color::Rgb(byte()?, byte()?, byte()?)),
        _ => None,
    }
}

/// The line without its colours.
pub(crate) fn plain(text: &str) -> String {
    let pieces = Pieces {
        rest: text,
        base: Style::new(),
        style: Style::new(),
        colour: false,
    };
    pieces.map(|(text, _)| text).collect()
}

/// Columns that the line takes, counted up to `limit`.
pub(crate) fn columns(text: &str, limit: usize) -> usize {
    if !text.contains('\u{1b}') && text.is_ascii() {
        return text.len().min(limit);
    }
    let pieces = Pieces {
        rest: text,
        base: Style::new(),
        style: Style::new(),
        colour: false,
    };
    let mut sum = 0;
    for (text, _) in pieces {
        for grapheme in text.graphemes(true) {
            sum += width(grapheme);
            if sum >= limit {
                return limit;
            }
        }
    }
    sum
}

/// How to draw a line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Paint {
    /// Style of text without colours of its own.
    pub(crate) base: Style,
    /// Whether colours are kept.
    pub(crate) colour: bool,
}

/// The rows `skip..skip + count` of the line broken every `columns` columns. With `cut`, only
/// the first row, ending in an ellipsis where the line is longer.
pub(crate) fn rows(
    text: &str,
    paint: Paint,
    columns: usize,
    skip: usize,
    count: usize,
    cut: bool,
) -> Vec<Line<'static>> {
    let mut rows: Vec<Line<'static>> = Vec::new();
    let mut row = Row::default();
    let mut number = 0;
    let pieces = Pieces {
        rest: text,
        base: paint.base,
        style: paint.base,
        colour: paint.colour,
    };
    if columns == 0 || count == 0 {
        return rows;
    }
    for (text, style) in pieces {
        for grapheme in text.graphemes(true) {
            let symbol = grapheme.chars().next().unwrap_or(' ');
            if symbol.is_control() || turns_direction(symbol) {
                continue;
            }
            let wide = width(grapheme);
            if row.columns + wide > columns {
                if cut {
                    row.end_with_ellipsis(columns);
                    return vec![row.line()];
                }
                if number >= skip {
                    rows.push(std::mem::take(&mut row).line());
                } else {
                    row = Row::default();
                }
                number += 1;
                if rows.len() == count {
                    return rows;
                }
            }
            row.push(grapheme, wide, style);
        }
    }
    if number >= skip {
        rows.push(row.line());
    }
    rows
}

#[derive(Default)]
struct Row {
    spans: Vec<(String, Style)>,
    columns: usize,
}

impl Row {
    fn push(&mut self, grapheme: &str, wide: usize, style: Style) {
        self.columns += wide;
        match self.spans.last_mut() {
            Some((text, last)) if *last == style => text.push_str(grapheme),
            _ => self.spans.push((grapheme.to_owned(), style)),
        }
    }

    fn end_with_ellipsis(&mut self, columns: usize) {
        while self.columns + 1 > columns {
            let Some((text, _)) = self.spans.last_mut() else {
                return;
            };
            let Some((at, last)) = text.grapheme_indices(true).next_back() else {
                self.spans.pop();
                continue;
            };
            self.columns -= width(last);
            text.truncate(at);
        }
        let style = self.spans.last().map_or(Style::new(), |(_, style)| *style);
        self.push("…", 1, style);
    }

    fn line(self) -> Line<'static> {
        let spans = self.spans.into_iter();
        spans
            .map(|(text, style)| Span::styled(text, style))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Paint = Paint {
        base: Style::new(),
        colour: true,
    };

    fn one(text: &str) -> Line<'static> {
        rows(text, PLAIN, 80, 0, 1, true).remove(0)
    }

    #[test]
    fn colours_of_cargo_become_styles() {
        let line = one("\u{1b}[1m\u{1b}[92m   Compiling\u{1b}[0m app");
        assert_eq!(line.spans[0].content, "   Compiling");
        let green = Style::new()
            .fg(Color::LightGreen)
            .add_modifier(Modifier::BOLD);
        assert_eq!(line.spans[0].style, green);
        assert_eq!(line.spans[1].style, Style::new());
    }

    #[test]
    fn palette_and_true_colours_are_read_with_both_separators() {
        assert_eq!(
            one("\u{1b}[38;5;208mx").spans[0].style.fg,
            Some(Color::Indexed(208))
        );
        assert_eq!(
            one("\u{1b}[48;2;1;2;3mx").spans[0].style.bg,
            Some(Color::Rgb(1, 2, 3))
        );
        assert_eq!(
            one("\u{1b}[38:5:9mx").spans[0].style.fg,
            Some(Color::Indexed(9))
        );
        assert_eq!(
            one("\u{1b}[31mx\u{1b}[39my").spans[1].style.fg,
            Some(Color::Reset)
        );
    }

    #[test]
    fn without_colour_only_the_text_stays() {
        let paint = Paint {
            colour: false,
            ..PLAIN
        };
        let line = rows("\u{1b}[31mred", paint, 80, 0, 1, true).remove(0);
        assert_eq!(line, Line::from_iter([Span::raw("red")]));
        assert_eq!(plain("\u{1b}[31mre\u{1b}[0md\u{1b}["), "red");
    }

    #[test]
    fn other_sequences_are_never_passed_on() {
        let text = plain("a\u{1b}]0;t\u{1b}[2Jb");
        assert!(!text.contains('\u{1b}'), "{text:?}");
    }

    #[test]
    fn long_lines_are_cut_or_broken() {
        let text = |line: &Line<'_>| {
            line.spans
                .iter()
                .map(|s| s.content.as_ref())
                .collect::<String>()
        };
        assert_eq!(text(&rows("abcdef", PLAIN, 4, 0, 9, true)[0]), "abc…");
        assert_eq!(text(&rows("容器容", PLAIN, 5, 0, 9, true)[0]), "容器…");
        let broken: Vec<_> = rows("abcdefghij", PLAIN, 4, 1, 9, false)
            .iter()
            .map(text)
            .collect();
        assert_eq!(broken, ["efgh", "ij"]);
        assert_eq!(rows("", PLAIN, 4, 0, 9, false).len(), 1);
    }

    #[test]
    fn measuring_stops_at_the_limit() {
        let long = "é".repeat(90_000);
        assert_eq!(columns(&long, 100), 100);
        assert_eq!(columns("\u{1b}[1mab\u{1b}[0m", 100), 2);
    }
}
