//! Changes of files, as data: each is made to files and lines of its own.

use super::site::Site;
use crate::{Done, contract::Kind};

/// One change, and what is to be said of it. `{}` stands for the name of its folder and stage.
#[derive(Debug, Clone, Copy)]
pub(super) struct Change {
    pub(super) name: &'static str,
    /// Instructions that make `/{}`: whole stages, the last one called `{}`, or a part of one.
    pub(super) lines: &'static str,
    pub(super) make: fn(&Site) -> Done,
    /// The beginning of the instruction in question.
    pub(super) step: &'static str,
    /// Whether it runs.
    pub(super) runs: bool,
    /// What the reason has in it.
    pub(super) words: &'static [&'static str],
}

/// What most changes are made to.
const COPY: &str = "COPY {} /{}\n";

impl Change {
    /// The step runs.
    pub(super) const fn runs(name: &'static str, make: fn(&Site) -> Done) -> Self {
        Self {
            name,
            lines: COPY,
            make,
            step: "COPY {}",
            runs: true,
            words: &[],
        }
    }

    /// The step comes from the cache.
    pub(super) const fn hits(name: &'static str, make: fn(&Site) -> Done) -> Self {
        Self {
            runs: false,
            ..Self::runs(name, make)
        }
    }

    pub(super) const fn of(self, lines: &'static str, step: &'static str) -> Self {
        Self {
            lines,
            step,
            ..self
        }
    }

    pub(super) const fn saying(self, words: &'static [&'static str]) -> Self {
        Self { words, ..self }
    }
}

/// All that make a step run on this engine, and a few that need a stage of their own.
pub(super) fn all_that_run(kind: Kind) -> Vec<Change> {
    let mut all = FILES.to_vec();
    let of_both = [folder_mode(kind), other_name(kind)];
    all.extend(of_both.iter().filter(|change| change.runs));
    all
}

/// Those that make none run, though they are seen.
pub(super) fn hits(kind: Kind) -> Vec<Change> {
    let mut all = SEEN.to_vec();
    let of_both = [folder_mode(kind), other_name(kind)];
    all.extend(of_both.iter().filter(|change| !change.runs));
    all
}

/// Content, names, modes.
const FILES: [Change; 16] = [
    Change::runs("content, same length", |site| {
        site.write("a.txt", "one\nTWO\nthree\n")
    })
    .saying(&["{}/a.txt changed (14 B as before)"]),
    Change::runs("content of a source", |site| {
        site.write("lib.rs", "pub fn answer() -> u32 {\n    43\n}\n")
    })
    .saying(&["{}/lib.rs changed (1 byte at line 2)"]),
    Change::runs("content, longer", |site| {
        site.write("lib.rs", "pub fn answer() -> u32 {\n    42\n}\n// more\n")
    })
    .saying(&["{}/lib.rs changed (8 bytes at line 4)"]),
    Change::runs("deep in a folder", |site| {
        site.write("inner/deep.rs", "// deeper\n")
    })
    .saying(&["{}/inner/deep.rs changed (2 bytes at line 1)"]),
    Change::runs("the manifest", |site| {
        site.write(
            "Cargo.toml",
            "[package]\nname = \"a\"\nversion = \"0.2.0\"\n",
        )
    })
    .saying(&["{}/Cargo.toml changed ([package] version 0.1.0 → 0.2.0)"]),
    Change::runs("mode of a file", |site| site.mode("run.sh", 0o755))
        .saying(&["mode of {}/run.sh 644 → 755"]),
    Change::runs("mode of an inner folder", |site| site.mode("inner", 0o700))
        .saying(&["mode of {}/inner 755 → 700"]),
    Change::runs("a file renamed", |site| site.rename("b.txt", "c.txt"))
        .saying(&["{}/b.txt is now {}/c.txt"]),
    Change::runs("a file gone", |site| site.remove("b.txt")).saying(&["{}/b.txt is gone"]),
    Change::runs("a new file", |site| site.write("new.txt", "new\n"))
        .saying(&["{}/new.txt is new"]),
    Change::runs("a new file that a pattern takes", |site| {
        site.write("two.sh", "echo two\n")
    })
    .of("COPY {}/*.sh /{}/\n", "COPY {}")
    .saying(&["{}/two.sh is new"]),
    Change::runs("a new empty folder", |site| site.make_folder("hollow"))
        .saying(&["{}/hollow is new"]),
    Change::runs("an empty folder gone", |site| site.remove("empty")).saying(&["{}/empty is gone"]),
    Change::runs("a link leads elsewhere", |site| {
        site.link("link.rs", "main.rs")
    })
    .saying(&["link {}/link.rs lib.rs → main.rs"]),
    Change::runs("a link in the place of a file", |site| {
        site.link("b.txt", "a.txt")
    })
    .saying(&["{}/b.txt is of another kind"]),
    Change::runs("the ignore file takes a file out", |site| {
        site.ignore("{}/a.txt")
    })
    .saying(&["{}/a.txt is gone"]),
];

/// Files that change and make nothing run. Not more than three are named: those come first.
const SEEN: [Change; 5] = [
    Change::hits("a new file that no pattern takes", |site| {
        site.write("two.txt", "two\n")
    })
    .of("COPY {}/*.sh /{}/\n", "COPY {}")
    .saying(&["{}/two.txt", "changed, which it does not copy"]),
    Change::hits("a file that nothing copies", |site| {
        site.write("b.txt", "other\n")
    })
    .of("COPY {}/a.txt /{}/\n", "COPY {}")
    .saying(&["{}/b.txt", "changed, which it does not copy"]),
    Change::hits("the ignore file lets in what nothing copies", |site| {
        site.ignore("!{}/ignored.md")
    })
    .of("COPY {}/*.txt /{}/\n", "COPY {}")
    .saying(&["{}/ignored.md", "changed, which it does not copy"]),
    Change::hits("time of a file", |site| site.touch("lib.rs"))
        .saying(&["{}/lib.rs: only the time changed"]),
    Change::hits("time of a folder", |site| site.touch("inner"))
        .saying(&["{}/inner: only the time changed"]),
];

/// podman compares what is in a folder that is copied, and not the folder.
fn folder_mode(kind: Kind) -> Change {
    let name = "mode of a copied folder";
    let make: fn(&Site) -> Done = |site| site.mode("", 0o700);
    match kind {
        Kind::Podman => Change::hits(name, make),
        _ => Change::runs(name, make).saying(&["mode of {} 755 → 700"]),
    }
}

/// podman compares a file that gets another name by that name.
fn other_name(kind: Kind) -> Change {
    let name = "another file of the same content";
    let make: fn(&Site) -> Done = |site| {
        site.rename("b.txt", "c.txt")?;
        site.reword("{}/b.txt", "{}/c.txt")
    };
    let change = match kind {
        Kind::Podman => Change::hits(name, make),
        _ => Change::runs(name, make).saying(&["{}/c.txt"]),
    };
    change.of("COPY {}/b.txt /{}\n", "COPY {}/c.txt")
}
