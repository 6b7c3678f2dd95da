//! What the screen asks others to do.

use std::path::PathBuf;

use crate::domain::{
    bench::{BenchCommand, Prior},
    event::Trigger,
    ids::{BuildId, StrategyId},
};

/// A request, as data. [`Effect::is_for_terminal`] ones are carried out by the shell, all others
/// by whoever called [`super::run`]; their results come back as [`super::Msg`]s.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Put these builds at the end of the queue, in this order.
    Build {
        /// What to build.
        strategies: Vec<StrategyId>,
        /// Why.
        trigger: Trigger,
    },
    /// End the build at work (a base or set-up too); the queue goes on.
    Cancel,
    /// Take all waiting builds out of the queue.
    DropQueue,
    /// Give a source of the app a new time and the same bytes.
    Touch,
    /// Give a source of the app a new stamp.
    Edit,
    /// Take our edits back.
    Restore,
    /// Switch the watcher.
    SetWatch(bool),
    /// Install what the checklist says is missing.
    SetUp,
    /// Look at the machine (again).
    Examine,
    /// Answer with [`super::Msg::Engines`].
    ListEngines,
    /// Build by the engine of this name from now on.
    TakeEngine(String),
    /// Answer with [`super::Msg::Commands`].
    CopyCommand(StrategyId),
    /// Begin a benchmark as soon as nothing else is at work.
    StartBench {
        /// What is built.
        strategies: Vec<StrategyId>,
        /// What is different before each run.
        priors: Vec<Prior>,
        /// Exactly so many rounds; `None` until each median is known well enough.
        rounds: Option<u32>,
        /// Go on with the newest one of the same plan.
        resume: bool,
    },
    /// Ask the benchmark under way for something.
    AskBench(BenchCommand),
    /// Break the benchmark off, or take the waiting one back.
    CancelBench,
    /// Answer with [`super::Msg::Unfinished`]: whether one of this plan was broken off.
    LookForBench {
        /// What is built.
        strategies: Vec<StrategyId>,
        /// What is different before each run.
        priors: Vec<Prior>,
        /// As in [`Self::StartBench`].
        rounds: Option<u32>,
    },
    /// Put text into the clipboard of the user's terminal (OSC 52).
    CopyText(String),
    /// Copy a log to where the user finds it; answer with [`super::Msg::LogSaved`].
    SaveLog {
        /// Which build.
        build: BuildId,
        /// The file to copy.
        log: PathBuf,
    },
    /// Take the mouse, or leave it to the terminal so that text can be selected.
    MouseCapture(bool),
    /// Go to the background (ctrl-z).
    Suspend,
    /// Leave the screen.
    Quit,
}

impl Effect {
    /// Whether the shell carries it out itself.
    #[must_use]
    pub fn is_for_terminal(&self) -> bool {
        matches!(
            self,
            Self::CopyText(_) | Self::MouseCapture(_) | Self::Suspend | Self::Quit
        )
    }
}
