//! What earlier builds teach: figures of strategies, and how long a step takes when it runs.

use std::{collections::HashMap, time::Duration};

use crate::domain::{
    build::StepStatus,
    event::{Outcome, StepKey, Subject},
    ids::{Bytes, StrategyId},
    record::BuildRecord,
    scenario::{Scenario, scenarios},
    verdict::Verdict,
};

use super::state::live::LiveBuild;

/// How many records of one strategy are kept for the timings.
const KEPT: usize = 50;

/// Records by strategy, and the seconds of steps.
#[derive(Debug, Default)]
pub(super) struct History {
    records: HashMap<StrategyId, Vec<BuildRecord>>,
    figures: HashMap<StrategyId, Figures>,
    edits: HashMap<StrategyId, Vec<f64>>,
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

/// What is known of a strategy's image.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Standing<'a> {
    /// None was made yet.
    NotBuilt,
    /// The newest one may be compared with others.
    Valid(&'a BuildRecord),
    /// The newest one is wrong, for this reason. Older ones do not stand for it.
    Invalid(&'a str),
}

/// The figures of one strategy's row; none where the newest image is wrong.
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
    /// Whether there are figures, and nobody asked whether their image is right.
    pub(super) unverified: bool,
}

impl History {
    /// Takes a record in, newer than all before it.
    pub(super) fn learn(&mut self, record: BuildRecord) {
        let subject = record.subject.to_string();
        let timed = record.steps.iter();
        // What cargo says of itself takes time.
        for step in timed.filter(|_| !record.purpose.is_look()) {
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
            let id = id.clone();
            let records = self.records.entry(id.clone()).or_default();
            if records.len() == KEPT {
                records.remove(0);
            }
            records.push(record);
            let figures = Figures::of(records);
            self.edits.insert(id.clone(), edits(records));
            self.figures.insert(id, figures);
        }
    }

    /// Records of a strategy, oldest first.
    pub(super) fn of(&self, strategy: &StrategyId) -> &[BuildRecord] {
        self.records.get(strategy).map_or(&[], Vec::as_slice)
    }

    /// All records of strategies; those of one strategy stand together, oldest first.
    pub(super) fn all(&self) -> impl Iterator<Item = &BuildRecord> {
        self.records.values().flatten()
    }

    /// What is known of a strategy's image.
    pub(super) fn standing(&self, strategy: &StrategyId) -> Standing<'_> {
        standing(self.of(strategy))
    }

    /// The figures of a strategy.
    pub(super) fn figures(&self, strategy: &StrategyId) -> Figures {
        self.figures.get(strategy).copied().unwrap_or_default()
    }

    /// Seconds of a strategy's builds after an edit that count, oldest first.
    pub(super) fn edits(&self, strategy: &StrategyId) -> &[f64] {
        self.edits.get(strategy).map_or(&[], Vec::as_slice)
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

impl Figures {
    /// The figures of a strategy with these records, oldest first.
    fn of(records: &[BuildRecord]) -> Self {
        let Standing::Valid(last) = standing(records) else {
            return Self::default();
        };
        let scenarios = scenarios(records);
        let newest = |wanted: Scenario| {
            let mut runs = records.iter().zip(&scenarios).rev();
            let found = runs.find(|(record, is)| **is == wanted && record.counts());
            found.map(|(record, _)| record.wall())
        };
        Self {
            size: last.image_bytes(),
            last: Some(last.wall()),
            edit: newest(Scenario::Edit),
            cold: newest(Scenario::Cold),
            cached: Some(last.cached_of()),
            equivalent: last.has_equivalent_base(),
            unverified: !is_verified(last),
        }
    }
}

fn edits(records: &[BuildRecord]) -> Vec<f64> {
    let runs = records.iter().zip(scenarios(records));
    let edits = runs.filter(|(record, is)| *is == Scenario::Edit && record.counts());
    edits.map(|(record, _)| record.wall_s).collect()
}

fn standing(records: &[BuildRecord]) -> Standing<'_> {
    let mut newest_first = records.iter().rev();
    let newest =
        newest_first.find(|record| record.outcome == Outcome::Built && !record.purpose.is_look());
    match newest.map(|record| (record, &record.verdict)) {
        None => Standing::NotBuilt,
        Some((_, Some(Verdict::Invalid { reason }))) => Standing::Invalid(reason),
        Some((record, _)) => Standing::Valid(record),
    }
}

/// Whether the gate looked at the image and found it right.
pub(super) fn is_verified(record: &BuildRecord) -> bool {
    matches!(record.verdict, Some(Verdict::Verified { .. }))
}
