//! Streams recorded from real builds, and hostile ones.

use std::{io::Read, time::Duration};

use proptest::prelude::*;

use super::*;
use crate::domain::{
    build::{Build, StepStatus},
    event::Outcome,
};

/// Streams of one podman, by the folder that they are kept in.
struct Recorded {
    folder: &'static str,
    edited: &'static [u8],
    cached: &'static [u8],
    failed: &'static [u8],
}

macro_rules! recorded {
    ($folder:literal, $ending:literal) => {
        Recorded {
            folder: $folder,
            edited: recorded!($folder, "edited", $ending),
            cached: recorded!($folder, "cached", $ending),
            failed: recorded!($folder, "failed", $ending),
        }
    };
    ($folder:literal, $name:literal, $ending:literal) => {
        include_bytes!(concat!(
            "../../../tests/recorded/",
            $folder,
            "/",
            $name,
            $ending
        ))
    };
}

const RECORDED: [Recorded; 3] = [
    recorded!("podman-4.3.1", ".jsonl"),
    recorded!("podman-5.4.2", ".jsonl.gz"),
    recorded!("podman-5.8.6", ".jsonl.gz"),
];

/// Text of a recorded stream, and the error that ended it.
fn recorded(packed: &[u8]) -> (Vec<String>, Option<String>) {
    let mut json_lines = String::new();
    let mut unpacked: Box<dyn Read> = match packed {
        [0x1f, 0x8b, ..] => Box::new(flate2::read::GzDecoder::new(packed)),
        plain => Box::new(plain),
    };
    unpacked.read_to_string(&mut json_lines).unwrap();
    let mut chunks = Vec::new();
    let mut error = None;
    for line in json_lines.lines() {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        if let Some(text) = value["stream"].as_str() {
            chunks.push(text.to_owned());
        }
        if let Some(text) = value["error"].as_str() {
            error = Some(text.to_owned());
        }
    }
    (chunks, error)
}

fn fold<'a>(chunks: impl IntoIterator<Item = &'a str>, error: Option<&str>) -> Build {
    let mut stream = PodmanStream::default();
    let mut build = Build::new(1000);
    let mut apply = |event: BuildEvent| build.apply(Duration::ZERO, &event);
    for chunk in chunks {
        stream.push(chunk, &mut apply);
    }
    stream.finish(&mut apply);
    if let Some(step) = error.and_then(|message| stream.failed_step(message)) {
        apply(BuildEvent::StepFailed { step });
    }
    let outcome = match error {
        Some(message) => Outcome::Failed {
            message: message.to_owned(),
        },
        None => Outcome::Built,
    };
    apply(BuildEvent::Ended { outcome });
    build
}

fn fold_recorded(packed: &[u8]) -> Build {
    let (chunks, error) = recorded(packed);
    fold(chunks.iter().map(String::as_str), error.as_deref())
}

fn statuses(build: &Build, stage: usize) -> Vec<StepStatus> {
    let steps = build.stages[stage].steps.iter();
    steps.map(|step| step.status).collect()
}

#[test]
fn a_step_that_waits_for_another_stage_does_not_count_its_time() {
    let lines = [
        "[2/2] STEP 1/2: FROM scratch",
        "[2/2] STEP 2/2: COPY --from=builder /server /server",
        "[1/2] STEP 1/2: FROM rust AS builder",
        "[1/2] STEP 2/2: RUN cargo build",
        "--> 1234567890a",
        "[2/2] COMMIT name",
        "--> 1234567890b",
    ];
    let mut stream = PodmanStream::default();
    let mut build = Build::new(0);
    for (line, seconds) in lines.into_iter().zip(0..) {
        stream.push(&format!("{line}\n"), |event| {
            build.apply(Duration::from_secs(seconds), &event);
        });
    }
    let took = |stage, index| build.step(StepKey { stage, index })?.took();
    assert_eq!(took(0, 2), Some(Duration::from_secs(1)), "3 to 4");
    assert_eq!(
        took(1, 2),
        Some(Duration::from_secs(2)),
        "4 to 6, not 1 to 6"
    );
}

