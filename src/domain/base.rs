//! Base images: the upstream reference, and the local equivalent where it cannot be pulled.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::ids::BaseId;

/// One entry of `strategies/bases.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Base {
    /// Unique name that strategies refer to.
    pub id: BaseId,
    /// Title for people.
    pub title: String,
    /// Full upstream reference, registry included.
    pub upstream: String,
    /// Folder of the local recipe, beside `bases.toml`.
    pub recipe: String,
    /// Build argument → base, for the local recipe only.
    #[serde(default)]
    pub parents: BTreeMap<String, BaseId>,
    /// Programs that the recipe's `prepare.sh` needs on the host, by Debian package name.
    #[serde(default)]
    pub host_packages: Vec<String>,
    /// The Rust in it, as `1.96`, for a base that compiles; `None` for one that only runs.
    #[serde(default)]
    pub rust: Option<String>,
    /// What the local equivalent is made of and what it lacks against upstream.
    pub equivalent_summary: String,
}

/// A base together with the files of its recipe: path within the recipe's folder → content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseRecipe {
    /// What `bases.toml` says.
    pub base: Base,
    /// `Dockerfile`, and `prepare.sh` where there is one.
    pub files: BTreeMap<String, Vec<u8>>,
}

/// How a base came to be in the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BaseSource {
    /// The upstream image was there already.
    Present,
    /// The upstream image was pulled now.
    Pulled,
    /// Built locally from Debian's packages: an equivalent, never the upstream image.
    Equivalent,
}

/// A base that a build can start from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResolvedBase {
    /// Which base.
    pub id: BaseId,
    /// The reference handed to the Dockerfile.
    pub reference: String,
    /// How it came to be there.
    pub source: BaseSource,
}
