//! What podman's Docker-compatible build endpoint prints → build events.
//!
//! The stream is text without times, standard output and error merged (podman 4.3.1):
//!
//! ```text
//! [1/3] STEP 2/4: COPY a.txt .          one stage only: STEP 2/4: COPY a.txt .
//! --> Using cache <64 hex>              the step's result came from the cache
//! --> e99fafe0a17                       the step is done; short id of its result
//! [3/3] COMMIT localhost/name:latest    comes before the last step's `-->`
//! ```
//!
//! Only `STEP` and `COMMIT` name their stage. A stage that copies from another one may begin
//! before that one has run, so everything else belongs to the stage announced last that is
//! not finished. Output of a RUN can look like any of these lines; a `STEP` is believed only
//! when it is the next one of its stage, a `-->` only when a step is at work.

use super::{
    dockerfile::{self, fold_blanks},
    lines::Lines,
    terminal::sanitize_line,
};
use crate::domain::{
    event::{BuildEvent, StepKey},
    ids::ImageId,
};

/// Follows one build's stream.
#[derive(Debug, Default)]
pub struct PodmanStream {
    lines: Lines,
    stages: Vec<StageState>,
    /// How many stages the Dockerfile has, as the first line told.
    of_stages: Option<usize>,
    /// Stages that began and are not finished. The last one that waits for no other gets the
    /// unprefixed lines.
    open: Vec<usize>,
}

#[derive(Debug, Default, Clone)]
struct StageState {
    /// Number of the step begun last, from 1; 0 before the first.
    step: usize,
    of: usize,
    instruction: String,
    /// The step begun last is at work.
    running: bool,
    /// It printed something; a FROM that did was pulled.
    printed: bool,
    /// `AS name`, or the stage's number.
    name: String,
    /// Its last step is done.
    finished: bool,
}

impl PodmanStream {
    /// Takes a piece of the stream in and hands every event that it completes to `emit`.
    pub fn push(&mut self, chunk: &str, mut emit: impl FnMut(BuildEvent)) {
        let mut lines = std::mem::take(&mut self.lines);
        // A result is a message of its own (4.3.1 to 5.8.6): what a RUN printed before it without
        // a line end is a line by itself.
        if chunk.strip_suffix('\n').is_some_and(is_result) {
            lines.finish(|line| self.line(line, &mut emit));
        }
        lines.push(chunk, |line| self.line(line, &mut emit));
        self.lines = lines;
    }

    /// The end of the stream: hands out what stands without a line end.
    pub fn finish(&mut self, mut emit: impl FnMut(BuildEvent)) {
        let mut lines = std::mem::take(&mut self.lines);
        lines.finish(|line| self.line(line, &mut emit));
    }

    /// The step to which an error message belongs: the one that it quotes
    /// (`building at STEP "RUN …": …`), else the one at work.
    #[must_use]
    pub fn failed_step(&self, message: &str) -> Option<StepKey> {
        let at_work = || {
            let running = self.open.iter().rev();
            running.filter_map(|stage| Some((*stage, self.stages.get(*stage)?)))
        };
        let is_quoted = |(_, state): &(usize, &StageState)| {
            !state.instruction.is_empty() && message.contains(&state.instruction)
        };
        // One whose RUN forged a result is taken for finished.
        let all = self.stages.iter().enumerate();
        at_work()
            .find(is_quoted)
            .or_else(|| all.rev().find(is_quoted))
            .or_else(|| at_work().find(|(_, state)| state.running))
            .map(|(stage, state)| StepKey {
                stage,
                index: state.step,
            })
    }

