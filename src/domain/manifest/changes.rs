//! What differs between two manifests, file by file.

use std::{
    cmp::Ordering,
    collections::{HashMap, btree_map},
    iter::Peekable,
    path::PathBuf,
};

use super::{
    Manifest,
    folder::{Folder, Name, Node, What},
    nodes::{enter, path_of},
};
use crate::domain::{digest::ContentDigest, ids::Bytes};

/// One path that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Path in the context.
    pub path: PathBuf,
    /// How it differs.
    pub kind: ChangeKind,
}

/// How a path differs. What came or went with a folder is told path by path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangeKind {
    /// Was not there.
    Added,
    /// Is there no longer.
    Removed,
    /// A file, folder or link in the place of another kind of thing.
    Kind,
    /// A file with other bytes.
    Content {
        /// Size that it had.
        before: Bytes,
        /// Size that it has; the same where bytes were replaced by as many.
        after: Bytes,
        /// Its permissions, where they differ too.
        mode: Option<ModeChange>,
    },
    /// A link that leads elsewhere.
    Target {
        /// Where it led.
        before: PathBuf,
        /// Where it leads.
        after: PathBuf,
        /// Its permissions, where they differ too.
        mode: Option<ModeChange>,
    },
    /// Other permissions, and the same content. For a folder this is about the folder alone.
    Mode(ModeChange),
    /// Another modification time and nothing else. For a folder this is about the folder alone:
    /// what came or went in it has a change of its own.
    Time {
        /// Seconds since 1970.
        before_s: u64,
        /// Seconds since 1970.
        after_s: u64,
    },
}

/// Other permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModeChange {
    /// Permission bits that it had.
    pub before: u32,
    /// Permission bits that it has.
    pub after: u32,
}

/// A file that has another path and the same bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renamed {
    /// Path that is no longer there.
    pub from: PathBuf,
    /// Path that was not there.
    pub to: PathBuf,
}

/// Everything that differs, in the order of [`std::path::Path`]. Empty exactly when
/// [`Manifest::whole`] is the same.
#[must_use]
pub fn changes(old: &Manifest, new: &Manifest) -> Vec<Change> {
    Comparison::of(old, new, Times::Count).collect()
}

/// The same without times, which most engines do not look at. Empty exactly when
/// [`Manifest::content`] is the same.
#[must_use]
pub fn changes_but_times(old: &Manifest, new: &Manifest) -> Vec<Change> {
    Comparison::of(old, new, Times::DoNotCount).collect()
}

/// Removed and added files of the same content, where there is one of each. Sorted by the path
/// that was added.
///
/// Files without a byte are left out: that two of them are alike says nothing. Mode and time may
/// differ. `changes` are those from `old` to `new`.
#[must_use]
pub fn renames(old: &Manifest, new: &Manifest, changes: &[Change]) -> Vec<Renamed> {
    let of_kind = |kind: ChangeKind| changes.iter().filter(move |change| change.kind == kind);
    let mut pairs: HashMap<ContentDigest, (Vec<&PathBuf>, Vec<&PathBuf>)> = HashMap::new();
    for Change { path, .. } in of_kind(ChangeKind::Removed) {
        if let Some(content) = old.get(path).and_then(telling_content) {
            pairs.entry(content).or_default().0.push(path);
        }
    }
    for Change { path, .. } in of_kind(ChangeKind::Added) {
        if let Some(content) = new.get(path).and_then(telling_content) {
            pairs.entry(content).or_default().1.push(path);
        }
    }
    let pair = |(from, to): (Vec<&PathBuf>, Vec<&PathBuf>)| match (&*from, &*to) {
        ([from], [to]) => Some(Renamed {
            from: PathBuf::clone(from),
            to: PathBuf::clone(to),
        }),
        _ => None,
    };
    let mut renamed: Vec<Renamed> = pairs.into_values().filter_map(pair).collect();
    renamed.sort_by(|a, b| a.to.cmp(&b.to));
    renamed
}

fn telling_content(node: &Node) -> Option<ContentDigest> {
    match node.what {
        What::File { bytes, content } if bytes.0 > 0 => Some(content),
        _ => None,
    }
}

/// Whether times count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Times {
    Count,
    DoNotCount,
}

impl Times {
    fn digest(self, folder: &Folder) -> ContentDigest {
        match self {
            Self::Count => folder.whole(),
            Self::DoNotCount => folder.content(),
        }
    }
}

