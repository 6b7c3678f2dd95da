//! The manifest of an app from its last one and the paths that changed since, without a walk.

use std::{
    ffi::OsStr,
    io,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    time::SystemTime,
};

use super::{
    hash::{self, hash},
    index::Index,
    keep, known, manifest_of_app,
};
use crate::{
    context::{
        error::ContextError,
        ignore_file::{IgnoreFile, Inherited},
        layout::is_plain,
        listing::{Entry, EntryKind},
        status::Status,
        walk::{IGNORE_FILES, IgnoreRules, above, is_reserved, kind, walk},
    },
    domain::manifest::{Manifest, Node},
};

/// What [`manifest_of_app`] would make of the app at `root` now, if since `before` nothing but
/// `changed` did (paths relative to it, as the watcher reports them).
///
/// `before` must be the app's manifest under the same rules, with no layout over it. Where the
/// paths alone do not say enough (a folder came or changed, or the ignore file did), the
/// app is walked. A folder's own mode and time are looked at where something inside is named.
///
/// # Errors
/// Those of [`walk`] and [`manifest_of_app`].
pub fn refresh(
    before: &Manifest,
    root: &Path,
    rules: &IgnoreRules,
    changed: &[PathBuf],
    index: &mut Index,
    now: SystemTime,
) -> Result<Manifest, ContextError> {
    let ignore_file = rules.read(root)?;
    let mut refresh = Refresh {
        root,
        own_ignore_file: *rules == IgnoreRules::App,
        rules: &ignore_file,
        index,
        now,
        manifest: before.clone(),
    };
    for path in changed {
        if refresh.look_at(path)? == Enough::No {
            return manifest_of_app(&walk(root, rules)?, refresh.index, now);
        }
    }
    Ok(refresh.manifest)
}

/// Whether a path alone says enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Enough {
    Yes,
    No,
}

/// Whether what is in a folder could be sent.
enum Above {
    /// No: the folder or one above it is ignored for good.
    Ignored,
    /// Only a walk can tell.
    Unclear,
    /// Yes, if the rules let it through.
    Sent(Inherited),
}

struct Refresh<'a> {
    root: &'a Path,
    /// Whether the rules are those of the app's own ignore file.
    own_ignore_file: bool,
    rules: &'a IgnoreFile,
    index: &'a mut Index,
    now: SystemTime,
    manifest: Manifest,
}

impl Refresh<'_> {
    fn look_at(&mut self, path: &Path) -> Result<Enough, ContextError> {
        if !is_plain(path) {
            return Ok(Enough::No);
        }
        if is_reserved(path) {
            let is_ignore_file = IGNORE_FILES.iter().any(|name| path == Path::new(name));
            return Ok(if self.own_ignore_file && is_ignore_file {
                Enough::No
            } else {
                Enough::Yes
            });
        }
        let mut folders: Vec<&Path> = above(path)
            .map(|folder| Path::new(OsStr::from_bytes(folder)))
            .collect();
        folders.reverse();
        let inherited = match self.above(&folders)? {
            Above::Ignored => return Ok(Enough::Yes),
            Above::Unclear => return Ok(Enough::No),
            Above::Sent(inherited) => inherited,
        };
        self.place(path, &inherited)
    }

    /// Looks at the folders above a path, from the top, and takes their mode and time over.
    fn above(&mut self, folders: &[&Path]) -> Result<Above, ContextError> {
        let mut inherited = Inherited::default();
        for folder in folders {
            let name = folder.as_os_str().as_bytes();
            let verdict = self.rules.judge(name, &inherited);
            if verdict.ignored_by.is_some() {
                return Ok(if self.rules.may_take_back_beneath(name) {
                    Above::Unclear
                } else {
                    Above::Ignored
                });
            }
            inherited = verdict.inherited;
            let Some(node) = self.manifest.get(folder) else {
                return Ok(Above::Unclear);
            };
            let found = match self.found(folder)? {
                Some(found) if found.is_folder() && node.folder().is_some() => found,
                _ => return Ok(Above::Unclear),
            };
            let new = Node {
                mode: found.mode,
                mtime_s: found.mtime_s(),
                what: node.what.clone(),
            };
            if (new.mode, new.mtime_s) != (node.mode, node.mtime_s) {
                self.manifest = self.manifest.with(folder, new);
            }
        }
        Ok(Above::Sent(inherited))
    }

    /// Puts what is at the path now in the place of what was.
    fn place(&mut self, path: &Path, inherited: &Inherited) -> Result<Enough, ContextError> {
        let found = self.found(path)?;
        let name = path.as_os_str().as_bytes();
        if self.rules.judge(name, inherited).ignored_by.is_some() {
            let is_folder = found.is_some_and(|found| found.is_folder());
            let unclear = is_folder && self.rules.may_take_back_beneath(name);
            // A folder that was ignored may have been sent for the sake of something inside.
            return Ok(if unclear || self.manifest.get(path).is_some() {
                Enough::No
            } else {
                Enough::Yes
            });
        }
        let kind = match &found {
            Some(found) => kind(self.root, path, found)?,
            None => None,
        };
        match (kind, found) {
            (Some(EntryKind::Folder), _) => return Ok(Enough::No),
            (Some(kind), Some(found)) => {
                let node = self.node(&Entry::new(path.to_owned(), kind, &found))?;
                self.manifest = self.manifest.with(path, node);
            }
            // Nothing, or a socket, pipe or device.
            _ => self.manifest = self.manifest.without(path),
        }
        Ok(Enough::Yes)
    }

    fn node(&mut self, entry: &Entry) -> Result<Node, ContextError> {
        if let Some(node) = known(entry, |version| self.index.find(&entry.path, version)) {
            return Ok(node);
        }
        let hashed = hash(self.root.join(&entry.path), &mut hash::buffer())?;
        Ok(keep(&entry.path, hashed, self.index, self.now))
    }

    fn found(&self, path: &Path) -> Result<Option<Status>, ContextError> {
        let full = self.root.join(path);
        match Status::of(&full) {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            // A folder above it is none any more; the walk finds out.
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => Ok(None),
            Err(source) => Err(ContextError::Unreadable { path: full, source }),
        }
    }
}
