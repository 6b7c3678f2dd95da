//! Whole ignore files.

use proptest::prelude::*;

use super::*;

fn ignored(text: &str, path: &str) -> bool {
    IgnoreFile::parse(".dockerignore", text.as_bytes())
        .unwrap()
        .judge_path(path.as_bytes())
        .ignored_by
        .is_some()
}

#[test]
fn lines_are_read_as_docker_reads_them() {
    for (text, path, expected) in [
        ("target", "target", true),
        ("target", "target/debug/a", true),
        ("target", "sub/target", false),
        ("target/", "target/a", true),
        ("/target", "target/a", true),
        ("./target", "target/a", true),
        ("a//b/./c", "a/b/c", true),
        ("x/../target", "target", true),
        ("../target", "target", false),
        ("/../target", "target", true),
        (".", "target", false),
        ("/", "target", false),
        ("  target \t\r\n", "target", true),
        ("# target", "target", false),
        (" # target", "# target", true),
        ("\u{feff}target", "target", true),
        ("\u{feff}# x\ntarget", "target", true),
        ("! target\n", "target", false),
        ("!!a", "!a", false),
        ("*.md\n!README.md", "README.md", false),
        ("*.md\n!README.md", "OTHER.md", true),
        ("!README.md\n*.md", "README.md", true),
        (
            "*.md\n!README*.md\nREADME-secret.md",
            "README-secret.md",
            true,
        ),
        ("docs\n!docs/README.md", "docs/README.md", false),
        ("docs/\n!docs/README.md", "docs/other.md", true),
        ("docs/*\n!docs/README.md", "docs/README.md", false),
        ("*/temp*", "sub/temporary.txt", true),
        ("*/*/temp*", "sub/temporary.txt", false),
        ("temp?", "tempa", true),
        ("**/*.go", "a/b/c.go", true),
        ("**/*.go", "c.go", true),
        ("**\n!util/web", "util/web/foo", false),
        ("**\n!util/web\nutil/web/foo", "util/web/foo", true),
        ("*\n!src/**\n!Cargo.*", "src/a/b.rs", false),
        ("*\n!src/**\n!Cargo.*", "Cargo.lock", false),
        ("*\n!src/**\n!Cargo.*", "LICENSE", true),
        ("", "anything", false),
    ] {
        assert_eq!(ignored(text, path), expected, "{text:?} on {path}");
    }
}

#[test]
fn an_exception_that_was_of_no_use_above_does_not_help_below() {
    assert!(ignored("a/b\n!a", "a/b"));
    assert!(!ignored("a\n!a", "a/b"));
}

#[test]
fn a_verdict_names_line_and_pattern() {
    let file = IgnoreFile::parse(".dockerignore", b"# all\n\n*.md\n target/ \n!x\n").unwrap();
    let verdict = file.judge_path(b"target/debug");
    let pattern = verdict.ignored_by.unwrap();
    assert_eq!((pattern.line, pattern.text.as_str()), (4, "target/"));
    assert!(!file.may_take_back_beneath(b"target"));
}

#[test]
fn a_bad_pattern_is_told_with_file_and_line() {
    let fault = IgnoreFile::parse("my.dockerignore", b"ok\n  a[b \n").unwrap_err();
    assert!(
        fault.to_string().starts_with("my.dockerignore:2: `a[b`: "),
        "{fault}"
    );
    for text in ["!\n", "!/\n", "! /../a/..\n"] {
        let lone = IgnoreFile::parse("f", text.as_bytes()).unwrap_err();
        assert_eq!(lone.problem, PatternProblem::LoneException, "{text}");
    }
}

#[test]
fn cleaning_is_gos() {
    for (path, expected) in [
        ("", "."),
        ("a/..", "."),
        ("a/../..", ".."),
        ("../a/../b", "../b"),
        ("/..", "/"),
        ("/a/../../b", "/b"),
        ("a///", "a"),
        (".//a", "a"),
    ] {
        assert_eq!(clean(path.as_bytes()), expected.as_bytes(), "{path}");
    }
}

proptest! {
    #[test]
    fn any_file_is_taken(text in proptest::collection::vec(any::<u8>(), 0..200),
                         path in proptest::collection::vec(any::<u8>(), 0..60)) {
        if let Ok(file) = IgnoreFile::parse("f", &text) {
            let _ = file.judge_path(&path);
        }
    }

    #[test]
    fn cleaning_twice_changes_nothing(path in "[a./]{0,20}") {
        let once = clean(path.as_bytes());
        prop_assert_eq!(clean(&once), once);
    }

    #[test]
    fn without_exceptions_a_folder_takes_all_beneath_with_it(text in "([ab*/]{1,4}\n){1,3}",
                                                             path in "[ab]{1,2}(/[ab]{1,2}){0,2}") {
        let file = IgnoreFile::parse("f", text.as_bytes()).unwrap();
        let inside = format!("{path}/z");
        if file.judge_path(path.as_bytes()).ignored_by.is_some() {
            prop_assert!(file.judge_path(inside.as_bytes()).ignored_by.is_some());
        }
    }
}
