//! Dockerfiles: an outline of any text, and all that a right one says.
//!
//! [`outline`] holds stages and their instructions, as an engine counts them: enough to show what
//! is to come. It never fails. The engine's own reading is what counts; where the two differ,
//! [`Build::apply`](crate::domain::build::Build::apply) follows the engine.
//!
//! [`read()`] tells what each instruction takes, or why the file is none; [`expand()`] what its
//! words stand for.
//!
//! Both read the same lines ([`instructions()`]): comments, the `escape` directive, continuation
//! lines, heredocs.

mod expand;
mod grammar;
mod heredoc;
mod instructions;
mod mount;
mod read;
mod words;

use self::instructions::Instructions;
pub use self::{
    expand::{ExpandFault, expand, expand_body, names, names_of_body},
    instructions::Instruction,
    read::{Fault, read},
};
use crate::domain::event::{StagePlan, StepKey};

/// Reads the stages of a Dockerfile. Never fails: a text without `FROM` has no stages.
#[must_use]
pub fn outline(dockerfile: &str) -> Vec<StagePlan> {
    let mut stages: Vec<StagePlan> = Vec::new();
    for instruction in texts(dockerfile) {
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

/// The stages, by their place, whose results hold all steps that the last one needs: the last one,
/// and each with a name that something is copied from and no other of them begins with. BuildKit
/// builds up to a stage by its name only (docker 20.10.24).
#[must_use]
pub fn ends(stages: &[StagePlan]) -> Vec<usize> {
    let place = |name: &str| {
        let by_name = |stage: &StagePlan| stage.name.eq_ignore_ascii_case(name);
        let found = stages.iter().position(by_name);
        found.or_else(|| name.parse().ok().filter(|place| *place < stages.len()))
    };
    let parent = |stage: &StagePlan| {
        let from = stage.instructions.first()?;
        place(
            from.split_whitespace()
                .find(|word| !word.starts_with("--") && !word.eq_ignore_ascii_case("FROM"))?,
        )
    };
    let Some(last) = stages.len().checked_sub(1) else {
        return Vec::new();
    };
    let mut needed = vec![last];
    let mut ends = vec![last];
    let mut next = 0;
    while let Some(stage) = needed.get(next).map(|place| &stages[*place]) {
        next += 1;
        let copied = stage
            .instructions
            .iter()
            .flat_map(|text| sources(text))
            .filter_map(place);
        let copied: Vec<usize> = copied.collect();
        ends.extend(
            copied
                .iter()
                .filter(|place| !ends.contains(place))
                .copied()
                .collect::<Vec<_>>(),
        );
        let found = copied.into_iter().chain(parent(stage));
        let new: Vec<usize> = found.filter(|place| !needed.contains(place)).collect();
        needed.extend(new);
    }
    let begins: Vec<usize> = needed
        .iter()
        .filter_map(|place| parent(&stages[*place]))
        .collect();
    let has_name = |place: usize| {
        let from = stages[place].instructions.first();
        from.and_then(|from| stage_name(from)).is_some()
    };
    ends.retain(|place| *place == last || has_name(*place) && !begins.contains(place));
    ends.sort_unstable();
    ends.dedup();
    ends
}

/// The line, from 1, on which a step's instruction begins. `steps` are those that the engine
/// makes of the file: some have no step for every instruction.
#[must_use]
pub fn line_of(dockerfile: &str, steps: &[StagePlan], step: StepKey) -> Option<usize> {
    let planned = &steps.get(step.stage)?.instructions;
    let wanted = planned.get(step.index.checked_sub(1)?)?;
    // The same words may stand in a stage twice.
    let same_before = planned[..step.index].iter().filter(|text| *text == wanted);
    let nth = same_before.count();
    let mut stages = 0;
    let mut seen = 0;
    for instruction in instructions(dockerfile) {
        stages += usize::from(instruction.is("FROM"));
        if stages == step.stage + 1 && instruction.text == *wanted {
            seen += 1;
            if seen == nth {
                return Some(instruction.lines.start + 1);
            }
        }
    }
    None
}

/// Whether the Dockerfile declares this build argument. Engines warn about those that are not.
#[must_use]
pub fn declares_argument(dockerfile: &str, argument: &str) -> bool {
    texts(dockerfile).any(|instruction| {
        keyword_is(&instruction, "ARG")
            && instruction
                .split_whitespace()
                .skip(1)
                .any(|word| word.split('=').next() == Some(argument))
    })
}

/// Every instruction with the lines on which it stands, those before the first `FROM` too.
#[must_use]
pub fn instructions(dockerfile: &str) -> Vec<Instruction> {
    let written = Instructions::new(dockerfile);
    written.map(|written| written.instruction).collect()
}

/// The character that continues a line and escapes: `\` unless the file's first lines say `` ` ``.
#[must_use]
pub fn escape_of(dockerfile: &str) -> char {
    Instructions::new(dockerfile).escape()
}

fn texts(dockerfile: &str) -> impl Iterator<Item = String> {
    Instructions::new(dockerfile).map(|written| written.instruction.text)
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

/// Continuation lines are told with their indentation.
pub(super) fn fold_blanks(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

pub(super) fn keyword_is(instruction: &str, keyword: &str) -> bool {
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
    fn a_stage_that_another_begins_with_is_no_end() {
        let ends = |file: &str| ends(&outline(file));
        let chef = "FROM base AS chef\nRUN a\nFROM chef AS planner\nRUN b\nFROM chef AS builder\nCOPY --from=planner /a /a\nFROM x AS unused\nRUN c\nFROM scratch\nCOPY --from=builder /b /b\n";
        assert_eq!(ends(chef), [1, 2, 4]);
        assert_eq!(ends("FROM a\nRUN b\n"), [0]);
        assert_eq!(
            ends("FROM a\nRUN b\nFROM c\nRUN --mount=type=bind,from=0,target=/x d\n"),
            [1]
        );
        assert_eq!(
            ends("FROM a AS b\nFROM --platform=x b\nCOPY --from=other/image /a /a\n"),
            [1]
        );
        assert_eq!(ends(""), Vec::<usize>::new());
        // Circles are the engine's to refuse.
        assert_eq!(ends("FROM b AS a\nFROM a AS b\n"), [1]);
    }

    #[test]
    fn an_instruction_is_found_on_its_line() {
        let steps = outline(DOCKERFILE);
        let line = |stage, index| line_of(DOCKERFILE, &steps, StepKey { stage, index });
        assert_eq!(line(0, 2), Some(5));
        assert_eq!(line(1, 2), Some(14));
        assert_eq!(line(2, 1), None);
        assert_eq!(line(0, 0), None);
    }

    #[test]
    fn the_same_words_twice_are_told_apart() {
        let file = "FROM a\nRUN x\nENV A=b\nRUN x\n";
        let mut steps = outline(file);
        steps[0].instructions.remove(2);
        let line = |index| line_of(file, &steps, StepKey { stage: 0, index });
        assert_eq!([line(2), line(3)], [Some(2), Some(4)]);
    }

    #[test]
    fn an_instruction_has_all_its_lines() {
        let found = instructions(DOCKERFILE);
        let lines = found
            .iter()
            .map(|found| (found.lines.start, found.lines.end));
        assert_eq!(
            lines.collect::<Vec<_>>(),
            [(1, 2), (2, 3), (4, 7), (7, 8), (8, 11), (12, 13), (13, 14)]
        );
        assert!(found[5].is("FROM"));
        assert_eq!(found[5].rest(), "scratch");
        assert_eq!(found[0].rest(), "BASE=rust");
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
