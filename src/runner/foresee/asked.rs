//! Whether the engine still has what forecasts rely on.

use std::collections::{BTreeMap, HashSet};

use super::Foresight;
use crate::{
    domain::{
        footprint::Footprint,
        foreseen::{Foreseen, ForeseenStep},
        ids::ImageId,
        reason::Expected,
    },
    engine::Engine,
};

/// What an engine was asked, where it is another than the history says.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// Results that it no longer has.
    gone: Vec<ImageId>,
    /// Images that builds start or copy from, by name, and the ids that they have now.
    images: BTreeMap<String, String>,
}

impl Asked {
    /// Whether all is as the history says.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Foresight {
    /// Asks the engine for the images and results that these forecasts by strategies rely on. Where
    /// something is another, the forecasts have to be made again. BuildKit does not name its
    /// results: of them nothing is found out. An engine that does not answer has not said that
    /// anything is gone.
    pub async fn ask<'a>(
        &mut self,
        engine: &dyn Engine,
        foreseen: impl IntoIterator<Item = (&'a str, &'a Foreseen)>,
    ) -> Asked {
        let (strategies, foreseen): (Vec<_>, Vec<_>) = foreseen.into_iter().unzip();
        let asked = Asked {
            images: self.other_images(engine, &strategies).await,
            gone: gone(engine, &foreseen).await,
        };
        self.heed(&asked);
        asked
    }

    /// Images that are others than in the newest builds.
    async fn other_images(
        &self,
        engine: &dyn Engine,
        strategies: &[&str],
    ) -> BTreeMap<String, String> {
        let newest = strategies.iter().filter_map(|id| self.memory.newest(id));
        let footprints = newest.filter_map(|build| self.memory.footprint(build));
        let known: BTreeMap<String, String> = footprints.flat_map(Footprint::image_ids).collect();
        let mut others = BTreeMap::new();
        for (reference, id) in known {
            if let Ok(Some(image)) = engine.image(&reference).await
                && image.id.0 != id
            {
                others.insert(reference, image.id.0);
            }
        }
        others
    }

    /// What was asked is expected of the engine.
    pub fn heed(&mut self, asked: &Asked) {
        self.memory.are_gone(&asked.gone);
        self.images.extend(asked.images.clone());
    }
}

async fn gone(engine: &dyn Engine, foreseen: &[&Foreseen]) -> Vec<ImageId> {
    let mut asked = HashSet::new();
    let mut gone = Vec::new();
    for stage in foreseen.iter().flat_map(|one| &one.stages) {
        // Steps build on each other: while the last one is there, all are.
        for image in stage.steps.iter().rev().filter_map(relied_on) {
            if !asked.insert(image) {
                break;
            }
            match engine.image(&image.0).await {
                Ok(None) => gone.push(image.clone()),
                _ => break,
            }
        }
    }
    gone
}

fn relied_on(step: &ForeseenStep) -> Option<&ImageId> {
    let result = step.result.as_ref();
    result.filter(|_| step.expected == Expected::Hit)
}
