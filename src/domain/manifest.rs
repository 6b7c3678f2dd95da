//! The manifest of a context: path, kind, mode, size, digest and time of everything that is sent.
//!
//! A [`Manifest`] is a tree that is never changed: [`Manifest::with`] and [`Manifest::without`]
//! make a new one, which shares with the old one all folders that are not on the way to the
//! change. Each [`Folder`] knows two digests of everything beneath it, so that equal folders are
//! recognised without a look inside: [`changes()`] costs as much as there are differences, and a
//! store keeps each folder once ([`Manifest::unknown_folders`], [`Manifest::load`]).
//!
//! What a name is, Linux says: any bytes but `/` and NUL. Nothing here takes it for text.

pub mod changes;
pub mod folder;
mod gather;
pub mod listing;
mod nodes;
#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod tests;

use std::{
    os::unix::ffi::OsStrExt,
    path::{Component, Path},
    sync::Arc,
};

pub use changes::{Change, ChangeKind, ModeChange, Renamed, changes, changes_but_times, renames};
pub use folder::{Folder, Node, What};
pub use listing::{Links, LoadError, links};
pub use nodes::Nodes;

use super::{digest::ContentDigest, ids::Bytes};

/// Permission bits of a folder that nobody described; what the tar of a context gives it.
const FOLDER_MODE: u32 = 0o755;

/// Everything that a context holds.
///
/// Paths are relative to the context. Only their names count: `/`, `.` and `..` are passed over.
/// The context's own folder has no [`Node`], as no build sees its mode or its time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Manifest(Arc<Folder>);

impl Manifest {
    /// The context's folder.
    #[must_use]
    pub fn root(&self) -> &Folder {
        &self.0
    }

    /// How many files, folders and links there are.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.0.len()
    }

    /// Whether nothing is sent.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Sum of the sizes of all files.
    #[must_use]
    pub fn bytes(&self) -> Bytes {
        self.0.bytes()
    }

    /// Digest of all that a build could see but times; see [`Folder::content`].
    #[must_use]
    pub fn content(&self) -> ContentDigest {
        self.0.content()
    }

    /// Digest of everything; see [`Folder::whole`].
    #[must_use]
    pub fn whole(&self) -> ContentDigest {
        self.0.whole()
    }

    /// What is at this path.
    #[must_use]
    pub fn get(&self, path: &Path) -> Option<&Node> {
        let mut names = names(path);
        let first = self.0.get(names.next()?)?;
        names.try_fold(first, |node, name| node.folder()?.get(name))
    }

    /// The same with `node` at this path, whatever was there before.
    ///
    /// Folders that are missing above it are made, with mode 0o755 and the node's time; a file
    /// or link in the place of one gives way. Folders that are there keep mode and time. A path
    /// without a name changes nothing.
    #[must_use]
    pub fn with(&self, path: &Path, node: Node) -> Self {
        self.rebuilt(path, Some(node))
    }

    /// The same with nothing at this path. A folder that becomes empty stays.
    #[must_use]
    pub fn without(&self, path: &Path) -> Self {
        match self.get(path) {
            Some(_) => self.rebuilt(path, None),
            None => self.clone(),
        }
    }

    /// Everything with its full path, in the order of [`Path`]: what is in a folder follows it.
    #[must_use]
    pub fn iter(&self) -> Nodes<'_> {
        Nodes::of(&self.0)
    }

    /// New folders from the path's own up to the top, each with one entry that differs.
    fn rebuilt(&self, path: &Path, node: Option<Node>) -> Self {
        let names: Vec<&[u8]> = names(path).collect();
        let Some((_, above)) = names.split_last() else {
            return self.clone();
        };
        let mut parents: Vec<Option<&Node>> = Vec::new();
        let mut folder = Some(&*self.0);
        for name in above {
            let found = folder.and_then(|folder| folder.get(name));
            let parent = found.filter(|node| node.folder().is_some());
            folder = parent.and_then(Node::folder);
            parents.push(parent);
        }
        let mtime_s = node.as_ref().map_or(0, |node| node.mtime_s);
        let mut put = node;
        for (name, parent) in names[1..].iter().zip(parents).rev() {
            let folder = match parent.and_then(Node::folder) {
                Some(held) => held.changed(name, put),
                None => Folder::default().changed(name, put),
            };
            put = Some(Node {
                mode: parent.map_or(FOLDER_MODE, |node| node.mode),
                mtime_s: parent.map_or(mtime_s, |node| node.mtime_s),
                what: What::Folder(Arc::new(folder)),
            });
        }
        Self(Arc::new(self.0.changed(names[0], put)))
    }
}

impl<'a> IntoIterator for &'a Manifest {
    type Item = <Nodes<'a> as Iterator>::Item;
    type IntoIter = Nodes<'a>;

    fn into_iter(self) -> Nodes<'a> {
        self.iter()
    }
}

/// The names that a path is made of.
fn names(path: &Path) -> impl Iterator<Item = &[u8]> {
    path.components().filter_map(|part| match part {
        Component::Normal(name) => Some(name.as_bytes()),
        _ => None,
    })
}
