use super::*;
use crate::domain::footprint::{FOOTPRINT_SCHEMA, Ingredient, StageFootprint, StepFootprint};

pub(super) fn argument(name: &str) -> Cause {
    Cause::Argument {
        name: name.into(),
        before: Some("1".into()),
        after: Some("2".into()),
    }
}

fn of(name: &str, sources: &[(&str, &str)], steps: Vec<(&str, &str, Was)>) -> Vec<Finding> {
    let mut history = History::default();
    let mut steps = steps;
    for (_, _, was) in &mut steps {
        if let Was::Ran(_, cause) = was {
            *cause = argument(name);
        }
    }
    history.add("x", sources, steps);
    history.of(FindingKind::EarlyArgument)
}

fn ran(seconds: f64) -> Was {
    Was::Ran(seconds, Cause::Unchanged)
}

#[test]
fn only_what_ran_above_the_first_use_would_have_been_saved() {
    let found = of(
        "VERSION",
        &APP,
        vec![
            ("0", "RUN apt-get update", ran(4.0)),
            ("0", "RUN make-fonts", Was::Because(0, 3.0)),
            ("0", "RUN echo $VERSION >/version", Was::Because(0, 2.0)),
            ("0", "RUN strip /server", Was::Because(0, 1.0)),
        ],
    );
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].seconds, Some(7.0));
    assert_eq!(
        found[0].remedy,
        "move ARG VERSION down to just above `RUN echo $VERSION >/version`"
    );
}

#[test]
fn a_longer_name_that_begins_alike_is_another() {
    let of = |command: &'static str| of("VERSION", &APP, vec![("0", command, ran(1.0))]).len();
    assert_eq!(of("RUN echo $VERSION_FULL ${VERSION_FULL}"), 1);
    assert_eq!(of("RUN echo $VERSION"), 0);
    assert_eq!(of("RUN echo ${VERSION:-none}"), 0);
    assert_eq!(of("RUN printenv VERSION"), 0);
    assert_eq!(of("RUN <<EOF"), 0, "what is in a heredoc is not known");
}

#[test]
fn what_programs_read_untold_is_not_early() {
    let steps = || vec![("0", "RUN cargo build", ran(1.0))];
    assert_eq!(of("RUSTFLAGS", &APP, steps()), []);
    let asks = [(
        "build.rs",
        "fn main() { std::env::var(\"COMMIT\").unwrap(); }",
    )];
    assert_eq!(of("COMMIT", &asks, steps()), []);
    assert_eq!(of("COMMIT", &APP, steps()).len(), 1);
}

#[test]
fn a_strategy_by_which_the_same_argument_cost_less_avoids_it() {
    let mut history = History::default();
    let late = "RUN echo $VERSION >/version";
    history.add(
        "late",
        &APP,
        vec![("0", late, Was::Ran(0.5, argument("VERSION")))],
    );
    history.add(
        "early",
        &APP,
        vec![("0", "RUN make", Was::Ran(9.0, argument("VERSION")))],
    );
    let found = history.of(FindingKind::EarlyArgument);
    assert_eq!(found.len(), 1);
    assert_eq!(measured(&found[0]), Some("late"));
}

#[test]
fn what_would_have_run_anyway_is_not_saved() {
    let step = |instruction: &str, ingredients: Vec<Ingredient>| StepFootprint {
        instruction: instruction.into(),
        line: None,
        follows: true,
        ingredients,
    };
    let footprint = |version: &str, files: &str| Footprint {
        schema: FOOTPRINT_SCHEMA,
        store: "here".into(),
        context: ContentDigest::of(b""),
        arguments: BTreeMap::new(),
        skips_stages: true,
        stages: vec![StageFootprint {
            name: "0".into(),
            steps: vec![
                step("RUN apt-get update", vec![argued(version)]),
                step("RUN make-fonts", vec![argued(version)]),
                step("COPY . .", vec![copied(files)]),
                step("RUN cargo build", vec![argued(version)]),
            ],
        }],
    };
    let mut history = History::default();
    let steps = || {
        vec![
            (
                "0",
                "RUN apt-get update",
                Was::Ran(4.0, argument("VERSION")),
            ),
            ("0", "RUN make-fonts", Was::Because(0, 3.0)),
            ("0", "COPY . .", Was::Because(0, 1.0)),
            ("0", "RUN cargo build", Was::Because(0, 9.0)),
        ]
    };
    let before = history.add("x", &APP, Vec::new());
    let now = history.add("x", &APP, steps());
    history.compare(now, before);
    history.footprints.insert(before, footprint("1", "a"));
    let mut seconds = |files: &str| {
        history.footprints.insert(now, footprint("2", files));
        history.of(FindingKind::EarlyArgument)[0].seconds
    };
    assert_eq!(seconds("a"), Some(17.0));
    assert_eq!(
        seconds("b"),
        Some(7.0),
        "the files that are copied changed too"
    );
}

fn argued(value: &str) -> Ingredient {
    Ingredient::Argument {
        name: "VERSION".into(),
        value: Some(value.into()),
    }
}

fn copied(files: &str) -> Ingredient {
    Ingredient::Files {
        sources: vec![".".into()],
        digest: ContentDigest::of(files.as_bytes()),
    }
}
