//! A benchmark under way: what happens, what can be asked of it, and where it stands.
//!
//! [`Progress::apply`] is the only fold: the screen's grid and the headless lines cannot differ.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use serde::{Deserialize, Serialize};

use super::{BenchHeader, BenchRun, Cell, CellResult, results};
use crate::domain::{ids::StrategyId, statistics::median};

/// What happens in a benchmark.
#[derive(Debug, Clone, PartialEq)]
pub enum BenchEvent {
    /// It begins, or goes on after these runs.
    Began {
        /// What is measured.
        header: Box<BenchHeader>,
        /// Runs that are there already, in their order.
        runs: Vec<BenchRun>,
        /// Rounds that are sure to come.
        rounds: u32,
        /// What a run of a cell took in earlier benchmarks or builds, for the estimate.
        expected: BTreeMap<Cell, Duration>,
    },
    /// Caches are filled; this build is not measured.
    WarmingUp {
        /// Place in the plan.
        place: usize,
    },
    /// A run is about to begin. What it changes is made, and the machine is waited for.
    RunBegan {
        /// Which.
        cell: Cell,
        /// Of which round, from 0.
        round: u32,
        /// Rounds that are sure to come.
        rounds: u32,
    },
    /// Other programs are at work: the run waits for a while.
    Waiting {
        /// Share of all processors that is busy.
        busy: f64,
    },
    /// The run's build begins.
    Building,
    /// A run ended and is on the disk.
    RunEnded(Box<BenchRun>),
    /// A run was left out because somebody asked for that.
    RunSkipped {
        /// Which.
        cell: Cell,
        /// Of which round, from 0.
        round: u32,
    },
    /// A cell cannot be measured.
    LeftOut {
        /// Which.
        cell: Cell,
        /// Why.
        why: String,
    },
    /// A strategy was added to the plan, as its last.
    Added {
        /// Which.
        strategy: StrategyId,
    },
    /// Nothing is begun until it goes on.
    Paused,
    /// It goes on.
    WentOn,
    /// It is over.
    Ended(Ending),
}

/// Why a benchmark is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// Enough is known.
    Enough,
    /// Another round would not have ended in time.
    Budget,
    /// Somebody asked for no more runs.
    Stopped,
    /// Somebody broke it off.
    Cancelled,
    /// It could not go on.
    Failed(String),
}

/// What can be asked of a benchmark under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BenchCommand {
    /// Begin nothing until [`Self::GoOn`]; what runs is let run.
    Pause,
    /// Go on.
    GoOn,
    /// Break the build at work off and leave this run out.
    Skip,
    /// Measure this strategy too.
    Add(StrategyId),
    /// End after the run at work.
    StopAfterRun,
}

/// What is built now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AtWork {
    /// Fills the caches of the strategy at this place.
    WarmUp {
        /// Place in the plan.
        place: usize,
    },
    /// Is measured.
    Run {
        /// Which.
        cell: Cell,
        /// Of which round, from 0.
        round: u32,
    },
}

/// Where a benchmark stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// What is measured; strategies that were added are in its plan.
    pub header: BenchHeader,
    /// Every run, in the order in which they ended.
    pub runs: Vec<BenchRun>,
    /// Rounds that are sure to come.
    pub rounds: u32,
    /// Cells that cannot be measured, each with the reason.
    pub left_out: BTreeMap<Cell, String>,
    /// Strategies that cannot be built: those whose first build, which is not measured, failed.
    pub unbuilt: BTreeSet<StrategyId>,
    /// Runs that somebody skipped.
    pub skipped: Vec<(Cell, u32)>,
    /// What is built now.
    pub at_work: Option<AtWork>,
    /// How busy other programs keep the machine, while the run at work waits for them.
    pub waiting: Option<f64>,
    /// Whether nothing is begun.
    pub is_paused: bool,
    /// Why it is over, when it is.
    pub ending: Option<Ending>,
    expected: BTreeMap<Cell, Duration>,
}

impl Progress {
    /// From [`BenchEvent::Began`]; `None` for any other event.
    #[must_use]
    pub fn begun(event: &BenchEvent) -> Option<Self> {
        let BenchEvent::Began {
            header,
            runs,
            rounds,
            expected,
        } = event
        else {
            return None;
        };
        Some(Self {
            rounds: *rounds,
            expected: expected.clone(),
            ..Self::of((**header).clone(), runs.clone())
        })
    }

