//! Keeps the screen told what builds would cost if they were started now.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::{
    sync::{Notify, mpsc},
    task::JoinHandle,
};

use crate::{
    app::Ground,
    domain::{foreseen::Foreseen, ids::StrategyId},
    engine::Engine,
    runner::{
        foresee::{Asked, Foresight, Sight, Supposed},
        stamp::Change,
    },
    tui::Msg,
};

/// More files than this are not followed one by one.
const FOLLOWED: usize = 200;

/// Looks again whenever there is news; what comes while it looks is one look more.
pub(super) struct Outlook {
    board: Arc<Board>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct Board {
    news: Mutex<News>,
    wake: Notify,
}

/// What happened since the last look.
#[derive(Default)]
struct News {
    history: bool,
    /// The engine that builds from now on.
    engine: Option<Arc<dyn Engine>>,
    /// What builds change in the context alone.
    change: Change,
    files: Files,
}

/// What changed on the disk.
#[derive(Default)]
enum Files {
    /// These and no others.
    Named(Vec<PathBuf>),
    /// Nobody knows.
    #[default]
    Any,
}

impl Outlook {
    pub(super) fn new(ground: &Ground, messages: mpsc::Sender<Msg>) -> Self {
        let board = Arc::new(Board::default());
        let looking = Looking {
            sight: Sight::of(&ground.app, &ground.state),
            ground: ground.clone(),
            foresight: None,
            engine: None,
            asked: None,
            change: Change::Nothing,
            files: Files::Any,
            found: BTreeMap::new(),
        };
        let task = tokio::spawn(look(looking, messages, Arc::clone(&board)));
        Self { board, task }
    }

    /// These files changed, as the watcher names them; without a list any may have.
    pub(super) fn changed(&self, files: Option<&[PathBuf]>) {
        self.post(|news| match (&mut news.files, files) {
            (Files::Named(known), Some(files)) if known.len() + files.len() <= FOLLOWED => {
                known.extend_from_slice(files);
            }
            (known, _) => *known = Files::Any,
        });
    }

    /// What builds change in the context alone, and anything on the disk.
    pub(super) fn edited(&self, change: Change) {
        self.post(|news| {
            news.change = change;
            news.files = Files::Any;
        });
    }

    /// A build is over.
    pub(super) fn learn(&self) {
        self.post(|news| news.history = true);
    }

    /// Builds are by this engine from now on.
    pub(super) fn engine_is(&self, engine: &Arc<dyn Engine>) {
        self.post(|news| {
            news.engine = Some(Arc::clone(engine));
            news.history = true;
        });
    }

    fn post(&self, write: impl FnOnce(&mut News)) {
        let news = &mut *self
            .board
            .news
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        write(news);
        self.board.wake.notify_one();
    }
}

impl Drop for Outlook {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Board {
    /// Waits for news and takes them off the board.
    async fn news(&self) -> News {
        self.wake.notified().await;
        let news = &mut *self.news.lock().unwrap_or_else(PoisonError::into_inner);
        let nothing = News {
            change: news.change,
            files: Files::Named(Vec::new()),
            ..News::default()
        };
        std::mem::replace(news, nothing)
    }
}

/// What is remembered from look to look.
struct Looking {
    ground: Ground,
    sight: Sight,
    foresight: Option<Foresight>,
    engine: Option<Arc<dyn Engine>>,
    /// What the engine no longer had when it was asked; `None` until it was.
    asked: Option<Asked>,
    change: Change,
    /// What changed on the disk since the last look.
    files: Files,
    found: BTreeMap<StrategyId, Foreseen>,
}

async fn look(mut looking: Looking, messages: mpsc::Sender<Msg>, board: Arc<Board>) {
    loop {
        looking.take_in(board.news().await);
        // What the engine no longer has is found out once the screen has what the history says.
        loop {
            let Some(looked) = looking.look().await else {
                return;
            };
            looking = looked;
            let found = Msg::Foreseen(looking.found.clone());
            if messages.send(found).await.is_err() {
                return;
            }
            if !looking.ask().await {
                break;
            }
        }
    }
}

impl Looking {
    fn take_in(&mut self, news: News) {
        if news.history {
            self.foresight = None;
        }
        if let Some(engine) = news.engine {
            self.engine = Some(engine);
            self.asked = None;
        }
        self.change = news.change;
        self.files = news.files;
    }

    /// On a thread for blocking work.
    async fn look(mut self) -> Option<Self> {
        let looked = tokio::task::spawn_blocking(move || {
            self.look_at_all();
            self
        });
        looked.await.ok()
    }

    /// Every strategy of which something can be foreseen.
    fn look_at_all(&mut self) {
        let Self { ground, sight, .. } = self;
        match std::mem::replace(&mut self.files, Files::Named(Vec::new())) {
            Files::Named(files) => sight.follow(&files),
            Files::Any => sight.forget(),
        }
        if self.foresight.is_none() {
            let kind = self
                .engine
                .as_ref()
                .map(|engine| engine.info().kind.as_str());
            // A history that cannot be read was told of elsewhere.
            self.foresight = Foresight::load(&ground.state, &ground.app.root, kind)
                .ok()
                .flatten();
            if let (Some(foresight), Some(asked)) = (&mut self.foresight, &self.asked) {
                foresight.heed(asked);
            }
        }
        self.found.clear();
        let Some(foresight) = &self.foresight else {
            return;
        };
        let supposed = Supposed {
            change: self.change,
            ..Supposed::default()
        };
        for strategy in &ground.catalog.strategies {
            if let Ok(seen) = foresight.foresee(sight, &ground.catalog, strategy, &supposed) {
                self.found.insert(strategy.id.clone(), seen);
            }
        }
        sight.keep();
    }

    /// Whether the engine was found to have lost something that the forecasts rely on. It is asked
    /// once: what was built since is there, and questions while it builds would be that build's
    /// time.
    async fn ask(&mut self) -> bool {
        let (Some(foresight), Some(engine), None) =
            (&mut self.foresight, &self.engine, &self.asked)
        else {
            return false;
        };
        let found = self.found.iter().map(|(id, found)| (id.0.as_str(), found));
        let asked = foresight.ask(engine.as_ref(), found).await;
        let has_lost = !asked.is_empty();
        self.asked = Some(asked);
        has_lost
    }
}
