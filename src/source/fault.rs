//! What can go wrong with the user's sources and their journal.

use std::io;
use std::path::{Path, PathBuf};

use crate::domain::edit::{STAMP_DIGITS, STAMP_PREFIX, Stamp};

/// Why a source was not edited, touched or put back. The user's file is unchanged unless it says so.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// Another process holds the journal of this app.
    #[error(
        "another imgtui{} has edits of {} open; quit it first, its edits are put back when it ends",
        .pid.map(|pid| format!(" (pid {pid})")).unwrap_or_default(), .app.display()
    )]
    Busy {
        /// The other process, where its number could be read.
        pid: Option<u32>,
        /// The app that both work on.
        app: PathBuf,
    },
    /// The journal was written by a newer program.
    #[error(
        "{} is of version {found}, this imgtui knows {known}: restore with the newer imgtui that wrote it", .journal.display()
    )]
    NewerJournal {
        /// The journal.
        journal: PathBuf,
        /// Its version.
        found: u32,
        /// The newest version that this program knows.
        known: u32,
    },
    /// The journal cannot be understood.
    #[error(
        "{} is damaged ({message}); the originals are in the folder `originals` beside it: compare them with your sources, then move the journal away", .journal.display()
    )]
    DamagedJournal {
        /// The journal.
        journal: PathBuf,
        /// What is wrong with it.
        message: String,
    },
    /// The path leads out of the app.
    #[error("{} is not inside of {}: only sources of the app are edited", .file.display(), .app.display())]
    OutsideApp {
        /// The path as given.
        file: PathBuf,
        /// The app's folder.
        app: PathBuf,
    },
    /// There is no such file.
    #[error("{} does not exist", .file.display())]
    Missing {
        /// The path as given.
        file: PathBuf,
    },
    /// A folder, a pipe or the like.
    #[error("{} is not a regular file", .file.display())]
    NotAFile {
        /// The path as given.
        file: PathBuf,
    },
    /// A path that the journal cannot hold.
    #[error("the name of {} is not UTF-8, which the journal cannot keep: rename it", .file.display())]
    NotUtf8 {
        /// The path as given.
        file: PathBuf,
    },
    /// More bytes than a source has.
    #[error("{} has {bytes} bytes, more than the {limit} of a source that is edited", .file.display())]
    TooBig {
        /// The path as given.
        file: PathBuf,
        /// Its length.
        bytes: u64,
        /// The longest length taken.
        limit: u64,
    },
    /// No stamp in the source.
    #[error(
        "{} has no stamp to edit: put `{STAMP_PREFIX}` and {STAMP_DIGITS} hexadecimal digits into a constant that the program prints", .file.display()
    )]
    NoStamp {
        /// The path as given.
        file: PathBuf,
    },
    /// The same digits were there before, so that a build could be a cache hit.
    #[error("{stamp} was in {} before: an edit needs a new stamp", .file.display())]
    StampUsed {
        /// The path as given.
        file: PathBuf,
        /// The stamp.
        stamp: Stamp,
    },
    /// The file may not be written, or its times may not be set.
    #[error("{} cannot be edited and put back ({message}): make it writable and your own", .file.display())]
    ReadOnly {
        /// The path as given.
        file: PathBuf,
        /// What the system said.
        message: String,
    },
    /// Somebody put another file there while it was edited; theirs is untouched.
    #[error("{} was replaced while it was edited: nothing of the new file was changed, try again", .file.display())]
    ReplacedMeanwhile {
        /// The path as given.
        file: PathBuf,
    },
    /// The system refused.
    #[error("cannot {action} {}: {source}", .path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// Where.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

/// An error of the system with what was tried and where.
pub(super) fn io_at(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> SourceError {
    let path = path.to_owned();
    move |source| SourceError::Io {
        action,
        path,
        source,
    }
}
