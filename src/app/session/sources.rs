//! The session's hands on the user's sources: edit, touch, restore, watch.

use std::{
    collections::BTreeMap,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::mpsc;

use super::{Ground, notice};
use crate::{
    context::{IGNORE_FILES, IgnoreRules, load_ignore_file, walk},
    domain::edit::Stamp,
    parse::terminal::plain,
    runner::stamp::{Change, Stamped, stamp},
    source::{Announced, Ignored, RestoreReport, SourceEdits, Watch, WatchEvent},
    tui::{Level, Msg},
};

/// Edits under a journal, and the watcher.
pub(super) struct Sources {
    ground: Ground,
    messages: mpsc::Sender<Msg>,
    /// Opened when first needed: only one imgtui can have an app's journal open.
    edits: Arc<Mutex<Option<SourceEdits>>>,
    watch: Option<(Watch, mpsc::Receiver<WatchEvent>)>,
    /// Whether the screen is told, which then builds. Forecasts follow the sources all the same.
    is_told: bool,
    /// The edit of an app whose sources hold no stamp: laid over each build's context, as there
    /// is nothing on the disk that could be changed without moving the user's bytes.
    laid_over: Option<Stamp>,
}

impl Sources {
    pub(super) fn new(ground: &Ground, messages: mpsc::Sender<Msg>) -> Self {
        Self {
            ground: ground.clone(),
            messages,
            edits: Arc::default(),
            watch: None,
            is_told: false,
            laid_over: None,
        }
    }

    /// What builds change in the context alone.
    pub(super) fn change(&self) -> Change {
        self.laid_over.map_or(Change::Nothing, Change::Stamp)
    }

    /// Puts back what an imgtui that was killed left behind.
    pub(super) async fn restore_leftovers(&mut self) {
        match self.with_edits(|edits| Ok(edits.pending().len())).await {
            Ok(0) => {}
            Ok(_) => self.restore().await,
            Err(reason) => self.tell(notice(Level::Warning, &reason)).await,
        }
    }

    pub(super) async fn edit(&mut self) {
        let message = match self.stamped_source().await {
            Ok(source) if source.inserted => {
                let stamp = fresh_stamp();
                self.laid_over = Some(stamp);
                Msg::EditedVirtually {
                    file: source.file,
                    line: Some(source.line),
                    stamp,
                }
            }
            Ok(source) => self.edit_on_disk(source.file).await,
            Err(reason) => notice(Level::Error, &reason),
        };
        self.tell(message).await;
    }

    async fn edit_on_disk(&mut self, file: PathBuf) -> Msg {
        let edited = self.with_edits(move |edits| {
            edits
                .edit(&file, fresh_stamp())
                .map_err(|error| error.to_string())
        });
        match edited.await {
            Ok(report) => Msg::Edited {
                file: report.file,
                line: Some(report.line),
                stamp: report.stamp,
            },
            Err(reason) => notice(Level::Error, &reason),
        }
    }

    pub(super) async fn touch(&mut self) {
        let touched = match self.stamped_source().await {
            Ok(source) => {
                self.with_edits(move |edits| {
                    edits.touch(&source.file).map_err(|error| error.to_string())
                })
                .await
            }
            Err(reason) => Err(reason),
        };
        let message = match touched {
            Ok(report) => Msg::Touched { file: report.file },
            Err(reason) => notice(Level::Error, &reason),
        };
        self.tell(message).await;
    }

    /// Takes all edits back; the watcher stays quiet about it.
    pub(super) async fn restore(&mut self) {
        self.laid_over = None;
        let message = match self.take_back().await {
            Ok(RestoreReport { restored, kept }) => Msg::Restored {
                restored,
                kept: kept
                    .into_iter()
                    .map(|kept| (kept.file.clone(), plain(&kept.to_string())))
                    .collect(),
            },
            Err(reason) => notice(Level::Error, &reason),
        };
        self.tell(message).await;
    }

    /// Takes all edits back when the screen is gone; what has to be said is given back.
    pub(super) async fn restore_at_end(&mut self) -> Vec<String> {
        let is_open = {
            let slot = self.edits.lock().unwrap_or_else(PoisonError::into_inner);
            slot.as_ref()
                .is_some_and(|edits| !edits.pending().is_empty())
        };
        if !is_open {
            return Vec::new();
        }
        match self.take_back().await {
            Ok(report) => report
                .kept
                .iter()
                .map(|kept| plain(&kept.to_string()))
                .collect(),
            Err(reason) => vec![reason],
        }
    }

    async fn take_back(&mut self) -> Result<RestoreReport, String> {
        let quiet = self.watch.as_ref().map(|(watch, _)| watch.quiet());
        self.with_edits(move |edits| {
            let announce = |coming: &Announced| {
                if let Some(quiet) = &quiet {
                    quiet.expect(coming);
                }
            };
            edits
                .restore_announcing(announce)
                .map_err(|error| error.to_string())
        })
        .await
    }

    pub(super) async fn watch(&mut self, on: bool) {
        if on || self.watch.is_none() {
            self.start_watch().await;
        }
        self.is_told = on && self.watch.is_some();
        let on = self.is_told;
        self.tell(Msg::WatchState { on }).await;
    }

    async fn start_watch(&mut self) {
        let root = self.ground.app.root.clone();
        let started = tokio::task::spawn_blocking(move || {
            let ignored = ignored_by(&root)?;
            Watch::start(&root, ignored).map_err(|error| error.to_string())
        });
        let started = started.await.unwrap_or_else(|error| Err(error.to_string()));
        match started {
            Ok(watch) => self.watch = Some(watch),
            Err(reason) => self.tell(notice(Level::Error, &reason)).await,
        }
    }

    /// Waits for the watcher; for ever while there is none.
    pub(super) async fn changed(&mut self) -> Option<WatchEvent> {
        match &mut self.watch {
            Some((_, events)) => events.recv().await,
            None => std::future::pending().await,
        }
    }

    /// Tells the screen what the watcher saw. Changed ignore rules are followed from then on.
    pub(super) async fn take_in(&mut self, event: Option<WatchEvent>) {
        let message = match event {
            Some(WatchEvent::Changed { files, .. }) => {
                let rules = files
                    .iter()
                    .any(|file| IGNORE_FILES.iter().any(|name| file == Path::new(name)));
                if rules {
                    self.start_watch().await;
                }
                if !self.is_told {
                    return;
                }
                Msg::SourcesChanged { files }
            }
            Some(WatchEvent::Touched { .. }) if !self.is_told => return,
            Some(WatchEvent::Touched { files, .. }) => Msg::SourcesTouched { files },
            Some(WatchEvent::Failed { message }) => notice(Level::Error, &message),
            None => {
                self.watch = None;
                self.is_told = false;
                Msg::WatchState { on: false }
            }
        };
        self.tell(message).await;
    }

    async fn tell(&self, message: Msg) {
        // The screen is gone: nobody needs to know.
        let _ = self.messages.send(message).await;
    }

    /// The source that edits change.
    async fn stamped_source(&self) -> Result<Stamped, String> {
        let app = self.ground.app.clone();
        let found = tokio::task::spawn_blocking(move || {
            let context = walk(&app.root, &IgnoreRules::App).map_err(|error| error.to_string())?;
            stamp(&context, &BTreeMap::new(), &app, None, Change::Nothing)
                .map_err(|error| error.to_string())
        });
        found.await.unwrap_or_else(|error| Err(error.to_string()))
    }

    /// Runs a change of the disk on a thread for blocking work, with the journal open.
    async fn with_edits<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut SourceEdits) -> Result<T, String> + Send + 'static,
    ) -> Result<T, String> {
        let slot = Arc::clone(&self.edits);
        let state = self.ground.state.path().to_path_buf();
        let root = self.ground.app.root.clone();
        let done = tokio::task::spawn_blocking(move || {
            let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
            if slot.is_none() {
                let opened = SourceEdits::open(&state, &root).map_err(|error| error.to_string())?;
                *slot = Some(opened);
            }
            slot.as_mut().map_or_else(|| Err("no journal".into()), work)
        });
        done.await.unwrap_or_else(|error| Err(error.to_string()))
    }
}

/// A stamp that was never used: nanoseconds since 1970. An edit that was made before would be
/// a cache hit.
pub(crate) fn fresh_stamp() -> Stamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    Stamp(since.map_or(0, |since| {
        u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
    }))
}

/// What is not sent to an engine is not watched either; and never what cargo and git write, or
/// a `cargo build` beside us would look like an edit.
fn ignored_by(root: &Path) -> Result<Ignored, String> {
    let rules = load_ignore_file(root).map_err(|error| error.to_string())?;
    Ok(Arc::new(move |path: &Path, is_folder: bool| {
        if path == Path::new("target") || path == Path::new(".git") {
            return true;
        }
        let bytes = path.as_os_str().as_bytes();
        let ignored = rules.judge_path(bytes).ignored_by.is_some();
        ignored && !(is_folder && rules.may_take_back_beneath(bytes))
    }))
}
