//! What a build would come to that was not started.

use std::time::Duration;

use super::{
    ids::ImageId,
    reason::{Expected, Reason},
};

/// What a build by a strategy would come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foreseen {
    /// In the Dockerfile's order.
    pub stages: Vec<ForeseenStage>,
    /// How long the steps that would run take; `None` where one of them never ran here.
    pub takes: Option<Duration>,
}

/// A stage of a build that was not started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeseenStage {
    /// Its name.
    pub name: String,
    /// In order, the `FROM` first.
    pub steps: Vec<ForeseenStep>,
}

/// A step of a build that was not started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeseenStep {
    /// The instruction.
    pub instruction: String,
    /// What is expected of it.
    pub expected: Expected,
    /// Why.
    pub reason: Reason,
    /// Stage and step, from 0, whose new result makes this one run; `None` for one that has a cause
    /// of its own.
    pub root: Option<(usize, usize)>,
    /// The image that should hold its result, where the engine names one.
    pub result: Option<ImageId>,
    /// How long it takes when it runs; `None` where it never ran here.
    pub takes: Option<Duration>,
}

impl Foreseen {
    /// All steps in order.
    pub fn steps(&self) -> impl Iterator<Item = &ForeseenStep> {
        self.stages.iter().flat_map(|stage| &stage.steps)
    }

    /// How many steps would run.
    #[must_use]
    pub fn misses(&self) -> usize {
        let misses = self.steps().filter(|step| step.expected == Expected::Miss);
        misses.count()
    }
}
