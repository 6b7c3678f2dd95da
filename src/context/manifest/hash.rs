//! Reads one file for its digest.

use std::path::PathBuf;

use crate::{
    context::{
        app_file::{AppFile, CHUNK},
        error::ContextError,
        status::FileVersion,
    },
    domain::{
        digest::{ContentDigest, Digesting},
        ids::Bytes,
        manifest::{Node, What},
    },
};

/// What a file came to.
pub(super) struct Hashed {
    pub(super) node: Node,
    pub(super) content: ContentDigest,
    /// `None` where it was not the same before and after: the bytes are right, but something
    /// else of the file changed meanwhile, and nothing may be concluded from the version.
    pub(super) version: Option<FileVersion>,
}

/// What [`hash`] reads into.
pub(super) fn buffer() -> Vec<u8> {
    vec![0; CHUNK]
}

/// Reads the file at `path`, never more of it at once than there is room in `buffer`.
///
/// # Errors
/// When it cannot be read, or changes meanwhile.
pub(super) fn hash(path: PathBuf, buffer: &mut [u8]) -> Result<Hashed, ContextError> {
    let file = AppFile::open(path)?;
    let before = *file.found();
    let mut digesting = Digesting::default();
    let after = file.read(buffer, |chunk| {
        digesting.add(chunk);
        Ok(())
    })?;
    let content = digesting.end();
    let what = What::File {
        bytes: Bytes(before.version.bytes),
        content,
    };
    Ok(Hashed {
        node: Node {
            mode: before.mode,
            mtime_s: before.mtime_s(),
            what,
        },
        content,
        version: Some(before.version).filter(|version| *version == after.version),
    })
}
