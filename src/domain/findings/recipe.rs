//! A recipe of cargo-chef's that is another because the package describes itself otherwise.

use super::{
    Avoided, Evidence, Finding, FindingKind, Known, Proof,
    costs::{compiles, cooks, mounts_results},
    elsewhere::described,
    told::{builds_words, command},
};
use crate::domain::{
    chain::{chains, members},
    reason::{Cause, Certainty, FileChange},
    record::BuildRecord,
    text,
};

/// Dependencies were compiled again although none of them changed: only `[package]` of the app did,
/// or its own version in the lock file.
pub(super) fn busted(evidence: &Evidence<'_>, known: &Known<'_>) -> Vec<Finding> {
    let record = &known.past.record;
    let own = evidence
        .locked(known)
        .map(|locked| locked.own)
        .unwrap_or_default();
    let found = chains(record).into_iter().filter_map(|chain| {
        if !is_of_package(&chain.reason.cause, &own) {
            return None;
        }
        let members = members(record, chain.place);
        let (_, cook) = members.iter().find(|(_, step)| cooks(&step.instruction))?;
        let Cause::Files { changes, .. } = &chain.reason.cause else {
            return None;
        };
        let details: Vec<&str> = changes.iter().filter_map(|change| change.detail.as_deref()).collect();
        let what = details.first().copied().unwrap_or_default();
        let seen = format!(
            "a change of the app's own {} made `{}` compile all dependencies again",
            key_of(what),
            command(&cook.instruction)
        );
        let remedy = "cargo-chef's recipe holds all of [package] but the version: change such keys together with dependencies, or keep compiled crates in a mounted cache, which needs no recipe".to_owned();
        let mut finding = known.finding(FindingKind::BustedRecipe, seen, remedy);
        finding.certainty = Certainty::Sure;
        finding.seconds = cook.seconds;
        finding.avoided_by = avoided(evidence, known, &own);
        Some(finding)
    });
    found.collect()
}

/// `[package] description` of `[package] description a → b`.
fn key_of(detail: &str) -> String {
    let words: Vec<&str> = detail.split_whitespace().take(2).collect();
    words.join(" ")
}

/// Whether nothing changed but what the app says of itself.
fn is_of_package(cause: &Cause, own: &[String]) -> bool {
    let Cause::Files { changes, more: 0 } = cause else {
        return false;
    };
    let is_own = |change: &FileChange| {
        let is_lock = change
            .path
            .file_name()
            .is_some_and(|name| name == "Cargo.lock");
        let Some(detail) = change.detail.as_deref() else {
            return false;
        };
        // What is not told could be anything.
        let is_cut = detail
            .rsplit_once(" and ")
            .is_some_and(|(_, more)| more.ends_with(" more"));
        !is_cut
            && detail.split(", ").all(|one| {
                if is_lock {
                    let mut words = one.split(' ');
                    let name = words.next().unwrap_or_default();
                    one.contains(" → ") && own.iter().any(|own| own == name)
                } else {
                    one.starts_with("[package] ") || one.starts_with("[package.metadata")
                }
            })
    };
    let has_manifest = changes
        .iter()
        .any(|change| change.path.ends_with("Cargo.toml"));
    has_manifest && changes.iter().all(is_own)
}

/// A strategy by which such a change compiled no dependency, else one that mounts what was compiled.
fn avoided(evidence: &Evidence<'_>, known: &Known<'_>, names: &[String]) -> Option<Avoided> {
    let own = &known.past.record;
    let keeps = |record: &BuildRecord| {
        let compiled = record
            .steps
            .iter()
            .filter(|step| compiles(&step.instruction));
        let compiled: Vec<_> = compiled.collect();
        !compiled.is_empty()
            && compiled
                .iter()
                .all(|step| mounts_results(&step.instruction))
    };
    let found = evidence.builds.iter().find(|other| {
        let record = &other.past.record;
        record.strategy != own.strategy
            && record.engine.kind == own.engine.kind
            && record.counts()
            && keeps(record)
            && chains(record)
                .iter()
                .any(|chain| is_of_package(&chain.reason.cause, names))
    });
    let measured = found.map(|other| Avoided {
        strategy: other.past.record.strategy.clone(),
        proof: Proof::Measured {
            said: format!(
                "such a change took {}, in {}",
                text::seconds_of(other.past.record.wall_s),
                builds_words(&[other.past.id])
            ),
            builds: vec![other.past.id],
        },
    });
    measured.or_else(|| {
        described(evidence, &own.strategy, |listed| {
            let texts = listed.stages.iter().flat_map(|stage| &stage.instructions);
            let compiled: Vec<&String> = texts.filter(|text| compiles(text)).collect();
            !compiled.is_empty()
                && compiled
                    .iter()
                    .all(|text| mounts_results(text) && !cooks(text))
        })
    })
}
