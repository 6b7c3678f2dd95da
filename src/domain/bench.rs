//! A benchmark: what is built how often and in which order, and what came out.

mod matrix;
pub mod pareto;
mod prior;
mod progress;
mod results;
mod words;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub use self::{
    matrix::{Matrix, Rank},
    prior::Prior,
    progress::{AtWork, BenchCommand, BenchEvent, Ending, Progress},
    results::{CellResult, Enough, Outlier, result_of, results},
    words::{BUDGET, Budget, PATIENCE, Patience, Percent, Scenarios, UNTIL},
};
use super::{
    ids::{Bytes, StrategyId},
    record::{BuildRecord, EngineInfo},
    statistics::Random,
};

/// Version of [`BenchHeader`] and [`BenchRun`] as written to files.
pub const BENCH_SCHEMA: u32 = 1;

/// The article's rows are the strategies of this group.
pub const ARTICLE_GROUP: &str = "image";

/// In which order runs come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    /// The 2023 article's: each strategy four times in a row after an edit, the first one dropped.
    Article,
    /// In each round every cell once, in an order of its own: what drifts drifts for all.
    Interleaved,
}

/// The builds of the article's protocol, and how many of them are dropped.
pub const ARTICLE_BUILDS: u32 = 4;
/// The first build of the article's protocol fills the cache.
pub const ARTICLE_DROPPED: u32 = 1;

/// What is to be measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// In which order.
    pub protocol: Protocol,
    /// The same one twice is a comparison of equal things.
    pub strategies: Vec<StrategyId>,
    /// At least one.
    pub priors: Vec<Prior>,
    /// The order of each round follows from it.
    pub seed: u64,
}

/// A strategy, by its place in the plan, after one change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Cell {
    /// Place in [`Plan::strategies`].
    pub place: usize,
    /// What is different.
    pub prior: Prior,
}

impl Protocol {
    /// The first rounds, which fill the cache and are no figures.
    #[must_use]
    pub fn dropped(self) -> u32 {
        match self {
            Self::Article => ARTICLE_DROPPED,
            Self::Interleaved => 0,
        }
    }
}

impl Plan {
    /// All cells, a strategy after the other.
    #[must_use]
    pub fn cells(&self) -> Vec<Cell> {
        let places = 0..self.strategies.len();
        places
            .flat_map(|place| {
                self.priors.iter().map(move |prior| Cell {
                    place,
                    prior: *prior,
                })
            })
            .collect()
    }

    /// The cells of a round, from 0, in their order.
    #[must_use]
    pub fn round(&self, round: u32) -> Vec<Cell> {
        let mut cells = self.cells();
        if self.protocol == Protocol::Interleaved {
            Random(self.seed ^ (u64::from(round) << 32)).shuffle(&mut cells);
        }
        cells
    }

    /// What a strategy is called in tables: of one that is there twice, which one it is.
    #[must_use]
    pub fn name(&self, place: usize) -> String {
        let Some(id) = self.strategies.get(place) else {
            return String::new();
        };
        let same = |range: &[StrategyId]| range.iter().filter(|other| *other == id).count();
        if same(&self.strategies) == 1 {
            return id.to_string();
        }
        format!("{id} #{}", same(&self.strategies[..=place]))
    }
}

/// The first line of a benchmark's file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BenchHeader {
    /// [`BENCH_SCHEMA`].
    pub schema: u32,
    /// What is measured.
    pub plan: Plan,
    /// The app's folder.
    pub app: PathBuf,
    /// Which engine.
    pub engine: EngineInfo,
    /// Processors of this machine.
    pub processors: usize,
    /// Start in UTC, RFC 3339.
    pub started: String,
}

/// One measured build.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BenchRun {
    /// Of which round, from 0.
    pub round: u32,
    /// Which cell.
    pub cell: Cell,
    /// Share of all processors that was busy before it began, with nothing of ours; `None` where
    /// that cannot be known.
    pub busy_before: Option<f64>,
    /// Crates that cargo compiled, as it said in the build's output.
    pub compiled: Option<u32>,
    /// What was changed, in words.
    pub change: String,
    /// How much less was free, at the worst moment of the build, on the file system that holds the
    /// engine's store; what other programs wrote there meanwhile is in it. `None` where the store is
    /// not on this machine, or was not found.
    #[serde(default)]
    pub disk_growth: Option<Bytes>,
    /// The build's figures.
    pub record: BuildRecord,
}

/// A machine that is busier than this before a run is said to be noisy.
pub const NOISY: f64 = 0.2;

impl BenchRun {
    /// Whether its figures may be compared: built, and not found wrong.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.record.counts()
    }

    /// Why its time is not what the scenario stands for: nothing was compiled after a change that
    /// makes cargo compile, so an earlier build must have left the same result.
    #[must_use]
    pub fn doubt(&self) -> Option<&'static str> {
        let (cached, steps) = self.record.cached_of();
        let is_all_cached = steps > 0 && cached == steps;
        (self.counts() && self.cell.prior.must_compile() && is_all_cached)
            .then_some("every step came from the cache: an earlier build was of the same bytes")
    }

    /// Whether other programs were at work before it.
    #[must_use]
    pub fn is_noisy(&self) -> bool {
        self.busy_before.is_some_and(|busy| busy > NOISY)
    }
}

/// A header for tests of other modules.
#[cfg(test)]
#[must_use]
pub(crate) fn sample_header(strategies: &[&str], priors: &[Prior]) -> BenchHeader {
    BenchHeader {
        schema: BENCH_SCHEMA,
        plan: Plan {
            protocol: Protocol::Interleaved,
            strategies: strategies
                .iter()
                .map(|id| StrategyId((*id).to_owned()))
                .collect(),
            priors: priors.to_vec(),
            seed: 1,
        },
        app: "/app".into(),
        engine: EngineInfo {
            kind: "podman".into(),
            version: "4.3.1".into(),
        },
        processors: 2,
        started: "2026-01-02T03:04:05Z".into(),
    }
}

/// A run for tests of other modules.
#[cfg(test)]
#[must_use]
pub(crate) fn sample_run(
    place: usize,
    prior: Prior,
    round: u32,
    name: &str,
    wall_s: f64,
) -> BenchRun {
    BenchRun {
        round,
        cell: Cell { place, prior },
        busy_before: None,
        compiled: None,
        change: "a source".into(),
        disk_growth: None,
        record: super::record::sample(name, wall_s),
    }
}

#[cfg(test)]
mod tests;
