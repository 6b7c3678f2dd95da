//! What `imgtui.toml` says of benchmarks; the command line wins.

use std::path::PathBuf;

use serde::Serialize;

use super::Known;
use crate::domain::{
    bench::{Budget, Percent, Prior},
    ids::StrategyId,
    rules::Rule,
};

/// The `[bench]` of an app.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct BenchSettings {
    /// What must not come out of a benchmark.
    pub fail_if: Vec<Known<Rule>>,
    /// An exported benchmark to compare with.
    pub against: Option<Known<PathBuf>>,
    /// By how much a median or a size may be larger than there.
    pub max_regress: Option<Known<Percent>>,
    /// What is measured where the command line names nothing; empty for the article's rows.
    pub strategies: Vec<Known<StrategyId>>,
    /// What is changed before the builds; empty for an edited source.
    pub scenarios: Vec<Prior>,
    /// Exactly so many rounds.
    pub rounds: Option<u32>,
    /// How well each median is to be known.
    pub until: Option<Percent>,
    /// How long it may take.
    pub budget: Option<Budget>,
}

impl BenchSettings {
    /// Whether nothing is said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Strategies that are named, each with its line.
    pub fn named(&self) -> impl Iterator<Item = (&StrategyId, usize)> {
        let of_rules = self.fail_if.iter().filter_map(|rule| {
            let id = rule.value.strategy.as_ref()?;
            Some((id, rule.origin.line().unwrap_or(1)))
        });
        let listed = self.strategies.iter();
        listed
            .map(|id| (&id.value, id.origin.line().unwrap_or(1)))
            .chain(of_rules)
    }
}
