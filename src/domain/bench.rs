//! A benchmark: what is built how often and in which order, and what came out.

use std::{collections::BTreeMap, fmt, path::PathBuf, str::FromStr, time::Duration};

use serde::{Deserialize, Serialize};

use super::{
    build::StepStatus,
    event::Outcome,
    ids::StrategyId,
    record::{BuildRecord, EngineInfo},
    statistics::{Random, Summary, outliers},
};

/// Version of [`BenchHeader`] and [`BenchRun`] as written to files.
pub const BENCH_SCHEMA: u32 = 1;

/// What is different before a measured build; everything else is as the build before left it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Prior {
    /// Nothing.
    Unchanged,
    /// A source has a new modification time.
    Touch,
    /// `README.md` has other words.
    Readme,
    /// A build argument has another value.
    Argument,
    /// The package has another description.
    Metadata,
    /// A source of the program has new bytes.
    Source,
    /// A source of a crate in the workspace has new bytes, and one of the program.
    Crate,
    /// Another version of a dependency is locked.
    Dependency,
    /// The base image has one more layer.
    Base,
    /// Neither layers nor cache mounts hold anything.
    Cold,
}

impl Prior {
    /// All of them, the cheapest first.
    pub const ALL: [Self; 10] = [
        Self::Unchanged,
        Self::Touch,
        Self::Readme,
        Self::Argument,
        Self::Metadata,
        Self::Source,
        Self::Crate,
        Self::Dependency,
        Self::Base,
        Self::Cold,
    ];

    /// The word for command line and tables.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Unchanged => "unchanged",
            Self::Touch => "touch",
            Self::Readme => "readme",
            Self::Argument => "argument",
            Self::Metadata => "metadata",
            Self::Source => "source",
            Self::Crate => "crate",
            Self::Dependency => "dependency",
            Self::Base => "base",
            Self::Cold => "cold",
        }
    }
}

impl fmt::Display for Prior {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl FromStr for Prior {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|prior| prior.word() == text);
        found.ok_or_else(|| {
            let words: Vec<&str> = Self::ALL.iter().map(|prior| prior.word()).collect();
            format!(
                "there is no scenario `{}`; there are: {}",
                text.escape_debug(),
                words.join(", ")
            )
        })
    }
}

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
    /// The build's figures.
    pub record: BuildRecord,
}

/// A machine that is busier than this before a run is said to be noisy.
pub const NOISY: f64 = 0.2;

impl BenchRun {
    /// Whether its figures may be compared: built, and not found wrong.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.record.outcome == Outcome::Built && self.record.counts()
    }

    /// Whether other programs were at work before it.
    #[must_use]
    pub fn is_noisy(&self) -> bool {
        self.busy_before.is_some_and(|busy| busy > NOISY)
    }
}

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
}

/// The result of each cell, in the plan's order. The article's first builds are left out, as it
/// left them out.
#[must_use]
pub fn results(plan: &Plan, runs: &[BenchRun]) -> Vec<CellResult> {
    let mut by_cell: BTreeMap<Cell, Vec<&BenchRun>> = BTreeMap::new();
    let dropped = match plan.protocol {
        Protocol::Article => ARTICLE_DROPPED,
        Protocol::Interleaved => 0,
    };
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
    "no cause was seen".to_owned()
}

/// When a benchmark has measured enough.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Enough {
    /// At least so many rounds.
    pub fewest: u32,
    /// And no more than so many.
    pub most: u32,
    /// Half the width of each median's interval, as a share of it.
    pub narrow: f64,
    /// No round is begun that would probably end after this.
    pub budget: Duration,
}

impl Enough {
    /// Whether another round is worth its time: `spent` since the start, `round` what one takes.
    #[must_use]
    pub fn goes_on(
        &self,
        rounds: u32,
        results: &[CellResult],
        spent: Duration,
        round: Duration,
    ) -> bool {
        if rounds < self.fewest {
            return true;
        }
        if rounds >= self.most || spent + round > self.budget {
            return false;
        }
        // What cannot be built does not get better.
        let mut measured = results.iter().filter_map(|result| result.wall.as_ref());
        measured.any(|wall| {
            let width = wall.interval.map(|one| one.relative_to(wall.median));
            width.is_none_or(|width| width > self.narrow)
        })
    }
}

