//! The texts that may name a port. Few and bounded: they are read before the first frame.

use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
};

use crate::catalog::app::package::Package;

/// Files that are read.
const FILES_LIMIT: usize = 96;
/// Bytes that are read of each.
const BYTES_LIMIT: u64 = 128 << 10;
/// Folders that are looked into.
const FOLDERS_LIMIT: usize = 48;

/// Names of files that an image is built from by others.
const DOCKERFILES: [&str; 2] = ["Dockerfile", "Containerfile"];

/// What kind of text it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Rust,
    Dockerfile,
    /// `Rocket.toml`.
    Rocket,
}

/// One text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Source {
    /// For people: relative to the workspace.
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) text: String,
}

/// The main source, then its neighbours, then Dockerfiles.
pub(super) fn collect(root: &Path, package: &Package, main: Option<&Path>) -> Vec<Source> {
    let mut paths: Vec<(PathBuf, Kind)> = Vec::new();
    let mut push = |path: PathBuf, kind| {
        if paths.len() < FILES_LIMIT && !paths.iter().any(|(known, _)| *known == path) {
            paths.push((path, kind));
        }
    };
    for folder in [package.folder.as_path(), root] {
        for name in DOCKERFILES {
            push(folder.join(name), Kind::Dockerfile);
        }
        push(folder.join("Rocket.toml"), Kind::Rocket);
    }
    if let Some(main) = main {
        push(main.to_owned(), Kind::Rust);
    }
    for path in beneath(&package.folder.join("src"), main) {
        push(path, Kind::Rust);
    }
    let read = |(path, kind): (PathBuf, Kind)| {
        let name = path.strip_prefix(root).unwrap_or(&path);
        let name = crate::parse::terminal::plain(&name.display().to_string());
        let text = load(&path)?;
        Some(Source { name, kind, text })
    };
    paths.into_iter().filter_map(read).collect()
}

/// Rust sources of the folder, those nearer to the top first; other programs' own are left out.
fn beneath(folder: &Path, main: Option<&Path>) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut pending = std::collections::VecDeque::from([folder.to_owned()]);
    let mut folders = 0;
    while let Some(inner) = pending.pop_front() {
        folders += 1;
        if folders > FOLDERS_LIMIT || found.len() > FILES_LIMIT {
            break;
        }
        let mut entries: Vec<PathBuf> = fs::read_dir(&inner)
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path())
            .collect();
        entries.sort();
        for path in entries {
            if path.is_dir() {
                let is_theirs =
                    path == folder.join("bin") && !main.is_some_and(|main| main.starts_with(&path));
                let is_test = path.ends_with("tests") || path.ends_with("test");
                if !is_theirs && !is_test {
                    pending.push_back(path);
                }
            } else if path.extension().is_some_and(|ending| ending == "rs")
                && !is_test(&path)
                && inner != folder.join("bin")
            {
                found.push(path);
            }
        }
    }
    found
}

fn is_test(path: &Path) -> bool {
    let stem = path.file_stem().map(|stem| stem.to_string_lossy());
    stem.is_some_and(|stem| {
        stem.starts_with("test") || stem.ends_with("tests") || stem.ends_with("_test")
    })
}

fn load(path: &Path) -> Option<String> {
    let mut bytes = Vec::new();
    let file = fs::File::open(path).ok()?;
    if !file.metadata().ok()?.is_file() {
        return None;
    }
    file.take(BYTES_LIMIT).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
