//! Names, repetitions and hostile reports; recorded streams are read beside the adapter.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::{
    domain::build::{Build, StepStatus},
    parse::dockerfile,
};

const DOCKERFILE: &str = "ARG BASE=x\nFROM ${BASE} AS one\nENV A=b\nWORKDIR /w\nCOPY . .\nRUN make\n\
    FROM one AS two\nRUN test\nFROM scratch\nCOPY --from=two /a /a\nCMD [\"/a\"]\n";

fn plan() -> Vec<StagePlan> {
    steps(dockerfile::outline(DOCKERFILE))
}

fn vertex(name: &str) -> Vertex {
    Vertex {
        digest: format!("sha256:{name}"),
        name: name.into(),
        started: true,
        completed: true,
        ..Vertex::default()
    }
}

fn fold(vertices: &[Vertex]) -> Build {
    let mut stream = BuildKitStream::new(plan());
    let mut build = Build::new(100);
    let mut apply = |event: BuildEvent| build.apply(Duration::ZERO, &event);
    apply(BuildEvent::Planned { stages: plan() });
    for vertex in vertices {
        stream.vertex(vertex, &mut apply);
    }
    stream.finish(&mut apply);
    build
}

fn status(build: &Build, stage: usize, index: usize) -> StepStatus {
    build.step(StepKey { stage, index }).unwrap().status
}

#[test]
fn only_what_becomes_a_vertex_is_a_step() {
    let counts: Vec<usize> = plan()
        .iter()
        .map(|stage| stage.instructions.len())
        .collect();
    assert_eq!(counts, [4, 2, 2]);
}

#[test]
fn a_vertex_is_found_by_its_name() {
    let place = |name: &str| BuildKitStream::new(plan()).place(name);
    let step = |stage, index| Some(StepKey { stage, index });
    assert_eq!(place("[one 1/4] FROM docker.io/library/x"), step(0, 1));
    assert_eq!(place("[linux/amd64 one 4/4] RUN make"), step(0, 4));
    // Neither a stage's nor scratch's FROM is a vertex.
    assert_eq!(place("[two 1/1] RUN test"), step(1, 2));
    assert_eq!(place("[stage-2 1/1] COPY --from=two /a /a"), step(2, 2));
    for odd in [
        "[internal] load build context",
        "exporting to image",
        "[nobody 1/2] RUN x",
        "[stage-9 1/2] RUN x",
        "[one 0/4] RUN x",
        "[one 5/4] RUN x",
        "[] x",
        "[",
    ] {
        assert_eq!(place(odd), None, "{odd}");
    }
}

#[test]
fn numbers_are_as_wide_as_the_count() {
    let mut instructions = vec!["FROM x".to_owned()];
    instructions.extend((1..12).map(|number| format!("RUN {number}")));
    let stage = |name: &str| StagePlan {
        name: name.to_owned(),
        instructions: instructions.clone(),
    };
    let several = BuildKitStream::new(vec![stage("one"), stage("1")]);
    let step = |stage, index| Some(StepKey { stage, index });
    assert_eq!(several.place("[one  2/12] RUN 1"), step(0, 2));
    assert_eq!(several.place("[stage-1  9/12] RUN 8"), step(1, 9));
    assert_eq!(several.place("[stage-1 12/12] RUN 11"), step(1, 12));
    let only = BuildKitStream::new(vec![stage("0")]);
    assert_eq!(only.place("[ 2/12] RUN 1"), step(0, 2));
}

#[test]
fn a_count_that_is_not_ours_falls_back_to_the_words() {
    let step = |stage, index| Some(StepKey { stage, index });
    let stream = BuildKitStream::new(plan());
    assert_eq!(stream.place("[one 5/6] RUN make"), step(0, 4));
    assert_eq!(stream.place("[one 3/6] COPY . ."), step(0, 3));
}

#[test]
fn a_stage_without_a_vertex_for_its_from_begins_all_the_same() {
    let build = fold(&[vertex("[two 1/1] RUN test")]);
    assert_eq!(status(&build, 1, 1), StepStatus::Cached);
    assert_eq!(status(&build, 1, 2), StepStatus::Ran);
}

