//! The strategy's Dockerfile as one that belongs to the app.
//!
//! Instructions are looked at one by one; lines of those that stay as they are, comments and
//! continuation lines among them, are not touched.

use std::collections::BTreeMap;

use super::{Order, arguments, inline};
use crate::parse::dockerfile::{Instruction, instructions};

/// Arguments that the strategies have for imgtui's sake: nobody else would ever set them.
const WRITTEN_OUT: [&str; 2] = [BUILD_FLAGS, "PORT"];
const BUILD_FLAGS: &str = "BUILD_FLAGS";

/// The whole file.
pub(super) fn render(order: &Order<'_>, values: &BTreeMap<String, String>) -> String {
    let sent = Sent::new(order.sent, values);
    let mut out = Vec::new();
    let mut instructions = sent.instructions.iter().peekable();
    let mut at = 0;
    while at < sent.lines.len() {
        if at == sent.directives {
            out.extend(header(order));
            let goes_on = is_comment(sent.lines[at]);
            out.push(if goes_on { "#" } else { "" }.to_owned());
        }
        match instructions.next_if(|found| found.lines.start == at) {
            None => {
                out.push(sent.lines[at].to_owned());
                at += 1;
            }
            Some(instruction) => {
                at = instruction.lines.end;
                let next = sent.lines.get(at).copied();
                put(&mut out, sent.written(instruction, order), next);
            }
        }
    }
    out.join("\n").trim_end().to_owned() + "\n"
}

/// What becomes of an instruction.
enum Written {
    /// These lines.
    Lines(Vec<String>),
    /// Nothing; with the comment above it, or with that only where nothing follows it that the
    /// comment could be about.
    Gone { with_comment: bool },
}

fn put(out: &mut Vec<String>, written: Written, next: Option<&str>) {
    let is_apart = next.is_none_or(|line| line.trim().is_empty() || is_comment(line));
    match written {
        Written::Lines(lines) => out.extend(lines),
        Written::Gone { with_comment } => {
            if with_comment || is_apart {
                while out.last().is_some_and(|line| is_comment(line)) {
                    out.pop();
                }
            }
            let was_blank = out.last().is_none_or(|line| line.trim().is_empty());
            if was_blank && next.is_some_and(|line| line.trim().is_empty()) {
                out.pop();
            }
        }
    }
}

/// The Dockerfile that came in, and what is known of it as a whole.
struct Sent<'a> {
    lines: Vec<&'a str>,
    instructions: Vec<Instruction>,
    /// How many lines at the top are for the parser (`# syntax=…`).
    directives: usize,
    values: &'a BTreeMap<String, String>,
    /// Arguments that are written out, with their values.
    inlined: BTreeMap<&'static str, &'a str>,
    /// Arguments from before the first `FROM`.
    global: Vec<String>,
}

impl<'a> Sent<'a> {
    fn new(text: &'a str, values: &'a BTreeMap<String, String>) -> Self {
        let lines: Vec<&str> = text.lines().collect();
        let instructions = instructions(text);
        let before = instructions.iter().take_while(|found| !found.is("FROM"));
        let global = before.flat_map(arguments::declared).map(|one| one.name);
        let inlined = WRITTEN_OUT.iter().filter_map(|name| {
            let value = values.get(*name)?;
            inline::is_possible(name, value, &instructions, &lines)
                .then_some((*name, value.as_str()))
        });
        Self {
            directives: lines.iter().take_while(|line| is_directive(line)).count(),
            inlined: inlined.collect(),
            global: global.collect(),
            values,
            lines,
            instructions,
        }
    }

