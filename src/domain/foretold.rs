//! What is foretold of steps, and how often they came so.

use super::{
    build::StepStatus,
    reason::{Expected, Reason},
    record::BuildRecord,
};

/// What was foretold of one step before the engine came to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForetoldStep {
    /// Name of its stage.
    pub stage: String,
    /// The step within it, from 1.
    pub index: usize,
    /// What is expected.
    pub expected: Expected,
    /// Why.
    pub reason: Reason,
}

/// Steps that were foretold, and how many of them came so.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Foretold {
    /// How many came as foretold.
    pub right: usize,
    /// How many were foretold.
    pub of: usize,
}

impl Foretold {
    /// Of all steps of these builds. A `FROM` is left out: it never misses.
    pub fn of<'a>(records: impl IntoIterator<Item = &'a BuildRecord>) -> Self {
        let mut found = Self::default();
        for record in records {
            for (step, why) in record.steps.iter().zip(&record.why) {
                let came = match step.status {
                    StepStatus::Cached => Expected::Hit,
                    StepStatus::Ran | StepStatus::Failed => Expected::Miss,
                    _ => continue,
                };
                let Some(why) = why.as_ref().filter(|_| step.index > 1) else {
                    continue;
                };
                found.of += 1;
                found.right += usize::from(why.expected == came);
            }
        }
        found
    }

    /// The share in percent; `None` where nothing was foretold.
    #[must_use]
    pub fn percent(self) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "never more than some thousands")]
        let share = |part: usize, whole: usize| 100.0 * part as f64 / whole as f64;
        (self.of > 0).then(|| share(self.right, self.of))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        reason::{Cause, StepWhy},
        record::{StepRecord, sample},
    };

    #[test]
    fn only_what_came_to_an_end_is_counted() {
        let mut record = sample("a", 1.0);
        let all = [
            (1, StepStatus::Cached, Expected::Hit),
            (2, StepStatus::Cached, Expected::Hit),
            (3, StepStatus::Ran, Expected::Hit),
            (4, StepStatus::Ran, Expected::Miss),
            (5, StepStatus::NotReached, Expected::Miss),
        ];
        for (index, status, expected) in all {
            record.steps.push(StepRecord {
                stage: "0".into(),
                index,
                of: 5,
                instruction: "RUN x".into(),
                status,
                seconds: None,
                started_s: None,
                image: None,
                crates: None,
            });
            record.why.push(Some(StepWhy {
                expected,
                reason: Reason::sure(Cause::Unchanged),
                root: None,
            }));
        }
        let found = Foretold::of([&record]);
        assert_eq!(found, Foretold { right: 2, of: 3 });
        assert_eq!(Foretold::default().percent(), None);
    }
}
