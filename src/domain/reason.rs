//! Why a step came from the cache, or did not.

mod words;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::ids::Bytes;

/// Why a step came from the cache, or did not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The first thing that decided it.
    pub cause: Cause,
    /// How sure that is.
    pub certainty: Certainty,
    /// The build that it was compared with; `None` where there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compared_with: Option<PastBuildRef>,
}

/// What is expected of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Expected {
    /// It comes from the cache.
    Hit,
    /// It runs.
    Miss,
    /// The build does not need it.
    NotNeeded,
}

/// What was expected of a step, and why it came from the cache or did not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepWhy {
    /// What was expected before the build, from what it depends on.
    pub expected: Expected,
    /// Why; after a build, why the engine did what it did.
    pub reason: Reason,
    /// The step whose new result made this one run, by its place among all steps of the build, from
    /// 0; `None` for one that has a cause of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root: Option<usize>,
}

/// How sure a reason is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "certainty")]
pub enum Certainty {
    /// It follows from what is known of the engine.
    Sure,
    /// The engine hides something.
    Likely {
        /// What it is based on, in words.
        because: String,
    },
}

/// A build of the past, as people can find it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastBuildRef {
    /// Its number in the history.
    pub number: i64,
    /// The strategy's id.
    pub strategy: String,
    /// Start in UTC, RFC 3339.
    pub started: String,
}

/// What decided over a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Cause {
    /// It ran: no build of this strategy came this far on this engine.
    NeverBuilt,
    /// It ran: the build was told to leave the cache aside.
    CacheOff,
    /// It ran: the image it starts from, or copies from, is another.
    Image {
        /// Its name.
        reference: String,
        /// Its id or name before.
        before: String,
        /// Its id or name now.
        after: String,
    },
    /// It ran: files that it copies changed.
    Files {
        /// What changed, at most as many as are worth reading.
        changes: Vec<FileChange>,
        /// How many more there are.
        more: usize,
    },
    /// It ran: the instruction is another.
    Instruction {
        /// As it was.
        before: String,
        /// As it is.
        after: String,
    },
    /// It ran: a build argument changed.
    Argument {
        /// Its name.
        name: String,
        /// Its value before; `None` where it was not there.
        before: Option<String>,
        /// Its value now; `None` where it is not there.
        after: Option<String>,
    },
    /// It ran: the environment of the command changed.
    Environment {
        /// The variable.
        name: String,
        /// Its value before; `None` where it was not there.
        before: Option<String>,
        /// Its value now; `None` where it is not there.
        after: Option<String>,
    },
    /// It ran: a setting that the command runs under changed.
    Setting {
        /// The instruction that sets it.
        keyword: String,
        /// Before; `None` where it was not there.
        before: Option<String>,
        /// Now; `None` where it is not there.
        after: Option<String>,
    },
    /// It ran: the step before it, in its stage, has a new result.
    Parent {
        /// Name of the stage.
        stage: String,
        /// The step, from 1.
        index: usize,
    },
    /// It ran: what it copies, mounts or starts from in another stage has a new result.
    Upstream {
        /// Name of that stage.
        stage: String,
        /// Its first step with a new result, from 1; `None` where that is not known.
        index: Option<usize>,
    },
    /// It ran: all that it depends on is as before, and the engine no longer has the result.
    Gone,
    /// It came from the cache: nothing that it depends on changed.
    Unchanged,
    /// It came from the cache: of the files that it copies only times changed.
    OnlyTimes {
        /// Files with new times, at most as many as are worth reading.
        files: Vec<PathBuf>,
        /// How many more there are.
        more: usize,
    },
    /// It came from the cache: what changed is not among the files that it copies.
    NotCopied {
        /// What changed, at most as many as are worth reading.
        files: Vec<PathBuf>,
        /// How many more there are.
        more: usize,
    },
    /// It came from the cache: what changed is not sent.
    Ignored {
        /// What changed.
        path: PathBuf,
        /// Name of the ignore file.
        file: String,
        /// Line of the pattern in it, from 1.
        line: usize,
    },
    /// It came from the cache: what it copies from another stage came out the same.
    SameContent {
        /// Name of that stage.
        stage: String,
        /// It is a recipe of cargo-chef's, and no dependency changed.
        recipe: bool,
    },
    /// It came from the cache: another step of the same build makes the same, and is made once.
    SameStep {
        /// Name of that step's stage.
        stage: String,
        /// The step, from 1.
        index: usize,
    },
    /// It came from the cache: an earlier state is back.
    Earlier,
    /// It came from the cache: another strategy made the same result.
    Shared {
        /// Which one.
        strategy: String,
    },
    /// It does not fit what is known of the engine.
    Unexplained,
    /// The build does not need it, or was over before.
    NotNeeded,
}

/// What happened to one file of the context.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileChange {
    /// Path in the context, lossily as text where it is none.
    pub path: PathBuf,
    /// What happened to it.
    #[serde(flatten)]
    pub what: FileEvent,
    /// What is different inside, in words: `12 bytes at line 14`,
    /// `[dependencies] tokio 1.40 → 1.41`. `None` where its former content is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// What happened to a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "what")]
pub enum FileEvent {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It has other bytes.
    Content {
        /// Size before.
        before: Bytes,
        /// Size now.
        after: Bytes,
    },
    /// It has other permission bits.
    Mode {
        /// Before.
        before: u32,
        /// Now.
        after: u32,
    },
    /// A link leads elsewhere.
    Target {
        /// Before.
        before: PathBuf,
        /// Now.
        after: PathBuf,
    },
    /// A file became a folder, a link or the other way round.
    Kind,
    /// It has another name, and the same bytes.
    Renamed {
        /// Its name before.
        from: PathBuf,
    },
}

impl Certainty {
    /// `≈ ` where something is only likely.
    #[must_use]
    pub fn sign(&self) -> &'static str {
        match self {
            Self::Sure => "",
            Self::Likely { .. } => "≈ ",
        }
    }
}

impl Reason {
    /// A reason that is sure.
    #[must_use]
    pub fn sure(cause: Cause) -> Self {
        Self {
            cause,
            certainty: Certainty::Sure,
            compared_with: None,
        }
    }

    /// A reason that something speaks for.
    #[must_use]
    pub fn likely(cause: Cause, because: impl Into<String>) -> Self {
        Self {
            cause,
            certainty: Certainty::Likely {
                because: because.into(),
            },
            compared_with: None,
        }
    }

    /// Whether it only follows from another step of the same build.
    #[must_use]
    pub fn is_derived(&self) -> bool {
        matches!(self.cause, Cause::Parent { .. } | Cause::Upstream { .. })
    }
}
