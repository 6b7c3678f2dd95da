//! Whether the engine still has what forecasts rely on.

use std::collections::HashSet;

use super::Foresight;
use crate::{
    domain::{
        foreseen::{Foreseen, ForeseenStep},
        ids::ImageId,
        reason::Expected,
    },
    engine::Engine,
};

/// Results that an engine was asked about and no longer has.
#[derive(Debug, Default)]
pub struct Asked(Vec<ImageId>);

impl Asked {
    /// Whether it has everything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Foresight {
    /// Asks the engine for the results that these forecasts rely on. Where some are gone, the
    /// forecasts have to be made again. BuildKit does not name its results: of it nothing is found
    /// out. An engine that does not answer has not said that anything is gone.
    pub async fn ask<'a>(
        &mut self,
        engine: &dyn Engine,
        foreseen: impl IntoIterator<Item = &'a Foreseen>,
    ) -> Asked {
        let mut asked = HashSet::new();
        let mut gone = Vec::new();
        for stage in foreseen.into_iter().flat_map(|one| &one.stages) {
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
        let gone = Asked(gone);
        self.heed(&gone);
        gone
    }

    /// These results are not expected to be there.
    pub fn heed(&mut self, gone: &Asked) {
        self.memory.are_gone(&gone.0);
    }
}

fn relied_on(step: &ForeseenStep) -> Option<&ImageId> {
    let result = step.result.as_ref();
    result.filter(|_| step.expected == Expected::Hit)
}
