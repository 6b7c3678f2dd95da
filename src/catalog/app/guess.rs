//! What nobody said: the port and how to ask an image. A guess always says what it rests on.

mod port;
mod sources;

use std::{collections::BTreeSet, path::Path};

use super::package::{Dependency, Package, Workspace};
use crate::domain::settings::{Known, Probe};

/// Crates that a program has because it answers over HTTP/1.
const SERVERS: [&str; 22] = [
    "actix-web",
    "axum",
    "dropshot",
    "gotham",
    "iron",
    "loco-rs",
    "may_minihttp",
    "nickel",
    "ntex",
    "pavex",
    "poem",
    "rocket",
    "rouille",
    "salvo",
    "salvo_core",
    "thruster",
    "tide",
    "tiny_http",
    "trillium",
    "viz",
    "warp",
    "xitca-web",
];

/// Features of hyper that only a server asks for.
const HYPER_SERVER: [&str; 2] = ["server", "full"];

/// How to ask an image. `on` holds what is turned on in the package.
pub(super) fn probe(
    workspace: &Workspace,
    package: &Package,
    on: &BTreeSet<String>,
) -> Known<Probe> {
    match server(workspace, package, on) {
        Some(server) => {
            let path = "/".to_owned();
            Known::guessed(Probe::Http { path }, format!("the dependency {server}"))
        }
        None => Known::guessed(Probe::Program, "no dependency on an HTTP server"),
    }
}

/// The port on which the program listens, where a source says so.
pub(super) fn port(
    workspace: &Workspace,
    package: &Package,
    main: Option<&Path>,
) -> Option<Known<u16>> {
    let sources = sources::collect(&workspace.root, package, main);
    let rocket = package
        .dependencies
        .iter()
        .any(|dependency| dependency.name == "rocket" && !dependency.development);
    port::guess(&sources).or_else(|| rocket.then(|| Known::guessed(8000, "the default of rocket")))
}

/// The crate that makes the program a server: its own dependencies, then those of the packages
/// of the workspace that it is made from.
pub(super) fn server(
    workspace: &Workspace,
    package: &Package,
    on: &BTreeSet<String>,
) -> Option<String> {
    let mut seen = BTreeSet::from([package.folder.clone()]);
    let mut pending = vec![(package, on.clone())];
    while let Some((package, on)) = pending.pop() {
        let used = package.dependencies.iter().filter(|dependency| {
            !dependency.development && (!dependency.optional || on.contains(&dependency.alias))
        });
        for dependency in used {
            if is_server(dependency) {
                return Some(dependency.name.clone());
            }
            let inner = dependency.path.as_ref();
            let inner = inner.and_then(|folder| workspace.package_in(folder));
            if let Some(inner) = inner
                && seen.insert(inner.folder.clone())
            {
                pending.push((inner, inner.turned_on(&dependency.features, true)));
            }
        }
    }
    None
}

fn is_server(dependency: &Dependency) -> bool {
    let asks = |feature: &String| HYPER_SERVER.contains(&feature.as_str());
    SERVERS.contains(&dependency.name.as_str())
        || (dependency.name == "hyper" && dependency.features.iter().any(asks))
}

#[cfg(test)]
mod tests;
