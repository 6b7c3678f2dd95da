//! Rules before the runs of a benchmark.

use std::collections::BTreeMap;

use super::{Evidence, Judgement, Metric, Rule, Ruling};
use crate::domain::{
    bench::{BenchHeader, BenchRun, Cell, Prior, Progress},
    event::Outcome,
    ids::StrategyId,
    record::BuildRecord,
    statistics::{FEWEST_FOR_INTERVAL, Interval, Summary},
    verdict::Verdict,
};

/// What there is to be judged.
#[derive(Debug, Clone, Copy)]
pub struct Measured<'a> {
    /// What was measured.
    pub header: &'a BenchHeader,
    /// Every run.
    pub runs: &'a [BenchRun],
    /// What became of cells without runs; `None` where nobody knows any more.
    progress: Option<&'a Progress>,
    /// Strategies that cannot be built here, each with the reason.
    unavailable: Option<&'a BTreeMap<StrategyId, String>>,
}

/// Where to look for figures: the places of a strategy in the plan, and a change.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scope<'a> {
    pub(super) places: &'a [usize],
    pub(super) scenario: Option<Prior>,
}

impl Scope<'_> {
    fn holds(self, cell: Cell) -> bool {
        let is_scenario = self.scenario.is_none_or(|prior| prior == cell.prior);
        is_scenario && self.places.contains(&cell.place)
    }
}

/// Why there are no figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Lacking {
    /// An image is wrong, or a build failed.
    Wrong(String),
    /// Nothing was measured.
    Missing(String),
}

impl From<Lacking> for Judgement {
    fn from(lacking: Lacking) -> Self {
        match lacking {
            Lacking::Wrong(why) => Self::Fail { why: Some(why) },
            Lacking::Missing(why) => Self::NotMeasured { why },
        }
    }
}

impl<'a> Measured<'a> {
    /// A benchmark under way, or over.
    #[must_use]
    pub fn of(progress: &'a Progress) -> Self {
        Self {
            progress: Some(progress),
            ..Self::of_runs(&progress.header, &progress.runs)
        }
    }

    /// Runs that were read from a file.
    #[must_use]
    pub fn of_runs(header: &'a BenchHeader, runs: &'a [BenchRun]) -> Self {
        Self {
            header,
            runs,
            progress: None,
            unavailable: None,
        }
    }

    /// With the strategies that cannot be built here, each with the reason: of those no rule is
    /// broken.
    #[must_use]
    pub fn without(self, unavailable: &'a BTreeMap<StrategyId, String>) -> Self {
        Self {
            unavailable: Some(unavailable),
            ..self
        }
    }

    /// The runs in question that are figures, right or wrong.
    pub(super) fn runs_in(&self, scope: Scope<'_>) -> Vec<&'a BenchRun> {
        let dropped = self.header.plan.protocol.dropped();
        let runs = self.runs.iter();
        runs.filter(|run| run.round >= dropped && scope.holds(run.cell))
            .collect()
    }

    /// The values of a figure, a run each.
    pub(super) fn values(&self, scope: Scope<'_>, metric: Metric) -> Result<Vec<f64>, Lacking> {
        let runs = self.runs_in(scope);
        if let Some(wrong) = runs.iter().find_map(|run| wrong(&run.record)) {
            return Err(Lacking::Wrong(wrong));
        }
        let built = runs.iter().filter(|run| run.counts());
        let values: Vec<f64> = built.filter_map(|run| value(metric, &run.record)).collect();
        if values.is_empty() {
            return Err(self.lacking(scope, metric, !runs.is_empty()));
        }
        Ok(values)
    }

    fn lacking(&self, scope: Scope<'_>, metric: Metric, was_built: bool) -> Lacking {
        if was_built {
            return Lacking::Missing(format!("`{}` is n/a in every run", metric.word()));
        }
        let place = scope.places.first().copied().unwrap_or_default();
        let id = self.header.plan.strategies.get(place);
        if let Some(why) = id.and_then(|id| self.unavailable?.get(id)) {
            return Lacking::Missing(format!("not available: {why}"));
        }
        let progress = self.progress;
        let why = progress.and_then(|progress| {
            let mut left_out = progress.left_out.iter();
            let found = left_out.find(|(cell, _)| scope.holds(**cell));
            found.map(|(_, why)| why.lines().next().unwrap_or_default().to_owned())
        });
        let is_unbuilt =
            id.is_some_and(|id| progress.is_some_and(|progress| progress.unbuilt.contains(id)));
        match why {
            Some(why) if is_unbuilt => Lacking::Wrong(format!("it cannot be built: {why}")),
            Some(why) => Lacking::Missing(why),
            None => Lacking::Missing("there are no runs of it".to_owned()),
        }
    }

    /// Why a time is not what the scenario stands for.
    pub(super) fn doubt(&self, scope: Scope<'_>) -> Option<String> {
        let runs = self.runs_in(scope);
        let doubtful = runs.iter().find_map(|run| Some((run.round, run.doubt()?)));
        doubtful.map(|(round, doubt)| format!("round {}: {doubt}", round + 1))
    }
}

impl Rule {
    /// What the runs say of it: one ruling for each strategy and scenario that it is about. None is
    /// passed for want of figures.
    #[must_use]
    pub fn judge(&self, measured: &Measured<'_>) -> Vec<Ruling> {
        let plan = &measured.header.plan;
        let mut rulings = Vec::new();
        for (place, id) in plan.strategies.iter().enumerate() {
            if self.strategy.as_ref().is_some_and(|only| only != id) {
                continue;
            }
            for scenario in self.scenarios(measured) {
                rulings.push(self.of_scope(measured, place, scenario));
            }
        }
        if rulings.is_empty() {
            rulings.push(self.of_nothing());
        }
        rulings
    }

