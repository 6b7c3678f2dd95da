//! Notes of the system, gathered until it is calm.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::time::{Duration, Instant};

use notify::event::{Event, EventKind, ModifyKind};
use notify::{Config, RecommendedWatcher, Watcher as _};

use super::names::is_temporary;

/// So long nothing may happen before a burst counts as over: editors write, rename and set times within
/// a few milliseconds, and what a save would cost is to be told within a tenth of a second.
const QUIET: Duration = Duration::from_millis(40);
/// So long a burst may last before it is reported all the same.
const LONGEST: Duration = Duration::from_millis(500);

/// A note of the system.
#[derive(Debug)]
pub(super) enum Raw {
    /// Look at this path, relative to the app; `came_or_went` when the entry itself changed.
    Look { path: PathBuf, came_or_went: bool },
    /// The system could not tell everything.
    Fault(String),
    /// Look whether to stop.
    Wake,
}

/// Flags between the threads.
#[derive(Debug)]
pub(super) struct Signals {
    pub(super) stopped: AtomicBool,
    /// A note was lost: compare everything.
    pub(super) missed: AtomicBool,
}

/// What to look at after a burst.
#[derive(Debug, Default)]
pub(super) struct Burst {
    pub(super) paths: BTreeMap<PathBuf, bool>,
    pub(super) everything: bool,
    pub(super) faults: Vec<String>,
}

/// The system's watcher; its notes go into `notes`, and nothing of it ever waits.
pub(super) fn notify(
    root: PathBuf,
    notes: SyncSender<Raw>,
    signals: Arc<Signals>,
) -> notify::Result<RecommendedWatcher> {
    let send = move |raw| {
        if notes.try_send(raw).is_err() {
            signals.missed.store(true, Ordering::Release);
        }
    };
    let hear = move |event: notify::Result<Event>| match event {
        Ok(event) => {
            if event.need_rescan() {
                send(Raw::Fault(
                    "some changes were missed, all files are compared".into(),
                ));
            }
            // Opening and closing is what we do ourselves when we look.
            if matches!(event.kind, EventKind::Access(_)) {
                return;
            }
            let came_or_went = !matches!(
                event.kind,
                EventKind::Modify(ModifyKind::Data(_) | ModifyKind::Metadata(_))
            );
            for path in event.paths {
                if let Some(path) = inside(&root, &path) {
                    send(Raw::Look { path, came_or_went });
                }
            }
        }
        Err(error) => send(Raw::Fault(error.to_string())),
    };
    RecommendedWatcher::new(hear, Config::default().with_follow_symlinks(false))
}

fn inside(root: &Path, path: &Path) -> Option<PathBuf> {
    let relative = path.strip_prefix(root).ok()?;
    (!is_temporary(relative)).then(|| relative.to_owned())
}

/// Waits for a note that counts, then until it is calm. `None` when the watch is over.
pub(super) fn next_burst(
    notes: &Receiver<Raw>,
    signals: &Signals,
    counts: impl Fn(&Path) -> bool,
) -> Option<Burst> {
    let mut burst = Burst::default();
    // When the burst began and when it is over; none as long as nothing that counts happened.
    let mut span: Option<(Instant, Instant)> = None;
    loop {
        let note = match span {
            None => notes.recv().ok(),
            // Not even a storm without a pause makes a burst longer.
            Some((_, over)) if over <= Instant::now() => return Some(burst),
            Some((_, over)) => {
                match notes.recv_timeout(over.saturating_duration_since(Instant::now())) {
                    Ok(note) => Some(note),
                    Err(RecvTimeoutError::Timeout) => return Some(burst),
                    Err(RecvTimeoutError::Disconnected) => None,
                }
            }
        };
        if signals.stopped.load(Ordering::Acquire) {
            return None;
        }
        let mut happened = signals.missed.swap(false, Ordering::AcqRel);
        burst.everything |= happened;
        match note? {
            Raw::Look { path, came_or_went } if counts(&path) => {
                happened = true;
                *burst.paths.entry(path).or_default() |= came_or_went;
            }
            Raw::Fault(message) => {
                happened = true;
                burst.everything = true;
                burst.faults.push(message);
            }
            Raw::Look { .. } | Raw::Wake => {}
        }
        if happened {
            let now = Instant::now();
            let began = span.map_or(now, |(began, _)| began);
            span = Some((began, (now + QUIET).min(began + LONGEST)));
        }
    }
}
