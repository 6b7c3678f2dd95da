//! What runs say of each cell, and when they say enough.

use std::{collections::BTreeMap, time::Duration};

use serde::Serialize;

use super::{BenchRun, Cell, Ending, Plan, Progress};
use crate::domain::{
    build::StepStatus,
    event::Outcome,
    rules::{Gate, Measured, is_decided},
    statistics::{FEWEST_FOR_INTERVAL, Summary, median, outliers},
};

/// A run that lies far from the others of its cell.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outlier {
    /// Of which round, from 0.
    pub round: u32,
    /// Wall clock seconds.
    pub seconds: f64,
    /// What may have caused it.
    pub cause: String,
}

/// What the runs of one cell say.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CellResult {
    /// Which cell.
    pub cell: Cell,
    /// Wall clock seconds of the runs that count; `None` without any.
    pub wall: Option<Summary>,
    /// Each of them, in the order of the rounds.
    pub seconds: Vec<f64>,
    /// Cached steps of the last run, and how many there are.
    pub cached: Option<(usize, usize)>,
    /// Crates that cargo compiled in the last run.
    pub compiled: Option<u32>,
    /// Runs that lie far from the others; they count all the same.
    pub outliers: Vec<Outlier>,
    /// Why there are no figures, or not all: what was wrong with an image, or failed.
    pub faults: Vec<String>,
    /// Why a time is not what the scenario stands for; see [`BenchRun::doubt`].
    #[serde(default)]
    pub doubts: Vec<String>,
}

impl CellResult {
    /// The word that stands where a cell has runs and no figure.
    #[must_use]
    pub fn word(&self) -> Option<&'static str> {
        let is_invalid = |fault: &String| fault.starts_with("INVALID");
        match self.wall {
            Some(_) => None,
            None if self.faults.iter().any(is_invalid) => Some("INVALID"),
            None if self.faults.is_empty() => None,
            None => Some("FAILED"),
        }
    }
}

/// The result of each cell, in the plan's order. The article's first builds are left out, as it
/// left them out.
#[must_use]
pub fn results(plan: &Plan, runs: &[BenchRun]) -> Vec<CellResult> {
    let mut by_cell: BTreeMap<Cell, Vec<&BenchRun>> = BTreeMap::new();
    let dropped = plan.protocol.dropped();
    for run in runs.iter().filter(|run| run.round >= dropped) {
        by_cell.entry(run.cell).or_default().push(run);
    }
    let cells = plan.cells().into_iter();
    cells
        .map(|cell| {
            let runs = by_cell.remove(&cell).unwrap_or_default();
            result(cell, &runs, plan.seed)
        })
        .collect()
}

/// The result of one cell, as in [`results`].
#[must_use]
pub fn result_of(plan: &Plan, runs: &[BenchRun], cell: Cell) -> CellResult {
    let dropped = plan.protocol.dropped();
    let runs = runs.iter().filter(|run| run.cell == cell);
    let runs: Vec<&BenchRun> = runs.filter(|run| run.round >= dropped).collect();
    result(cell, &runs, plan.seed)
}

fn result(cell: Cell, runs: &[&BenchRun], seed: u64) -> CellResult {
    let good: Vec<&BenchRun> = runs.iter().filter(|run| run.counts()).copied().collect();
    let is_wrong = |run: &BenchRun| run.record.outcome == Outcome::Built && !run.counts();
    // An image that was wrong once makes the figures of the others worth nothing.
    let is_invalid = runs.iter().any(|run| is_wrong(run));
    let seconds: Vec<f64> = if is_invalid {
        Vec::new()
    } else {
        good.iter().map(|run| run.record.wall_s).collect()
    };
    let far = outliers(&seconds);
    CellResult {
        cell,
        wall: Summary::of(&seconds, seed),
        outliers: far
            .into_iter()
            .filter_map(|place| good.get(place))
            .map(|run| Outlier {
                round: run.round,
                seconds: run.record.wall_s,
                cause: cause(run, &good),
            })
            .collect(),
        seconds,
        cached: good.last().map(|run| run.record.cached_of()),
        compiled: good.last().and_then(|run| run.compiled),
        faults: runs.iter().filter_map(|run| fault(run)).collect(),
        doubts: good
            .iter()
            .filter_map(|run| Some(format!("round {}: {}", run.round + 1, run.doubt()?)))
            .collect(),
    }
}

