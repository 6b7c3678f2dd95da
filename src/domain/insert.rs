//! Puts a stamp into a source that has none, so that any program can prove what it was built from.
//!
//! The stamp goes into the body of `fn main`, through [`std::hint::black_box`]: the compiler must
//! keep what passes through it, and the linker keeps what `main` refers to. A `#[used]` static
//! would be dropped by the linker's `--gc-sections`, and one with `#[link_section]` is refused by
//! crates that forbid unsafe code. Nothing else changes: no item, no name, no line number.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use super::edit::{STAMP_PREFIX, Stamp, StampPlace};

const BEFORE: &str = " let _ = ::std::hint::black_box(\"";
const AFTER: &str = "\");";

/// The source with `stamp` in its `fn main`, and where it stands. `None` when the source is not
/// Rust, has no `fn main` at its top level, or does without the standard library.
#[must_use]
pub fn insert_stamp(source: &[u8], stamp: Stamp) -> Option<(Vec<u8>, StampPlace)> {
    let text = std::str::from_utf8(source).ok()?;
    let at = body_of_main(text)?;
    let mut stamped = Vec::with_capacity(source.len() + 64);
    stamped.extend_from_slice(&source[..at]);
    stamped.extend_from_slice(BEFORE.as_bytes());
    stamped.extend_from_slice(stamp.to_string().as_bytes());
    stamped.extend_from_slice(AFTER.as_bytes());
    stamped.extend_from_slice(&source[at..]);
    let place = StampPlace {
        offset: at + BEFORE.len() + STAMP_PREFIX.len(),
        line: text[..at].split('\n').count(),
        stamp,
    };
    Some((stamped, place))
}

/// Where the first statement of `fn main` may stand, in bytes.
fn body_of_main(text: &str) -> Option<usize> {
    let start = code_start(text);
    let tokens: TokenStream = text[start..].parse().ok()?;
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    if is_without_std(&tokens) {
        return None;
    }
    let name = tokens
        .windows(2)
        .position(|pair| is_word(&pair[0], "fn") && is_word(&pair[1], "main"))?;
    let body = tokens[name + 2..].iter().find_map(|token| match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => Some(group),
        _ => None,
    })?;
    Some(start + behind_inner_attributes(body))
}

/// The lexer does not know a byte order mark and the line that makes a script.
fn code_start(text: &str) -> usize {
    let mark = text.len() - text.trim_start_matches('\u{feff}').len();
    let rest = &text[mark..];
    if rest.starts_with("#!") && !rest.trim_start_matches("#!").trim_start().starts_with('[') {
        return mark + rest.find('\n').unwrap_or(rest.len());
    }
    mark
}

/// Behind the brace, or behind `#![…]`, which must come first.
fn behind_inner_attributes(body: &Group) -> usize {
    let mut at = body.span_open().byte_range().end;
    let tokens: Vec<TokenTree> = body.stream().into_iter().collect();
    for attribute in tokens.chunks(3) {
        let [hash, bang, TokenTree::Group(group)] = attribute else {
            break;
        };
        if !is_sign(hash, '#') || !is_sign(bang, '!') {
            break;
        }
        at = group.span_close().byte_range().end;
    }
    at
}

/// `#![no_std]` or `#![no_main]` at the top.
fn is_without_std(tokens: &[TokenTree]) -> bool {
    tokens.windows(3).any(|three| match three {
        [hash, bang, TokenTree::Group(group)] => {
            let mut inside = group.stream().into_iter();
            is_sign(hash, '#')
                && is_sign(bang, '!')
                && inside
                    .next()
                    .is_some_and(|word| is_word(&word, "no_std") || is_word(&word, "no_main"))
        }
        _ => false,
    })
}

fn is_word(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if *ident == word)
}

fn is_sign(token: &TokenTree, sign: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == sign)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::edit::{find_stamp, replace_stamp};

    const STATEMENT: &str = " let _ = ::std::hint::black_box(\"imgtui:00000000000000ff\");";

    fn inserted(source: &str) -> Option<String> {
        let (bytes, place) = insert_stamp(source.as_bytes(), Stamp(255))?;
        assert_eq!(find_stamp(&bytes), Some(place), "{source}");
        Some(String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn it_goes_into_main_and_moves_no_line() {
        for (source, before) in [
            ("fn main() {}", "fn main() {"),
            (
                "#[tokio::main]\nasync fn main() -> Result<(), Box<dyn Error>> {\n    run()\n}\n",
                "#[tokio::main]\nasync fn main() -> Result<(), Box<dyn Error>> {",
            ),
            (
                "#!/usr/bin/env cargo\nfn main() {}",
                "#!/usr/bin/env cargo\nfn main() {",
            ),
            ("\u{feff}fn main() {}", "\u{feff}fn main() {"),
            (
                "#![allow(x)]\nfn main() {\n #![allow(y)]\n f() }",
                "#![allow(x)]\nfn main() {\n #![allow(y)]",
            ),
            (
                "// fn main() {\nconst A: &str = r#\"fn main() {\"#;\nfn main() { }",
                "// fn main() {\nconst A: &str = r#\"fn main() {\"#;\nfn main() {",
            ),
        ] {
            let stamped = inserted(source).unwrap();
            let expected = format!("{before}{STATEMENT}{}", &source[before.len()..]);
            assert_eq!(stamped, expected);
            assert_eq!(stamped.lines().count(), source.lines().count());
        }
    }

    #[test]
    fn what_has_no_main_of_its_own_gets_none() {
        for source in [
            "",
            "fn main(",
            "use other::main;",
            "mod m { fn main() {} }",
            "macro_rules! m { () => { fn main() {} } } m!();",
            "#![no_std]\n#![no_main]\nfn main() {}",
        ] {
            assert_eq!(inserted(source), None, "{source}");
        }
        assert!(insert_stamp(b"\xff fn main() {}", Stamp(1)).is_none());
    }

    #[test]
    fn an_inserted_stamp_is_replaced_like_any_other() {
        let (bytes, place) = insert_stamp(b"fn main() { run() }", Stamp(1)).unwrap();
        let edited = replace_stamp(&bytes, place, Stamp(2));
        assert_eq!(edited.len(), bytes.len());
        assert_eq!(find_stamp(&edited).unwrap().stamp, Stamp(2));
    }
}
