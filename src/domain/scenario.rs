//! What a finished build can be measured as: after an edit, or cold.
//!
//! A single record does not tell. A strategy with one `RUN` compiles everything after an edit, and
//! that is its price; a strategy that keeps its dependencies does so only while nothing of it is
//! in a cache yet. So the records of one strategy are judged together.

use std::{borrow::Borrow, path::Path};

use super::{
    bench::Prior,
    build::StepStatus,
    edit::EditKind,
    event::{Outcome, Trigger},
    mounts::{cache_mounts, left_half_done},
    record::{BuildRecord, StepRecord},
};

/// What was true before a build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scenario {
    /// A source was edited, and what the strategy keeps from build to build was there.
    Edit,
    /// No command's result was kept, neither in a layer nor in a cache mount.
    Cold,
    /// Anything else, e.g. everything cached, a shared cache, or a cache mount whose state is not
    /// known or that a cancelled build left.
    Other,
}

/// The scenario of each record. The records are all of one strategy and one app, the oldest first;
/// those of failed and of wrong builds too, as they fill caches all the same.
#[must_use]
pub fn scenarios<R: Borrow<BuildRecord>>(records: &[R]) -> Vec<Scenario> {
    let keeps_commands = records.iter().any(|record| {
        let record = record.borrow();
        is_after_edit(record) && has_command(record, StepStatus::Cached)
    });
    let mut built_before = false;
    let mut half_done = false;
    let mut found = Vec::with_capacity(records.len());
    for record in records {
        let record = record.borrow();
        let uses_mounts = record.steps.iter().any(has_cache_mount);
        found.push(if half_done && uses_mounts {
            Scenario::Other
        } else {
            scenario(record, built_before, keeps_commands)
        });
        built_before |= record.outcome == Outcome::Built;
        if record.outcome == Outcome::Built && uses_mounts {
            half_done = false;
        }
        half_done |= !left_half_done(record).is_empty();
    }
    found
}

/// `keeps_commands`: whether any build of the strategy after an edit took a command from the
/// cache. Where one did, a build in which every command ran is not what an edit costs.
fn scenario(record: &BuildRecord, built_before: bool, keeps_commands: bool) -> Scenario {
    // Figures of other changes are a benchmark's own.
    match record.prior {
        None | Some(Prior::Source) => {}
        Some(Prior::Cold) if has_command(record, StepStatus::Ran) => return Scenario::Cold,
        Some(_) => return Scenario::Other,
    }
    // What cargo says of itself takes time, and its commands run where they need not.
    if record.purpose.is_look() {
        return Scenario::Other;
    }
    // Steps came from elsewhere, or were sent there meanwhile.
    if !record.shared_cache.is_none() {
        return Scenario::Other;
    }
    let has_cached = has_command(record, StepStatus::Cached);
    if is_after_edit(record) && (has_cached || (built_before && !keeps_commands)) {
        return Scenario::Edit;
    }
    // `--no-cache` leaves cache mounts as they are.
    let may_be_warm = built_before && record.steps.iter().any(has_cache_mount);
    let all_ran = record.no_cache || !has_cached;
    if all_ran && has_command(record, StepStatus::Ran) && !may_be_warm {
        return Scenario::Cold;
    }
    Scenario::Other
}

/// After an edit of ours, or after one of the user's that the watcher saw, with something that
/// had to run again. A build that was only asked for may have been the first one.
fn is_after_edit(record: &BuildRecord) -> bool {
    let edited = match &record.trigger {
        Trigger::Edited { edit, .. } => *edit == EditKind::Source,
        Trigger::Changed { files } => !files.iter().any(|file| is_manifest(file)),
        Trigger::Asked | Trigger::NeededBy { .. } => false,
    };
    let mut steps = record.steps.iter().filter(|step| step.index > 1);
    edited && !record.no_cache && steps.any(|step| step.status == StepStatus::Ran)
}

/// A change of dependencies is no edit of a source.
fn is_manifest(file: &Path) -> bool {
    let name = file.file_name();
    name.is_some_and(|name| name == "Cargo.toml" || name == "Cargo.lock")
}

/// Only commands count: settings like `ENV` are shared by all strategies and cost nothing.
fn has_command(record: &BuildRecord, status: StepStatus) -> bool {
    let mut steps = record.steps.iter();
    steps.any(|step| step.status == status && step.instruction.starts_with("RUN "))
}

