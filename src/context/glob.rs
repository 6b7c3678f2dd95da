//! One pattern of an ignore file, matched as docker matches it.
//!
//! Docker turns a pattern into a regular expression, but only where it must: a pattern without
//! wildcards is compared, `dir/**` is a prefix and `**/name` a suffix. The short cuts are not
//! quite equal to the expression (`**name` as a suffix also matches `xname`), so they are kept
//! apart here as well. The general case is matched position by position, in time bounded by
//! pattern × path whatever the pattern.

/// What is wrong with a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PatternProblem {
    /// `!` with nothing behind it.
    #[error("`!` needs a pattern behind it")]
    LoneException,
    /// `[` that is not closed, is empty, or holds a bare `-`.
    #[error(
        "`[` needs characters or ranges such as `[a-z]` and a closing `]`; write `\\[` for the character"
    )]
    Class,
    /// A range such as `[z-a]`, on which docker gives up.
    #[error("the range in `[…]` runs backwards; write the smaller character first")]
    BackwardRange,
    /// `[[:alpha:]]`, which docker reads in its own way.
    #[error("named classes such as `[[:alpha:]]` are not supported; write the range, e.g. `[a-z]`")]
    NamedClass,
    /// `\\d`: docker hands it on to a regular expression, where it is a digit or an error.
    #[error("a `\\` can only stand before a sign; write a letter or digit without it")]
    LetterEscape,
    /// A backslash with nothing behind it.
    #[error("a `\\` at the end escapes nothing; write `\\\\` for the character")]
    LoneEscape,
    /// Longer than [`PATTERN_LIMIT`].
    #[error("the pattern is longer than {PATTERN_LIMIT} bytes, which no path is")]
    TooLong,
}

/// Bytes that a pattern may have: as many as the longest path of Linux.
pub const PATTERN_LIMIT: usize = 4096;

