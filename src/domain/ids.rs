//! Newtypes for identifiers and quantities, so that a byte count cannot be taken for a second.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The `id` of a strategy, as its `strategy.toml` gives it, e.g. `chef-scratch`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StrategyId(pub String);

/// The `id` of a base image in `strategies/bases.toml`, e.g. `rust-musl`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BaseId(pub String);

/// An image's id as the engine prints it: 64 hexadecimal digits, with or without `sha256:`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ImageId(pub String);

impl ImageId {
    /// The first twelve hexadecimal digits, as `podman images` shows them.
    #[must_use]
    pub fn short(&self) -> &str {
        let bare = self.0.strip_prefix("sha256:").unwrap_or(&self.0);
        bare.get(..12).unwrap_or(bare)
    }

    /// Whether both name the same image; engines shorten ids to different lengths.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        let bare = |id: &'_ Self| id.0.strip_prefix("sha256:").unwrap_or(&id.0).to_owned();
        let (one, two) = (bare(self), bare(other));
        let shared = one.len().min(two.len());
        shared >= 10 && one.get(..shared) == two.get(..shared)
    }
}

/// Number of one build within one imgtui process, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BuildId(pub u64);

/// A count of bytes. What kind of bytes (unpacked, compressed, sent) is said by the field's name.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Bytes(pub u64);

impl fmt::Display for StrategyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Display for BaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Display for ImageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Display for BuildId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}
