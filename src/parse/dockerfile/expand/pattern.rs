//! `*` and `?` in `${X#p}`, `${X%p}` and `${X/p/w}`. As in BuildKit neither is a line end.

use super::ExpandFault;

/// Which end of a text is trimmed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Front,
    Back,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Piece {
    /// `*`
    Any,
    /// `?`
    One,
    Exactly(char),
}

impl Piece {
    fn is_like(self, character: char) -> bool {
        match self {
            Self::Any | Self::One => character != '\n',
            Self::Exactly(expected) => character == expected,
        }
    }
}

/// The value without what is like the pattern at this end; all of it where nothing is.
///
/// # Errors
/// When the pattern is none.
pub(super) fn trim(
    value: &str,
    pattern: &str,
    end: End,
    longest: bool,
) -> Result<String, ExpandFault> {
    let mut pieces = read(pattern)?;
    let mut characters: Vec<char> = value.chars().collect();
    if end == End::Back {
        pieces.reverse();
        characters.reverse();
    }
    let length = length(&pieces, &characters, longest).unwrap_or_default();
    characters.drain(..length);
    if end == End::Back {
        characters.reverse();
    }
    Ok(characters.into_iter().collect())
}

/// The value with a word in place of the first part that is like the pattern, or of each. At one
/// place the longest is taken.
///
/// # Errors
/// When the pattern is none.
pub(super) fn replace(
    value: &str,
    pattern: &str,
    word: &str,
    each: bool,
) -> Result<String, ExpandFault> {
    let pieces = read(pattern)?;
    let characters: Vec<char> = value.chars().collect();
    let mut replaced = String::new();
    let mut at = 0;
    let mut just_replaced = false;
    while at <= characters.len() {
        match length(&pieces, &characters[at..], true) {
            // Nothing right behind a part that was replaced is no part of its own.
            Some(length) if length > 0 || !just_replaced => {
                replaced.push_str(word);
                at += length;
                if !each {
                    break;
                }
                if length > 0 {
                    just_replaced = true;
                    continue;
                }
            }
            _ => {}
        }
        replaced.extend(characters.get(at));
        at += 1;
        just_replaced = false;
    }
    replaced.extend(characters.get(at..).unwrap_or_default());
    Ok(replaced)
}

fn read(pattern: &str) -> Result<Vec<Piece>, ExpandFault> {
    let mut pieces = Vec::new();
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        pieces.push(match character {
            '*' => Piece::Any,
            '?' => Piece::One,
            // Whatever the file's escape is.
            '\\' => match characters.next() {
                Some(escaped @ ('*' | '?' | '\\' | '/' | '}')) => Piece::Exactly(escaped),
                _ => return Err(ExpandFault::Pattern(pattern.to_owned())),
            },
            _ => Piece::Exactly(character),
        });
    }
    Ok(pieces)
}

/// How many characters from the beginning are like the pattern, the most or the fewest.
fn length(pieces: &[Piece], characters: &[char], longest: bool) -> Option<usize> {
    // All places of the pattern that the characters up to here can lead to.
    let mut places = vec![false; pieces.len() + 1];
    places[0] = true;
    let mut found = None;
    for taken in 0..=characters.len() {
        for (place, piece) in pieces.iter().enumerate() {
            // `*` is nothing, too.
            places[place + 1] |= places[place] && *piece == Piece::Any;
        }
        if places[pieces.len()] {
            found = Some(taken);
            if !longest {
                break;
            }
        }
        let Some(&character) = characters.get(taken) else {
            break;
        };
        let mut next = vec![false; pieces.len() + 1];
        for (place, piece) in pieces.iter().enumerate() {
            if places[place] && piece.is_like(character) {
                next[place + usize::from(*piece != Piece::Any)] = true;
            }
        }
        places = next;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trimmed(value: &str, pattern: &str, end: End, longest: bool) -> String {
        trim(value, pattern, end, longest).unwrap()
    }

    #[test]
    fn the_shortest_and_the_longest_end_is_trimmed() {
        let front = |pattern, longest| trimmed("a/b/c.tar.gz", pattern, End::Front, longest);
        let back = |pattern, longest| trimmed("a/b/c.tar.gz", pattern, End::Back, longest);
        assert_eq!(
            [front("*/", false), front("*/", true)],
            ["b/c.tar.gz", "c.tar.gz"]
        );
        assert_eq!(
            [back(".*", false), back(".*", true)],
            ["a/b/c.tar", "a/b/c"]
        );
        assert_eq!([front("*", false), front("*", true)], ["a/b/c.tar.gz", ""]);
        assert_eq!(
            [front("?/?", true), back("?z", true)],
            ["/c.tar.gz", "a/b/c.tar."]
        );
        assert_eq!([front("x", true), back("x", true)], ["a/b/c.tar.gz"; 2]);
        assert_eq!(trimmed("a\nb", "*b", End::Front, true), "a\nb");
        assert_eq!(trimmed("👽🚀🖖", "?", End::Back, false), "👽🚀");
    }

    #[test]
    fn parts_are_replaced() {
        let replaced = |value, pattern, each| replace(value, pattern, "-", each).unwrap();
        assert_eq!(replaced("abcabc", "b", false), "a-cabc");
        assert_eq!(replaced("abcabc", "b", true), "a-ca-c");
        assert_eq!(replaced("abcabc", "b*", true), "a-");
        assert_eq!(replaced("ab", "", false), "-ab");
        assert_eq!(replaced("ab", "", true), "-a-b-");
        // What Go's `ReplaceAllString` makes of it.
        assert_eq!(replaced("ab", "*", true), "-");
        assert_eq!(replaced("", "*", true), "-");
        assert_eq!(replaced("", "a", true), "");
    }

    #[test]
    fn only_some_characters_can_be_escaped() {
        for pattern in ["\\", "\\x", "\\\\\\"] {
            let fault = Err(ExpandFault::Pattern(pattern.to_owned()));
            assert_eq!(trim("", pattern, End::Front, true), fault);
        }
        let pattern = r"(()[]{\}^$.\*\?|\\";
        assert_eq!(trimmed(r"(()[]{}^$.*?|\x", pattern, End::Front, true), "x");
    }

    #[test]
    fn many_stars_take_no_time() {
        let pattern = "*a".repeat(200);
        let value = "a".repeat(199);
        assert_eq!(trimmed(&value, &pattern, End::Back, true), value);
    }
}
