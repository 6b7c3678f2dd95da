//! Recorded streams of real builds, both builders.

use std::{io::Read, time::Duration};

use super::*;
use crate::{
    domain::{
        build::{Build, StepStatus},
        event::Outcome,
    },
    engine::docker::steps_of,
    parse::dockerfile,
};

const DOCKERFILE: &str = include_str!("../../../../tests/recorded/docker.Dockerfile");

macro_rules! recorded {
    ($folder:literal, $name:literal) => {
        include_bytes!(concat!(
            "../../../../tests/recorded/",
            $folder,
            "/",
            $name,
            ".jsonl.gz"
        ))
    };
}

/// The fold of a recorded answer, and the error that ended it.
fn fold(builder: Builder, packed: &[u8]) -> (Build, Option<EngineError>) {
    let mut text = String::new();
    let mut unpacked = flate2::read::GzDecoder::new(packed);
    unpacked.read_to_string(&mut text).unwrap();
    // The one that failed differs in its last RUN.
    let failing = DOCKERFILE.replace("cp src/main.rs /server", "exit 7");
    let dockerfile = if text.contains("exit 7") {
        &failing
    } else {
        DOCKERFILE
    };
    let steps = steps_of(builder, dockerfile::outline(dockerfile));
    let mut reading = Reading::new(builder, steps.clone());
    let mut made = vec![BuildEvent::Planned { stages: steps }];
    let mut failure = None;
    for line in text.lines() {
        let info: BuildInfo = serde_json::from_str(line).unwrap();
        failure = failure.or(reading.take(info, &mut made));
    }
    let error = failure.map(|message| reading.failed(&message, &mut made));
    assert!(error.is_some() || reading.built(&mut made).is_some());
    let outcome = match &error {
        Some(error) => Outcome::Failed {
            message: error.to_string(),
        },
        None => Outcome::Built,
    };
    made.push(BuildEvent::Ended { outcome });
    let mut build = Build::new(1000);
    for event in &made {
        build.apply(Duration::ZERO, event);
    }
    (build, error)
}

fn statuses(build: &Build) -> Vec<Vec<StepStatus>> {
    let of = |stage: &crate::domain::build::Stage| stage.steps.iter().map(|s| s.status).collect();
    build.stages.iter().map(of).collect()
}

fn printed(build: &Build, stage: usize, index: usize) -> Vec<&str> {
    let step = Some(StepKey { stage, index });
    let lines = build.log.iter().filter(|line| line.step == step);
    lines.map(|line| line.text.as_str()).collect()
}

const CLASSIC: [&[u8]; 3] = [
    recorded!("docker-20.10.24-classic", "edited"),
    recorded!("docker-20.10.24-classic", "cached"),
    recorded!("docker-20.10.24-classic", "failed"),
];
const BUILDKIT: [&[u8]; 3] = [
    recorded!("docker-20.10.24-buildkit", "edited"),
    recorded!("docker-20.10.24-buildkit", "cached"),
    recorded!("docker-20.10.24-buildkit", "failed"),
];

#[test]
fn the_classic_builder_is_read_step_by_step() {
    use StepStatus::{Cached, Failed, NotReached, Ran};
    let (build, _) = fold(Builder::Classic, CLASSIC[0]);
    assert_eq!(
        statuses(&build),
        [
            vec![Cached; 4],
            // It builds every stage, needed or not.
            vec![Cached; 2],
            vec![Cached, Cached, Cached, Ran, Ran],
            vec![Cached, Cached, Cached, Ran, Ran, Ran, Ran],
        ]
    );
    assert_eq!(printed(&build, 2, 5), ["building"]);
    let (build, _) = fold(Builder::Classic, CLASSIC[1]);
    assert_eq!(build.count(Cached), 18);
    let (build, error) = fold(Builder::Classic, CLASSIC[2]);
    assert_eq!(statuses(&build)[2][4], Failed);
    assert_eq!(statuses(&build)[3], [NotReached; 7]);
    let EngineError::BuildFailed { step, message } = error.unwrap() else {
        panic!("not a failed build");
    };
    assert_eq!(step, Some(StepKey { stage: 2, index: 5 }));
    assert!(message.contains("ended with status 7"), "{message}");
}

#[test]
fn buildkits_graph_is_read_step_by_step() {
    use StepStatus::{Cached, Failed, NotReached, Ran};
    let (build, _) = fold(Builder::BuildKit, BUILDKIT[0]);
    assert_eq!(
        statuses(&build),
        [
            vec![Cached; 4],
            // Nobody needs it.
            vec![NotReached; 2],
            vec![Cached, Cached, Ran, Ran],
            vec![Cached, Cached, Ran],
        ]
    );
    assert_eq!(printed(&build, 2, 4), ["building"]);
    let (build, _) = fold(Builder::BuildKit, BUILDKIT[1]);
    assert_eq!((build.count(Cached), build.count(Ran)), (11, 0));
    let (build, error) = fold(Builder::BuildKit, BUILDKIT[2]);
    assert_eq!(statuses(&build)[2][3], Failed);
    let EngineError::BuildFailed { step, message } = error.unwrap() else {
        panic!("not a failed build");
    };
    assert_eq!(step, Some(StepKey { stage: 2, index: 4 }));
    assert!(message.contains("ended with status 7"), "{message}");
}
