//! Rules of a benchmark: what must not come out of it, and what its runs say to that.
//!
//! ```text
//! [STRATEGY/][SCENARIO:]METRIC OP VALUE      what FAILS, e.g. `chef-scratch/edit:median > 20s`
//!
//! STRATEGY  an id; without it every strategy that is measured
//! SCENARIO  a scenario's word, `edit` being another one for `source`; without it each that is measured
//! METRIC    median  seconds that a build takes, by the clock: the median of the runs
//!           cpu     seconds of processors that it takes, user and system: the median
//!           size    bytes of the image, unpacked
//!           layers  of the image
//!           context bytes of what is sent to the engine
//!           push    bytes that a push sends after the one before, compressed
//!           cached  share of the steps that come from the cache
//! OP        >  >=  <  <=
//! VALUE     20s 1.5m 300ms 1h · 30MB 878kB 1GiB · 90% · 4
//! ```
//!
//! A time is judged by the interval of its median: the rule fails, or holds, only where the whole
//! interval is on that side, else it is not sure. A point estimate would fail every now and then
//! for nothing. `mean`, `min` and `max` are no metrics, for they cannot be judged like that from a
//! few runs: a mean follows its outliers, and the extremes move with the number of runs.
//! What is counted and not timed has no noise to be sure about: all runs are on one side, or it is
//! not sure.

mod against;
mod amount;
mod gate;
mod judge;
mod parse;
mod ruling;

use std::fmt;

use serde::{Serialize, Serializer};

pub use self::{
    against::{Against, Change, Compared, Earlier, Unlike},
    amount::{Amount, Measure, Unit},
    gate::{Gate, Judged, is_decided},
    judge::Measured,
    parse::RuleFault,
    ruling::{Evidence, Judgement, Ruling},
};
use super::{bench::Prior, ids::StrategyId};

/// What must not come out of a benchmark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Of which strategy; `None` for every one.
    pub strategy: Option<StrategyId>,
    /// After which change; `None` for each.
    pub scenario: Option<Prior>,
    /// Which figure.
    pub metric: Metric,
    /// On which side of the threshold it fails.
    pub comparison: Comparison,
    /// The threshold.
    pub threshold: Amount,
}

/// A figure that can be judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Metric {
    /// Wall clock seconds of a build.
    Median,
    /// User and system seconds of a build.
    Cpu,
    /// Unpacked bytes of the image.
    Size,
    /// Bytes of the image's layers, compressed.
    Compressed,
    /// Layers of the image.
    Layers,
    /// Bytes of what is sent to the engine.
    Context,
    /// Bytes that a push sends after the one before, compressed.
    Push,
    /// Share of the steps that come from the cache.
    Cached,
}

impl Metric {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Median,
        Self::Cpu,
        Self::Size,
        Self::Compressed,
        Self::Layers,
        Self::Context,
        Self::Push,
        Self::Cached,
    ];

    /// The word in a rule.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Median => "median",
            Self::Cpu => "cpu",
            Self::Size => "size",
            Self::Compressed => "compressed",
            Self::Layers => "layers",
            Self::Context => "context",
            Self::Push => "push",
            Self::Cached => "cached",
        }
    }

    /// In what it is measured.
    #[must_use]
    pub fn measure(self) -> Measure {
        match self {
            Self::Median | Self::Cpu => Measure::Seconds,
            Self::Size | Self::Compressed | Self::Context | Self::Push => Measure::Bytes,
            Self::Layers => Measure::Count,
            Self::Cached => Measure::Share,
        }
    }

    /// Whether it is measured with noise, and judged by an interval.
    #[must_use]
    pub fn is_time(self) -> bool {
        self.measure() == Measure::Seconds
    }

    /// Whether it is the same whatever was changed before the build, so that a rule without a
    /// scenario is judged once for all of them.
    #[must_use]
    pub fn is_of_strategy(self) -> bool {
        matches!(
            self,
            Self::Size | Self::Compressed | Self::Layers | Self::Context
        )
    }
}

/// On which side of the threshold a rule fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `>`
    Over,
    /// `>=`
    AtLeast,
    /// `<`
    Under,
    /// `<=`
    AtMost,
}

impl Comparison {
    /// As it is written.
    #[must_use]
    pub fn sign(self) -> &'static str {
        match self {
            Self::Over => ">",
            Self::AtLeast => ">=",
            Self::Under => "<",
            Self::AtMost => "<=",
        }
    }

    /// Whether a value is on the side that fails.
    #[must_use]
    pub fn fails(self, value: f64, threshold: f64) -> bool {
        match self {
            Self::Over => value > threshold,
            Self::AtLeast => value >= threshold,
            Self::Under => value < threshold,
            Self::AtMost => value <= threshold,
        }
    }
}

/// As it is parsed: `chef-scratch/source:median > 20s`.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(strategy) = &self.strategy {
            write!(f, "{strategy}/")?;
        }
        if let Some(scenario) = self.scenario {
            write!(f, "{scenario}:")?;
        }
        let sign = self.comparison.sign();
        write!(f, "{} {sign} {}", self.metric.word(), self.threshold)
    }
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests;
