//! The few ways in which this room changes a disk, each with a point where a test can end it.

use std::fs::{self, DirBuilder, File, FileTimes, Metadata, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, FileExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// A modification time, to the nanosecond, before 1970 too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Modified {
    seconds: i64,
    nanoseconds: u32,
}

impl Modified {
    pub(super) fn of(metadata: &Metadata) -> Self {
        Self {
            seconds: metadata.mtime(),
            nanoseconds: u32::try_from(metadata.mtime_nsec()).unwrap_or(0),
        }
    }

    /// The same moment for the standard library; the epoch where it cannot be told.
    pub(super) fn time(self) -> SystemTime {
        let seconds = Duration::from_secs(self.seconds.unsigned_abs());
        let whole = if self.seconds < 0 {
            UNIX_EPOCH.checked_sub(seconds)
        } else {
            UNIX_EPOCH.checked_add(seconds)
        };
        whole
            .and_then(|time| time.checked_add(Duration::from_nanos(u64::from(self.nanoseconds))))
            .unwrap_or(UNIX_EPOCH)
    }
}

impl From<SystemTime> for Modified {
    fn from(time: SystemTime) -> Self {
        let seconds = |since: Duration| i64::try_from(since.as_secs()).unwrap_or(i64::MAX);
        match time.duration_since(UNIX_EPOCH) {
            Ok(since) => Self {
                seconds: seconds(since),
                nanoseconds: since.subsec_nanos(),
            },
            Err(before) => {
                let before = before.duration();
                let part = u32::from(before.subsec_nanos() > 0);
                Self {
                    seconds: -seconds(before) - i64::from(part),
                    nanoseconds: part * 1_000_000_000 - before.subsec_nanos(),
                }
            }
        }
    }
}

/// What a source is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// Its bytes and its times will be written.
    Content,
    /// Only its times will be set.
    Times,
}

/// A source of the user, open: what is written goes into the very file that was read.
///
/// An editor that saves by renaming puts another file at the path; that one is never written.
pub(super) struct SourceFile {
    handle: File,
    metadata: Metadata,
    /// The whole content.
    pub(super) bytes: Vec<u8>,
}

impl SourceFile {
    /// Opens a regular file and reads it; the last part of the path must not be a symlink.
    pub(super) fn open(path: &Path, access: Access) -> io::Result<Self> {
        let no_follow = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        let mut handle = OpenOptions::new()
            .read(true)
            .write(access == Access::Content)
            .custom_flags(i32::try_from(no_follow.bits()).unwrap_or(0))
            .open(path)?;
        let metadata = handle.metadata()?;
        if !metadata.is_file() {
            return Err(io::Error::other("not a regular file"));
        }
        let mut bytes = Vec::new();
        handle.read_to_end(&mut bytes)?;
        Ok(Self {
            handle,
            metadata,
            bytes,
        })
    }

    pub(super) fn modified(&self) -> Modified {
        Modified::of(&self.metadata)
    }

    pub(super) fn mode(&self) -> u32 {
        self.metadata.mode()
    }

    /// Sets the time to what it is: fails where it could not be put back later.
    pub(super) fn check_times_can_be_set(&self) -> io::Result<()> {
        self.set_times(self.modified().time())
    }

    /// A time after the present one of the file: now, where the clock has gone on.
    pub(super) fn fresh_time(&self) -> SystemTime {
        let after = self.modified().time() + Duration::from_nanos(1);
        SystemTime::now().max(after)
    }

    /// Overwrites bytes in place; the length does not change.
    pub(super) fn overwrite(&self, offset: usize, bytes: &[u8]) -> io::Result<()> {
        crash::point();
        let offset = u64::try_from(offset).map_err(io::Error::other)?;
        self.handle.write_all_at(bytes, offset)?;
        crash::point();
        Ok(())
    }

    /// Sets the modification time and leaves the access time alone.
    pub(super) fn set_modified(&self, time: SystemTime) -> io::Result<()> {
        self.set_times(time)?;
        crash::point();
        Ok(())
    }

    fn set_times(&self, time: SystemTime) -> io::Result<()> {
        self.handle.set_times(FileTimes::new().set_modified(time))
    }

    /// Waits until content and times are on the disk.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.handle.sync_all()
    }

    /// Whether the path still leads to this very file.
    pub(super) fn is_still_at(&self, path: &Path) -> bool {
        fs::symlink_metadata(path).is_ok_and(|there| {
            (there.dev(), there.ino()) == (self.metadata.dev(), self.metadata.ino())
        })
    }
}

/// Puts a whole file into `folder`, durably: after a crash there is the old one or the new one.
///
/// One owner at a time (the journal's lock) makes the fixed temporary name safe.
pub(super) fn write_durably(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    crash::point();
    let half = folder.join(format!("{name}.new"));
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&half)?;
    file.write_all(bytes)?;
    crash::point();
    file.sync_all()?;
    fs::rename(&half, folder.join(name))?;
    crash::point();
    sync_folder(folder)
}

/// Makes a folder that only its owner reads, with its parents, durably.
pub(super) fn make_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    folder.parent().map_or(Ok(()), sync_folder)
}

/// Removes a file; one that is gone already is fine.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    crash::point();
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

/// Waits until renames in `folder` are on the disk.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Ends the work at a chosen step, as a kill would: nothing after it runs.
#[cfg(test)]
pub(super) mod crash {
    use std::cell::Cell;

    thread_local! {
        static LEFT: Cell<Option<u32>> = const { Cell::new(None) };
    }

    /// What a crash unwinds with.
    pub(crate) struct Crash;

    /// Lets `steps` more steps pass on this thread, then crashes.
    pub(crate) fn after(steps: Option<u32>) {
        LEFT.set(steps);
    }

    pub(crate) fn point() {
        match LEFT.get() {
            None => {}
            Some(0) => std::panic::resume_unwind(Box::new(Crash)),
            Some(left) => LEFT.set(Some(left - 1)),
        }
    }
}

/// Outside of tests nothing ends early.
#[cfg(not(test))]
mod crash {
    pub(super) const fn point() {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_before_1970_and_its_nanoseconds_come_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("old");
        fs::write(&path, "x").unwrap();
        let old = Modified {
            seconds: -3,
            nanoseconds: 999_999_999,
        };
        let file = SourceFile::open(&path, Access::Times).unwrap();
        file.set_modified(old.time()).unwrap();
        assert_eq!(Modified::of(&fs::metadata(&path).unwrap()), old);
        assert_eq!(Modified::from(old.time()), old);
        let whole = Modified {
            seconds: -3,
            nanoseconds: 0,
        };
        assert_eq!(Modified::from(whole.time()), whole);
    }

    #[test]
    fn a_symlink_is_not_opened_and_a_replaced_file_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("a"), folder.path().join("link"));
        fs::write(&path, "x").unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert!(SourceFile::open(&link, Access::Times).is_err());

        let file = SourceFile::open(&path, Access::Content).unwrap();
        assert!(file.is_still_at(&path));
        fs::write(folder.path().join("b"), "y").unwrap();
        fs::rename(folder.path().join("b"), &path).unwrap();
        assert!(!file.is_still_at(&path));
        file.overwrite(0, b"z").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"y", "the new file is untouched");
    }
}
