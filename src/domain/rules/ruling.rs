//! What is said of a rule, and on what evidence.

use std::fmt::Write as _;

use serde::Serialize;

use super::{Comparison, Measure};
use crate::domain::{bench::Prior, statistics::Interval};

/// What is said of one rule and one strategy, after one change or after any.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ruling {
    /// The rule, as it is parsed.
    pub rule: String,
    /// What the strategy is called in the benchmark's tables.
    pub strategy: String,
    /// After which change; `None` where that makes no difference.
    pub scenario: Option<Prior>,
    /// What is said.
    #[serde(flatten)]
    pub judgement: Judgement,
    /// The figures; `None` without any.
    pub evidence: Option<Evidence>,
}

/// What is said of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "says")]
pub enum Judgement {
    /// It holds, and that is sure.
    Pass,
    /// It does not.
    Fail {
        /// Why, where that is not the figures: a wrong image, a build that failed.
        why: Option<String>,
    },
    /// There are figures, and they do not tell.
    Unsure {
        /// Why not.
        why: String,
    },
    /// There are no figures.
    NotMeasured {
        /// Why not.
        why: String,
    },
}

impl Judgement {
    /// The word in tables.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Pass => "PASS",
            Self::Fail { .. } => "FAIL",
            Self::Unsure { .. } => "UNSURE",
            Self::NotMeasured { .. } => "NOT MEASURED",
        }
    }

    /// Why, where the figures do not tell by themselves.
    #[must_use]
    pub fn why(&self) -> Option<&str> {
        match self {
            Self::Pass => None,
            Self::Fail { why } => why.as_deref(),
            Self::Unsure { why } | Self::NotMeasured { why } => Some(why),
        }
    }

    /// Whether the rule is broken for sure.
    #[must_use]
    pub fn is_fail(&self) -> bool {
        matches!(self, Self::Fail { .. })
    }

    /// Whether more cannot be said against it, nor for it.
    #[must_use]
    pub fn is_sure(&self) -> bool {
        matches!(self, Self::Pass | Self::Fail { .. })
    }
}

/// The figures behind a judgement.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Evidence {
    /// In what they are.
    pub measure: Measure,
    /// The median, the newest value of what has no noise, or a ratio.
    pub value: f64,
    /// What it lies in: for times the interval of the median, else all values; `None` of too few.
    pub interval: Option<Interval>,
    /// On what they are judged.
    pub threshold: f64,
    /// How many runs are behind them.
    pub runs: usize,
}

impl Evidence {
    /// What the interval says: the rule fails or holds where all of it is on that side.
    pub(super) fn judge(&self, comparison: Comparison) -> Option<Judgement> {
        let Interval { low, high } = self.interval?;
        let fails = |value| comparison.fails(value, self.threshold);
        match (fails(low), fails(high)) {
            (true, true) => Some(Judgement::Fail { why: None }),
            (false, false) => Some(Judgement::Pass),
            _ => None,
        }
    }

    /// `12.10 s (11.90 s … 12.30 s), 8 runs`
    #[must_use]
    pub fn text(&self) -> String {
        let measure = self.measure;
        let interval = self.interval.filter(|one| one.low < one.high);
        let seen = [self.value].into_iter();
        let seen = seen.chain(interval.iter().flat_map(|one| [one.low, one.high]));
        let threshold = measure.shown(self.threshold);
        let is_near = |value: f64| {
            (value - self.threshold).abs() > f64::EPSILON && measure.shown(value) == threshold
        };
        // What looks like the threshold and is not would be no evidence.
        let shown = if seen.into_iter().any(is_near) {
            Measure::exactly
        } else {
            Measure::shown
        };
        let mut text = shown(measure, self.value);
        if let Some(one) = interval {
            let (low, high) = (shown(measure, one.low), shown(measure, one.high));
            // Writing to a string cannot fail.
            let _ = write!(text, " ({low} … {high})");
        }
        let runs = self.runs;
        text + &format!(", {runs} {}", if runs == 1 { "run" } else { "runs" })
    }
}
