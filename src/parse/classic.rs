//! What docker's classic builder prints → build events.
//!
//! Text without times; every instruction of the file counts, those before the first `FROM` too,
//! and stages run one after the other (docker 20.10.24):
//!
//! ```text
//! Step 3/12 : RUN cargo build
//!  ---> Using cache
//!  ---> Running in 4c11fcc454f3
//!  ---> 5527e34d9057                      the step is done; short id of its result
//! Removing intermediate container 4c11fcc454f3
//!  ---> Removed intermediate container 4c11fcc454f3       the same, docker 26.1.5 and 28.5.2
//! ```
//!
//! Output of a RUN can look like any of these lines: a `Step` is believed only when it is the
//! next one and repeats the Dockerfile's words; a step from the cache only before a container
//! runs; and a result ends nothing, the last one before the next step is the step's.

use super::{
    dockerfile::{fold_blanks, keyword_is},
    lines::Lines,
    terminal::sanitize_line,
};
use crate::domain::{
    event::{BuildEvent, StagePlan, StepKey},
    ids::ImageId,
};

/// What the builder says behind an arrow of the container that a step runs in.
const ABOUT_CONTAINER: [&str; 2] = ["Running in ", "Removed intermediate container "];

/// Follows one build's stream.
#[derive(Debug)]
pub struct ClassicStream {
    lines: Lines,
    plan: Vec<StagePlan>,
    /// The number of the step announced last; 0 before the first.
    number: usize,
    /// How many there are, as the first line told.
    of: Option<usize>,
    step: Option<StepKey>,
    running: bool,
    /// The step printed something of its own; a FROM that did was pulled.
    printed: bool,
    /// It runs in a container.
    contained: bool,
    /// What it made, as was said last.
    result: Option<ImageId>,
}

impl ClassicStream {
    /// Follows a build of these steps.
    #[must_use]
    pub fn new(plan: Vec<StagePlan>) -> Self {
        Self {
            lines: Lines::default(),
            plan,
            number: 0,
            of: None,
            step: None,
            running: false,
            printed: false,
            contained: false,
            result: None,
        }
    }

    /// Takes a piece of the stream in and hands every event that it completes to `emit`.
    pub fn push(&mut self, chunk: &str, mut emit: impl FnMut(BuildEvent)) {
        let mut lines = std::mem::take(&mut self.lines);
        lines.push(chunk, |line| self.line(line, &mut emit));
        self.lines = lines;
    }

    /// The end of a build that failed: hands out what stands without a line end.
    pub fn flush(&mut self, mut emit: impl FnMut(BuildEvent)) {
        let mut lines = std::mem::take(&mut self.lines);
        lines.finish(|line| self.line(line, &mut emit));
    }

    /// The end of a build that went well.
    pub fn finish(&mut self, mut emit: impl FnMut(BuildEvent)) {
        self.flush(&mut emit);
        self.close(&mut emit);
    }

    /// The step at work when the build failed, and its instruction.
    #[must_use]
    pub fn failed(&self) -> Option<(StepKey, &str)> {
        let step = self.step.filter(|_| self.running)?;
        let stage = self.plan.get(step.stage)?;
        Some((step, stage.instructions.get(step.index - 1)?))
    }

    fn line(&mut self, line: &str, emit: &mut impl FnMut(BuildEvent)) {
        let line = line.strip_suffix('\r').unwrap_or(line);
        if self.control(line, emit) {
            return;
        }
        // The last words of a build, behind the last step's result.
        let is_farewell = self.result.is_some() && line.starts_with("Successfully ");
        let step = self.step.filter(|_| self.running && !is_farewell);
        self.printed |= step.is_some();
        emit(BuildEvent::Output {
            step,
            line: sanitize_line(line),
        });
    }

    /// Whether the line is the builder's own.
    fn control(&mut self, line: &str, emit: &mut impl FnMut(BuildEvent)) -> bool {
        if let Some(announced) = parse_step(line) {
            return self.begin(&announced, emit);
        }
        if line.is_empty() && !self.running {
            return true;
        }
        if line.starts_with("Removing intermediate container ") {
            return self.running && self.step.is_some();
        }
        let Some(rest) = line.strip_prefix(" ---> ") else {
            return false;
        };
        match rest.trim() {
            "" => self.running,
            "Using cache" => self.used_cache(emit),
            rest if ABOUT_CONTAINER.iter().any(|sign| rest.starts_with(sign)) => {
                self.contained |= self.running;
                self.running
            }
            id if is_id(id) => self.result(id, emit),
            _ => false,
        }
    }

