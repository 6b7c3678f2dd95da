//! Files that are sent and not used, and folders that no build needs.

use std::path::{Path, PathBuf};

use super::{
    Avoided, Evidence, Finding, FindingKind, Known, Proof,
    elsewhere::{described, hides},
    evidence::names,
    told::builds_words,
};
use crate::domain::{
    build::StepStatus,
    chain::{Chain, chains, members},
    dockerfile::SENT_NAME,
    event::Outcome,
    manifest::What,
    reason::{Cause, Certainty, FileChange},
    record::BuildRecord,
    text,
};

/// Folders that no build of a Rust program needs, and what would say that one does.
const NEVER_NEEDED: [(&str, &[&str]); 3] = [
    ("target", &[]),
    // Build scripts ask git for the commit, mostly through one of these crates.
    (
        ".git",
        &[
            "git",
            "vergen",
            "vergen-gix",
            "vergen-git2",
            "built",
            "git-version",
            "shadow-rs",
            "gix",
            "git2",
        ],
    ),
    ("node_modules", &["node_modules", "npm", "pnpm", "yarn"]),
];

/// Files whose change made steps run, while everything that was taken from those steps came out the
/// same, and that neither a source nor a manifest nor an instruction names.
pub(super) fn unused(evidence: &Evidence<'_>, known: &Known<'_>) -> Vec<Finding> {
    let record = &known.past.record;
    if record.outcome != Outcome::Built {
        return Vec::new();
    }
    let found = chains(record).into_iter().filter_map(|chain| {
        let Cause::Files { changes, more: 0 } = &chain.reason.cause else {
            return None;
        };
        let is_clear = !changes.is_empty()
            && !changes.iter().any(|change| is_of_program(&change.path))
            && came_out_the_same(record, &chain);
        is_clear.then_some(())?;
        let because = named_nowhere(evidence, known, changes)?;
        let paths: Vec<String> = changes
            .iter()
            .map(|change| change.path.display().to_string())
            .collect();
        let paths = paths.join(", ");
        let seen = format!(
            "a change of {paths} made steps run again, and what they made came out the same"
        );
        let remedy = format!("add to the ignore file: {paths}");
        let mut finding = known.finding(FindingKind::UnusedFiles, seen, remedy);
        finding.certainty = Certainty::Likely { because };
        let only_by = evidence.only_by(known, &chain, None).into_iter();
        finding.seconds = Some(only_by.filter_map(|step| step.seconds).sum());
        finding.avoided_by = avoided(evidence, known, changes);
        Some(finding)
    });
    found.collect()
}

/// Sources, manifests and whatever cargo reads of itself are part of the program; nor can the
/// Dockerfile be left out.
fn is_of_program(path: &Path) -> bool {
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    path.extension().is_some_and(|ending| ending == "rs")
        || name.starts_with("Cargo.")
        || name.starts_with("rust-toolchain")
        || path.starts_with(".cargo")
        || path == Path::new(SENT_NAME)
}

/// Whether the change ended within stages that files are only copied from: nothing of the last stage
/// ran because of it, and a step that copies out of a stage which did was found in the cache.
///
/// A recipe of cargo-chef's that is the same proves nothing: it is made from manifests alone.
fn came_out_the_same(record: &BuildRecord, chain: &Chain<'_>) -> bool {
    let members = members(record, chain.place);
    let ran_in = |stage: &str| members.iter().any(|(_, step)| step.stage == stage);
    let Some(last) = record.steps.last() else {
        return false;
    };
    let mut pairs = record.steps.iter().zip(&record.why);
    let is_proof = pairs.any(|(step, why)| {
        let cause = why.as_ref().map(|why| &why.reason.cause);
        let Some(Cause::SameContent {
            stage,
            recipe: false,
        }) = cause
        else {
            return false;
        };
        step.status == StepStatus::Cached && ran_in(stage)
    });
    is_proof && !ran_in(&last.stage)
}

/// What speaks for it that nothing reads these files, in words; `None` where something names one of
/// them, or that cannot be looked up.
fn named_nowhere(
    evidence: &Evidence<'_>,
    known: &Known<'_>,
    changes: &[FileChange],
) -> Option<String> {
    let sources = evidence.sources(known)?;
    let steps = &known.past.record.steps;
    let instructions = steps.iter().map(|step| step.instruction.as_str());
    let sources_texts = sources.iter().map(|(_, text)| text.as_str());
    let texts: Vec<&str> = instructions.chain(sources_texts).collect();
    let mut words = changes.iter().flat_map(|change| words(&change.path));
    if words.any(|word| texts.iter().any(|text| names(text, &word))) {
        return None;
    }
    let has_script = sources.iter().any(|(path, _)| path.ends_with("build.rs"));
    let script = if has_script {
        ", but look into build.rs, which may read whole folders"
    } else {
        ""
    };
    Some(format!(
        "no source, Cargo.toml or instruction names it, and the image stayed as it was{script}"
    ))
}

/// By what a source would name a file: its name, or a folder that it is in. In `src` is everything.
fn words(path: &Path) -> Vec<String> {
    let parts = path
        .components()
        .map(|part| part.as_os_str().to_string_lossy());
    parts
        .map(std::borrow::Cow::into_owned)
        .filter(|part| part != "src")
        .collect()
}