    fn written(&self, instruction: &Instruction, order: &Order<'_>) -> Written {
        if separates_layers(instruction) {
            return Written::Gone { with_comment: true };
        }
        if instruction.is("ARG") {
            return self.argument(instruction, order);
        }
        let sent = &self.lines[instruction.lines.clone()];
        let lines = sent.iter();
        let lines = lines.filter_map(|line| self.with_inlined(instruction, line));
        let mut lines: Vec<String> = lines.collect();
        let unpinned = unpinned(instruction, sent);
        let before = instruction.lines.start.checked_sub(1);
        let is_told = before.is_some_and(|line| self.lines[line].contains("hadolint"));
        if !unpinned.is_empty() && !is_told {
            let told = [
                "# Without versions: a distribution keeps only its newest packages.".to_owned(),
                format!("# hadolint ignore={}", unpinned.join(",")),
            ];
            lines.splice(0..0, told);
        }
        Written::Lines(lines)
    }

    fn with_inlined(&self, instruction: &Instruction, line: &str) -> Option<String> {
        if !inline::expands(instruction) {
            return Some(line.to_owned());
        }
        let values = &mut self.inlined.iter();
        values.try_fold(line.to_owned(), |line, (name, value)| {
            inline::line(&line, name, value)
        })
    }

    fn argument(&self, instruction: &Instruction, order: &Order<'_>) -> Written {
        let all = arguments::declared(instruction);
        let mut stay = all.clone();
        stay.retain(|one| !self.inlined.contains_key(one.name.as_str()));
        if stay.is_empty() {
            // What stands above the flags is about them; above the port, mostly about EXPOSE.
            let with_comment = all.iter().any(|one| one.name == BUILD_FLAGS);
            return Written::Gone { with_comment };
        }
        let is_global = self.is_global(instruction);
        let inherits = |name: &str| !is_global && self.global.iter().any(|known| known == name);
        let (line, changed) = arguments::with_values(&stay, self.values, inherits);
        let mut lines = if changed || stay.len() < all.len() {
            vec![line]
        } else {
            let lines = self.lines[instruction.lines.clone()].iter();
            lines.map(|line| (*line).to_owned()).collect()
        };
        let is_pinned = |name: &str| {
            let base = order.bases.get(name);
            base.is_some_and(|base| base.digest.is_some())
        };
        if is_global && stay.iter().any(|one| is_pinned(&one.name)) {
            lines.insert(0, PINNED.to_owned());
        }
        Written::Lines(lines)
    }

    fn is_global(&self, instruction: &Instruction) -> bool {
        let first = self.instructions.iter().find(|found| found.is("FROM"));
        first.is_none_or(|from| instruction.lines.start < from.lines.start)
    }
}

const PINNED: &str =
    "# The very image that was tried. Without `@sha256:…` the newest one of this tag is taken.";

fn header(order: &Order<'_>) -> Vec<String> {
    let strategy = order.strategy;
    vec![
        format!("# The image of {}: {}.", order.app.name, strategy.title),
        format!("# In short: {}.", strategy.summary.trim_end_matches('.')),
        format!(
            "# Written by `imgtui eject {}`; it is yours to change.",
            strategy.id
        ),
    ]
}

/// `LABEL strategy="…"` alone keeps the layers of imgtui's strategies apart.
fn separates_layers(instruction: &Instruction) -> bool {
    let words = arguments::words(instruction.rest());
    instruction.is("LABEL") && matches!(words.as_slice(), [only] if only.starts_with("strategy="))
}

/// hadolint's rules about packages without a version that this instruction breaks.
fn unpinned(instruction: &Instruction, lines: &[&str]) -> Vec<&'static str> {
    let rules = [
        ("apt-get install", "DL3008"),
        ("apk add", "DL3018"),
        ("pip install", "DL3013"),
    ];
    let is_run = instruction.is("RUN");
    let broken = rules
        .iter()
        .filter(|(command, _)| is_run && lines.iter().any(|line| line.contains(command)));
    broken.map(|(_, rule)| *rule).collect()
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with('#')
}

fn is_directive(line: &str) -> bool {
    let Some((key, _)) = line.trim_start_matches('#').split_once('=') else {
        return false;
    };
    let known = ["syntax", "escape", "check"];
    is_comment(line) && known.contains(&key.trim().to_lowercase().as_str())
}
