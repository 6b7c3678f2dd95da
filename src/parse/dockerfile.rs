//! The outline of a Dockerfile: stages and their instructions, as an engine counts them.
//!
//! Only as much of the grammar as is needed to show what is to come: comments, the `escape`
//! directive, continuation lines, heredocs. The engine's own reading is what counts; where the
//! two differ, [`Build::apply`](crate::domain::build::Build::apply) follows the engine.

use crate::domain::event::StagePlan;

/// Reads the stages of a Dockerfile. Never fails: a text without `FROM` has no stages.
#[must_use]
pub fn outline(dockerfile: &str) -> Vec<StagePlan> {
    let mut stages: Vec<StagePlan> = Vec::new();
    for instruction in instructions(dockerfile) {
        if keyword_is(&instruction, "FROM") {
            let name = stage_name(&instruction).unwrap_or_else(|| stages.len().to_string());
            stages.push(StagePlan {
                name,
                instructions: vec![instruction],
            });
        } else if let Some(stage) = stages.last_mut() {
            stage.instructions.push(instruction);
        }
        // An ARG before the first FROM belongs to no stage and is no step.
    }
    stages
}

/// The line, from 1, on which the `step`-th instruction (from 1) of a stage begins.
#[must_use]
pub fn line_of(dockerfile: &str, stage: usize, step: usize) -> Option<usize> {
    let mut stages = 0;
    let mut index = 0;
    for (line, instruction) in Instructions::new(dockerfile) {
        if keyword_is(&instruction, "FROM") {
            stages += 1;
            index = 0;
        }
        index += 1;
        if stages == stage + 1 && index == step {
            return Some(line);
        }
    }
    None
}

/// Whether the Dockerfile declares this build argument. Engines warn about those that are not.
#[must_use]
pub fn declares_argument(dockerfile: &str, argument: &str) -> bool {
    instructions(dockerfile).any(|instruction| {
        keyword_is(&instruction, "ARG")
            && instruction
                .split_whitespace()
                .skip(1)
                .any(|word| word.split('=').next() == Some(argument))
    })
}

/// An instruction and the lines, from 1, that it takes up, heredocs included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// The first line.
    pub first: usize,
    /// The last line.
    pub last: usize,
    /// Continuation lines joined, white space folded.
    pub text: String,
}

impl Placed {
    /// Whether it is this instruction.
    #[must_use]
    pub fn is(&self, keyword: &str) -> bool {
        keyword_is(&self.text, keyword)
    }
}

/// All instructions and where they stand.
#[must_use]
pub fn placed(dockerfile: &str) -> Vec<Placed> {
    let mut reader = Instructions::new(dockerfile);
    let mut found = Vec::new();
    while let Some((first, text)) = reader.next() {
        let last = reader.taken;
        found.push(Placed { first, last, text });
    }
    found
}

/// The character that continues a line and escapes: `\` unless the file's first lines say `` ` ``.
#[must_use]
pub fn escape_of(dockerfile: &str) -> char {
    Instructions::new(dockerfile).escape
}

fn instructions(dockerfile: &str) -> impl Iterator<Item = String> {
    Instructions::new(dockerfile).map(|(_, text)| text)
}

/// Stages and images that an instruction takes files from: `--from=X`, `--mount=…,from=X,…`.
pub(super) fn sources(instruction: &str) -> impl Iterator<Item = &str> {
    let words = instruction.split_whitespace().skip(1);
    words
        .take_while(|word| word.starts_with("--"))
        .flat_map(|word| match word.strip_prefix("--mount=") {
            Some(mount) => mount.split(','),
            None => word.trim_start_matches("--").split(','),
        })
        .filter_map(|part| part.strip_prefix("from="))
}

fn keyword_is(instruction: &str, keyword: &str) -> bool {
    instruction
        .split_whitespace()
        .next()
        .is_some_and(|first| first.eq_ignore_ascii_case(keyword))
}

