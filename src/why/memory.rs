//! What was built before on one engine: which results there should be, and what followed what.

use std::collections::{BTreeSet, HashMap};

use super::{
    key::{ResultKey, Upstream, content_key, key_of, shape_of},
    past::Past,
};
use crate::domain::{
    build::StepStatus,
    digest::ContentDigest,
    footprint::{Footprint, Ingredient, StepFootprint},
    ids::ImageId,
};

/// A step of a build that is remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Which of the remembered builds, the oldest is 0.
    pub build: usize,
    /// Its stage, from 0.
    pub stage: usize,
    /// The step within it, from 0.
    pub step: usize,
}

/// Builds of one app on one engine, by what their steps depended on.
#[derive(Debug, Default)]
pub struct Memory {
    builds: Vec<Past>,
    keys: Vec<StageKeys>,
    /// Steps that made or took a result, the oldest first.
    results: HashMap<ResultKey, Vec<Place>>,
    /// Steps that came after a result, or first in a stage.
    followers: HashMap<Option<ResultKey>, Vec<Place>>,
    /// Steps alike but for what they copied from other stages.
    alike: HashMap<ResultKey, Vec<Place>>,
    /// Contents of different results that were found to be the same.
    same_content: HashMap<ResultKey, ResultKey>,
    /// Contents that were copied where cargo-chef had the same to make its recipe from.
    recipes: HashMap<ContentDigest, Vec<ResultKey>>,
    /// Images that the engine no longer has, by the beginnings of their ids.
    absent: BTreeSet<String>,
}

/// The keys of one build's steps; `None` from the first step on that was not reached.
#[derive(Debug, Clone, Default)]
pub(super) struct StageKeys(Vec<Vec<Option<ResultKey>>>);

impl StageKeys {
    pub(super) fn push_stage(&mut self) {
        self.0.push(Vec::new());
    }

    pub(super) fn push(&mut self, key: Option<ResultKey>) {
        if let Some(stage) = self.0.last_mut() {
            stage.push(key);
        }
    }

    pub(super) fn at(&self, stage: usize, step: usize) -> Option<ResultKey> {
        self.0.get(stage)?.get(step).copied().flatten()
    }

    pub(super) fn last(&self, stage: usize) -> Option<ResultKey> {
        self.0.get(stage)?.last().copied().flatten()
    }
}

/// The stages of one build as the others know them.
pub(super) struct Stages<'a> {
    keys: &'a StageKeys,
    same_content: &'a HashMap<ResultKey, ResultKey>,
    /// Taken for the content of a stage that has no result yet.
    guess: Option<ResultKey>,
}

impl Upstream for Stages<'_> {
    fn stage(&self, stage: usize) -> Option<ResultKey> {
        self.keys.last(stage)
    }

    fn content(&self, stage: usize, paths: &[String]) -> Option<ResultKey> {
        let Some(result) = self.keys.last(stage) else {
            return self.guess;
        };
        let own = content_key(result, paths);
        Some(self.same_content.get(&own).copied().unwrap_or(own))
    }
}

/// How many characters of an id tell images apart; podman shortens to eleven.
const ID_BEGINS: usize = 11;

fn beginning(id: &ImageId) -> &str {
    let bare = id.0.strip_prefix("sha256:").unwrap_or(&id.0);
    bare.get(..ID_BEGINS).unwrap_or(bare)
}

