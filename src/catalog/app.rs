//! The app: what its `Cargo.toml` says of its name and its program.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

use serde::Deserialize;
use toml::Spanned;

use crate::domain::settings::Settings;

/// Bytes of a manifest that are read: far more than any has, far less than memory.
const MANIFEST_LIMIT: u64 = 4 << 20;

/// What is built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct App {
    /// The folder with the `Cargo.toml`.
    pub root: PathBuf,
    /// The package.
    pub name: String,
    /// The program that the image runs.
    pub bin: String,
    /// The package's version; `0.0.0` where none is given, as cargo has it.
    pub version: String,
    /// How it is built, run and asked.
    pub settings: Settings,
}

/// Why there is no app.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// No manifest, or one that cannot be read.
    #[error("{}: cannot be read ({source}); give the folder of a Rust package with `--app DIR`", path.display())]
    Unreadable {
        /// The manifest.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The manifest is not TOML, or not a manifest.
    #[error("{}:{line}: {message}", path.display())]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// A workspace without a package of its own.
    #[error("{}: a workspace without a package; give the folder of one with `--app DIR`{}", path.display(), members_hint(members))]
    VirtualWorkspace {
        /// The manifest.
        path: PathBuf,
        /// Its members as written.
        members: Vec<String>,
    },
    /// A library.
    #[error("{}: package `{name}` has no program to put into an image; add `src/main.rs` or a `[[bin]]`", path.display())]
    NoProgram {
        /// The manifest.
        path: PathBuf,
        /// The package.
        name: String,
    },
    /// Several programs.
    #[error("{}: package `{name}` has several programs ({}); name one with `default-run` under `[package]`", path.display(), programs.join(", "))]
    SeveralPrograms {
        /// The manifest.
        path: PathBuf,
        /// The package.
        name: String,
        /// Their names.
        programs: Vec<String>,
    },
}

fn members_hint(members: &[String]) -> String {
    if members.is_empty() {
        String::new()
    } else {
        format!("; its members: {}", members.join(", "))
    }
}

