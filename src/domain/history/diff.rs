//! Two builds side by side: what changed between them.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::PastBuild;
use crate::domain::{
    base::BaseSource,
    build::StepStatus,
    ids::Bytes,
    record::{BuildRecord, CpuTime, EngineInfo, StepRecord},
};

/// Two builds side by side.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// The first one.
    pub a: Side,
    /// The other one.
    pub b: Side,
    /// Whether the engines differ, in kind or version: no figure may be compared then.
    pub engines_differ: bool,
    /// Whether they were built on different machines.
    pub machines_differ: bool,
    /// Steps of both, in `b`'s order; those that only `a` has come last.
    pub steps: Vec<StepPair>,
    /// Bases that are not the same in both.
    pub bases: Vec<BasePair>,
    /// Layers of `b`'s image that `a`'s has too; `None` where an engine did not tell digests.
    pub shared_layers: Option<usize>,
}

/// The figures of one build.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Side {
    /// Its number.
    pub id: i64,
    /// The machine's name.
    pub machine: String,
    /// The strategy.
    pub strategy: String,
    /// Start in UTC, RFC 3339.
    pub started: String,
    /// Which engine.
    pub engine: EngineInfo,
    /// How it ended, in a word, with the gate's.
    pub outcome: &'static str,
    /// Wall clock seconds.
    pub wall_s: f64,
    /// CPU time; `None` where it is not known.
    pub cpu: Option<CpuTime>,
    /// Bytes of the context's files.
    pub context_bytes: Option<Bytes>,
    /// Unpacked bytes of the image.
    pub image_bytes: Option<Bytes>,
    /// Bytes of the image's layers as gzip makes them; `None` where they were not measured.
    pub compressed_bytes: Option<Bytes>,
    /// Compressed bytes that a push after the one before sends.
    pub push_bytes: Option<Bytes>,
    /// Compressed bytes that a pull fetches where the one before is.
    pub pull_bytes: Option<Bytes>,
    /// Layers of the image; `None` where there is no image.
    pub layers: Option<usize>,
    /// Cached steps, and all.
    pub cached: (usize, usize),
}

/// One step in both builds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StepPair {
    /// Name of the stage.
    pub stage: String,
    /// The instruction.
    pub instruction: String,
    /// What became of it in `a`; `None` where that build has no such step.
    pub a: Option<StepEnd>,
    /// The same in `b`.
    pub b: Option<StepEnd>,
    /// What is different.
    pub change: Change,
}

/// What became of a step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct StepEnd {
    /// What became of it.
    pub status: StepStatus,
    /// Seconds that it took; `None` when it never began.
    pub seconds: Option<f64>,
}

/// What is different of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// It ended in the same way.
    None,
    /// It ran in `a` and came from the cache in `b`.
    Cached,
    /// It came from the cache in `a` and ran in `b`.
    RanAgain,
    /// It ended in another way.
    Other,
    /// Only `a` has it.
    OnlyA,
    /// Only `b` has it.
    OnlyB,
}

/// One base in both builds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BasePair {
    /// The base.
    pub base: String,
    /// In `a`; `None` where it did not start from it.
    pub a: Option<BaseUsed>,
    /// In `b`.
    pub b: Option<BaseUsed>,
}

/// Which image a base was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BaseUsed {
    /// The name that the engine was given.
    pub reference: String,
    /// How it came to be there.
    pub source: BaseSource,
    /// Ids of the images that stages began with, where the engine told them.
    pub images: BTreeSet<String>,
}

impl Difference {
    /// What changed from one build to another.
    #[must_use]
    pub fn of(a: &PastBuild, b: &PastBuild) -> Self {
        let (one, other) = (&a.record, &b.record);
        Self {
            engines_differ: one.engine != other.engine,
            machines_differ: a.machine.id != b.machine.id,
            steps: steps(one, other),
            bases: bases(one, other),
            shared_layers: shared_layers(one, other),
            a: Side::of(a),
            b: Side::of(b),
        }
    }
}

