//! What a build's steps depend on: what is to be expected of them, and why they came as they did.

use std::{path::PathBuf, sync::Arc};

use super::{Made, Traces, contents::contents, remembered};
use crate::{
    domain::{
        build::StepStatus,
        digest::ContentDigest,
        footprint::Footprint,
        foretold::ForetoldStep,
        ids::ImageId,
        manifest::{Manifest, changes_but_times},
        reason::StepWhy,
        record::BuildRecord,
    },
    store::{footprints::KeptContexts, history::History},
    why::{Case, IgnoredFile, Judgement, Memory, estimate::estimate, judge},
};

/// What the steps of one build depend on.
pub(super) struct Trace {
    pub(super) traces: Arc<Traces>,
    pub(super) history: History,
    pub(super) archive: KeptContexts,
    pub(super) app: PathBuf,
    pub(super) strategy: String,
    /// The engine's kind.
    pub(super) engine: String,
    pub(super) ignored: Vec<IgnoredFile>,
    pub(super) cache_off: bool,
    pub(super) footprint: Footprint,
    pub(super) manifest: Manifest,
    pub(super) made: Made,
}

impl Trace {
    /// On a thread for blocking work.
    pub(super) async fn blocking<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> T + Send + 'static,
    ) -> Option<T> {
        let trace = Arc::clone(self);
        tokio::task::spawn_blocking(move || work(&trace)).await.ok()
    }

    pub(super) fn with_memory<T>(&self, work: impl FnOnce(&mut Memory) -> T) -> T {
        let mut remembered_now = self.traces.lock();
        let memory = remembered_now.memory.get_or_insert_with(|| {
            let store = &self.footprint.store;
            // A history that cannot be read is told of when the build is put into it.
            remembered(&self.history, &self.app, &self.engine, store).unwrap_or_default()
        });
        work(memory)
    }

    fn judge(
        &self,
        memory: &Memory,
        done: &dyn Fn(usize, usize) -> Option<StepStatus>,
    ) -> Judgement {
        let case = Case {
            memory,
            archive: &self.archive,
            strategy: &self.strategy,
            footprint: &self.footprint,
            manifest: &self.manifest,
            read: &|path| self.made.layout.bytes_of(&self.made.context, path),
            ignored: &self.ignored,
            cache_off: self.cache_off,
        };
        judge(case, done)
    }

    fn status(&self, record: &BuildRecord, stage: usize, step: usize) -> Option<StepStatus> {
        let place = place(record, &self.footprint, stage, step)?;
        Some(record.steps[place].status)
    }

    /// What was to be expected of each step before the build.
    pub(super) fn expected(&self) -> Judgement {
        self.with_memory(|memory| self.judge(memory, &|_, _| None))
    }

    /// What is expected, step by step, by names.
    pub(super) fn foretold(&self, expected: &Judgement) -> Vec<ForetoldStep> {
        let stages = self.footprint.stages.iter().zip(expected);
        let steps = stages.flat_map(|(stage, judged)| {
            judged
                .iter()
                .enumerate()
                .map(|(step, judged)| ForetoldStep {
                    stage: stage.name.clone(),
                    index: step + 1,
                    expected: judged.expected,
                    reason: judged.reason.clone(),
                })
        });
        steps.collect()
    }

    /// Images of results that were expected to be there, of steps that ran.
    pub(super) fn doubted(&self, record: &BuildRecord, expected: &Judgement) -> Vec<ImageId> {
        let mut doubted = Vec::new();
        for (stage, steps) in expected.iter().enumerate() {
            for (step, judged) in steps.iter().enumerate() {
                let has_run = self.status(record, stage, step) == Some(StepStatus::Ran);
                doubted.extend(judged.image.clone().filter(|_| has_run));
            }
        }
        doubted
    }

    pub(super) fn explain(&self, record: &BuildRecord, expected: &Judgement) -> Explained {
        self.with_memory(|memory| {
            let seconds = estimate(memory, &self.strategy, &self.footprint, expected);
            let judged = self.judge(memory, &|stage, step| self.status(record, stage, step));
            Explained {
                steps: in_order(record, &self.footprint, expected, &judged),
                expected_s: seconds.map(|time| time.as_secs_f64()),
            }
        })
    }

    /// The bytes of what people edit, of those files that are new or changed.
    pub(super) fn contents(&self) -> Vec<(ContentDigest, Vec<u8>)> {
        let last = self.traces.lock().last.replace(self.manifest.clone());
        let changed = changes_but_times(&last.unwrap_or_default(), &self.manifest);
        contents(
            &changed,
            &self.manifest,
            &self.made.context,
            &self.made.layout,
        )
    }
}

/// What a build's steps are told.
pub(super) struct Explained {
    pub(super) steps: Vec<Option<StepWhy>>,
    pub(super) expected_s: Option<f64>,
}

/// Reasons in the order of the record's steps.
fn in_order(
    record: &BuildRecord,
    footprint: &Footprint,
    expected: &Judgement,
    judged: &Judgement,
) -> Vec<Option<StepWhy>> {
    let mut steps = vec![None; record.steps.len()];
    for (stage, all) in judged.iter().enumerate() {
        for (step, judged) in all.iter().enumerate() {
            let Some(at) = place(record, footprint, stage, step) else {
                continue;
            };
            let is_over = matches!(
                record.steps[at].status,
                StepStatus::Cached | StepStatus::Ran | StepStatus::Failed
            );
            let root = judged
                .root
                .and_then(|(stage, step)| place(record, footprint, stage, step));
            let why = StepWhy {
                expected: expected[stage][step].expected,
                reason: judged.reason.clone(),
                root,
            };
            steps[at] = Some(why).filter(|_| is_over);
        }
    }
    steps
}

/// Where a step of the footprint stands among the record's.
fn place(record: &BuildRecord, footprint: &Footprint, stage: usize, step: usize) -> Option<usize> {
    let name = &footprint.stages.get(stage)?.name;
    let mut steps = record.steps.iter();
    steps.position(|one| one.stage == *name && one.index == step + 1)
}
