//! What is known of an app beyond its name: guessed from its manifest and sources, or given in
//! its `imgtui.toml`.

mod bench;

use std::{collections::BTreeMap, fmt, path::PathBuf};

use serde::Serialize;

pub use self::bench::BenchSettings;
use super::{ids::StrategyId, shared_cache::SharedCache};

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "origin")]
pub enum Origin {
    /// The app's `imgtui.toml` says so.
    Given {
        /// Line, from 1.
        line: usize,
    },
    /// Read off something that was not written for us.
    Guessed {
        /// What it was read off, e.g. `src/main.rs:12` or `the dependency axum`.
        from: String,
    },
    /// Nothing said otherwise.
    Default,
}

impl Origin {
    /// The line of `imgtui.toml`, from 1.
    #[must_use]
    pub fn line(&self) -> Option<usize> {
        match self {
            Self::Given { line } => Some(*line),
            Self::Guessed { .. } | Self::Default => None,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Given { line } => write!(f, "imgtui.toml:{line}"),
            Self::Guessed { from } => write!(f, "guessed from {from}"),
            Self::Default => f.write_str("the default"),
        }
    }
}

/// A value and where it comes from, so that people can see what was guessed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Known<T> {
    /// The value.
    pub value: T,
    /// Where it comes from.
    #[serde(flatten)]
    pub origin: Origin,
}

impl<T> Known<T> {
    /// A value that nothing contradicted.
    pub fn by_default(value: T) -> Self {
        Self {
            value,
            origin: Origin::Default,
        }
    }

    /// A value that was read off something.
    pub fn guessed(value: T, from: impl Into<String>) -> Self {
        let origin = Origin::Guessed { from: from.into() };
        Self { value, origin }
    }

    /// A value of the app's `imgtui.toml`.
    pub fn given(value: T, line: usize) -> Self {
        let origin = Origin::Given { line };
        Self { value, origin }
    }

    /// Whether the user said so.
    pub fn is_given(&self) -> bool {
        matches!(self.origin, Origin::Given { .. })
    }
}

/// How the gate asks an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Probe {
    /// `GET` this path of the running program.
    Http {
        /// Path, with its leading `/`.
        path: String,
    },
    /// Run this in the image and expect exit code 0.
    Command {
        /// Program within the image, and its arguments.
        command: Vec<String>,
    },
    /// Start the program, and look for the stamp in its file.
    Program,
}

impl fmt::Display for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http { path } => write!(f, "GET {path}"),
            Self::Command { command } => write!(f, "run `{}`", command.join(" ")),
            Self::Program => f.write_str("the stamp in the program"),
        }
    }
}

/// Packages of the system that compiling needs, by the names of each distribution.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SystemPackages {
    /// For builders with apt.
    pub debian: Vec<String>,
    /// For builders with apk.
    pub alpine: Vec<String>,
}

/// How an app is built, run and asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Settings {
    /// What cargo is told besides `--release --locked --bin NAME`, e.g. `--package server
    /// --features tls`. Words without blanks.
    pub build_flags: Vec<String>,
    /// The port on which the program listens.
    pub port: Known<u16>,
    /// How the gate asks an image.
    pub probe: Known<Probe>,
    /// The source that edits change, relative to the app's root; `None` where none was found.
    pub edit: Option<Known<PathBuf>>,
    /// What compiling needs of the system.
    pub packages: SystemPackages,
    /// Environment while compiling and while running.
    pub env: BTreeMap<String, String>,
    /// Build arguments that win over a strategy's own.
    pub build_args: BTreeMap<String, String>,
    /// The shared cache of strategies that need one.
    pub shared_cache: SharedCache,
    /// Strategies that are not for this app.
    pub leave_out: Vec<Known<StrategyId>>,
    /// What is measured, and what must not come out.
    #[serde(skip_serializing_if = "BenchSettings::is_empty")]
    pub bench: BenchSettings,
}

impl Default for Settings {
    fn default() -> Self {
        let path = "/".to_owned();
        Self {
            build_flags: Vec::new(),
            port: Known::by_default(7000),
            probe: Known::by_default(Probe::Http { path }),
            edit: None,
            packages: SystemPackages::default(),
            env: BTreeMap::new(),
            build_args: BTreeMap::new(),
            shared_cache: SharedCache::default(),
            leave_out: Vec::new(),
            bench: BenchSettings::default(),
        }
    }
}