/// A pattern, ready to match. Paths are relative to the context, with `/` between names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glob {
    shape: Shape,
    literal_prefix: Vec<u8>,
    /// What every path that matches ends with. Most paths do not, and that is quickly seen.
    literal_suffix: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Shape {
    Exact(Vec<u8>),
    Prefix(Vec<u8>),
    Suffix(Vec<u8>),
    Tokens(Vec<Token>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    /// One character.
    Char(char),
    /// `?`: one character but `/`.
    One,
    /// `[…]`: one character, `/` included where the class has it.
    Class {
        negated: bool,
        ranges: Vec<(char, char)>,
    },
    /// `*`: any number of characters but `/`.
    Many,
    /// `**` before more: nothing, or anything that ends in `/`.
    Folders,
    /// `**` at the end: anything.
    Rest,
}

impl Glob {
    /// Reads a pattern that was cleaned already (no `./`, no trailing `/`).
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(pattern: &[u8]) -> Result<Self, PatternProblem> {
        if pattern.len() > PATTERN_LIMIT {
            return Err(PatternProblem::TooLong);
        }
        let tokens = tokens(&runes(pattern))?;
        let special = |byte: &u8| matches!(byte, b'*' | b'?' | b'[' | b'\\');
        let plain = pattern.iter().position(special).unwrap_or(pattern.len());
        Ok(Self {
            literal_suffix: literal_suffix(&tokens),
            shape: shape(pattern, tokens),
            literal_prefix: pattern[..plain].to_vec(),
        })
    }

    /// Whether the pattern matches this very path (not one of its parents).
    #[must_use]
    pub fn matches(&self, path: &[u8]) -> bool {
        match &self.shape {
            Shape::Exact(text) => path == text,
            Shape::Prefix(text) => path.starts_with(text),
            Shape::Suffix(text) => {
                path.ends_with(text) || text.strip_prefix(b"/").is_some_and(|name| name == path)
            }
            Shape::Tokens(tokens) => {
                path.ends_with(&self.literal_suffix) && matches_tokens(tokens, &runes(path))
            }
        }
    }

    /// Whether the pattern could match something beneath this folder. `true` where that is not
    /// known.
    #[must_use]
    pub fn may_match_beneath(&self, folder: &[u8]) -> bool {
        let mut inside = folder.to_vec();
        inside.push(b'/');
        self.literal_prefix.starts_with(&inside)
            || (inside.starts_with(&self.literal_prefix) && !matches!(self.shape, Shape::Exact(_)))
    }
}

/// The characters behind the last wildcard. A byte that is no UTF-8 matches any other such byte.
fn literal_suffix(tokens: &[Token]) -> Vec<u8> {
    let literal = |token: &Token| match token {
        Token::Char(char) if *char != char::REPLACEMENT_CHARACTER => Some(*char),
        _ => None,
    };
    let behind = tokens.iter().rev().map_while(literal).count();
    let suffix = tokens[tokens.len() - behind..].iter().filter_map(literal);
    suffix.collect::<String>().into_bytes()
}

/// Which short cut docker takes for this pattern, if any.
fn shape(pattern: &[u8], tokens: Vec<Token>) -> Shape {
    let is_plain = |part: &[Token]| part.iter().all(|token| matches!(token, Token::Char(_)));
    if pattern
        .iter()
        .any(|byte| matches!(byte, b'\\' | b'[' | b']'))
    {
        return Shape::Tokens(tokens);
    }
    match tokens.as_slice() {
        plain if is_plain(plain) => Shape::Exact(pattern.to_vec()),
        [Token::Folders | Token::Rest, plain @ ..] if is_plain(plain) => {
            Shape::Suffix(pattern[2..].to_vec())
        }
        [plain @ .., Token::Rest] if is_plain(plain) => {
            Shape::Prefix(pattern[..pattern.len() - 2].to_vec())
        }
        _ => Shape::Tokens(tokens),
    }
}

fn tokens(pattern: &[char]) -> Result<Vec<Token>, PatternProblem> {
    let mut tokens = Vec::new();
    let mut rest = pattern;
    while let [first, after @ ..] = rest {
        rest = after;
        tokens.push(match first {
            '*' if after.first() == Some(&'*') => {
                rest = &after[1..];
                rest = rest.strip_prefix(&['/']).unwrap_or(rest);
                if rest.is_empty() {
                    Token::Rest
                } else {
                    Token::Folders
                }
            }
            '*' => Token::Many,
            '?' => Token::One,
            '[' => {
                let (class, behind) = class(after)?;
                rest = behind;
                class
            }
            '\\' => {
                let [escaped, behind @ ..] = after else {
                    return Err(PatternProblem::LoneEscape);
                };
                rest = behind;
                Token::Char(sign(*escaped)?)
            }
            plain => Token::Char(*plain),
        });
    }
    Ok(tokens)
}

/// What stands behind `[`, as Go's `filepath.Match` reads it.
fn class(text: &[char]) -> Result<(Token, &[char]), PatternProblem> {
    if text.starts_with(&['[', ':']) {
        return Err(PatternProblem::NamedClass);
    }
    let negated = text.first() == Some(&'^');
    let mut rest = if negated { &text[1..] } else { text };
    let mut ranges = Vec::new();
    loop {
        if let [']', behind @ ..] = rest
            && !ranges.is_empty()
        {
            return Ok((Token::Class { negated, ranges }, behind));
        }
        let (low, behind) = class_char(rest)?;
        let (high, behind) = match behind {
            ['-', top @ ..] => class_char(top)?,
            _ => (low, behind),
        };
        if high < low {
            return Err(PatternProblem::BackwardRange);
        }
        ranges.push((low, high));
        rest = behind;
    }
}

fn class_char(text: &[char]) -> Result<(char, &[char]), PatternProblem> {
    match text {
        ['\\', escaped, rest @ ..] => Ok((sign(*escaped)?, rest)),
        [] | ['-' | ']' | '\\', ..] => Err(PatternProblem::Class),
        [plain, rest @ ..] => Ok((*plain, rest)),
    }
}

/// A character that may be escaped: Go's regular expressions take those for themselves.
fn sign(escaped: char) -> Result<char, PatternProblem> {
    if escaped.is_ascii() && !escaped.is_ascii_alphanumeric() {
        Ok(escaped)
    } else {
        Err(PatternProblem::LetterEscape)
    }
}

/// Follows all ways through the pattern at once: `here[i]` says whether the tokens so far can
/// have used up exactly `i` characters.
fn matches_tokens(tokens: &[Token], path: &[char]) -> bool {
    let mut here = vec![false; path.len() + 1];
    here[0] = true;
    for token in tokens {
        here = advance(token, path, &here);
        if !here.contains(&true) {
            return false;
        }
    }
    here[path.len()]
}

fn advance(token: &Token, path: &[char], here: &[bool]) -> Vec<bool> {
    let mut next = vec![false; here.len()];
    let mut began = false;
    for end in 0..here.len() {
        let last = end.checked_sub(1).map(|index| path[index]);
        let one_less = end > 0 && here[end - 1];
        next[end] = match token {
            Token::Char(char) => one_less && last == Some(*char),
            Token::One => one_less && last != Some('/'),
            Token::Class { negated, ranges } => {
                let within = |char| {
                    ranges
                        .iter()
                        .any(|(low, high)| (*low..=*high).contains(&char))
                };
                one_less && last.is_some_and(|char| within(char) != *negated)
            }
            Token::Many => here[end] || (end > 0 && next[end - 1] && last != Some('/')),
            Token::Folders => here[end] || (began && last == Some('/')),
            Token::Rest => here[end] || began,
        };
        began |= here[end];
    }
    next
}

/// The characters of a text; each byte that is no UTF-8 counts as one, as in Go.
fn runes(text: &[u8]) -> Vec<char> {
    let mut runes = Vec::with_capacity(text.len());
    for chunk in text.utf8_chunks() {
        runes.extend(chunk.valid().chars());
        runes.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    runes
}

#[cfg(test)]
mod tests;
