//! Foreign text on its way into pages. Characters of HTML and SVG are escaped where they are
//! written (maud does so); what is here is the rest.

/// Without what XML forbids and what turns a reader's eye: control characters but tab and line
/// end, non-characters, and the controls of writing direction (CVE-2021-42574).
#[must_use]
pub(super) fn clean(text: &str) -> String {
    let is_fit = |c: &char| match c {
        '\n' | '\t' => true,
        '\u{61c}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}'
        | '\u{fffe}'
        | '\u{ffff}' => false,
        c => !c.is_control(),
    };
    text.chars().filter(is_fit).collect()
}

/// One line for Markdown that says what it says: no mark-up, no table's border, nobody mentioned
/// and no issue linked on a forge.
#[must_use]
pub(super) fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in clean(text).chars() {
        match character {
            '\n' | '\t' => out.push(' '),
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // A forge finds `@name` and `#1` in what a reader sees; a space without width parts them.
            '@' | '#' => {
                out.push(character);
                out.push_str("&#8203;");
            }
            '\\' | '|' | '`' | '*' | '_' | '[' | ']' | '~' | '$' | '!' => {
                out.push('\\');
                out.push(character);
            }
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn markdown_keeps_tables_whole_and_mentions_nobody() {
        assert_eq!(
            markdown("a|b `c` <i> @you\n#1"),
            "a\\|b \\`c\\` &lt;i&gt; @&#8203;you #&#8203;1"
        );
    }

    #[test]
    fn nothing_is_left_that_xml_forbids() {
        assert_eq!(clean("a\u{0}b\u{1b}[31m\u{202e}c\n"), "ab[31mc\n");
    }

    proptest! {
        #[test]
        fn no_text_breaks_out_of_a_cell(text in ".*") {
            let out = markdown(&text);
            prop_assert!(!out.contains('\n') && !out.contains('<'));
            let bare = out.replace("\\\\", "").replace("\\|", "").replace("\\`", "");
            prop_assert!(!bare.contains('|') && !bare.contains('`'), "{}", out);
        }
    }
}
