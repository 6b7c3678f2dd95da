//! What is found before a build.

use super::*;
use crate::{
    catalog::{Catalog, embedded},
    context::IgnoreRules,
    domain::preflight::Finding,
};

const LOCK: (&str, &str) = ("Cargo.lock", "version = 4\n");
const MAIN: (&str, &str) = ("src/main.rs", "fn main() {}");

/// What is found in an app of these files.
fn found(manifest: &str, more: &[(&str, &str)]) -> Vec<Finding> {
    let manifest = format!("{PACKAGE}{manifest}");
    let folder = lay(&[&[("app/Cargo.toml", manifest.as_str())], more].concat());
    let app = App::load(&folder.path().join("app")).unwrap();
    let catalog = Catalog::parse(&[embedded()]);
    super::super::preflight::look_for_all(&app, &catalog)
}

fn words(findings: &[Finding], errors: bool) -> Vec<String> {
    let chosen = findings.iter().filter(|one| one.is_error() == errors);
    chosen.map(ToString::to_string).collect()
}

fn within_app<'a>(files: &[(&'a str, &'a str)]) -> Vec<(String, &'a str)> {
    let moved = files.iter();
    moved
        .map(|(path, text)| (format!("app/{path}"), *text))
        .collect()
}

fn look(manifest: &str, files: &[(&str, &str)]) -> Vec<Finding> {
    let moved = within_app(files);
    let moved: Vec<(&str, &str)> = moved
        .iter()
        .map(|(path, text)| (path.as_str(), *text))
        .collect();
    found(manifest, &moved)
}

#[test]
fn an_app_that_is_whole_has_no_findings() {
    assert_eq!(look("rust-version = \"1.96\"\n", &[LOCK, MAIN]), []);
}

#[test]
fn a_missing_or_broken_lock_file_stops_a_build() {
    let missing = words(&look("", &[MAIN]), true);
    assert_eq!(missing.len(), 1, "{missing:?}");
    assert!(
        missing[0].contains("Run `cargo generate-lockfile` in /"),
        "{missing:?}"
    );
    let broken = words(
        &look("", &[MAIN, ("Cargo.lock", "version = 4\n<<<<<<< ours\n")]),
        true,
    );
    assert!(broken[0].contains("Cargo.lock:2: "), "{broken:?}");
}

#[test]
fn foreign_sources_are_noted_unless_they_are_vendored() {
    let lock = "version = 4\n[[package]]\nname = \"far\"\nversion = \"1.0.0\"\nsource = \"git+https://example.org/far#0123\"\n";
    let files = [("Cargo.lock", lock), MAIN];
    let findings = look("", &files);
    assert_eq!(words(&findings, true), [""; 0]);
    assert!(words(&findings, false)[0].starts_with("`far` comes from git"));
    let vendored = (
        ".cargo/config.toml",
        "[source.crates-io]\nreplace-with = \"vendored-sources\"\n",
    );
    assert_eq!(look("", &[files[0], files[1], vendored]), []);
}

#[test]
fn a_path_outside_of_what_is_sent_stops_a_build() {
    let other = "[package]\nname = \"other\"\nversion = \"1.0.0\"\n";
    for manifest in [
        "[dependencies]\nother = { path = \"../other\" }\n",
        "[target.'cfg(unix)'.dev-dependencies]\nother = { path = \"../other\" }\n",
        "[patch.crates-io]\nother = { path = \"../other\" }\n",
        "[workspace]\n[workspace.dependencies]\nother = { path = \"../other\" }\n[dependencies]\nother.workspace = true\n",
    ] {
        let files = [
            ("app/Cargo.lock", "version = 4\n"),
            ("app/src/main.rs", ""),
            ("other/Cargo.toml", other),
            ("other/src/lib.rs", ""),
        ];
        let errors = words(&found(manifest, &files), true);
        assert_eq!(errors.len(), 1, "{manifest}: {errors:?}");
        assert!(
            errors[0].starts_with("`other` is at /") && errors[0].contains("`--app DIR`"),
            "{errors:?}"
        );
    }
    let inside = "[dependencies]\nother = { path = \"other\" }\n";
    assert_eq!(look(inside, &[LOCK, MAIN, ("other/Cargo.toml", other)]), []);
}

#[test]
fn a_path_of_another_member_counts_too() {
    let member = "[package]\nname = \"m\"\nversion = \"1.0.0\"\nedition = \"2021\"\n[dependencies]\nother = { path = \"../../other\" }\n";
    let files = [
        ("app/Cargo.lock", "version = 4\n"),
        ("app/src/main.rs", ""),
        ("app/m/Cargo.toml", member),
        ("app/m/src/lib.rs", ""),
        (
            "other/Cargo.toml",
            "[package]\nname = \"other\"\nversion = \"1.0.0\"\n",
        ),
        ("other/src/lib.rs", ""),
    ];
    let errors = words(
        &found(
            "edition = \"2021\"\n[workspace]\nmembers = [\"m\"]\n",
            &files,
        ),
        true,
    );
    assert!(errors[0].starts_with("`other` is at /"), "{errors:?}");
    let findings = found(
        "edition = \"2021\"\n[workspace]\nmembers = [\"none\"]\n",
        &files[..2],
    );
    let notes = words(&findings, false);
    assert!(notes[0].contains("failed to load manifest"), "{notes:?}");
}

#[test]
fn a_newer_rust_and_a_toolchain_file_are_told() {
    let errors = words(&look("rust-version = \"1.99\"\n", &[LOCK, MAIN]), true);
    // One for each base that compiles.
    assert_eq!(errors.len(), 4, "{errors:?}");
    assert!(errors[0].contains("the base `rust` has 1.96"), "{errors:?}");
    let file = (
        "rust-toolchain.toml",
        "[toolchain]\nchannel = \"nightly\"\n",
    );
    let notes = words(&look("", &[LOCK, MAIN, file]), false);
    assert!(notes[0].contains("the toolchain `nightly`"), "{notes:?}");
    let ignored = (".dockerignore", "rust-toolchain*\n");
    assert_eq!(look("", &[LOCK, MAIN, file, ignored]), []);
}

#[test]
fn an_ignore_line_that_leaves_out_what_cargo_needs_is_named() {
    let errors = words(
        &look("", &[LOCK, MAIN, (".dockerignore", "target\n*.lock\n")]),
        true,
    );
    assert_eq!(
        errors,
        [
            ".dockerignore:2 `*.lock` leaves Cargo.lock out, which cargo needs. Put the line `!Cargo.lock` below it."
        ]
    );
    let folder = lay(&[("Cargo.toml", PACKAGE), LOCK, MAIN]);
    let app = App::load(folder.path()).unwrap();
    let catalog = Catalog::parse(&[embedded()]);
    let rules = IgnoreRules::Strategy {
        name: "Dockerfile.dockerignore".into(),
        text: "src\n".into(),
    };
    let mut strategy = catalog.strategies[0].clone();
    let look = |strategy: &_| super::super::preflight::look_for(&app, &catalog, strategy, &rules);
    let findings = look(&strategy);
    assert!(
        findings[0]
            .found
            .starts_with("Dockerfile.dockerignore:1 `src`"),
        "{findings:?}"
    );
    strategy.overlay.insert("src/main.rs".into(), Vec::new());
    assert_eq!(look(&strategy), [], "what is laid over the app is there");
}
