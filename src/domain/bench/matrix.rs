//! A benchmark with its results, kept up to date a cell at a time: the intervals of all cells
//! take too long to be reckoned for every look at them.

use std::collections::BTreeMap;

use super::{BenchEvent, Cell, CellResult, Plan, Prior, Progress, result_of};
use crate::domain::statistics::{Difference, difference};

/// From so many times the fastest median a strategy is slow.
const SLOW: f64 = 2.0;

/// How a strategy stands among all those that were measured after the same change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rank {
    /// Its median is the smallest.
    Fastest,
    /// No difference to the fastest was seen, with enough runs to see one.
    AsFast,
    /// Slower than the fastest, but not twice.
    Between,
    /// Takes twice the fastest's time, or more.
    Slow,
}

/// A benchmark under way or over, and what its runs say.
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix {
    /// Where it stands.
    pub progress: Progress,
    results: BTreeMap<Cell, CellResult>,
    ranks: BTreeMap<Cell, Rank>,
    attempts: BTreeMap<Cell, u32>,
}

impl Matrix {
    /// With the results of all runs that are there.
    #[must_use]
    pub fn new(progress: Progress) -> Self {
        let results = progress.results().into_iter();
        let results = results.map(|result| (result.cell, result)).collect();
        let mut measured = Self {
            progress,
            results,
            ranks: BTreeMap::new(),
            attempts: BTreeMap::new(),
        };
        let progress = &measured.progress;
        let skipped = progress.skipped.iter().map(|(cell, _)| *cell);
        for cell in progress.runs.iter().map(|run| run.cell).chain(skipped) {
            *measured.attempts.entry(cell).or_default() += 1;
        }
        for prior in measured.plan().priors.clone() {
            measured.rank_all(prior);
        }
        measured
    }

    /// Takes an event in; only what it changes is reckoned anew.
    pub fn apply(&mut self, event: &BenchEvent) {
        self.progress.apply(event);
        match event {
            BenchEvent::Began { .. } => *self = Self::new(self.progress.clone()),
            BenchEvent::RunEnded(run) => {
                *self.attempts.entry(run.cell).or_default() += 1;
                self.learn(run.cell);
            }
            BenchEvent::RunSkipped { cell, .. } => {
                *self.attempts.entry(*cell).or_default() += 1;
            }
            _ => {}
        }
    }

    /// What is measured.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.progress.header.plan
    }

    /// What the runs of this cell say; `None` before the first.
    #[must_use]
    pub fn result(&self, cell: Cell) -> Option<&CellResult> {
        self.results.get(&cell)
    }

    /// Runs of this cell that were made or skipped.
    #[must_use]
    pub fn attempts(&self, cell: Cell) -> u32 {
        self.attempts.get(&cell).copied().unwrap_or(0)
    }

    /// How the cell stands; `None` while it has no figure.
    #[must_use]
    pub fn rank(&self, cell: Cell) -> Option<Rank> {
        self.ranks.get(&cell).copied()
    }

    /// The cell with the smallest median after this change.
    #[must_use]
    pub fn fastest(&self, prior: Prior) -> Option<&CellResult> {
        let median = |result: &CellResult| result.wall.as_ref().map(|wall| wall.median);
        let results = self.column(prior);
        let found = results.filter_map(|result| Some((result, median(result)?)));
        found
            .min_by(|one, other| one.1.total_cmp(&other.1))
            .map(|(result, _)| result)
    }

    /// The results after one change, in the plan's order.
    pub fn column(&self, prior: Prior) -> impl Iterator<Item = &CellResult> {
        let places = 0..self.plan().strategies.len();
        places.filter_map(move |place| self.result(Cell { place, prior }))
    }

    fn learn(&mut self, cell: Cell) {
        let fastest = |measured: &Self| measured.fastest(cell.prior).cloned();
        let before = fastest(self);
        let result = result_of(self.plan(), &self.progress.runs, cell);
        self.results.insert(cell, result);
        // A comparison takes long where there are many runs: only where it may come out otherwise.
        if before == fastest(self) {
            self.rank_one(cell);
        } else {
            self.rank_all(cell.prior);
        }
    }

    fn rank_all(&mut self, prior: Prior) {
        for place in 0..self.plan().strategies.len() {
            self.rank_one(Cell { place, prior });
        }
    }

    fn rank_one(&mut self, cell: Cell) {
        let rank = self
            .fastest(cell.prior)
            .zip(self.result(cell))
            .and_then(|(fastest, result)| rank(fastest, result));
        match rank {
            Some(rank) => self.ranks.insert(cell, rank),
            None => self.ranks.remove(&cell),
        };
    }
}

fn rank(fastest: &CellResult, result: &CellResult) -> Option<Rank> {
    let (best, median) = (fastest.wall.as_ref()?.median, result.wall.as_ref()?.median);
    if fastest.cell == result.cell {
        return Some(Rank::Fastest);
    }
    Some(match difference(&fastest.seconds, &result.seconds) {
        Difference::NotSeen { .. } => Rank::AsFast,
        _ if median >= SLOW * best => Rank::Slow,
        _ => Rank::Between,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        bench::{BenchRun, sample_header, sample_run},
        verdict::Verdict,
    };

    const PRIOR: Prior = Prior::Source;

    fn cell(place: usize) -> Cell {
        Cell {
            place,
            prior: PRIOR,
        }
    }

    fn runs(seconds: [f64; 4]) -> Vec<BenchRun> {
        let strategies = ["a", "b", "c", "d"].into_iter().zip(seconds).enumerate();
        let one = |(place, (name, seconds))| sample_run(place, PRIOR, 0, name, seconds);
        strategies.map(one).collect()
    }

    fn measured() -> Matrix {
        let header = sample_header(&["a", "b", "c", "d"], &[PRIOR]);
        let mut measured = Matrix::new(Progress::of(header, Vec::new()));
        for round in 0..6 {
            let drift = f64::from(round) / 100.0;
            for mut run in runs([10.0, 10.01, 15.0, 40.0]) {
                run.round = round;
                run.record.wall_s += drift;
                measured.apply(&BenchEvent::RunEnded(Box::new(run)));
            }
        }
        measured
    }

    #[test]
    fn ranks_follow_the_runs_and_a_new_fastest_one_changes_all() {
        let mut measured = measured();
        let ranks = |measured: &Matrix| [0, 1, 2, 3].map(|place| measured.rank(cell(place)));
        let wanted = [Rank::Fastest, Rank::AsFast, Rank::Between, Rank::Slow];
        assert_eq!(ranks(&measured), wanted.map(Some));
        let whole = Matrix::new(measured.progress.clone());
        assert_eq!(whole, measured, "a cell at a time, or all at once");

        // One wrong image takes the fastest one's figures away.
        let mut wrong = sample_run(0, PRIOR, 6, "a", 1.0);
        wrong.record.verdict = Some(Verdict::Invalid {
            reason: "stale".into(),
        });
        measured.apply(&BenchEvent::RunEnded(Box::new(wrong)));
        let wanted = [None, Some(Rank::Fastest), Some(Rank::Between)];
        assert_eq!(ranks(&measured)[..3], wanted);
        let word = |place| measured.result(cell(place)).and_then(CellResult::word);
        assert_eq!((word(0), word(1)), (Some("INVALID"), None));
    }
}
