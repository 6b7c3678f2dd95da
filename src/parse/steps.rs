//! What each engine makes of a Dockerfile's instructions.

use super::buildkit;
use crate::domain::{event::StagePlan, record::EngineInfo};

/// What podman calls the step that it adds for the labels of a build.
const PODMAN_LABELS: &str = "LABEL \"io.imgtui.made\"";
/// What docker's classic builder calls it.
const CLASSIC_LABELS: &str = "LABEL io.imgtui.made";

/// The steps that an engine goes through: some add one for the labels of a build, some have none for
/// an instruction that only sets something. A stage's first step stays its `FROM`.
#[must_use]
pub fn steps_of(engine: &EngineInfo, mut stages: Vec<StagePlan>) -> Vec<StagePlan> {
    let labels = match engine.kind.as_str() {
        "docker-buildkit" => return buildkit::steps(stages),
        "docker-classic" => CLASSIC_LABELS,
        _ => PODMAN_LABELS,
    };
    if let Some(last) = stages.last_mut() {
        last.instructions.push(labels.to_owned());
    }
    stages
}
