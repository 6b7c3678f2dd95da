//! A name for the result of a step: the same for two steps that depend on the same.

use crate::domain::{
    digest::{ContentDigest, Digesting},
    footprint::{Ingredient, StepFootprint},
};

/// Stands for a step's result, or for the files that are copied out of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct ResultKey(ContentDigest);

/// The results of earlier stages that an ingredient is a part of.
pub(super) trait Upstream {
    /// The result of a whole stage.
    fn stage(&self, stage: usize) -> Option<ResultKey>;

    /// What is at these paths of a stage.
    fn content(&self, stage: usize, paths: &[String]) -> Option<ResultKey>;
}

/// The key of a step's result; `None` where something that it depends on was never built.
pub(super) fn key_of(
    parent: Option<ResultKey>,
    step: &StepFootprint,
    upstream: &impl Upstream,
) -> Option<ResultKey> {
    let mut hash = Digesting::default();
    feed(&mut hash, parent);
    for ingredient in &step.ingredients {
        match ingredient {
            Ingredient::Stage { stage } => feed(&mut hash, Some(upstream.stage(*stage)?)),
            Ingredient::Copied { stage, paths, .. } => {
                feed(&mut hash, Some(upstream.content(*stage, paths)?));
            }
            other => feed_own(&mut hash, other),
        }
    }
    Some(finish(hash))
}

/// What a step is apart from the contents that it copies from other stages.
pub(super) fn shape_of(parent: Option<ResultKey>, step: &StepFootprint) -> ResultKey {
    let mut hash = Digesting::default();
    feed(&mut hash, parent);
    for ingredient in &step.ingredients {
        match ingredient {
            Ingredient::Copied { paths, .. } => {
                for path in paths {
                    feed_bytes(&mut hash, path.as_bytes());
                }
            }
            other => feed_own(&mut hash, other),
        }
    }
    finish(hash)
}

/// What is at these paths of a result, as long as nothing tells that it is the same as elsewhere.
pub(super) fn content_key(stage: ResultKey, paths: &[String]) -> ResultKey {
    let mut hash = Digesting::default();
    feed_bytes(&mut hash, b"content");
    feed(&mut hash, Some(stage));
    for path in paths {
        feed_bytes(&mut hash, path.as_bytes());
    }
    finish(hash)
}

/// What of an ingredient two steps must have in common.
fn feed_own(hash: &mut Digesting, ingredient: &Ingredient) {
    let mut words = |words: &[&str]| {
        for word in words {
            feed_bytes(hash, word.as_bytes());
        }
    };
    match ingredient {
        // An image of the same id is the same, whatever it is called.
        Ingredient::Image { id: Some(id), .. } => words(&["image", id]),
        Ingredient::Image { reference, .. } => words(&["reference", reference]),
        Ingredient::Text { text } => words(&["text", text]),
        Ingredient::Argument { name, value } => match value {
            Some(value) => words(&["argument", name, value]),
            None => words(&["declared", name]),
        },
        Ingredient::Environment { name, value } => words(&["environment", name, value]),
        Ingredient::Setting { keyword, value } => words(&["setting", keyword, value]),
        Ingredient::Files { digest, .. } => words(&["files", &digest.to_string()]),
        Ingredient::Stage { stage } | Ingredient::Copied { stage, .. } => {
            words(&["stage", &stage.to_string()]);
        }
    }
}

fn feed(hash: &mut Digesting, key: Option<ResultKey>) {
    match key {
        Some(ResultKey(digest)) => feed_bytes(hash, digest.as_bytes()),
        None => feed_bytes(hash, &[]),
    }
}

/// With its length, so that `ab` and `c` are not `a` and `bc`.
fn feed_bytes(hash: &mut Digesting, bytes: &[u8]) {
    hash.add(&(bytes.len() as u64).to_le_bytes());
    hash.add(bytes);
}

fn finish(hash: Digesting) -> ResultKey {
    ResultKey(hash.end())
}
