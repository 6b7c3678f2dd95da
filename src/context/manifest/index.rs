//! Digests of files that were read before, so that only what changed is read again.
//!
//! As in git's index, a digest is believed as long as the file's [`FileVersion`] is the one that
//! it was taken of: size, times, inode and device.
//!
//! # When a digest is not kept
//! A file may be written to twice within one tick of the clock that stamps it. Were it read
//! between the two, it would have its old digest and its new version for ever; git calls such an
//! entry racily clean. So a digest is only kept where the file was quiet for [`SLACK`] before it
//! was read: whatever is written to it later then has a later time. What was edited just now is
//! therefore read once more by the next manifest, which is a file or two. Files whose time lies
//! in the future are read every time.

mod stored;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, btree_map},
    io,
    iter::Peekable,
    os::unix::ffi::OsStrExt,
    path::Path,
    time::{Duration, SystemTime},
};

use crate::{
    context::status::FileVersion,
    domain::{digest::ContentDigest, manifest::Manifest},
};

/// How long a file must have been quiet. Linux stamps files with the time of its last timer tick,
/// which is up to 10 ms ago; FAT keeps two seconds at once, ext3 and HFS+ one.
pub const SLACK: Duration = Duration::from_secs(2);

/// Path → version and digest, for the files of one app's folder. Contexts that leave different
/// files out may share it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Index {
    known: BTreeMap<Box<[u8]>, Known>,
    /// Whether something was learned that is not in its file.
    has_news: bool,
    /// The manifest that was made last. The next one shares its folders; it is not stored.
    last: Manifest,
}

/// A file that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Known {
    version: FileVersion,
    content: ContentDigest,
    met: Met,
}

/// Whether a manifest needed an entry since the index was loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Met {
    Yes,
    NotYet,
}

impl Index {
    /// Reads the index from `file`. Where there is none that can be read, or it is damaged or a
    /// newer imgtui's, the index is empty: it is nothing but time saved.
    #[must_use]
    pub fn load(file: &Path) -> Self {
        stored::read(file)
            .and_then(|bytes| stored::decode(&bytes))
            .unwrap_or_default()
    }

    /// Writes the index to `file` where something was learned since it was loaded or saved.
    ///
    /// # Errors
    /// As [`Index::save`].
    pub fn save_news(&mut self, file: &Path) -> io::Result<()> {
        if self.has_news {
            self.save(file)?;
        }
        Ok(())
    }

    /// Writes the index to `file`, whole or not at all.
    ///
    /// Entries that no manifest needed since it was loaded may be those of files that are gone.
    /// They are left out when they are more than those that were needed: a strategy that leaves
    /// half of the app out costs the others nothing, and the file does not grow for ever.
    ///
    /// # Errors
    /// When it cannot be written; the old file is still there then. Its folder must exist.
    pub fn save(&mut self, file: &Path) -> io::Result<()> {
        let met = self.known.values().filter(|one| one.met == Met::Yes);
        let most_are_met = 2 * met.count() >= self.known.len();
        let stays = |known: &Known| most_are_met || known.met == Met::Yes;
        let kept = self.known.iter().filter(|(_, known)| stays(known));
        stored::write(file, &stored::encode(kept))?;
        self.has_news = false;
        Ok(())
    }

    /// How many files are known.
    #[must_use]
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// The digest of the file at `path`, if it is still the version that was read.
    pub(in crate::context) fn find(
        &mut self,
        path: &Path,
        version: &FileVersion,
    ) -> Option<ContentDigest> {
        let known = self.known.get_mut(path.as_os_str().as_bytes())?;
        known.content_of(version)
    }

    /// For looking up many files.
    pub(in crate::context) fn in_order(&mut self) -> InOrder<'_> {
        InOrder {
            known: self.known.iter_mut().peekable(),
        }
    }

    pub(super) fn last(&self) -> &Manifest {
        &self.last
    }

    pub(super) fn remember(&mut self, manifest: &Manifest) {
        self.last = manifest.clone();
    }

    /// Keeps what was read, after `now`, if it may be believed later.
    pub(in crate::context) fn keep(
        &mut self,
        path: &Path,
        version: FileVersion,
        content: ContentDigest,
        now: SystemTime,
    ) {
        let path = path.as_os_str().as_bytes();
        let quiet_since = now.checked_sub(SLACK);
        if quiet_since.is_none_or(|since| !version.is_older_than(since)) {
            self.has_news |= self.known.remove(path).is_some();
            return;
        }
        let known = Known {
            version,
            content,
            met: Met::Yes,
        };
        self.known.insert(path.into(), known);
        self.has_news = true;
    }
}

impl Known {
    fn content_of(&mut self, version: &FileVersion) -> Option<ContentDigest> {
        self.met = Met::Yes;
        (self.version == *version).then_some(self.content)
    }
}

/// Looks up files in the order of the bytes of their paths: both lists are gone through once.
pub(in crate::context) struct InOrder<'a> {
    known: Peekable<btree_map::IterMut<'a, Box<[u8]>, Known>>,
}

impl InOrder<'_> {
    /// As [`Index::find`]. No path may come after a later one.
    pub(in crate::context) fn find(
        &mut self,
        path: &Path,
        version: &FileVersion,
    ) -> Option<ContentDigest> {
        let path = path.as_os_str().as_bytes();
        while self.known.next_if(|(known, _)| &***known < path).is_some() {}
        let (_, known) = self.known.next_if(|(known, _)| &***known == path)?;
        known.content_of(version)
    }
}
