//! What BuildKit tells of a build → build events.
//!
//! BuildKit works on a graph. Each vertex is told two to four times (begun, ended, cached), by
//! its digest; digests are new in every build whose context is uploaded as an archive, names are
//! not (docker 20.10.24, measured):
//!
//! ```text
//! [builder 3/6] RUN cargo build       stage, number and count of its vertices; arguments expanded
//! [stage-1 2/2] COPY …                a stage without a name · [2/3] where there is one stage only
//! [stage-1  2/12] COPY …              numbers are as wide as the count
//! [internal] load remote build context, copy /context /, exporting to image     its own work
//! ```
//!
//! Instructions that only set something are no vertices, and neither is a `FROM` of `scratch` or
//! of another stage ([`steps`]). Stages run side by side.

use std::collections::{BTreeSet, HashMap};

use super::{dockerfile::fold_blanks, lines::Lines, terminal::sanitize_line};
use crate::domain::{
    crates::LEFT_OUT,
    event::{BuildEvent, StagePlan, StepKey},
    ids::Bytes,
    text,
};

/// A vertex as it stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vertex {
    /// Names it within its build.
    pub digest: String,
    /// What people read.
    pub name: String,
    /// It has begun.
    pub started: bool,
    /// It has ended.
    pub completed: bool,
    /// Its result came from the cache.
    pub cached: bool,
    /// Why it failed; empty when it did not.
    pub error: String,
}

/// How far a transfer is, of a pull or an upload.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Transfer {
    /// Digest of the vertex that it belongs to.
    pub vertex: String,
    /// What is being done, and to what.
    pub name: String,
    /// Bytes done.
    pub current: u64,
    /// Bytes in all; 0 where that is not known.
    pub total: u64,
    /// It has ended.
    pub completed: bool,
}

/// Instructions that become vertices (BuildKit `dockerfile2llb/convert.go`: what counts towards
/// a stage's total).
const VERTICES: [&str; 4] = ["ADD", "COPY", "RUN", "WORKDIR"];

/// The most vertices that one build may tell of: the number only bounds our memory.
const MOST_VERTICES: usize = 10_000;

/// How BuildKit says that it leaves output out.
const CLIPPED: &str = "[output clipped, log limit ";

/// The instructions that BuildKit makes steps of. A stage's `FROM` stays, though BuildKit has no
/// vertex for one of `scratch` or another stage: everything else counts on it as the first step.
#[must_use]
pub fn steps(stages: Vec<StagePlan>) -> Vec<StagePlan> {
    let is_step = |instruction: &String| {
        let keyword = keyword(instruction);
        keyword == "FROM" || VERTICES.contains(&keyword.as_str())
    };
    let only_steps = |mut stage: StagePlan| {
        stage.instructions.retain(is_step);
        stage
    };
    stages.into_iter().map(only_steps).collect()
}

fn keyword(instruction: &str) -> String {
    let first = instruction.split_whitespace().next();
    first.unwrap_or_default().to_ascii_uppercase()
}

/// Follows one build's graph.
#[derive(Debug)]
pub struct BuildKitStream {
    plan: Vec<StagePlan>,
    vertices: HashMap<String, Followed>,
    /// Transfers that were told as ended.
    transferred: HashMap<String, u64>,
    /// Stages whose `FROM` is told.
    begun: BTreeSet<usize>,
    /// The step that failed.
    failed: Option<StepKey>,
}

/// A vertex that was told of.
#[derive(Debug, Default)]
struct Followed {
    name: String,
    step: Option<StepKey>,
    told: Told,
    lines: Lines,
    /// The begun character at the end of what it printed, at most three bytes.
    cut: Vec<u8>,
    /// It printed or transferred something.
    worked: bool,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd)]
enum Told {
    #[default]
    Nothing,
    Begun,
    Ended,
}

impl BuildKitStream {
    /// Follows a build of these steps, as [`steps`] tells them.
    #[must_use]
    pub fn new(plan: Vec<StagePlan>) -> Self {
        Self {
            plan,
            vertices: HashMap::new(),
            transferred: HashMap::new(),
            begun: BTreeSet::new(),
            failed: None,
        }
    }