impl Memory {
    /// The engine no longer has these images.
    pub fn are_gone<'a>(&mut self, images: impl IntoIterator<Item = &'a ImageId>) {
        let beginnings = images.into_iter().map(|id| beginning(id).to_owned());
        self.absent.extend(beginnings);
    }

    /// Remembers one build more, newer than all others.
    pub fn add(&mut self, past: Past) {
        let build = self.builds.len();
        let mut keys = StageKeys::default();
        for (stage, steps) in past.footprint.stages.iter().enumerate() {
            keys.push_stage();
            for (step, footprint) in steps.steps.iter().enumerate() {
                let place = Place { build, stage, step };
                let key = self.remember(&past, place, footprint, &keys);
                keys.push(key);
            }
        }
        self.builds.push(past);
        self.keys.push(keys);
    }

    /// One step: its key, where its result was made or found.
    fn remember(
        &mut self,
        past: &Past,
        place: Place,
        step: &StepFootprint,
        keys: &StageKeys,
    ) -> Option<ResultKey> {
        let parent = parent_of(place.stage, place.step, step, keys)?;
        let status = past.status(place.stage, place.step)?;
        if !matches!(status, StepStatus::Cached | StepStatus::Ran) {
            return None;
        }
        let shape = shape_of(parent, step);
        if status == StepStatus::Cached {
            self.learn(past, place, step, shape, keys);
        }
        let stages = Stages {
            keys,
            same_content: &self.same_content,
            guess: None,
        };
        let key = key_of(parent, step, &stages)?;
        for ingredient in &step.ingredients {
            let Ingredient::Copied {
                stage,
                paths,
                recipe: Some(recipe),
            } = ingredient
            else {
                continue;
            };
            if let Some(content) = stages.content(*stage, paths) {
                let known = self.recipes.entry(*recipe).or_default();
                if !known.contains(&content) {
                    known.push(content);
                }
            }
        }
        self.results.entry(key).or_default().push(place);
        self.followers.entry(parent).or_default().push(place);
        self.alike.entry(shape).or_default().push(place);
        Some(key)
    }

    /// A step that copies from another stage was taken from the cache: then what it copied is the
    /// same as what a step like it copied before.
    fn learn(
        &mut self,
        past: &Past,
        place: Place,
        step: &StepFootprint,
        shape: ResultKey,
        keys: &StageKeys,
    ) {
        let mut copied = step.ingredients.iter().enumerate().filter_map(copied);
        let (Some((number, stage, paths)), None) = (copied.next(), copied.next()) else {
            return;
        };
        let Some(result) = keys.last(stage) else {
            return;
        };
        let own = content_key(result, paths);
        if self.same_content.contains_key(&own) {
            return;
        }
        let image = past.image(place.stage, place.step);
        let like_it = self.alike.get(&shape).into_iter().flatten().rev();
        let found = like_it.copied().find(|other| {
            let others = self.builds[other.build].image(other.stage, other.step);
            match (image, others) {
                (Some(one), Some(two)) => one.is_same(two),
                _ => true,
            }
        });
        let content = found.and_then(|other| self.content_at(other, number));
        if let Some(content) = content.filter(|content| *content != own) {
            self.same_content.insert(own, content);
        }
    }

    /// What a remembered step copied from another stage by this ingredient.
    fn content_at(&self, place: Place, number: usize) -> Option<ResultKey> {
        let step = self.step(place)?;
        let (_, stage, paths) = copied((number, step.ingredients.get(number)?))?;
        self.stages(&self.keys[place.build], None)
            .content(stage, paths)
    }

    /// The stages of a build that has these keys. `guess` is taken for the content of one that has no
    /// result yet.
    pub(super) fn stages<'a>(
        &'a self,
        keys: &'a StageKeys,
        guess: Option<ResultKey>,
    ) -> Stages<'a> {
        Stages {
            keys,
            same_content: &self.same_content,
            guess,
        }
    }

    /// The remembered builds, the oldest first.
    #[must_use]
    pub fn builds(&self) -> &[Past] {
        &self.builds
    }

    /// The newest build by this strategy.
    #[must_use]
    pub fn newest(&self, strategy: &str) -> Option<usize> {
        self.builds
            .iter()
            .rposition(|past| past.strategy == strategy)
    }

    /// What a remembered step depended on.
    #[must_use]
    pub fn step(&self, place: Place) -> Option<&StepFootprint> {
        let footprint = &self.builds.get(place.build)?.footprint;
        footprint.step(place.stage, place.step)
    }

    /// The result of a remembered step.
    pub(super) fn key(&self, place: Place) -> Option<ResultKey> {
        self.keys.get(place.build)?.at(place.stage, place.step)
    }

    /// Steps that made or took this result, the newest first.
    pub(super) fn results(&self, key: ResultKey) -> impl Iterator<Item = Place> {
        self.results.get(&key).into_iter().flatten().rev().copied()
    }

    /// Steps that came after this result, the newest first.
    pub(super) fn followers(&self, parent: Option<ResultKey>) -> impl Iterator<Item = Place> {
        let found = self.followers.get(&parent);
        found.into_iter().flatten().rev().copied()
    }

    /// The newest step like this one whatever it copied from other stages, of those whose results
    /// should still be there.
    pub(super) fn alike(&self, shape: ResultKey) -> Option<Place> {
        let found = self.alike.get(&shape)?.iter().rev();
        found.copied().find(|place| self.is_present(*place))
    }

    /// Whether a step copies from a stage that had another result in this remembered build.
    pub(super) fn has_other_upstream(&self, before: Place, own: &[Option<ResultKey>]) -> bool {
        let Some(step) = self.step(before) else {
            return false;
        };
        let stages = step.stages();
        let results = stages.map(|stage| self.keys[before.build].last(stage));
        !results.eq(own.iter().copied())
    }

    /// Whether the engine should still have this result.
    pub(super) fn has(&self, key: ResultKey) -> bool {
        self.results(key).any(|place| self.is_present(place))
    }

    fn is_present(&self, place: Place) -> bool {
        let image = self.builds[place.build].image(place.stage, place.step);
        image.is_none_or(|image| !self.absent.contains(beginning(image)))
    }

    /// The image that holds a result; `None` where the engine keeps it otherwise.
    pub(super) fn image(&self, key: ResultKey) -> Option<&ImageId> {
        let mut there = self.results(key).filter(|place| self.is_present(*place));
        let place = there.next()?;
        self.builds[place.build].image(place.stage, place.step)
    }

    /// Contents that a recipe of cargo-chef's had, made from the same.
    pub(super) fn recipes(&self, recipe: ContentDigest) -> &[ResultKey] {
        self.recipes.get(&recipe).map_or(&[], Vec::as_slice)
    }

    /// The footprint of a remembered build.
    #[must_use]
    pub fn footprint(&self, build: usize) -> Option<&Footprint> {
        self.builds.get(build).map(|past| &past.footprint)
    }
}

/// What a step follows: `None` where that was not reached, `Some(None)` where it follows nothing.
#[expect(
    clippy::option_option,
    reason = "nothing to follow and nothing known are different answers"
)]
pub(super) fn parent_of(
    stage: usize,
    step: usize,
    footprint: &StepFootprint,
    keys: &StageKeys,
) -> Option<Option<ResultKey>> {
    match step.checked_sub(1).filter(|_| footprint.follows) {
        None => Some(None),
        Some(before) => keys.at(stage, before).map(Some),
    }
}

fn copied((number, ingredient): (usize, &Ingredient)) -> Option<(usize, usize, &[String])> {
    match ingredient {
        Ingredient::Copied { stage, paths, .. } => Some((number, *stage, paths)),
        _ => None,
    }
}
