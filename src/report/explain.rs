//! Why each step of a build came from the cache or did not, as data.

use serde::Serialize;

use crate::domain::{
    build::StepStatus, chain::chains, crates::Crates, explanation::pairs, reason::StepWhy,
    record::BuildRecord,
};

/// One build, explained.
#[derive(Debug, Serialize)]
pub struct Explanation<'a> {
    /// Its number in the history.
    pub build: i64,
    /// The strategy's id.
    pub strategy: &'a str,
    /// Start in UTC, RFC 3339.
    pub started: &'a str,
    /// Seconds that it took.
    pub wall_s: f64,
    /// Seconds that it was expected to take.
    pub expected_s: Option<f64>,
    /// Causes with what they cost, the dearest first.
    pub chains: Vec<ExplainedChain>,
    /// All steps in the Dockerfile's order.
    pub steps: Vec<ExplainedStep<'a>>,
}

/// A cause with what it cost.
#[derive(Debug, Serialize)]
pub struct ExplainedChain {
    /// From cause to cost, in words.
    pub text: String,
    /// Seconds that all steps took that ran because of it.
    pub took_s: f64,
    /// How many they are.
    pub steps: usize,
}

/// A step, explained.
#[derive(Debug, Serialize)]
pub struct ExplainedStep<'a> {
    /// Name of the stage.
    pub stage: &'a str,
    /// Step within it, from 1.
    pub index: usize,
    /// The instruction.
    pub instruction: &'a str,
    /// What became of it.
    pub status: StepStatus,
    /// Seconds that it took.
    pub seconds: Option<f64>,
    /// What cargo did in it; `None` where it said nothing.
    pub crates: Option<&'a Crates>,
    /// Why; `None` where nothing is known.
    pub why: Option<&'a StepWhy>,
    /// The same in words.
    pub reason: Option<String>,
}

/// One build, explained as data.
#[must_use]
pub fn explanation(build: i64, record: &BuildRecord) -> Explanation<'_> {
    let chains = chains(record).into_iter().map(|chain| ExplainedChain {
        text: chain.to_string(),
        took_s: chain.took_s,
        steps: chain.steps,
    });
    let steps = pairs(record).map(|(step, why)| ExplainedStep {
        stage: &step.stage,
        index: step.index,
        instruction: &step.instruction,
        status: step.status,
        seconds: step.seconds,
        crates: step.crates.as_ref(),
        why,
        reason: why.map(|why| why.reason.to_string()),
    });
    Explanation {
        build,
        strategy: &record.strategy,
        started: &record.started,
        wall_s: record.wall_s,
        expected_s: record.expected_s,
        chains: chains.collect(),
        steps: steps.collect(),
    }
}