#[derive(Deserialize)]
struct Manifest {
    package: Option<Package>,
    workspace: Option<Workspace>,
    #[serde(default)]
    bin: Vec<Bin>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Package {
    name: Spanned<String>,
    version: Option<Version>,
    default_run: Option<Spanned<String>>,
    autobins: Option<bool>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Version {
    Own(String),
    Inherited {},
}

#[derive(Deserialize)]
struct Workspace {
    #[serde(default)]
    members: Vec<String>,
    package: Option<WorkspacePackage>,
}

#[derive(Deserialize)]
struct WorkspacePackage {
    version: Option<String>,
}

#[derive(Deserialize)]
struct Bin {
    name: Spanned<String>,
    path: Option<String>,
}

impl App {
    /// Reads the app in this folder.
    ///
    /// # Errors
    /// When there is no manifest, no package or no program in it, or several programs and none
    /// that is named.
    pub fn load(root: &Path) -> Result<Self, AppError> {
        let path = root.join("Cargo.toml");
        let (text, manifest) = load_manifest(&path)?;
        let Some(package) = &manifest.package else {
            return Err(AppError::VirtualWorkspace {
                path,
                members: manifest
                    .workspace
                    .map(|workspace| workspace.members)
                    .unwrap_or_default(),
            });
        };
        let fault = |value: &Spanned<String>, message| AppError::Manifest {
            path: path.clone(),
            line: line_of(&text, value.span().start),
            message,
        };
        check_name(&package.name).map_err(|message| fault(&package.name, message))?;
        let name = package.name.get_ref().clone();
        for bin in &manifest.bin {
            check_name(&bin.name).map_err(|message| fault(&bin.name, message))?;
        }
        let programs = programs(root, package, &manifest.bin);
        let bin = match &package.default_run {
            Some(run) if programs.contains_key(run.get_ref()) => run.get_ref().clone(),
            Some(run) => {
                let message = format!(
                    "`default-run` names no program of the package: {}",
                    run.get_ref().escape_debug()
                );
                return Err(fault(run, message));
            }
            None => choose(&programs, &path, &name)?,
        };
        let version = match &package.version {
            Some(Version::Own(version)) => version.clone(),
            Some(Version::Inherited {}) => {
                inherited_version(root, &manifest).unwrap_or_else(no_version)
            }
            None => no_version(),
        };
        Ok(Self {
            root: root.to_owned(),
            name,
            bin,
            version,
            settings: Settings::default(),
        })
    }
}

/// The only program, or that of `src/main.rs`.
fn choose(
    programs: &BTreeMap<String, String>,
    path: &Path,
    name: &str,
) -> Result<String, AppError> {
    let only = programs.keys().next().filter(|_| programs.len() == 1);
    let main = programs
        .iter()
        .find(|(_, source)| *source == "src/main.rs")
        .map(|(program, _)| program);
    match only.or(main) {
        Some(program) => Ok(program.clone()),
        None if programs.is_empty() => Err(AppError::NoProgram {
            path: path.to_owned(),
            name: name.to_owned(),
        }),
        None => Err(AppError::SeveralPrograms {
            path: path.to_owned(),
            name: name.to_owned(),
            programs: programs.keys().cloned().collect(),
        }),
    }
}

/// Program → source, those that cargo finds by itself included.
fn programs(root: &Path, package: &Package, bins: &[Bin]) -> BTreeMap<String, String> {
    let mut programs = BTreeMap::new();
    for bin in bins {
        let name = bin.name.get_ref();
        let source = bin
            .path
            .clone()
            .unwrap_or_else(|| default_source(root, name, package.name.get_ref()));
        programs.insert(name.clone(), source);
    }
    if package.autobins == Some(false) {
        return programs;
    }
    let mut found = Vec::new();
    if root.join("src/main.rs").is_file() {
        found.push((package.name.get_ref().clone(), "src/main.rs".to_owned()));
    }
    for entry in fs::read_dir(root.join("src/bin"))
        .into_iter()
        .flatten()
        .flatten()
    {
        let name = entry.file_name().to_string_lossy().into_owned();
        if let Some(stem) = name.strip_suffix(".rs") {
            found.push((stem.to_owned(), format!("src/bin/{name}")));
        } else if entry.path().join("main.rs").is_file() {
            found.push((name.clone(), format!("src/bin/{name}/main.rs")));
        }
    }
    for (name, source) in found {
        let named = programs.values().any(|known| *known == source);
        if !named && check_name_text(&name).is_ok() {
            programs.entry(name).or_insert(source);
        }
    }
    programs
}

/// Where cargo looks for a `[[bin]]` without `path`.
fn default_source(root: &Path, name: &str, package: &str) -> String {
    let own = format!("src/bin/{name}.rs");
    if name == package && !root.join(&own).is_file() {
        return "src/main.rs".into();
    }
    own
}

/// Cargo's rule, which also keeps the name harmless in a Dockerfile and on a terminal.
fn check_name(name: &Spanned<String>) -> Result<(), String> {
    check_name_text(name.get_ref())
}

fn check_name_text(name: &str) -> Result<(), String> {
    let plain = |char: char| char.is_ascii_alphanumeric() || char == '-' || char == '_';
    if name.is_empty() || name.starts_with('-') || !name.chars().all(plain) {
        return Err(format!(
            "`{}` is no name for a package or program; use letters, digits, `-` and `_`",
            name.escape_debug()
        ));
    }
    Ok(())
}

fn load_manifest(path: &Path) -> Result<(String, Manifest), AppError> {
    let mut text = String::new();
    fs::File::open(path)
        .and_then(|file| file.take(MANIFEST_LIMIT).read_to_string(&mut text))
        .map_err(|source| AppError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
    let manifest = toml::from_str(&text).map_err(|error| AppError::Manifest {
        path: path.to_owned(),
        line: error.span().map_or(1, |span| line_of(&text, span.start)),
        message: error.message().to_owned(),
    })?;
    Ok((text, manifest))
}

/// `version.workspace = true`: from the nearest workspace at or above the package.
fn inherited_version(root: &Path, own: &Manifest) -> Option<String> {
    let version = |workspace: &Workspace| workspace.package.as_ref()?.version.clone();
    if let Some(workspace) = &own.workspace {
        return version(workspace);
    }
    let full = root.canonicalize().ok()?;
    let above = full.ancestors().skip(1);
    let mut manifests = above.filter_map(|folder| load_manifest(&folder.join("Cargo.toml")).ok());
    let workspace = manifests.find_map(|(_, manifest)| manifest.workspace)?;
    version(&workspace)
}

fn no_version() -> String {
    "0.0.0".into()
}

fn line_of(text: &str, offset: usize) -> usize {
    1 + text
        .bytes()
        .take(offset)
        .filter(|byte| *byte == b'\n')
        .count()
}

#[cfg(test)]
mod tests;