    /// One that is over, or was broken off: what its file holds.
    #[must_use]
    pub fn of(header: BenchHeader, runs: Vec<BenchRun>) -> Self {
        Self {
            rounds: runs.iter().map(|run| run.round + 1).max().unwrap_or(0),
            header,
            runs,
            left_out: BTreeMap::new(),
            unbuilt: BTreeSet::new(),
            skipped: Vec::new(),
            at_work: None,
            waiting: None,
            is_paused: false,
            ending: None,
            expected: BTreeMap::new(),
        }
    }

    /// Takes an event in.
    pub fn apply(&mut self, event: &BenchEvent) {
        if !matches!(event, BenchEvent::Waiting { .. }) {
            self.waiting = None;
        }
        match event {
            BenchEvent::Began { .. } => {
                if let Some(anew) = Self::begun(event) {
                    *self = anew;
                }
            }
            BenchEvent::WarmingUp { place } => {
                self.at_work = Some(AtWork::WarmUp { place: *place });
            }
            BenchEvent::RunBegan {
                cell,
                round,
                rounds,
            } => {
                self.rounds = *rounds;
                self.at_work = Some(AtWork::Run {
                    cell: *cell,
                    round: *round,
                });
            }
            BenchEvent::Waiting { busy } => self.waiting = Some(*busy),
            BenchEvent::Building => {}
            BenchEvent::RunEnded(run) => {
                self.at_work = None;
                self.runs.push((**run).clone());
            }
            BenchEvent::RunSkipped { cell, round } => {
                self.at_work = None;
                self.skipped.push((*cell, *round));
            }
            BenchEvent::LeftOut { cell, why } => {
                if let Some(AtWork::WarmUp { place }) = self.at_work.take() {
                    let strategies = &self.header.plan.strategies;
                    self.unbuilt.extend(strategies.get(place).cloned());
                }
                self.left_out.insert(*cell, why.clone());
            }
            BenchEvent::Added { strategy } => self.header.plan.strategies.push(strategy.clone()),
            BenchEvent::Paused => self.is_paused = true,
            BenchEvent::WentOn => self.is_paused = false,
            BenchEvent::Ended(ending) => {
                self.at_work = None;
                self.ending = Some(ending.clone());
            }
        }
    }

    /// The result of each cell, in the plan's order.
    #[must_use]
    pub fn results(&self) -> Vec<CellResult> {
        results(&self.header.plan, &self.runs)
    }

    /// Runs of this cell that were made or skipped.
    #[must_use]
    pub fn attempts(&self, cell: Cell) -> u32 {
        let made = self.runs.iter().filter(|run| run.cell == cell).count();
        let skipped = self.skipped.iter().filter(|(one, _)| *one == cell).count();
        u32::try_from(made + skipped).unwrap_or(u32::MAX)
    }

    /// Runs that are done, skipped ones too.
    #[must_use]
    pub fn done(&self) -> usize {
        self.runs.len() + self.skipped.len()
    }

    /// Runs of all rounds that are sure to come, those that are done among them.
    #[must_use]
    pub fn planned(&self) -> usize {
        let open = self.open().map(|cell| self.attempts(cell).max(self.rounds));
        let of_left_out = self.left_out.keys().map(|cell| self.attempts(*cell));
        open.chain(of_left_out)
            .map(|runs| usize::try_from(runs).unwrap_or(usize::MAX))
            .sum()
    }

    /// What the runs that are sure to come will take, the one at work as a whole; `None` while a
    /// cell was never seen to run.
    #[must_use]
    pub fn left(&self) -> Option<Duration> {
        let mut left = Duration::ZERO;
        for cell in self.open() {
            let runs = self.rounds.saturating_sub(self.attempts(cell));
            if runs > 0 {
                left += self.one_run(cell)? * runs;
            }
        }
        Some(left)
    }

    /// What a run of this cell takes: the median of its runs, else of earlier benchmarks.
    #[must_use]
    pub fn one_run(&self, cell: Cell) -> Option<Duration> {
        let of_cell = self.runs.iter().filter(|run| run.cell == cell);
        let seconds: Vec<f64> = of_cell.map(|run| run.record.wall_s).collect();
        median(&seconds)
            .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
            .or_else(|| self.expected.get(&cell).copied())
    }

    /// Cells that can be measured.
    pub fn open(&self) -> impl Iterator<Item = Cell> {
        let cells = self.header.plan.cells().into_iter();
        cells.filter(|cell| !self.left_out.contains_key(cell))
    }
}

#[cfg(test)]
mod tests;