    fn line(&mut self, line: &str, emit: &mut impl FnMut(BuildEvent)) {
        let line = line.strip_suffix('\r').unwrap_or(line);
        let control = match parse_control(line) {
            Some(Control::Step(announced)) => self.begin(&announced, emit),
            Some(Control::UsedCache(id)) => self.used_cache(id, emit),
            Some(Control::Result(id)) => self.result(id, emit),
            None => false,
        };
        if !control {
            let step = self.current_running().or_else(|| self.still_running());
            if let Some(key) = step {
                // A warning of the engine's own (logrus) says nothing of the step.
                self.stages[key.stage].printed |= !line.starts_with("time=\"");
            }
            emit(BuildEvent::Output {
                step,
                line: sanitize_line(line),
            });
        }
    }

    fn begin(&mut self, announced: &Announced<'_>, emit: &mut impl FnMut(BuildEvent)) -> bool {
        let &Announced {
            stage,
            stages,
            index,
            of,
            instruction,
        } = announced;
        if *self.of_stages.get_or_insert(stages) != stages {
            return false;
        }
        if self.stages.len() <= stage {
            self.stages.resize(stage + 1, StageState::default());
        }
        let state = &self.stages[stage];
        let fits = index == state.step + 1 && (state.step == 0 || of == state.of);
        if !fits {
            return false;
        }
        self.close_running(stage, emit);
        let name = match index {
            1 => dockerfile::stage_name(instruction).unwrap_or_else(|| stage.to_string()),
            _ => std::mem::take(&mut self.stages[stage].name),
        };
        self.stages[stage] = StageState {
            step: index,
            of,
            instruction: instruction.to_owned(),
            running: true,
            printed: false,
            name,
            finished: false,
        };
        self.open.retain(|open| *open != stage);
        self.open.push(stage);
        self.tell_started(stage, emit);
        true
    }

    fn tell_started(&self, stage: usize, emit: &mut impl FnMut(BuildEvent)) {
        let state = &self.stages[stage];
        let index = state.step;
        emit(BuildEvent::StepStarted {
            step: StepKey { stage, index },
            of: state.of,
            instruction: fold_blanks(&sanitize_line(&state.instruction)),
        });
    }

    fn used_cache(&mut self, id: &str, emit: &mut impl FnMut(BuildEvent)) -> bool {
        let Some(step) = self.current_running() else {
            return false;
        };
        // The engine looks into its cache before it runs anything.
        if self.stages[step.stage].printed {
            return false;
        }
        self.stages[step.stage].running = false;
        emit(BuildEvent::StepCached { step });
        if is_id(id) {
            let image = ImageId(id.to_owned());
            emit(BuildEvent::ResultNamed { step, image });
        }
        true
    }

    fn result(&mut self, id: &str, emit: &mut impl FnMut(BuildEvent)) -> bool {
        let Some(stage) = self.current() else {
            return false;
        };
        self.close_running(stage, emit);
        let state = &self.stages[stage];
        if state.step > 1 {
            // A RUN can print such a line too (a build within the build): the last one is ours.
            let step = StepKey {
                stage,
                index: state.step,
            };
            let image = ImageId(id.to_owned());
            emit(BuildEvent::ResultNamed { step, image });
        }
        if state.step == state.of {
            self.stages[stage].finished = true;
            self.open.retain(|open| *open != stage);
            // A step that copies from this stage was announced before it and only starts now:
            // the time that it waited is not its own.
            if let Some(waiting) = self.current_running() {
                self.tell_started(waiting.stage, emit);
            }
        }
        true
    }

    /// Ends the stage's step at work. A FROM prints no result line; it is over when the next
    /// step begins, and was cached unless it had to say something (a pull).
    fn close_running(&mut self, stage: usize, emit: &mut impl FnMut(BuildEvent)) {
        let state = &mut self.stages[stage];
        if !std::mem::take(&mut state.running) {
            return;
        }
        let step = StepKey {
            stage,
            index: state.step,
        };
        emit(if step.index == 1 && !state.printed {
            BuildEvent::StepCached { step }
        } else {
            BuildEvent::StepRan { step }
        });
    }

