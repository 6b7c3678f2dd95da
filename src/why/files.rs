//! Changes of the context as reasons tell them.

use std::{
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

use super::{details, selection::Selection};
use crate::domain::{
    archive::Archive,
    dockerfile::SENT_NAME,
    manifest::{
        Change, ChangeKind, Manifest, ModeChange, What, changes, changes_but_times, renames,
    },
    reason::{FileChange, FileEvent},
};

/// So many changes are told.
const TOLD: usize = 5;

/// Two contexts, the earlier one first.
#[derive(Clone, Copy)]
pub(super) struct Contexts<'a> {
    pub(super) before: &'a Manifest,
    pub(super) now: &'a Manifest,
    /// Contents of the earlier one.
    pub(super) archive: &'a dyn Archive,
    /// Contents of the one of now.
    pub(super) read: &'a dyn Fn(&Path) -> Option<Vec<u8>>,
}

impl Contexts<'_> {
    /// What changed of the files that a `COPY` of these sources takes, times too.
    pub(super) fn taken(self, sources: &[String]) -> Vec<Change> {
        let selection = Selection::new(sources, &[]);
        let mut changes = changes(self.before, self.now);
        changes.retain(|change| selection.takes(change.path.as_os_str().as_bytes()));
        changes
    }

    /// What changed of the app's files apart from those, by more than its time.
    pub(super) fn left(self, sources: &[String]) -> Vec<Change> {
        let selection = Selection::new(sources, &[]);
        let mut changes = changes_but_times(self.before, self.now);
        let is_own = |change: &Change| change.path == Path::new(SENT_NAME);
        changes.retain(|change| {
            !is_own(change) && !selection.takes(change.path.as_os_str().as_bytes())
        });
        changes
    }

    /// The changes in words for people, and how many more there are. Folders are left out where
    /// something in them is told.
    pub(super) fn told(self, changes: &[Change]) -> (Vec<FileChange>, usize) {
        let renames = renames(self.before, self.now, changes);
        let is_told = |change: &&Change| {
            !is_only_time(change)
                && !renames.iter().any(|rename| rename.from == change.path)
                && !self.is_only_a_folder(change, changes)
        };
        let worth_telling: Vec<&Change> = changes.iter().filter(is_told).collect();
        let more = worth_telling.len().saturating_sub(TOLD);
        let told = worth_telling.into_iter().take(TOLD).flat_map(|change| {
            match renames.iter().find(|rename| rename.to == change.path) {
                Some(rename) => vec![FileChange {
                    path: change.path.clone(),
                    what: FileEvent::Renamed {
                        from: rename.from.clone(),
                    },
                    detail: None,
                }],
                None => self.told_one(change),
            }
        });
        (told.collect(), more)
    }

    /// A folder that came or went with what is in it.
    fn is_only_a_folder(self, change: &Change, all: &[Change]) -> bool {
        let is_folder = |manifest: &Manifest| {
            let node = manifest.get(&change.path);
            node.is_some_and(|node| node.folder().is_some())
        };
        let came_or_went = match change.kind {
            ChangeKind::Added => is_folder(self.now),
            ChangeKind::Removed => is_folder(self.before),
            _ => false,
        };
        let is_inside =
            |other: &Change| other.path != change.path && other.path.starts_with(&change.path);
        came_or_went && all.iter().any(is_inside)
    }

    /// One path; two where its bytes and its mode changed.
    fn told_one(self, change: &Change) -> Vec<FileChange> {
        let mode = |mode: &ModeChange| FileEvent::Mode {
            before: mode.before,
            after: mode.after,
        };
        let (what, and) = match &change.kind {
            ChangeKind::Added => (FileEvent::Added, None),
            ChangeKind::Removed => (FileEvent::Removed, None),
            ChangeKind::Kind => (FileEvent::Kind, None),
            ChangeKind::Time { .. } => return Vec::new(),
            ChangeKind::Mode(change) => (mode(change), None),
            ChangeKind::Target {
                before,
                after,
                mode: and,
            } => {
                let (before, after) = (before.clone(), after.clone());
                (FileEvent::Target { before, after }, and.as_ref())
            }
            ChangeKind::Content {
                before,
                after,
                mode: and,
            } => {
                let (before, after) = (*before, *after);
                (FileEvent::Content { before, after }, and.as_ref())
            }
        };
        let detail = match what {
            FileEvent::Content { .. } => self.detail(&change.path),
            _ => None,
        };
        let told = |what, detail| FileChange {
            path: change.path.clone(),
            what,
            detail,
        };
        let mut found = vec![told(what, detail)];
        found.extend(and.map(|and| told(mode(and), None)));
        found
    }

    fn detail(self, path: &Path) -> Option<String> {
        let What::File { content, .. } = self.before.get(path)?.what else {
            return None;
        };
        let before = self.archive.content(&content)?;
        details::between(path, &before, &(self.read)(path)?)
    }
}

pub(super) fn is_only_time(change: &Change) -> bool {
    matches!(change.kind, ChangeKind::Time { .. })
}

/// Their paths; a folder is left out where something in it is there too.
pub(super) fn paths(changes: &[Change]) -> Vec<PathBuf> {
    let has_inside = |path: &Path| {
        let mut others = changes.iter().filter(|other| other.path != path);
        others.any(|other| other.path.starts_with(path))
    };
    let paths = changes.iter().map(|change| &change.path);
    paths.filter(|path| !has_inside(path)).cloned().collect()
}