    fn scenarios(&self, measured: &Measured<'_>) -> Vec<Option<Prior>> {
        let priors = &measured.header.plan.priors;
        match self.scenario {
            Some(only) if priors.contains(&only) => vec![Some(only)],
            Some(_) => Vec::new(),
            None if self.metric.is_of_strategy() => vec![None],
            None => priors.iter().copied().map(Some).collect(),
        }
    }

    fn of_nothing(&self) -> Ruling {
        Ruling {
            rule: self.to_string(),
            strategy: self
                .strategy
                .as_ref()
                .map_or_else(String::new, ToString::to_string),
            scenario: self.scenario,
            judgement: Judgement::NotMeasured {
                why: "this benchmark does not measure what it is about".to_owned(),
            },
            evidence: None,
        }
    }

    fn of_scope(&self, measured: &Measured<'_>, place: usize, scenario: Option<Prior>) -> Ruling {
        let places = [place];
        let scope = Scope {
            places: &places,
            scenario,
        };
        let (judgement, evidence) = match measured.values(scope, self.metric) {
            Err(lacking) => (lacking.into(), None),
            Ok(values) if self.metric.is_time() => {
                let evidence = self.of_times(&values, measured.header.plan.seed);
                let judgement = self.judge_time(&evidence, measured.doubt(scope));
                (judgement, Some(evidence))
            }
            Ok(values) => {
                let evidence = self.of_values(&values);
                let judgement = evidence.judge(self.comparison);
                let unsure = || Judgement::Unsure {
                    why: "runs are on both sides of the threshold".to_owned(),
                };
                (judgement.unwrap_or_else(unsure), Some(evidence))
            }
        };
        Ruling {
            rule: self.to_string(),
            strategy: measured.header.plan.name(place),
            scenario,
            judgement,
            evidence,
        }
    }

    fn of_times(&self, values: &[f64], seed: u64) -> Evidence {
        let summary = Summary::of(values, seed);
        let enough = |summary: &Summary| summary.runs >= FEWEST_FOR_INTERVAL;
        Evidence {
            measure: self.metric.measure(),
            value: summary.as_ref().map_or(f64::NAN, |summary| summary.median),
            interval: summary.filter(enough).and_then(|summary| summary.interval),
            threshold: self.threshold.value(),
            runs: values.len(),
        }
    }

    fn judge_time(&self, evidence: &Evidence, doubt: Option<String>) -> Judgement {
        if evidence.interval.is_none() {
            return Judgement::Unsure {
                why: too_few(evidence.runs),
            };
        }
        match (evidence.judge(self.comparison), doubt) {
            (Some(Judgement::Fail { why }), _) => Judgement::Fail { why },
            (_, Some(why)) => Judgement::Unsure { why },
            (Some(judgement), None) => judgement,
            (None, None) => Judgement::Unsure {
                why: "the threshold lies in the interval".to_owned(),
            },
        }
    }

    fn of_values(&self, values: &[f64]) -> Evidence {
        Evidence {
            measure: self.metric.measure(),
            value: values.last().copied().unwrap_or(f64::NAN),
            interval: range(values),
            threshold: self.threshold.value(),
            runs: values.len(),
        }
    }
}

/// The smallest and the largest; `None` of none.
pub(super) fn range(values: &[f64]) -> Option<Interval> {
    let low = values.iter().copied().reduce(f64::min)?;
    let high = values.iter().copied().reduce(f64::max)?;
    Some(Interval { low, high })
}

fn too_few(runs: usize) -> String {
    let runs = match runs {
        1 => "1 run is".to_owned(),
        runs => format!("{runs} runs are"),
    };
    format!("{runs} too few to be sure: `--rounds {FEWEST_FOR_INTERVAL}` or more")
}

/// What is wrong with a build, if anything is.
fn wrong(record: &BuildRecord) -> Option<String> {
    let first = |text: &str| text.lines().next().unwrap_or_default().to_owned();
    match (&record.outcome, &record.verdict) {
        (Outcome::Failed { message }, _) => Some(format!("a build FAILED: {}", first(message))),
        (Outcome::Built, Some(Verdict::Invalid { reason })) => {
            Some(format!("an image is INVALID: {}", first(reason)))
        }
        (Outcome::Built | Outcome::Cancelled, _) => None,
    }
}

/// A figure of one build; `None` where it is not known.
#[expect(
    clippy::cast_precision_loss,
    reason = "bytes and counts lie far below 2^53"
)]
fn value(metric: Metric, record: &BuildRecord) -> Option<f64> {
    match metric {
        Metric::Median => Some(record.wall_s),
        Metric::Cpu => record.cpu.map(|cpu| cpu.user_s + cpu.system_s),
        Metric::Size => record.image_bytes().map(|bytes| bytes.0 as f64),
        Metric::Layers => {
            let image = record.image.as_ref()?;
            (!image.diff_ids.is_empty()).then_some(image.diff_ids.len() as f64)
        }
        Metric::Context => record.context_bytes.map(|bytes| bytes.0 as f64),
        Metric::Compressed => record.compressed_bytes().map(|bytes| bytes.0 as f64),
        Metric::Push => record.push.map(|push| push.bytes.0 as f64),
        Metric::Cached => match record.cached_of() {
            (_, 0) => None,
            (cached, steps) => Some(cached as f64 / steps as f64),
        },
    }
}
