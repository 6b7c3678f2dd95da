//! Cache mounts: folders that a builder keeps between builds, beside its layers.

use super::{build::StepStatus, record::BuildRecord};

/// Where an instruction mounts caches: `/app/target` of `RUN --mount=type=cache,target=/app/target …`.
pub fn cache_mounts(instruction: &str) -> impl Iterator<Item = &str> {
    options(instruction).filter_map(|mount| value(mount, &["target", "dst", "destination"]))
}

/// Ids of the caches that an instruction mounts, of those that have one.
pub fn cache_ids(instruction: &str) -> impl Iterator<Item = &str> {
    options(instruction).filter_map(|mount| value(mount, &["id"]))
}

/// How many caches an instruction mounts that others wait for (`sharing=locked`).
#[must_use]
pub fn locked_caches(instruction: &str) -> usize {
    let mounts = options(instruction);
    mounts
        .filter(|mount| value(mount, &["sharing"]) == Some("locked"))
        .count()
}

/// `type=cache,target=/a` of each cache that an instruction mounts.
fn options(instruction: &str) -> impl Iterator<Item = &str> {
    let words = instruction.split_whitespace().skip(1);
    words
        .take_while(|word| word.starts_with("--"))
        .filter_map(|word| word.strip_prefix("--mount="))
        .filter(|mount| mount.split(',').any(|part| part == "type=cache"))
}

/// What one of these keys is set to.
fn value<'a>(mount: &'a str, keys: &[&str]) -> Option<&'a str> {
    mount.split(',').find_map(|part| {
        let (key, value) = part.split_once('=')?;
        keys.contains(&key).then_some(value)
    })
}

/// The cache mounts that a build had in use when it was ended before its time: what is in them is
/// half done, and the next build goes on from there.
#[must_use]
pub fn left_half_done(record: &BuildRecord) -> Vec<&str> {
    let ended = |status| matches!(status, StepStatus::Cancelled | StepStatus::Failed);
    let steps = record.steps.iter().filter(|step| ended(step.status));
    steps
        .flat_map(|step| cache_mounts(&step.instruction))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::record::{StepRecord, sample};

    const RUN: &str = "RUN --mount=type=cache,id=a,target=/usr/local/cargo/registry,sharing=locked --mount=type=bind,target=/x --mount=dst=/app/target,type=cache cargo build --mount=type=cache,target=/no";

    #[test]
    fn mounts_are_read_off_the_instruction() {
        let found: Vec<&str> = cache_mounts(RUN).collect();
        assert_eq!(found, ["/usr/local/cargo/registry", "/app/target"]);
        assert_eq!(cache_ids(RUN).collect::<Vec<_>>(), ["a"]);
        assert_eq!(locked_caches(RUN), 1);
        assert_eq!(cache_mounts("RUN true").count(), 0);
        assert_eq!(cache_mounts("").count(), 0);
    }

    #[test]
    fn only_what_was_at_work_is_half_done() {
        let mut record = sample("any", 1.0);
        let step = |status| StepRecord {
            stage: "0".into(),
            index: 2,
            of: 2,
            instruction: RUN.into(),
            status,
            seconds: None,
            started_s: None,
            image: None,
            crates: None,
        };
        for status in [StepStatus::Ran, StepStatus::Cached, StepStatus::NotReached] {
            record.steps = vec![step(status)];
            assert!(left_half_done(&record).is_empty(), "{status:?}");
        }
        record.steps = vec![step(StepStatus::Cancelled)];
        assert_eq!(left_half_done(&record).len(), 2);
    }
}
