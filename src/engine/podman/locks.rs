//! Locks of cache mounts that podman forgets to give back.
//!
//! Of several mounts with `sharing=locked` in one `RUN`, podman before 4.4 unlocks the last one
//! alone (`lockedTargets` in `run_common.go` of buildah 1.28): the others stay locked by the service
//! until it ends, and the next `RUN` with one of them waits for ever, in this service and in any
//! other podman. So a service of ours is started anew after such a build.

use std::sync::atomic::Ordering;

use super::Podman;
use crate::domain::{event::StagePlan, mounts::locked_caches, record::EngineInfo};

/// What is said where the service is somebody else's.
pub(super) const WARNING: &str = "podman before 4.4 keeps locks of cache mounts until its service ends: if a RUN of a later build waits for ever, restart that service";

/// Whether a build of these steps leaves locks behind.
pub(super) fn are_kept(engine: &EngineInfo, steps: &[StagePlan]) -> bool {
    let mut instructions = steps.iter().flat_map(|stage| &stage.instructions);
    // Not known: nothing is lost but a moment.
    engine.release().is_none_or(|release| release < (4, 4))
        && instructions.any(|instruction| locked_caches(instruction) > 1)
}

/// Remembers at the end of a build, however it ends, that locks are kept.
pub(super) struct Kept<'a> {
    pub(super) by: &'a Podman,
    pub(super) are_kept: bool,
}

impl Drop for Kept<'_> {
    fn drop(&mut self) {
        if self.are_kept {
            self.by.keeps_locks.store(true, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locks_are_kept_by_older_ones_and_where_there_are_several() {
        let kept = |version: &str, mounts: usize| {
            let mount = "--mount=type=cache,target=/a,sharing=locked ";
            let plan = StagePlan {
                name: "0".into(),
                instructions: vec![
                    "FROM a".into(),
                    format!("RUN {}cargo build", mount.repeat(mounts)),
                ],
            };
            let engine = EngineInfo {
                kind: "podman".into(),
                version: version.into(),
            };
            are_kept(&engine, &[plan])
        };
        assert!(kept("4.3.1", 2) && kept("3.0", 3));
        assert!(!kept("4.3.1", 1) && !kept("4.4.0", 2) && !kept("5.4.2", 2));
    }
}
