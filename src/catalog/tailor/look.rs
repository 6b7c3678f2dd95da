//! Has cargo say what it compiles and why, in one build.

use std::fmt::Write;

use super::Tailored;
use crate::{
    domain::crates::LOOK_VARIABLES,
    parse::dockerfile::{Instruction, instructions},
};

/// What of cargo compiles an app. `chef` is not among it: what it cooks is to stay in the cache.
const COMPILING: [&str; 17] = [
    "auditable",
    "b",
    "bench",
    "build",
    "c",
    "check",
    "clippy",
    "leptos",
    "nextest",
    "r",
    "run",
    "rustc",
    "t",
    "test",
    "xbuild",
    "xwin",
    "zigbuild",
];

/// The argument whose value is another in each look.
const ONCE: &str = "IMGTUI_LOOK";

impl Tailored {
    /// Puts what makes cargo say more before the last command of each stage that compiles by it.
    /// Earlier ones keep their results, e.g. compiled dependencies. An `ARG` does it: the command
    /// sees it, and it does not stay in the image. `once` is a value that no look had before: cargo
    /// says nothing in a step that is taken from the cache.
    #[must_use]
    pub fn looking(self, once: &str) -> Self {
        let variables = [(ONCE, once)].into_iter().chain(LOOK_VARIABLES);
        let variables: Vec<(&str, &str)> = variables.collect();
        let lines: Vec<&str> = self.text.split_inclusive('\n').collect();
        let places = last_compiling(&instructions(&self.text), &lines);
        let mut looking = Self {
            text: String::with_capacity(self.text.len() + 128),
            inserted: Vec::new(),
        };
        let mut written = 0;
        for (index, line) in lines.iter().enumerate() {
            if places.contains(&index) {
                for (name, value) in &variables {
                    // Writing to a string cannot fail.
                    let _ = writeln!(looking.text, "ARG {name}={value}");
                    written += 1;
                    looking.inserted.push(written);
                }
            }
            looking.text += line;
            written += 1;
            if self.inserted.contains(&(index + 1)) {
                looking.inserted.push(written);
            }
        }
        looking
    }
}

/// The first line, from 0, of the last command in each stage that compiles by cargo.
fn last_compiling(instructions: &[Instruction], lines: &[&str]) -> Vec<usize> {
    let mut places = Vec::new();
    let mut last = None;
    for instruction in instructions {
        if instruction.is("FROM") {
            places.extend(last.take());
        }
        // Heredocs are part of it.
        let written = lines.get(instruction.lines.clone()).unwrap_or_default();
        if instruction.is("RUN") && compiles(written) {
            last = Some(instruction.lines.start);
        }
    }
    places.extend(last);
    places
}

fn compiles(lines: &[&str]) -> bool {
    let is_comment = |line: &&&str| line.trim_start().starts_with('#');
    let text: String = lines
        .iter()
        .filter(|line| !is_comment(line))
        .copied()
        .collect();
    let between = |c: char| c.is_whitespace() || ";&|(){}\"'`,[]\\".contains(c);
    let words: Vec<&str> = text
        .split(between)
        .filter(|word| !word.is_empty())
        .collect();
    let is_cargo = |word: &str| word == "cargo" || word.ends_with("/cargo");
    (0..words.len())
        .filter(|at| is_cargo(words[*at]))
        .any(|at| {
            let mut rest = words[at + 1..].iter();
            let command = rest.find(|word| !word.starts_with(['+', '-']));
            match command {
                Some(&"install") => rest.any(|word| word.starts_with("--path")),
                Some(command) => COMPILING.contains(command),
                None => false,
            }
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{catalog::Catalog, catalog::embedded};

    fn tailored(text: &str) -> Tailored {
        Tailored {
            text: text.to_owned(),
            inserted: vec![2],
        }
    }

    #[test]
    fn only_the_last_compiling_command_of_a_stage_is_looked_at() {
        let looking = tailored(
            "FROM rust AS one\nENV PUT=in\nRUN cargo chef cook --release\n# a comment\nRUN cd /app \\\n    && cargo +stable build\nRUN strip app\nFROM rust\nRUN cargo install cargo-chef\n",
        )
        .looking("7");
        assert_eq!(
            looking.text,
            "FROM rust AS one\nENV PUT=in\nRUN cargo chef cook --release\n# a comment\nARG IMGTUI_LOOK=7\nARG CARGO_TERM_VERBOSE=true\nARG CARGO_LOG=cargo::core::compiler::job_queue=debug\nRUN cd /app \\\n    && cargo +stable build\nRUN strip app\nFROM rust\nRUN cargo install cargo-chef\n"
        );
        let own = [1, 2, 4, 5, 6, 7, 8].map(|line| looking.own_line(line));
        assert_eq!(own, [Some(1), None, Some(3), None, None, None, Some(4)]);
    }

    #[test]
    fn commands_that_compile_are_known() {
        let compiling = |text: &str| compiles(&[text]);
        for text in [
            "RUN cargo build --release",
            "RUN [\"/root/.cargo/bin/cargo\", \"build\"]",
            "RUN <<EOF\n(cargo -q zigbuild)\nEOF",
            "RUN cargo install --locked --path .",
        ] {
            assert!(compiling(text), "{text}");
        }
        for text in [
            "RUN cargo fetch",
            "RUN rustup target add x",
            "RUN cargo install cargo-chef",
            "RUN cargo",
            "RUN cargo-build",
        ] {
            assert!(!compiling(text), "{text}");
        }
    }

    #[test]
    fn every_strategy_that_compiles_an_app_can_be_looked_at() {
        let catalog = Catalog::parse(&[embedded()]);
        for strategy in &catalog.strategies {
            let is_app = strategy.check.is_none() && strategy.prepare.is_none();
            let looking = tailored(&strategy.dockerfile).looking("7");
            let count = looking.text.matches("ARG CARGO_LOG").count();
            assert_eq!(count > 0, is_app, "{}", strategy.id);
        }
    }
}
