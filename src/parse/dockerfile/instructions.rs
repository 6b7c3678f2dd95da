//! Instructions with the lines on which they stand: comments, the `escape` directive, continuation
//! lines, heredocs; as BuildKit reads lines (`frontend/dockerfile/parser/parser.go`).

use std::{ops::Range, str::SplitInclusive};

use super::{fold_blanks, heredoc, keyword_is};
use crate::domain::dockerfile::{Heredoc, Tabs};

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

/// One instruction with all that is written of it.
pub(super) struct Written {
    pub(super) instruction: Instruction,
    /// Its lines joined as an engine joins them: blanks stay.
    pub(super) line: String,
    /// What its heredocs hold, in their order.
    pub(super) heredocs: Vec<Heredoc>,
    /// The heredoc that the file ends in.
    pub(super) open: Option<String>,
}

/// Reads instructions off a text.
pub(super) struct Instructions<'text> {
    lines: SplitInclusive<'text, char>,
    /// How many lines were taken.
    taken: usize,
    escape: char,
}

impl<'text> Instructions<'text> {
    pub(super) fn new(dockerfile: &'text str) -> Self {
        let dockerfile = without_mark(dockerfile);
        let escape = match escape_directive(dockerfile) {
            Some((_, "`")) => '`',
            _ => '\\',
        };
        Self {
            lines: dockerfile.split_inclusive('\n'),
            taken: 0,
            escape,
        }
    }

    pub(super) fn escape(&self) -> char {
        self.escape
    }

    /// With its end.
    fn line(&mut self) -> Option<&'text str> {
        let line = self.lines.next()?;
        self.taken += 1;
        Some(line)
    }

    /// Joins continuation lines; comments and empty lines between them do not end them.
    fn join(&mut self, first: &str) -> String {
        let mut joined = String::new();
        let mut line = without_end(first).trim_start();
        while let Some(continued) = continued(line, self.escape) {
            joined.push_str(continued);
            let next = loop {
                match self.line() {
                    Some(next) if is_comment_or_empty(next) => {}
                    next => break next,
                }
            };
            match next {
                Some(next) => line = without_end(next),
                None => return joined,
            }
        }
        joined.push_str(line);
        joined
    }

    /// Takes a heredoc's body. Its name where no line ends it.
    fn take_body(&mut self, heredoc: &mut Heredoc) -> Option<String> {
        while let Some(line) = self.line() {
            let mut end = without_end(line);
            if heredoc.tabs == Tabs::Dropped {
                end = end.trim_start_matches('\t');
            }
            if end == heredoc.name {
                return None;
            }
            heredoc.written.push_str(line);
        }
        Some(heredoc.name.clone())
    }
}

impl Iterator for Instructions<'_> {
    type Item = Written;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let begin = self.taken;
            let first = self.line()?;
            if is_comment_or_empty(first) {
                continue;
            }
            let line = self.join(first);
            let mut heredocs = heredoc::opened(&line, self.escape);
            let mut bodies = heredocs.iter_mut();
            let open = bodies.find_map(|heredoc| self.take_body(heredoc));
            return Some(Written {
                instruction: Instruction {
                    lines: begin..self.taken,
                    text: fold_blanks(&line),
                },
                line,
                heredocs,
                open,
            });
        }
    }
}

/// The value of the `escape` directive, whatever it is, and its line from 1. Directives come before
/// everything else: other comments and empty lines too.
pub(super) fn escape_directive(dockerfile: &str) -> Option<(usize, &str)> {
    let lines = without_mark(dockerfile).lines();
    let directives = lines.map_while(directive);
    let mut numbered = (1..).zip(directives);
    numbered
        .find(|(_, (name, _))| name.eq_ignore_ascii_case("escape"))
        .map(|(line, (_, value))| (line, value))
}

/// Name and value of `# name = value`.
fn directive(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.trim_start().strip_prefix('#')?.split_once('=')?;
    let (name, value) = (name.trim(), value.trim());
    let known = ["syntax", "escape", "check"];
    let is_known = known.iter().any(|known| known.eq_ignore_ascii_case(name));
    (is_known && !value.is_empty()).then_some((name, value))
}

/// Without the mark of its encoding that a file may begin with.
fn without_mark(dockerfile: &str) -> &str {
    dockerfile.strip_prefix('\u{feff}').unwrap_or(dockerfile)
}

fn without_end(line: &str) -> &str {
    line.trim_end_matches(['\r', '\n'])
}

/// What stands before the escape at the end of a line that goes on with the next. Blanks may follow
/// it, and two escapes are none.
fn continued(line: &str, escape: char) -> Option<&str> {
    let before = line.trim_end_matches([' ', '\t']).strip_suffix(escape)?;
    (!before.ends_with(escape)).then_some(before)
}

fn is_comment_or_empty(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.starts_with('#')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(dockerfile: &str) -> Vec<String> {
        Instructions::new(dockerfile)
            .map(|written| written.line)
            .collect()
    }

    #[test]
    fn lines_are_joined_without_a_blank_between() {
        let text = "F\\\nROM a\r\nRUN a \\ \t\r\n\n  # no\n  b&&\\\nc  \\\\\nUSER d\n";
        assert_eq!(lines(text), ["FROM a", "RUN a   b&&c  \\\\", "USER d"]);
        assert_eq!(lines("\\\nRUN a"), ["RUN a"]);
        assert_eq!(lines("RUN a \\"), ["RUN a "]);
        assert_eq!(lines("\u{feff}FROM a\n"), ["FROM a"]);
    }

    #[test]
    fn a_directive_comes_before_everything_else() {
        let escape = |text| Instructions::new(text).escape();
        assert_eq!(escape("# syntax=a\n#ESCAPE = ` \nFROM a"), '`');
        assert_eq!(escape("\u{feff}# escape=`"), '`');
        assert_eq!(escape("# a comment\n# escape=`\n"), '\\');
        assert_eq!(escape("\n# escape=`\n"), '\\');
        assert_eq!(escape("# escape=x\n"), '\\');
        assert_eq!(escape_directive("# check=a\n# escape=x\n"), Some((2, "x")));
    }

    #[test]
    fn heredocs_are_taken_as_they_are_written() {
        let text = "RUN cat <<A <<-'B' \\\n  > /x\n\t# a\nA\n\tb\r\n\tB\nUSER c\n";
        let mut found = Instructions::new(text);
        let run = found.next().unwrap();
        assert_eq!(run.line, "RUN cat <<A <<-'B'   > /x");
        assert_eq!(run.instruction.text, "RUN cat <<A <<-'B' > /x");
        assert_eq!(run.instruction.lines, 0..6);
        let bodies: Vec<&str> = run
            .heredocs
            .iter()
            .map(|found| found.written.as_str())
            .collect();
        assert_eq!(bodies, ["\t# a\n", "\tb\r\n"]);
        assert_eq!(run.open, None);
        assert_eq!(found.next().unwrap().line, "USER c");
        let open = Instructions::new("RUN <<A <<B\nA\nb\n").next().unwrap();
        assert_eq!(open.open, Some("B".to_owned()));
    }
}