/// How many crates cargo compiled, by its own lines; `None` where it said nothing.
#[must_use]
pub fn compiled_crates<'a>(lines: impl Iterator<Item = &'a str>) -> Option<u32> {
    let mut seen = None;
    for line in lines {
        let line = line.trim_start();
        if line.starts_with("Compiling ") {
            *seen.get_or_insert(0) += 1;
        } else if line.starts_with("Finished ") {
            seen.get_or_insert(0);
        }
    }
    seen
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{record::sample, verdict::Verdict};

    fn plan(protocol: Protocol) -> Plan {
        Plan {
            protocol,
            strategies: ["a", "b", "a"].map(|id| StrategyId(id.into())).to_vec(),
            priors: vec![Prior::Source, Prior::Cold],
            seed: 5,
        }
    }

    fn run(round: u32, place: usize, wall_s: f64) -> BenchRun {
        BenchRun {
            round,
            cell: Cell {
                place,
                prior: Prior::Source,
            },
            busy_before: Some(0.01),
            compiled: Some(1),
            change: "a source".into(),
            record: sample("a", wall_s),
        }
    }

    #[test]
    fn every_round_has_every_cell_once_in_an_order_that_the_seed_gives() {
        let plan = plan(Protocol::Interleaved);
        let (first, second) = (plan.round(0), plan.round(1));
        assert_eq!(first, plan.round(0));
        assert_ne!(first, second);
        for mut round in [first, second] {
            round.sort_unstable();
            let mut all = plan.cells();
            all.sort_unstable();
            assert_eq!(round, all);
        }
        let article = self::plan(Protocol::Article);
        assert_eq!(article.round(3), article.cells());
        assert_eq!((plan.name(0), plan.name(1)), ("a #1".into(), "b".into()));
        assert_eq!(plan.name(2), "a #2");
    }

    #[test]
    fn the_articles_first_build_is_dropped_and_a_wrong_image_spoils_its_cell() {
        let article = plan(Protocol::Article);
        let runs: Vec<BenchRun> = [(0, 99.0), (1, 10.0), (2, 11.0), (3, 12.0)]
            .map(|(round, wall_s)| run(round, 1, wall_s))
            .to_vec();
        let of_b = |runs: &[BenchRun]| results(&article, runs)[2].clone();
        let found = of_b(&runs);
        assert_eq!(found.seconds, [10.0, 11.0, 12.0]);
        assert!((found.wall.unwrap().median - 11.0).abs() < 1e-9);
        let mut wrong = runs.clone();
        wrong[2].record.verdict = Some(Verdict::Invalid {
            reason: "older program".into(),
        });
        let found = of_b(&wrong);
        assert_eq!((found.wall, found.seconds.len()), (None, 0));
        assert_eq!(found.faults, ["INVALID: older program"]);
    }

    #[test]
    fn an_outlier_counts_and_has_a_cause() {
        let plan = plan(Protocol::Interleaved);
        let mut runs: Vec<BenchRun> = (0..6)
            .map(|round| run(round, 1, 10.0 + 0.1 * f64::from(round)))
            .collect();
        runs.push(run(6, 1, 40.0));
        runs[6].busy_before = Some(0.8);
        let found = &results(&plan, &runs)[2];
        assert_eq!(found.seconds.len(), 7);
        assert_eq!(found.outliers.len(), 1);
        assert!(
            found.outliers[0].cause.contains("80 %"),
            "{:?}",
            found.outliers
        );
    }

    #[test]
    fn it_goes_on_until_the_interval_is_narrow_or_the_time_is_spent() {
        let plan = plan(Protocol::Interleaved);
        let enough = Enough {
            fewest: 2,
            most: 10,
            narrow: 0.05,
            budget: Duration::from_secs(100),
        };
        let wide = results(&plan, &[run(0, 1, 10.0), run(1, 1, 20.0)]);
        let narrow = results(&plan, &[run(0, 1, 10.0), run(1, 1, 10.1)]);
        let second = Duration::from_secs(1);
        assert!(enough.goes_on(1, &narrow, second, second));
        assert!(enough.goes_on(2, &wide, second, second));
        assert!(!enough.goes_on(2, &narrow, second, second));
        assert!(!enough.goes_on(10, &wide, second, second));
        assert!(!enough.goes_on(2, &wide, second * 99, second * 2));
        // Nothing was measured: it would not be the next time either.
        assert!(!enough.goes_on(2, &results(&plan, &[]), second, second));
    }

    #[test]
    fn crates_are_counted_as_cargo_tells_them() {
        let log =
            "   Compiling a v1.0.0\n   Compiling b v2.0.0 (/app)\n    Finished `release` profile";
        assert_eq!(compiled_crates(log.lines()), Some(2));
        assert_eq!(
            compiled_crates("    Finished `release` profile".lines()),
            Some(0)
        );
        assert_eq!(compiled_crates("COPY . .".lines()), None);
    }

    #[test]
    fn every_scenario_is_found_by_its_word() {
        for prior in Prior::ALL {
            assert_eq!(prior.word().parse(), Ok(prior));
        }
        assert!("none".parse::<Prior>().unwrap_err().contains("source"));
    }
}
