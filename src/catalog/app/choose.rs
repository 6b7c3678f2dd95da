//! Which program of which package the image runs.

use std::path::Path;

use super::{
    AppError,
    config::Given,
    package::{Package, Workspace},
};
use crate::domain::settings::Known;

/// The package and its program.
pub(super) fn choose<'a>(
    workspace: &'a Workspace,
    folder: &Path,
    given: &Given,
) -> Result<(&'a Package, Known<String>), AppError> {
    if let Some(bin) = &given.bin {
        return named(workspace, folder, given, bin);
    }
    let own = workspace
        .package_in(folder)
        .filter(|package| !package.programs.is_empty());
    if let Some(package) = own {
        return Ok((package, program(package)?));
    }
    let with_programs = |package: &&Package| !package.programs.is_empty();
    let is_default = |package: &&Package| {
        workspace.default_members.is_empty() || workspace.default_members.contains(&package.name)
    };
    let all: Vec<&Package> = workspace.packages.iter().filter(with_programs).collect();
    let default: Vec<&Package> = all.iter().copied().filter(is_default).collect();
    let candidates = if default.is_empty() { all } else { default };
    match candidates.as_slice() {
        [] => Err(AppError::NoProgram {
            path: folder.join("Cargo.toml"),
            name: workspace
                .package_in(folder)
                .map(|package| package.name.clone()),
        }),
        [only] => Ok((only, program(only)?)),
        several => Err(AppError::SeveralPrograms {
            path: folder.join("Cargo.toml"),
            name: None,
            programs: programs_of(several.iter().copied()),
        }),
    }
}

/// Whether the program that `imgtui.toml` names is not among those that are known.
pub(super) fn is_unknown(workspace: &Workspace, given: &Given) -> bool {
    given.bin.as_ref().is_some_and(|bin| {
        !workspace
            .packages
            .iter()
            .any(|package| package.programs.contains_key(&bin.value))
    })
}

fn named<'a>(
    workspace: &'a Workspace,
    folder: &Path,
    given: &Given,
    bin: &Known<String>,
) -> Result<(&'a Package, Known<String>), AppError> {
    let has = |package: &&Package| package.programs.contains_key(&bin.value);
    let own = workspace.package_in(folder).filter(has);
    let owners: Vec<&Package> = match own {
        Some(package) => vec![package],
        None => workspace.packages.iter().filter(has).collect(),
    };
    let fault = |message| {
        let line = bin.origin.line().unwrap_or(1);
        Err(given.fault(line, message))
    };
    match owners.as_slice() {
        [package] => Ok((package, bin.clone())),
        [] => fault(format!(
            "there is no program `{}`; there are: {}",
            bin.value,
            programs_of(&workspace.packages).join(", ")
        )),
        several => {
            let names: Vec<&str> = several.iter().map(|owner| owner.name.as_str()).collect();
            fault(format!(
                "the packages {} all have a program `{}`; give the folder of one with `--app DIR`",
                names.join(", "),
                bin.value
            ))
        }
    }
}

/// The one that `cargo run` takes, the only one, or that of `src/main.rs`.
fn program(package: &Package) -> Result<Known<String>, AppError> {
    if let Some(run) = &package.default_run {
        return Ok(Known::guessed(run.clone(), "`default-run` in Cargo.toml"));
    }
    let main = package.folder.join("src/main.rs");
    let of_main = package.programs.iter().find(|(_, path)| **path == main);
    let mut names = package.programs.keys();
    match (names.next(), names.next(), of_main) {
        (Some(only), None, _) => Ok(Known::guessed(only.clone(), "the only program")),
        (_, _, Some((name, _))) => Ok(Known::guessed(name.clone(), "src/main.rs")),
        _ => Err(AppError::SeveralPrograms {
            path: package.manifest(),
            name: Some(package.name.clone()),
            programs: package.programs.keys().cloned().collect(),
        }),
    }
}

fn programs_of<'a>(packages: impl IntoIterator<Item = &'a Package>) -> Vec<String> {
    let mut names: Vec<String> = packages
        .into_iter()
        .flat_map(|package| package.programs.keys().cloned())
        .collect();
    names.sort();
    names.dedup();
    names
}
