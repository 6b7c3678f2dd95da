//! Builds of a small Dockerfile: what is expected of each step, and what is said of it.

mod given;

use self::given::{Given, files};
use crate::domain::{
    build::StepStatus::{Cached, Ran},
    reason::{Cause, Certainty, Expected},
};

const DOCKERFILE: &str = "\
ARG BASE=rust
FROM ${BASE} AS build
WORKDIR /app
ARG VERSION=1
COPY Cargo.toml ./
RUN cargo fetch
COPY src src
RUN cargo build

FROM scratch
COPY --from=build /app/server /server
CMD [\"/server\"]
";

fn given() -> Given {
    Given::new(
        DOCKERFILE,
        files(&[("Cargo.toml", "[package]\n"), ("src/main.rs", "one\ntwo\n")]),
    )
}

#[test]
fn what_was_never_built_runs_and_what_was_is_cached() {
    let mut given = given();
    let first = given.judged();
    assert_eq!(
        first.words("WORKDIR /app"),
        (Expected::Miss, "never built on this engine")
    );
    given.built();
    let again = given.judged();
    for (_, expected, reason) in again.all() {
        assert_eq!(expected, Expected::Hit, "{reason}");
    }
}

#[test]
fn what_the_engine_has_of_builds_that_nobody_remembers_is_likely_of_an_earlier_one() {
    let based = DOCKERFILE.replace(
        "FROM scratch",
        "FROM build AS next\nRUN true\n\nFROM scratch",
    );
    let given = Given::new(&based, files(&[("src/main.rs", "one\n")]));
    let judged = given.judged_after(|_| Cached);
    for (step, _, reason) in judged.all() {
        let told = reason.to_string();
        let is_from = step.starts_with("FROM");
        assert_eq!(
            is_from,
            told == "nothing that it depends on changed",
            "{step}: {told}"
        );
        assert_eq!(
            !is_from,
            told.contains("the history does not know"),
            "{step}: {told}"
        );
    }
}

#[test]
fn an_edit_is_named_and_what_follows_points_to_it() {
    let mut given = given();
    given.built();
    given.put("src/main.rs", "one\nTWO\n");
    let judged = given.judged();
    assert_eq!(judged.words("RUN cargo fetch").0, Expected::Hit);
    assert_eq!(
        judged.words("COPY src src"),
        (Expected::Miss, "src/main.rs changed (3 bytes at line 2)")
    );
    assert_eq!(
        judged.words("RUN cargo build"),
        (Expected::Miss, "step 6 before it has a new result")
    );
    let copied = judged.reason("COPY --from=build");
    assert!(
        matches!(copied.certainty, Certainty::Likely { .. }),
        "{copied}"
    );
}

#[test]
fn what_follows_in_other_stages_has_the_same_root() {
    let mut given = given();
    given.built();
    given.put("src/main.rs", "other\n");
    let judged = given.judged_after(|instruction| match instruction {
        "COPY src src" | "RUN cargo build" => Ran,
        _ if instruction.starts_with("COPY --from") => Ran,
        "CMD [\"/server\"]" => Ran,
        _ => Cached,
    });
    let edited = Some((0, 5));
    assert_eq!(judged.root("COPY src src"), None);
    assert_eq!(judged.root("RUN cargo build"), edited);
    assert_eq!(judged.root("COPY --from=build"), edited);
    assert_eq!(judged.root("CMD"), edited);
}

#[test]
fn an_edit_taken_back_is_an_earlier_state() {
    let mut given = given();
    given.built();
    given.put("src/main.rs", "other\n");
    given.built();
    given.put("src/main.rs", "one\ntwo\n");
    assert_eq!(
        given.judged().words("COPY src src"),
        (Expected::Hit, "all is as in an earlier build")
    );
}

#[test]
fn an_argument_matters_from_its_line_on() {
    let mut given = given();
    given.built();
    given.argument("VERSION", "2");
    let judged = given.judged();
    assert_eq!(judged.words("COPY Cargo.toml ./").0, Expected::Hit);
    assert_eq!(
        judged.words("RUN cargo fetch"),
        (Expected::Miss, "ARG VERSION: 1 → 2")
    );
}

#[test]
fn another_image_is_the_cause_of_all_that_is_based_on_it() {
    let mut given = given();
    given.built();
    given.image("rust", &"b".repeat(64));
    let judged = given.judged();
    assert_eq!(
        judged.words("WORKDIR /app"),
        (
            Expected::Miss,
            "rust is now bbbbbbbbbbbb (was aaaaaaaaaaaa)"
        )
    );
}

#[test]
fn another_instruction_is_told_with_the_one_before() {
    let mut given = given();
    given.built();
    given.dockerfile(&DOCKERFILE.replace("cargo fetch", "cargo vendor"));
    assert_eq!(
        given.judged().words("RUN cargo vendor"),
        (
            Expected::Miss,
            "the instruction is another: it was `RUN cargo fetch`"
        )
    );
}

#[test]
fn a_time_alone_does_not_matter_and_is_said() {
    let mut given = given();
    given.built();
    given.touch("src/main.rs");
    assert_eq!(
        given.judged().words("COPY src src"),
        (Expected::Hit, "src/main.rs: only the time changed")
    );
}

#[test]
fn what_a_stage_makes_can_come_out_the_same() {
    let mut given = given();
    given.built();
    given.put("src/main.rs", "a comment\n");
    let status = |instruction: &str| match instruction {
        "COPY src src" | "RUN cargo build" => Ran,
        _ => Cached,
    };
    let judged = given.judged_after(status);
    assert_eq!(
        judged.reason("COPY --from=build").to_string(),
        "what it takes from build came out the same"
    );
    // What it made is known to be the same from then on.
    given.built_as(status);
    given.put("src/main.rs", "one\ntwo\n");
    given.built_as(|_| Cached);
    given.put("src/main.rs", "a comment\n");
    assert_eq!(given.judged().words("COPY --from=build").0, Expected::Hit);
}

#[test]
fn a_result_that_is_gone_is_told_as_gone() {
    let mut given = given();
    given.built();
    let judged = given.judged_after(|instruction| match instruction {
        "RUN cargo fetch" => Ran,
        _ if instruction.starts_with("FROM") => Cached,
        "WORKDIR /app" | "ARG VERSION=1" | "COPY Cargo.toml ./" => Cached,
        _ => Ran,
    });
    let fetch = judged.reason("RUN cargo fetch");
    assert_eq!(fetch.cause, Cause::Gone);
    assert!(matches!(fetch.certainty, Certainty::Likely { .. }));
    let build = judged.reason("RUN cargo build");
    assert!(matches!(build.cause, Cause::Parent { .. }), "{build}");
}

#[test]
fn a_build_without_cache_says_so() {
    let mut given = given();
    given.built();
    given.cache_off = true;
    let judged = given.judged_after(|instruction| match instruction {
        _ if instruction.starts_with("FROM") => Cached,
        _ => Ran,
    });
    assert_eq!(judged.reason("RUN cargo fetch").cause, Cause::CacheOff);
}

const TWINS: &str = "\
FROM rust AS planner
WORKDIR /app
COPY src src
RUN cargo plan

FROM rust AS build
WORKDIR /app
COPY src src
RUN cargo build
COPY --from=planner /app/plan /plan
";

#[test]
fn steps_that_are_the_same_are_made_once() {
    let given = Given::new(TWINS, files(&[("src/main.rs", "one\n")]));
    let judged = given.judged();
    let of = |instruction: &str| -> Vec<(Expected, String)> {
        let all = judged.all();
        let steps = all.filter(|(text, ..)| text.starts_with(instruction));
        steps
            .map(|(_, expected, reason)| (expected, reason.to_string()))
            .collect()
    };
    let [first, second] = &of("COPY src")[..] else {
        panic!("not two steps");
    };
    assert_eq!(first.0, Expected::Miss);
    assert!(first.1.starts_with("likely "), "{}", first.1);
    assert_eq!(second.0, Expected::Hit);
    assert!(
        second.1.contains("step 3 of planner makes the same"),
        "{}",
        second.1
    );
    // What differs is made each time.
    assert_eq!(of("RUN cargo")[1].0, Expected::Miss);
    let judged = given.judged_after(|instruction| match instruction {
        "WORKDIR /app" | "COPY src src" => Cached,
        _ => Ran,
    });
    let told = judged.all().filter(|(text, ..)| *text == "COPY src src");
    let told: Vec<String> = told.map(|(_, _, reason)| reason.to_string()).collect();
    assert_eq!(told[1], "step 3 of planner makes the same");
}
