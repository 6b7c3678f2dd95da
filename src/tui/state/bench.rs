//! Pane 4: a benchmark, under way or the last one that was kept.

use std::time::Duration;

use crate::domain::{
    bench::{BenchRun, Cell, Matrix, Prior},
    ids::StrategyId,
};

/// What the screen knows of benchmarks.
#[derive(Debug, Default)]
pub(in crate::tui) struct Benches {
    /// The one under way, else the last one.
    pub(in crate::tui) pane: Option<BenchPane>,
    /// One was asked for and has not begun: it waits for the build at work.
    pub(in crate::tui) is_waiting: bool,
    /// How many runs there are of the plan in the dialog, where it was broken off.
    pub(in crate::tui) unfinished: Option<usize>,
}

/// A benchmark and what the user looks at in it.
#[derive(Debug)]
pub(in crate::tui) struct BenchPane {
    pub(in crate::tui) matrix: Matrix,
    /// Whether it is at work in this process.
    pub(in crate::tui) is_live: bool,
    /// No run is begun after the one at work.
    pub(in crate::tui) is_stopping: bool,
    /// It was broken off, and the engine has not let go yet.
    pub(in crate::tui) is_cancelling: bool,
    /// Place of the strategy under the cursor in the plan.
    pub(in crate::tui) row: usize,
    /// Place of the scenario under the cursor in the plan.
    pub(in crate::tui) column: usize,
    pub(in crate::tui) plot: Plot,
    /// The place of a run under the cursor, where the runs of a cell are shown.
    pub(in crate::tui) run: Option<usize>,
    /// When the build at work began, in the program's time.
    pub(in crate::tui) since: Option<Duration>,
    /// Runs that are sure to come, those that are done among them.
    pub(in crate::tui) planned: usize,
    /// What those to come will take; `None` while that is not known.
    pub(in crate::tui) left: Option<Duration>,
}

impl Benches {
    /// The one under way.
    pub(in crate::tui) fn live(&self) -> Option<&BenchPane> {
        self.pane.as_ref().filter(|pane| pane.is_live)
    }

    /// [`Self::live`], to be changed.
    pub(in crate::tui) fn live_mut(&mut self) -> Option<&mut BenchPane> {
        self.pane.as_mut().filter(|pane| pane.is_live)
    }

    /// Whether a run is made or prepared.
    pub(in crate::tui) fn is_at_work(&self) -> bool {
        let at_work = |pane: &BenchPane| pane.matrix.progress.at_work.is_some();
        self.live().is_some_and(at_work)
    }
}

/// What is drawn below the grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tui) enum Plot {
    Strips,
    Bars,
    Pareto,
    Timeline,
}

impl Plot {
    pub(in crate::tui) const ALL: [Self; 4] =
        [Self::Strips, Self::Bars, Self::Pareto, Self::Timeline];

    pub(in crate::tui) fn title(self) -> &'static str {
        match self {
            Self::Strips => "strips",
            Self::Bars => "bars",
            Self::Pareto => "pareto",
            Self::Timeline => "timeline",
        }
    }

    pub(in crate::tui) fn next(self) -> Self {
        self.turn(1)
    }

    pub(in crate::tui) fn previous(self) -> Self {
        self.turn(Self::ALL.len() - 1)
    }

    fn turn(self, by: usize) -> Self {
        let at = Self::ALL.iter().position(|plot| *plot == self);
        Self::ALL[(at.unwrap_or(0) + by) % Self::ALL.len()]
    }
}

impl BenchPane {
    /// The cursor is on what edits cost, where that was measured.
    pub(in crate::tui) fn new(matrix: Matrix, is_live: bool) -> Self {
        let mut priors = matrix.plan().priors.iter();
        let column = priors.position(|prior| *prior == Prior::Source);
        let mut pane = Self {
            matrix,
            is_live,
            is_stopping: false,
            is_cancelling: false,
            row: 0,
            column: column.unwrap_or(0),
            plot: Plot::Strips,
            run: None,
            since: None,
            planned: 0,
            left: None,
        };
        pane.reckon();
        pane
    }

    /// Reckons once an event what would take too long for every frame.
    pub(in crate::tui) fn reckon(&mut self) {
        self.planned = self.matrix.progress.planned();
        self.left = self.matrix.progress.left();
    }

