//! All rules of a benchmark together.

use serde::Serialize;

use super::{Against, Compared, Judgement, Measured, Rule, Ruling};
use crate::domain::bench::{Cell, Percent};

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

    /// Whether every rule about the time of a cell is decided; `None` where there is no such rule.
    #[must_use]
    pub fn is_decided(&self, measured: &Measured<'_>, cell: Cell) -> Option<bool> {
        let name = measured.header.plan.name(cell.place);
        let rules = self.rules.iter().filter(|rule| rule.metric.is_time());
        let of_rules = rules.flat_map(|rule| rule.judge(measured));
        let against = self.against.iter();
        let of_limit = against.flat_map(|against| against.judge(measured));
        let about: Vec<Ruling> = of_rules
            .chain(of_limit)
            .filter(|ruling| ruling.strategy == name && ruling.scenario == Some(cell.prior))
            .collect();
        let is_decided = about.iter().all(|ruling| ruling.judgement.is_sure());
        (!about.is_empty()).then_some(is_decided)
    }
}
