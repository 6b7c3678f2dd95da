//! The quick reader: a manifest read without cargo, in well under a millisecond.
//!
//! It serves the plain case, a package that stands alone or is the root of its workspace, so
//! that the screen is there at once. [`super::cargo`] knows the rest.

use std::{
    collections::BTreeSet,
    fs,
    io::Read as _,
    path::{Path, PathBuf},
};

use toml::Spanned;

use super::{
    AppError,
    manifest::{Bin, Manifest, PackageTable, WorkspaceTable},
    package::{Package, Workspace, check_name},
};
use crate::catalog::text_file::line_of;

/// Bytes of a manifest that are read: far more than any has, far less than memory.
const MANIFEST_LIMIT: u64 = 4 << 20;
/// Packages of a workspace that are read by following path dependencies.
const PACKAGES_LIMIT: usize = 64;

/// A manifest as it was read.
pub(super) struct Read {
    pub(super) path: PathBuf,
    text: String,
    pub(super) manifest: Manifest,
}

/// What a folder turned out to be.
pub(super) enum Found {
    /// A package that stands alone, or is the root of its workspace.
    Whole(Workspace),
    /// A package within a workspace above it; read as well as it goes.
    Member(Workspace),
    /// A workspace without a package.
    Virtual(Box<Read>),
}

/// Reads the folder, which must be absolute.
pub(super) fn read(folder: &Path) -> Result<Found, AppError> {
    let read = Read::load(&folder.join("Cargo.toml"))?;
    let above = match read.manifest.workspace {
        Some(_) => None,
        None => workspace_above(folder, &read.manifest),
    };
    if read.manifest.package.is_none() {
        return Ok(Found::Virtual(Box::new(read)));
    }
    let root = above.as_ref().map_or(folder, |(root, _)| root.as_path());
    let table = above.as_ref().map(|(_, read)| &read.manifest);
    let table = table.unwrap_or(&read.manifest).workspace.as_ref();
    let default_members = table.map(|table| table.default_members.clone());
    let workspace = Workspace {
        root: root.to_owned(),
        packages: with_path_dependencies(read.package(folder, root, table)?, root, table),
        default_members: default_members.unwrap_or_default(),
    };
    Ok(match above {
        None => Found::Whole(workspace),
        Some(_) => Found::Member(workspace),
    })
}

/// The package and its path dependencies within the root, theirs included. What cannot be read
/// is left out: cargo complains about it, and better.
fn with_path_dependencies(
    first: Package,
    root: &Path,
    table: Option<&WorkspaceTable>,
) -> Vec<Package> {
    let mut seen: BTreeSet<PathBuf> = [first.folder.clone()].into();
    let mut packages = vec![first];
    let mut next = 0;
    while next < packages.len() && packages.len() < PACKAGES_LIMIT {
        let paths: Vec<PathBuf> = packages[next]
            .dependencies
            .iter()
            .filter_map(|dependency| dependency.path.clone())
            .filter(|path| path.starts_with(root) && seen.insert(path.clone()))
            .collect();
        let read = paths.iter().filter_map(|path| {
            let read = Read::load(&path.join("Cargo.toml")).ok()?;
            read.package(path, root, table).ok()
        });
        packages.extend(read);
        next += 1;
    }
    packages
}

/// The workspace that a package without one of its own belongs to.
fn workspace_above(folder: &Path, own: &Manifest) -> Option<(PathBuf, Read)> {
    if let Some(named) = own.package.as_ref()?.workspace.as_ref() {
        let root = lexical(&folder.join(named));
        let read = Read::load(&root.join("Cargo.toml")).ok()?;
        return Some((root, read));
    }
    for root in folder.ancestors().skip(1) {
        let Ok(read) = Read::load(&root.join("Cargo.toml")) else {
            continue;
        };
        if let Some(table) = &read.manifest.workspace {
            let is_out = table
                .exclude
                .iter()
                .any(|out| folder.starts_with(lexical(&root.join(out))));
            return (!is_out).then(|| (root.to_owned(), read));
        }
    }
    None
}

/// The path without `.` and `..`; links are not followed.
pub(super) fn lexical(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}