#[test]
fn an_edit_is_seen_step_by_step() {
    use StepStatus::{Cached, Ran};
    for Recorded { folder, edited, .. } in RECORDED {
        let build = fold_recorded(edited);
        let of = |stage| statuses(&build, stage);
        assert_eq!(of(0), [Cached, Cached, Cached, Ran, Ran], "{folder}");
        assert_eq!(of(1), [], "{folder}: the unused stage was never begun");
        assert_eq!(of(2), [Cached, Cached, Ran, Ran, Ran, Ran], "{folder}");
        assert_eq!(of(3), [Cached; 6], "{folder}");
        let named = build.steps().filter(|(_, step)| step.image.is_some());
        assert_eq!(
            named.count(),
            14,
            "{folder}: every result but those of the three FROMs"
        );
    }
}

#[test]
fn output_stands_under_the_step_that_printed_it() {
    for Recorded { folder, edited, .. } in RECORDED {
        let build = fold_recorded(edited);
        let step = StepKey { stage: 0, index: 5 };
        let (errors, printed): (Vec<&str>, Vec<&str>) = build
            .log
            .iter()
            .filter(|line| line.step == Some(step))
            .map(|line| line.text.as_str())
            // It takes its own way to us, and may come before the rest or after it.
            .partition(|line| line.contains("green"));
        assert_eq!(errors, ["\u{1b}[32mgreen\u{1b}[0m"], "{folder}");
        assert_eq!(
            printed,
            ["planning", "line 1", "line 2", "line 3"],
            "{folder}"
        );
    }
}

#[test]
fn a_build_without_a_change_is_cached_throughout() {
    for Recorded { folder, cached, .. } in RECORDED {
        let build = fold_recorded(cached);
        assert_eq!(build.count(StepStatus::Cached), 17, "{folder}");
        assert_eq!(build.steps().count(), 17, "{folder}");
    }
}

#[test]
fn the_failing_step_is_the_one_that_the_error_quotes() {
    for Recorded { folder, failed, .. } in RECORDED {
        let build = fold_recorded(failed);
        let at = StepKey { stage: 2, index: 6 };
        let status = build.step(at).unwrap().status;
        assert_eq!(status, StepStatus::Failed, "{folder}");
        assert_eq!(build.count(StepStatus::Failed), 1, "{folder}");
    }
}

/// Shape of podman 4.3.1: the last stage begins, waits for the one it copies from, and the lines
/// without a prefix change their owner twice.
#[test]
fn lines_of_interleaved_stages_find_their_owner() {
    let text = "\
[2/2] STEP 1/3: FROM scratch
[2/2] STEP 2/3: COPY --from=build /a /a
[1/2] STEP 1/2: FROM a AS build
[1/2] STEP 2/2: RUN make
making
--> 0123456789a
--> 1123456789a
[2/2] STEP 3/3: USER 1
--> Using cache 2123456789a2123456789a2123456789a2123456789a2123456789a012345678
[2/2] COMMIT x
--> 2123456789a
";
    let build = fold([text], None);
    assert_eq!(build.count(StepStatus::Ran), 2);
    assert_eq!(build.count(StepStatus::Cached), 3);
    let making = build.log.iter().find(|line| line.text == "making").unwrap();
    assert_eq!(making.step, Some(StepKey { stage: 0, index: 2 }));
    let copy = StepKey { stage: 1, index: 2 };
    assert_eq!(build.step(copy).unwrap().status, StepStatus::Ran);
}

/// The same with errors quoted from podman 4.3.1: the waiting COPY is not the one that failed.
#[test]
fn of_two_steps_at_work_the_quoted_one_failed() {
    let text = "\
[2/2] STEP 1/2: FROM scratch
[2/2] STEP 2/2: COPY --from=build /a /a
[1/2] STEP 1/2: FROM a AS build
[1/2] STEP 2/2: RUN false
";
    let error = "building at STEP \"RUN false\": while running runtime: exit status 1";
    let build = fold([text], Some(error));
    assert_eq!(statuses(&build, 0)[1], StepStatus::Failed);
    assert_eq!(statuses(&build, 1)[1], StepStatus::Cancelled);
}

