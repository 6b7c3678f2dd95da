//! When the steps of a build were at work: beside each other where stages run at the same time,
//! and which of them the build waited for.

use super::{build::StepStatus, record::StepRecord};

/// Two moments this close together (seconds) are one: the next step begins when the news of the
/// last one's end has come.
const SAME_MOMENT_S: f64 = 0.05;

/// A step that took time.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar<'a> {
    /// The step.
    pub step: &'a StepRecord,
    /// Seconds from the build's start to the step's.
    pub from_s: f64,
    /// Seconds from the build's start to the step's end.
    pub to_s: f64,
    /// The build would have ended sooner had this step been shorter.
    pub critical: bool,
}

/// The steps that were at work, in the order in which they began. The critical ones are the last
/// to end, the last one that ended before it began, and so on to the start.
#[must_use]
pub fn timeline(steps: &[StepRecord]) -> Vec<Bar<'_>> {
    let mut bars: Vec<Bar<'_>> = steps.iter().filter_map(bar).collect();
    bars.sort_by(|a, b| a.from_s.total_cmp(&b.from_s));
    let latest = |bars: &[Bar<'_>], before: f64| {
        let ended = bars.iter().enumerate();
        let ended = ended.filter(|(_, bar)| !bar.critical && bar.to_s <= before + SAME_MOMENT_S);
        ended
            .max_by(|(_, a), (_, b)| a.to_s.total_cmp(&b.to_s))
            .map(|(at, _)| at)
    };
    let mut before = f64::INFINITY;
    while let Some(at) = latest(&bars, before) {
        bars[at].critical = true;
        before = bars[at].from_s;
    }
    bars
}

/// Whether steps were at work at the same time.
#[must_use]
pub fn is_parallel(bars: &[Bar<'_>]) -> bool {
    let pairs = bars.iter().zip(bars.iter().skip(1));
    pairs
        .into_iter()
        .any(|(one, next)| next.from_s + SAME_MOMENT_S < one.to_s)
}

/// A step as it went in two builds of one strategy.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepPair<'a> {
    /// In the earlier build.
    pub before: Option<&'a StepRecord>,
    /// In the later one.
    pub after: Option<&'a StepRecord>,
}

impl StepPair<'_> {
    /// Whether it was at work in one of them.
    #[must_use]
    pub fn took_time(&self) -> bool {
        let steps = [self.before, self.after];
        steps.into_iter().flatten().any(|step| bar(step).is_some())
    }

    /// What it took in the build in which it took longer, in seconds.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        let steps = [self.before, self.after].into_iter().flatten();
        steps.filter_map(|step| step.seconds).fold(0.0, f64::max)
    }

    /// How the later build differs, in words; `None` where it does not.
    #[must_use]
    pub fn change(&self) -> Option<&'static str> {
        let cached = |step: &StepRecord| step.status == StepStatus::Cached;
        match (self.before, self.after) {
            (None, _) => Some("new"),
            (_, None) => Some("gone"),
            (Some(before), Some(after)) => match (cached(before), cached(after)) {
                (false, true) => Some("cached now"),
                (true, false) => Some("ran now"),
                _ => None,
            },
        }
    }
}

/// The steps of two builds, those of the later one first, each with its like: the same place in
/// the same stage.
#[must_use]
pub fn step_pairs<'a>(before: &'a [StepRecord], after: &'a [StepRecord]) -> Vec<StepPair<'a>> {
    let is_like = |one: &StepRecord, other: &StepRecord| {
        (&one.stage, one.index) == (&other.stage, other.index)
    };
    let like = |steps: &'a [StepRecord], wanted: &StepRecord| {
        steps.iter().find(|step| is_like(step, wanted))
    };
    let later = after.iter().map(|step| StepPair {
        before: like(before, step),
        after: Some(step),
    });
    let gone = before.iter().filter(|step| like(after, step).is_none());
    let gone = gone.map(|step| StepPair {
        before: Some(step),
        after: None,
    });
    later.chain(gone).collect()
}

fn bar(step: &StepRecord) -> Option<Bar<'_>> {
    let worked = matches!(
        step.status,
        StepStatus::Ran | StepStatus::Failed | StepStatus::Cancelled
    );
    let (from_s, seconds) = (step.started_s?, step.seconds?);
    worked.then_some(Bar {
        step,
        from_s,
        to_s: from_s + seconds,
        critical: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(stage: &str, index: usize, from_s: f64, seconds: f64) -> StepRecord {
        StepRecord {
            stage: stage.into(),
            index,
            of: 3,
            instruction: format!("RUN {stage}{index}"),
            status: StepStatus::Ran,
            seconds: Some(seconds),
            started_s: Some(from_s),
            image: None,
            crates: None,
        }
    }

    #[test]
    fn the_longest_chain_is_critical_and_what_ran_beside_it_is_not() {
        let mut cached = step("a", 3, 0.0, 9.0);
        cached.status = StepStatus::Cached;
        let steps = [
            step("a", 1, 0.0, 2.0),
            step("b", 1, 0.0, 5.0),
            step("a", 2, 2.0, 1.0),
            step("last", 1, 5.01, 1.0),
            cached,
        ];
        let bars = timeline(&steps);
        let critical: Vec<&str> = bars
            .iter()
            .filter(|bar| bar.critical)
            .map(|bar| bar.step.instruction.as_str())
            .collect();
        assert_eq!(critical, ["RUN b1", "RUN last1"]);
        assert_eq!(bars.len(), 4, "what was cached took no time");
        assert!(is_parallel(&bars));
    }

    #[test]
    fn steps_of_two_builds_are_paired_by_their_place() {
        let cached = |mut step: StepRecord| {
            step.status = StepStatus::Cached;
            step
        };
        let before = [step("a", 1, 0.0, 2.0), cached(step("a", 2, 2.0, 0.0))];
        let after = [
            cached(step("a", 1, 0.0, 0.0)),
            step("a", 2, 0.0, 4.0),
            step("b", 1, 4.0, 1.0),
        ];
        let changes = |before, after| -> Vec<Option<&str>> {
            step_pairs(before, after)
                .iter()
                .map(StepPair::change)
                .collect()
        };
        let wanted = [Some("cached now"), Some("ran now"), Some("new")];
        assert_eq!(changes(&before, &after), wanted);
        assert_eq!(changes(&before, &before), [None, None]);
        assert_eq!(changes(&before, &[]), [Some("gone"), Some("gone")]);
        let idle = step_pairs(&before[1..], &before[1..]);
        assert!(!idle[0].took_time());
    }

    #[test]
    fn one_after_the_other_is_not_parallel_and_all_critical() {
        let steps = [step("a", 1, 0.0, 2.0), step("a", 2, 2.0, 1.0)];
        let bars = timeline(&steps);
        assert!(!is_parallel(&bars));
        assert!(bars.iter().all(|bar| bar.critical));
        assert!(timeline(&[]).is_empty());
    }
}
