//! The watcher: which files of the app changed, by content, in calm bursts.
//!
//! It watches folders, one by one and only those that are not ignored: a giant `target/` costs
//! nothing, and editors that save by renaming are seen. What an event says is only a hint to look;
//! what is reported comes from comparing content, so that a touch is told from a change, and a
//! file saved with the same bytes is no change at all. Permissions count as content, since an
//! engine's `COPY` counts them too; empty folders do not.

mod calm;
mod names;
mod observer;
mod snapshot;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use tokio::sync::mpsc;

use super::disk::Modified;
use super::restore::Announced;
use crate::domain::digest::ContentDigest;
use calm::{Raw, Signals};
use observer::Observer;

/// Whether a path relative to the app is ignored; the flag says that it is a folder, of which
/// then nothing is looked at.
pub type Ignored = Arc<dyn Fn(&Path, bool) -> bool + Send + Sync>;

/// Events that wait for a reader; more are merged into the next one.
const WAITING_EVENTS: usize = 16;
/// Notes of the system that wait for us; when there are more, everything is compared again.
const WAITING_NOTES: usize = 4096;

/// What happened to the app's files. Paths are relative to the app and sorted; at most 50 are
/// named, `total` counts all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WatchEvent {
    /// Content changed, or files came or went: a build would see it.
    Changed {
        /// The first of them.
        files: Vec<PathBuf>,
        /// How many there are.
        total: usize,
    },
    /// Only modification times changed: nothing needs to be built again.
    Touched {
        /// The first of them.
        files: Vec<PathBuf>,
        /// How many there are.
        total: usize,
    },
    /// The watcher missed something, or ended; the message says what to do.
    Failed {
        /// What happened.
        message: String,
    },
}

/// Why the app is not watched.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    /// The system's limit of watched folders is reached.
    #[error(
        "cannot watch {}: the system's limit of watched folders is reached; raise it (sysctl fs.inotify.max_user_watches) or ignore more folders", .folder.display()
    )]
    TooManyFolders {
        /// The folder that was one too many.
        folder: PathBuf,
    },
    /// The system refused.
    #[error("cannot watch {}: {message}", .folder.display())]
    Refused {
        /// Which folder.
        folder: PathBuf,
        /// What the system said.
        message: String,
    },
}

/// A file that we are about to write, and what it will be.
#[derive(Debug, Clone, Copy)]
struct Expected {
    content: ContentDigest,
    modified: Modified,
}

type Expectations = Arc<Mutex<HashMap<PathBuf, Expected>>>;

/// Keeps the watcher quiet about what we write ourselves.
#[derive(Debug, Clone, Default)]
pub struct Quiet(Expectations);

impl Quiet {
    /// Call it before the file is written: that it gets this content and this time is not reported.
    pub fn expect(&self, coming: &Announced) {
        let expected = Expected {
            content: coming.content,
            modified: Modified::from(coming.modified),
        };
        let mut expectations = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        expectations.insert(coming.file.clone(), expected);
    }
}

/// A running watcher; dropping it ends it.
#[derive(Debug)]
pub struct Watch {
    signals: Arc<Signals>,
    wake: SyncSender<Raw>,
    quiet: Quiet,
}

impl Watch {
    /// Reads the app's files and watches them from then on. Blocks until all are read: every
    /// change after it returns is seen. Rules that change need a new watch.
    ///
    /// # Errors
    /// [`WatchError`] when a folder cannot be watched.
    pub fn start(
        app_root: &Path,
        ignored: Ignored,
    ) -> Result<(Self, mpsc::Receiver<WatchEvent>), WatchError> {
        let refused = |message: String| WatchError::Refused {
            folder: app_root.to_owned(),
            message,
        };
        let root = app_root
            .canonicalize()
            .map_err(|e| refused(e.to_string()))?;
        let (wake, notes) = sync_channel(WAITING_NOTES);
        let (events, receiver) = mpsc::channel(WAITING_EVENTS);
        let signals = Arc::new(Signals {
            stopped: AtomicBool::new(false),
            missed: AtomicBool::new(false),
        });
        let quiet = Quiet::default();
        let notify = calm::notify(root.clone(), wake.clone(), Arc::clone(&signals))
            .map_err(|e| refused(e.to_string()))?;
        let observer = Observer::start(root, ignored, notify, quiet.clone())?;
        let work = {
            let signals = Arc::clone(&signals);
            move || observer.run(&notes, &signals, &events)
        };
        thread::Builder::new()
            .name("imgtui-watch".into())
            .spawn(work)
            .map_err(|e| refused(e.to_string()))?;
        let watch = Self {
            signals,
            wake,
            quiet,
        };
        Ok((watch, receiver))
    }

    /// What keeps this watcher quiet about our own writes.
    #[must_use]
    pub fn quiet(&self) -> Quiet {
        self.quiet.clone()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.signals.stopped.store(true, Ordering::Release);
        // When the channel is full, the thread is not asleep and sees the flag.
        drop(self.wake.try_send(Raw::Wake));
    }
}
