//! The thread that looks at files after a burst and says what changed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;
use std::sync::mpsc::Receiver;

use notify::{ErrorKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::mpsc;

use super::calm::{Burst, Raw, Signals, next_burst};
use super::names::is_temporary;
use super::snapshot::{Seen, look};
use super::{Ignored, Quiet, WatchError, WatchEvent};

/// How many files an event names.
const NAMED: usize = 50;

pub(super) struct Observer {
    root: PathBuf,
    ignored: Ignored,
    notify: RecommendedWatcher,
    quiet: Quiet,
    /// Watched folders, relative to the app; the app itself is the empty path.
    folders: BTreeSet<PathBuf>,
    seen: BTreeMap<PathBuf, Seen>,
}

#[derive(Debug, Default)]
struct Differences {
    changed: Vec<PathBuf>,
    touched: Vec<PathBuf>,
}

enum Difference {
    None,
    Changed,
    Touched,
}

impl Observer {
    /// Watches the app and remembers every file of it.
    pub(super) fn start(
        root: PathBuf,
        ignored: Ignored,
        notify: RecommendedWatcher,
        quiet: Quiet,
    ) -> Result<Self, WatchError> {
        let mut observer = Self {
            root,
            ignored,
            notify,
            quiet,
            folders: BTreeSet::new(),
            seen: BTreeMap::new(),
        };
        for file in observer.adopt(Path::new(""))? {
            if let Some(seen) = look(&observer.root.join(&file)) {
                observer.seen.insert(file, seen);
            }
        }
        Ok(observer)
    }

    /// Reports until nobody listens any more.
    pub(super) fn run(
        mut self,
        notes: &Receiver<Raw>,
        signals: &Signals,
        events: &mpsc::Sender<WatchEvent>,
    ) {
        while let Some(burst) = next_burst(notes, signals, |path| self.counts(path)) {
            let mut news: Vec<WatchEvent> = Vec::new();
            if !self.root.is_dir() {
                let root = self.root.display();
                let message = format!("{root} is gone: nothing is watched any more");
                drop(events.blocking_send(WatchEvent::Failed { message }));
                return;
            }
            let failed = |message| WatchEvent::Failed { message };
            news.extend(burst.faults.iter().cloned().map(failed));
            let (candidates, fault) = self.candidates(burst);
            news.extend(fault.map(|fault| failed(fault.to_string())));
            let found = self.compare(candidates);
            news.extend(
                named(found.changed).map(|(files, total)| WatchEvent::Changed { files, total }),
            );
            news.extend(
                named(found.touched).map(|(files, total)| WatchEvent::Touched { files, total }),
            );
            for event in news {
                if events.blocking_send(event).is_err() {
                    return;
                }
            }
        }
    }

    fn counts(&self, path: &Path) -> bool {
        let is_folder = self.folders.contains(path) || is_folder(&self.root.join(path));
        path.as_os_str().is_empty() || !(self.ignored)(path, is_folder)
    }

    /// The files to compare after a burst; folders that came or went are followed. All that went
    /// go first: a folder that was only renamed is watched anew under its new name.
    fn candidates(&mut self, burst: Burst) -> (BTreeSet<PathBuf>, Option<WatchError>) {
        let mut candidates = BTreeSet::new();
        let mut appeared = Vec::new();
        let mut paths = burst.paths;
        let root_changed = paths.remove(Path::new("")) == Some(true);
        if burst.everything || root_changed {
            paths = BTreeMap::from([(PathBuf::new(), true)]);
        }
        for (path, came_or_went) in paths {
            if came_or_went {
                self.abandon(&path);
                candidates.extend(self.seen_below(&path));
                if is_folder(&self.root.join(&path)) {
                    appeared.push(path);
                    continue;
                }
            }
            candidates.insert(path);
        }
        let mut fault = None;
        for folder in appeared {
            match self.adopt(&folder) {
                Ok(files) => candidates.extend(files),
                Err(error) => fault = Some(error),
            }
        }
        (candidates, fault)
    }

    fn seen_below(&self, path: &Path) -> Vec<PathBuf> {
        let from = (Bound::Included(path), Bound::Unbounded);
        let below = self.seen.range::<Path, _>(from);
        below
            .map(|(file, _)| file)
            .take_while(|file| file.starts_with(path))
            .cloned()
            .collect()
    }

    /// Ends the watch of a folder and of all below it. The system may have ended it already.
    fn abandon(&mut self, path: &Path) {
        let (gone, left) = std::mem::take(&mut self.folders)
            .into_iter()
            .partition::<BTreeSet<_>, _>(|folder| folder.starts_with(path));
        self.folders = left;
        for folder in gone {
            drop(self.notify.unwatch(&self.root.join(folder)));
        }
    }

    /// Watches a folder and all below that is not ignored, and lists their files. Each is watched
    /// before it is read, so that nothing falls between.
    fn adopt(&mut self, folder: &Path) -> Result<BTreeSet<PathBuf>, WatchError> {
        let mut files = BTreeSet::new();
        let mut waiting = vec![folder.to_owned()];
        while let Some(folder) = waiting.pop() {
            let absolute = if folder.as_os_str().is_empty() {
                self.root.clone()
            } else {
                self.root.join(&folder)
            };
            match self.notify.watch(&absolute, RecursiveMode::NonRecursive) {
                Ok(()) => {}
                // Gone again in the meantime.
                Err(_) if !absolute.is_dir() => continue,
                Err(error) => return Err(refused(absolute, &error)),
            }
            self.folders.insert(folder.clone());
            for entry in fs::read_dir(&absolute).into_iter().flatten().flatten() {
                let path = folder.join(entry.file_name());
                let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
                if is_temporary(&path) || (self.ignored)(&path, is_folder) {
                    continue;
                }
                if is_folder {
                    waiting.push(path);
                } else {
                    files.insert(path);
                }
            }
        }
        Ok(files)
    }

    fn compare(&mut self, candidates: BTreeSet<PathBuf>) -> Differences {
        let mut found = Differences::default();
        for path in candidates {
            match self.difference(&path) {
                Difference::None => {}
                Difference::Changed => found.changed.push(path),
                Difference::Touched => found.touched.push(path),
            }
        }
        found
    }

    fn difference(&mut self, path: &Path) -> Difference {
        let now = look(&self.root.join(path));
        let before = match &now {
            Some(seen) => self.seen.insert(path.to_owned(), seen.clone()),
            None => self.seen.remove(path),
        };
        if before == now || self.was_expected(path, before.as_ref(), now.as_ref()) {
            return Difference::None;
        }
        match (before, now) {
            (Some(before), Some(now)) if before.content == now.content => Difference::Touched,
            _ => Difference::Changed,
        }
    }

    /// Whether we wrote this ourselves. Content and time may be seen one after the other, so an
    /// expectation ends with the time, or with somebody else's content.
    fn was_expected(&self, path: &Path, before: Option<&Seen>, now: Option<&Seen>) -> bool {
        let mut expectations = self.quiet.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(expected) = expectations.get(path).copied() else {
            return false;
        };
        if now.is_some_and(|seen| seen.content.is(expected.content)) {
            if now.is_some_and(|seen| seen.modified == expected.modified) {
                expectations.remove(path);
            }
            return true;
        }
        if before.map(|seen| &seen.content) != now.map(|seen| &seen.content) {
            expectations.remove(path);
        }
        false
    }
}

fn is_folder(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir())
}

fn named(mut files: Vec<PathBuf>) -> Option<(Vec<PathBuf>, usize)> {
    let total = files.len();
    files.truncate(NAMED);
    (total > 0).then_some((files, total))
}

fn refused(folder: PathBuf, error: &notify::Error) -> WatchError {
    match error.kind {
        ErrorKind::MaxFilesWatch => WatchError::TooManyFolders { folder },
        _ => WatchError::Refused {
            folder,
            message: error.to_string(),
        },
    }
}
