//! What a file is, as far as a build can see.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::super::disk::Modified;
use crate::domain::digest::ContentDigest;

/// Files up to this length are compared by content, longer ones by length and time.
const LONGEST: u64 = 4 * 1024 * 1024;

/// A file at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) content: Content,
    pub(super) modified: Modified,
}

/// What makes two versions of a file the same to a build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Content {
    Bytes {
        digest: ContentDigest,
        mode: u32,
    },
    /// Too long, or not ours to read.
    Unread {
        length: u64,
        modified: Modified,
        mode: u32,
    },
    /// A symlink counts by where it points, as in the context of a build.
    Link(PathBuf),
}

impl Content {
    pub(super) fn is(&self, other: ContentDigest) -> bool {
        matches!(self, Self::Bytes { digest, .. } if *digest == other)
    }
}

/// Looks at a file; `None` when there is none, or a folder or a pipe.
pub(super) fn look(path: &Path) -> Option<Seen> {
    let metadata = fs::symlink_metadata(path).ok()?;
    let modified = Modified::of(&metadata);
    if metadata.is_symlink() {
        let content = Content::Link(fs::read_link(path).ok()?);
        return Some(Seen { content, modified });
    }
    if !metadata.is_file() {
        return None;
    }
    let mode = metadata.permissions().mode() & 0o777;
    let length = metadata.len();
    let bytes = (length <= LONGEST).then(|| fs::read(path).ok()).flatten();
    let content = match bytes {
        Some(bytes) => Content::Bytes {
            digest: ContentDigest::of(&bytes),
            mode,
        },
        None => Content::Unread {
            length,
            modified,
            mode,
        },
    };
    Some(Seen { content, modified })
}
