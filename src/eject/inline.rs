//! Build arguments that only imgtui sets, written out where they are used.

use std::ops::Range;

use super::{arguments, quote::is_plain};
use crate::parse::dockerfile::Instruction;

/// Whether a value may stand where `$NAME` stood: every use is plain and in a stage that declares
/// it, and nothing in the value would be read by a shell.
///
/// Whether a stage sees what the stage it starts from declared differs among engines: that is not
/// relied on.
pub(super) fn is_possible(
    name: &str,
    value: &str,
    instructions: &[Instruction],
    lines: &[&str],
) -> bool {
    if !value.chars().all(|c| is_plain(c) || c == ' ') {
        return false;
    }
    let mut stages = 0;
    let mut is_declared = false;
    for instruction in instructions {
        if instruction.is("FROM") {
            stages += 1;
            is_declared = false;
        }
        let declares = arguments::declared(instruction);
        if declares.iter().any(|one| one.name == name) {
            is_declared = stages > 0;
            if stages == 0 {
                return false;
            }
            continue;
        }
        if instruction.is("ENV") && sets(instruction, name) {
            return false;
        }
        if !expands(instruction) {
            continue;
        }
        let text = lines[instruction.lines.clone()].join("\n");
        let uses = uses(&text, name);
        if uses.iter().any(Option::is_none) || (!uses.is_empty() && !is_declared) {
            return false;
        }
    }
    true
}

/// The line with the value in place of every use; `None` when nothing is left of it.
pub(super) fn line(line: &str, name: &str, value: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = 0;
    let mut changed = false;
    for found in uses(line, name).into_iter().flatten() {
        out.push_str(&line[rest..found.start]);
        // No argument, no blank before it; between quotes a blank counts.
        let is_quoted = out.matches('"').count() % 2 == 1;
        if value.is_empty() && !is_quoted && out.ends_with(' ') {
            out.pop();
        }
        out.push_str(value);
        rest = found.end;
        changed = true;
    }
    out.push_str(&line[rest..]);
    let is_gone = changed && matches!(out.trim(), "" | "\\");
    (!is_gone).then_some(out)
}

/// `CMD` and the like are read by the program's own shell, when no build argument is left.
pub(super) fn expands(instruction: &Instruction) -> bool {
    let late = ["CMD", "ENTRYPOINT", "HEALTHCHECK", "SHELL", "ONBUILD"];
    !late.iter().any(|keyword| instruction.is(keyword))
}

fn sets(env: &Instruction, name: &str) -> bool {
    let words = arguments::words(env.rest());
    words
        .iter()
        .any(|word| word.split('=').next() == Some(name))
}

/// Where `$NAME` or `${NAME}` stands; `None` for a use that does more, such as `${NAME:-x}`.
fn uses(text: &str, name: &str) -> Vec<Option<Range<usize>>> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut found = Vec::new();
    for (at, _) in text.match_indices('$') {
        if text[..at].ends_with('\\') {
            continue;
        }
        let after = &text[at + 1..];
        let (open, inside) = match after.strip_prefix('{') {
            Some(inside) => (2, inside),
            None => (1, after),
        };
        let Some(behind) = inside.strip_prefix(name) else {
            continue;
        };
        if behind.starts_with(is_part) {
            continue;
        }
        let end = at + open + name.len();
        found.push(match (open, behind.starts_with('}')) {
            (1, _) => Some(at..end),
            (_, true) => Some(at..end + 1),
            (_, false) => None,
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::dockerfile::instructions;

    fn possible(text: &str, value: &str) -> bool {
        let lines: Vec<&str> = text.lines().collect();
        is_possible("FLAGS", value, &instructions(text), &lines)
    }

    #[test]
    fn only_plain_uses_in_a_stage_that_declares_it() {
        let declared = "ARG B=x\nFROM $B\nARG FLAGS\nRUN cargo ${FLAGS} && a $FLAGS\n";
        assert!(possible(declared, "--package a"));
        assert!(possible("FROM a\nARG FLAGS\nCMD [\"$FLAGS\"]\n", ""));
        for (text, value) in [
            (declared, "--cfg 'a'"),
            ("ARG FLAGS\nFROM a\nARG FLAGS\nRUN $FLAGS\n", "a"),
            ("FROM a\nRUN $FLAGS\n", "a"),
            ("FROM a AS b\nARG FLAGS\nFROM b\nRUN $FLAGS\n", "a"),
            ("FROM a\nARG FLAGS\nRUN ${FLAGS:-x}\n", "a"),
            ("FROM a\nARG FLAGS\nENV FLAGS=b\nRUN $FLAGS\n", "a"),
        ] {
            assert!(!possible(text, value), "{text}");
        }
    }

    #[test]
    fn a_value_is_written_out() {
        let with = |text: &str, value: &str| line(text, "FLAGS", value);
        assert_eq!(with("a ${FLAGS} b", "x y").unwrap(), "a x y b");
        assert_eq!(with("a $FLAGS b ${FLAGS}", "").unwrap(), "a b");
        assert_eq!(
            with("a $FLAGSHIP \\$FLAGS", "x").unwrap(),
            "a $FLAGSHIP \\$FLAGS"
        );
        assert_eq!(with("\"a ${FLAGS}\" $FLAGS", "").unwrap(), "\"a \"");
        assert_eq!(with("    ${FLAGS} \\", ""), None);
        assert_eq!(with("", ""), Some(String::new()));
    }
}
