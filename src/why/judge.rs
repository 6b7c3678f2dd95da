//! Goes through a build's steps in the engine's order: which results there should be, and why.
//!
//! Before a build this is a forecast. After it, what the engine did is looked at step by step: where
//! it is another than expected, the steps behind are judged by what the engine did.

mod twins;
mod walk;

use std::path::{Path, PathBuf};

use self::walk::Walk;
use super::memory::Memory;
use crate::domain::{
    archive::Archive,
    build::StepStatus,
    footprint::{Footprint, StepFootprint},
    ids::ImageId,
    manifest::Manifest,
    reason::{Expected, Reason},
};

/// A build that is to be judged.
#[derive(Clone, Copy)]
pub struct Case<'a> {
    /// Builds before it on the same engine.
    pub memory: &'a Memory,
    /// Former contexts and contents of files.
    pub archive: &'a dyn Archive,
    /// The strategy's id.
    pub strategy: &'a str,
    /// What its steps depend on.
    pub footprint: &'a Footprint,
    /// What is sent.
    pub manifest: &'a Manifest,
    /// The bytes of a file as it is sent.
    pub read: &'a dyn Fn(&Path) -> Option<Vec<u8>>,
    /// Files that changed and are not sent, each with what ignores it.
    pub ignored: &'a [IgnoredFile],
    /// Whether it leaves the cache aside.
    pub cache_off: bool,
}

/// A file that changed and is not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IgnoredFile {
    /// Its path in the app.
    pub path: PathBuf,
    /// Name of the ignore file.
    pub file: String,
    /// Line of the pattern in it, from 1.
    pub line: usize,
}

/// A step that was judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// What is expected of it, or was before the engine did otherwise.
    pub expected: Expected,
    /// Why; after a build, why the engine did what it did.
    pub reason: Reason,
    /// Stage and step, from 0, whose new result made this one run; `None` for one that has a cause
    /// of its own.
    pub root: Option<(usize, usize)>,
    /// The image that should hold its result.
    pub image: Option<ImageId>,
}

/// All steps of a build, by stage.
pub type Judgement = Vec<Vec<Judged>>;

/// Judges every step. `done` tells what the engine did with one, by stage and place from 0; before a
/// build it knows of none.
#[must_use]
pub fn judge(case: Case<'_>, done: &dyn Fn(usize, usize) -> Option<StepStatus>) -> Judgement {
    Walk::new(case, needed(case.footprint)).through(done)
}

/// Stages that the last one needs.
fn needed(footprint: &Footprint) -> Vec<bool> {
    let mut needed = vec![!footprint.skips_stages; footprint.stages.len()];
    if !footprint.skips_stages {
        return needed;
    }
    let mut pending: Vec<usize> = needed.len().checked_sub(1).into_iter().collect();
    while let Some(stage) = pending.pop() {
        if std::mem::replace(&mut needed[stage], true) {
            continue;
        }
        let steps = footprint.stages[stage].steps.iter();
        let earlier = steps.flat_map(StepFootprint::stages);
        pending.extend(earlier.filter(|earlier| *earlier < stage));
    }
    needed
}
