//! The same strategies on several engines: what is comparable, in one table.

use serde::Serialize;

use super::{
    event::Outcome,
    ids::{Bytes, StrategyId},
    record::{BuildRecord, EngineInfo},
};

/// Bytes of an image, counted in the same way whatever the engine: engines' own figures are not
/// of one kind (podman counts the bytes of the layers' archives, docker those of their files).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ImageBytes {
    /// The layers' archives, not compressed.
    pub unpacked: Bytes,
    /// The same as gzip makes them, about what a registry keeps; `None` for an image too large to
    /// be packed each time.
    pub compressed: Option<Bytes>,
}

/// One strategy on one engine.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cell {
    /// Which engine.
    pub engine: EngineInfo,
    /// The build; `None` where the strategy cannot be built there.
    pub record: Option<BuildRecord>,
    /// Why it cannot.
    pub unavailable: Option<String>,
    /// The image's bytes, where there is an image that could be read.
    pub image: Option<ImageBytes>,
}

/// One strategy on all engines, in the order in which they were named.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ComparedRow {
    /// The strategy.
    pub strategy: StrategyId,
    /// A cell an engine.
    pub cells: Vec<Cell>,
}

impl Cell {
    /// Why its figures do not count; `None` when they do.
    #[must_use]
    pub fn why_not(&self) -> Option<String> {
        let Some(record) = &self.record else {
            return Some(format!(
                "not available: {}",
                self.unavailable.as_deref().unwrap_or("no reason given")
            ));
        };
        match &record.outcome {
            Outcome::Built if record.counts() => None,
            Outcome::Built => Some("INVALID".into()),
            Outcome::Cancelled => Some("cancelled".into()),
            Outcome::Failed { .. } => Some("FAILED".into()),
        }
    }
}

/// A change of a file that an instruction copies, or of its folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CopiedChange {
    /// Nothing at all: whether the cache works.
    Nothing,
    /// A new modification time.
    Time,
    /// Other bytes.
    Content,
    /// Another mode of the file.
    FileMode,
    /// Another mode of its folder, which is what is copied.
    FolderMode,
    /// Another owner.
    Owner,
}

impl CopiedChange {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Nothing,
        Self::Time,
        Self::Content,
        Self::FileMode,
        Self::FolderMode,
        Self::Owner,
    ];

    /// What people read.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Time => "modification time only",
            Self::Content => "content",
            Self::FileMode => "mode of a file",
            Self::FolderMode => "mode of the folder",
            Self::Owner => "owner",
        }
    }
}

/// What a `COPY` did after one change, on each engine: `true` when it came from the cache, `None`
/// when it could not be found out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Invalidation {
    /// What was changed.
    pub change: CopiedChange,
    /// In the order of the engines.
    pub hits: Vec<Option<bool>>,
}
