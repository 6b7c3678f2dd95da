//! Everything that can happen to the screen.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use crossterm::event::{KeyEvent, MouseEvent};

use crate::domain::{
    bench::{BenchEvent, Matrix, Prior},
    check::Checklist,
    edit::Stamp,
    engines::EngineEntry,
    event::RunEvent,
    foreseen::Foreseen,
    ids::{Bytes, StrategyId},
    record::BuildRecord,
};

/// One thing that happened. Past tense; what it leads to is decided by [`super::update()`].
#[derive(Debug, Clone, PartialEq)]
pub enum Msg {
    /// A key was pressed.
    Key(KeyEvent),
    /// The mouse was used.
    Mouse(MouseEvent),
    /// Text was pasted.
    Paste(String),
    /// The terminal has this many columns and rows now.
    Resize(u16, u16),
    /// Time went on. The shell sends this before every batch of other messages.
    Tick {
        /// Time since the program began.
        now: Duration,
    },
    /// The runner or the engine told something.
    Run(RunEvent),
    /// Earlier builds were read from the history, oldest first.
    Records(Vec<BuildRecord>),
    /// What was read before were builds by another engine: their figures are not this one's.
    RecordsForgotten,
    /// Records of this app by all engines, the oldest first.
    RecordsOfAll(Vec<BuildRecord>),
    /// The answer to [`super::Effect::ListEngines`].
    Engines(Vec<EngineEntry>),
    /// The machine was looked at.
    Checklist(Checklist),
    /// What builds would come to if they were started now, of those strategies of which that can be
    /// told: all of them, in place of what was known before.
    Foreseen(BTreeMap<StrategyId, Foreseen>),
    /// The watcher saw new content.
    SourcesChanged {
        /// Relative to the app; at least one.
        files: Vec<PathBuf>,
    },
    /// The watcher saw new times and the same content.
    SourcesTouched {
        /// Relative to the app.
        files: Vec<PathBuf>,
    },
    /// Our own edit is on the disk.
    Edited {
        /// Relative to the app.
        file: PathBuf,
        /// Line from 1, where it is known.
        line: Option<usize>,
        /// The stamp that stands there now.
        stamp: Stamp,
    },
    /// The asked-for touch was done; the watcher reports on it in [`Msg::SourcesTouched`].
    Touched {
        /// Relative to the app.
        file: PathBuf,
    },
    /// Our edits were taken back.
    Restored {
        /// As they were before.
        restored: Vec<PathBuf>,
        /// Left alone, each with the reason.
        kept: Vec<(PathBuf, String)>,
    },
    /// Our own edit is laid over what builds are sent; the disk is untouched, so no watcher will
    /// tell. [`Msg::Restored`] with nothing restored takes it back.
    EditedVirtually {
        /// Relative to the app.
        file: PathBuf,
        /// Line from 1, where it is known.
        line: Option<usize>,
        /// The stamp that is sent now.
        stamp: Stamp,
    },
    /// Strategies that cannot be built here, each with the reason: all of them, in place of what
    /// was known before. Reasons are fit for a terminal.
    Availability(BTreeMap<StrategyId, String>),
    /// The watcher was switched on or off.
    WatchState {
        /// Whether it watches now.
        on: bool,
    },
    /// Free disk was looked at.
    Disk {
        /// Free bytes where images are kept.
        free: Bytes,
    },
    /// A benchmark told something.
    Bench(BenchEvent),
    /// The asked-for benchmark could not begin.
    BenchNotBegun {
        /// Why.
        why: String,
    },
    /// The newest benchmark of this app that was kept; `None` where there is none.
    LastBench(Option<Box<Matrix>>),
    /// The answer to [`super::Effect::LookForBench`].
    Unfinished {
        /// What it builds.
        strategies: Vec<StrategyId>,
        /// What is different before each run.
        priors: Vec<Prior>,
        /// How many runs it has; `None` where there is none to go on with.
        runs: Option<usize>,
    },
    /// The answer to [`super::Effect::CopyCommand`].
    Commands {
        /// Whose build.
        strategy: StrategyId,
        /// Exact shell commands, several lines at most.
        text: String,
    },
    /// The answer to [`super::Effect::SaveLog`].
    LogSaved {
        /// Where the copy is.
        path: PathBuf,
    },
    /// Something that the user should read once.
    Notice {
        /// How bad it is.
        level: Level,
        /// One sentence.
        text: String,
    },
    /// The program is in the foreground again after ctrl-z.
    Resumed,
    /// A polite signal asked the program to end.
    Terminated,
}

/// How bad a notice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Good to know.
    Info,
    /// Look at this.
    Warning,
    /// Something did not work.
    Error,
}
