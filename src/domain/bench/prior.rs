//! Scenarios: what changes before a measured build.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// What is different before a measured build; everything else is as the build before left it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Prior {
    /// Nothing.
    Unchanged,
    /// A source has a new modification time.
    Touch,
    /// `README.md` has other words.
    Readme,
    /// A build argument has another value.
    Argument,
    /// The package has another description.
    Metadata,
    /// A source of the program has new bytes.
    Source,
    /// A source of a crate in the workspace has new bytes, and one of the program.
    Crate,
    /// Another version of a dependency is locked.
    Dependency,
    /// The base image has one more layer.
    Base,
    /// Neither layers nor cache mounts hold anything.
    Cold,
    /// The machine is a fresh one, and steps are taken from a shared cache.
    Shared,
}

impl Prior {
    /// All of them, the cheapest first.
    pub const ALL: [Self; 11] = [
        Self::Unchanged,
        Self::Touch,
        Self::Readme,
        Self::Argument,
        Self::Metadata,
        Self::Source,
        Self::Crate,
        Self::Dependency,
        Self::Base,
        Self::Cold,
        Self::Shared,
    ];

    /// The word for command line and tables.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Unchanged => "unchanged",
            Self::Touch => "touch",
            Self::Readme => "readme",
            Self::Argument => "argument",
            Self::Metadata => "metadata",
            Self::Source => "source",
            Self::Crate => "crate",
            Self::Dependency => "dependency",
            Self::Base => "base",
            Self::Cold => "cold",
            Self::Shared => "shared",
        }
    }

    /// What it is, in a few words.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Unchanged => "nothing",
            Self::Touch => "a source has a new time",
            Self::Readme => "README.md has other words",
            Self::Argument => "a build argument has another value",
            Self::Metadata => "the package has another description",
            Self::Source => "a source has new bytes: what an edit costs",
            Self::Crate => "a source of a crate in the workspace has new bytes",
            Self::Dependency => "another version of a dependency is locked",
            Self::Base => "the base image has one more layer",
            Self::Cold => "neither layers nor cache mounts hold anything",
            Self::Shared => "a fresh machine, with the steps of the shared cache",
        }
    }

    /// Whether a right build after it cannot do without compiling something.
    #[must_use]
    pub fn must_compile(self) -> bool {
        match self {
            // Another description is another fingerprint of the package for cargo, but a strategy
            // may keep manifests from it.
            Self::Unchanged
            | Self::Touch
            | Self::Readme
            | Self::Argument
            | Self::Metadata
            | Self::Shared => false,
            Self::Source | Self::Crate | Self::Dependency | Self::Base | Self::Cold => true,
        }
    }
}

impl fmt::Display for Prior {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl FromStr for Prior {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|prior| prior.word() == text);
        found.ok_or_else(|| {
            let words: Vec<&str> = Self::ALL.iter().map(|prior| prior.word()).collect();
            format!(
                "there is no scenario `{}`; there are: {}",
                text.escape_debug(),
                words.join(", ")
            )
        })
    }
}
