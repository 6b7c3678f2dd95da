//! Instructions with the lines on which they stand: comments, the `escape` directive, continuation
//! lines, heredocs.

use std::ops::Range;

use super::keyword_is;

/// One instruction and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instruction {
    /// Its lines, counted from 0: continuation lines, what stands between them, and the bodies
    /// of its heredocs are part of it.
    pub lines: Range<usize>,
    /// Its text on one line, without comments and heredocs' bodies.
    pub text: String,
}

impl Instruction {
    /// Whether it is this one, e.g. `RUN`; upper and lower case are the same.
    #[must_use]
    pub fn is(&self, keyword: &str) -> bool {
        keyword_is(&self.text, keyword)
    }

    /// What follows the keyword.
    #[must_use]
    pub fn rest(&self) -> &str {
        let text = self.text.trim_start();
        text.split_once(char::is_whitespace)
            .map_or("", |(_, rest)| rest.trim())
    }
}

/// Reads instructions off a text.
pub(super) struct Instructions<'text> {
    lines: std::str::Lines<'text>,
    /// How many lines were taken.
    taken: usize,
    escape: char,
}

impl<'text> Instructions<'text> {
    pub(super) fn new(dockerfile: &'text str) -> Self {
        let escape = dockerfile
            .lines()
            .take_while(|line| line.trim_start().starts_with('#'))
            .filter_map(|line| line.trim_start().strip_prefix('#')?.split_once('='))
            .find(|(key, _)| key.trim().eq_ignore_ascii_case("escape"))
            .and_then(|(_, value)| value.trim().chars().next())
            .filter(|character| matches!(character, '\\' | '`'))
            .unwrap_or('\\');
        Self {
            lines: dockerfile.lines(),
            taken: 0,
            escape,
        }
    }

    pub(super) fn escape(&self) -> char {
        self.escape
    }

    fn line(&mut self) -> Option<&'text str> {
        let line = self.lines.next()?;
        self.taken += 1;
        Some(line)
    }

    /// Joins continuation lines; comments and empty lines between them do not end them.
    fn join(&mut self, first: &str) -> String {
        let mut text = String::new();
        let mut line = first.trim();
        loop {
            let Some(continued) = line.strip_suffix(self.escape) else {
                push_folded(&mut text, line);
                return text;
            };
            push_folded(&mut text, continued);
            loop {
                match self.line() {
                    Some(next) if is_comment_or_empty(next) => {}
                    Some(next) => {
                        line = next.trim();
                        break;
                    }
                    None => return text,
                }
            }
        }
    }

    /// Passes over the bodies of the heredocs that an instruction opens.
    fn skip_heredocs(&mut self, instruction: &str) {
        for (delimiter, tabs) in heredocs(instruction) {
            while let Some(line) = self.line() {
                let line = if tabs {
                    line.trim_start_matches('\t')
                } else {
                    line
                };
                if line == delimiter {
                    break;
                }
            }
        }
    }
}

impl Iterator for Instructions<'_> {
    type Item = Instruction;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let begin = self.taken;
            let line = self.line()?;
            if is_comment_or_empty(line) {
                continue;
            }
            let text = self.join(line);
            self.skip_heredocs(&text);
            let lines = begin..self.taken;
            return Some(Instruction { lines, text });
        }
    }
}

fn is_comment_or_empty(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.starts_with('#')
}

fn push_folded(text: &mut String, piece: &str) {
    for word in piece.split_whitespace() {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(word);
    }
}

/// Delimiters of `<<EOF`, `<<-EOF`, `<<"EOF"` in RUN, COPY and ADD; whether tabs are stripped.
fn heredocs(instruction: &str) -> Vec<(String, bool)> {
    let opens = ["RUN", "COPY", "ADD"];
    if !opens.iter().any(|keyword| keyword_is(instruction, keyword)) {
        return Vec::new();
    }
    instruction
        .split_whitespace()
        .filter_map(|word| word.split_once("<<").map(|(_, after)| after))
        .filter_map(|after| {
            let (tabs, name) = match after.strip_prefix('-') {
                Some(name) => (true, name),
                None => (false, after),
            };
            let name = name.trim_matches(['"', '\'']);
            let valid = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            valid.then(|| (name.to_owned(), tabs))
        })
        .collect()
}
