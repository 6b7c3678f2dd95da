//! Manifests of real folders, beside the tars of the same.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::Read,
    os::unix::fs::{PermissionsExt, symlink},
    time::{Duration, UNIX_EPOCH},
};

use super::*;
use crate::context::{
    DOCKERFILE_NAME, DockerfilePlace, IgnoreRules, VirtualEdit, test_folder::lay, walk, write_tar,
};
use crate::domain::ids::Bytes;

/// A time at which all files of a test have been quiet for long.
pub(super) fn later() -> SystemTime {
    SystemTime::now() + Duration::from_secs(3600)
}

fn walked(root: &Path) -> Context {
    walk(root, &IgnoreRules::App).unwrap()
}

fn from_nothing(root: &Path) -> Manifest {
    manifest_of_app(&walked(root), &mut Index::default(), later()).unwrap()
}

/// What the tar holds, as a manifest.
fn sent(context: &Context, layout: &Layout) -> Manifest {
    let mut tar = Vec::new();
    write_tar(context, layout, &mut tar).unwrap();
    let mut archive = tar::Archive::new(tar.as_slice());
    let nodes = archive.entries().unwrap().map(|entry| {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().components().collect::<PathBuf>();
        let (mode, mtime_s) = {
            let header = entry.header();
            (header.mode().unwrap(), header.mtime().unwrap())
        };
        let what = match entry.header().entry_type() {
            tar::EntryType::Directory => What::Folder(Arc::default()),
            tar::EntryType::Symlink => What::Link {
                target: entry.link_name().unwrap().unwrap().into_owned(),
            },
            _ => {
                let mut bytes = Vec::new();
                entry.read_to_end(&mut bytes).unwrap();
                What::File {
                    bytes: Bytes(bytes.len() as u64),
                    content: ContentDigest::of(&bytes),
                }
            }
        };
        let node = Node {
            mode,
            mtime_s,
            what,
        };
        (path, node)
    });
    let nodes: Vec<(PathBuf, Node)> = nodes.collect();
    Manifest::of(
        nodes
            .iter()
            .map(|(path, node)| (path.as_path(), node.clone())),
    )
    .without(Path::new(DOCKERFILE_NAME))
    .without(Path::new(".dockerignore"))
}

#[test]
fn the_manifest_is_what_the_tar_holds() {
    let app = lay(&[
        (".dockerignore", "target\n"),
        ("Cargo.toml", "[package]"),
        ("src/main.rs", "fn main() {}"),
        ("run.sh", "#!/bin/sh"),
        ("target/debug/app", "big"),
        (
            "long/name/of/a/file/that/is/too/long/for/a/header/of/a/tar/and/so/has/an/entry/of/its/own/for/itself",
            "x",
        ),
    ]);
    fs::set_permissions(app.path().join("run.sh"), fs::Permissions::from_mode(0o750)).unwrap();
    fs::create_dir(app.path().join("empty")).unwrap();
    symlink("src", app.path().join("link")).unwrap();
    fs::write(app.path().join("large"), vec![3; 200_000]).unwrap();
    let context = walked(app.path());
    let layouts = [
        Layout::default(),
        Layout {
            dockerfile: "FROM x".into(),
            place: DockerfilePlace::Outside,
            overlay: BTreeMap::from([
                ("run.sh".into(), b"other".to_vec()),
                ("link".into(), b"no link".to_vec()),
                ("src/extra.rs".into(), b"extra".to_vec()),
                ("new/folder/file".into(), b"new".to_vec()),
            ]),
            edit: Some(VirtualEdit {
                path: "src/main.rs".into(),
                bytes: b"edited".to_vec(),
            }),
            fresh_s: 99,
        },
        Layout {
            overlay: BTreeMap::from([("new/file".into(), b"new".to_vec())]),
            edit: Some(VirtualEdit {
                path: "new/file".into(),
                bytes: b"edited".to_vec(),
            }),
            ..Layout::default()
        },
    ];
    for layout in layouts {
        let manifest = manifest(&context, &layout, &mut Index::default(), later()).unwrap();
        let expected = sent(&context, &layout);
        let listed: Vec<_> = manifest.iter().collect();
        assert_eq!(listed, expected.iter().collect::<Vec<_>>());
        assert_eq!(manifest, expected);
    }
}

#[test]
fn what_the_tar_refuses_has_no_manifest() {
    let app = lay(&[("src/main.rs", "x")]);
    let context = walked(app.path());
    let overlaid = |path: &str| Layout {
        overlay: BTreeMap::from([(path.to_owned(), Vec::new())]),
        ..Layout::default()
    };
    let edited = |path: &str| Layout {
        edit: Some(VirtualEdit {
            path: path.into(),
            bytes: Vec::new(),
        }),
        ..Layout::default()
    };
    let layouts = [
        overlaid("src"),
        overlaid("src/main.rs/x"),
        overlaid("../x"),
        overlaid("/src/x"),
        edited("nothing"),
        edited("src"),
        edited("./src/main.rs"),
    ];
    for layout in layouts {
        let refused = manifest(&context, &layout, &mut Index::default(), later()).unwrap_err();
        let by_tar = write_tar(&context, &layout, Vec::new()).unwrap_err();
        assert_eq!(refused.to_string(), by_tar.to_string());
    }
}

