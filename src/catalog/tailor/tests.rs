//! What is put where, and that nothing else changes.

use proptest::prelude::*;

use super::*;
use crate::{
    catalog::embedded,
    domain::event::StepKey,
    parse::dockerfile::{line_of, outline},
};

const DOCKERFILE: &str = "\
# a comment
ARG BASE=rust
ARG RUNTIME=alpine

FROM ${BASE} AS chef
LABEL strategy=\"x\"

FROM chef AS builder
RUN --mount=type=cache,id=x-target,target=/app/target \\
    --mount=type=cache,target=/usr/local/cargo/registry \\
    --mount=type=bind,source=a,target=/a \\
    cargo build

FROM --platform=linux/amd64 ${RUNTIME}
COPY --from=builder /a /a
";

fn settings(env: &[(&str, &str)], debian: &[&str], alpine: &[&str]) -> Settings {
    let owned = |list: &[&str]| list.iter().map(|name| (*name).to_owned()).collect();
    let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Settings {
        env: env.iter().map(pair).collect(),
        packages: SystemPackages {
            debian: owned(debian),
            alpine: owned(alpine),
        },
        ..Settings::default()
    }
}

fn tailored(settings: &Settings) -> Tailored {
    tailor(DOCKERFILE, "app", settings, &BTreeSet::from(["BASE"]))
}

#[test]
fn without_settings_only_the_ids_of_caches_change() {
    let expected = DOCKERFILE
        .replace("id=x-target", "id=app-x-target")
        .replace(
            "target=/usr/local/cargo/registry",
            "target=/usr/local/cargo/registry,id=app-usr-local-cargo-registry",
        );
    let tailored = tailored(&Settings::default());
    assert_eq!(tailored.text, expected);
    assert!(tailored.inserted.is_empty());
}

#[test]
fn packages_and_environment_stand_behind_their_from() {
    let settings = settings(
        &[("A", "one two"), ("B", "say \"$x\\\"")],
        &["libpq-dev"],
        &["postgresql-dev"],
    );
    let tailored = tailored(&settings);
    let lines: Vec<&str> = tailored.text.lines().collect();
    assert_eq!(lines[4], "FROM ${BASE} AS chef");
    assert_eq!(
        lines[5],
        "RUN if command -v apk >/dev/null; then apk add --no-cache postgresql-dev; else apt-get update && apt-get install -y --no-install-recommends libpq-dev && apt-get clean && rm -rf /var/lib/apt/lists/*; fi"
    );
    let environment = r#"ENV A="one two" B="say \"\$x\\\"""#;
    assert_eq!(lines[6], environment);
    // A stage made from a stage inherits; the last one has neither and gets the environment.
    assert_eq!(
        &lines[7..10],
        ["LABEL strategy=\"x\"", "", "FROM chef AS builder"]
    );
    assert!(lines[10].starts_with("RUN --mount"));
    assert_eq!(lines[15], "FROM --platform=linux/amd64 ${RUNTIME}");
    assert_eq!(lines[16], environment);
}

#[test]
fn a_line_is_found_again_in_the_strategys_own_file() {
    let settings = settings(&[("A", "1")], &["libpq-dev"], &[]);
    let tailored = tailored(&settings);
    let original: Vec<&str> = DOCKERFILE.lines().collect();
    for (index, line) in tailored.text.lines().enumerate() {
        match tailored.own_line(index + 1) {
            Some(own) => {
                let same = original[own - 1] == line || line.contains("--mount=type=cache");
                assert!(same, "{line} is not on line {own}");
            }
            None => assert!(
                line.starts_with("ENV ") || line.starts_with("RUN if "),
                "{line}"
            ),
        }
    }
    // The third step of the first stage is the strategy's second.
    let steps = outline(&tailored.text);
    let step = StepKey { stage: 0, index: 4 };
    let label = line_of(&tailored.text, &steps, step).unwrap();
    assert_eq!(tailored.own_line(label), Some(6));
}

#[test]
fn one_list_of_packages_leaves_the_other_manager_alone() {
    let debian = tailored(&settings(&[], &["cmake"], &[])).text;
    assert!(debian.contains("then :; else apt-get update"), "{debian}");
    let alpine = tailored(&settings(&[], &[], &["cmake"])).text;
    assert!(
        alpine.contains("apk add --no-cache cmake; else :; fi"),
        "{alpine}"
    );
}

#[test]
fn the_escape_character_is_the_files() {
    let settings = settings(&[("A", "`\"\\")], &[], &[]);
    let text = tailor("# escape=`\nFROM x", "app", &settings, &BTreeSet::new()).text;
    assert_eq!(text, "# escape=`\nFROM x\nENV A=\"```\"\\\"\n");
}

#[test]
fn every_strategy_of_ours_compiles_in_a_builder() {
    let catalog = Catalog::parse(&[embedded()]);
    let settings = settings(&[], &["cmake"], &["cmake"]);
    // What is compiled on this machine needs no builder.
    let hermetic = catalog.strategies.iter().filter(|one| one.is_hermetic());
    for strategy in hermetic {
        let builders = catalog.builder_arguments(strategy);
        let text = tailor(&strategy.dockerfile, "app", &settings, &builders).text;
        assert!(text.contains("apk add --no-cache cmake"), "{}", strategy.id);
    }
}

proptest! {
    #[test]
    fn every_other_line_stays_as_it_is(
        text in "(FROM \\$\\{BASE\\}|FROM x|RUN a|<<EOF|EOF|\\\\|#|\n| |--mount=type=cache,id=a|[a-z]){0,40}"
    ) {
        let settings = settings(&[("A", "1")], &["x"], &[]);
        let tailored = tailor(&text, "app", &settings, &BTreeSet::from(["BASE"]));
        let kept: Vec<&str> = tailored
            .text
            .lines()
            .enumerate()
            .filter(|(index, _)| tailored.own_line(index + 1).is_some())
            .map(|(_, line)| line)
            .collect();
        let back = kept.join("\n").replace("id=app-", "id=");
        let original: Vec<&str> = text.lines().collect();
        prop_assert_eq!(back, original.join("\n"));
    }
}