    /// The step that failed, and its instruction.
    #[must_use]
    pub fn failed(&self) -> Option<(StepKey, &str)> {
        let step = self.failed?;
        let stage = self.plan.get(step.stage)?;
        Some((step, stage.instructions.get(step.index - 1)?))
    }

    /// Takes a vertex in as it stands now.
    pub fn vertex(&mut self, vertex: &Vertex, mut emit: impl FnMut(BuildEvent)) {
        if !self.vertices.contains_key(&vertex.digest) {
            if self.vertices.len() == MOST_VERTICES {
                return;
            }
            let followed = Followed {
                step: self.place(&vertex.name),
                name: sanitize_line(&vertex.name),
                ..Followed::default()
            };
            self.vertices.insert(vertex.digest.clone(), followed);
        }
        if vertex.started {
            self.begin(vertex, &mut emit);
        }
        if vertex.completed {
            self.end(vertex, &mut emit);
        }
    }

    /// A piece of what a vertex printed.
    pub fn output(&mut self, digest: &str, chunk: &[u8], mut emit: impl FnMut(BuildEvent)) {
        let Some(followed) = self.vertices.get_mut(digest) else {
            return;
        };
        followed.worked = true;
        let step = followed.step;
        // A piece can end within a character.
        let mut bytes = std::mem::take(&mut followed.cut);
        bytes.extend_from_slice(chunk);
        followed.cut = bytes.split_off(whole_characters(&bytes));
        let text = String::from_utf8_lossy(&bytes);
        followed.lines.push(&text, |line| emit(output(step, line)));
    }

    /// Progress of a transfer; told once it has ended.
    pub fn transfer(&mut self, transfer: &Transfer, mut emit: impl FnMut(BuildEvent)) {
        let Some(followed) = self.vertices.get_mut(&transfer.vertex) else {
            return;
        };
        // A base that is there is only looked up.
        followed.worked |= transfer.current > 0;
        if !transfer.completed || self.transferred.len() == MOST_VERTICES {
            return;
        }
        let key = format!("{} {}", transfer.vertex, transfer.name);
        if self.transferred.insert(key, transfer.current).is_some() {
            return;
        }
        let bytes = match transfer.current.max(transfer.total) {
            0 => String::new(),
            bytes => format!(" {}", text::bytes(Bytes(bytes))),
        };
        emit(output(followed.step, &format!("{}{bytes}", transfer.name)));
    }

    /// The end of the stream: hands out what stands without a line end.
    pub fn finish(&mut self, mut emit: impl FnMut(BuildEvent)) {
        for followed in self.vertices.values_mut() {
            followed.finish(&mut emit);
        }
    }

    fn begin(&mut self, vertex: &Vertex, emit: &mut impl FnMut(BuildEvent)) {
        let Some(followed) = self.vertices.get_mut(&vertex.digest) else {
            return;
        };
        if followed.told >= Told::Begun {
            return;
        }
        followed.told = Told::Begun;
        let Some(step) = followed.step else {
            emit(output(None, &followed.name));
            return;
        };
        let instruction = match followed.name.split_once("] ") {
            Some((_, instruction)) => fold_blanks(instruction),
            None => followed.name.clone(),
        };
        self.begin_stage(step, emit);
        emit(BuildEvent::StepStarted {
            step,
            of: self
                .plan
                .get(step.stage)
                .map_or(0, |stage| stage.instructions.len()),
            instruction,
        });
    }

    /// A `FROM` that is no vertex takes no time: it is there when its stage begins.
    fn begin_stage(&mut self, step: StepKey, emit: &mut impl FnMut(BuildEvent)) {
        let is_first = self.begun.insert(step.stage);
        if is_first && step.index > 1 {
            let from = StepKey { index: 1, ..step };
            emit(BuildEvent::StepCached { step: from });
        }
    }

