//! What walking an app comes to: what is sent, what is not, and why.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

use serde::Serialize;

use super::status::{FileVersion, Status};
use crate::domain::ids::Bytes;

/// What an entry is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum EntryKind {
    /// A file.
    File {
        /// Its size when it was listed.
        bytes: Bytes,
    },
    /// A folder.
    Folder,
    /// A symbolic link, sent as such and never followed.
    Link {
        /// Where it leads, as written.
        target: PathBuf,
    },
}

/// Something that is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Path in the context.
    pub path: PathBuf,
    /// What it is.
    #[serde(flatten)]
    pub kind: EntryKind,
    /// Permission bits.
    pub mode: u32,
    /// Modification time, seconds since 1970.
    pub mtime_s: u64,
    /// By which it is told from an older one.
    #[serde(skip)]
    pub version: FileVersion,
}

/// Something that is not sent, and why. For a folder there is one entry, and none for what is
/// inside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ignored {
    /// Path in the app's folder.
    pub path: PathBuf,
    /// Whether it is a folder.
    pub folder: bool,
    /// Name of the ignore file.
    pub file: String,
    /// Line of the pattern in it.
    pub line: usize,
    /// The pattern.
    pub pattern: String,
    /// Size of a file; `None` for anything else.
    pub bytes: Option<Bytes>,
}

/// Something that cannot be sent, whatever the ignore file says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// Path in the app's folder.
    pub path: PathBuf,
    /// Why.
    pub why: &'static str,
}

/// What an app's folder comes to. All lists are sorted by the bytes of the path.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Context {
    /// The app's folder.
    pub root: PathBuf,
    /// What is sent.
    pub entries: Vec<Entry>,
    /// What is not.
    pub ignored: Vec<Ignored>,
    /// What cannot be.
    pub skipped: Vec<Skipped>,
}

impl Entry {
    pub(super) fn new(path: PathBuf, kind: EntryKind, found: &Status) -> Self {
        Self {
            path,
            kind,
            mode: found.mode,
            mtime_s: found.mtime_s(),
            version: found.version,
        }
    }
}

impl Context {
    /// Sum of the sizes of all files that are sent.
    #[must_use]
    pub fn bytes(&self) -> Bytes {
        let sizes = self.entries.iter().map(|entry| match entry.kind {
            EntryKind::File { bytes } => bytes.0,
            _ => 0,
        });
        Bytes(sizes.sum())
    }

    /// The entry at this path of the context.
    #[must_use]
    pub fn entry(&self, path: &Path) -> Option<&Entry> {
        let key = path.as_os_str().as_bytes();
        let by_path = |entry: &Entry| entry.path.as_os_str().as_bytes().cmp(key);
        let index = self.entries.binary_search_by(by_path).ok()?;
        self.entries.get(index)
    }

    /// A file's bytes as they are sent with `overlay` laid over the app; `None` for what is no file
    /// that is sent, or cannot be read.
    #[must_use]
    pub fn bytes_of(&self, overlay: &BTreeMap<String, Vec<u8>>, path: &Path) -> Option<Vec<u8>> {
        if let Some(bytes) = path.to_str().and_then(|path| overlay.get(path)) {
            return Some(bytes.clone());
        }
        let entry = self.entry(path)?;
        let is_file = matches!(entry.kind, EntryKind::File { .. });
        is_file
            .then(|| fs::read(self.root.join(path)).ok())
            .flatten()
    }
}
