//! What the quick reader takes from a `Cargo.toml`. Tables that cargo may write in many ways are
//! kept as they are and looked at with care: what is odd there is cargo's to complain about.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use toml::{Spanned, Table, Value};

use super::{package::Dependency, quick::lexical};

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Manifest {
    pub(super) package: Option<PackageTable>,
    pub(super) workspace: Option<WorkspaceTable>,
    #[serde(default)]
    pub(super) bin: Vec<Bin>,
    features: Option<Value>,
    dependencies: Option<Value>,
    #[serde(alias = "build_dependencies")]
    build_dependencies: Option<Value>,
    #[serde(alias = "dev_dependencies")]
    dev_dependencies: Option<Value>,
    target: Option<Value>,
    patch: Option<Value>,
    replace: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct PackageTable {
    pub(super) name: Spanned<String>,
    pub(super) version: Option<Inheritable>,
    pub(super) rust_version: Option<Inheritable>,
    pub(super) default_run: Option<Spanned<String>>,
    pub(super) autobins: Option<bool>,
    pub(super) workspace: Option<PathBuf>,
}

/// A value, or `.workspace = true`.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Inheritable {
    Own(String),
    Inherited {},
}

impl Inheritable {
    pub(super) fn resolve(&self, inherited: Option<&str>) -> Option<String> {
        match self {
            Self::Own(value) => Some(value.clone()),
            Self::Inherited {} => inherited.map(str::to_owned),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct WorkspaceTable {
    #[serde(default)]
    pub(super) members: Vec<String>,
    #[serde(default)]
    pub(super) default_members: Vec<String>,
    #[serde(default)]
    pub(super) exclude: Vec<String>,
    pub(super) package: Option<WorkspacePackage>,
    #[serde(default)]
    dependencies: Table,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct WorkspacePackage {
    pub(super) version: Option<String>,
    pub(super) rust_version: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Bin {
    pub(super) name: Spanned<String>,
    pub(super) path: Option<PathBuf>,
}

/// Table of a platform → whether it is for tests only. Cargo knows two spellings.
const TABLES: [(&str, bool); 5] = [
    ("dependencies", false),
    ("build-dependencies", false),
    ("build_dependencies", false),
    ("dev-dependencies", true),
    ("dev_dependencies", true),
];

impl Manifest {
    pub(super) fn features(&self) -> BTreeMap<String, Vec<String>> {
        entries(self.features.as_ref())
            .map(|(name, value)| (name.clone(), strings(Some(value))))
            .collect()
    }

    /// Every dependency, those of each platform included.
    pub(super) fn dependencies(
        &self,
        folder: &Path,
        root: &Path,
        workspace: Option<&WorkspaceTable>,
    ) -> Vec<Dependency> {
        let own = [
            (self.dependencies.as_ref(), false),
            (self.build_dependencies.as_ref(), false),
            (self.dev_dependencies.as_ref(), true),
        ];
        let of_platforms = entries(self.target.as_ref()).flat_map(|(_, platform)| {
            TABLES.map(|(name, development)| (platform.get(name), development))
        });
        let mut found = Vec::new();
        for (table, development) in own.into_iter().chain(of_platforms) {
            for (alias, value) in entries(table) {
                let mut dependency = dependency(alias, value, folder, root, workspace);
                dependency.development = development;
                found.push(dependency);
            }
        }
        found.sort();
        found
    }

    /// Crates and paths under `[patch]` and `[replace]`, absolute.
    pub(super) fn patched_paths(&self, root: &Path) -> Vec<(String, PathBuf)> {
        entries(self.patch.as_ref())
            .flat_map(|(_, table)| entries(Some(table)))
            .chain(entries(self.replace.as_ref()))
            .filter_map(|(name, value)| Some((name.clone(), path_of(value, root)?)))
            .collect()
    }
}

/// What stands in a table; nothing, where it is none.
fn entries(table: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    table.and_then(Value::as_table).into_iter().flatten()
}

fn dependency(
    alias: &str,
    value: &Value,
    folder: &Path,
    root: &Path,
    workspace: Option<&WorkspaceTable>,
) -> Dependency {
    let is_inherited = value.get("workspace").and_then(Value::as_bool) == Some(true);
    let shared = workspace
        .and_then(|table| table.dependencies.get(alias))
        .filter(|_| is_inherited);
    let both = [Some((value, folder)), shared.map(|value| (value, root))];
    let both = || both.iter().flatten();
    let name = both().find_map(|(value, _)| value.get("package")?.as_str());
    Dependency {
        name: name.unwrap_or(alias).to_owned(),
        alias: alias.to_owned(),
        path: both().find_map(|(value, from)| path_of(value, from)),
        features: both()
            .flat_map(|(value, _)| strings(value.get("features")))
            .collect(),
        optional: value.get("optional").and_then(Value::as_bool) == Some(true),
        development: false,
    }
}

fn path_of(value: &Value, from: &Path) -> Option<PathBuf> {
    Some(lexical(&from.join(value.get("path")?.as_str()?)))
}

fn strings(value: Option<&Value>) -> Vec<String> {
    let list = value.and_then(Value::as_array).into_iter().flatten();
    list.filter_map(|word| word.as_str().map(str::to_owned))
        .collect()
}
