//! What a manifest is made of: nodes, and folders that know the digests of all that they hold.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use super::listing::{Form, encode};
use crate::domain::{digest::ContentDigest, ids::Bytes};

/// A name in a folder; shared by all versions of the folder.
pub(super) type Name = Arc<[u8]>;

/// Name → node, sorted by the bytes of the name.
pub(super) type Entries = BTreeMap<Name, Node>;

/// Something that is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Permission bits.
    pub mode: u32,
    /// Modification time, seconds since 1970.
    pub mtime_s: u64,
    /// What it is.
    pub what: What,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A file.
    File {
        /// Its size.
        bytes: Bytes,
        /// Digest of its bytes.
        content: ContentDigest,
    },
    /// A folder. [`Arc::default`] is an empty one.
    Folder(Arc<Folder>),
    /// A symbolic link.
    Link {
        /// Where it leads, as written.
        target: PathBuf,
    },
}

/// A folder and everything beneath it. It has neither mode nor time of its own: those are the
/// [`Node`]'s.
#[derive(Debug, Clone)]
pub struct Folder {
    entries: Entries,
    beneath: u64,
    bytes: Bytes,
    content: ContentDigest,
    whole: ContentDigest,
}

impl Node {
    /// A file with these bytes.
    #[must_use]
    pub fn file(bytes: &[u8], mode: u32, mtime_s: u64) -> Self {
        let what = What::File {
            bytes: Bytes(bytes.len() as u64),
            content: ContentDigest::of(bytes),
        };
        Self {
            mode,
            mtime_s,
            what,
        }
    }

    /// The folder, where it is one.
    #[must_use]
    pub fn folder(&self) -> Option<&Folder> {
        self.shared_folder().map(|folder| &**folder)
    }

    pub(super) fn shared_folder(&self) -> Option<&Arc<Folder>> {
        match &self.what {
            What::Folder(folder) => Some(folder),
            What::File { .. } | What::Link { .. } => None,
        }
    }
}

impl Folder {
    /// Every name must be one ([`is_name`]).
    pub(super) fn of(entries: Entries) -> Self {
        let (mut beneath, mut bytes) = (0_u64, 0_u64);
        for node in entries.values() {
            let (nodes_inside, bytes_inside) = match &node.what {
                What::File { bytes, .. } => (0, bytes.0),
                What::Folder(folder) => (folder.beneath, folder.bytes.0),
                What::Link { .. } => (0, 0),
            };
            // A listing from a store may claim any size, and the same folder any number of times.
            beneath = beneath.saturating_add(nodes_inside).saturating_add(1);
            bytes = bytes.saturating_add(bytes_inside);
        }
        Self {
            beneath,
            bytes: Bytes(bytes),
            content: ContentDigest::of(&encode(&entries, Form::WithoutTimes)),
            whole: ContentDigest::of(&encode(&entries, Form::Listing)),
            entries,
        }
    }

    /// The same with this entry put in, or taken out.
    pub(super) fn changed(&self, name: &[u8], node: Option<Node>) -> Self {
        let mut entries = self.entries.clone();
        match node {
            Some(node) => drop(entries.insert(name.into(), node)),
            None => drop(entries.remove(name)),
        }
        Self::of(entries)
    }

    pub(super) fn entries(&self) -> &Entries {
        &self.entries
    }

    /// How many files, folders and links there are, at any depth.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.beneath
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Sum of the sizes of all files, at any depth.
    #[must_use]
    pub fn bytes(&self) -> Bytes {
        self.bytes
    }

    /// Digest of everything beneath but times: names, kinds, modes, contents and link targets.
    ///
    /// The folder's own mode does not count. Two folders with the same digest hold the same.
    #[must_use]
    pub fn content(&self) -> ContentDigest {
        self.content
    }

    /// Digest of everything beneath with its times. It is the digest of [`Self::listing`].
    #[must_use]
    pub fn whole(&self) -> ContentDigest {
        self.whole
    }

    /// What is directly in it under this name.
    #[must_use]
    pub fn get(&self, name: &[u8]) -> Option<&Node> {
        self.entries.get(name)
    }

    /// What is directly in it, sorted by the bytes of the name.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &Node)> {
        self.entries.iter().map(|(name, node)| (&**name, node))
    }

    /// The form in which a store keeps it; what is in its folders is not part of that.
    /// [`super::Manifest::load`] reads it.
    #[must_use]
    pub fn listing(&self) -> Vec<u8> {
        encode(&self.entries, Form::Listing)
    }
}

impl Default for Folder {
    /// An empty folder.
    fn default() -> Self {
        Self::of(Entries::new())
    }
}

impl PartialEq for Folder {
    fn eq(&self, other: &Self) -> bool {
        self.whole == other.whole
    }
}

impl Eq for Folder {}

impl Drop for Folder {
    /// Without recursion: there are folders that are a thousand levels deep.
    fn drop(&mut self) {
        let mut pending: Vec<Node> = std::mem::take(&mut self.entries).into_values().collect();
        while let Some(node) = pending.pop() {
            if let What::Folder(folder) = node.what
                && let Some(mut folder) = Arc::into_inner(folder)
            {
                pending.extend(std::mem::take(&mut folder.entries).into_values());
            }
        }
    }
}

/// Whether these bytes can be the name of a file.
pub(super) fn is_name(name: &[u8]) -> bool {
    !matches!(name, b"" | b"." | b"..") && !name.iter().any(|byte| matches!(byte, b'/' | 0))
}
