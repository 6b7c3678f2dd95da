//! One build as it stands: stages, steps, the recent log. The only fold of [`BuildEvent`]s.

use std::{collections::VecDeque, time::Duration};

use serde::{Deserialize, Serialize};

use super::{
    base::ResolvedBase,
    crates::CargoOutput,
    event::{BuildEvent, Outcome, StepKey},
    ids::{Bytes, ImageId},
    record::StepRecord,
};

/// What became of a step. The five ends are told apart: a step that was never reached is not
/// cached, and one that was cancelled did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepStatus {
    /// Not begun yet; only while the build runs.
    Waiting,
    /// At work; only while the build runs.
    Running,
    /// The result came from the cache.
    Cached,
    /// Ran to its end.
    Ran,
    /// Ended with an error.
    Failed,
    /// Was at work when the user ended the build.
    Cancelled,
    /// The build was over before this step, or did not need its stage.
    NotReached,
}

impl StepStatus {
    /// The word that people read.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Cached => "cached",
            Self::Ran => "ran",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::NotReached => "not reached",
        }
    }

    /// Whether the step will not change any more.
    #[must_use]
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Waiting | Self::Running)
    }
}

/// One instruction of one stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The instruction.
    pub instruction: String,
    /// What became of it.
    pub status: StepStatus,
    /// When it began, since the build's start.
    pub started: Option<Duration>,
    /// When it ended, since the build's start.
    pub ended: Option<Duration>,
    /// The intermediate image that holds its result, perhaps shortened.
    pub image: Option<ImageId>,
    /// What cargo said in its output.
    pub cargo: CargoOutput,
}

impl Step {
    /// How long it took; `None` when it never began or is still at work.
    #[must_use]
    pub fn took(&self) -> Option<Duration> {
        Some(self.ended?.saturating_sub(self.started?))
    }
}

/// One stage of the Dockerfile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// `AS name`, or the stage's number.
    pub name: String,
    /// In order, the `FROM` first.
    pub steps: Vec<Step>,
}

/// A line of output and the step that printed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// The step; `None` for the build as a whole.
    pub step: Option<StepKey>,
    /// Sanitized text, SGR colours kept.
    pub text: String,
}

/// One build, folded from its events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Build {
    /// In the Dockerfile's order.
    pub stages: Vec<Stage>,
    /// The newest lines, at most as many as [`Build::new`] was told.
    pub log: VecDeque<LogLine>,
    /// How many lines were printed in all, those no longer in `log` included.
    pub lines: u64,
    /// Bases known so far.
    pub bases: Vec<ResolvedBase>,
    /// Files and bytes of the context, once it was sent.
    pub context: Option<(u64, Bytes)>,
    /// The image, once it was made.
    pub image: Option<ImageId>,
    /// How it ended, once it did.
    pub outcome: Option<Outcome>,
    /// Time of the last event since the build's start.
    pub at: Duration,
    log_limit: usize,
}

impl Build {
    /// A build before its first event, keeping at most `log_limit` lines of output.
    #[must_use]
    pub fn new(log_limit: usize) -> Self {
        Self {
            stages: Vec::new(),
            log: VecDeque::new(),
            lines: 0,
            bases: Vec::new(),
            context: None,
            image: None,
            outcome: None,
            at: Duration::ZERO,
            log_limit,
        }
    }

    /// Takes one event in. `at` is the time since the build's start.
    pub fn apply(&mut self, at: Duration, event: &BuildEvent) {
        self.at = at;
        match event {
            BuildEvent::Planned { stages } => {
                self.stages = stages.iter().map(Stage::from_plan).collect();
            }
            BuildEvent::BaseResolved { base } => self.bases.push(base.clone()),
            BuildEvent::ContextSent { files, bytes } => self.context = Some((*files, *bytes)),
            BuildEvent::StepStarted {
                step,
                of,
                instruction,
            } => self.start(*step, *of, instruction, at),
            BuildEvent::StepCached { step } => self.end(*step, StepStatus::Cached, at),
            BuildEvent::StepRan { step } => self.end(*step, StepStatus::Ran, at),
            BuildEvent::StepFailed { step } => self.end(*step, StepStatus::Failed, at),
            BuildEvent::ResultNamed { step, image } => {
                if let Some(step) = self.step_mut(*step) {
                    step.image = Some(image.clone());
                }
            }
            BuildEvent::Output { step, line } => self.push_line(*step, line),
            BuildEvent::ImageBuilt { image } => self.image = Some(image.clone()),
            BuildEvent::Ended { outcome } => self.finish(outcome, at),
        }
    }

    /// The step, if the build knows it.
    #[must_use]
    pub fn step(&self, key: StepKey) -> Option<&Step> {
        let index = key.index.checked_sub(1)?;
        self.stages.get(key.stage)?.steps.get(index)
    }

    /// All steps with their keys, in the Dockerfile's order.
    pub fn steps(&self) -> impl Iterator<Item = (StepKey, &Step)> {
        self.stages.iter().enumerate().flat_map(|(stage, all)| {
            all.steps.iter().enumerate().map(move |(position, step)| {
                let key = StepKey {
                    stage,
                    index: position + 1,
                };
                (key, step)
            })
        })
    }

