//! Real folders, listed.

use std::{
    ffi::OsStr,
    os::unix::{
        fs::{PermissionsExt, symlink},
        net::UnixListener,
    },
};

use super::*;
use crate::context::test_folder::lay;

fn sent(context: &Context) -> Vec<String> {
    let name = |entry: &Entry| entry.path.to_string_lossy().into_owned();
    context.entries.iter().map(name).collect()
}

fn ignored(context: &Context) -> Vec<(String, usize, String)> {
    let shown = |one: &Ignored| {
        (
            one.path.to_string_lossy().into_owned(),
            one.line,
            one.pattern.clone(),
        )
    };
    context.ignored.iter().map(shown).collect()
}

#[test]
fn entries_are_sorted_by_bytes_and_ignored_folders_named_once() {
    let app = lay(&[
        (".dockerignore", "# x\ntarget\n*.md\n"),
        ("a/x", "1"),
        ("a-b", "22"),
        ("target/debug/app", "big"),
        ("README.md", "333"),
    ]);
    let context = walk(app.path(), &IgnoreRules::App).unwrap();
    assert_eq!(sent(&context), ["a", "a-b", "a/x"]);
    assert_eq!(
        ignored(&context),
        [
            ("README.md".into(), 3, "*.md".into()),
            ("target".into(), 2, "target".into())
        ]
    );
    assert_eq!(context.ignored[0].bytes, Some(Bytes(3)));
    assert!(context.ignored[1].folder);
    assert_eq!(context.bytes(), Bytes(3));
    assert_eq!(context.skipped[0].path, Path::new(".dockerignore"));
    assert_eq!(
        context.entry(Path::new("a/x")).unwrap().kind,
        EntryKind::File { bytes: Bytes(1) }
    );
    assert!(context.entry(Path::new("target")).is_none());
}

#[test]
fn an_exception_brings_back_a_file_with_the_folders_above_it() {
    let app = lay(&[
        (".dockerignore", "*\n!src/**/*.rs\n!doc/none\n"),
        ("src/a/b.rs", ""),
        ("src/a/b.txt", ""),
        ("src/c/d.txt", ""),
        ("doc/text", ""),
        ("other/e.rs", ""),
    ]);
    let context = walk(app.path(), &IgnoreRules::App).unwrap();
    assert_eq!(sent(&context), ["src", "src/a", "src/a/b.rs"]);
    let names: Vec<String> = ignored(&context)
        .into_iter()
        .map(|(path, ..)| path)
        .collect();
    assert_eq!(names, ["doc", "other", "src/a/b.txt", "src/c"]);
}

#[test]
fn a_strategys_rules_replace_the_apps() {
    let app = lay(&[(".dockerignore", "a"), ("a", ""), ("b", "")]);
    let own = IgnoreRules::Strategy {
        name: "Dockerfile.dockerignore".into(),
        text: "b".into(),
    };
    let context = walk(app.path(), &own).unwrap();
    assert_eq!(sent(&context), ["a"]);
    assert_eq!(context.ignored[0].file, "Dockerfile.dockerignore");
}

#[test]
fn podmans_name_counts_where_dockers_is_missing() {
    let app = lay(&[(".containerignore", "a"), ("a", ""), ("b", "")]);
    let context = walk(app.path(), &IgnoreRules::App).unwrap();
    assert_eq!(sent(&context), ["b"]);
}

#[test]
fn links_stay_links_and_special_files_are_skipped_with_a_note() {
    let app = lay(&[("real/file", "x"), (".imgtui.Dockerfile.dockerignore", "*")]);
    symlink("real", app.path().join("link")).unwrap();
    symlink("nowhere/\u{e9}", app.path().join("broken")).unwrap();
    symlink(".", app.path().join("loop")).unwrap();
    let _socket = UnixListener::bind(app.path().join("socket")).unwrap();
    let context = walk(app.path(), &IgnoreRules::App).unwrap();
    assert_eq!(
        sent(&context),
        ["broken", "link", "loop", "real", "real/file"]
    );
    let target = EntryKind::Link {
        target: "real".into(),
    };
    assert_eq!(context.entries[1].kind, target);
    let skipped: Vec<&Path> = context
        .skipped
        .iter()
        .map(|one| one.path.as_path())
        .collect();
    assert_eq!(
        skipped,
        [
            Path::new(".imgtui.Dockerfile.dockerignore"),
            Path::new("socket")
        ]
    );
}

#[test]
fn names_need_not_be_text() {
    let app = lay(&[(".dockerignore", "b?d")]);
    for name in [&b"g\xffod"[..], b"b\xffd"] {
        fs::write(app.path().join(OsStr::from_bytes(name)), "").unwrap();
    }
    let context = walk(app.path(), &IgnoreRules::App).unwrap();
    assert_eq!(context.entries.len(), 1);
    assert_eq!(context.entries[0].path.as_os_str().as_bytes(), b"g\xffod");
}

#[test]
fn the_executable_bit_is_kept() {
    let app = lay(&[("run.sh", "")]);
    fs::set_permissions(app.path().join("run.sh"), fs::Permissions::from_mode(0o750)).unwrap();
    let context = walk(app.path(), &IgnoreRules::App).unwrap();
    assert_eq!(context.entries[0].mode, 0o750);
}

#[test]
fn faults_say_where_they_are() {
    let app = lay(&[(".dockerignore", "ok\n[\n"), ("file", "")]);
    let fault = walk(app.path(), &IgnoreRules::App).unwrap_err().to_string();
    assert!(fault.starts_with(".dockerignore:2: `[`"), "{fault}");
    let file = walk(&app.path().join("file"), &IgnoreRules::App).unwrap_err();
    assert!(matches!(file, ContextError::NotAFolder { .. }));
    let large = "a\n".repeat(1 << 20);
    fs::write(app.path().join(".dockerignore"), large).unwrap();
    let large = walk(app.path(), &IgnoreRules::App).unwrap_err();
    assert!(matches!(large, ContextError::IgnoreTooLarge { .. }));
}

#[test]
fn very_deep_folders_are_walked_without_recursion() {
    let app = lay(&[]);
    let deep = "d/".repeat(1000);
    fs::create_dir_all(app.path().join(&deep)).unwrap();
    let context = walk(app.path(), &IgnoreRules::App).unwrap();
    assert_eq!(context.entries.len(), 1000);
}

#[test]
fn an_unreadable_folder_is_told_with_its_path() {
    let app = lay(&[("locked/file", "")]);
    let locked = app.path().join("locked");
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o000)).unwrap();
    let result = walk(app.path(), &IgnoreRules::App);
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o755)).unwrap();
    // Root reads everything.
    match result {
        Ok(context) => assert_eq!(sent(&context), ["locked", "locked/file"]),
        Err(error) => {
            assert!(
                matches!(&error, ContextError::Unreadable { path, .. } if *path == locked),
                "{error}"
            );
        }
    }
}
