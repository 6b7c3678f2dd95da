//! Lets old results go, so that a day of rebuilds does not fill the disk.
//!
//! Podman's cache *is* images: every edit leaves one for each step that ran, up to a gigabyte a
//! rebuild. Of each strategy the results of the newest builds are kept, so that taking an edit
//! back is a hit. What is older goes, if one of our own builds made it (the history says so), no
//! kept build uses it, and nobody gave it a name. What is lost at worst is a cache hit.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use super::Runner;
use crate::domain::{build::StepStatus, event::Trigger, ids::ImageId, record::BuildRecord};

/// How many of a strategy's newest builds keep their results, failed and cancelled ones too.
const KEPT_BUILDS: usize = 3;
/// How many of those before them are looked at: a result may have been in use at the first look.
const FALLEN_BUILDS: usize = 2;

pub(super) async fn let_go(runner: &Runner, newest: &BuildRecord) {
    let history = runner.state.history();
    let Ok(Ok(records)) = tokio::task::spawn_blocking(move || history.load()).await else {
        return;
    };
    let ours: Vec<BuildRecord> = records
        .into_iter()
        .filter(|record| record.engine.kind == newest.engine.kind)
        .collect();
    for image in outdated(&ours, newest) {
        // Not there any more, or somebody is based on it: both are fine.
        let _ = runner.engine.remove_image(&image.0).await;
    }
}

/// Images that only builds before the kept ones made: of the ones that fell out of the kept
/// ones last. What came before those was let go when they did.
fn outdated(records: &[BuildRecord], newest: &BuildRecord) -> Vec<ImageId> {
    let mut seen: BTreeMap<(String, &Path), usize> = BTreeMap::new();
    let mut in_use: Vec<&ImageId> = Vec::new();
    let mut fallen: Vec<&ImageId> = Vec::new();
    let mut unedited = BTreeSet::new();
    for record in records.iter().rev() {
        let subject = (record.subject.to_string(), record.app.as_path());
        let count = seen.entry(subject).or_default();
        *count += 1;
        // What an edit taken back returns to.
        let is_return = record.trigger == Trigger::Asked
            && !record.purpose.is_look()
            && unedited.insert((record.subject.to_string(), &record.app));
        if *count <= KEPT_BUILDS || is_return {
            in_use.extend(record.steps.iter().filter_map(|step| step.image.as_ref()));
            in_use.extend(record.image.iter().map(|image| &image.id));
        } else if *count <= KEPT_BUILDS + FALLEN_BUILDS
            && record.subject == newest.subject
            && record.app == newest.app
        {
            let ran = record.steps.iter();
            let ran = ran.filter(|step| step.status == StepStatus::Ran);
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
        record.trigger = Trigger::Changed {
            files: vec!["src/main.rs".into()],
        };
        record.steps = steps
            .iter()
            .map(|(status, image)| StepRecord {
                stage: "build".into(),
                index: 1,
                of: 1,
                instruction: "RUN x".into(),
                status: *status,
                seconds: None,
                started_s: None,
                image: Some(ImageId((*image).to_owned())),
                crates: None,
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
            built("a", &[(Cached, "aaaaaaaaaa1"), (Ran, "dddddddddd1")]),
        ];
        let gone = outdated(&records, &records[4]);
        assert_eq!(gone, [ImageId("aaaaaaaaaa2".into())]);
        assert_eq!(outdated(&records[..4], &records[3]), []);
    }

    #[test]
    fn what_an_edit_returns_to_is_kept() {
        use StepStatus::Ran;
        let mut records: Vec<BuildRecord> = ["aaaaaaaaaa1", "bbbbbbbbbb1", "cccccccccc1"]
            .into_iter()
            .chain(["dddddddddd1", "eeeeeeeeee1"])
            .map(|image| built("a", &[(Ran, image)]))
            .collect();
        records[0].trigger = Trigger::Asked;
        let gone = outdated(&records, &records[4]);
        assert_eq!(gone, [ImageId("bbbbbbbbbb1".into())]);
    }

    #[test]
    fn a_result_that_came_from_the_cache_is_not_ours_to_let_go() {
        use StepStatus::{Cached, Ran};
        let records = [
            built("a", &[(Cached, "aaaaaaaaaa1")]),
            built("a", &[(Ran, "bbbbbbbbbb1")]),
            built("a", &[(Ran, "cccccccccc1")]),
            built("a", &[(Ran, "dddddddddd1")]),
        ];
        assert_eq!(outdated(&records, &records[3]), []);
    }
}