    /// The scenario under the cursor.
    pub(in crate::tui) fn prior(&self) -> Option<Prior> {
        self.matrix.plan().priors.get(self.column).copied()
    }

    /// The cell under the cursor.
    pub(in crate::tui) fn cell(&self) -> Option<Cell> {
        let place = self.row;
        let is_there = place < self.matrix.plan().strategies.len();
        self.prior()
            .filter(|_| is_there)
            .map(|prior| Cell { place, prior })
    }

    /// The runs of the cell under the cursor, in the order of the rounds.
    pub(in crate::tui) fn runs(&self) -> Vec<&BenchRun> {
        let Some(cell) = self.cell() else {
            return Vec::new();
        };
        let runs = self.matrix.progress.runs.iter();
        let mut runs: Vec<&BenchRun> = runs.filter(|run| run.cell == cell).collect();
        runs.sort_by_key(|run| run.round);
        runs
    }

    /// Two runs to be compared: the one under the cursor, else the last one, and the one before.
    pub(in crate::tui) fn pair(&self) -> Option<(&BenchRun, &BenchRun)> {
        let runs = self.runs();
        let last = runs.len().checked_sub(1)?;
        let at = self.run.unwrap_or(last).clamp(1, last.max(1));
        Some((runs.get(at - 1)?, runs.get(at)?))
    }

    /// Whether somebody paused it.
    pub(in crate::tui) fn is_paused(&self) -> bool {
        self.matrix.progress.is_paused
    }

    /// Whether this strategy is in its plan.
    pub(in crate::tui) fn has(&self, strategy: &StrategyId) -> bool {
        self.matrix.plan().strategies.contains(strategy)
    }
}

/// What a benchmark is to be made of, in its dialog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::tui) struct BenchForm {
    pub(in crate::tui) strategies: Vec<StrategyId>,
    /// The chosen ones, in the order of [`Prior::ALL`].
    pub(in crate::tui) priors: Vec<Prior>,
    /// Exactly so many rounds; `None` until each median is known well enough.
    pub(in crate::tui) rounds: Option<u32>,
    /// Begin anew, though one of the same plan was broken off.
    pub(in crate::tui) anew: bool,
    /// The row under the cursor: scenarios, then the rounds, then what was broken off.
    pub(in crate::tui) cursor: usize,
}

impl BenchForm {
    /// The row of the rounds.
    pub(in crate::tui) const ROUNDS: usize = Prior::ALL.len();
    /// The row of what was broken off, where there is something.
    pub(in crate::tui) const RESUME: usize = Prior::ALL.len() + 1;

    pub(in crate::tui) fn new(strategies: Vec<StrategyId>) -> Self {
        let priors = vec![Prior::Unchanged, Prior::Touch, Prior::Source];
        Self {
            strategies,
            cursor: Prior::ALL
                .iter()
                .position(|prior| *prior == Prior::Source)
                .unwrap_or(0),
            priors,
            rounds: None,
            anew: false,
        }
    }

    /// What the space bar does in the row under the cursor.
    pub(in crate::tui) fn choose(&mut self) {
        match Prior::ALL.get(self.cursor) {
            Some(prior) => self.toggle(*prior),
            None if self.cursor == Self::RESUME => self.anew = !self.anew,
            None => self.turn_rounds(1),
        }
    }

    /// Takes a scenario in or out; the last one stays.
    fn toggle(&mut self, prior: Prior) {
        match self.priors.iter().position(|one| *one == prior) {
            Some(_) if self.priors.len() == 1 => {}
            Some(at) => {
                self.priors.remove(at);
            }
            None => {
                self.priors.push(prior);
                self.priors.sort_unstable();
            }
        }
    }

    /// The next number of rounds there is to choose.
    pub(in crate::tui) fn turn_rounds(&mut self, by: isize) {
        const CHOICES: [Option<u32>; 6] = [None, Some(1), Some(2), Some(4), Some(6), Some(10)];
        let at = CHOICES.iter().position(|one| *one == self.rounds);
        let last = CHOICES.len() - 1;
        let to = at.unwrap_or(0).saturating_add_signed(by).min(last);
        self.rounds = CHOICES[to];
    }
}
