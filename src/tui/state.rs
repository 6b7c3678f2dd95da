//! All that the screen knows. Only [`super::update()`] changes it.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use crate::domain::{
    check::Checklist,
    edit::Stamp,
    engines::EngineEntry,
    event::Subject,
    foreseen::Foreseen,
    ids::{Bytes, StrategyId},
    recommend::{Recommendation, Row, recommend},
    record::BuildRecord,
    strategy::{CatalogFault, Strategy},
};

use super::{
    figures::{Figures, History},
    msg::Level,
    theme::{Colour, Theme},
};

pub(super) mod bench;
pub(super) mod list;
pub(super) mod live;
pub(super) mod log;
pub(super) mod result;
pub(super) mod rows;

use bench::{BenchForm, Benches};
use list::List;
use live::{LiveBuild, Runs};
use log::LogPane;
use result::ResultPane;

/// How long a notice stays.
const NOTICE_STAYS: Duration = Duration::from_secs(6);

/// What the screen is told at its start.
#[derive(Debug, Clone)]
pub struct Start {
    /// In the list's order.
    pub strategies: Vec<Strategy>,
    /// Faults found while reading the strategies' folders.
    pub faults: Vec<CatalogFault>,
    /// Name of the app, for the status line.
    pub app_name: String,
    /// The app's folder.
    pub app_root: PathBuf,
    /// Whether colours are used.
    pub colour: Colour,
    /// `false` when set-up is needed, or may be: the checklist is shown where the log will be.
    pub ready: bool,
    /// Whether the watcher is on from the start.
    pub watch: bool,
    /// Strategies that cannot be built here, each with the reason, as far as that is known
    /// without an engine; [`super::Msg::Availability`] tells the rest.
    pub unavailable: BTreeMap<StrategyId, String>,
    /// Time since the program began.
    pub now: Duration,
}

/// The screen's state.
#[derive(Debug)]
pub struct State {
    pub(super) app_name: String,
    pub(super) app_root: PathBuf,
    pub(super) theme: Theme,
    pub(super) strategies: Vec<Strategy>,
    pub(super) unavailable: BTreeMap<StrategyId, String>,
    pub(super) faults: Vec<CatalogFault>,
    pub(super) now: Duration,
    pub(super) size: (u16, u16),
    pub(super) engine: Engine,
    pub(super) checklist: Option<Checklist>,
    /// Those that were found; `None` while they are asked.
    pub(super) engines: Option<Vec<EngineEntry>>,
    pub(super) disk: Option<Bytes>,
    pub(super) watch: bool,
    pub(super) edits: Edits,
    pub(super) mouse: bool,
    pub(super) mode: Mode,
    pub(super) focus: Pane,
    /// Which of the right panes is shown where there is room for one only; the benchmark's is
    /// shown instead of the two others wherever it is this one.
    pub(super) right: Pane,
    pub(super) list: List,
    pub(super) runs: Runs,
    pub(super) log: LogPane,
    pub(super) result: ResultPane,
    pub(super) bench: Benches,
    pub(super) history: History,
    /// Earlier builds by the kind of engine that made them.
    pub(super) everywhere: BTreeMap<String, History>,
    /// What builds would come to if they were started now.
    pub(super) foreseen: BTreeMap<StrategyId, Foreseen>,
    /// What history and availability recommend; see [`State::weigh`].
    pub(super) recommendation: Recommendation,
    pub(super) notices: Vec<Notice>,
    /// Asked for before there was an engine; built as soon as there is one.
    pub(super) waiting: Vec<StrategyId>,
    pub(super) dirty: bool,
}

/// What is known of the engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Engine {
    /// The machine is being looked at, or the engine is being started.
    Looking {
        /// Whether set-up was found done at the start.
        ready: bool,
    },
    /// There is none (yet).
    Missing { message: String },
    /// It answers.
    Ready { name: String, how: String },
}

/// Our own edits of the app's sources.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Edits {
    /// Edits made by this process since the last restore, on the disk or laid over it.
    pub(super) made: usize,
    /// The last one, until the watcher reports it: then the build is labelled with it.
    pub(super) unreported: Option<(PathBuf, Option<usize>)>,
    /// What stands in the source now, or is sent in its place.
    pub(super) stamp: Option<Stamp>,
}

/// The panes. Where that of the benchmark is shown, it takes the place of build and result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Pane {
    Strategies,
    Build,
    Result,
    Bench,
}

/// Who gets the keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Mode {
    /// The pane in focus.
    Browse,
    /// A prompt; the text from before comes back on Esc.
    Type { prompt: Prompt, before: String },
    /// A dialog above everything.
    Overlay { overlay: Overlay, top: usize },
}

/// What is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Prompt {
    Filter,
    Search,
}

/// A dialog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Overlay {
    Help,
    Checklist,
    Faults,
    Command {
        strategy: StrategyId,
        text: String,
    },
    /// Why the steps of a build came from the cache or did not.
    Explanation {
        text: String,
    },
    /// The list of engines, and the one under the cursor.
    Engines {
        cursor: usize,
    },
    /// What a benchmark is to be made of.
    Bench(BenchForm),
    /// How the benchmark under way ends.
    StopBench,
    Quit,
}

/// One sentence that goes away by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Notice {
    pub(super) level: Level,
    pub(super) text: String,
    pub(super) until: Duration,
}