/// `name` of `FROM … AS name`.
pub(super) fn stage_name(from: &str) -> Option<String> {
    let words: Vec<&str> = from.split_whitespace().collect();
    let place = words
        .iter()
        .position(|word| word.eq_ignore_ascii_case("AS"))?;
    words.get(place + 1).map(|name| (*name).to_owned())
}

/// Instructions with the line on which each begins.
struct Instructions<'text> {
    lines: std::iter::Enumerate<std::str::Lines<'text>>,
    escape: char,
    /// Lines that instructions took up so far: the number of the last one.
    taken: usize,
}

impl<'text> Instructions<'text> {
    fn new(dockerfile: &'text str) -> Self {
        let escape = dockerfile
            .lines()
            .take_while(|line| line.trim_start().starts_with('#'))
            .filter_map(|line| line.trim_start().strip_prefix('#')?.split_once('='))
            .find(|(key, _)| key.trim().eq_ignore_ascii_case("escape"))
            .and_then(|(_, value)| value.trim().chars().next())
            .filter(|character| matches!(character, '\\' | '`'))
            .unwrap_or('\\');
        Self {
            lines: dockerfile.lines().enumerate(),
            escape,
            taken: 0,
        }
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
                match self.lines.next() {
                    Some((_, next)) if is_comment_or_empty(next) => {}
                    Some((index, next)) => {
                        self.taken = index + 1;
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
            for (index, line) in self.lines.by_ref() {
                self.taken = index + 1;
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
    type Item = (usize, String);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (index, line) = self.lines.next()?;
            if is_comment_or_empty(line) {
                continue;
            }
            self.taken = index + 1;
            let text = self.join(line);
            self.skip_heredocs(&text);
            return Some((index + 1, text));
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DOCKERFILE: &str = "\
# escape=\\
ARG BASE=rust
FROM ${BASE} AS build
# a comment
RUN one && \\
    # inside
    two   three
COPY . .
RUN <<EOF
FROM not-a-stage
EOF

from scratch
COPY --from=build /a /a
";

    #[test]
    fn stages_and_steps_are_counted_as_engines_count_them() {
        let stages = outline(DOCKERFILE);
        assert_eq!(stages.len(), 2);
        assert_eq!(
            (stages[0].name.as_str(), stages[1].name.as_str()),
            ("build", "1")
        );
        assert_eq!(
            stages[0].instructions,
            [
                "FROM ${BASE} AS build",
                "RUN one && two three",
                "COPY . .",
                "RUN <<EOF"
            ]
        );
        assert_eq!(
            stages[1].instructions,
            ["from scratch", "COPY --from=build /a /a"]
        );
    }

    #[test]
    fn an_instruction_is_found_on_its_line() {
        assert_eq!(line_of(DOCKERFILE, 0, 2), Some(5));
        assert_eq!(line_of(DOCKERFILE, 1, 2), Some(14));
        assert_eq!(line_of(DOCKERFILE, 2, 1), None);
    }

    #[test]
    fn an_instruction_has_a_first_and_a_last_line() {
        let lines: Vec<(usize, usize)> = placed(DOCKERFILE)
            .iter()
            .map(|placed| (placed.first, placed.last))
            .collect();
        assert_eq!(
            lines,
            [(2, 2), (3, 3), (5, 7), (8, 8), (9, 11), (13, 13), (14, 14)]
        );
        assert_eq!(escape_of(DOCKERFILE), '\\');
        assert_eq!(escape_of("# escape=`\nFROM x"), '`');
    }

    #[test]
    fn only_declared_arguments_are_seen() {
        let dockerfile = "ARG BASE=x\nFROM $BASE\n arg BIN=app OTHER\nRUN echo \\\n  ARG NO\n";
        let seen = ["BASE", "BIN", "OTHER", "NO"].map(|name| declares_argument(dockerfile, name));
        assert_eq!(seen, [true, true, true, false]);
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(text in "(FROM|RUN|<<EOF|\\\\|#|\n| |[a-z`]){0,60}") {
            let stages = outline(&text);
            prop_assert!(stages.iter().all(|stage| !stage.instructions.is_empty()));
        }
    }
}
