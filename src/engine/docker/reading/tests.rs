//! Recorded streams of real builds, both builders.

use std::{io::Read, time::Duration};

use super::*;
use crate::{
    domain::{
        build::{Build, StepStatus},
        event::Outcome,
        record::EngineInfo,
    },
    parse::{dockerfile, steps::steps_of},
};

const DOCKERFILE: &str = include_str!("../../../../tests/recorded/docker.Dockerfile");

/// Answers of one builder, by the folder that they are kept in.
struct Recorded {
    folder: &'static str,
    edited: &'static [u8],
    cached: &'static [u8],
    failed: &'static [u8],
}

macro_rules! recorded {
    ($folder:literal) => {
        Recorded {
            folder: $folder,
            edited: recorded!($folder, "edited"),
            cached: recorded!($folder, "cached"),
            failed: recorded!($folder, "failed"),
        }
    };
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

const CLASSIC: [Recorded; 3] = [
    recorded!("docker-20.10.24-classic"),
    recorded!("docker-26.1.5-classic"),
    recorded!("docker-28.5.2-classic"),
];
const BUILDKIT: [Recorded; 4] = [
    recorded!("docker-20.10.24-buildkit"),
    recorded!("docker-26.1.5-buildkit"),
    recorded!("docker-28.5.2-buildkit"),
    recorded!("docker-28.5.2-containerd-buildkit"),
];

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
    let info = EngineInfo {
        kind: match builder {
            Builder::BuildKit => "docker-buildkit".to_owned(),
            Builder::Classic => "docker-classic".to_owned(),
        },
        version: String::new(),
    };
    let steps = steps_of(&info, dockerfile::outline(dockerfile));
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

#[test]
fn the_classic_builder_is_read_step_by_step() {
    use StepStatus::{Cached, Failed, NotReached, Ran};
    for recorded in CLASSIC {
        let folder = recorded.folder;
        let (build, _) = fold(Builder::Classic, recorded.edited);
        assert_eq!(
            statuses(&build),
            [
                vec![Cached; 4],
                // It builds every stage, needed or not.
                vec![Cached; 2],
                vec![Cached, Cached, Cached, Ran, Ran],
                vec![Cached, Cached, Cached, Ran, Ran, Ran, Ran],
            ],
            "{folder}"
        );
        assert_eq!(printed(&build, 2, 5), ["building"], "{folder}");
        let (build, _) = fold(Builder::Classic, recorded.cached);
        assert_eq!(build.count(Cached), 18, "{folder}");
        let (build, error) = fold(Builder::Classic, recorded.failed);
        assert_eq!(statuses(&build)[2][4], Failed, "{folder}");
        assert_eq!(statuses(&build)[3], [NotReached; 7], "{folder}");
        assert_eq!(printed(&build, 2, 5), ["building"], "{folder}");
        assert_is_status_7(error, StepKey { stage: 2, index: 5 }, folder);
    }
}

#[test]
fn buildkits_graph_is_read_step_by_step() {
    use StepStatus::{Cached, Failed, NotReached, Ran};
    for recorded in BUILDKIT {
        let folder = recorded.folder;
        let (build, _) = fold(Builder::BuildKit, recorded.edited);
        assert_eq!(
            statuses(&build),
            [
                vec![Cached; 4],
                // Nobody needs it.
                vec![NotReached; 2],
                vec![Cached, Cached, Ran, Ran],
                vec![Cached, Cached, Ran],
            ],
            "{folder}"
        );
        assert_eq!(printed(&build, 2, 4), ["building"], "{folder}");
        let (build, _) = fold(Builder::BuildKit, recorded.cached);
        assert_eq!((build.count(Cached), build.count(Ran)), (11, 0), "{folder}");
        let (build, error) = fold(Builder::BuildKit, recorded.failed);
        assert_eq!(statuses(&build)[2][3], Failed, "{folder}");
        assert_is_status_7(error, StepKey { stage: 2, index: 4 }, folder);
    }
}

fn assert_is_status_7(error: Option<EngineError>, at: StepKey, folder: &str) {
    let Some(EngineError::BuildFailed { step, message }) = error else {
        panic!("{folder}: not a failed build");
    };
    assert_eq!(step, Some(at), "{folder}");
    assert!(
        message.contains("ended with status 7"),
        "{folder}: {message}"
    );
}
