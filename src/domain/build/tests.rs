//! The fold, event by event.

use super::*;
use crate::domain::event::StagePlan;

fn key(index: usize) -> StepKey {
    StepKey { stage: 0, index }
}

fn planned() -> Build {
    let mut build = Build::new(2);
    let instructions = ["FROM a", "RUN b", "RUN c", "RUN d"].map(String::from);
    build.apply(
        Duration::ZERO,
        &BuildEvent::Planned {
            stages: vec![StagePlan {
                name: "build".into(),
                instructions: instructions.to_vec(),
            }],
        },
    );
    build
}

fn started(index: usize) -> BuildEvent {
    BuildEvent::StepStarted {
        step: key(index),
        of: 4,
        instruction: "RUN x".into(),
    }
}

#[test]
fn a_cancelled_build_tells_cached_ran_cancelled_and_not_reached_apart() {
    let mut build = planned();
    let second = Duration::from_secs;
    build.apply(second(1), &started(1));
    build.apply(second(1), &BuildEvent::StepCached { step: key(1) });
    build.apply(second(2), &started(2));
    build.apply(second(4), &BuildEvent::StepRan { step: key(2) });
    build.apply(second(4), &started(3));
    build.apply(
        second(5),
        &BuildEvent::Ended {
            outcome: Outcome::Cancelled,
        },
    );
    let seen: Vec<_> = build.steps().map(|(_, step)| step.status).collect();
    assert_eq!(
        seen,
        [
            StepStatus::Cached,
            StepStatus::Ran,
            StepStatus::Cancelled,
            StepStatus::NotReached
        ]
    );
    assert_eq!(build.step(key(2)).and_then(Step::took), Some(second(2)));
    assert_eq!(build.step(key(4)).and_then(Step::took), None);
}

#[test]
fn only_the_named_step_failed() {
    let mut build = planned();
    build.apply(Duration::ZERO, &started(2));
    build.apply(Duration::ZERO, &started(3));
    build.apply(Duration::ZERO, &BuildEvent::StepFailed { step: key(3) });
    let message = String::new();
    build.apply(
        Duration::ZERO,
        &BuildEvent::Ended {
            outcome: Outcome::Failed { message },
        },
    );
    assert_eq!(build.count(StepStatus::Failed), 1);
    assert_eq!(build.count(StepStatus::Cancelled), 1);
}

#[test]
fn the_log_is_bounded_and_counts_what_it_let_go() {
    let mut build = planned();
    for number in 0..5 {
        let line = number.to_string();
        build.apply(Duration::ZERO, &BuildEvent::Output { step: None, line });
    }
    let kept: Vec<_> = build.log.iter().map(|line| line.text.as_str()).collect();
    assert_eq!((kept, build.lines), (vec!["3", "4"], 5));
}

#[test]
fn a_step_that_no_plan_announced_gets_its_place() {
    let mut build = Build::new(0);
    let step = StepKey { stage: 1, index: 2 };
    build.apply(
        Duration::ZERO,
        &BuildEvent::StepStarted {
            step,
            of: 3,
            instruction: "RUN x".into(),
        },
    );
    assert_eq!(build.stages[1].steps.len(), 3);
    assert_eq!(build.running().map(|(key, _)| key), Some(step));
}
