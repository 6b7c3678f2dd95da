//! What the system says of a file without reading it.

use std::{
    ffi::CStr,
    io,
    os::fd::AsFd,
    path::Path,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use rustix::fs::{AtFlags, FileType, Stat, fstat, lstat, statat};

/// What is there, at one moment. A symbolic link is not followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Status {
    pub(super) kind: FileType,
    /// Permission bits, as they are sent.
    pub(super) mode: u32,
    pub(super) version: FileVersion,
}

/// What is the same twice only where a file's bytes are: size, times, inode and device.
///
/// The modification time may be set by hand, and some tools do so after they wrote. The time of
/// change cannot: the system sets it whenever bytes, permissions or times change.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FileVersion {
    pub(super) bytes: u64,
    pub(super) modified: Moment,
    pub(super) changed: Moment,
    pub(super) inode: u64,
    pub(super) device: u64,
}

/// A moment in the system's time, to the nanosecond.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment {
    /// Since 1970; before it, negative.
    pub(super) seconds: i64,
    pub(super) nanoseconds: u32,
}

impl Status {
    /// What is at a path.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        Ok(Self::from(&lstat(path)?))
    }

    /// What has a name in an open folder; quicker than by the whole path.
    pub(super) fn of_name(folder: impl AsFd, name: &CStr) -> io::Result<Self> {
        let stat = statat(folder, name, AtFlags::SYMLINK_NOFOLLOW)?;
        Ok(Self::from(&stat))
    }

    /// What is open.
    pub(super) fn of_open(file: impl AsFd) -> io::Result<Self> {
        Ok(Self::from(&fstat(file)?))
    }

    pub(super) fn is_file(&self) -> bool {
        self.kind == FileType::RegularFile
    }

    pub(super) fn is_folder(&self) -> bool {
        self.kind == FileType::Directory
    }

    /// Modification time as it is sent: seconds since 1970, which nothing is older than.
    pub(super) fn mtime_s(&self) -> u64 {
        u64::try_from(self.version.modified.seconds).unwrap_or(0)
    }
}

impl From<&Stat> for Status {
    fn from(stat: &Stat) -> Self {
        let moment = |seconds, nanoseconds| Moment {
            seconds,
            nanoseconds: u32::try_from(nanoseconds).unwrap_or(0),
        };
        let version = FileVersion {
            bytes: u64::try_from(stat.st_size).unwrap_or(0),
            modified: moment(stat.st_mtime, stat.st_mtime_nsec),
            changed: moment(stat.st_ctime, stat.st_ctime_nsec),
            inode: stat.st_ino,
            device: stat.st_dev,
        };
        Self {
            kind: FileType::from_raw_mode(stat.st_mode),
            mode: stat.st_mode & 0o7777,
            version,
        }
    }
}

impl FileVersion {
    /// Whether the file was last touched before `time`, by either of its times.
    pub(super) fn is_older_than(&self, time: SystemTime) -> bool {
        let newest = self.modified.max(self.changed).time();
        newest.is_some_and(|newest| newest < time)
    }
}

impl Moment {
    /// The same moment for the standard library; `None` where that has none.
    fn time(self) -> Option<SystemTime> {
        let seconds = Duration::from_secs(self.seconds.unsigned_abs());
        let whole = if self.seconds < 0 {
            UNIX_EPOCH.checked_sub(seconds)
        } else {
            UNIX_EPOCH.checked_add(seconds)
        };
        whole?.checked_add(Duration::from_nanos(u64::from(self.nanoseconds)))
    }
}
