//! Trees with an ignore file, and what of them is copied.

use std::{collections::BTreeSet, fmt, fs, os::unix::ffi::OsStrExt, path::Path};

use anyhow::{bail, ensure};
use imgtui::context::{EntryKind, IgnoreRules, walk};
use proptest::prelude::*;

use super::asked::Asked;
use crate::Done;

/// Files that a tree may have: no one of them is a folder of another.
const FILES: [&str; 26] = [
    "a",
    "b.md",
    "c d",
    "README.md",
    ".hidden",
    "#x",
    "!y",
    "d/a",
    "d/b.md",
    "d/.hidden",
    "d/e/a",
    "d/e/b.rs",
    "d/e/f/a.md",
    "src/main.rs",
    "src/a/mod.rs",
    "src/b-c/x",
    "ab/a",
    "ab/c d/e",
    "docs/README.md",
    "docs/a.md",
    "target/debug/a",
    "target/b",
    "été/a",
    "x[b]",
    "x*b",
    "y\\z",
];

/// Names and patterns for a part of a path.
const PARTS: [&str; 44] = [
    "a",
    "d",
    "e",
    "f",
    "src",
    "docs",
    "target",
    "debug",
    "ab",
    "b.md",
    "c d",
    "README.md",
    "main.rs",
    "été",
    ".hidden",
    "*",
    "*",
    "**",
    "**",
    "?",
    "??",
    "*.md",
    "*.rs",
    "a*",
    "*a",
    "t*t",
    "R*",
    "d*",
    "[a-c]",
    "[a-c]*",
    "[^a]",
    "[^a-c]*",
    "[xz]*",
    "\\a",
    "\\#x",
    "x\\*b",
    "x[[]b]",
    "y\\\\z",
    "a**",
    "**a",
    "**.md",
    ".",
    "..",
    "[a",
];

/// What may stand before a path.
const BEFORE: [&str; 12] = [
    "", "", "", "", "", "/", "./", "../", "**/", "*/", "//", "/../",
];

/// And behind it.
const BEHIND: [&str; 12] = [
    "", "", "", "", "", "/", "/**", "/*", "/.", "/..", " \t", "\r",
];

/// Whole lines.
const LINES: [&str; 12] = [
    "",
    "# comment",
    " # d",
    "#x",
    "\\#x",
    "\\!y",
    "*",
    "**",
    ".",
    "/",
    "  ",
    "!",
];

/// A tree and its ignore file.
#[derive(Debug)]
pub(super) struct Pair {
    files: Vec<&'static str>,
    ignore: String,
}

/// What was compared.
#[derive(Debug, Default)]
pub(super) struct Seen {
    copied: usize,
    ignored: usize,
    refused: usize,
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            copied,
            ignored,
            refused,
        } = self;
        write!(
            f,
            "{copied} files copied, {ignored} not, {refused} ignore files refused"
        )
    }
}

impl Seen {
    /// Whether there was something of either sort.
    pub(super) fn is_telling(&self) -> bool {
        self.copied > 0 && self.ignored > 0
    }
}

/// Any pair.
pub(super) fn pair() -> impl Strategy<Value = Pair> {
    let path = prop::collection::vec(prop::sample::select(PARTS.as_slice()), 1..4);
    let pattern = (
        prop::bool::weighted(0.35),
        prop::sample::select(["", "", "", " "].as_slice()),
        prop::sample::select(BEFORE.as_slice()),
        path,
        prop::sample::select(BEHIND.as_slice()),
    );
    let pattern = pattern.prop_map(|(exception, blank, before, path, behind)| {
        let exception = if exception { "!" } else { "" };
        format!("{exception}{blank}{before}{}{behind}", path.join("/"))
    });
    let whole = prop::sample::select(LINES.as_slice()).prop_map(str::to_owned);
    let lines = prop::collection::vec(prop_oneof![5 => pattern, 2 => whole], 1..7);
    let files = prop::sample::subsequence(FILES.as_slice(), 8..FILES.len());
    let ends = prop::sample::select(["", "\n", "\n\n"].as_slice());
    (files, prop::bool::weighted(0.1), lines, ends).prop_map(|(files, mark, lines, end)| Pair {
        files,
        ignore: format!(
            "{}{}{end}",
            if mark { "\u{feff}" } else { "" },
            lines.join("\n")
        ),
    })
}

impl Pair {
    /// Lays it down, and has it read by the engine and by us.
    pub(super) fn compare(&self, asked: &Asked<'_>, number: usize, seen: &mut Seen) -> Done {
        let folder = asked.folder.join(number.to_string());
        for file in &self.files {
            let file = folder.join(file);
            fs::create_dir_all(file.parent().unwrap_or(&folder))?;
            fs::write(file, "")?;
        }
        fs::write(folder.join(".dockerignore"), &self.ignore)?;
        let theirs = asked.copied(&folder)?;
        let ours = sent(&folder);
        fs::remove_dir_all(folder)?;
        match (ours, theirs) {
            (Ok(ours), Ok(theirs)) => {
                let files = ours.iter().filter(|path| !path.ends_with('/')).count();
                seen.copied += files;
                seen.ignored += self.files.len() - files;
                let only = |one: &BTreeSet<String>, other| {
                    one.difference(other).cloned().collect::<Vec<_>>()
                };
                let (here, there) = (only(&ours, &theirs), only(&theirs, &ours));
                ensure!(
                    ours == theirs,
                    "only we send {here:?}, only the engine copies {there:?}"
                );
            }
            (Err(_), Err(_)) => seen.refused += 1,
            (Err(ours), Ok(theirs)) => bail!("we refuse it ({ours}), the engine copies {theirs:?}"),
            (Ok(ours), Err(theirs)) => bail!("we send {ours:?}, the engine refuses it: {theirs}"),
        }
        Ok(())
    }
}

/// What imgtui sends of a folder.
fn sent(folder: &Path) -> Result<BTreeSet<String>, String> {
    let context = walk(folder, &IgnoreRules::App).map_err(|fault| fault.to_string())?;
    let entries = context.entries.iter().map(|entry| {
        let path = String::from_utf8_lossy(entry.path.as_os_str().as_bytes());
        let is_folder = entry.kind == EntryKind::Folder;
        format!("{path}{}", if is_folder { "/" } else { "" })
    });
    Ok(entries.collect())
}
