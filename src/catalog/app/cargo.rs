//! Asks cargo what a folder holds: `cargo metadata` without dependencies and without network.

use std::{
    collections::BTreeMap,
    io::Read,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc,
    time::Duration,
};

use serde::Deserialize;

use super::package::{Dependency, Package, Workspace, check_name};

/// Bytes of cargo's answer that are taken; a workspace of a thousand packages has a tenth.
const ANSWER_LIMIT: u64 = 64 << 20;
/// Bytes of cargo's complaints that are taken.
const COMPLAINT_LIMIT: u64 = 16 << 10;
/// cargo answers within a tenth of a second; this is for one that waits for a lock or a network.
const PATIENCE: Duration = Duration::from_secs(20);

/// Why cargo's answer is not to be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum CargoError {
    /// There is none.
    #[error("`cargo` cannot be started ({0})")]
    Missing(String),
    /// It does not end.
    #[error("`cargo metadata` does not answer")]
    Silent,
    /// It refused.
    #[error("{0}")]
    Refused(String),
    /// It says what we cannot read.
    #[error("the answer of `cargo metadata` cannot be read: {0}")]
    Unreadable(String),
}

/// Reads a package and its workspace; the package in `folder` comes first, if there is one.
pub(super) fn read(program: &Path, folder: &Path) -> Result<Workspace, CargoError> {
    let answer = ask(program, &folder.join("Cargo.toml"))?;
    let mut workspace = parse(&answer)?;
    workspace
        .packages
        .sort_by_key(|package| package.folder != folder);
    Ok(workspace)
}

fn ask(program: &Path, manifest: &Path) -> Result<Vec<u8>, CargoError> {
    let mut command = Command::new(program);
    command
        .args([
            "metadata",
            "--format-version",
            "1",
            "--no-deps",
            "--offline",
        ])
        .arg("--manifest-path")
        .arg(manifest)
        // Elsewhere a `rust-toolchain.toml` of the app could make rustup fetch a toolchain.
        .current_dir("/")
        .env("RUSTUP_AUTO_INSTALL", "0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command
        .spawn()
        .map_err(|error| CargoError::Missing(error.to_string()))?;
    let (Some(answer), Some(complaint)) = (
        child.stdout.take().map(|pipe| read_all(pipe, ANSWER_LIMIT)),
        child
            .stderr
            .take()
            .map(|pipe| read_all(pipe, COMPLAINT_LIMIT)),
    ) else {
        return Err(CargoError::Silent);
    };
    let Ok(answer) = answer.recv_timeout(PATIENCE) else {
        return Err(give_up(child));
    };
    let complaint = complaint.recv_timeout(PATIENCE).unwrap_or_default();
    match child.wait() {
        Ok(status) if status.success() => Ok(answer),
        _ => Err(CargoError::Refused(words(&complaint))),
    }
}

fn give_up(mut child: Child) -> CargoError {
    // It may have ended by itself meanwhile.
    let _ = child.kill();
    let _ = child.wait();
    CargoError::Silent
}

/// Reads on a thread of its own, so that neither pipe can fill up and so that it can be left.
/// What comes behind the limit is read and dropped.
fn read_all(mut pipe: impl Read + Send + 'static, limit: u64) -> mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = pipe.by_ref().take(limit).read_to_end(&mut bytes);
        let _ = std::io::copy(&mut pipe, &mut std::io::sink());
        let _ = sender.send(bytes);
    });
    receiver
}

/// cargo's `error: …` and its causes on one line.
fn words(complaint: &[u8]) -> String {
    let text = String::from_utf8_lossy(complaint);
    let lines = text
        .lines()
        .map(|line| crate::parse::terminal::plain(line.trim()))
        .filter(|line| !line.is_empty() && line != "Caused by:")
        .map(|line| line.trim_start_matches("error: ").to_owned());
    let lines: Vec<String> = lines.take(8).collect();
    lines.join(" · ")
}

#[derive(Deserialize)]
struct Answer {
    packages: Vec<PackageAnswer>,
    workspace_root: PathBuf,
    #[serde(default)]
    workspace_members: Vec<String>,
    #[serde(default)]
    workspace_default_members: Vec<String>,
}

#[derive(Deserialize)]
struct PackageAnswer {
    name: String,
    version: String,
    id: String,
    manifest_path: PathBuf,
    rust_version: Option<String>,
    #[serde(default)]
    features: BTreeMap<String, Vec<String>>,
    default_run: Option<String>,
    targets: Vec<TargetAnswer>,
    dependencies: Vec<DependencyAnswer>,
}

#[derive(Deserialize)]
struct TargetAnswer {
    name: String,
    kind: Vec<String>,
    src_path: PathBuf,
}

#[derive(Deserialize)]
struct DependencyAnswer {
    name: String,
    rename: Option<String>,
    path: Option<PathBuf>,
    kind: Option<String>,
    #[serde(default)]
    optional: bool,
    #[serde(default)]
    features: Vec<String>,
}

/// Reads cargo's answer (format version 1).
fn parse(answer: &[u8]) -> Result<Workspace, CargoError> {
    let unreadable = |reason: String| CargoError::Unreadable(reason);
    let answer: Answer =
        serde_json::from_slice(answer).map_err(|error| unreadable(error.to_string()))?;
    let is_default = |id: &String| answer.workspace_default_members.contains(id);
    let all_are = answer.workspace_members.iter().all(is_default);
    let default_members = answer
        .packages
        .iter()
        .filter(|package| !all_are && is_default(&package.id))
        .map(|package| package.name.clone());
    let default_members = default_members.collect();
    let packages: Result<Vec<Package>, String> = answer.packages.into_iter().map(package).collect();
    Ok(Workspace {
        root: answer.workspace_root,
        packages: packages.map_err(unreadable)?,
        default_members,
    })
}

fn package(answer: PackageAnswer) -> Result<Package, String> {
    check_name(&answer.name)?;
    let mut programs = BTreeMap::new();
    for target in answer.targets {
        if target.kind.iter().any(|kind| kind == "bin") {
            check_name(&target.name)?;
            programs.insert(target.name, target.src_path);
        }
    }
    let mut dependencies: Vec<Dependency> =
        answer.dependencies.into_iter().map(dependency).collect();
    dependencies.sort();
    let folder = answer.manifest_path.parent().map(Path::to_path_buf);
    Ok(Package {
        name: answer.name,
        version: answer.version,
        folder: folder.unwrap_or_default(),
        rust_version: answer.rust_version,
        features: answer.features,
        default_run: answer.default_run,
        programs,
        dependencies,
    })
}

fn dependency(answer: DependencyAnswer) -> Dependency {
    Dependency {
        alias: answer.rename.unwrap_or_else(|| answer.name.clone()),
        name: answer.name,
        path: answer.path,
        features: answer.features,
        optional: answer.optional,
        development: answer.kind.as_deref() == Some("dev"),
    }
}
