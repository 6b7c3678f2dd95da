//! What a package's manifest says, whoever read it: the quick reader or cargo.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

/// A package, with all paths absolute.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version; `0.0.0` where none is given, as cargo has it.
    pub version: String,
    /// The folder with its `Cargo.toml`.
    pub folder: PathBuf,
    /// The oldest Rust that it claims to work with.
    pub rust_version: Option<String>,
    /// Feature → what it turns on, as written.
    pub features: BTreeMap<String, Vec<String>>,
    /// The program that `cargo run` takes.
    pub default_run: Option<String>,
    /// Program → its main source.
    pub programs: BTreeMap<String, PathBuf>,
    /// What it is made from, for every platform.
    pub dependencies: Vec<Dependency>,
}

/// One line under `[dependencies]` and its like.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dependency {
    /// The crate's own name.
    pub name: String,
    /// The name by which the package calls it.
    pub alias: String,
    /// Its folder, for a path dependency.
    pub path: Option<PathBuf>,
    /// Features that are asked for.
    pub features: Vec<String>,
    /// Only there when a feature asks for it.
    pub optional: bool,
    /// Only for tests.
    pub development: bool,
}

/// A package and those around it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Workspace {
    /// The folder of the workspace: `Cargo.lock` is there.
    pub root: PathBuf,
    /// Its packages, as far as they are known; the one asked for first.
    pub packages: Vec<Package>,
    /// Names of those that cargo builds when nothing is said; all, where it is empty.
    pub default_members: Vec<String>,
}

impl Package {
    /// The names of everything that is turned on, features and optional dependencies, when these
    /// features are asked for.
    #[must_use]
    pub fn turned_on(&self, features: &[String], default: bool) -> BTreeSet<String> {
        let mut pending: Vec<String> = features.to_vec();
        if default {
            pending.push("default".into());
        }
        let mut on = BTreeSet::new();
        while let Some(name) = pending.pop() {
            // `a/b` turns `a` on as well, `a?/b` does not.
            let bare = name.strip_prefix("dep:").unwrap_or(&name);
            let bare = match bare.split_once('/') {
                Some((dependency, _)) if dependency.ends_with('?') => continue,
                Some((dependency, _)) => dependency,
                None => bare,
            };
            if on.insert(bare.to_owned()) {
                pending.extend(self.features.get(bare).into_iter().flatten().cloned());
            }
        }
        on
    }

    /// What is turned on when nothing is asked for.
    pub(super) fn by_default(&self) -> BTreeSet<String> {
        self.turned_on(&[], true)
    }

    /// Whether a feature, or an optional dependency that is one, has this name.
    #[must_use]
    pub fn has_feature(&self, name: &str) -> bool {
        self.features.contains_key(name)
            || self
                .dependencies
                .iter()
                .any(|dependency| dependency.optional && dependency.alias == name)
    }

    /// The manifest.
    #[must_use]
    pub fn manifest(&self) -> PathBuf {
        self.folder.join("Cargo.toml")
    }
}

impl Workspace {
    /// The package in this folder.
    #[must_use]
    pub fn package_in(&self, folder: &Path) -> Option<&Package> {
        self.packages
            .iter()
            .find(|package| package.folder == folder)
    }
}

/// Cargo's rule, which also keeps the name harmless in a Dockerfile and on a terminal.
pub(super) fn check_name(name: &str) -> Result<(), String> {
    let plain = |char: char| char.is_ascii_alphanumeric() || char == '-' || char == '_';
    if name.is_empty() || name.starts_with('-') || !name.chars().all(plain) {
        return Err(format!(
            "`{}` is no name for a package or program; use letters, digits, `-` and `_`",
            name.escape_debug()
        ));
    }
    Ok(())
}
