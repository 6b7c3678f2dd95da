//! A benchmark before an earlier one.

use std::{fmt, path::PathBuf};

use serde::Serialize;

use super::{
    Comparison, Evidence, Judgement, Measure, Measured, Metric, Ruling,
    judge::{Lacking, Scope, range},
};
use crate::domain::{
    bench::{BenchHeader, BenchRun, Percent, Prior},
    record::EngineInfo,
    statistics::{Difference, Interval, difference, median},
};

/// What is compared with an earlier benchmark.
const COMPARED: [Metric; 2] = [Metric::Median, Metric::Size];

/// A benchmark that was exported.
#[derive(Debug, Clone, PartialEq)]
pub struct Earlier {
    /// The file that it was read from.
    pub path: PathBuf,
    /// What was measured.
    pub header: BenchHeader,
    /// Every run.
    pub runs: Vec<BenchRun>,
}

/// An earlier benchmark, and by how much this one may be worse.
#[derive(Debug, Clone, PartialEq)]
pub struct Against {
    /// The other one.
    pub earlier: Earlier,
    /// More than this is a regression; without it there is a comparison and no judgement.
    pub limit: Option<Percent>,
    /// Judge although it is unlike this one, too: [`Against::unlike`].
    pub takes_unlike: bool,
}

/// What makes two benchmarks no comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unlike {
    /// The machine has another number of processors.
    Processors {
        /// In the earlier one.
        then: usize,
        /// In this one.
        now: usize,
    },
    /// Another engine, or another version of it.
    Engine {
        /// In the earlier one.
        then: EngineInfo,
        /// In this one.
        now: EngineInfo,
    },
    /// The app's folder has another name.
    App {
        /// In the earlier one.
        then: PathBuf,
        /// In this one.
        now: PathBuf,
    },
}

impl fmt::Display for Unlike {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Processors { then, now } => write!(f, "{then} processors there, {now} here"),
            Self::Engine { then, now } => write!(f, "{then} there, {now} here"),
            Self::App { then, now } => {
                write!(
                    f,
                    "the app {} there, {} here",
                    then.display(),
                    now.display()
                )
            }
        }
    }
}

/// One figure of a strategy, then and now.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Compared {
    /// What the strategy is called in this benchmark's tables.
    pub strategy: String,
    /// After which change; `None` where that makes no difference.
    pub scenario: Option<Prior>,
    /// Which figure.
    pub metric: Metric,
    /// The figures; `None` without a pair of them.
    pub change: Option<Change>,
    /// What is said where they do not decide.
    #[serde(skip)]
    pub judgement: Judgement,
}

/// A figure then and now.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Change {
    /// In what it is.
    pub measure: Measure,
    /// The earlier median, or newest value.
    pub then: f64,
    /// This one's.
    pub now: f64,
    /// This by that; of times the middle of all ratios of runs.
    pub ratio: f64,
    /// Of the ratio; `None` of too few runs.
    pub interval: Option<Interval>,
    /// Runs of this benchmark.
    pub runs: usize,
    /// Runs of the earlier one.
    pub earlier_runs: usize,
}

impl Against {
    /// What is not as it was.
    #[must_use]
    pub fn unlike(&self, header: &BenchHeader) -> Vec<Unlike> {
        let (then, now) = (&self.earlier.header, header);
        let mut unlike = Vec::new();
        if then.processors != now.processors {
            unlike.push(Unlike::Processors {
                then: then.processors,
                now: now.processors,
            });
        }
        if then.engine != now.engine {
            unlike.push(Unlike::Engine {
                then: then.engine.clone(),
                now: now.engine.clone(),
            });
        }
        // The same app lies in other folders on other machines, and in a second checkout.
        if then.app.file_name() != now.app.file_name() {
            unlike.push(Unlike::App {
                then: then.app.clone(),
                now: now.app.clone(),
            });
        }
        unlike
    }

    /// Every figure that is compared.
    #[must_use]
    pub fn compare(&self, measured: &Measured<'_>) -> Vec<Compared> {
        let plan = &measured.header.plan;
        let mut all = Vec::new();
        for place in 0..plan.strategies.len() {
            for metric in COMPARED {
                let scenarios: Vec<Option<Prior>> = if metric.is_of_strategy() {
                    vec![None]
                } else {
                    plan.priors.iter().copied().map(Some).collect()
                };
                for scenario in scenarios {
                    all.push(self.one(measured, place, metric, scenario));
                }
            }
        }
        all
    }

    /// What is said of the limit, if there is one.
    #[must_use]
    pub fn judge(&self, measured: &Measured<'_>) -> Vec<Ruling> {
        let Some(limit) = self.limit else {
            return Vec::new();
        };
        let unlike: Vec<String> = self
            .unlike(measured.header)
            .iter()
            .map(ToString::to_string)
            .collect();
        let compared = self.compare(measured).into_iter();
        compared
            .map(|one| one.ruling(limit, &unlike, self.takes_unlike))
            .collect()
    }