impl Side {
    fn of(past: &PastBuild) -> Self {
        let record = &past.record;
        let cpu = record.cpu;
        Self {
            id: past.id,
            machine: past.machine.name.clone(),
            strategy: record.strategy.clone(),
            started: record.started.clone(),
            engine: record.engine.clone(),
            outcome: record.word(),
            wall_s: record.wall_s,
            cpu,
            context_bytes: record.context_bytes,
            image_bytes: record.image_bytes(),
            compressed_bytes: record.compressed_bytes(),
            push_bytes: record.push.map(|push| push.bytes),
            pull_bytes: record.pull.map(|pull| pull.bytes),
            layers: record.image.as_ref().map(|_| record.layers.len()),
            cached: record.cached_of(),
        }
    }
}

/// Stage and instruction. A stage has one `FROM`, whatever base it names.
fn name(step: &StepRecord) -> (&str, &str) {
    let instruction = if step.index == 1 {
        "FROM"
    } else {
        &step.instruction
    };
    (&step.stage, instruction)
}

/// The first step of a name is the other build's first one of it, and so on.
fn steps(a: &BuildRecord, b: &BuildRecord) -> Vec<StepPair> {
    let mut of_a: BTreeMap<(&str, &str), Vec<&StepRecord>> = BTreeMap::new();
    for step in a.steps.iter().rev() {
        of_a.entry(name(step)).or_default().push(step);
    }
    let mut pairs: Vec<StepPair> = Vec::new();
    for step in &b.steps {
        let same = of_a.get_mut(&name(step)).and_then(Vec::pop);
        pairs.push(StepPair::of(same, Some(step), step));
    }
    let mut rest: Vec<&StepRecord> = of_a.into_values().flatten().collect();
    let order = |step: &&StepRecord| a.steps.iter().position(|other| std::ptr::eq(*step, other));
    rest.sort_by_key(order);
    pairs.extend(
        rest.into_iter()
            .map(|step| StepPair::of(Some(step), None, step)),
    );
    pairs
}

impl StepPair {
    fn of(a: Option<&StepRecord>, b: Option<&StepRecord>, named: &StepRecord) -> Self {
        let end = |step: &StepRecord| StepEnd {
            status: step.status,
            seconds: step.seconds,
        };
        let (a, b) = (a.map(end), b.map(end));
        Self {
            stage: named.stage.clone(),
            instruction: named.instruction.clone(),
            change: change(a, b),
            a,
            b,
        }
    }
}

fn change(a: Option<StepEnd>, b: Option<StepEnd>) -> Change {
    use StepStatus::{Cached, Ran};
    match (a.map(|end| end.status), b.map(|end| end.status)) {
        (None, None) => Change::None,
        (Some(_), None) => Change::OnlyA,
        (None, Some(_)) => Change::OnlyB,
        (Some(one), Some(other)) if one == other => Change::None,
        (Some(Ran), Some(Cached)) => Change::Cached,
        (Some(Cached), Some(Ran)) => Change::RanAgain,
        (Some(_), Some(_)) => Change::Other,
    }
}

fn bases(a: &BuildRecord, b: &BuildRecord) -> Vec<BasePair> {
    let ids: BTreeSet<&str> = [a, b]
        .into_iter()
        .flat_map(|record| &record.bases)
        .map(|base| base.id.0.as_str())
        .collect();
    let pairs = ids.into_iter().map(|id| BasePair {
        base: id.to_owned(),
        a: used(a, id),
        b: used(b, id),
    });
    pairs.filter(|pair| pair.a != pair.b).collect()
}

fn used(record: &BuildRecord, id: &str) -> Option<BaseUsed> {
    let base = record.bases.iter().find(|base| base.id.0 == id)?;
    // Of a `FROM` the result is the base itself.
    let begins = record.steps.iter().filter(|step| {
        let mut words = step.instruction.split_whitespace();
        step.index == 1 && words.any(|word| word == base.reference)
    });
    Some(BaseUsed {
        reference: base.reference.clone(),
        source: base.source,
        images: begins
            .filter_map(|step| step.image.as_ref())
            .map(|image| image.short().to_owned())
            .collect(),
    })
}

fn shared_layers(a: &BuildRecord, b: &BuildRecord) -> Option<usize> {
    let (one, other) = (a.image.as_ref()?, b.image.as_ref()?);
    if one.diff_ids.is_empty() || other.diff_ids.is_empty() {
        return None;
    }
    let shared = other.diff_ids.iter();
    Some(shared.filter(|layer| one.diff_ids.contains(layer)).count())
}
