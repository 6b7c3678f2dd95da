//! The app: its package and program, what was guessed of them, and what its `imgtui.toml` says.
//!
//! A package that stands alone is read by the quick reader, without cargo. Members of workspaces and
//! workspaces themselves are cargo's to explain.

mod cargo;
mod choose;
mod config;
mod fault;
mod guess;
mod manifest;
pub mod package;
pub mod preflight;
mod quick;

use std::path::{Path, PathBuf};

pub use self::{config::FILE_NAME, fault::AppError};
use self::{
    config::Given,
    package::{Package, Workspace},
};
use crate::domain::{
    ids::StrategyId,
    settings::{Known, Origin, Settings},
};

/// What is built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct App {
    /// The folder that is sent: that of the workspace, where `Cargo.lock` is.
    pub root: PathBuf,
    /// The package.
    pub name: String,
    /// The program that the image runs.
    pub bin: String,
    /// Why this one.
    pub bin_origin: Origin,
    /// The package's version; `0.0.0` where none is given, as cargo has it.
    pub version: String,
    /// Its main source, relative to the root; `None` for one outside.
    pub main: Option<PathBuf>,
    /// Everything that its manifest says.
    pub package: Package,
    /// The packages around it, as far as they were looked at.
    pub workspace: Workspace,
    /// What could not be found out, and why; one line each.
    pub unknown: Vec<String>,
    /// The app's `imgtui.toml`, if it has one.
    pub config: Option<PathBuf>,
    /// How it is built, run and asked.
    pub settings: Settings,
}

impl App {
    /// Reads the app in this folder: that of a package, or of a workspace.
    ///
    /// # Errors
    /// When there is no manifest, no package or no program in it, or when `imgtui.toml` has a
    /// fault.
    pub fn load(folder: &Path) -> Result<Self, AppError> {
        Self::load_with(folder, Path::new("cargo"))
    }

    fn load_with(folder: &Path, cargo: &Path) -> Result<Self, AppError> {
        let folder = folder
            .canonicalize()
            .map_err(|source| AppError::Unreadable {
                path: folder.join("Cargo.toml"),
                source,
            })?;
        let mut survey = Survey::make(&folder, cargo)?;
        let mut given = Given::find([folder.as_path(), &survey.workspace.root])?;
        if choose::is_unknown(&survey.workspace, &given) {
            survey.ask_cargo(&folder, cargo);
        }
        let (package, bin) = choose::choose(&survey.workspace, &folder, &given)?;
        if given.path.is_none() {
            given = Given::find([package.folder.as_path()])?;
        }
        let package = package.clone();
        let main = package.programs.get(&bin.value);
        let settings = settings(
            &survey.workspace,
            &package,
            main.map(PathBuf::as_path),
            &given,
        )?;
        let root = &survey.workspace.root;
        let relative = main.and_then(|main| main.strip_prefix(root).ok());
        Ok(Self {
            root: root.clone(),
            name: package.name.clone(),
            main: relative.map(Path::to_path_buf),
            bin: bin.value,
            bin_origin: bin.origin,
            version: package.version.clone(),
            package,
            workspace: survey.workspace,
            unknown: survey.unknown,
            config: given.path,
            settings,
        })
    }

    /// Whether the app's `imgtui.toml` leaves this strategy out.
    #[must_use]
    pub fn leaves_out(&self, strategy: &StrategyId) -> bool {
        self.settings
            .leave_out
            .iter()
            .any(|known| known.value == *strategy)
    }

    /// Checks that the strategies that are left out, measured or judged are there.
    ///
    /// # Errors
    /// For the first that is not, with its line in `imgtui.toml`.
    pub fn check_strategies(&self, known: &[StrategyId]) -> Result<(), AppError> {
        let left_out = self.settings.leave_out.iter();
        let left_out = left_out.map(|id| (&id.value, id.origin.line().unwrap_or(1)));
        let mut named = left_out.chain(self.settings.bench.named());
        let Some((id, line)) = named.find(|(id, _)| !known.contains(id)) else {
            return Ok(());
        };
        let ids: Vec<&str> = known.iter().map(|id| id.0.as_str()).collect();
        Err(AppError::Fault {
            path: self.config.clone().unwrap_or_else(|| FILE_NAME.into()),
            line,
            message: format!("there is no strategy `{id}`; there are: {}", ids.join(", ")),
        })
    }
}

/// What was seen around a folder.
struct Survey {
    workspace: Workspace,
    unknown: Vec<String>,
}

