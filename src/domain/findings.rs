//! What could be done better, from what this app's own builds cost.
//!
//! Nothing here is a rule of thumb: a finding names the builds it comes from and what they would have
//! saved. What was not seen in a build is not found.

use std::{collections::BTreeMap, fmt::Write as _, path::Path};

use serde::Serialize;

use super::{
    build::StepStatus,
    chain::{Chain, chains},
    history::PastBuild,
    ids::Bytes,
    manifest::{Manifest, What},
    reason::{Cause, FileChange},
    record::BuildRecord,
    text,
};

/// Folders that no build of a Rust program needs.
const NEVER_NEEDED: [&str; 3] = ["target", ".git", "node_modules"];
/// Builds are named up to this many.
const NAMED: usize = 5;

/// Something that could be done better.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// What it is.
    pub kind: FindingKind,
    /// The strategy in whose builds it was seen.
    pub strategy: String,
    /// What was seen, in a sentence.
    pub seen: String,
    /// What to do.
    pub remedy: String,
    /// Seconds that the builds would have saved together.
    pub seconds: f64,
    /// Bytes that each build would not have sent.
    pub bytes: Bytes,
    /// Numbers of the builds in the history.
    pub builds: Vec<i64>,
}

/// What could be done better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingKind {
    /// Files are sent that change, and nothing that is built from them differs.
    UnusedFiles,
    /// An argument is declared before commands that do not use it.
    EarlyArgument,
    /// Dependencies were compiled again because the package's own description changed.
    BustedRecipe,
    /// Folders are sent that no build needs.
    NeedlessFolders,
}

/// The findings of these builds, the dearest first.
#[must_use]
pub fn findings(builds: &[PastBuild]) -> Vec<Finding> {
    let mut all: BTreeMap<(FindingKind, String, String), Finding> = BTreeMap::new();
    // What a look at cargo costs is not to be saved.
    let builds = builds.iter().filter(|past| !past.record.purpose.is_look());
    for past in builds {
        for chain in chains(&past.record) {
            let Some(found) = of_chain(&past.record, &chain) else {
                continue;
            };
            let key = (found.kind, found.strategy.clone(), found.seen.clone());
            let known = all.entry(key).or_insert(Finding {
                seconds: 0.0,
                ..found
            });
            known.seconds += chain.took_s;
            known.builds.push(past.id);
        }
    }
    let mut all: Vec<Finding> = all.into_values().collect();
    all.sort_by(|one, two| two.seconds.total_cmp(&one.seconds));
    all
}

fn of_chain(record: &BuildRecord, chain: &Chain<'_>) -> Option<Finding> {
    let (kind, seen, remedy) = match &chain.reason.cause {
        Cause::Files { changes, more: 0 } => of_files(record, chain, changes)?,
        Cause::Argument { name, .. } => early(chain, name)?,
        _ => return None,
    };
    Some(Finding {
        kind,
        strategy: record.strategy.clone(),
        seen,
        remedy,
        seconds: chain.took_s,
        bytes: Bytes(0),
        builds: Vec::new(),
    })
}

type Told = (FindingKind, String, String);

fn of_files(record: &BuildRecord, chain: &Chain<'_>, changes: &[FileChange]) -> Option<Told> {
    if changes.is_empty() {
        return None;
    }
    let names = || {
        let names = changes
            .iter()
            .map(|change| change.path.display().to_string());
        names.collect::<Vec<_>>().join(", ")
    };
    if changes.iter().all(|change| !is_of_program(&change.path)) && came_out_the_same(record) {
        let seen = format!(
            "{} made steps run again, and what they made came out the same",
            names()
        );
        let remedy = format!("add to .dockerignore: {}", names());
        return Some((FindingKind::UnusedFiles, seen, remedy));
    }
    let of_package = |change: &FileChange| {
        let detail = change.detail.as_deref();
        detail.is_some_and(|detail| detail.split(", ").all(|one| one.starts_with("[package]")))
    };
    let is_cooked = chain.dearest.instruction.contains("cargo chef cook");
    (is_cooked && changes.iter().all(of_package)).then(|| {
        let seen = format!(
            "a change of [package] in {} compiled all dependencies again",
            names()
        );
        let remedy = "change the package's description with a change of its dependencies, or take a strategy without recipe (crate-layers)".to_owned();
        (FindingKind::BustedRecipe, seen, remedy)
    })
}

/// Sources, manifests and whatever a build script may read are part of the program.
fn is_of_program(path: &Path) -> bool {
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    path.extension().is_some_and(|ending| ending == "rs")
        || name.starts_with("Cargo.")
        || name.starts_with("rust-toolchain")
        || path.starts_with(".cargo")
}

/// Whether files that the image is made of were found to be the same although their stage ran.
fn came_out_the_same(record: &BuildRecord) -> bool {
    let mut pairs = record.steps.iter().zip(&record.why);
    pairs.any(|(step, why)| {
        let cause = why.as_ref().map(|why| &why.reason.cause);
        step.status == StepStatus::Cached
            && matches!(cause, Some(Cause::SameContent { recipe: false, .. }))
    })
}

fn early(chain: &Chain<'_>, name: &str) -> Option<Told> {
    let text = &chain.at.instruction;
    let uses = text.contains(&format!("${name}")) || text.contains(&format!("${{{name}"));
    (!uses).then(|| {
        let instruction = text::ellipsis(text, 60);
        (
            FindingKind::EarlyArgument,
            format!("ARG {name} stands before `{instruction}`, which does not use it"),
            format!("move ARG {name} down to the first instruction that uses it"),
        )
    })
}

/// Folders that no build needs among what is sent.
#[must_use]
pub fn needless(strategy: &str, manifest: &Manifest) -> Option<Finding> {
    let sent = NEVER_NEEDED.iter().filter_map(|name| {
        let node = manifest.get(Path::new(name))?;
        match &node.what {
            What::Folder(folder) => Some((*name, folder.bytes())),
            _ => None,
        }
    });
    let sent: Vec<(&str, Bytes)> = sent.collect();
    let (first, _) = sent.first()?;
    let bytes = Bytes(sent.iter().map(|(_, bytes)| bytes.0).sum());
    let names: Vec<&str> = sent.iter().map(|(name, _)| *name).collect();
    Some(Finding {
        kind: FindingKind::NeedlessFolders,
        strategy: strategy.to_owned(),
        seen: format!(
            "{} sent with each build: {}",
            names.join(", "),
            text::bytes(bytes)
        ),
        remedy: format!(
            "add to .dockerignore: {}",
            if sent.len() == 1 {
                (*first).to_owned()
            } else {
                names.join(", ")
            }
        ),
        seconds: 0.0,
        bytes,
        builds: Vec::new(),
    })
}

/// The findings as people read them.
#[must_use]
pub fn told(findings: &[Finding]) -> String {
    let mut out = String::new();
    for finding in findings {
        let _ = write!(out, "{}: {}", finding.strategy, finding.seen);
        if finding.seconds > 0.0 {
            let _ = write!(out, "; it cost {}", text::seconds_of(finding.seconds));
        }
        let builds = &finding.builds;
        if !builds.is_empty() {
            let shown: Vec<String> = builds.iter().take(NAMED).map(i64::to_string).collect();
            let more = if builds.len() > NAMED { " …" } else { "" };
            let word = if builds.len() == 1 { "build" } else { "builds" };
            let _ = write!(out, " in {word} {}{more}", shown.join(", "));
        }
        let _ = writeln!(out, "\n    {}", finding.remedy);
    }
    out
}