    fn end(&mut self, vertex: &Vertex, emit: &mut impl FnMut(BuildEvent)) {
        let Some(followed) = self.vertices.get_mut(&vertex.digest) else {
            return;
        };
        if followed.told == Told::Ended {
            return;
        }
        followed.told = Told::Ended;
        followed.finish(emit);
        let Some(step) = followed.step else {
            return;
        };
        // BuildKit looks a base up each time and calls that no hit.
        let is_base_at_hand = step.index == 1 && !followed.worked;
        if !vertex.error.is_empty() {
            // The others are interrupted when one fails.
            if !is_interruption(&vertex.error) {
                self.failed.get_or_insert(step);
                emit(BuildEvent::StepFailed { step });
            }
        } else if vertex.cached || is_base_at_hand {
            emit(BuildEvent::StepCached { step });
        } else {
            emit(BuildEvent::StepRan { step });
        }
    }

    /// The step that a vertex's name means; `None` for BuildKit's own work.
    fn place(&self, name: &str) -> Option<StepKey> {
        let (place, instruction) = name.strip_prefix('[')?.split_once("] ")?;
        let mut words = place.split_whitespace().rev();
        let (index, of) = words.next()?.split_once('/')?;
        let (index, of): (usize, usize) = (index.parse().ok()?, of.parse().ok()?);
        let stage = match words.next() {
            None => 0,
            Some(name) => self.stage(name)?,
        };
        let planned = &self.plan.get(stage)?.instructions;
        let index = if planned.len() == of {
            index
        } else if planned.len() == of + 1 {
            index + 1
        } else {
            // An instruction that this BuildKit counts and we do not, or the other way round.
            self.by_text(stage, instruction)?
        };
        (1..=planned.len())
            .contains(&index)
            .then_some(StepKey { stage, index })
    }

    fn stage(&self, name: &str) -> Option<usize> {
        let by_name = |stage: &StagePlan| stage.name.eq_ignore_ascii_case(name);
        let found = self.plan.iter().position(by_name);
        let number = || name.strip_prefix("stage-")?.parse().ok();
        found.or_else(number)
    }

    /// The first step with the same keyword that no vertex has yet.
    fn by_text(&self, stage: usize, instruction: &str) -> Option<usize> {
        let wanted = keyword(instruction);
        let is_free = |index: usize| {
            let key = Some(StepKey { stage, index });
            self.vertices.values().all(|followed| followed.step != key)
        };
        let planned = self.plan.get(stage)?.instructions.iter().enumerate();
        let mut fitting = planned.filter(|(_, text)| keyword(text) == wanted);
        fitting.find_map(|(position, _)| is_free(position + 1).then_some(position + 1))
    }
}

impl Followed {
    /// Hands out what stands without a line end.
    fn finish(&mut self, emit: &mut impl FnMut(BuildEvent)) {
        let step = self.step;
        let cut = std::mem::take(&mut self.cut);
        let mut take = |line: &str| emit(output(step, line));
        self.lines.push(&String::from_utf8_lossy(&cut), &mut take);
        self.lines.finish(&mut take);
    }
}

/// How many bytes are whole characters, or no characters at all.
fn whole_characters(bytes: &[u8]) -> usize {
    let begin = bytes.len().saturating_sub(3);
    for at in (begin..bytes.len()).rev() {
        match std::str::from_utf8(&bytes[at..]) {
            Err(error) if error.valid_up_to() == 0 && error.error_len().is_none() => return at,
            _ => {}
        }
    }
    bytes.len()
}

/// What BuildKit says of a vertex that another one's failure, or the user, ended.
fn is_interruption(error: &str) -> bool {
    ["context canceled", "no active sessions"]
        .iter()
        .any(|sign| error.contains(sign))
}

fn output(step: Option<StepKey>, line: &str) -> BuildEvent {
    let line = line.strip_suffix('\r').unwrap_or(line);
    let line = match line.trim_start().strip_prefix(CLIPPED) {
        Some(limit) => format!(
            "{LEFT_OUT} (its log limit: {})",
            sanitize_line(limit.trim_end_matches(" reached]"))
        ),
        None => sanitize_line(line),
    };
    BuildEvent::Output { step, line }
}

#[cfg(test)]
mod tests;