fn has_cache_mount(step: &StepRecord) -> bool {
    cache_mounts(&step.instruction).next().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::record::sample;
    use Scenario::{Cold, Edit, Other};

    fn asked(steps: &[(&str, StepStatus)]) -> BuildRecord {
        let mut record = sample("any", 10.0);
        let numbered = steps.iter().enumerate();
        record.steps = numbered
            .map(|(position, (instruction, status))| StepRecord {
                stage: "0".into(),
                index: position + 2,
                of: steps.len() + 1,
                instruction: (*instruction).to_owned(),
                status: *status,
                seconds: Some(1.0),
                started_s: None,
                image: None,
                crates: None,
            })
            .collect();
        record
    }

    fn edited(steps: &[(&str, StepStatus)]) -> BuildRecord {
        let mut record = asked(steps);
        record.trigger = Trigger::Edited {
            edit: EditKind::Source,
            file: "src/main.rs".into(),
            line: None,
        };
        record
    }

    const RAN: StepStatus = StepStatus::Ran;
    const CACHED: StepStatus = StepStatus::Cached;
    const BUILD: &str = "RUN cargo build --release";
    const COOK: &str = "RUN cargo chef cook --release";
    const MOUNTED: &str = "RUN --mount=type=cache,target=/app/target cargo build --release";

    #[test]
    fn one_command_that_always_runs_is_what_an_edit_costs_after_the_first_build() {
        let steps = [("COPY . .", RAN), (BUILD, RAN)];
        let records = [edited(&steps), edited(&steps), edited(&steps)];
        assert_eq!(scenarios(&records), [Cold, Edit, Edit]);
    }

    #[test]
    fn where_an_edit_keeps_commands_a_build_that_ran_them_all_is_cold() {
        let cold = [(COOK, RAN), ("COPY . .", RAN), (BUILD, RAN)];
        let warm = [(COOK, CACHED), ("COPY . .", RAN), (BUILD, RAN)];
        let records = [edited(&cold), edited(&warm), edited(&cold)];
        assert_eq!(scenarios(&records), [Cold, Edit, Cold]);
        // Even where the first build is no longer known.
        assert_eq!(scenarios(&[edited(&warm)]), [Edit]);
    }

    #[test]
    fn a_cache_mount_that_was_filled_before_makes_no_cold_build() {
        let steps = [("COPY . .", RAN), (MOUNTED, RAN)];
        let mut without_cache = asked(&steps);
        without_cache.no_cache = true;
        let records = [asked(&steps), edited(&steps), without_cache, asked(&steps)];
        assert_eq!(scenarios(&records), [Cold, Edit, Other, Other]);
    }

    #[test]
    fn a_shared_cache_makes_neither_a_cold_figure_nor_one_of_an_edit() {
        let cold = [(COOK, RAN), (BUILD, RAN)];
        let mut records = [asked(&cold), edited(&[(COOK, CACHED), (BUILD, RAN)])];
        assert_eq!(scenarios(&records), [Cold, Edit]);
        for record in &mut records {
            record.shared_cache.from = Some("localhost:5000/cache".parse().unwrap());
        }
        assert_eq!(scenarios(&records), [Other, Other]);
    }

    #[test]
    fn what_a_cancelled_build_left_in_a_mount_is_no_figure_of_the_next_one() {
        let steps = [("COPY . .", RAN), (MOUNTED, RAN)];
        let mut cancelled = edited(&[("COPY . .", RAN), (MOUNTED, StepStatus::Cancelled)]);
        cancelled.outcome = Outcome::Cancelled;
        let records = [
            edited(&steps),
            edited(&steps),
            cancelled,
            edited(&steps),
            edited(&steps),
        ];
        // The cancelled one itself has no figures.
        let found = scenarios(&records);
        assert_eq!(
            [found[0], found[1], found[3], found[4]],
            [Cold, Edit, Other, Edit]
        );
    }

    #[test]
    fn what_was_cached_touched_or_only_asked_for_is_no_edit() {
        let cached = [("COPY . .", CACHED), (BUILD, CACHED)];
        let mut touched = edited(&cached);
        touched.trigger = Trigger::Edited {
            edit: EditKind::Touch,
            file: "src/main.rs".into(),
            line: None,
        };
        let mut bumped = edited(&[(COOK, RAN), (BUILD, RAN)]);
        bumped.trigger = Trigger::Changed {
            files: vec!["Cargo.toml".into()],
        };
        let records = [asked(&cached), edited(&cached), touched, bumped];
        assert_eq!(scenarios(&records), [Other, Other, Other, Cold]);
    }

    #[test]
    fn a_build_without_commands_is_measured_after_an_edit_only() {
        let steps = [("COPY hello /", RAN)];
        let mut failed = asked(&steps);
        failed.outcome = Outcome::Cancelled;
        let records = [failed, edited(&steps), edited(&steps)];
        assert_eq!(scenarios(&records), [Other, Other, Edit]);
    }
}