    /// The stage that the engine is at.
    fn current(&self) -> Option<usize> {
        let mut at_work = self.open.iter().rev().copied();
        at_work
            .find(|stage| !self.waits(*stage))
            .or_else(|| self.open.last().copied())
    }

    /// Whether the stage's step was announced and takes files from a stage that is not finished.
    fn waits(&self, stage: usize) -> bool {
        let state = &self.stages[stage];
        state.running && dockerfile::sources(&state.instruction).any(|from| self.is_to_come(from))
    }

    /// Whether this is a stage that is not finished, as opposed to a finished one or an image.
    fn is_to_come(&self, from: &str) -> bool {
        let mut begun = self.stages.iter().enumerate();
        let known = begun.find(|(number, state)| {
            state.step > 0 && (state.name.eq_ignore_ascii_case(from) || number.to_string() == from)
        });
        match known {
            Some((_, state)) => !state.finished,
            None => !from.contains(['/', ':']) && self.has_more_stages(),
        }
    }

    fn has_more_stages(&self) -> bool {
        let begun = self.stages.iter().filter(|state| state.step > 0).count();
        self.of_stages.is_some_and(|all| begun < all)
    }

    /// Behind the result of a step that is not its stage's last podman begins the next one: what
    /// comes instead is printed by a RUN that had printed such a line itself.
    fn still_running(&self) -> Option<StepKey> {
        let stage = self.current()?;
        let state = &self.stages[stage];
        let is_run = state.instruction.starts_with("RUN ");
        (is_run && state.step < state.of).then_some(StepKey {
            stage,
            index: state.step,
        })
    }

    fn current_running(&self) -> Option<StepKey> {
        let stage = self.current()?;
        let state = &self.stages[stage];
        state.running.then_some(StepKey {
            stage,
            index: state.step,
        })
    }
}

enum Control<'line> {
    Step(Announced<'line>),
    UsedCache(&'line str),
    Result(&'line str),
}

/// `[stage/stages] STEP index/of: instruction`, the stage counted from 0.
struct Announced<'line> {
    stage: usize,
    stages: usize,
    index: usize,
    of: usize,
    instruction: &'line str,
}

/// More stages or steps than this are no Dockerfile's; the number only bounds what a forged
/// line can make us allocate.
const MOST: usize = 300;

fn parse_control(line: &str) -> Option<Control<'_>> {
    if let Some(rest) = line.strip_prefix("--> ") {
        if let Some(id) = rest.strip_prefix("Using cache ") {
            return Some(Control::UsedCache(id));
        }
        if rest.starts_with("Cache pulled from remote") {
            return Some(Control::UsedCache(""));
        }
        return is_id(rest).then_some(Control::Result(rest));
    }
    let (stage, stages, rest) = match line.strip_prefix('[') {
        Some(prefixed) => {
            let (numbers, rest) = prefixed.split_once("] ")?;
            let (stage, stages) = parse_of(numbers)?;
            (stage - 1, stages, rest)
        }
        None => (0, 1, line),
    };
    let (numbers, instruction) = rest.strip_prefix("STEP ")?.split_once(": ")?;
    let (index, of) = parse_of(numbers)?;
    Some(Control::Step(Announced {
        stage,
        stages,
        index,
        of,
        instruction,
    }))
}

/// `--> 37d2e8f39d7`.
fn is_result(line: &str) -> bool {
    line.strip_prefix("--> ").is_some_and(is_id)
}

/// Podman 4.3.1 shortens to 11 hexadecimal digits.
fn is_id(text: &str) -> bool {
    text.len() >= 10 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// `2/7` → (2, 7).
fn parse_of(numbers: &str) -> Option<(usize, usize)> {
    let (index, of) = numbers.split_once('/')?;
    let (index, of) = (index.parse().ok()?, of.parse().ok()?);
    (1 <= index && index <= of && of <= MOST).then_some((index, of))
}

#[cfg(test)]
mod tests;