impl Survey {
    fn make(folder: &Path, cargo: &Path) -> Result<Self, AppError> {
        let unknown = Vec::new();
        match quick::read(folder)? {
            quick::Found::Whole(workspace) => Ok(Self { workspace, unknown }),
            quick::Found::Member(workspace) => {
                let mut survey = Self { workspace, unknown };
                survey.ask_cargo(folder, cargo);
                Ok(survey)
            }
            quick::Found::Virtual(read) => match cargo::read(cargo, folder) {
                Ok(workspace) => Ok(Self { workspace, unknown }),
                Err(cargo::CargoError::Refused(reason)) => Err(AppError::Cargo {
                    path: read.path,
                    reason,
                }),
                Err(error) => Err(AppError::VirtualWorkspace {
                    path: read.path,
                    members: read.manifest.workspace.map_or_else(Vec::new, |w| w.members),
                    reason: error.to_string(),
                }),
            },
        }
    }

    /// Takes cargo's answer for the quick reader's, or notes why there is none.
    fn ask_cargo(&mut self, folder: &Path, cargo: &Path) {
        match cargo::read(cargo, folder) {
            Ok(workspace) => self.workspace = workspace,
            Err(error) => self.unknown.push(format!(
                "the other packages of the workspace in {}: {error}",
                self.workspace.root.display()
            )),
        }
    }
}

fn settings(
    workspace: &Workspace,
    package: &Package,
    main: Option<&Path>,
    given: &Given,
) -> Result<Settings, AppError> {
    check_features(package, given)?;
    let features: Vec<String> = given.features.iter().map(|one| one.value.clone()).collect();
    let on = package.turned_on(&features, !given.no_default_features);
    let guessed_port = || guess::port(workspace, package, main);
    let guessed_probe = || guess::probe(workspace, package, &on);
    Ok(Settings {
        build_flags: build_flags(workspace, package, &features, given),
        port: given
            .port
            .clone()
            .or_else(guessed_port)
            .unwrap_or_else(|| Settings::default().port),
        probe: given.probe.clone().unwrap_or_else(guessed_probe),
        edit: edit(workspace, main, given)?,
        packages: given.packages.clone(),
        env: given.env.clone(),
        build_args: given.build_args.clone(),
        shared_cache: given.shared_cache.clone(),
        leave_out: given.leave_out.clone(),
        bench: given.bench.clone(),
    })
}

fn check_features(package: &Package, given: &Given) -> Result<(), AppError> {
    for feature in &given.features {
        // `other/feature` is for cargo to judge.
        if feature.value.contains('/') || package.has_feature(&feature.value) {
            continue;
        }
        let known: Vec<&str> = package.features.keys().map(String::as_str).collect();
        let line = feature.origin.line().unwrap_or(1);
        let message = format!(
            "package `{}` has no feature `{}`; it has: {}",
            package.name,
            feature.value,
            known.join(", ")
        );
        return Err(given.fault(line, message));
    }
    Ok(())
}

/// What cargo must be told besides the program's name.
fn build_flags(
    workspace: &Workspace,
    package: &Package,
    features: &[String],
    given: &Given,
) -> Vec<String> {
    let mut flags = Vec::new();
    // In the workspace's folder cargo means its package by itself, if nothing else is said.
    if package.folder != workspace.root || !workspace.default_members.is_empty() {
        flags.extend(["--package".to_owned(), package.name.clone()]);
    }
    if given.no_default_features {
        flags.push("--no-default-features".to_owned());
    }
    if !features.is_empty() {
        flags.extend(["--features".to_owned(), features.join(",")]);
    }
    flags
}

/// The source that edits change: relative to the root, whatever it was given relative to.
fn edit(
    workspace: &Workspace,
    main: Option<&Path>,
    given: &Given,
) -> Result<Option<Known<PathBuf>>, AppError> {
    let inside = |path: &Path| {
        path.strip_prefix(&workspace.root)
            .ok()
            .map(Path::to_path_buf)
    };
    let Some(edit) = &given.edit else {
        let main = main.filter(|main| main.is_file()).and_then(inside);
        return Ok(main.map(|main| Known::guessed(main, "the program's main source")));
    };
    let folder = given.path.as_deref().and_then(Path::parent);
    let path = quick::lexical(&folder.unwrap_or(&workspace.root).join(&edit.value));
    let line = edit.origin.line().unwrap_or(1);
    let fault = |what: &str| {
        let shown = edit.value.display().to_string();
        given.fault(line, format!("`{}` {what}", shown.escape_debug()))
    };
    if !path.is_file() {
        return Err(fault(
            "is no file; `edit` is a source, relative to this file's folder",
        ));
    }
    let path = inside(&path).ok_or_else(|| fault("is not in the folder that is sent"))?;
    Ok(Some(Known::given(path, line)))
}

#[cfg(test)]
mod tests;
