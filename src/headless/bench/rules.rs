//! How a benchmark ends by its rules.

use std::collections::BTreeMap;

use super::{super::note, github::Step};
use crate::{
    cli::Exit,
    domain::{
        bench::{CellResult, Ending, Progress},
        ids::StrategyId,
        rules::{Gate, Ruling},
    },
    report::bench::Bench as Report,
    runner::Runner,
};

/// Of the strategies that could not be built those that cannot be built here at all, each with the
/// reason: a lacking tool is no fault of the app.
pub(super) async fn unavailable(
    runner: &Runner,
    progress: &Progress,
) -> BTreeMap<StrategyId, String> {
    let mut reasons = BTreeMap::new();
    for id in &progress.unbuilt {
        if let Some(strategy) = runner.catalog.strategy(id)
            && let Some(why) = runner.unavailable(strategy).await
        {
            reasons.insert(id.clone(), why);
        }
    }
    reasons
}

/// Says what makes a comparison doubtful, and tells GitHub where we run there.
pub(super) fn tell(gate: &Gate, report: &Report<'_>) {
    if let Some(against) = &gate.against {
        for unlike in against.unlike(report.header) {
            note(&format!(
                "{} is of something else: {unlike}",
                against.earlier.path.display()
            ));
        }
    }
    if let Some(step) = Step::of_environment() {
        step.tell(&report.judged.rules, &report.markdown());
    }
}

/// What was broken off says nothing. Else a broken rule comes before a wrong image and a failed
/// build: it is what was asked. What is unsure is no failure unless that is asked too.
pub(super) fn exit(progress: &Progress, rules: &[Ruling], is_strict: bool) -> Exit {
    if progress.ending == Some(Ending::Cancelled) {
        return Exit::Cancelled;
    }
    let fails = |ruling: &Ruling| {
        let judgement = &ruling.judgement;
        judgement.is_fail() || (is_strict && !judgement.is_sure())
    };
    let is_faulty = |result: &CellResult| !result.faults.is_empty();
    if rules.iter().any(fails) {
        Exit::Rules
    } else if progress.results().iter().any(is_faulty) {
        Exit::Failed
    } else {
        Exit::Ok
    }
}

#[cfg(test)]
mod tests;
