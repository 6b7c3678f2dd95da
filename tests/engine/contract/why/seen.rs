//! What was foretold, what came, and what is said of it; and the table of all that.

use anyhow::{Context as _, ensure};
use imgtui::domain::{
    build::StepStatus,
    reason::{Certainty, Expected, Reason, StepWhy},
    record::{BuildRecord, StepRecord},
};
use serde::Deserialize;

use crate::{room::Room, say};

/// What `imgtui predict --json` says.
#[derive(Debug, Deserialize)]
pub(super) struct Prediction {
    strategies: Vec<Forecast>,
}

#[derive(Debug, Deserialize)]
struct Forecast {
    strategy: String,
    steps: Vec<Foretold>,
}

/// What is foretold of a step.
#[derive(Debug, Deserialize)]
pub(super) struct Foretold {
    stage: String,
    index: usize,
    expected: Expected,
    why: Reason,
}

/// A step that was built, and what was said of it before and after.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen<'a> {
    pub(super) step: &'a StepRecord,
    foretold: &'a Foretold,
    why: &'a StepWhy,
}

impl Prediction {
    /// Asks before a build.
    pub(super) fn ask(room: &Room<'_>, strategies: &[&str]) -> anyhow::Result<Self> {
        let arguments = [&["predict", "--ask", "--json"], strategies].concat();
        let ended = room.imgtui(&arguments)?.expect(0)?;
        Ok(serde_json::from_str(ended.out.trim())?)
    }

    /// The steps of the build that followed, without those that it did not reach and without each
    /// stage's `FROM`, which is never a miss.
    pub(super) fn beside<'a>(&'a self, record: &'a BuildRecord) -> anyhow::Result<Vec<Seen<'a>>> {
        let is_it = |one: &&Forecast| one.strategy == record.strategy;
        let forecast = self.strategies.iter().find(is_it);
        let forecast = forecast.context("nothing is foretold")?;
        ensure!(!record.why.is_empty(), "no reasons: {record:#?}");
        let mut found = Vec::new();
        for (step, why) in record.steps.iter().zip(&record.why) {
            let Some(why) = why.as_ref().filter(|_| step.index > 1) else {
                continue;
            };
            let is_it = |one: &&Foretold| one.stage == step.stage && one.index == step.index;
            let foretold = forecast.steps.iter().find(is_it);
            let foretold = foretold.with_context(|| format!("nothing is foretold of {step:?}"))?;
            found.push(Seen {
                step,
                foretold,
                why,
            });
        }
        Ok(found)
    }
}

impl Seen<'_> {
    fn has_come(&self) -> Expected {
        match self.step.status {
            StepStatus::Cached => Expected::Hit,
            _ => Expected::Miss,
        }
    }

    /// What was expected of it, and whether that was sure.
    fn expected(&self, is_behind: bool) -> (Expected, bool) {
        let (expected, reason) = if is_behind {
            (self.why.expected, &self.why.reason)
        } else {
            (self.foretold.expected, &self.foretold.why)
        };
        (expected, reason.certainty == Certainty::Sure)
    }
}

/// What is to be said of a change.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub(super) name: &'static str,
    /// The beginning of the instruction in question.
    pub(super) step: String,
    /// Whether it runs.
    pub(super) runs: bool,
    /// What the reason has in it.
    pub(super) words: Vec<String>,
    /// It was made in the engine, where a forecast cannot see it.
    pub(super) is_behind: bool,
}

/// A change that was made.
#[derive(Debug, Default)]
pub(super) struct Row {
    name: String,
    steps: usize,
    foretold: usize,
    named: bool,
    /// What was said of the step in question.
    said: String,
    /// Steps that came otherwise, and reasons that were wrong.
    wrong: Vec<Wrong>,
}

#[derive(Debug)]
struct Wrong {
    is_sure: bool,
    what: String,
}