#[test]
fn a_known_file_is_not_read_again() {
    let app = lay(&[("a", "old"), ("b", "b")]);
    let mut index = Index::default();
    let context = walked(app.path());
    let first = manifest_of_app(&context, &mut index, later()).unwrap();
    assert_eq!(index.len(), 2);
    // Were it opened, it would not be there.
    fs::remove_file(app.path().join("a")).unwrap();
    assert_eq!(
        manifest_of_app(&context, &mut index, later()).unwrap(),
        first
    );
    let unknown = manifest_of_app(&context, &mut Index::default(), later()).unwrap_err();
    assert!(matches!(unknown, ContextError::Changed { .. }));
}

#[test]
fn what_was_written_just_now_is_read_again() {
    let app = lay(&[("a", "old")]);
    let mut index = Index::default();
    let now = SystemTime::now();
    manifest_of_app(&walked(app.path()), &mut index, now).unwrap();
    assert!(index.is_empty());
    fs::write(app.path().join("a"), "new").unwrap();
    let second = manifest_of_app(&walked(app.path()), &mut index, now).unwrap();
    assert_eq!(second, from_nothing(app.path()));
}

#[test]
fn an_edit_that_hides_behind_its_old_time_is_seen() {
    let app = lay(&[("a", "old")]);
    let path = app.path().join("a");
    let past = UNIX_EPOCH + Duration::from_secs(1_000_000);
    let set_back = || {
        File::options()
            .write(true)
            .open(&path)
            .unwrap()
            .set_modified(past)
            .unwrap();
    };
    set_back();
    let mut index = Index::default();
    let before = walked(app.path());
    let first = manifest_of_app(&before, &mut index, later()).unwrap();
    assert_eq!(index.len(), 1);
    // Until the clock that stamps files has moved on, which is what the slack is for.
    let mut context = before.clone();
    while context == before {
        fs::write(&path, "new").unwrap();
        set_back();
        context = walked(app.path());
    }
    let second = manifest_of_app(&context, &mut index, later()).unwrap();
    assert_ne!(second.content(), first.content());
    assert_eq!(second, from_nothing(app.path()));
}

#[test]
fn a_refresh_without_a_walk_sees_what_the_rules_let_through() {
    let app = lay(&[
        (".dockerignore", "*.log\ndocs\n!docs/keep/*\n"),
        ("src/main.rs", "x"),
        ("docs/text", "x"),
    ]);
    let rules = IgnoreRules::App;
    let mut index = Index::default();
    let mut manifest = from_nothing(app.path());
    let mut check = |changed: &[&str]| {
        let changed: Vec<PathBuf> = changed.iter().map(PathBuf::from).collect();
        let refreshed =
            refresh(&manifest, app.path(), &rules, &changed, &mut index, later()).unwrap();
        assert_eq!(refreshed, from_nothing(app.path()), "{changed:?}");
        manifest = refreshed;
    };
    let write = |path: &str| {
        let path = app.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "new").unwrap();
    };
    write("src/main.rs");
    write("src/error.log");
    write("new.rs");
    check(&["src/main.rs", "src/error.log", "new.rs"]);
    write("docs/keep/this");
    check(&["docs/keep/this"]);
    fs::remove_file(app.path().join("docs/keep/this")).unwrap();
    check(&["docs/keep/this"]);
    write("docs/other");
    check(&["docs/other", ".imgtui.Dockerfile.other"]);
    fs::remove_file(app.path().join("new.rs")).unwrap();
    fs::create_dir(app.path().join("new.rs")).unwrap();
    check(&["new.rs"]);
    fs::remove_dir(app.path().join("new.rs")).unwrap();
    symlink("src", app.path().join("new.rs")).unwrap();
    check(&["new.rs"]);
    fs::set_permissions(app.path().join("src"), fs::Permissions::from_mode(0o700)).unwrap();
    check(&["src/main.rs"]);
    fs::rename(app.path().join("src"), app.path().join("moved")).unwrap();
    check(&["moved", "src"]);
    // A link in the place of a folder: nothing is looked at through it.
    symlink("moved", app.path().join("src")).unwrap();
    check(&["src/main.rs", "src"]);
    fs::write(app.path().join(".dockerignore"), "moved").unwrap();
    check(&[".dockerignore"]);
    write("moved/more");
    check(&["moved/more", "moved"]);
    check(&["../outside", "/", ""]);
}
