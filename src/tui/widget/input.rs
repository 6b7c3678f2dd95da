//! One line of typed text.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use unicode_segmentation::UnicodeSegmentation;

use super::text::clean;

/// Longest text that can be typed.
const LIMIT: usize = 200;

/// What a key did to the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Typed {
    /// The text is another one now.
    Changed,
    /// The user is done.
    Entered,
    /// The user wants the old state.
    Escaped,
    /// Nothing.
    Ignored,
}

/// Takes a key in at the end of `text`.
pub(crate) fn type_key(text: &mut String, key: KeyEvent) -> Typed {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    match key.code {
        KeyCode::Enter => Typed::Entered,
        KeyCode::Esc => Typed::Escaped,
        KeyCode::Char('c' | 'g') if control => Typed::Escaped,
        KeyCode::Char('u') if control => {
            text.clear();
            Typed::Changed
        }
        KeyCode::Char('w') if control => {
            let keep = text.trim_end().rfind(' ').map_or(0, |space| space + 1);
            text.truncate(keep);
            Typed::Changed
        }
        KeyCode::Backspace => {
            let last = text.grapheme_indices(true).next_back().map(|(at, _)| at);
            text.truncate(last.unwrap_or(0));
            Typed::Changed
        }
        KeyCode::Char(symbol) if !control => paste(text, symbol.encode_utf8(&mut [0; 4])),
        _ => Typed::Ignored,
    }
}

/// Takes pasted text in; line ends become spaces.
pub(crate) fn paste(text: &mut String, pasted: &str) -> Typed {
    let pasted = clean(&pasted.replace(['\n', '\r'], " "));
    let room = LIMIT.saturating_sub(text.chars().count());
    text.extend(pasted.chars().take(room));
    Typed::Changed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn editing_keys_work_and_control_characters_do_not_enter() {
        let mut text = String::new();
        paste(&mut text, "cargo\nbuild\u{1b}");
        assert_eq!(text, "cargo build");
        let control = |symbol| KeyEvent::new(KeyCode::Char(symbol), KeyModifiers::CONTROL);
        type_key(&mut text, control('w'));
        assert_eq!(text, "cargo ");
        type_key(&mut text, KeyEvent::from(KeyCode::Backspace));
        type_key(&mut text, KeyEvent::from(KeyCode::Char('é')));
        assert_eq!(text, "cargoé");
        assert_eq!(type_key(&mut text, control('c')), Typed::Escaped);
    }
}