impl Wanted {
    /// Judges a change by the steps that are its own.
    pub(super) fn judge<'a>(&self, own: impl Iterator<Item = &'a Seen<'a>>) -> anyhow::Result<Row> {
        let mut row = Row::of(self.name);
        let mut found = None;
        for one in own {
            row.count(one, self.is_behind);
            if one.step.instruction.starts_with(&self.step) {
                found = found.or(Some(one));
            }
        }
        let one = found.with_context(|| format!("{}: no step `{}`", self.name, self.step))?;
        let reason = &one.why.reason;
        let said = reason.to_string();
        let status_is_right = (one.has_come() == Expected::Miss) == self.runs;
        row.named = status_is_right && self.words.iter().all(|word| said.contains(word));
        if !row.named {
            let (status, instruction) = (one.step.status.word(), &one.step.instruction);
            row.wrong.push(Wrong {
                is_sure: reason.certainty == Certainty::Sure,
                what: format!("{status} {instruction}: {said} (wanted: {:?})", self.words),
            });
        }
        row.said = format!("{}: {said}", self.step);
        Ok(row)
    }
}

impl Row {
    fn of(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            ..Self::default()
        }
    }

    fn count(&mut self, one: &Seen<'_>, is_behind: bool) {
        let (expected, is_sure) = one.expected(is_behind);
        self.steps += 1;
        if one.has_come() == expected {
            self.foretold += 1;
            return;
        }
        let (status, instruction) = (one.step.status.word(), &one.step.instruction);
        self.wrong.push(Wrong {
            is_sure,
            what: format!(
                "{status} {instruction}: {expected:?} was expected, {}; then: {}",
                one.foretold.why, one.why.reason
            ),
        });
    }
}

/// All changes that were made.
#[derive(Debug, Default)]
pub(super) struct Table {
    rows: Vec<Row>,
    /// Steps that are no change's own.
    rests: Vec<Row>,
}

/// Sums of a table.
#[derive(Debug, Default)]
pub(super) struct Total {
    pub(super) changes: usize,
    steps: usize,
    foretold: usize,
    named: usize,
}

impl Table {
    pub(super) fn add(&mut self, row: Row) {
        self.rows.push(row);
    }

    pub(super) fn add_rest<'a>(&mut self, name: &str, steps: impl Iterator<Item = &'a Seen<'a>>) {
        let mut row = Row::of(name);
        for one in steps {
            row.count(one, false);
        }
        self.rests.push(row);
    }

    fn all(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().chain(&self.rests)
    }

    /// Prints all rows and the sums.
    pub(super) fn told(&self, engine: &str, seconds: f64) -> Total {
        let mut total = Total {
            changes: self.rows.len(),
            named: self.rows.iter().filter(|row| row.named).count(),
            ..Total::default()
        };
        for row in &self.rows {
            let named = if row.named { "named" } else { "NOT NAMED" };
            row.tell(&format!("{named:<9} {}", row.said));
        }
        for row in &self.rests {
            row.tell("");
        }
        for row in self.all() {
            total.steps += row.steps;
            total.foretold += row.foretold;
        }
        say(&format!(
            "    {engine}: {} changes, {} of {} steps foretold ({:.1} %), {} causes named ({:.1} %), {} sure and wrong; {seconds:.0} s of building",
            total.changes,
            total.foretold,
            total.steps,
            100.0 * total.foretold_share(),
            total.named,
            100.0 * total.named_share(),
            self.sure_and_wrong().len()
        ));
        total
    }

    pub(super) fn sure_and_wrong(&self) -> Vec<String> {
        let all = self.all().flat_map(|row| {
            let sure = row.wrong.iter().filter(|wrong| wrong.is_sure);
            sure.map(|wrong| format!("{}: {}", row.name, wrong.what))
        });
        all.collect()
    }
}

impl Row {
    fn tell(&self, end: &str) {
        let line = format!(
            "    {:<44} {:>2} of {:<2} {end}",
            self.name, self.foretold, self.steps
        );
        say(line.trim_end());
        for wrong in &self.wrong {
            let sign = if wrong.is_sure { "wrong" } else { "likely" };
            say(&format!("        {sign}: {}", wrong.what));
        }
    }
}

impl Total {
    pub(super) fn foretold_share(&self) -> f64 {
        share(self.foretold, self.steps)
    }

    pub(super) fn named_share(&self) -> f64 {
        share(self.named, self.changes)
    }
}

fn share(part: usize, whole: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a few hundred at most")]
    let share = part as f64 / whole.max(1) as f64;
    share
}
