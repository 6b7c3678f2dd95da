//! Why a step is in the cache although something changed.

use std::path::PathBuf;

use super::{
    files::{Contexts, is_only_time, paths},
    judge::Case,
    key::ResultKey,
    memory::Place,
};
use crate::domain::{
    footprint::{Ingredient, StepFootprint},
    reason::{Cause, Reason},
};

/// So many paths are named.
const NAMED: usize = 3;

/// Why the result is there. `upstream` holds the results of the stages that it is made from; `guessed`
/// is true where a recipe of cargo-chef's was taken for the same as before.
pub(super) fn reason(
    case: Case<'_>,
    step: &StepFootprint,
    key: ResultKey,
    upstream: &[Option<ResultKey>],
    guessed: bool,
) -> Reason {
    let memory = case.memory;
    let newest = memory.newest(case.strategy);
    let made = || memory.results(key);
    let own = made().find(|place| Some(place.build) == newest);
    let at = own
        .or_else(|| made().find(|place| memory.builds()[place.build].strategy == case.strategy))
        .or_else(|| made().next());
    let cause = match (at, own) {
        _ if guessed => same_content(case, step),
        (Some(_), Some(own)) => since(case, own, step, upstream),
        (Some(at), None) if memory.builds()[at.build].strategy != case.strategy => Cause::Shared {
            strategy: memory.builds()[at.build].strategy.clone(),
        },
        (Some(_), None) if newest.is_some() => Cause::Earlier,
        _ => Cause::Unchanged,
    };
    let compared_with = at.map(|at| memory.builds()[at.build].reference());
    let reason = if guessed {
        Reason::likely(
            cause,
            "cargo-chef makes its recipe from the manifests alone",
        )
    } else {
        Reason::sure(cause)
    };
    Reason {
        compared_with,
        ..reason
    }
}

/// What changed since the strategy's last build, and does not matter to this step.
fn since(
    case: Case<'_>,
    before: Place,
    step: &StepFootprint,
    upstream: &[Option<ResultKey>],
) -> Cause {
    let from_stages = step
        .ingredients
        .iter()
        .any(|one| matches!(one, Ingredient::Copied { .. }));
    if from_stages && case.memory.has_other_upstream(before, upstream) {
        return same_content(case, step);
    }
    let sources = step.ingredients.iter().filter_map(|one| match one {
        Ingredient::Files { sources, .. } => Some(sources.as_slice()),
        _ => None,
    });
    let sources: Vec<String> = sources.flatten().cloned().collect();
    if sources.is_empty() {
        return Cause::Unchanged;
    }
    let former = case.memory.footprint(before.build).map(|past| past.context);
    let Some(former) = former.and_then(|whole| case.archive.manifest(&whole)) else {
        return Cause::Unchanged;
    };
    let contexts = Contexts {
        before: &former,
        now: case.manifest,
        archive: case.archive,
        read: case.read,
    };
    let within = contexts.taken(&sources);
    if !within.is_empty() && within.iter().all(is_only_time) {
        let (files, more) = named(paths(&within));
        return Cause::OnlyTimes { files, more };
    }
    let elsewhere = contexts.left(&sources);
    if elsewhere.is_empty() {
        return case
            .ignored
            .first()
            .map_or(Cause::Unchanged, |found| Cause::Ignored {
                path: found.path.clone(),
                file: found.file.clone(),
                line: found.line,
            });
    }
    let (files, more) = named(paths(&elsewhere));
    Cause::NotCopied { files, more }
}

fn same_content(case: Case<'_>, step: &StepFootprint) -> Cause {
    let copied = step.ingredients.iter().find_map(|one| match one {
        Ingredient::Copied { stage, recipe, .. } => Some((*stage, recipe.is_some())),
        _ => None,
    });
    let Some((stage, recipe)) = copied else {
        return Cause::Unchanged;
    };
    Cause::SameContent {
        stage: case.footprint.stages[stage].name.clone(),
        recipe,
    }
}

fn named(mut files: Vec<PathBuf>) -> (Vec<PathBuf>, usize) {
    let more = files.len().saturating_sub(NAMED);
    files.truncate(NAMED);
    (files, more)
}
