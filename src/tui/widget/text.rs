//! Text in columns: measured by what a terminal shows, cut with an ellipsis.

use ratatui::{
    style::Style,
    text::{Line, Span},
};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Columns that the text takes.
pub(crate) fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// The text in at most `columns` columns, its end an ellipsis where something was cut.
pub(crate) fn cut(text: &str, columns: usize) -> String {
    if text.len() <= columns || (text.len() <= 4 * columns && width(text) <= columns) {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = 0;
    let mut graphemes = text.graphemes(true).peekable();
    while let Some(grapheme) = graphemes.next() {
        let wide = width(grapheme);
        let room = usize::from(graphemes.peek().is_some());
        if used + wide + room > columns {
            // What is left may be of no width at all.
            if columns > 0 {
                kept.push('…');
            }
            return kept;
        }
        used += wide;
        kept.push_str(grapheme);
    }
    kept
}

/// Like [`cut`], but the beginning goes: of a path the end says more.
pub(crate) fn cut_start(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut kept: Vec<&str> = Vec::new();
    let mut used = 1;
    for grapheme in text.graphemes(true).rev() {
        used += width(grapheme);
        if used > columns {
            break;
        }
        kept.push(grapheme);
    }
    if columns == 0 {
        return String::new();
    }
    kept.push("…");
    kept.into_iter().rev().collect()
}

/// Cut or filled with spaces to exactly `columns`.
pub(crate) fn pad(text: &str, columns: usize) -> String {
    let mut fitted = cut(text, columns);
    let missing = columns.saturating_sub(width(&fitted));
    fitted.extend(std::iter::repeat_n(' ', missing));
    fitted
}

/// Like [`pad`], at the right edge.
pub(crate) fn pad_left(text: &str, columns: usize) -> String {
    let fitted = cut(text, columns);
    let missing = columns.saturating_sub(width(&fitted));
    format!("{}{fitted}", " ".repeat(missing))
}

/// Without anything that a terminal could obey. Logs are sanitized before they come here; this
/// is for texts of files (names, Dockerfiles), and a second wall.
pub(crate) fn clean(text: &str) -> String {
    text.replace('\t', "    ")
        .chars()
        .filter(|symbol| !symbol.is_control() && !turns_direction(*symbol))
        .collect()
}

/// Bidirectional controls, with which a text can look like another one.
pub(crate) fn turns_direction(symbol: char) -> bool {
    matches!(symbol, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A line cut to `columns`, styles kept.
pub(crate) fn fit(line: Line<'static>, columns: usize) -> Line<'static> {
    if line.width() <= columns {
        return line;
    }
    let mut left = columns;
    let mut kept: Vec<Span<'static>> = Vec::new();
    let mut spans = line.spans.into_iter().peekable();
    while let Some(span) = spans.next() {
        let wide = width(&span.content);
        let reserve = usize::from(spans.peek().is_some());
        if wide + reserve <= left {
            left -= wide;
            kept.push(span);
            continue;
        }
        let text = if wide <= left {
            // The span fits, but what follows does not: its last column becomes the ellipsis.
            cut(&format!("{}…", span.content), left)
        } else {
            cut(&span.content, left)
        };
        kept.push(Span::styled(text, span.style));
        break;
    }
    Line::from(kept).style(line.style)
}

/// `left` at the left edge, `right` at the right one; `left` is cut first, and `right` goes
/// altogether where less than `least` columns would stay for `left`.
pub(crate) fn edges(
    left: Line<'static>,
    right: Line<'static>,
    columns: usize,
    least: usize,
) -> Line<'static> {
    let wide = right.width();
    if wide == 0 || wide + 1 + least.min(left.width()) > columns {
        return fit(left, columns);
    }
    let mut line = fit(left, columns - wide - 1);
    let gap = columns - wide - line.width();
    line.spans.push(Span::raw(" ".repeat(gap)));
    line.spans.extend(right.spans);
    line
}

/// Words broken into lines of at most `columns`; a longer word is broken as well. At most
/// `limit` lines, the last one ending in an ellipsis where something was left out.
pub(crate) fn wrap(text: &str, columns: usize, limit: usize) -> Vec<String> {
    let mut lines = Vec::new();
    if columns == 0 {
        return lines;
    }
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split_inclusive(' ') {
            let fits = width(&line) + width(word.trim_end()) <= columns;
            if !fits && !line.is_empty() {
                lines.push(std::mem::take(&mut line).trim_end().to_owned());
            }
            for grapheme in word.graphemes(true) {
                let before = line.len();
                line.push_str(grapheme);
                // Beside each other, letters may take more than each alone.
                if width(&line) > columns {
                    line.truncate(before);
                    if !line.is_empty() {
                        lines.push(std::mem::take(&mut line).trim_end().to_owned());
                    }
                    if grapheme != " " {
                        line.push_str(&cut(grapheme, columns));
                    }
                }
            }
            if lines.len() > limit {
                break;
            }
        }
        lines.push(line.trim_end().to_owned());
    }
    if lines.len() > limit {
        lines.truncate(limit);
        if let Some(last) = lines.last_mut() {
            *last = cut(&format!("{last}…"), columns);
            if !last.ends_with('…') {
                last.push('…');
            }
        }
    }
    lines
}

/// A span of one style.
pub(crate) fn span(text: impl Into<String>, style: Style) -> Span<'static> {
    Span::styled(text.into(), style)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn wide_letters_count_twice_and_nothing_is_cut_without_an_ellipsis() {
        assert_eq!(cut("容器容器", 8), "容器容器");
        assert_eq!(cut("容器容器", 7), "容器容…");
        assert_eq!(cut("容器容器", 6), "容器…");
        assert_eq!(cut("abc", 0), "");
        assert_eq!(cut_start("/home/me/logs/7.log", 10), "…ogs/7.log");
    }

    #[test]
    fn styles_survive_a_cut_and_the_ellipsis_is_never_lost() {
        let line = Line::from(vec![Span::raw("abc"), Span::raw("def")]);
        let text = |line: Line<'static>| {
            line.spans
                .iter()
                .map(|s| s.content.to_string())
                .collect::<String>()
        };
        assert_eq!(text(fit(line.clone(), 6)), "abcdef");
        assert_eq!(text(fit(line.clone(), 4)), "abc…");
        assert_eq!(text(fit(line.clone(), 3)), "ab…");
        assert_eq!(text(fit(line, 0)), "");
    }

    #[test]
    fn control_and_direction_characters_do_not_pass() {
        assert_eq!(clean("a\u{1b}]0;x\u{7}\u{202e}b\tc"), "a]0;xb    c");
    }

    #[test]
    fn words_are_kept_whole_where_they_fit() {
        assert_eq!(wrap("one two three", 7, 9), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh", 3, 9), ["abc", "def", "gh"]);
        assert_eq!(wrap("one two three four", 5, 2), ["one", "two…"]);
        assert_eq!(wrap("a\u{fffc}\u{df2}\u{1923}b", 2, 9), ["a", "…b"]);
    }

    proptest! {
        #[test]
        fn never_wider_than_asked(text in "\\PC{0,40}", columns in 0usize..30) {
            prop_assert!(width(&cut(&text, columns)) <= columns);
            prop_assert!(width(&cut_start(&text, columns)) <= columns);
            prop_assert_eq!(width(&pad(&text, columns)), columns);
            for line in wrap(&text, columns.max(2), 5) {
                prop_assert!(width(&line) <= columns.max(2));
            }
        }
    }
}
