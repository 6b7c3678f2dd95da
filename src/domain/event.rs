//! What happens during a build: one stream of typed events, the same from every engine.
//!
//! Events are past tense. Parsers and the runner make them; [`super::build::Build::apply`] folds
//! them; the screen, the headless lines and the history only look at the fold.

use std::{path::PathBuf, time::Duration};

use serde::{Deserialize, Serialize};

use super::{
    base::ResolvedBase,
    edit::EditKind,
    foretold::ForetoldStep,
    ids::{BaseId, BuildId, Bytes, ImageId, StrategyId},
    record::BuildRecord,
};

/// Names one step: stage from 0 in the Dockerfile's order, step from 1 as engines count
/// (step 1 is the stage's `FROM`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct StepKey {
    /// Stage, from 0.
    pub stage: usize,
    /// Step within the stage, from 1.
    pub index: usize,
}

/// A stage as the Dockerfile writes it, known before the build begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StagePlan {
    /// `AS name`, or the stage's number.
    pub name: String,
    /// Instructions in order, the `FROM` first; continuation lines joined, white space folded.
    pub instructions: Vec<String>,
}

/// One event of one build.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "event")]
pub enum BuildEvent {
    /// The stages and steps that the Dockerfile holds.
    Planned {
        /// In the Dockerfile's order.
        stages: Vec<StagePlan>,
    },
    /// A base image is there.
    BaseResolved {
        /// Which, and how it came there.
        base: ResolvedBase,
    },
    /// The whole context went to the engine.
    ContextSent {
        /// Number of files.
        files: u64,
        /// Bytes of file content (uncompressed, tar headers left out).
        bytes: Bytes,
    },
    /// The engine began a step. Told once more when the step had to wait for another stage and
    /// only starts now.
    StepStarted {
        /// Which one.
        step: StepKey,
        /// How many steps its stage has.
        of: usize,
        /// The instruction as the engine prints it.
        instruction: String,
    },
    /// The engine took the step's result from its cache.
    StepCached {
        /// Which one.
        step: StepKey,
    },
    /// The step ran to its end.
    StepRan {
        /// Which one.
        step: StepKey,
    },
    /// The intermediate image that holds a step's result: taken from the cache, or added to it.
    ResultNamed {
        /// The step.
        step: StepKey,
        /// Id of the intermediate image, perhaps shortened.
        image: ImageId,
    },
    /// The step failed, and the build with it.
    StepFailed {
        /// Which one.
        step: StepKey,
    },
    /// A line of output, sanitized: only SGR colour sequences are left in it.
    Output {
        /// Under which step it belongs; `None` for the build as a whole.
        step: Option<StepKey>,
        /// The line without its end.
        line: String,
    },
    /// The engine made the image.
    ImageBuilt {
        /// Its id.
        image: ImageId,
    },
    /// The last event of every build.
    Ended {
        /// How it ended.
        outcome: Outcome,
    },
}

/// How a build ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "result")]
pub enum Outcome {
    /// An image was made.
    Built,
    /// It ended with an error.
    Failed {
        /// What happened, where, and what to do next; readable, several lines at most.
        message: String,
    },
    /// The user ended it.
    Cancelled,
}

/// What is being built.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "id")]
pub enum Subject {
    /// The app, by a strategy.
    Strategy(StrategyId),
    /// The local equivalent of a base image.
    Base(BaseId),
    /// The steps of a strategy's build, as other machines may take them.
    Sharing(StrategyId),
    /// The machine: engine and runtime are being set up. Its steps are the commands.
    Setup,
}

impl std::fmt::Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Strategy(id) => write!(f, "{id}"),
            Self::Base(id) => write!(f, "base image {id}"),
            Self::Sharing(id) => write!(f, "shared cache of {id}"),
            Self::Setup => f.write_str("set-up"),
        }
    }
}

/// Why a build was started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Trigger {
    /// A key or a command.
    Asked,
    /// The watcher saw these files change; paths are relative to the app.
    Changed {
        /// At least one.
        files: Vec<PathBuf>,
    },
    /// An edit that imgtui made itself, on disk or laid over the context.
    Edited {
        /// What kind of edit.
        edit: EditKind,
        /// The edited file relative to the app, and the line where it is known.
        file: PathBuf,
        /// Line from 1.
        line: Option<usize>,
    },
    /// Another build needs this base.
    NeededBy {
        /// The build that waits for it.
        strategy: StrategyId,
    },
}

/// What the runner tells everybody.
#[derive(Debug, Clone, PartialEq)]
pub enum RunEvent {
    /// A build was put in the queue.
    BuildQueued {
        /// What will be built.
        strategy: StrategyId,
    },
    /// A queued build was taken out again: a newer change made it pointless, or it was cancelled.
    BuildDropped {
        /// What will not be built.
        strategy: StrategyId,
    },
    /// A build began.
    BuildStarted {
        /// Its number.
        build: BuildId,
        /// What is built.
        subject: Subject,
        /// Why.
        trigger: Trigger,
        /// The file that receives the whole log.
        log: PathBuf,
    },
    /// Something happened in a build.
    BuildProgressed {
        /// Which build.
        build: BuildId,
        /// Time since its start.
        at: Duration,
        /// What happened.
        event: BuildEvent,
    },
    /// What is to be expected of a build's steps is known; it is under way already.
    BuildForetold {
        /// Which build.
        build: BuildId,
        /// In the Dockerfile's order.
        steps: Vec<ForetoldStep>,
    },
    /// A build is over and its figures are known. Follows [`BuildEvent::Ended`].
    BuildRecorded {
        /// Which build.
        build: BuildId,
        /// The figures; `None` for set-up, which is not a build to compare.
        record: Option<Box<BuildRecord>>,
    },
    /// The engine is there and answers.
    EngineReady {
        /// For people, e.g. `podman 4.3.1`.
        name: String,
        /// How it is reached, e.g. `private service`.
        how: String,
    },
    /// There is no usable engine (yet).
    EngineMissing {
        /// What happened and what to do.
        message: String,
    },
}