    fn one(
        &self,
        measured: &Measured<'_>,
        place: usize,
        metric: Metric,
        scenario: Option<Prior>,
    ) -> Compared {
        let found = self.change(measured, place, metric, scenario);
        let (change, judgement) = match found {
            Ok(change) => (Some(change), change.undecided(metric)),
            Err(judgement) => (None, judgement),
        };
        Compared {
            strategy: measured.header.plan.name(place),
            scenario,
            metric,
            change,
            judgement,
        }
    }

    fn change(
        &self,
        measured: &Measured<'_>,
        place: usize,
        metric: Metric,
        scenario: Option<Prior>,
    ) -> Result<Change, Judgement> {
        let earlier = Measured::of_runs(&self.earlier.header, &self.earlier.runs);
        let id = measured.header.plan.strategies.get(place);
        let of_id = earlier.header.plan.strategies.iter().enumerate();
        let places: Vec<usize> = of_id
            .filter(|(_, other)| Some(*other) == id)
            .map(|(place, _)| place)
            .collect();
        let here = [place];
        let now = Scope {
            places: &here,
            scenario,
        };
        let then = Scope {
            places: &places,
            scenario,
        };
        let values = measured.values(now, metric)?;
        let name = || self.earlier.path.display().to_string();
        let before = earlier.values(then, metric).map_err(|lacking| {
            let why = match lacking {
                Lacking::Wrong(why) | Lacking::Missing(why) => why,
            };
            Judgement::NotMeasured {
                why: format!("in {}: {why}", name()),
            }
        })?;
        let is_equivalent =
            |runs: Vec<&BenchRun>| runs.iter().any(|run| run.record.has_equivalent_base());
        if is_equivalent(measured.runs_in(now)) != is_equivalent(earlier.runs_in(then)) {
            return Err(Judgement::Unsure {
                why: "only one of them stands on local equivalents of base images".to_owned(),
            });
        }
        if let Some(why) = measured.doubt(now).filter(|_| metric.is_time()) {
            return Err(Judgement::Unsure { why });
        }
        let change = if metric.is_time() {
            Change::of_times(metric, &before, &values)
        } else {
            Change::of_values(metric, &before, &values)
        };
        change.ok_or_else(|| Judgement::NotMeasured {
            why: "figures that are not positive have no ratio".to_owned(),
        })
    }
}

impl Change {
    fn of_times(metric: Metric, then: &[f64], now: &[f64]) -> Option<Self> {
        let (ratio, interval) = match difference(then, now) {
            Difference::Seen { ratio, interval } | Difference::NotSeen { ratio, interval } => {
                (ratio, Some(interval))
            }
            Difference::TooFew { ratio } => (ratio, None),
            Difference::Unknown => return None,
        };
        Some(Self {
            measure: metric.measure(),
            then: median(then)?,
            now: median(now)?,
            ratio,
            interval,
            runs: now.len(),
            earlier_runs: then.len(),
        })
    }

    fn of_values(metric: Metric, then: &[f64], now: &[f64]) -> Option<Self> {
        let (of_then, of_now) = (range(then)?, range(now)?);
        let (last_then, last_now) = (*then.last()?, *now.last()?);
        (of_then.low > 0.0).then_some(Self {
            measure: metric.measure(),
            then: last_then,
            now: last_now,
            ratio: last_now / last_then,
            interval: Some(Interval {
                low: of_now.low / of_then.high,
                high: of_now.high / of_then.low,
            }),
            runs: now.len(),
            earlier_runs: then.len(),
        })
    }

    /// What is said where the interval does not decide.
    fn undecided(&self, metric: Metric) -> Judgement {
        let why = match (self.interval, metric.is_time()) {
            (None, _) => format!(
                "{} runs then and {} now are too few to be sure",
                self.earlier_runs, self.runs
            ),
            (Some(_), true) => "the limit lies in the interval".to_owned(),
            (Some(_), false) => "runs are on both sides of the limit".to_owned(),
        };
        Judgement::Unsure { why }
    }
}

impl Compared {
    fn ruling(self, limit: Percent, unlike: &[String], takes_unlike: bool) -> Ruling {
        let evidence = self.change.as_ref().map(|change| Evidence {
            measure: Measure::Times,
            value: change.ratio,
            interval: change.interval,
            threshold: 1.0 + limit.share(),
            runs: change.runs,
        });
        let found = evidence.and_then(|evidence| evidence.judge(Comparison::Over));
        let judgement = match found {
            // A wrong image fails on every machine.
            _ if self.judgement.is_fail() => self.judgement,
            Some(_) if !unlike.is_empty() && !takes_unlike => Judgement::Unsure {
                why: format!(
                    "{}: `--other-machine` judges all the same",
                    unlike.join(", ")
                ),
            },
            Some(found) => found,
            None => self.judgement,
        };
        Ruling {
            rule: format!("{} --max-regress {limit}", self.metric.word()),
            strategy: self.strategy,
            scenario: self.scenario,
            judgement,
            evidence,
        }
    }
}