impl Read {
    pub(super) fn load(path: &Path) -> Result<Self, AppError> {
        let mut text = String::new();
        fs::File::open(path)
            .and_then(|file| file.take(MANIFEST_LIMIT).read_to_string(&mut text))
            .map_err(|source| AppError::Unreadable {
                path: path.to_owned(),
                source,
            })?;
        let manifest = toml::from_str(&text).map_err(|error| AppError::Fault {
            path: path.to_owned(),
            line: error
                .span()
                .map_or(1, |span| line_of(text.as_bytes(), span.start)),
            message: error.message().to_owned(),
        })?;
        let path = path.to_owned();
        Ok(Self {
            path,
            text,
            manifest,
        })
    }

    fn fault(&self, value: &Spanned<String>, message: String) -> AppError {
        AppError::Fault {
            path: self.path.clone(),
            line: line_of(self.text.as_bytes(), value.span().start),
            message,
        }
    }

    fn check_name(&self, name: &Spanned<String>) -> Result<(), AppError> {
        check_name(name.get_ref()).map_err(|message| self.fault(name, message))
    }

    fn package(
        &self,
        folder: &Path,
        root: &Path,
        workspace: Option<&WorkspaceTable>,
    ) -> Result<Package, AppError> {
        let Some(table) = &self.manifest.package else {
            return Err(AppError::NoProgram {
                path: self.path.clone(),
                name: None,
            });
        };
        self.check_name(&table.name)?;
        for bin in &self.manifest.bin {
            self.check_name(&bin.name)?;
        }
        let programs = programs(folder, table, &self.manifest.bin);
        let default_run = match &table.default_run {
            Some(run) if !programs.iter().any(|(name, _)| name == run.get_ref()) => {
                let message = format!(
                    "`default-run` names no program of the package: {}",
                    run.get_ref().escape_debug()
                );
                return Err(self.fault(run, message));
            }
            run => run.as_ref().map(|run| run.get_ref().clone()),
        };
        let shared = workspace.and_then(|table| table.package.as_ref());
        let version = table.version.as_ref().and_then(|version| {
            version.resolve(shared.and_then(|package| package.version.as_deref()))
        });
        let rust_version = table.rust_version.as_ref().and_then(|version| {
            version.resolve(shared.and_then(|package| package.rust_version.as_deref()))
        });
        Ok(Package {
            name: table.name.get_ref().clone(),
            version: version.unwrap_or_else(|| "0.0.0".into()),
            folder: folder.to_owned(),
            rust_version,
            features: self.manifest.features(),
            default_run,
            programs: programs.into_iter().collect(),
            dependencies: self.manifest.dependencies(folder, root, workspace),
        })
    }
}

/// Program and source, those that cargo finds by itself included.
fn programs(folder: &Path, table: &PackageTable, bins: &[Bin]) -> Vec<(String, PathBuf)> {
    let mut programs: Vec<(String, PathBuf)> = Vec::new();
    for bin in bins {
        let name = bin.name.get_ref();
        let source = bin.path.as_ref().map_or_else(
            || default_source(folder, name, table.name.get_ref()),
            |path| lexical(&folder.join(path)),
        );
        programs.push((name.clone(), source));
    }
    if table.autobins == Some(false) {
        return programs;
    }
    for (name, source) in found_by_itself(folder, table.name.get_ref()) {
        let known = programs
            .iter()
            .any(|(named, path)| *named == name || *path == source);
        if !known && check_name(&name).is_ok() {
            programs.push((name, source));
        }
    }
    programs
}

fn found_by_itself(folder: &Path, package: &str) -> Vec<(String, PathBuf)> {
    let mut found = Vec::new();
    let main = folder.join("src/main.rs");
    if main.is_file() {
        found.push((package.to_owned(), main));
    }
    let more = fs::read_dir(folder.join("src/bin"));
    for entry in more.into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let inner = entry.path().join("main.rs");
        if let Some(stem) = name.strip_suffix(".rs") {
            found.push((stem.to_owned(), entry.path()));
        } else if inner.is_file() {
            found.push((name, inner));
        }
    }
    found
}

/// Where cargo looks for a `[[bin]]` without `path`.
fn default_source(folder: &Path, name: &str, package: &str) -> PathBuf {
    let own = folder.join(format!("src/bin/{name}.rs"));
    let inner = folder.join(format!("src/bin/{name}/main.rs"));
    if own.is_file() {
        own
    } else if inner.is_file() {
        inner
    } else if name == package {
        folder.join("src/main.rs")
    } else {
        own
    }
}
