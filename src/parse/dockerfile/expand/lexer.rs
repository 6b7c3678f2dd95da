//! Reads a word from its beginning to its end, and replaces what stands for something else.

use std::{iter::Peekable, str::Chars};

use super::{
    ExpandFault,
    pattern::{End, replace, trim},
};

/// How deep `${…}` may stand in `${…}`. Each takes room on the stack, and nobody writes ten.
const DEPTH_LIMIT: usize = 64;

/// What quotes are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Quotes {
    /// They quote, and go.
    Quote,
    /// Characters like others.
    Plain,
}

/// What becomes of escapes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Escapes {
    Dropped,
    /// A pattern is read, which has escapes of its own.
    Kept,
}

/// What stands for a variable without a value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Unset {
    Empty,
    /// What is written.
    Kept,
}

/// Reads a word from its beginning to its end.
pub(super) struct Lexer<'word> {
    rest: Peekable<Chars<'word>>,
    escape: char,
    lookup: &'word dyn Fn(&str) -> Option<String>,
    quotes: Quotes,
    escapes: Escapes,
    unset: Unset,
    depth: usize,
}

impl<'word> Lexer<'word> {
    pub(super) fn new(
        word: &'word str,
        escape: char,
        lookup: &'word dyn Fn(&str) -> Option<String>,
    ) -> Self {
        Self {
            rest: word.chars().peekable(),
            escape,
            lookup,
            quotes: Quotes::Quote,
            escapes: Escapes::Dropped,
            unset: Unset::Empty,
            depth: 0,
        }
    }

    pub(super) fn quotes(self, quotes: Quotes) -> Self {
        Self { quotes, ..self }
    }

    pub(super) fn unset(self, unset: Unset) -> Self {
        Self { unset, ..self }
    }

    pub(super) fn all(mut self) -> Result<String, ExpandFault> {
        self.text(None)
    }

    /// A word inside of `${…}`, up to the character that ends it, which is taken too.
    fn inner(&mut self, end: char, escapes: Escapes) -> Result<String, ExpandFault> {
        let outer = std::mem::replace(&mut self.escapes, escapes);
        let text = self.text(Some(end));
        self.escapes = outer;
        text
    }

    fn text(&mut self, end: Option<char>) -> Result<String, ExpandFault> {
        let mut text = String::new();
        while let Some(&character) = self.rest.peek() {
            if end == Some(character) {
                self.rest.next();
                return Ok(text);
            }
            match character {
                '$' => text.push_str(&self.dollar()?),
                '\'' if self.quotes == Quotes::Quote => text.push_str(&self.single_quotes()?),
                '"' if self.quotes == Quotes::Quote => text.push_str(&self.double_quotes()?),
                _ => {
                    self.rest.next();
                    if character != self.escape {
                        text.push(character);
                        continue;
                    }
                    if self.escapes == Escapes::Kept {
                        text.push(character);
                    }
                    // An escape at the very end goes.
                    text.extend(self.rest.next());
                }
            }
        }
        match end {
            None => Ok(text),
            Some('/') => Err(ExpandFault::MissingSlash),
            Some(_) => Err(ExpandFault::OpenBrace),
        }
    }

    /// Everything up to the next `'` stands for itself.
    fn single_quotes(&mut self) -> Result<String, ExpandFault> {
        self.rest.next();
        let mut text = String::new();
        loop {
            match self.rest.next() {
                None => return Err(ExpandFault::OpenQuote('\'')),
                Some('\'') => return Ok(text),
                Some(character) => text.push(character),
            }
        }
    }

    /// Variables count, and an escape before `"`, `$` and itself; elsewhere it stands for itself.
    fn double_quotes(&mut self) -> Result<String, ExpandFault> {
        self.rest.next();
        let mut text = String::new();
        while let Some(&character) = self.rest.peek() {
            match character {
                '"' => {
                    self.rest.next();
                    return Ok(text);
                }
                '$' => text.push_str(&self.dollar()?),
                _ => {
                    self.rest.next();
                    if character == self.escape && self.escapes == Escapes::Kept {
                        text.push(character);
                    }
                    let escape = self.escape;
                    let escaped = self.rest.next_if(|next| {
                        character == escape && (matches!(next, '"' | '$') || *next == escape)
                    });
                    text.push(escaped.unwrap_or(character));
                }
            }
        }
        Err(ExpandFault::OpenQuote('"'))
    }