impl State {
    /// The screen before anything happened.
    #[must_use]
    pub fn new(start: Start) -> Self {
        let Start {
            strategies,
            faults,
            app_name,
            app_root,
            colour,
            ready,
            watch,
            unavailable,
            now,
        } = start;
        let mut state = Self {
            app_name,
            app_root,
            theme: Theme { colour },
            list: List::new(&strategies),
            strategies,
            unavailable,
            faults,
            now,
            size: (0, 0),
            engine: Engine::Looking { ready },
            checklist: None,
            engines: None,
            disk: None,
            watch,
            edits: Edits::default(),
            mouse: true,
            mode: Mode::Browse,
            focus: Pane::Strategies,
            right: Pane::Build,
            runs: Runs::default(),
            log: LogPane::default(),
            result: ResultPane::default(),
            bench: Benches::default(),
            history: History::default(),
            everywhere: BTreeMap::new(),
            foreseen: BTreeMap::new(),
            recommendation: Recommendation::default(),
            notices: Vec::new(),
            waiting: Vec::new(),
            dirty: true,
        };
        state.weigh();
        state
    }

    /// Takes a record in among those of its engine.
    pub(super) fn learn_everywhere(&mut self, record: BuildRecord) {
        let kind = record.engine.kind.clone();
        self.everywhere.entry(kind).or_default().learn(record);
    }

    /// Thinks over what to recommend, after records or what can be built here changed. All
    /// builds of all strategies are looked at, which is too much for every frame.
    pub(super) fn weigh(&mut self) {
        let (strategies, records) = (&self.strategies, self.history.all());
        let mut found = recommend(strategies, records, &self.unavailable);
        // All of them in the list's order, whatever the filter of pane 1 says.
        let ordered = List::default();
        let ordered = ordered.visible(strategies);
        let place = |row: &Row| ordered.iter().position(|one| one.id == row.strategy);
        found.rows.sort_by_cached_key(place);
        self.recommendation = found;
    }

    /// Whether something changed since the last call; then the screen is to be drawn.
    pub fn take_dirty(&mut self) -> bool {
        std::mem::take(&mut self.dirty)
    }

    /// Whether the screen is to be drawn.
    pub(super) fn is_dirty(&self) -> bool {
        self.dirty
    }

    /// How soon something moves by itself: the spinner, or a notice that goes. `None` while
    /// the screen stands still.
    #[must_use]
    pub fn next_tick(&self) -> Option<Duration> {
        if self.moves() {
            return Some(Duration::from_millis(100));
        }
        let gone = self.notices.iter().map(|notice| notice.until).min()?;
        Some(gone.saturating_sub(self.now).max(Duration::from_millis(50)))
    }

    /// Whether something is at work that a spinner shows.
    pub(super) fn moves(&self) -> bool {
        self.runs.at_work().is_some() || self.is_looking() || self.bench.is_at_work()
    }

    /// Whether the first look at the machine is under way.
    pub(super) fn is_looking(&self) -> bool {
        self.engine == Engine::Looking { ready: false } && self.checklist.is_none()
    }

    /// Whether a key has to set the machine up before anything can be built.
    pub(super) fn needs_setup(&self) -> bool {
        match &self.engine {
            Engine::Ready { .. } => false,
            Engine::Looking { ready } => !ready,
            Engine::Missing { .. } => true,
        }
    }

    /// The strategy under the cursor.
    pub(super) fn selected(&self) -> Option<&Strategy> {
        self.list.selected(&self.strategies)
    }

    /// Puts the cursor of the list on a strategy.
    pub fn select(&mut self, strategy: StrategyId) {
        self.list.select(strategy);
    }

    /// The build that pane 2 shows.
    pub(super) fn shown(&self) -> Option<&LiveBuild> {
        let live = self.runs.newest();
        if self.log.live {
            return live;
        }
        let Some(strategy) = self.selected() else {
            return live;
        };
        // Until the set-up is over, it is what a strategy without a build waits for.
        self.runs.latest(&strategy.id).or_else(|| self.set_up())
    }

    /// The set-up at work.
    pub(super) fn set_up(&self) -> Option<&LiveBuild> {
        let current = self.runs.current();
        current.filter(|live| live.subject == Subject::Setup)
    }

    /// [`Self::shown`], to be changed.
    pub(super) fn shown_mut(&mut self) -> Option<&mut LiveBuild> {
        let id = self.shown()?.id;
        self.runs.find_mut(id)
    }

    /// Why this strategy cannot be built here; `None` where it can, or nothing is known.
    pub(super) fn why_unavailable(&self, strategy: &StrategyId) -> Option<&str> {
        self.unavailable.get(strategy).map(String::as_str)
    }

    /// The figures of a strategy that can be built here.
    pub(super) fn figures(&self, strategy: &StrategyId) -> Figures {
        match self.why_unavailable(strategy) {
            Some(_) => Figures::default(),
            None => self.history.figures(strategy),
        }
    }

    /// Whether this strategy is at work or waits.
    pub(super) fn is_queued(&self, strategy: &StrategyId) -> bool {
        self.runs.queue.contains(strategy) || self.waiting.contains(strategy)
    }

    /// Puts a sentence on the screen for some seconds.
    pub(super) fn notify(&mut self, level: Level, text: impl Into<String>) {
        const SHOWN: usize = 3;
        let text = text.into();
        self.notices.retain(|notice| notice.text != text);
        self.notices.push(Notice {
            level,
            text,
            until: self.now + NOTICE_STAYS,
        });
        if self.notices.len() > SHOWN {
            self.notices.remove(0);
        }
    }
}
