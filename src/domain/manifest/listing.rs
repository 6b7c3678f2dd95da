//! Folders as bytes: what their digests are taken of, and what a store keeps.
//!
//! A listing is a byte for the version of its form and then, for each name in the order of its
//! bytes: the kind (`f`, `d`, `l`), mode (4 bytes), time (8), length of the name (4) and the name;
//! then for a file its size (8) and digest (32), for a folder the digest of its own listing (32),
//! for a link the length of its target (4) and the target. Numbers stand with their lowest byte
//! first. There is one way to write a folder, so that its digest names it.

use std::{
    collections::{HashMap, HashSet},
    ffi::OsString,
    os::unix::ffi::{OsStrExt, OsStringExt},
    path::PathBuf,
    sync::Arc,
};

use super::{
    Manifest,
    folder::{Entries, Folder, Name, Node, What, is_name},
};
use crate::domain::{digest::ContentDigest, ids::Bytes};

/// The form of listings. Another number is a newer imgtui's.
const VERSION: u8 = 1;
/// In the place of the version, so that no listing has the digest of what is no listing.
const NO_VERSION: u8 = 0;
/// More than any context has. The same folder may stand in a listing many times, and that one
/// again: a few bytes could stand for more nodes than anybody can wait for.
const NODES_LIMIT: u64 = 1 << 24;

/// Why stored listings make no manifest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// The store does not have a folder.
    #[error("the listing {folder} of a folder is not there")]
    Missing {
        /// Digest of its listing.
        folder: ContentDigest,
    },
    /// The store has other bytes than were put in.
    #[error("the listing {folder} of a folder has other bytes than its digest says")]
    Altered {
        /// Digest that its listing should have.
        folder: ContentDigest,
    },
    /// A newer imgtui wrote it.
    #[error("the listing {folder} of a folder has the form {version}; this imgtui reads {VERSION}")]
    Newer {
        /// Digest of its listing.
        folder: ContentDigest,
        /// The form that it has.
        version: u8,
    },
    /// The bytes are what was stored, but no listing.
    #[error("the listing {folder} of a folder is none")]
    NoListing {
        /// Digest of the bytes.
        folder: ContentDigest,
    },
    /// The listings stand for more than any context has.
    #[error("the listing {folder} stands for more than {NODES_LIMIT} files")]
    TooLarge {
        /// Digest of the listing with which it became too much.
        folder: ContentDigest,
    },
}

/// What a folder is encoded for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// To be stored.
    Listing,
    /// To be compared without times. Nobody reads it back.
    WithoutTimes,
}

pub(super) fn encode(entries: &Entries, form: Form) -> Vec<u8> {
    // A file takes 57 bytes and its name.
    let mut out = Vec::with_capacity(1 + 80 * entries.len());
    out.push(match form {
        Form::Listing => VERSION,
        Form::WithoutTimes => NO_VERSION,
    });
    for (name, node) in entries {
        out.push(match &node.what {
            What::File { .. } => b'f',
            What::Folder(_) => b'd',
            What::Link { .. } => b'l',
        });
        out.extend(node.mode.to_le_bytes());
        if form == Form::Listing {
            out.extend(node.mtime_s.to_le_bytes());
        }
        put_text(&mut out, name);
        match (&node.what, form) {
            (What::File { bytes, content }, _) => {
                out.extend(bytes.0.to_le_bytes());
                out.extend(content.as_bytes());
            }
            (What::Folder(folder), Form::Listing) => out.extend(folder.whole().as_bytes()),
            (What::Folder(folder), Form::WithoutTimes) => out.extend(folder.content().as_bytes()),
            (What::Link { target }, _) => put_text(&mut out, target.as_os_str().as_bytes()),
        }
    }
    out
}

fn put_text(out: &mut Vec<u8>, text: &[u8]) {
    // Linux has no path of four gigabytes.
    let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
    out.extend(length.to_le_bytes());
    out.extend_from_slice(text);
}

impl Manifest {
    /// The folders that a store does not have yet, the deepest first: one that is interrupted
    /// has never a folder without what is in it. `knows` is asked for the digest of a listing; a
    /// folder that is known is not looked into.
    pub fn unknown_folders(&self, mut knows: impl FnMut(&ContentDigest) -> bool) -> Vec<&Folder> {
        let mut met = HashSet::new();
        let mut unknown = Vec::new();
        let mut pending = vec![self.root()];
        while let Some(folder) = pending.pop() {
            if met.insert(folder.whole()) && !knows(&folder.whole()) {
                unknown.push(folder);
                pending.extend(folder.iter().filter_map(|(_, node)| node.folder()));
            }
        }
        // A folder holds more than any folder in it.
        unknown.sort_by_key(|folder| folder.len());
        unknown
    }

