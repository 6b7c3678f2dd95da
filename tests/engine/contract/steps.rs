//! Steps of a record, named by their instructions.

use anyhow::{Context as _, ensure};
use imgtui::domain::{
    build::StepStatus,
    record::{BuildRecord, StepRecord},
};

use super::{Contract, Way};
use crate::Done;

/// Instructions that make something; what else there is only sets something.
const MAKING: [&str; 5] = ["ADD ", "COPY ", "FROM ", "RUN ", "WORKDIR "];

/// How the step for the labels of a build begins, where an engine has one. No case has labels of
/// its own, and engines quote them each in their way.
pub(super) const LABELS: &str = "LABEL ";

/// A stage without a name.
pub(super) const ONLY: &str = "0";

/// A step and what became of it: the beginning of its instruction, and its status.
pub(super) type Wanted<'a> = (&'a str, StepStatus);

impl Contract<'_> {
    /// Checks a stage's steps. `wanted` names each instruction, in their order; those of which
    /// this engine makes no step must not be there.
    pub(super) fn expect(
        &self,
        record: &BuildRecord,
        stage: &str,
        wanted: &[Wanted<'_>],
    ) -> anyhow::Result<()> {
        let makes = |instruction: &str| MAKING.iter().any(|word| instruction.starts_with(word));
        let is_step =
            |(instruction, _): &&Wanted<'_>| self.has(Way::SettingsAreSteps) || makes(instruction);
        let steps = || record.steps.iter().filter(|step| step.stage == stage);
        let wanted: Vec<&Wanted<'_>> = wanted.iter().filter(is_step).collect();
        ensure!(
            steps().count() == wanted.len(),
            "stage {stage}: {wanted:?} wanted, seen {:#?}",
            steps().collect::<Vec<_>>()
        );
        for (step, (instruction, status)) in steps().zip(wanted) {
            ensure!(
                step.instruction.starts_with(instruction) && step.status == *status,
                "stage {stage}: `{instruction}` {status:?} wanted, seen {step:?}"
            );
        }
        self.is_told(record)
    }

    /// What began took some time; what did not has none. Records carry the engine's name.
    fn is_told(&self, record: &BuildRecord) -> Done {
        ensure!(record.engine.kind == self.facts.name, "{:?}", record.engine);
        for step in &record.steps {
            let began = step.status != StepStatus::NotReached;
            ensure!(step.seconds.is_some() == began, "{step:?}");
        }
        Ok(())
    }
}

/// The step of an instruction.
pub(super) fn step<'a>(
    record: &'a BuildRecord,
    instruction: &str,
) -> anyhow::Result<&'a StepRecord> {
    let is_it = |step: &&StepRecord| step.instruction.starts_with(instruction);
    let found = record.steps.iter().find(is_it);
    found.with_context(|| format!("no step `{instruction}`: {record:?}"))
}
