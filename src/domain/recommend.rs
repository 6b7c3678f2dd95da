//! What this app's own measurements recommend: the final table, and its advice in words.
//!
//! Only measured builds that count ([`BuildRecord::counts`]) give figures. Nothing is taken from
//! published figures, and no figure is made up: where one is missing, the sentence is left out.
//!
//! Sizes are those of the newest image. Times are medians. See [`advice`] for what the words mean.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use serde::Serialize;

use super::{
    event::{Outcome, Subject},
    ids::{Bytes, StrategyId},
    record::BuildRecord,
    scenario::{Scenario, scenarios},
    strategy::{Published, Strategy},
    verdict::Verdict,
};

pub mod advice;
mod words;

/// The table and the advice.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Recommendation {
    /// One row a strategy, in the order in which the strategies were given.
    pub rows: Vec<Row>,
    /// Sentences, the most important one first.
    pub advice: Vec<String>,
}

/// One strategy's row.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// Which strategy.
    pub strategy: StrategyId,
    /// The heading under which the list shows it.
    pub group: String,
    /// What was measured, or why there is nothing.
    #[serde(flatten)]
    pub state: RowState,
    /// Whether everything that went into the image came through the engine's build.
    pub hermetic: bool,
    /// Whether it can win: its image is that of this app, of any app.
    pub competes: bool,
    /// Figures that somebody else published; they win nothing.
    pub published: Option<Published>,
}

/// What is known of a strategy on this app and machine.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum RowState {
    /// There are figures that count.
    Measured(Measured),
    /// No build of it made an image yet.
    NotMeasured,
    /// The newest image is wrong: older figures do not stand for it.
    Invalid {
        /// What is wrong with the image.
        reason: String,
    },
    /// It cannot be built here.
    Unavailable {
        /// What is missing.
        reason: String,
    },
}

/// Figures of one strategy.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Measured {
    /// Unpacked bytes of the newest image.
    pub image: Option<Bytes>,
    /// Wall clock of a build after an edit of a source ([`Scenario::Edit`]).
    pub edit: Option<Median>,
    /// Wall clock of a build with nothing kept from earlier ones ([`Scenario::Cold`]).
    pub cold: Option<Median>,
    /// Whether the gate found the newest image right; else nobody looked, or nobody could.
    pub verified: bool,
    /// Whether the newest image stands on a base that was built locally.
    pub equivalent: bool,
}

/// The middle of some runs' times.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Median {
    /// Seconds, wall clock; of an even number of runs the mean of the two in the middle.
    pub seconds: f64,
    /// How many runs there were; at least one.
    pub runs: usize,
}

impl Row {
    /// The figures, where there are some.
    #[must_use]
    pub fn measured(&self) -> Option<&Measured> {
        match &self.state {
            RowState::Measured(measured) => Some(measured),
            _ => None,
        }
    }

    /// The word that stands in the table: `verified`, `unverified`, `INVALID`, `not measured` or
    /// `not available`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match &self.state {
            RowState::Measured(measured) if measured.verified => "verified",
            RowState::Measured(_) => "unverified",
            RowState::NotMeasured => "not measured",
            RowState::Invalid { .. } => "INVALID",
            RowState::Unavailable { .. } => "not available",
        }
    }

    /// Why there are no figures, where there is more to say than [`Row::word`].
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        match &self.state {
            RowState::Invalid { reason } | RowState::Unavailable { reason } => Some(reason),
            RowState::Measured(_) | RowState::NotMeasured => None,
        }
    }
}

impl Median {
    /// The middle of these seconds; `None` of none.
    #[must_use]
    pub fn of(mut seconds: Vec<f64>) -> Option<Self> {
        seconds.sort_by(f64::total_cmp);
        let runs = seconds.len();
        let upper = *seconds.get(runs / 2)?;
        let lower = *seconds.get(runs.checked_sub(1)? / 2)?;
        let seconds = f64::midpoint(lower, upper);
        Some(Self { seconds, runs })
    }

    /// As a duration.
    #[must_use]
    pub fn time(self) -> Duration {
        Duration::try_from_secs_f64(self.seconds).unwrap_or_default()
    }
}

/// The table and the advice for one app. `records` are that app's, the oldest first; those of
/// bases and set-ups are passed over. `unavailable` says why a strategy cannot be built here.
#[must_use]
pub fn recommend<'a>(
    strategies: &[Strategy],
    records: impl IntoIterator<Item = &'a BuildRecord>,
    unavailable: &BTreeMap<StrategyId, String>,
) -> Recommendation {
    let mut by_strategy: HashMap<&StrategyId, Vec<&BuildRecord>> = HashMap::new();
    for record in records {
        if let Subject::Strategy(id) = &record.subject {
            by_strategy.entry(id).or_default().push(record);
        }
    }
    let rows: Vec<Row> = strategies
        .iter()
        .map(|strategy| {
            let records = by_strategy.get(&strategy.id);
            row(
                strategy,
                records.map_or(&[], Vec::as_slice),
                unavailable.get(&strategy.id),
            )
        })
        .collect();
    let advice = advice::advice(&rows);
    Recommendation { rows, advice }
}

fn row(strategy: &Strategy, records: &[&BuildRecord], unavailable: Option<&String>) -> Row {
    let state = match unavailable {
        Some(reason) => RowState::Unavailable {
            reason: reason.clone(),
        },
        None => state(records),
    };
    Row {
        strategy: strategy.id.clone(),
        group: strategy.group.clone(),
        state,
        hermetic: strategy.is_hermetic(),
        competes: competes(strategy),
        published: strategy.published.clone(),
    }
}

/// Images that are not the app's, layouts of one certain app, and test runs are compared among
/// themselves in the table, but are no answer to the question of how to build an app's image.
pub(in crate::domain) fn competes(strategy: &Strategy) -> bool {
    strategy.check.is_none() && strategy.needs.app.is_none() && strategy.group != "test"
}

fn state(records: &[&BuildRecord]) -> RowState {
    let mut newest_first = records.iter().rev();
    let Some(newest) = newest_first.find(|record| record.outcome == Outcome::Built) else {
        return RowState::NotMeasured;
    };
    if let Some(Verdict::Invalid { reason }) = &newest.verdict {
        let reason = reason.clone();
        return RowState::Invalid { reason };
    }
    let scenarios = scenarios(records);
    let median = |wanted: Scenario| {
        let runs = records.iter().zip(&scenarios);
        let runs = runs.filter(|(record, scenario)| **scenario == wanted && record.counts());
        Median::of(runs.map(|(record, _)| record.wall_s).collect())
    };
    RowState::Measured(Measured {
        image: newest.image_bytes(),
        edit: median(Scenario::Edit),
        cold: median(Scenario::Cold),
        verified: matches!(newest.verdict, Some(Verdict::Verified { .. })),
        equivalent: newest.has_equivalent_base(),
    })
}

#[cfg(test)]
mod tests;
