//! What earlier builds teach: figures of strategies, and how long a step takes when it runs.

use std::{collections::HashMap, time::Duration};

use crate::domain::{
    build::StepStatus,
    edit::EditKind,
    event::{Outcome, StepKey, Subject, Trigger},
    ids::{Bytes, StrategyId},
    record::{BuildRecord, StepRecord},
};

use super::state::live::LiveBuild;

/// How many records of one strategy are kept for the timings.
const KEPT: usize = 50;

/// Records by strategy, and the seconds of steps.
#[derive(Debug, Default)]
pub(super) struct History {
    records: HashMap<StrategyId, Vec<BuildRecord>>,
    ran: HashMap<StepName, Duration>,
    last: HashMap<StepName, Duration>,
}

/// A step across builds.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct StepName {
    subject: String,
    stage: String,
    instruction: String,
}

/// The figures of one strategy's row.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Figures {
    /// Unpacked size of the last image.
    pub(super) size: Option<Bytes>,
    /// Wall clock of the last build after an edit.
    pub(super) edit: Option<Duration>,
    /// Wall clock of the last build, whatever was cached.
    pub(super) last: Option<Duration>,
    /// Wall clock of the last build with nothing cached.
    pub(super) cold: Option<Duration>,
    /// Cached steps of the last build, and how many there are.
    pub(super) cached: Option<(usize, usize)>,
    /// Whether the last image stands on a base that was built locally.
    pub(super) equivalent: bool,
}

impl History {
    /// Takes a record in, newer than all before it.
    pub(super) fn learn(&mut self, record: BuildRecord) {
        let subject = record.subject.to_string();
        for step in &record.steps {
            let Some(took) = step
                .seconds
                .and_then(|s| Duration::try_from_secs_f64(s).ok())
            else {
                continue;
            };
            let name = StepName::new(&subject, &step.stage, &step.instruction);
            if step.status == StepStatus::Ran {
                self.ran.insert(name.clone(), took);
            }
            self.last.insert(name, took);
        }
        if let Subject::Strategy(id) = &record.subject {
            let records = self.records.entry(id.clone()).or_default();
            if records.len() == KEPT {
                records.remove(0);
            }
            records.push(record);
        }
    }

    /// Records of a strategy, oldest first.
    pub(super) fn of(&self, strategy: &StrategyId) -> &[BuildRecord] {
        self.records.get(strategy).map_or(&[], Vec::as_slice)
    }

    /// The last record that has an image.
    pub(super) fn built(&self, strategy: &StrategyId) -> Option<&BuildRecord> {
        let mut records = self.of(strategy).iter().rev();
        records.find(|record| record.outcome == Outcome::Built)
    }

    /// The figures of a strategy.
    pub(super) fn figures(&self, strategy: &StrategyId) -> Figures {
        let built = || {
            let records = self.of(strategy).iter().rev();
            records.filter(|record| record.outcome == Outcome::Built)
        };
        let Some(last) = built().next() else {
            return Figures::default();
        };
        Figures {
            size: last.image_bytes(),
            last: Some(last.wall()),
            edit: built()
                .find(|record| is_rebuild(record))
                .map(BuildRecord::wall),
            cold: built()
                .find(|record| is_cold(record))
                .map(BuildRecord::wall),
            cached: Some(last.cached_of()),
            equivalent: last.has_equivalent_base(),
        }
    }

    /// How long this step takes when it runs, as last seen.
    pub(super) fn ran(&self, live: &LiveBuild, key: StepKey) -> Option<Duration> {
        self.ran.get(&StepName::of(live, key)?).copied()
    }

    /// Time that cached steps did not take; `None` where nothing is known.
    pub(super) fn saved(&self, live: &LiveBuild) -> Option<Duration> {
        let cached = live
            .build
            .steps()
            .filter(|(_, step)| step.status == StepStatus::Cached);
        let known: Vec<Duration> = cached.filter_map(|(key, _)| self.ran(live, key)).collect();
        (!known.is_empty()).then(|| known.iter().sum())
    }

    /// Time that the build will still take; `None` unless all steps to come are known.
    pub(super) fn left(&self, live: &LiveBuild, now: Duration) -> Option<Duration> {
        let mut sum = Duration::ZERO;
        for (number, stage) in live.build.stages.iter().enumerate() {
            let mut runs = false;
            for (position, step) in stage.steps.iter().enumerate() {
                let key = StepKey {
                    stage: number,
                    index: position + 1,
                };
                let name = StepName::of(live, key)?;
                match step.status {
                    StepStatus::Running => {
                        runs = true;
                        let elapsed = live.step_time(step, now).unwrap_or_default();
                        sum += self.ran.get(&name)?.saturating_sub(elapsed);
                    }
                    StepStatus::Waiting => {
                        let seconds = if runs { &self.ran } else { &self.last };
                        sum += *seconds.get(&name).or_else(|| self.last.get(&name))?;
                    }
                    StepStatus::Ran if position > 0 => runs = true,
                    _ => {}
                }
            }
        }
        Some(sum)
    }
}

impl StepName {
    fn new(subject: &str, stage: &str, instruction: &str) -> Self {
        Self {
            subject: subject.to_owned(),
            stage: stage.to_owned(),
            instruction: instruction.to_owned(),
        }
    }

    fn of(live: &LiveBuild, key: StepKey) -> Option<Self> {
        let stage = live.build.stages.get(key.stage)?;
        let step = live.build.step(key)?;
        Some(Self::new(&live.key(), &stage.name, &step.instruction))
    }
}

fn is_from(step: &StepRecord) -> bool {
    step.index == 1
}

/// After an edit of ours, or after one of the user's that the watcher saw. A build that was only
/// asked for may have been the first one.
fn is_rebuild(record: &BuildRecord) -> bool {
    let edited = matches!(
        record.trigger,
        Trigger::Changed { .. }
            | Trigger::Edited {
                edit: EditKind::Source,
                ..
            }
    );
    let mut steps = record.steps.iter().filter(|step| !is_from(step));
    edited && !record.no_cache && steps.any(|step| step.status == StepStatus::Ran)
}

/// No command's result came from the cache; settings like `ENV` are shared by all strategies
/// and cost nothing.
fn is_cold(record: &BuildRecord) -> bool {
    let commands = || {
        let steps = record.steps.iter();
        steps.filter(|step| step.instruction.starts_with("RUN "))
    };
    let cached = commands().any(|step| step.status == StepStatus::Cached);
    record.no_cache || (!cached && commands().any(|step| step.status == StepStatus::Ran))
}