/// Goes through two manifests at once.
struct Comparison<'a> {
    times: Times,
    /// The folders that are being compared, the top first.
    open: Vec<Pair<'a>>,
    /// Path of the folder that is compared.
    path: Vec<u8>,
}

/// Two versions of a folder; one of them is empty where only the other is there.
struct Pair<'a> {
    path_length: usize,
    old: Peekable<btree_map::Iter<'a, Name, Node>>,
    new: Peekable<btree_map::Iter<'a, Name, Node>>,
}

impl<'a> Comparison<'a> {
    fn of(old: &'a Manifest, new: &'a Manifest, times: Times) -> Self {
        let mut comparison = Self {
            times,
            open: Vec::new(),
            path: Vec::new(),
        };
        comparison.open(Some(old.root()), Some(new.root()));
        comparison
    }

    /// Equal folders are not looked into.
    fn open(&mut self, old: Option<&'a Folder>, new: Option<&'a Folder>) {
        let digest = |folder: Option<&Folder>| folder.map(|folder| self.times.digest(folder));
        if digest(old) == digest(new) {
            return;
        }
        let entries = |folder: Option<&'a Folder>| match folder {
            Some(folder) => folder.entries().iter().peekable(),
            None => btree_map::Iter::default().peekable(),
        };
        self.open.push(Pair {
            path_length: self.path.len(),
            old: entries(old),
            new: entries(new),
        });
    }
}

impl Iterator for Comparison<'_> {
    type Item = Change;

    fn next(&mut self) -> Option<Change> {
        loop {
            let pair = self.open.last_mut()?;
            self.path.truncate(pair.path_length);
            let Some((name, old, new)) = pair.next() else {
                self.open.pop();
                continue;
            };
            enter(&mut self.path, name);
            let kind = difference(old, new, self.times);
            let change = kind.map(|kind| Change {
                path: path_of(&self.path),
                kind,
            });
            self.open(old.and_then(Node::folder), new.and_then(Node::folder));
            if change.is_some() {
                return change;
            }
        }
    }
}

impl<'a> Pair<'a> {
    /// The next name that is in either.
    fn next(&mut self) -> Option<(&'a Name, Option<&'a Node>, Option<&'a Node>)> {
        let first = match (self.old.peek(), self.new.peek()) {
            (Some((old, _)), Some((new, _))) => old.cmp(new),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return None,
        };
        let old = if first.is_le() { self.old.next() } else { None };
        let new = if first.is_ge() { self.new.next() } else { None };
        let (name, _) = old.or(new)?;
        Some((name, old.map(|(_, node)| node), new.map(|(_, node)| node)))
    }
}

fn difference(old: Option<&Node>, new: Option<&Node>, times: Times) -> Option<ChangeKind> {
    let (old, new) = match (old, new) {
        (None, None) => return None,
        (None, Some(_)) => return Some(ChangeKind::Added),
        (Some(_), None) => return Some(ChangeKind::Removed),
        (Some(old), Some(new)) => (old, new),
    };
    let mode = (old.mode != new.mode).then_some(ModeChange {
        before: old.mode,
        after: new.mode,
    });
    let time = || ChangeKind::Time {
        before_s: old.mtime_s,
        after_s: new.mtime_s,
    };
    let other_time = times == Times::Count && old.mtime_s != new.mtime_s;
    beyond_mode(&old.what, &new.what, mode)
        .or(mode.map(ChangeKind::Mode))
        .or_else(|| other_time.then(time))
}

/// A change of kind or content, which takes that of the mode along.
fn beyond_mode(old: &What, new: &What, mode: Option<ModeChange>) -> Option<ChangeKind> {
    match (old, new) {
        (
            What::File { bytes, content },
            What::File {
                bytes: new_bytes,
                content: new_content,
            },
        ) => ((bytes, content) != (new_bytes, new_content)).then_some(ChangeKind::Content {
            before: *bytes,
            after: *new_bytes,
            mode,
        }),
        (What::Link { target }, What::Link { target: new_target }) => {
            (target != new_target).then(|| ChangeKind::Target {
                before: target.clone(),
                after: new_target.clone(),
                mode,
            })
        }
        (What::Folder(_), What::Folder(_)) => None,
        _ => Some(ChangeKind::Kind),
    }
}
