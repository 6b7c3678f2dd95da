//! What the system says of a file without reading it.

use std::{
    fs::Metadata,
    os::unix::fs::MetadataExt,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// A moment in the system's time, to the nanosecond.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment {
    /// Since 1970; before it, negative.
    pub(super) seconds: i64,
    pub(super) nanoseconds: u32,
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

/// Permission bits, as they are sent.
pub(super) fn mode(found: &Metadata) -> u32 {
    found.mode() & 0o7777
}

/// Modification time as it is sent: seconds since 1970, which nothing is older than.
pub(super) fn mtime_s(found: &Metadata) -> u64 {
    u64::try_from(found.mtime()).unwrap_or(0)
}

impl Moment {
    fn new(seconds: i64, nanoseconds: i64) -> Self {
        Self {
            seconds,
            nanoseconds: u32::try_from(nanoseconds).unwrap_or(0),
        }
    }

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

impl FileVersion {
    pub(super) fn of(found: &Metadata) -> Self {
        Self {
            bytes: found.len(),
            modified: Moment::new(found.mtime(), found.mtime_nsec()),
            changed: Moment::new(found.ctime(), found.ctime_nsec()),
            inode: found.ino(),
            device: found.dev(),
        }
    }

    /// Whether the file was last touched before `time`, by either of its times.
    pub(super) fn is_older_than(&self, time: SystemTime) -> bool {
        let newest = self.modified.max(self.changed).time();
        newest.is_some_and(|newest| newest < time)
    }
}
