//! The index as a file.
//!
//! Eight bytes of a mark, a byte for the version of the form, the number of entries (8 bytes),
//! the entries, and the SHA-256 of all that (32). An entry is the length of its path (4), the
//! path, size (8), time of modification (8 and 4) and of change (8 and 4), inode (8), device (8),
//! digest (32). Numbers stand with their lowest byte first.

use std::{
    fs::File,
    io::{self, Read, Write},
    path::Path,
};

use super::{Index, Known, Met};
use crate::{
    context::status::{FileVersion, Moment},
    domain::digest::ContentDigest,
};

const MARK: &[u8; 8] = b"imgtui\0i";
/// The form. A file with another number is read by nobody else.
const VERSION: u8 = 1;
const DIGEST: usize = 32;
/// Bytes of an entry without its path.
const ENTRY: usize = 4 + 8 + 12 + 12 + 8 + 8 + DIGEST;
/// Room for two million files; a larger file is not ours.
const LIMIT: u64 = 1 << 28;

pub(super) fn encode<'a>(
    entries: impl Iterator<Item = (&'a Box<[u8]>, &'a Known)> + Clone,
) -> Vec<u8> {
    let sizes = entries.clone().map(|(path, _)| ENTRY + path.len());
    let mut out = Vec::with_capacity(MARK.len() + 9 + sizes.sum::<usize>() + DIGEST);
    out.extend(MARK);
    out.push(VERSION);
    out.extend((entries.clone().count() as u64).to_le_bytes());
    for (path, known) in entries {
        // Linux has no path of four gigabytes.
        let length = u32::try_from(path.len()).unwrap_or(u32::MAX);
        out.extend(length.to_le_bytes());
        out.extend_from_slice(path);
        let version = &known.version;
        out.extend(version.bytes.to_le_bytes());
        for moment in [version.modified, version.changed] {
            out.extend(moment.seconds.to_le_bytes());
            out.extend(moment.nanoseconds.to_le_bytes());
        }
        out.extend(version.inode.to_le_bytes());
        out.extend(version.device.to_le_bytes());
        out.extend(known.content.as_bytes());
    }
    let check = ContentDigest::of(&out);
    out.extend(check.as_bytes());
    out
}

/// The index, if these are the bytes of one.
pub(super) fn decode(bytes: &[u8]) -> Option<Index> {
    let (checked, check) = bytes.split_last_chunk::<DIGEST>()?;
    let mut rest = checked.strip_prefix(MARK)?;
    // Before the checksum: a newer form may have another one.
    if take(&mut rest)? != [VERSION] || ContentDigest::of(checked).as_bytes() != check {
        return None;
    }
    let count = usize::try_from(u64::from_le_bytes(take(&mut rest)?)).ok()?;
    // A number that somebody made up must not cost memory.
    if count > rest.len() / ENTRY {
        return None;
    }
    let mut known = Vec::with_capacity(count);
    for _ in 0..count {
        let length = usize::try_from(u32::from_le_bytes(take(&mut rest)?)).ok()?;
        let (path, behind) = rest.split_at_checked(length)?;
        rest = behind;
        known.push((path.into(), entry(&mut rest)?));
    }
    rest.is_empty().then(|| Index {
        known: known.into_iter().collect(),
        ..Index::default()
    })
}

fn entry(rest: &mut &[u8]) -> Option<Known> {
    let version = FileVersion {
        bytes: u64::from_le_bytes(take(rest)?),
        modified: moment(rest)?,
        changed: moment(rest)?,
        inode: u64::from_le_bytes(take(rest)?),
        device: u64::from_le_bytes(take(rest)?),
    };
    Some(Known {
        version,
        content: ContentDigest::from_bytes(take(rest)?),
        met: Met::NotYet,
    })
}

fn moment(rest: &mut &[u8]) -> Option<Moment> {
    Some(Moment {
        seconds: i64::from_le_bytes(take(rest)?),
        nanoseconds: u32::from_le_bytes(take(rest)?),
    })
}

fn take<const LENGTH: usize>(rest: &mut &[u8]) -> Option<[u8; LENGTH]> {
    let (taken, behind) = rest.split_first_chunk()?;
    *rest = behind;
    Some(*taken)
}

pub(super) fn read(file: &Path) -> Option<Vec<u8>> {
    let file = File::open(file).ok()?;
    let size = file.metadata().ok()?.len();
    if size > LIMIT {
        return None;
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size).ok()?);
    file.take(LIMIT).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// A new file, renamed over the old one.
pub(super) fn write(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = file.parent().filter(|path| !path.as_os_str().is_empty());
    let mut staged = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
    staged.write_all(bytes)?;
    staged.persist(file)?;
    Ok(())
}
