//! Dockerfiles that set things, and what comes of it.

use anyhow::{bail, ensure};
use proptest::prelude::*;

use super::{asked::Asked, reading::read};
use crate::contract::Kind;

/// Variables, some of which nothing sets.
const NAMES: [&str; 6] = ["A", "B", "C", "D_1", "e", "UNSET"];

/// A Dockerfile in parts.
#[derive(Debug)]
pub(super) struct File {
    pub(super) escape: char,
    /// Instructions, with their continuation lines.
    pub(super) instructions: Vec<String>,
    /// What stands between them.
    between: Vec<&'static str>,
}

/// Any one. For podman none with another escape, as 4.3 continues lines with it and takes it for
/// none in words; nor a line that ends with two escapes, which it continues.
pub(super) fn file(kind: Kind) -> impl Strategy<Value = File> {
    let instruction = prop_oneof![
        4 => pairs("ENV", NAMES.as_slice()),
        2 => old("ENV", NAMES.as_slice()),
        2 => argument(),
        3 => pairs("LABEL", ["a", "b.c", "d-e", "\"f g\"", "h$A"].as_slice()),
        1 => old("LABEL", ["a", "z"].as_slice()),
        2 => folder(),
    ];
    let between = ["", "", "\n", "# no\n", "  # A=b \\\n", "\t\n"];
    let between = prop::sample::select(between.to_vec());
    let numbered = prop::collection::vec((instruction, between), 12);
    let is_podman = kind == Kind::Podman;
    let is_other = prop::bool::weighted(if is_podman { 0.0 } else { 0.3 });
    (is_other, numbered).prop_map(move |(is_other, parts)| {
        let escape = if is_other { '`' } else { '\\' };
        let (instructions, between): (Vec<String>, _) = parts.into_iter().unzip();
        // They are made with a sign that stands for either.
        let written = |mut text: String| {
            // The next instruction is not to continue it.
            let is_two = is_podman && text.ends_with('\u{1}');
            if is_two || text.ends_with("\u{1} ") || text.ends_with("\u{1}\n") {
                text.push('z');
            }
            text.replace('\u{1}', &escape.to_string())
        };
        File {
            escape,
            instructions: instructions.into_iter().map(written).collect(),
            between,
        }
    })
}

/// Pieces of a word; `\u{1}` is the escape.
fn word() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[a-z0-9./_:-]{1,3}",
        3 => variable(),
        2 => quoted(),
        1 => "'([a-z ]|[$]A|[$][{]B[}]|\"|\u{1}){0,4}'",
        2 => "\u{1}[ $\"'a\u{1}]",
        1 => Just("\u{1}\n".to_owned()),
    ];
    prop::collection::vec(piece, 0..4).prop_map(|pieces| pieces.concat())
}

fn variable() -> impl Strategy<Value = String> {
    let name = prop::sample::select(NAMES.as_slice());
    let operator = prop::sample::select([":-", ":+"].as_slice());
    let other = "([a-z]{0,3}|[$]A|[$][{]B:-c[}]|\"q r\")";
    prop_oneof![
        name.clone().prop_map(|name| format!("${name}")),
        name.clone().prop_map(|name| format!("${{{name}}}")),
        (name, operator, other)
            .prop_map(|(name, operator, other)| format!("${{{name}{operator}{other}}}")),
    ]
}

fn quoted() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => "[a-z '#=]{1,3}",
        2 => variable(),
        1 => "\u{1}[$\"a\u{1}]",
    ];
    prop::collection::vec(piece, 0..4).prop_map(|pieces| format!("\"{}\"", pieces.concat()))
}

/// Between two words.
fn gap() -> impl Strategy<Value = &'static str> {
    prop::sample::select(
        [
            " ",
            " ",
            "  ",
            "\t",
            " \u{1}\n",
            " \u{1} \n  ",
            " \u{1}\n# B=c\n  ",
            " \u{1}\n   # B=c \u{1}\n\t",
        ]
        .as_slice(),
    )
}

fn keyword(word: &'static str) -> impl Strategy<Value = String> {
    let lower = word.to_lowercase();
    prop::sample::select(vec![
        word.to_owned(),
        word.to_owned(),
        lower,
        format!("  {word}"),
    ])
}

fn pairs(word_of: &'static str, names: &'static [&'static str]) -> impl Strategy<Value = String> {
    let pair = (gap(), prop::sample::select(names), word());
    let pairs = prop::collection::vec(pair, 1..4);
    (keyword(word_of), pairs).prop_map(|(keyword, pairs)| {
        let pairs = pairs.iter();
        let pairs = pairs.map(|(gap, name, value)| format!("{gap}{name}={value}"));
        format!("{keyword}{}", pairs.collect::<String>())
    })
}

/// `ENV A all that follows`.
fn old(word_of: &'static str, names: &'static [&'static str]) -> impl Strategy<Value = String> {
    let rest = "[a-z][a-z =]{0,5}([$]A|[$][{]C:-d[}])?";
    (
        keyword(word_of),
        gap(),
        prop::sample::select(names),
        gap(),
        rest,
    )
        .prop_map(|(keyword, gap, name, other, rest)| format!("{keyword}{gap}{name}{other}{rest}"))
}

fn argument() -> impl Strategy<Value = String> {
    let name = prop::sample::select(NAMES.as_slice());
    (keyword("ARG"), gap(), name, prop::option::of(word())).prop_map(
        |(keyword, gap, name, value)| {
            let value = value.map_or(String::new(), |value| format!("={value}"));
            format!("{keyword}{gap}{name}{value}")
        },
    )
}

fn folder() -> impl Strategy<Value = String> {
    let start =
        prop::sample::select(["/", "/w", "/w/../x/", "w", "w/", "../w", "./w", "w//"].as_slice());
    (keyword("WORKDIR"), gap(), start, word())
        .prop_map(|(keyword, gap, start, rest)| format!("{keyword}{gap}{start}{rest}"))
}

impl File {
    /// As a file.
    pub(super) fn text(&self) -> String {
        self.up_to(self.instructions.len())
    }

    /// Its first so many instructions.
    pub(super) fn up_to(&self, count: usize) -> String {
        let directive = if self.escape == '`' {
            "# escape=`\n"
        } else {
            ""
        };
        let parts = self.between.iter().zip(&self.instructions).take(count);
        let parts = parts.map(|(between, instruction)| format!("{between}{instruction}\n"));
        format!("{directive}FROM scratch\n{}", parts.collect::<String>())
    }

    /// Has it read by the engine and by us. How many instructions it has.
    pub(super) fn compare(&self, asked: &Asked<'_>) -> anyhow::Result<usize> {
        match (read(self), asked.settings(&self.text())?) {
            (Ok(ours), Ok(theirs)) => {
                ensure!(ours == theirs, "we read {ours:#?}\nthe engine {theirs:#?}");
            }
            (Err(_), Err(_)) => {}
            (Err(ours), Ok(theirs)) => bail!("we refuse it ({ours}), the engine reads {theirs:?}"),
            (Ok(ours), Err(theirs)) => bail!("we read {ours:?}, the engine refuses it: {theirs}"),
        }
        Ok(self.instructions.len())
    }
}
