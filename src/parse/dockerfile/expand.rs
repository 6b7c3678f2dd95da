//! Variables, quotes and escapes of a Dockerfile's word, as BuildKit takes them
//! (`frontend/dockerfile/shell/lex.go`): much of what a POSIX shell does, and not all of it.
//!
//! | written | stands for |
//! | --- | --- |
//! | `$X`, `${X}` | the value; nothing where X is not set |
//! | `${X-w}`, `${X:-w}` | the value; `w` where X is not set, with `:` or is empty |
//! | `${X+w}`, `${X:+w}` | `w` where X is set, with `:` and is not empty; else nothing |
//! | `${X?w}`, `${X:?w}` | the value; a fault that says `w` where X is not set, with `:` or is empty |
//! | `${X#p}`, `${X##p}` | the value without the shortest, or longest, beginning that is like `p` |
//! | `${X%p}`, `${X%%p}` | the value without the shortest, or longest, end that is like `p` |
//! | `${X/p/w}`, `${X//p/w}` | the value with `w` in place of the first, or each, part that is like `p` |
//!
//! `w` and `p` are words themselves. In `p`, `*` is any text and `?` any character.

mod lexer;
mod pattern;
#[cfg(test)]
mod tests;

use std::cell::RefCell;

use self::lexer::{Lexer, Quotes, Unset};

/// Why a word cannot be expanded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExpandFault {
    /// `"a`
    #[error("{0} is never closed")]
    OpenQuote(char),
    /// `${A`
    #[error("`${{` is never closed")]
    OpenBrace,
    /// `${A/b}`
    #[error("a `/` is missing in `${{…}}`")]
    MissingSlash,
    /// `${}`
    #[error("no variable is named in `${{…}}`")]
    NoName,
    /// `${A:=b}`
    #[error("`{0}` is not known in `${{…}}`")]
    Modifier(String),
    /// `${A#\b}`: only `\`, `*`, `?`, `/` and `}` can be escaped there.
    #[error("`{0}` is no pattern")]
    Pattern(String),
    /// `${A?}`
    #[error("{name}: {message}")]
    Unset {
        /// The variable.
        name: String,
        /// What the Dockerfile says of it.
        message: String,
    },
    /// More than 64 `${…}` in each other.
    #[error("`${{…}}` stands in itself too deep")]
    TooDeep,
}

/// What a word stands for: variables are replaced, quotes and escapes removed. The result is one
/// word, whatever blanks are in the values.
///
/// `escape` is the file's ([`Dockerfile::escape`](crate::domain::dockerfile::Dockerfile::escape));
/// `lookup` gives the values of those variables that are set.
///
/// # Errors
/// When quotes or braces are left open, and as `${A?…}` and patterns say.
pub fn expand(
    word: &str,
    escape: char,
    lookup: &dyn Fn(&str) -> Option<String>,
) -> Result<String, ExpandFault> {
    Lexer::new(word, escape, lookup).all()
}

/// What the body of a heredoc stands for, of a `COPY` or `ADD` whose
/// [`Heredoc::expand`](crate::domain::dockerfile::Heredoc::expand) says so: variables are replaced
/// and escapes removed, quotes stay. The escape is `\` in every file.
///
/// # Errors
/// As [`expand`].
pub fn expand_body(
    body: &str,
    lookup: &dyn Fn(&str) -> Option<String>,
) -> Result<String, ExpandFault> {
    Lexer::new(body, '\\', lookup).quotes(Quotes::Plain).all()
}

/// The variables that [`expand`] asks for, each once, as they come. Those of a part that is not
/// taken belong to them (`B` of `${A:-$B}`), as do the shell's own, such as `1` and `@`. Where the
/// word has a fault, those before it.
#[must_use]
pub fn names(word: &str, escape: char) -> Vec<String> {
    asked_for(word, escape, Quotes::Quote)
}

/// The variables that [`expand_body`] asks for, as [`names`].
#[must_use]
pub fn names_of_body(body: &str) -> Vec<String> {
    asked_for(body, '\\', Quotes::Plain)
}

fn asked_for(word: &str, escape: char, quotes: Quotes) -> Vec<String> {
    let found = RefCell::new(Vec::new());
    let lookup = |name: &str| {
        let mut found = found.borrow_mut();
        if !found.iter().any(|known| known == name) {
            found.push(name.to_owned());
        }
        None
    };
    let lexer = Lexer::new(word, escape, &lookup).quotes(quotes);
    // With what is unset kept, no value, no pattern and no `?` can end it early. What was asked for
    // before a fault counts.
    let _ = lexer.unset(Unset::Kept).all();
    found.into_inner()
}

/// The word without quotes and escapes, its variables as they are written.
///
/// # Errors
/// As [`expand`], except for what depends on values.
pub(super) fn unquote(word: &str, escape: char) -> Result<String, ExpandFault> {
    Lexer::new(word, escape, &|_| None).unset(Unset::Kept).all()
}
