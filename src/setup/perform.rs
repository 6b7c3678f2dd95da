//! Set-up performed: as a build whose steps are the commands, told in the same events, so that
//! the same pane shows it.

use tokio_util::sync::CancellationToken;

use crate::domain::{
    check::{Check, CheckStatus, Checklist, Remedy},
    event::{BuildEvent, Outcome, StagePlan, StepKey},
};

use super::{
    command::{self, Ended},
    explain::explain,
    plan::{Depth, Examination, examine},
};

/// Receives the events, in order.
pub type Tell<'a> = &'a mut (dyn FnMut(BuildEvent) + Send);
/// Makes a line of foreign text fit for a terminal.
pub type Sanitize<'a> = &'a (dyn Fn(&str) -> String + Send + Sync);

const LOOK: &str = "look at this machine";
const TRY: &str = "try whether containers build and run";
/// What one round of commands brings to light, the next can mend; then it is for a person.
const ROUNDS: usize = 3;

/// Brings this machine in order: looks, runs what is missing, tries it out, sums up.
///
/// The last event is [`BuildEvent::Ended`]; its outcome is given back too. [`Outcome::Built`]
/// means that everything is there. Where nothing is missing nothing is done. Commands are run
/// without asking: the caller has the user's word.
pub async fn set_up(
    examination: &Examination,
    tell: Tell<'_>,
    sanitize: Sanitize<'_>,
    cancel: &CancellationToken,
) -> Outcome {
    let mut steps = Steps::new(tell, sanitize);
    // Looked at before the plan is told, so that the plan names the commands.
    let Some(first) = unless(cancel, examine(examination, Depth::Quick)).await else {
        return steps.end(Outcome::Cancelled);
    };
    let mut commands = first.commands();
    steps.plan(
        [LOOK.to_owned()]
            .into_iter()
            .chain(commands.iter().map(|words| words.join(" ")))
            .chain([TRY.to_owned()]),
    );
    steps.start(LOOK.into());
    steps.list(&first, |check| check.status != CheckStatus::NotChecked);
    if commands.is_empty() {
        steps.line("nothing to install");
    }
    steps.ran();
    let mut tried: Vec<Vec<String>> = Vec::new();
    for _ in 0..ROUNDS {
        if let Some(outcome) = run_all(&commands, &mut steps, cancel).await {
            return steps.end(outcome);
        }
        tried.append(&mut commands);
        steps.start(TRY.into());
        let Some(list) = unless(cancel, examine(examination, Depth::Full)).await else {
            return steps.end(Outcome::Cancelled);
        };
        steps.list(&list, |_| true);
        let more = list.commands();
        if more.is_empty() || more.iter().all(|command| tried.contains(command)) {
            let outcome = summary(&list, tried.is_empty());
            return steps.conclude(outcome, tried.is_empty());
        }
        steps.ran();
        commands = more;
    }
    steps.end(Outcome::Failed {
        message: "set-up asks for ever more; run `imgtui doctor` and look at its commands".into(),
    })
}

/// Runs these commands in order, each as a step, until one fails.
///
/// The last event is [`BuildEvent::Ended`]; its outcome is given back too.
pub async fn perform(
    commands: &[Vec<String>],
    tell: Tell<'_>,
    sanitize: Sanitize<'_>,
    cancel: &CancellationToken,
) -> Outcome {
    let mut steps = Steps::new(tell, sanitize);
    steps.plan(commands.iter().map(|words| words.join(" ")));
    let ended = run_all(commands, &mut steps, cancel).await;
    steps.end(ended.unwrap_or(Outcome::Built))
}

/// One check as a line for people: mark, name, what was seen; the remedy below.
#[must_use]
pub fn check_line(check: &Check) -> String {
    let mark = match check.status {
        CheckStatus::Ok => "ok     ",
        CheckStatus::Note => "note   ",
        CheckStatus::Problem => "PROBLEM",
        CheckStatus::NotChecked => "-      ",
    };
    let mut text = format!("{mark}  {:<10}  {}", check.name, check.detail);
    let remedy: Vec<String> = match &check.remedy {
        None => Vec::new(),
        Some(Remedy::Advice { text }) => text.lines().map(str::to_owned).collect(),
        Some(Remedy::Commands { commands }) => {
            commands.iter().map(|words| words.join(" ")).collect()
        }
    };
    for line in remedy {
        text.push_str("\n           ");
        text.push_str(&line);
    }
    text
}