    /// How many steps have this status.
    #[must_use]
    pub fn count(&self, status: StepStatus) -> usize {
        self.steps()
            .filter(|(_, step)| step.status == status)
            .count()
    }

    /// The step at work, the last one begun if there are several.
    #[must_use]
    pub fn running(&self) -> Option<(StepKey, &Step)> {
        self.steps()
            .filter(|(_, step)| step.status == StepStatus::Running)
            .max_by_key(|(_, step)| step.started)
    }

    /// The steps as the record keeps them.
    #[must_use]
    pub fn step_records(&self) -> Vec<StepRecord> {
        self.steps()
            .map(|(key, step)| StepRecord {
                stage: self.stages[key.stage].name.clone(),
                index: key.index,
                of: self.stages[key.stage].steps.len(),
                instruction: step.instruction.clone(),
                status: step.status,
                seconds: step.took().map(|took| took.as_secs_f64()),
                started_s: step.started.map(|at| at.as_secs_f64()),
                image: step.image.clone(),
                crates: step.cargo.crates(),
            })
            .collect()
    }

    fn start(&mut self, key: StepKey, of: usize, instruction: &str, at: Duration) {
        self.make_room(key, of);
        let Some(step) = self.step_mut(key) else {
            return;
        };
        // `FROM builder` is told as `FROM <id of the image>` by podman: the Dockerfile says more.
        if step.instruction.is_empty() || !names_a_bare_id(instruction) {
            instruction.clone_into(&mut step.instruction);
        }
        step.status = StepStatus::Running;
        step.started = Some(at);
    }

    fn end(&mut self, key: StepKey, status: StepStatus, at: Duration) {
        if let Some(step) = self.step_mut(key) {
            step.status = status;
            step.started.get_or_insert(at);
            step.ended = Some(at);
        }
    }

    fn finish(&mut self, outcome: &Outcome, at: Duration) {
        let unfinished = match outcome {
            Outcome::Built => StepStatus::Ran,
            Outcome::Failed { .. } => StepStatus::Failed,
            Outcome::Cancelled => StepStatus::Cancelled,
        };
        // Several steps can be open when stages interleave; one of them failed. If the engine
        // named it, the others were merely interrupted.
        let named = self.count(StepStatus::Failed) > 0;
        for stage in &mut self.stages {
            for step in &mut stage.steps {
                match step.status {
                    StepStatus::Running => {
                        step.status = if named && unfinished == StepStatus::Failed {
                            StepStatus::Cancelled
                        } else {
                            unfinished
                        };
                        step.ended = Some(at);
                    }
                    StepStatus::Waiting => step.status = StepStatus::NotReached,
                    _ => {}
                }
            }
        }
        self.outcome = Some(outcome.clone());
    }

    fn push_line(&mut self, step: Option<StepKey>, line: &str) {
        if let Some(step) = step.and_then(|key| self.step_mut(key)) {
            step.cargo.read(line);
        }
        self.lines += 1;
        if self.log_limit == 0 {
            return;
        }
        if self.log.len() == self.log_limit {
            self.log.pop_front();
        }
        self.log.push_back(LogLine {
            step,
            text: line.to_owned(),
        });
    }

    /// A step that no plan announced still gets its place: the plan is our reading of the
    /// Dockerfile, the engine's is the one that counts.
    fn make_room(&mut self, key: StepKey, of: usize) {
        while self.stages.len() <= key.stage {
            self.stages.push(Stage {
                name: self.stages.len().to_string(),
                steps: Vec::new(),
            });
        }
        let steps = &mut self.stages[key.stage].steps;
        while steps.len() < of.max(key.index) {
            steps.push(Step::waiting(String::new()));
        }
    }

    fn step_mut(&mut self, key: StepKey) -> Option<&mut Step> {
        let index = key.index.checked_sub(1)?;
        self.stages.get_mut(key.stage)?.steps.get_mut(index)
    }
}

impl Stage {
    fn from_plan(plan: &super::event::StagePlan) -> Self {
        Self {
            name: plan.name.clone(),
            steps: plan
                .instructions
                .iter()
                .cloned()
                .map(Step::waiting)
                .collect(),
        }
    }
}

impl Step {
    fn waiting(instruction: String) -> Self {
        Self {
            instruction,
            status: StepStatus::Waiting,
            started: None,
            ended: None,
            image: None,
            cargo: CargoOutput::default(),
        }
    }
}

fn names_a_bare_id(instruction: &str) -> bool {
    let mut words = instruction.split_whitespace();
    let is_from = words
        .next()
        .is_some_and(|word| word.eq_ignore_ascii_case("FROM"));
    let is_id = |word: &str| word.len() == 64 && word.bytes().all(|b| b.is_ascii_hexdigit());
    is_from && words.next().is_some_and(is_id)
}

#[cfg(test)]
mod tests;