#[test]
fn a_vertex_told_again_counts_once() {
    let mut begun = vertex("[one 4/4] RUN make");
    begun.completed = false;
    let mut stream = BuildKitStream::new(plan());
    let mut events = Vec::new();
    for vertex in [&begun, &begun, &vertex("[one 4/4] RUN make"), &begun] {
        stream.vertex(vertex, |event| events.push(event));
    }
    let step = StepKey { stage: 0, index: 4 };
    let ran = events
        .iter()
        .filter(|e| **e == BuildEvent::StepRan { step });
    assert_eq!(ran.count(), 1);
    let started = |event: &&BuildEvent| matches!(event, BuildEvent::StepStarted { .. });
    assert_eq!(events.iter().filter(started).count(), 1);
}

#[test]
fn the_failing_vertex_is_told_from_the_interrupted() {
    let mut interrupted = vertex("[one 3/4] COPY . .");
    interrupted.error = "context canceled".into();
    let mut failed = vertex("[one 4/4] RUN make");
    failed.error = "exit code: 2".into();
    let mut stream = BuildKitStream::new(plan());
    let mut events = Vec::new();
    for vertex in [&interrupted, &failed] {
        stream.vertex(vertex, |event| events.push(event));
    }
    let step = StepKey { stage: 0, index: 4 };
    let failures: Vec<_> = events
        .iter()
        .filter(|event| matches!(event, BuildEvent::StepFailed { .. }))
        .collect();
    assert_eq!(failures, [&BuildEvent::StepFailed { step }]);
    assert_eq!(stream.failed(), Some((step, "RUN make")));
}

#[test]
fn a_base_that_was_pulled_is_not_cached() {
    let base = vertex("[one 1/4] FROM docker.io/library/x");
    assert_eq!(
        status(&fold(std::slice::from_ref(&base)), 0, 1),
        StepStatus::Cached
    );
    let mut stream = BuildKitStream::new(plan());
    let mut build = Build::new(100);
    let mut apply = |event: BuildEvent| build.apply(Duration::ZERO, &event);
    let mut begun = base.clone();
    begun.completed = false;
    stream.vertex(&begun, &mut apply);
    let mut transfer = Transfer {
        vertex: base.digest.clone(),
        name: "extracting sha256:00".into(),
        current: 1_000_000,
        total: 1_000_000,
        completed: true,
    };
    stream.transfer(&transfer, &mut apply);
    transfer.current = 0;
    stream.transfer(&transfer, &mut apply);
    stream.vertex(&base, &mut apply);
    assert_eq!(status(&build, 0, 1), StepStatus::Ran);
    let told: Vec<&str> = build.log.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(told, ["extracting sha256:00 1.00 MB"]);
}

#[test]
fn clipped_output_is_said_in_words() {
    let run = vertex("[one 4/4] RUN make");
    let mut begun = run.clone();
    begun.completed = false;
    let mut stream = BuildKitStream::new(plan());
    let mut lines = Vec::new();
    let mut keep = |event: BuildEvent| {
        if let BuildEvent::Output { line, .. } = event {
            lines.push(line);
        }
    };
    stream.vertex(&begun, &mut keep);
    // An umlaut cut in two, and a line without an end.
    stream.output(
        &run.digest,
        b"a\n[output clipped, log limit 1MiB reached]\n\xc3",
        &mut keep,
    );
    stream.output(&run.digest, b"\xa4\xc3", &mut keep);
    stream.vertex(&run, &mut keep);
    assert_eq!(
        lines,
        [
            "a",
            "… docker leaves output of this step out from here on (its log limit: 1MiB)",
            "ä\u{fffd}"
        ]
    );
}

proptest! {
    #[test]
    fn nothing_makes_it_panic(
        names in proptest::collection::vec("(\\[((one|two|stage-[0-9]{1,2}) )?[0-9]{1,3}/[0-9]{1,3}\\] )?(RUN|COPY|FROM) .{0,5}", 0..30),
        flags in proptest::collection::vec(0u8..16, 30),
    ) {
        let vertices: Vec<Vertex> = names
            .iter()
            .zip(&flags)
            .map(|(name, flags)| Vertex {
                started: flags & 1 != 0,
                completed: flags & 2 != 0,
                cached: flags & 4 != 0,
                error: if flags & 8 != 0 { "x".into() } else { String::new() },
                ..vertex(name)
            })
            .collect();
        let build = fold(&vertices);
        prop_assert_eq!(build.stages.len(), 3);
        prop_assert_eq!(build.steps().count(), 8);
    }
}