    /// Puts a manifest together from stored listings.
    ///
    /// `root` is the manifest's [`Self::whole`]; `fetch` gets the digest of a listing and gives
    /// its bytes, once for each folder.
    ///
    /// # Errors
    /// [`LoadError`] when a listing is missing, or is not what its digest says. No bytes panic.
    pub fn load(
        root: ContentDigest,
        mut fetch: impl FnMut(&ContentDigest) -> Option<Vec<u8>>,
    ) -> Result<Self, LoadError> {
        let mut loaded: HashMap<ContentDigest, Arc<Folder>> = HashMap::new();
        let mut pending = vec![(root, None)];
        while let Some((digest, lines)) = pending.pop() {
            if loaded.contains_key(&digest) {
                continue;
            }
            let lines = match lines {
                Some(lines) => lines,
                None => read(digest, fetch(&digest))?,
            };
            let inner = lines.iter().filter_map(Line::folder);
            let missing: Vec<_> = inner.filter(|one| !loaded.contains_key(one)).collect();
            if missing.is_empty() {
                loaded.insert(digest, Arc::new(folder(digest, lines, &loaded)?));
            } else {
                pending.push((digest, Some(lines)));
                pending.extend(missing.into_iter().map(|one| (one, None)));
            }
        }
        loaded
            .remove(&root)
            .map(Self)
            .ok_or(LoadError::Missing { folder: root })
    }
}

/// One line of a listing.
struct Line {
    name: Name,
    mode: u32,
    mtime_s: u64,
    what: Listed,
}

enum Listed {
    File {
        bytes: Bytes,
        content: ContentDigest,
    },
    Folder(ContentDigest),
    Link {
        target: PathBuf,
    },
}

impl Line {
    fn folder(&self) -> Option<ContentDigest> {
        match self.what {
            Listed::Folder(digest) => Some(digest),
            Listed::File { .. } | Listed::Link { .. } => None,
        }
    }
}

fn read(folder: ContentDigest, bytes: Option<Vec<u8>>) -> Result<Vec<Line>, LoadError> {
    let bytes = bytes.ok_or(LoadError::Missing { folder })?;
    if ContentDigest::of(&bytes) != folder {
        return Err(LoadError::Altered { folder });
    }
    let mut rest = match bytes.as_slice() {
        [VERSION, rest @ ..] => rest,
        [version, ..] if *version > VERSION => {
            let version = *version;
            return Err(LoadError::Newer { folder, version });
        }
        _ => return Err(LoadError::NoListing { folder }),
    };
    let mut lines = Vec::new();
    while !rest.is_empty() {
        lines.push(line(&mut rest).ok_or(LoadError::NoListing { folder })?);
    }
    Ok(lines)
}

fn folder(
    digest: ContentDigest,
    lines: Vec<Line>,
    loaded: &HashMap<ContentDigest, Arc<Folder>>,
) -> Result<Folder, LoadError> {
    let node = |line: Line| {
        let what = match line.what {
            Listed::File { bytes, content } => What::File { bytes, content },
            Listed::Folder(digest) => What::Folder(Arc::clone(loaded.get(&digest)?)),
            Listed::Link { target } => What::Link { target },
        };
        let (mode, mtime_s) = (line.mode, line.mtime_s);
        Some((
            line.name,
            Node {
                mode,
                mtime_s,
                what,
            },
        ))
    };
    let entries: Option<Entries> = lines.into_iter().map(node).collect();
    let folder = entries.map(Folder::of);
    // Names that are out of order, or stand there twice, come out as other bytes.
    let folder = folder
        .filter(|folder| folder.whole() == digest)
        .ok_or(LoadError::NoListing { folder: digest })?;
    if folder.len() > NODES_LIMIT {
        return Err(LoadError::TooLarge { folder: digest });
    }
    Ok(folder)
}

fn line(rest: &mut &[u8]) -> Option<Line> {
    let [kind] = take(rest)?;
    let mode = u32::from_le_bytes(take(rest)?);
    let mtime_s = u64::from_le_bytes(take(rest)?);
    let name = take_text(rest)?;
    if !is_name(name) {
        return None;
    }
    let what = match kind {
        b'f' => Listed::File {
            bytes: Bytes(u64::from_le_bytes(take(rest)?)),
            content: ContentDigest::from_bytes(take(rest)?),
        },
        b'd' => Listed::Folder(ContentDigest::from_bytes(take(rest)?)),
        b'l' => Listed::Link {
            target: OsString::from_vec(take_text(rest)?.to_vec()).into(),
        },
        _ => return None,
    };
    Some(Line {
        name: name.into(),
        mode,
        mtime_s,
        what,
    })
}

fn take<const LENGTH: usize>(rest: &mut &[u8]) -> Option<[u8; LENGTH]> {
    let (taken, behind) = rest.split_first_chunk()?;
    *rest = behind;
    Some(*taken)
}

fn take_text<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(u32::from_le_bytes(take(rest)?)).ok()?;
    let (taken, behind) = rest.split_at_checked(length)?;
    *rest = behind;
    Some(taken)
}