fn fault(run: &BenchRun) -> Option<String> {
    match (&run.record.outcome, &run.record.verdict) {
        (Outcome::Failed { message }, _) => Some(format!(
            "FAILED: {}",
            message.lines().next().unwrap_or_default()
        )),
        (Outcome::Cancelled, _) => Some("cancelled".to_owned()),
        (Outcome::Built, Some(verdict)) if !verdict.counts() => Some(verdict.sentence()),
        (Outcome::Built, _) => None,
    }
}

/// What makes this run unlike the others.
fn cause(run: &BenchRun, others: &[&BenchRun]) -> String {
    let no_cause = || "no cause was seen".to_owned();
    let walls: Vec<f64> = others.iter().map(|other| other.record.wall_s).collect();
    if median(&walls).is_some_and(|median| run.record.wall_s < median) {
        // What follows makes builds slower.
        return no_cause();
    }
    if let Some(busy) = run.busy_before.filter(|_| run.is_noisy()) {
        return format!(
            "other programs used {:.0} % of the processors",
            busy * 100.0
        );
    }
    let ran = |run: &BenchRun| {
        let steps = run.record.steps.iter();
        steps.filter(|step| step.status == StepStatus::Ran).count()
    };
    let usual = others.iter().map(|other| ran(other)).min().unwrap_or(0);
    if ran(run) > usual {
        return format!("{} steps ran, where {usual} did in another run", ran(run));
    }
    if run.round == 0 {
        return "the first round: files were read from the disk".to_owned();
    }
    no_cause()
}

/// When a benchmark has measured enough.
#[derive(Debug, Clone, PartialEq)]
pub struct Enough {
    /// At least so many rounds.
    pub fewest: u32,
    /// And no more than so many.
    pub most: u32,
    /// Half the width of each median's interval, as a share of it.
    pub narrow: f64,
    /// No round is begun that would probably end after this.
    pub budget: Duration,
    /// Rules that are to be decided.
    pub gate: Gate,
}

/// Rounds that an adaptive benchmark makes at least: with fewer no difference can be seen.
const FEWEST_ROUNDS: u32 = 4;
/// More do not make an interval much narrower.
const MOST_ROUNDS: u32 = 30;

impl Enough {
    /// Rounds until each median is known within this share of it, or the time is spent.
    #[must_use]
    pub fn within(narrow: f64, budget: Duration) -> Self {
        Self {
            fewest: FEWEST_ROUNDS,
            most: MOST_ROUNDS,
            narrow,
            budget,
            gate: Gate::default(),
        }
    }

    /// Exactly so many rounds.
    #[must_use]
    pub fn exactly(rounds: u32) -> Self {
        Self {
            fewest: rounds,
            most: rounds,
            narrow: 0.0,
            budget: Duration::MAX,
            gate: Gate::default(),
        }
    }

    /// Whether another round is worth its time: `None`, or why not. `spent` is since the start,
    /// `round` what one takes.
    #[must_use]
    pub fn reached(&self, progress: &Progress, spent: Duration, round: Duration) -> Option<Ending> {
        let attempts: Vec<u32> = progress
            .open()
            .map(|cell| progress.attempts(cell))
            .collect();
        if attempts.iter().all(|attempts| *attempts >= self.most) {
            return Some(Ending::Enough);
        }
        if attempts.iter().any(|attempts| *attempts < self.fewest) {
            return None;
        }
        // What cannot be built does not get better.
        let rulings = self.gate.judge_times(&Measured::of(progress));
        let is_wide = progress.results().iter().any(|result| {
            let name = progress.header.plan.name(result.cell.place);
            self.is_open(result, is_decided(&rulings, &name, result.cell.prior))
        });
        match is_wide {
            false => Some(Ending::Enough),
            true if spent.saturating_add(round) > self.budget => Some(Ending::Budget),
            true => None,
        }
    }

    /// Whether more runs of a cell would say more than is asked: while no rule about its time is
    /// undecided, or there is none, its interval has to be narrow.
    fn is_open(&self, result: &CellResult, is_decided: Option<bool>) -> bool {
        let Some(wall) = &result.wall else {
            return false;
        };
        let width = wall.interval.map(|one| one.relative_to(wall.median));
        let is_wide = width.is_none_or(|width| width > self.narrow);
        match is_decided {
            None => is_wide,
            Some(true) => false,
            Some(false) => is_wide || wall.runs < FEWEST_FOR_INTERVAL,
        }
    }
}
