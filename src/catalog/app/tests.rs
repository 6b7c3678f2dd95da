//! Manifests, workspaces and `imgtui.toml`s of all kinds.

mod config;
mod preflight;
mod workspaces;

use std::fs;

use tempfile::TempDir;

use super::*;
use crate::context::test_folder::lay;

fn load(files: &[(&str, &str)]) -> Result<App, AppError> {
    App::load(lay(files).path())
}

const PACKAGE: &str = "[package]\nname = \"hello\"\nversion = \"1.2.3\"\n";

fn bin(manifest: &str, sources: &[&str]) -> Result<String, String> {
    let manifest = format!("{PACKAGE}{manifest}");
    let mut files = vec![("Cargo.toml", manifest.as_str())];
    files.extend(sources.iter().map(|path| (*path, "")));
    load(&files)
        .map(|app| app.bin)
        .map_err(|error| error.to_string())
}

#[test]
fn the_program_is_found_as_cargo_finds_it() {
    let ok = |name: &str| Ok(name.to_owned());
    assert_eq!(bin("", &["src/main.rs"]), ok("hello"));
    assert_eq!(
        bin(
            "[[bin]]\nname = \"srv\"\npath = \"src/main.rs\"",
            &["src/main.rs"]
        ),
        ok("srv")
    );
    assert_eq!(
        bin("[[bin]]\nname = \"srv\"", &["src/bin/srv.rs"]),
        ok("srv")
    );
    assert_eq!(bin("", &["src/lib.rs", "src/bin/one.rs"]), ok("one"));
    assert_eq!(bin("", &["src/bin/one/main.rs"]), ok("one"));
    assert_eq!(bin("", &["src/main.rs", "src/bin/tool.rs"]), ok("hello"));
    assert_eq!(
        bin(
            "default-run = \"tool\"",
            &["src/main.rs", "src/bin/tool.rs"]
        ),
        ok("tool")
    );
    assert_eq!(
        bin(
            "autobins = false\n[[bin]]\nname = \"a\"\npath = \"a.rs\"",
            &["src/bin/b.rs"]
        ),
        ok("a")
    );
    assert_eq!(bin("", &["src/bin/a.rs", "src/bin/b.rs"]), ok("a"));
    assert_eq!(
        bin("", &["src/bin/a-cli.rs", "src/bin/b-server.rs"]),
        ok("b-server")
    );
}

#[test]
fn what_cannot_be_chosen_is_said() {
    let library = bin("", &["src/lib.rs"]).unwrap_err();
    assert!(library.contains("no program"), "{library}");
    let wrong = bin("default-run = \"x\"", &["src/main.rs"]).unwrap_err();
    assert!(wrong.contains("Cargo.toml:4: "), "{wrong}");
    let name = bin("[[bin]]\nname = \"a\\u001b[m\"", &["src/main.rs"]).unwrap_err();
    assert!(
        name.contains("Cargo.toml:5: ") && !name.contains('\u{1b}'),
        "{name}"
    );
}

#[test]
fn missing_broken_and_virtual_manifests_are_told_apart() {
    assert!(matches!(load(&[]), Err(AppError::Unreadable { .. })));
    let broken = load(&[("Cargo.toml", "[package]\nname = 3\n")]).unwrap_err();
    assert!(
        matches!(broken, AppError::Fault { line: 2, .. }),
        "{broken}"
    );
}

#[test]
fn a_version_may_come_from_the_workspace() {
    let member = "[package]\nname = \"m\"\nversion.workspace = true\n";
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    fs::create_dir_all(root.join("m/src")).unwrap();
    fs::write(
        root.join("Cargo.toml"),
        "[workspace]\nmembers = [\"m\"]\n[workspace.package]\nversion = \"4.5.6\"\n",
    )
    .unwrap();
    fs::write(root.join("m/Cargo.toml"), member).unwrap();
    fs::write(root.join("m/src/main.rs"), "").unwrap();
    assert_eq!(App::load(&root.join("m")).unwrap().version, "4.5.6");
    let alone = load(&[
        ("Cargo.toml", "[package]\nname = \"m\"\n"),
        ("src/main.rs", ""),
    ]);
    assert_eq!(alone.unwrap().version, "0.0.0");
}