/// A strategy by which nothing ran for the same change, else one that says it does not send them.
fn avoided(evidence: &Evidence<'_>, known: &Known<'_>, changes: &[FileChange]) -> Option<Avoided> {
    let paths: Vec<PathBuf> = changes.iter().map(|change| change.path.clone()).collect();
    let own = &known.past.record;
    let passes = |other: &&Known<'_>| {
        let record = &other.past.record;
        record.strategy != own.strategy
            && record.engine.kind == own.engine.kind
            && record.counts()
            && passed_over(record, &paths)
    };
    let measured = evidence.builds.iter().find(passes).map(|other| Avoided {
        strategy: other.past.record.strategy.clone(),
        proof: Proof::Measured {
            said: format!(
                "the same change made nothing run, in {}",
                builds_words(&[other.past.id])
            ),
            builds: vec![other.past.id],
        },
    });
    measured.or_else(|| {
        described(evidence, &own.strategy, |listed| {
            let ignore = listed.strategy.ignore.as_deref();
            ignore.is_some_and(|ignore| paths.iter().all(|path| hides(ignore, path)))
        })
    })
}

/// Whether these files changed before a build, and were neither sent nor copied.
fn passed_over(record: &BuildRecord, paths: &[PathBuf]) -> bool {
    let causes = record.why.iter().flatten().map(|why| &why.reason.cause);
    let passed: Vec<&PathBuf> = causes
        .flat_map(|cause| match cause {
            Cause::Ignored { path, .. } => std::slice::from_ref(path).iter(),
            Cause::NotCopied { files, .. } => files.iter(),
            _ => [].iter(),
        })
        .collect();
    let ran = chains(record);
    let mut causes = ran.iter().map(|chain| &chain.reason.cause);
    paths.iter().all(|path| passed.contains(&path))
        && !causes.any(|cause| matches!(cause, Cause::Files { .. }))
}

/// Folders that no build needs among what was sent last by each strategy.
pub(super) fn needless(evidence: &Evidence<'_>) -> Vec<Finding> {
    let mut seen: Vec<(&str, &str)> = Vec::new();
    let mut found = Vec::new();
    for known in &evidence.builds {
        let record = &known.past.record;
        let of = (record.strategy.as_str(), record.engine.kind.as_str());
        if known.context.is_some() && !seen.contains(&of) {
            seen.push(of);
            found.extend(needless_in(evidence, known));
        }
    }
    found
}

fn needless_in(evidence: &Evidence<'_>, known: &Known<'_>) -> Option<Finding> {
    let sent = sent(known);
    let sources = evidence.sources(known);
    let is_asked_for = |users: &[&str]| {
        let mut sources = sources.iter().flatten();
        sources.any(|(path, text)| {
            let may_ask = path.ends_with("build.rs") || path.ends_with("Cargo.toml");
            may_ask && users.iter().any(|user| names(text, user))
        })
    };
    let needless = sent.into_iter().filter(|(name, _)| {
        let users = NEVER_NEEDED.iter().find(|(known, _)| known == name);
        !users.is_some_and(|(_, users)| is_asked_for(users))
    });
    let needless: Vec<(&str, u64)> = needless.collect();
    let bytes = super::Bytes(needless.iter().map(|(_, bytes)| bytes).sum());
    let folders: Vec<&str> = needless.iter().map(|(name, _)| *name).collect();
    if folders.is_empty() {
        return None;
    }
    let listed = folders.join(", ");
    let seen = format!(
        "{listed} went to the engine with the newest build: {}",
        text::bytes(bytes)
    );
    let remedy = format!("add to the ignore file: {listed}");
    let mut finding = known.finding(FindingKind::NeedlessFolders, seen, remedy);
    if sources.is_none() {
        let because = "not all sources were kept: a build script may ask for it".to_owned();
        finding.certainty = Certainty::Likely { because };
    }
    finding.bytes = Some(bytes);
    finding.avoided_by = lighter(evidence, known, &folders);
    Some(finding)
}

/// Those of the folders that were sent, with the bytes in them.
fn sent(known: &Known<'_>) -> Vec<(&'static str, u64)> {
    let found = NEVER_NEEDED.iter().filter_map(|(name, _)| {
        let node = known.context.as_ref()?.get(Path::new(name))?;
        match &node.what {
            What::Folder(folder) => Some((*name, folder.bytes().0)),
            What::File { .. } | What::Link { .. } => None,
        }
    });
    found.collect()
}

/// A strategy that was built without sending them, else one that says so.
fn lighter(evidence: &Evidence<'_>, known: &Known<'_>, folders: &[&str]) -> Option<Avoided> {
    let own = &known.past.record.strategy;
    let is_without = |other: &&Known<'_>| {
        let sent = sent(other);
        other.past.record.strategy != *own
            && other.context.is_some()
            && !sent.iter().any(|(name, _)| folders.contains(name))
    };
    let measured = evidence.builds.iter().find(is_without).and_then(|other| {
        let bytes = other.context.as_ref()?.bytes();
        let numbers = [other.past.id];
        Some(Avoided {
            strategy: other.past.record.strategy.clone(),
            proof: Proof::Measured {
                said: format!(
                    "it sent {} in all, in {}",
                    text::bytes(bytes),
                    builds_words(&numbers)
                ),
                builds: numbers.to_vec(),
            },
        })
    });
    measured.or_else(|| {
        described(evidence, own, |listed| {
            let ignore = listed.strategy.ignore.as_deref();
            let mut folders = folders.iter();
            ignore.is_some_and(|ignore| folders.all(|folder| hides(ignore, Path::new(folder))))
        })
    })
}