    fn begin(&mut self, announced: &Announced<'_>, emit: &mut impl FnMut(BuildEvent)) -> bool {
        let fits = announced.number == self.number + 1
            && *self.of.get_or_insert(announced.of) == announced.of;
        if !fits {
            return false;
        }
        let Some(place) = self.next_place(announced.instruction) else {
            return false;
        };
        self.close(emit);
        self.number = announced.number;
        let Place::At(step) = place else {
            return true;
        };
        self.step = Some(step);
        self.printed = false;
        self.contained = false;
        self.result = None;
        self.running = true;
        emit(BuildEvent::StepStarted {
            step,
            of: self.plan[step.stage].instructions.len(),
            instruction: fold_blanks(&sanitize_line(announced.instruction)),
        });
        true
    }

    /// Where the next step stands; `None` if its text is not the Dockerfile's.
    fn next_place(&self, instruction: &str) -> Option<Place> {
        let mut next = match self.step {
            None => StepKey { stage: 0, index: 1 },
            Some(step) => StepKey {
                index: step.index + 1,
                ..step
            },
        };
        if self.plan.get(next.stage)?.instructions.len() < next.index {
            next = StepKey {
                stage: next.stage + 1,
                index: 1,
            };
        }
        let planned = self
            .plan
            .get(next.stage)?
            .instructions
            .get(next.index - 1)?;
        if is_same(planned, instruction) {
            return Some(Place::At(next));
        }
        let is_before = self.step.is_none() && keyword_is(instruction, "ARG");
        is_before.then_some(Place::BeforeStages)
    }

    fn used_cache(&mut self, emit: &mut impl FnMut(BuildEvent)) -> bool {
        // The builder looks into its cache before it runs anything.
        let is_early = self.running && !self.printed && !self.contained;
        let Some(step) = self.step.filter(|_| is_early) else {
            return false;
        };
        self.running = false;
        emit(BuildEvent::StepCached { step });
        true
    }

    fn result(&mut self, id: &str, emit: &mut impl FnMut(BuildEvent)) -> bool {
        let Some(step) = self.step else {
            return false;
        };
        let image = ImageId(id.to_owned());
        if self.running {
            self.result = Some(image);
        } else if step.index > 1 {
            emit(BuildEvent::ResultNamed { step, image });
        }
        true
    }

    /// Ends the step at work. A FROM was cached unless it had to say something (a pull).
    fn close(&mut self, emit: &mut impl FnMut(BuildEvent)) {
        let Some(step) = self.step.filter(|_| std::mem::take(&mut self.running)) else {
            return;
        };
        emit(if step.index == 1 && !self.printed {
            BuildEvent::StepCached { step }
        } else {
            BuildEvent::StepRan { step }
        });
        if let Some(image) = self.result.take().filter(|_| step.index > 1) {
            emit(BuildEvent::ResultNamed { step, image });
        }
    }
}

/// Where an instruction stands.
enum Place {
    /// An `ARG` before the first `FROM`: no step of ours.
    BeforeStages,
    At(StepKey),
}

/// `Step number/of : instruction`.
struct Announced<'line> {
    number: usize,
    of: usize,
    instruction: &'line str,
}

fn parse_step(line: &str) -> Option<Announced<'_>> {
    let (numbers, instruction) = line.strip_prefix("Step ")?.split_once(" : ")?;
    let (number, of) = numbers.split_once('/')?;
    Some(Announced {
        number: number.parse().ok()?,
        of: of.parse().ok()?,
        instruction,
    })
}

/// The builder prints an instruction with its own quotes and blanks; the words are the file's. Of
/// a label only the name is known beforehand.
fn is_same(planned: &str, printed: &str) -> bool {
    let signs = |text: &str| -> String {
        text.chars()
            .filter(|sign| !sign.is_whitespace() && !"\"'\\".contains(*sign))
            .flat_map(char::to_lowercase)
            .collect()
    };
    let (planned, printed) = (signs(planned), signs(printed));
    planned == printed || planned.starts_with("label") && printed.starts_with(&planned)
}

/// Docker shortens to 12 hexadecimal digits.
fn is_id(text: &str) -> bool {
    text.len() >= 12 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests;
