//! Which program of which package the image runs.

use std::path::Path;

use super::{
    AppError,
    config::Given,
    guess,
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
    if let Some(program) = own.and_then(|package| of_several(workspace, &[package])) {
        return Ok(program);
    }
    let with_programs = |package: &&Package| !package.programs.is_empty();
    let is_default = |package: &&Package| {
        workspace.default_members.is_empty() || workspace.default_members.contains(&package.name)
    };
    let all: Vec<&Package> = workspace.packages.iter().filter(with_programs).collect();
    let default: Vec<&Package> = all.iter().copied().filter(is_default).collect();
    let candidates = if default.is_empty() { all } else { default };
    let Some(program) = of_several(workspace, &candidates) else {
        return Err(AppError::NoProgram {
            path: folder.join("Cargo.toml"),
            name: workspace
                .package_in(folder)
                .map(|package| package.name.clone()),
        });
    };
    Ok(program)
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

/// The package that is a server, or the first one, and its program; `None` without any.
fn of_several<'a>(
    workspace: &Workspace,
    packages: &[&'a Package],
) -> Option<(&'a Package, Known<String>)> {
    let server_of = |package: &Package| guess::server(workspace, package, &package.by_default());
    let server = packages
        .iter()
        .find_map(|package| Some((*package, server_of(package)?)));
    match (packages, server) {
        ([only], _) => Some((only, program(only)?)),
        (_, Some((package, server))) => {
            let name = program(package)?.value;
            let from = format!("the dependency {server}");
            Some((package, Known::guessed(name, from)))
        }
        (several, None) => {
            let package = several.first()?;
            let name = program(package)?.value;
            let all = programs_of(several.iter().copied()).join(", ");
            Some((
                package,
                Known::guessed(name, format!("the first of: {all}")),
            ))
        }
    }
}

/// The one that `cargo run` takes, the only one, that of `src/main.rs`, one that is called a
/// server, or the first.
fn program(package: &Package) -> Option<Known<String>> {
    if let Some(run) = &package.default_run {
        return Some(Known::guessed(run.clone(), "`default-run` in Cargo.toml"));
    }
    let first = package.programs.keys().next()?;
    if package.programs.len() == 1 {
        return Some(Known::guessed(first.clone(), "the only program"));
    }
    let main = package.folder.join("src/main.rs");
    if let Some((name, _)) = package.programs.iter().find(|(_, path)| **path == main) {
        return Some(Known::guessed(name.clone(), "src/main.rs"));
    }
    let all = programs_of([package]).join(", ");
    let server = package.programs.keys().find(|name| name.contains("server"));
    Some(match server {
        Some(name) => Known::guessed(name.clone(), format!("its name, among: {all}")),
        None => Known::guessed(first.clone(), format!("the first of: {all}")),
    })
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
