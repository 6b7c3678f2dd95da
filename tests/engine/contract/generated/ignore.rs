//! Trees with an ignore file, and what of them is copied.

use std::{collections::BTreeSet, fmt, fs, os::unix::ffi::OsStrExt, path::Path};

use anyhow::{bail, ensure};
use imgtui::context::{EntryKind, IgnoreRules, ignore_file::IgnoreFile, walk};
use proptest::prelude::*;

use super::asked::Asked;
use crate::{Done, contract::Kind};

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

/// Names and patterns for a part of a path; the first [`LITERAL`] are names.
const PARTS: [&str; 42] = [
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
    "#x",
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
    "\\#x",
    "\\.hidden",
    "x\\*b",
    "x[[]b]",
    "y\\\\z",
    "a**",
    ".",
    "..",
];
const LITERAL: usize = 16;

/// What an exception may end with.
const LAST: [&str; 20] = [
    "a", "b.md", "e", "src", "docs/", "target/.", "*", "*/", "**", "?", "*.md", "a*", "[a-c]",
    "[^a]*", "\\#x", "c d", "f/..", "..", ".", "x[[]b]",
];

/// What may stand before a path; the first [`PLAIN_BEFORE`] are without wildcards, those from
/// [`ROOTED`] on without `/..`.
const BEFORE: [&str; 13] = [
    "/../", "", "", "", "", "/", "./", "../", "//", "", "", "**/", "*/",
];
const PLAIN_BEFORE: usize = 9;
const ROOTED: usize = 1;

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

/// Any pair that engines of this kind read as docker's client does today, whose way is ours.
///
/// Left out for all:
/// - exceptions with a wildcard before their last name (`*` and `!*/a/b`): older clients, docker's
///   classic builder and podman do not look into an ignored folder for them, `BuildKit`'s client
///   does (`filter.go` of fsutil, since 2022);
/// - `**a`: older clients and podman find nothing like it below a folder;
/// - classes such as `[a`: refused only where a path comes to them;
/// - escaped letters: we refuse them;
/// - names in a path that begin with `!`: podman takes `./!y` for an exception.
///
/// [`is_of_no_use_above`] tells of one thing more. Podman 4.3 takes the mark of an encoding, blanks
/// before a `/`, `/` and `./` behind a `!`, and `/..` for parts of a name: there are none for it.
pub(super) fn pair(kind: Kind) -> impl Strategy<Value = Pair> {
    let is_podman = kind == Kind::Podman;
    let (before, behind_mark): (&[_], &[_]) = if is_podman {
        (&BEFORE[ROOTED..], &[""])
    } else {
        (&BEFORE, &BEFORE[..PLAIN_BEFORE])
    };
    let pattern = (
        select(before),
        prop::collection::vec(select(&PARTS), 1..4),
        select(&BEHIND),
    );
    let pattern =
        pattern.prop_map(|(before, parts, behind)| format!("{before}{}{behind}", parts.join("/")));
    let literal = prop::collection::vec(select(&PARTS[..LITERAL]), 0..3);
    let exception = (
        select(behind_mark),
        literal,
        select(&LAST),
        blank(is_podman),
    );
    let exception = exception.prop_map(|(before, mut parts, last, blank)| {
        parts.push(last);
        format!("!{blank}{before}{}", parts.join("/"))
    });
    let line = (
        blank(is_podman),
        prop_oneof![3 => pattern, 2 => exception, 2 => select(&LINES).prop_map(str::to_owned)],
    );
    let line = line.prop_map(|(blank, text)| format!("{blank}{text}"));
    let lines = prop::collection::vec(line, 1..7);
    let files = prop::sample::subsequence(FILES.as_slice(), 8..FILES.len());
    let mark = prop::bool::weighted(if is_podman { 0.0 } else { 0.1 });
    let ends = select(&["", "\n", "\n\n"]);
    let pair = (files, mark, lines, ends).prop_map(|(files, mark, lines, end)| Pair {
        files,
        ignore: format!(
            "{}{}{end}",
            if mark { "\u{feff}" } else { "" },
            lines.join("\n")
        ),
    });
    pair.prop_filter("the engine is too old for it", move |pair| {
        kind == Kind::DockerClassic || !is_of_no_use_above(pair)
    })
}

fn select(from: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    prop::sample::select(from)
}

/// Before a pattern; mostly nothing.
fn blank(is_podman: bool) -> impl Strategy<Value = &'static str> {
    select(if is_podman {
        &[""]
    } else {
        &["", "", "", "", " ", "\t "]
    })
}

/// Whether an exception is like a folder that nothing before it ignores: what is in that folder is
/// none the better for it with docker's client since 23, and not ignored with older ones and with
/// podman 4.3 (`a/b`, `!a`, and the file `a/b`).
fn is_of_no_use_above(pair: &Pair) -> bool {
    let is_sent = |ignore: &str, path: &str| {
        let file = IgnoreFile::parse("", ignore.as_bytes());
        file.is_ok_and(|file| file.judge_path(path.as_bytes()).ignored_by.is_none())
    };
    let mut before = String::new();
    for line in pair.ignore.lines() {
        let alone = format!("**\n{line}");
        let mut folders = pair.files.iter().flat_map(|file| {
            let ends = file.match_indices('/');
            ends.map(|(end, _)| &file[..end])
        });
        let is_exception = line.trim().starts_with('!');
        if is_exception && folders.any(|one| is_sent(&before, one) && is_sent(&alone, one)) {
            return true;
        }
        before = format!("{before}{line}\n");
    }
    false
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
            (Ok(ours), Ok(mut theirs)) => {
                if asked.sends_empty_folders() {
                    drop_empty_folders(&mut theirs, &ours);
                }
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

/// Without folders that are not among `ours` and hold nothing.
fn drop_empty_folders(theirs: &mut BTreeSet<String>, ours: &BTreeSet<String>) {
    let all = theirs.clone();
    let holds = |folder: &str| {
        all.iter()
            .any(|path| path != folder && path.starts_with(folder) && !path.ends_with('/'))
    };
    theirs.retain(|path| !path.ends_with('/') || ours.contains(path) || holds(path));
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
