//! Lets old results go, so that a day of rebuilds does not fill the disk.
//!
//! Podman's cache *is* images: every edit leaves one for each step that ran, up to a gigabyte a
//! rebuild. Of each strategy the newest results are kept, and the ones before them, so that
//! taking an edit back is a hit. What is older goes, if it was made by us and is used by
//! nobody: only ids that our own builds made are ever named, and the engine refuses what others
//! are based on.

use std::collections::BTreeMap;

use super::Runner;
use crate::domain::{build::StepStatus, event::Outcome, ids::ImageId, record::BuildRecord};

/// How many of a strategy's newest builds keep their results.
const KEPT_BUILDS: usize = 2;

pub(super) async fn let_go(runner: &Runner, newest: &BuildRecord) {
    let history = runner.state.history();
    let Ok(Ok(records)) = tokio::task::spawn_blocking(move || history.load()).await else {
        return;
    };
    for image in outdated(&records, newest) {
        // Not there any more, or somebody is based on it: both are fine.
        let _ = runner.engine.remove_image(&image.0).await;
    }
}

/// Images that only builds before the kept ones made. Of the build that just fell out of the
/// kept ones; what came before it was let go when it did.
fn outdated(records: &[BuildRecord], newest: &BuildRecord) -> Vec<ImageId> {
    let mut seen: BTreeMap<(&str, &std::path::Path), usize> = BTreeMap::new();
    let mut in_use: Vec<&ImageId> = Vec::new();
    let mut fallen: Vec<&ImageId> = Vec::new();
    for record in records.iter().rev() {
        if record.outcome != Outcome::Built {
            continue;
        }
        let count = seen.entry((&record.strategy, &record.app)).or_default();
        *count += 1;
        if *count <= KEPT_BUILDS {
            in_use.extend(record.steps.iter().filter_map(|step| step.image.as_ref()));
            in_use.extend(record.image.iter().map(|image| &image.id));
        } else if *count == KEPT_BUILDS + 1
            && record.strategy == newest.strategy
            && record.app == newest.app
        {
            let ran = record
                .steps
                .iter()
                .filter(|step| step.status == StepStatus::Ran);
            fallen.extend(record.image.iter().map(|image| &image.id));
            // The last step's result is based on those before it.
            fallen.extend(ran.rev().filter_map(|step| step.image.as_ref()));
        }
    }
    fallen
        .into_iter()
        .filter(|image| !in_use.iter().any(|used| used.is_same(image)))
        .cloned()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::record::{StepRecord, sample};

    fn built(strategy: &str, steps: &[(StepStatus, &str)]) -> BuildRecord {
        let mut record = sample(strategy, 1.0);
        record.steps = steps
            .iter()
            .map(|(status, image)| StepRecord {
                stage: "build".into(),
                index: 1,
                of: 1,
                instruction: "RUN x".into(),
                status: *status,
                seconds: None,
                image: Some(ImageId((*image).to_owned())),
            })
            .collect();
        record
    }

    #[test]
    fn only_results_that_no_kept_build_uses_are_let_go() {
        use StepStatus::{Cached, Ran};
        let records = [
            built(
                "a",
                &[
                    (Ran, "aaaaaaaaaa1"),
                    (Ran, "aaaaaaaaaa2"),
                    (Ran, "aaaaaaaaaa3"),
                ],
            ),
            // another strategy shares one of them
            built("b", &[(Cached, "aaaaaaaaaa3000000000")]),
            built("a", &[(Cached, "aaaaaaaaaa1"), (Ran, "bbbbbbbbbb1")]),
            built("a", &[(Cached, "aaaaaaaaaa1"), (Ran, "cccccccccc1")]),
        ];
        let gone = outdated(&records, &records[3]);
        assert_eq!(gone, [ImageId("aaaaaaaaaa2".into())]);
        assert_eq!(outdated(&records[..3], &records[2]), []);
    }

    #[test]
    fn a_result_that_came_from_the_cache_is_not_ours_to_let_go() {
        use StepStatus::{Cached, Ran};
        let records = [
            built("a", &[(Cached, "aaaaaaaaaa1")]),
            built("a", &[(Ran, "bbbbbbbbbb1")]),
            built("a", &[(Ran, "cccccccccc1")]),
        ];
        assert_eq!(outdated(&records, &records[2]), []);
    }
}
