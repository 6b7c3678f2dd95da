//! How a line falls apart: its keyword, its flags, its words.
//!
//! The rules are BuildKit's (`frontend/dockerfile/parser`: `split_command.go`, `line_parsers.go`).

/// What parts keyword and arguments, as BuildKit's `reWhitespace` has it.
const BLANKS: [char; 5] = ['\t', '\u{b}', '\u{c}', '\r', ' '];

/// The keyword, and what follows it.
pub(super) fn keyword(line: &str) -> (&str, &str) {
    let line = line.trim();
    let (keyword, rest) = line.split_once(BLANKS).unwrap_or((line, ""));
    (keyword, rest.trim())
}

/// What stands around the next character.
enum Inside {
    Blanks,
    Word,
    Quotes(char),
}

/// The words of a text: blanks part them except in quotes and behind an escape. Quotes and escapes
/// stay; an escape at the very end goes.
pub(super) fn words(text: &str, escape: char) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut inside = Inside::Blanks;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match inside {
            Inside::Blanks | Inside::Word if character.is_whitespace() => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                inside = Inside::Blanks;
                continue;
            }
            Inside::Quotes(quote) if character == quote => inside = Inside::Word,
            Inside::Quotes(_) => {}
            Inside::Blanks | Inside::Word => {
                inside = match character {
                    '\'' | '"' => Inside::Quotes(character),
                    _ => Inside::Word,
                };
            }
        }
        // Nothing is escaped between single quotes.
        let escapes = character == escape && !matches!(inside, Inside::Quotes('\''));
        if !escapes {
            word.push(character);
        } else if let Some(escaped) = characters.next() {
            word.extend([character, escaped]);
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// A flag without its dashes, and its value if it has one: `("link", None)`.
pub(super) type Flag = (String, Option<String>);

/// The flags before the arguments, without their quotes and escapes, and what follows them.
/// `--` alone ends them.
pub(super) fn flags(text: &str, escape: char) -> (Vec<Flag>, &str) {
    let mut flags = Vec::new();
    let mut rest = text.trim_start();
    while rest.starts_with("--") {
        let (word, after) = unquoted_word(rest, escape);
        rest = after.trim_start();
        let Some(flag) = word.strip_prefix("--").filter(|flag| !flag.is_empty()) else {
            break;
        };
        flags.push(match flag.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
            None => (flag.to_owned(), None),
        });
    }
    (flags, rest)
}

/// The first word without its quotes and escapes, and what follows it. Here an escape counts
/// between single quotes too.
fn unquoted_word(text: &str, escape: char) -> (String, &str) {
    let mut word = String::new();
    let mut quote = None;
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        if quote.is_none() && character.is_whitespace() {
            return (word, &text[at..]);
        }
        if quote == Some(character) {
            quote = None;
        } else if quote.is_none() && matches!(character, '\'' | '"') {
            quote = Some(character);
        } else if character != escape {
            word.push(character);
        } else if let Some((_, escaped)) = characters.next() {
            word.push(escaped);
        }
    }
    (word, "")
}

/// Why `ENV` or `LABEL` cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum PairFault {
    /// `ENV NAME`
    #[error("{0} has no value")]
    Alone(String),
    /// `ENV A=b C`
    #[error("there is no `=` in {0}")]
    Unassigned(String),
    /// `ENV =value`
    #[error("a name is empty")]
    NoName,
}

/// Names and values of `ENV` and `LABEL`: `A=b C="d e"`, or the old `A all that follows`.
pub(super) fn pairs(text: &str, escape: char) -> Result<Vec<(String, String)>, PairFault> {
    let text = text.trim();
    let words = words(text, escape);
    // Whether the first word has a `=` tells which form it is.
    if words.first().is_some_and(|first| !first.contains('=')) {
        let (name, value) = text
            .split_once(BLANKS)
            .ok_or_else(|| PairFault::Alone(text.to_owned()))?;
        let value = value.trim_start_matches(BLANKS);
        return Ok(vec![(name.to_owned(), value.to_owned())]);
    }
    let pair = |word: &String| match word.split_once('=') {
        Some(("", _)) => Err(PairFault::NoName),
        Some((name, value)) => Ok((name.to_owned(), value.to_owned())),
        None => Err(PairFault::Unassigned(word.clone())),
    };
    words.iter().map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told<const N: usize>(pairs: [(&str, &str); N]) -> Vec<(String, String)> {
        pairs
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec()
    }

    #[test]
    fn blanks_in_quotes_and_behind_escapes_do_not_part_words() {
        let text = r#"a  b=c\ d e="f 'g" h='i\' "\"j k""#;
        let expected = ["a", r"b=c\ d", r#"e="f 'g""#, r"h='i\'", r#""\"j k""#];
        assert_eq!(words(text, '\\'), expected);
        assert_eq!(words("a` b c\\ d", '`'), ["a` b", "c\\", "d"]);
        assert_eq!(words("안녕 \u{a0}하세요", '\\'), ["안녕", "하세요"]);
        assert_eq!(words("a='' '' b\\", '\\'), ["a=''", "''", "b"]);
        assert_eq!(words("  ", '\\'), Vec::<String>::new());
        assert_eq!(words("'never closed ", '\\'), ["'never closed "]);
    }

    #[test]
    fn pairs_have_a_new_and_an_old_form() {
        let text = r#"A=b C="d e" F=g\ h I= J=k=l"#;
        let expected = [
            ("A", "b"),
            ("C", r#""d e""#),
            ("F", r"g\ h"),
            ("I", ""),
            ("J", "k=l"),
        ];
        assert_eq!(pairs(text, '\\'), Ok(told(expected)));
        let old = pairs("A   b  \"c d\" E=f", '\\');
        assert_eq!(old, Ok(told([("A", "b  \"c d\" E=f")])));
        assert_eq!(
            pairs("A=b C", '\\'),
            Err(PairFault::Unassigned("C".to_owned()))
        );
        assert_eq!(pairs("A", '\\'), Err(PairFault::Alone("A".to_owned())));
        assert_eq!(pairs("=a", '\\'), Err(PairFault::NoName));
    }

    #[test]
    fn flags_lose_their_quotes() {
        let text = r#"--mount="type=bind,source=a b" --link  --x='y'z\ w -- --no flag"#;
        let (found, rest) = flags(text, '\\');
        let some = |value: &str| Some(value.to_owned());
        let expected = [
            ("mount".to_owned(), some("type=bind,source=a b")),
            ("link".to_owned(), None),
            ("x".to_owned(), some("yz w")),
        ];
        assert_eq!(found, expected);
        assert_eq!(rest, "--no flag");
        assert_eq!(flags("a --b", '\\'), (vec![], "a --b"));
        assert_eq!(flags("--", '\\'), (vec![], ""));
        assert_eq!(flags("-a", '\\'), (vec![], "-a"));
    }

    #[test]
    fn a_keyword_ends_at_a_blank() {
        assert_eq!(keyword(" RUN\t\u{b} a  b "), ("RUN", "a  b"));
        assert_eq!(keyword("RUN"), ("RUN", ""));
        assert_eq!(keyword(""), ("", ""));
    }
}
