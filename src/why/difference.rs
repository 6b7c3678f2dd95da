//! The first thing in which a step differs from one of an earlier build.

use std::path::Path;

use super::files::Contexts;
use crate::domain::{
    archive::Archive,
    footprint::{Footprint, Ingredient, StepFootprint},
    manifest::Manifest,
    reason::Cause,
};

/// A step and one of an earlier build that it is compared with.
#[derive(Clone, Copy)]
pub(super) struct Difference<'a> {
    pub(super) before: &'a StepFootprint,
    pub(super) past: &'a Footprint,
    pub(super) now: &'a StepFootprint,
    pub(super) manifest: &'a Manifest,
    pub(super) footprint: &'a Footprint,
    pub(super) archive: &'a dyn Archive,
    pub(super) read: &'a dyn Fn(&Path) -> Option<Vec<u8>>,
}

/// The first difference, in the order in which people look for one: the instruction itself, the
/// image, arguments, environment and settings, files, what comes from other stages. `None` where
/// there is none.
pub(super) fn difference(pair: Difference<'_>) -> Option<Cause> {
    let Difference { before, now, .. } = pair;
    if texts(before).ne(texts(now)) {
        return Some(Cause::Instruction {
            before: before.instruction.clone(),
            after: now.instruction.clone(),
        });
    }
    image(before, now)
        .or_else(|| named(before, now))
        .or_else(|| files(pair))
        .or_else(|| upstream(pair))
}

fn texts(step: &StepFootprint) -> impl Iterator<Item = &str> {
    step.ingredients.iter().filter_map(|one| match one {
        Ingredient::Text { text } => Some(text.as_str()),
        _ => None,
    })
}

fn image(before: &StepFootprint, now: &StepFootprint) -> Option<Cause> {
    let (reference, id) = now.ingredients.iter().find_map(as_image)?;
    let (former, former_id) = before.ingredients.iter().find_map(as_image)?;
    match (former_id, id) {
        (Some(one), Some(two)) if one == two => None,
        (Some(one), Some(two)) => Some((one.clone(), two.clone())),
        _ if former == reference => None,
        _ => Some((former.clone(), reference.clone())),
    }
    .map(|(before, after)| Cause::Image {
        reference: reference.clone(),
        before,
        after,
    })
}

fn as_image(one: &Ingredient) -> Option<(&String, &Option<String>)> {
    match one {
        Ingredient::Image { reference, id } => Some((reference, id)),
        _ => None,
    }
}

/// What has a name and a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Named<'a> {
    Argument(&'a str),
    Environment(&'a str),
    Setting(&'a str),
}

type Value<'a> = (Named<'a>, Option<&'a str>);

fn values(step: &StepFootprint) -> impl Iterator<Item = Value<'_>> {
    step.ingredients.iter().filter_map(|one| match one {
        Ingredient::Argument { name, value } => Some((Named::Argument(name), value.as_deref())),
        Ingredient::Environment { name, value } => Some((Named::Environment(name), Some(value))),
        Ingredient::Setting { keyword, value } => Some((Named::Setting(keyword), Some(value))),
        _ => None,
    })
}

fn named(before: &StepFootprint, now: &StepFootprint) -> Option<Cause> {
    let was = |name| values(before).find(|(other, _)| *other == name);
    let is = |name| values(now).any(|(other, _)| other == name);
    let changed = values(now).find_map(|(name, value)| match was(name) {
        Some((_, former)) if former == value => None,
        former => Some((name, former.and_then(|(_, value)| value), value)),
    });
    let gone = || {
        let gone = values(before).find(|(name, _)| !is(*name));
        gone.map(|(name, former)| (name, former, None))
    };
    let (name, before, after) = changed.or_else(gone)?;
    let (before, after) = (before.map(str::to_owned), after.map(str::to_owned));
    Some(match name {
        Named::Argument(name) => Cause::Argument {
            name: name.to_owned(),
            before,
            after,
        },
        Named::Environment(name) => Cause::Environment {
            name: name.to_owned(),
            before,
            after,
        },
        Named::Setting(keyword) => Cause::Setting {
            keyword: keyword.to_owned(),
            before,
            after,
        },
    })
}

fn files(pair: Difference<'_>) -> Option<Cause> {
    let of = |step: &StepFootprint| -> Vec<(Vec<String>, String)> {
        let found = step.ingredients.iter().filter_map(|one| match one {
            Ingredient::Files { sources, digest } => Some((sources.clone(), digest.to_string())),
            _ => None,
        });
        found.collect()
    };
    let (before, now) = (of(pair.before), of(pair.now));
    if before == now {
        return None;
    }
    let sources: Vec<String> = now.into_iter().flat_map(|(sources, _)| sources).collect();
    let former = pair.archive.manifest(&pair.past.context);
    let told = former.map(|former| {
        let contexts = Contexts {
            before: &former,
            now: pair.manifest,
            archive: pair.archive,
            read: pair.read,
        };
        contexts.told(&contexts.taken(&sources))
    });
    let (changes, more) = told.unwrap_or_default();
    Some(Cause::Files { changes, more })
}

/// A stage that is copied from, or begun with, under another name or from another place.
fn upstream(pair: Difference<'_>) -> Option<Cause> {
    let stage = pair.now.stages().next()?;
    let name = pair.footprint.stages.get(stage)?.name.clone();
    Some(Cause::Upstream {
        stage: name,
        index: None,
    })
}
