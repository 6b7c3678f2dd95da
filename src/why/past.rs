//! A build that is over: what its steps depended on, and what became of them.

use std::time::Duration;

use crate::domain::{
    build::StepStatus, footprint::Footprint, ids::ImageId, reason::PastBuildRef,
    record::BuildRecord,
};

/// A build that is over.
#[derive(Debug, Clone, PartialEq)]
pub struct Past {
    /// Its number in the history.
    pub number: i64,
    /// The strategy's id.
    pub strategy: String,
    /// Start in UTC, RFC 3339.
    pub started: String,
    /// What its steps depended on.
    pub footprint: Footprint,
    ends: Vec<Vec<Option<StepEnd>>>,
}

/// What became of a step.
#[derive(Debug, Clone, PartialEq)]
struct StepEnd {
    status: StepStatus,
    took: Option<Duration>,
    image: Option<ImageId>,
}

impl Past {
    /// A build of the history with its footprint. Steps are matched by stage and place: a record
    /// can have stages that are no part of the Dockerfile.
    #[must_use]
    pub fn new(number: i64, record: &BuildRecord, footprint: Footprint) -> Self {
        let end = |stage: &str, step: usize| {
            let mut steps = record.steps.iter();
            let found = steps.find(|one| one.stage == stage && one.index == step + 1)?;
            Some(StepEnd {
                status: found.status,
                // A look at cargo tells nothing of how long its steps else take.
                took: found
                    .seconds
                    .filter(|_| !record.purpose.is_look())
                    .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()),
                image: found.image.clone(),
            })
        };
        let ends = footprint.stages.iter().map(|stage| {
            let places = 0..stage.steps.len();
            places.map(|step| end(&stage.name, step)).collect()
        });
        Self {
            number,
            strategy: record.strategy.clone(),
            started: record.started.clone(),
            ends: ends.collect(),
            footprint,
        }
    }

    /// The build, as people can find it.
    #[must_use]
    pub fn reference(&self) -> PastBuildRef {
        PastBuildRef {
            number: self.number,
            strategy: self.strategy.clone(),
            started: self.started.clone(),
        }
    }

    fn end(&self, stage: usize, step: usize) -> Option<&StepEnd> {
        self.ends.get(stage)?.get(step)?.as_ref()
    }

    /// What became of a step.
    #[must_use]
    pub fn status(&self, stage: usize, step: usize) -> Option<StepStatus> {
        self.end(stage, step).map(|end| end.status)
    }

    /// How long a step took; `None` where it never began, and in a look at cargo.
    #[must_use]
    pub fn took(&self, stage: usize, step: usize) -> Option<Duration> {
        self.end(stage, step)?.took
    }

    /// The image that holds a step's result; `None` where the engine does not tell.
    #[must_use]
    pub fn image(&self, stage: usize, step: usize) -> Option<&ImageId> {
        self.end(stage, step)?.image.as_ref()
    }
}
