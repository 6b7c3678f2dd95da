//! What a walk met, in its order.

use std::{
    cmp::Ordering,
    collections::HashSet,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

use super::above;
use crate::context::{
    ignore_file::Inherited,
    listing::{Context, Entry, Ignored, Skipped},
};

/// What is directly in one folder.
#[derive(Default)]
pub(super) struct Inside {
    /// Folders to be visited, and what their inside inherits.
    pub(super) folders: Vec<(PathBuf, Inherited)>,
    pub(super) entries: Vec<Entry>,
    /// With the entry that a folder becomes if something inside it is sent after all.
    pub(super) ignored: Vec<(Ignored, Option<Entry>)>,
    pub(super) skipped: Vec<Skipped>,
}

/// What was met so far.
#[derive(Default)]
pub(super) struct Found {
    /// Entries that follow each other in the order of the bytes of their path, whatever else is
    /// met. So few are left to be sorted in the end: most files are in a folder without folders.
    runs: Vec<Vec<Entry>>,
    ignored: Vec<(Ignored, Option<Entry>)>,
    skipped: Vec<Skipped>,
}

impl Inside {
    pub(super) fn sort(&mut self) {
        self.entries.sort_by(|a, b| by_bytes(&a.path, &b.path));
    }
}

impl Found {
    /// Adds what is in a folder, sorted, and gives back the folders that are to be visited.
    pub(super) fn add(&mut self, inside: Inside) -> Vec<(PathBuf, Inherited)> {
        if inside.folders.is_empty() {
            self.runs.push(inside.entries);
        } else {
            // `a-b` comes between `a` and `a/x`.
            self.runs
                .extend(inside.entries.into_iter().map(|entry| vec![entry]));
        }
        self.ignored.extend(inside.ignored);
        self.skipped.extend(inside.skipped);
        inside.folders
    }

    /// Sorts, sends ignored folders that something inside needs, and drops what is beneath
    /// those that nothing needs.
    pub(super) fn finish(self, root: &Path) -> Context {
        let mut runs = self.runs;
        let (parents, ignored): (Vec<_>, Vec<_>) = {
            let needed = folders_above(&runs);
            let is_needed =
                |one: &(Ignored, Option<Entry>)| needed.contains(one.0.path.as_os_str().as_bytes());
            self.ignored.into_iter().partition(is_needed)
        };
        runs.extend(
            parents
                .into_iter()
                .map(|(_, entry)| entry.into_iter().collect()),
        );
        let mut ignored: Vec<Ignored> = ignored.into_iter().map(|(ignored, _)| ignored).collect();
        let whole: HashSet<Vec<u8>> = ignored
            .iter()
            .filter(|ignored| ignored.folder)
            .map(|ignored| ignored.path.as_os_str().as_bytes().to_vec())
            .collect();
        let stands_alone = |path: &Path| !above(path).any(|folder| whole.contains(folder));
        ignored.retain(|ignored| stands_alone(&ignored.path));
        let mut skipped = self.skipped;
        // A socket in a folder that is not sent is of no interest.
        skipped.retain(|skipped| stands_alone(&skipped.path));
        ignored.sort_by(|a, b| by_bytes(&a.path, &b.path));
        skipped.sort_by(|a, b| by_bytes(&a.path, &b.path));
        Context {
            root: root.to_owned(),
            entries: in_order(runs),
            ignored,
            skipped,
        }
    }
}

fn in_order(mut runs: Vec<Vec<Entry>>) -> Vec<Entry> {
    runs.retain(|run| !run.is_empty());
    runs.sort_by(|a, b| by_bytes(&a[0].path, &b[0].path));
    let mut entries = Vec::with_capacity(runs.iter().map(Vec::len).sum());
    for mut run in runs {
        entries.append(&mut run);
    }
    entries
}

/// All folders that something is in. What is in one run is in one folder.
fn folders_above(runs: &[Vec<Entry>]) -> HashSet<&[u8]> {
    let mut folders = HashSet::new();
    for entry in runs.iter().filter_map(|run| run.first()) {
        // Where a folder is known, so are those above it.
        above(&entry.path).all(|folder| folders.insert(folder));
    }
    folders
}

/// `a-b` before `a/x`, unlike [`Path`]'s own order.
fn by_bytes(a: &Path, b: &Path) -> Ordering {
    a.as_os_str().as_bytes().cmp(b.as_os_str().as_bytes())
}