/// `None` when the user ended it first; the future is dropped then, its children with it.
async fn unless<T>(cancel: &CancellationToken, work: impl Future<Output = T>) -> Option<T> {
    cancel.run_until_cancelled(work).await
}

/// `None` when all ran.
async fn run_all(
    commands: &[Vec<String>],
    steps: &mut Steps<'_>,
    cancel: &CancellationToken,
) -> Option<Outcome> {
    for words in commands {
        steps.start(words.join(" "));
        let mut tell = |line: &str| steps.line(line);
        let failed = match command::stream(words, &mut tell, cancel).await {
            Ok((Ended::Cancelled, _)) => return Some(Outcome::Cancelled),
            Ok((Ended::Exited(status), _)) if status.success() => None,
            Ok((Ended::Exited(status), last)) => Some((status.to_string(), last)),
            Err(error) => Some((error.to_string(), Vec::new())),
        };
        if let Some((ended, last)) = failed {
            let last: Vec<String> = last.iter().map(|line| (steps.sanitize)(line)).collect();
            steps.failed();
            let message = explain(words, &ended, &last);
            return Some(Outcome::Failed { message });
        }
        steps.ran();
    }
    None
}

fn summary(list: &Checklist, did_nothing: bool) -> Outcome {
    let problems: Vec<String> = list
        .checks
        .iter()
        .filter(|check| check.status == CheckStatus::Problem)
        .map(check_line)
        .collect();
    if problems.is_empty() {
        return Outcome::Built;
    }
    let what = if did_nothing {
        "nothing that imgtui could install would help"
    } else {
        "the commands ran, and this is still in the way"
    };
    Outcome::Failed {
        message: format!("{what}:\n{}", problems.join("\n")),
    }
}

/// Tells steps in the words of a build: one stage, `set-up`.
struct Steps<'a> {
    tell: Tell<'a>,
    sanitize: Sanitize<'a>,
    index: usize,
    of: usize,
}

impl<'a> Steps<'a> {
    fn new(tell: Tell<'a>, sanitize: Sanitize<'a>) -> Self {
        Self {
            tell,
            sanitize,
            index: 0,
            of: 0,
        }
    }

    fn plan(&mut self, instructions: impl Iterator<Item = String>) {
        let instructions: Vec<String> = instructions.collect();
        self.of = instructions.len();
        (self.tell)(BuildEvent::Planned {
            stages: vec![StagePlan {
                name: "set-up".into(),
                instructions,
            }],
        });
    }

    fn key(&self) -> StepKey {
        StepKey {
            stage: 0,
            index: self.index,
        }
    }

    /// Begins the next step; one that was not planned makes the stage longer.
    fn start(&mut self, instruction: String) {
        self.index += 1;
        self.of = self.of.max(self.index);
        let step = self.key();
        (self.tell)(BuildEvent::StepStarted {
            step,
            of: self.of,
            instruction,
        });
    }

    fn line(&mut self, text: &str) {
        let line = (self.sanitize)(text);
        let step = (self.index > 0).then(|| self.key());
        (self.tell)(BuildEvent::Output { step, line });
    }

    fn list(&mut self, list: &Checklist, wanted: impl Fn(&Check) -> bool) {
        for check in list.checks.iter().filter(|check| wanted(check)) {
            for line in check_line(check).lines() {
                self.line(line);
            }
        }
    }

    fn ran(&mut self) {
        let step = self.key();
        (self.tell)(BuildEvent::StepRan { step });
    }

    fn failed(&mut self) {
        let step = self.key();
        (self.tell)(BuildEvent::StepFailed { step });
    }

    /// The end of a set-up that went all the way.
    fn conclude(mut self, outcome: Outcome, did_nothing: bool) -> Outcome {
        if outcome == Outcome::Built {
            self.line(if did_nothing {
                "nothing to do: everything is there"
            } else {
                "set-up is complete"
            });
            self.ran();
        } else {
            self.failed();
        }
        self.end(outcome)
    }

    fn end(self, outcome: Outcome) -> Outcome {
        (self.tell)(BuildEvent::Ended {
            outcome: outcome.clone(),
        });
        outcome
    }
}

#[cfg(test)]
mod tests;
