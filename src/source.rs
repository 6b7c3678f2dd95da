//! The user's sources: edited on disk under a journal, put back, and watched.
//!
//! * [`SourceEdits`] changes a source so that a build has to run its last steps (an edit) or so
//!   that it has not (a touch), and puts every byte and every modification time back. Whatever is
//!   needed for that is durably in a journal *before* the user's file changes, so that a kill at
//!   any instruction loses nothing: the next start restores.
//! * [`Watch`] tells which files of the app changed, by content, in calm bursts.
//!
//! Everything in [`SourceEdits`] and [`Watch::start`] blocks on the disk: call it from a blocking
//! task. Nothing here knows what is ignored; the caller says so ([`Ignored`]).
//!
//! # Why an edit writes sixteen bytes in place
//! A new file renamed over the old one would be atomic, but it changes inode and owner, cuts hard
//! links, loses extended attributes and, killed half-way, leaves litter between the user's
//! sources. An edit only ever replaces the digits of a stamp by as many others, so it overwrites
//! them where they stand. A file is recognised as ours when it equals the original outside of the
//! digits and the digits are ones that the journal knows, or a torn write of those: what
//! restore then writes are again those sixteen bytes, and nothing of the user's can be under them.

mod disk;
mod edits;
mod fault;
mod journal;
mod judge;
mod lock;
mod place;
mod restore;
mod watch;

#[cfg(test)]
mod crash_tests;
#[cfg(test)]
mod kill_tests;
#[cfg(test)]
mod property_tests;

pub use edits::{EditReport, SourceEdits, TouchReport};
pub use fault::SourceError;
pub use restore::{Announced, Kept, KeptReason, RestoreReport};
pub use watch::{Ignored, Quiet, Watch, WatchError, WatchEvent};
