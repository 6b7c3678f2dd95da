//! How long a step that will run is going to take, from earlier builds.

use std::time::Duration;

use super::{judge::Judgement, memory::Memory};
use crate::domain::{build::StepStatus, footprint::Footprint, reason::Expected};

/// So many of the newest times are looked at; the one in the middle is taken.
const LOOKED_AT: usize = 5;

/// How long the steps that are expected to run will take together; `None` where one of them that
/// does work never ran here.
#[must_use]
pub fn estimate(
    memory: &Memory,
    strategy: &str,
    footprint: &Footprint,
    judgement: &Judgement,
) -> Option<Duration> {
    let mut total = Duration::ZERO;
    for (stage, steps) in judgement.iter().enumerate() {
        for (step, judged) in steps.iter().enumerate() {
            if judged.expected == Expected::Miss {
                total += time(memory, strategy, footprint, stage, step)?;
            }
        }
    }
    Some(total)
}

/// How long one step takes when it runs: the middle one of its newest times.
#[must_use]
pub fn time(
    memory: &Memory,
    strategy: &str,
    footprint: &Footprint,
    stage: usize,
    step: usize,
) -> Option<Duration> {
    let now = footprint.step(stage, step)?;
    let name = &footprint.stages[stage].name;
    let own = memory
        .builds()
        .iter()
        .rev()
        .filter(|past| past.strategy == strategy);
    let times = own.filter_map(|past| {
        let stages = &past.footprint.stages;
        let stage = stages.iter().position(|stage| stage.name == *name)?;
        let steps = &stages[stage].steps;
        let step = steps
            .iter()
            .position(|step| step.instruction == now.instruction)?;
        let has_run = past.status(stage, step) == Some(StepStatus::Ran);
        past.took(stage, step).filter(|_| has_run)
    });
    let mut times: Vec<Duration> = times.take(LOOKED_AT).collect();
    times.sort_unstable();
    let middle = times.len() / 2;
    times.get(middle).copied()
}
