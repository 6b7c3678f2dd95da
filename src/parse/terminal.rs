//! The one function through which foreign text goes before a terminal sees it.
//!
//! Colours (SGR) stay. A carriage return overwrites, as on a terminal, so that a progress bar
//! leaves its last state; `ESC [ K` clears the rest of the line. Everything else that a terminal
//! could obey (cursor moves, titles, hyperlinks, modes, bells) and the bidirectional controls
//! that make text read differently from what it is, are dropped.

use vte::{Params, Parser, Perform};

/// A tab reaches to the next multiple of this column.
const TAB_STOP: usize = 8;
/// Longest collected colour in bytes; real ones stay far below.
const LONGEST_STYLE: usize = 64;

/// The line with nothing in it that a terminal could obey except colours.
///
/// `line` must not contain a line end. Text without control characters comes back unchanged;
/// a line that ends coloured gets a reset at its end.
#[must_use]
pub fn sanitize_line(line: &str) -> String {
    if line.chars().all(is_plain) {
        return line.to_owned();
    }
    let mut screen = Screen::default();
    Parser::new().advance(&mut screen, line.as_bytes());
    screen.into_text()
}

/// [`sanitize_line`] without colours: for titles, messages and tables.
#[must_use]
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (number, line) in text.lines().enumerate() {
        if number > 0 {
            out.push('\n');
        }
        let sanitized = sanitize_line(line);
        let mut rest = sanitized.as_str();
        while let Some(start) = rest.find('\u{1b}') {
            out.push_str(&rest[..start]);
            rest = rest[start..].split_once('m').map_or("", |(_, tail)| tail);
        }
        out.push_str(rest);
    }
    out
}

fn is_plain(character: char) -> bool {
    !character.is_control() && !is_bidirectional_control(character)
}

/// U+061C, U+200E–F, U+202A–E, U+2066–9: they reorder what a reader sees (CVE-2021-42574).
/// U+2028 and U+2029 break lines on some terminals.
fn is_bidirectional_control(character: char) -> bool {
    matches!(
        character,
        '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    )
}

/// One line of a terminal: characters, each with the colour it was printed in.
#[derive(Default)]
struct Screen {
    cells: Vec<(char, usize)>,
    column: usize,
    /// Every colour seen, as SGR parameters; 0 stands for none.
    styles: Vec<String>,
    style: usize,
}

impl Screen {
    fn put(&mut self, character: char) {
        let cell = (character, self.style);
        match self.cells.get_mut(self.column) {
            Some(slot) => *slot = cell,
            None => self.cells.push(cell),
        }
        self.column += 1;
    }

    fn set_style(&mut self, parameters: &str) {
        let resets = parameters.is_empty() || parameters == "0";
        let mut style = if resets || self.style == 0 {
            String::new()
        } else {
            self.styles[self.style - 1].clone()
        };
        if resets {
            self.style = 0;
            return;
        }
        if parameters.starts_with("0;") {
            style.clear();
        }
        if !style.is_empty() {
            style.push(';');
        }
        style.push_str(parameters);
        if style.len() > LONGEST_STYLE {
            parameters.clone_into(&mut style);
            style.truncate(LONGEST_STYLE);
        }
        let known = self.styles.iter().position(|known| *known == style);
        self.style = 1 + known.unwrap_or_else(|| {
            self.styles.push(style);
            self.styles.len() - 1
        });
    }

    fn into_text(self) -> String {
        let mut text = String::with_capacity(self.cells.len() + 16);
        let mut current = 0;
        for (character, style) in &self.cells {
            if *style != current {
                if current != 0 {
                    text.push_str("\u{1b}[0m");
                }
                if *style != 0 {
                    text.push_str("\u{1b}[");
                    text.push_str(&self.styles[*style - 1]);
                    text.push('m');
                }
                current = *style;
            }
            text.push(*character);
        }
        if current != 0 {
            text.push_str("\u{1b}[0m");
        }
        text
    }
}

impl Perform for Screen {
    fn print(&mut self, character: char) {
        if is_plain(character) {
            self.put(character);
        }
    }

    fn execute(&mut self, byte: u8) {
        match byte {
            b'\r' => self.column = 0,
            0x08 => self.column = self.column.saturating_sub(1),
            b'\t' => {
                let stop = (self.column / TAB_STOP + 1) * TAB_STOP;
                while self.column < stop {
                    self.put(' ');
                }
            }
            _ => {}
        }
    }

    fn csi_dispatch(&mut self, params: &Params, intermediates: &[u8], ignore: bool, action: char) {
        if ignore || !intermediates.is_empty() {
            return;
        }
        match action {
            'm' => {
                // Sub-parameters (`38:2:…`) are written with the same separator as parameters:
                // every terminal that knows colours reads those.
                let numbers: Vec<String> =
                    params.iter().flatten().map(ToString::to_string).collect();
                self.set_style(&numbers.join(";"));
            }
            'K' if params.iter().next().is_none_or(|first| first == [0]) => {
                self.cells.truncate(self.column);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn colours_stay_and_everything_else_goes() {
        let cases = [
            ("plain — text", "plain — text"),
            // cargo 1.95 in a terminal
            (
                "\u{1b}[1m\u{1b}[92m   Compiling\u{1b}[0m serde",
                "\u{1b}[1;92m   Compiling\u{1b}[0m serde",
            ),
            ("\u{1b}]0;title\u{7}a", "a"),
            ("\u{1b}]8;;http://x\u{1b}\\link\u{1b}]8;;\u{1b}\\", "link"),
            ("\u{1b}[2J\u{1b}[Ha\u{1b}[?1049hb", "ab"),
            ("10%\r20%\r100%", "100%"),
            ("Building [==>]\r\u{1b}[KDone", "Done"),
            ("a\tb", "a       b"),
            ("abc\u{8}\u{8}X\u{7}\0", "aXc"),
            ("let x = \u{202e}evil\u{2066};", "let x = evil;"),
            ("\u{1b}[31mred", "\u{1b}[31mred\u{1b}[0m"),
            // the one-byte CSI is dropped, what it would have meant stays text
            ("\u{9b}31mx", "31mx"),
        ];
        for (input, expected) in cases {
            assert_eq!(sanitize_line(input), expected, "{input:?}");
        }
    }

    #[test]
    fn plain_text_has_no_colours_and_keeps_its_lines() {
        assert_eq!(plain("\u{1b}[31mred\u{1b}[0m a\nb\u{1b}[0m"), "red a\nb");
    }

    proptest! {
        #[test]
        fn whatever_comes_in_only_colours_come_out(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let line = String::from_utf8_lossy(&bytes).replace('\n', "");
            let out = sanitize_line(&line);
            let mut rest = out.as_str();
            while let Some(start) = rest.find('\u{1b}') {
                let sequence = &rest[start + 1..];
                prop_assert!(sequence.starts_with('['));
                let end = sequence.find(|c: char| c != '[' && c != ';' && !c.is_ascii_digit());
                prop_assert_eq!(end.map(|end| &sequence[end..=end]), Some("m"));
                rest = &sequence[1..];
            }
            let clean = out.chars().all(|c| c == '\u{1b}' || is_plain(c));
            prop_assert!(clean, "{:?}", out);
            prop_assert_eq!(sanitize_line(&out), out.clone());
        }
    }
}