/// The order of podman 4.3.1 in a cached cargo-chef build: two stages wait, one for the other.
#[test]
fn of_two_waiting_steps_the_one_goes_on_whose_source_is_done() {
    use StepStatus::{Cached, Ran};
    let text = "\
[1/4] STEP 1/2: FROM a AS chef
[1/4] STEP 2/2: WORKDIR /app
--> Using cache 0123456789a0123456789a0123456789a0123456789a0123456789a012345678
--> 0123456789a
[3/4] STEP 1/3: FROM 0123456789a AS builder
[3/4] STEP 2/3: COPY --from=planner /app/recipe.json recipe.json
[4/4] STEP 1/2: FROM scratch
[4/4] STEP 2/2: COPY --from=builder /server /server
[2/4] STEP 1/2: FROM 0123456789a AS planner
[2/4] STEP 2/2: COPY . .
--> Using cache 1123456789a0123456789a0123456789a0123456789a0123456789a012345678
--> 1123456789a
--> Using cache 2123456789a0123456789a0123456789a0123456789a0123456789a012345678
--> 2123456789a
[3/4] STEP 3/3: RUN make
making
--> 3123456789a
--> Using cache 4123456789a0123456789a0123456789a0123456789a0123456789a012345678
[4/4] COMMIT x
--> 4123456789a
";
    let build = fold([text], None);
    assert_eq!(statuses(&build, 2), [Cached, Cached, Ran]);
    assert_eq!(statuses(&build, 3), [Cached, Cached]);
    let making = build.log.iter().find(|line| line.text == "making").unwrap();
    assert_eq!(making.step, Some(StepKey { stage: 2, index: 3 }));
    let copy = build.step(StepKey { stage: 2, index: 2 }).unwrap();
    assert!(copy.image.as_ref().unwrap().0.starts_with("2123456789a"));
}

#[test]
fn a_program_that_prints_control_lines_is_not_believed() {
    let text = "\
STEP 1/3: FROM a
STEP 2/3: RUN ./forger
STEP 9/9: RUN forged
[2/4] STEP 3/3: RUN forged
--> not a result
STEP 3/3: RUN true
--> 0123456789a
";
    let build = fold([text], None);
    assert_eq!(build.stages[0].steps.len(), 3);
    let forged = build.log.iter().filter(|line| line.text.contains("forged"));
    assert_eq!(forged.count(), 2);
}

#[test]
fn a_base_that_had_to_be_pulled_ran() {
    let text = "\
STEP 1/2: FROM docker.io/library/alpine
Trying to pull docker.io/library/alpine:latest...
STEP 2/2: RUN true
--> 0123456789a
";
    assert_eq!(statuses(&fold([text], None), 0), [StepStatus::Ran; 2]);
}

proptest! {
    #[test]
    fn no_stream_breaks_it(text in "(\\[[0-9]/[0-9]\\] |STEP [0-9]/[0-9]: |--> |Using cache |0123456789a|FROM x|\n|\r|x){0,80}") {
        let build = fold([text.as_str()], Some("building at STEP \"FROM x\": no"));
        prop_assert!(build.steps().all(|(_, step)| step.status.is_final()));
    }

    #[test]
    fn where_the_engine_cuts_its_output_does_not_matter(cuts in proptest::collection::vec(1usize..60, 1..40)) {
        let (chunks, _) = recorded(RECORDED[0].edited);
        let whole = chunks.concat();
        let mut pieces = Vec::new();
        let mut rest = whole.as_str();
        for cut in cuts.iter().cycle() {
            if rest.is_empty() { break }
            let (head, tail) = rest.split_at((*cut).min(rest.len()));
            pieces.push(head);
            rest = tail;
        }
        prop_assert_eq!(fold(pieces, None), fold([whole.as_str()], None));
    }
}

#[test]
fn a_result_behind_output_without_a_line_end_is_a_result() {
    let chunks = [
        "STEP 1/3: FROM x\n",
        "STEP 2/3: RUN printf open\n",
        "open",
        "--> 1234567890a\n",
        "STEP 3/3: COPY none /none\n",
    ];
    let build = fold(chunks, None);
    let step = StepKey { stage: 0, index: 2 };
    assert_eq!(build.step(step).unwrap().status, StepStatus::Ran);
    let printed: Vec<&str> = build.log.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(printed, ["open"]);
}

#[test]
fn what_comes_behind_a_forged_result_is_still_the_runs() {
    let chunks = [
        "STEP 1/3: FROM x\n",
        "STEP 2/3: RUN forge\n",
        "--> 0123456789a\nmore\n",
        "--> 1234567890a\n",
        "STEP 3/3: COPY none /none\n",
    ];
    let build = fold(chunks, None);
    let step = StepKey { stage: 0, index: 2 };
    assert_eq!(build.log.front().unwrap().step, Some(step));
    let image = build.step(step).unwrap().image.as_ref();
    assert_eq!(image.unwrap().0, "1234567890a", "the last one counts");
}