    /// What begins with `$`.
    fn dollar(&mut self) -> Result<String, ExpandFault> {
        self.rest.next();
        if self.rest.next_if_eq(&'{').is_none() {
            let name = self.name();
            return Ok(match self.value(&name) {
                _ if name.is_empty() => "$".to_owned(),
                None if self.unset == Unset::Kept => format!("${name}"),
                value => value.unwrap_or_default(),
            });
        }
        if let Some('{' | '}' | ':') = self.rest.peek() {
            return Err(ExpandFault::NoName);
        }
        self.depth += 1;
        if self.depth > DEPTH_LIMIT {
            return Err(ExpandFault::TooDeep);
        }
        let name = self.name();
        let text = match self.rest.next() {
            None => Err(ExpandFault::OpenBrace),
            Some('}') => Ok(match self.value(&name) {
                None if self.unset == Unset::Kept => format!("${{{name}}}"),
                value => value.unwrap_or_default(),
            }),
            Some(':') => match self.rest.next() {
                None => Err(ExpandFault::OpenBrace),
                Some(modifier) => self.modified(&name, ":", modifier),
            },
            Some('/') => self.replaced(&name),
            Some(modifier) => self.modified(&name, "", modifier),
        };
        self.depth -= 1;
        text
    }

    /// `${NAME:-word}`, from the word on.
    fn modified(&mut self, name: &str, colon: &str, modifier: char) -> Result<String, ExpandFault> {
        let escapes = match modifier {
            '-' | '+' | '?' => Escapes::Dropped,
            '#' | '%' if colon.is_empty() => Escapes::Kept,
            _ => return Err(ExpandFault::Modifier(format!("{colon}{modifier}"))),
        };
        let word = self.inner('}', escapes)?;
        let value = self.value(name);
        if value.is_none() && self.unset == Unset::Kept {
            return Ok(format!("${{{name}{colon}{modifier}{word}}}"));
        }
        if escapes == Escapes::Kept {
            let end = if modifier == '#' {
                End::Front
            } else {
                End::Back
            };
            // Said twice it means the longest.
            let (word, longest) = match word.strip_prefix(modifier) {
                Some(word) => (word, true),
                None => (word.as_str(), false),
            };
            return trim(&value.unwrap_or_default(), word, end, longest);
        }
        let is_set = value.is_some();
        let usable = value.filter(|value| colon.is_empty() || !value.is_empty());
        match (modifier, usable) {
            ('+', None) => Ok(String::new()),
            ('-', None) | ('+', Some(_)) => Ok(word),
            (_, Some(value)) => Ok(value),
            (_, None) => Err(unset(name, word, is_set)),
        }
    }

    /// `${NAME/pattern/word}`, from the first slash on, which is taken.
    fn replaced(&mut self, name: &str) -> Result<String, ExpandFault> {
        let each = self.rest.next_if_eq(&'/').is_some();
        let wanted = self.inner('/', Escapes::Kept)?;
        let word = self.inner('}', Escapes::Kept)?;
        match self.value(name) {
            None if self.unset == Unset::Kept => Ok(format!("${{{name}/{wanted}/{word}}}")),
            value => replace(&value.unwrap_or_default(), &wanted, &word, each),
        }
    }

    /// Letters, digits and `_`; a number; or one of the shell's own, such as `@`. Empty where
    /// there is none.
    fn name(&mut self) -> String {
        let own = |next: &char| matches!(next, '@' | '*' | '#' | '?' | '-' | '$' | '!');
        if let Some(own) = self.rest.next_if(own) {
            return own.to_string();
        }
        let number = self.rest.peek().is_some_and(char::is_ascii_digit);
        let mut name = String::new();
        let belongs = |next: &char| {
            next.is_ascii_digit() || !number && (next.is_alphanumeric() || *next == '_')
        };
        while let Some(next) = self.rest.next_if(belongs) {
            name.push(next);
        }
        name
    }

    fn value(&self, name: &str) -> Option<String> {
        // Nothing can be set that has no name.
        (!name.is_empty()).then(|| (self.lookup)(name)).flatten()
    }
}

fn unset(name: &str, message: String, is_set: bool) -> ExpandFault {
    let own = if is_set { "empty" } else { "unset" };
    ExpandFault::Unset {
        name: name.to_owned(),
        message: if message.is_empty() {
            format!("is not allowed to be {own}")
        } else {
            message
        },
    }
}
