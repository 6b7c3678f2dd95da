//! A strategy: one way to build the image, as a folder in `strategies/` describes it.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use serde::{Deserialize, Serialize};

use super::ids::{BaseId, Bytes, StrategyId};

/// What the folder `strategies/NN-id/` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Strategy {
    /// Unique name, and the name of the image's tag.
    pub id: StrategyId,
    /// The `NN` of the folder's name: the order in the list.
    pub order: u32,
    /// Title for people.
    pub title: String,
    /// The heading under which the list shows it, e.g. `image`.
    pub group: String,
    /// One line on what it does.
    pub summary: String,
    /// What is to be learnt from it.
    pub lesson: Lesson,
    /// Figures that somebody else published; never ours.
    pub published: Option<Published>,
    /// What must be there before it can be built.
    pub needs: Needs,
    /// Run in the image in place of the gate's questions to the app: the image is not the app's.
    /// Program and arguments; exit code 0 is right.
    pub check: Option<Vec<String>>,
    /// Text of `prepare.sh`, which runs on this machine before the engine builds. What comes out
    /// is then not hermetic.
    pub prepare: Option<String>,
    /// Build argument → base image.
    pub bases: BTreeMap<String, BaseId>,
    /// Further build arguments.
    pub args: BTreeMap<String, String>,
    /// Text of the `Dockerfile`.
    pub dockerfile: String,
    /// Text of the strategy's own ignore file, which replaces the app's.
    pub ignore: Option<String>,
    /// Files laid over the app: path in the context → content.
    pub overlay: BTreeMap<String, Vec<u8>>,
    /// Where the folder is; `None` for one that is embedded in the program.
    pub folder: Option<PathBuf>,
}

/// What is to be learnt from a strategy, each a sentence or two.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Lesson {
    /// What to look at in the log when an edit is rebuilt.
    pub look_at: String,
    /// When to use it; empty where the strategy does not say.
    pub use_when: String,
    /// When to leave it; empty where the strategy does not say.
    pub avoid_when: String,
    /// What its authors measured, with machine and date; empty where the strategy does not say.
    /// Figures of this machine are in the history, never here.
    pub measured: String,
}

/// What must be there before a strategy can be built.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Needs {
    /// Abilities of the engine, e.g. `cache-mounts`.
    pub abilities: Vec<String>,
    /// Programs on this machine.
    pub tools: Vec<String>,
    /// Hosts that must be reached, `name` or `name:port`; 443 where no port is given.
    pub hosts: Vec<String>,
    /// A repository in which several machines share cached steps.
    pub shared_cache: bool,
    /// Build arguments that only the app's `imgtui.toml` can give.
    pub args: Vec<String>,
    /// The only app that it works on, by the package's name.
    pub app: Option<String>,
}

/// Published figures, shown beside the measured ones and labelled as published.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Published {
    /// Image size in bytes.
    pub image_bytes: Option<u64>,
    /// Seconds of one build after an edit, wall clock.
    pub build_seconds: Option<f64>,
    /// User CPU seconds of that build.
    pub user_seconds: Option<f64>,
    /// System CPU seconds of that build.
    pub system_seconds: Option<f64>,
    /// Where the figures stand.
    pub source: String,
}

/// Equality of published figures is equality of what was written in the file.
impl Eq for Published {}

impl Strategy {
    /// Whether everything that went into the image came through the engine's build.
    #[must_use]
    pub fn is_hermetic(&self) -> bool {
        self.prepare.is_none()
    }
}

impl Published {
    /// The published image size.
    #[must_use]
    pub fn image(&self) -> Option<Bytes> {
        self.image_bytes.map(Bytes)
    }

    /// The published build time.
    #[must_use]
    pub fn build(&self) -> Option<Duration> {
        self.build_seconds
            .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
    }
}

/// Something wrong with a strategy's folder; the other strategies are listed all the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CatalogFault {
    /// The file in which the fault is, as a path people can open.
    pub file: PathBuf,
    /// The line, from 1, where it is known.
    pub line: Option<usize>,
    /// What is wrong and what would be right.
    pub message: String,
}

impl std::fmt::Display for CatalogFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}", self.message)
    }
}
