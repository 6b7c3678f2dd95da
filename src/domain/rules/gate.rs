//! All rules of a benchmark together.

use serde::Serialize;

use super::{Against, Compared, Judgement, Measured, Rule, Ruling};
use crate::domain::bench::{Percent, Prior};

/// What a benchmark must not show.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Gate {
    /// Each of them.
    pub rules: Vec<Rule>,
    /// What it is compared with.
    pub against: Option<Against>,
    /// A limit for regressions without anything to compare with, and why there is nothing.
    pub alone: Option<(Percent, String)>,
}

/// What was said of a benchmark, for its reports.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Judged {
    /// Of each rule.
    pub rules: Vec<Ruling>,
    /// Then and now.
    pub compared: Vec<Compared>,
}

impl Gate {
    /// Whether nothing is asked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty() && self.against.is_none() && self.alone.is_none()
    }

    /// What is said, and what it is compared with.
    #[must_use]
    pub fn judged(&self, measured: &Measured<'_>) -> Judged {
        let against = self.against.iter();
        Judged {
            rules: self.judge(measured),
            compared: against
                .flat_map(|against| against.compare(measured))
                .collect(),
        }
    }

    /// Everything that is said, in the order of the rules.
    #[must_use]
    pub fn judge(&self, measured: &Measured<'_>) -> Vec<Ruling> {
        let of_rules = self.rules.iter().flat_map(|rule| rule.judge(measured));
        let against = self.against.iter();
        let of_limit = against.flat_map(|against| against.judge(measured));
        let alone = self.alone.iter().map(|(limit, why)| Ruling {
            rule: format!("--max-regress {limit}"),
            strategy: String::new(),
            scenario: None,
            judgement: Judgement::NotMeasured { why: why.clone() },
            evidence: None,
        });
        of_rules.chain(of_limit).chain(alone).collect()
    }

    /// What is said of every rule that may be about times.
    #[must_use]
    pub fn judge_times(&self, measured: &Measured<'_>) -> Vec<Ruling> {
        let rules = self.rules.iter().filter(|rule| rule.metric.is_time());
        let of_rules = rules.flat_map(|rule| rule.judge(measured));
        let against = self.against.iter();
        let of_limit = against.flat_map(|against| against.judge(measured));
        of_rules.chain(of_limit).collect()
    }
}

/// Whether all that [`Gate::judge_times`] says of a strategy, by its name in the tables, after a
/// change is decided; `None` where it says nothing of them.
#[must_use]
pub fn is_decided(rulings: &[Ruling], strategy: &str, prior: Prior) -> Option<bool> {
    let mut about = rulings
        .iter()
        .filter(|ruling| ruling.strategy == strategy && ruling.scenario == Some(prior))
        .peekable();
    about.peek()?;
    Some(about.all(|ruling| ruling.judgement.is_sure()))
}
