//! Manifests, made and compared.

use std::{collections::HashMap, ffi::OsStr, path::PathBuf};

use super::*;

fn file(text: &str) -> Node {
    Node::file(text.as_bytes(), 0o644, 7)
}

fn link(target: &str) -> Node {
    Node {
        mode: 0o777,
        mtime_s: 7,
        what: What::Link {
            target: target.into(),
        },
    }
}

fn folder() -> Node {
    Node {
        mode: 0o755,
        mtime_s: 7,
        what: What::Folder(Arc::default()),
    }
}

fn manifest(nodes: &[(&str, Node)]) -> Manifest {
    Manifest::of(
        nodes
            .iter()
            .map(|(path, node)| (Path::new(*path), node.clone())),
    )
}

fn paths(manifest: &Manifest) -> Vec<String> {
    let shown = |(path, _): (PathBuf, &Node)| path.display().to_string();
    manifest.iter().map(shown).collect()
}

fn app() -> Manifest {
    manifest(&[
        ("Cargo.toml", file("[package]")),
        ("src", folder()),
        ("src-old", file("x")),
        ("src/main.rs", file("fn main() {}")),
        ("src/deep", folder()),
        ("src/deep/link", link("../main.rs")),
    ])
}

#[test]
fn a_manifest_knows_what_is_where() {
    let app = app();
    assert_eq!(
        paths(&app),
        [
            "Cargo.toml",
            "src",
            "src/deep",
            "src/deep/link",
            "src/main.rs",
            "src-old"
        ]
    );
    assert_eq!((app.len(), app.bytes()), (6, Bytes(9 + 1 + 12)));
    assert_eq!(
        app.get(Path::new("src/deep/link")),
        Some(&link("../main.rs"))
    );
    assert_eq!(
        app.get(Path::new("/src/./main.rs")),
        Some(&file("fn main() {}"))
    );
    for nothing in ["", "src/main.rs/x", "nothing", "src/nothing"] {
        assert_eq!(app.get(Path::new(nothing)), None);
    }
    assert!(Manifest::default().is_empty());
}

#[test]
fn a_change_shares_all_other_folders() {
    let app = app();
    let edited = app.with(Path::new("Cargo.toml"), file("other"));
    let source = |manifest: &Manifest| match &manifest.get(Path::new("src")).unwrap().what {
        What::Folder(folder) => Arc::clone(folder),
        other => panic!("{other:?}"),
    };
    assert!(Arc::ptr_eq(&source(&app), &source(&edited)));
    assert_ne!(app, edited);
    assert_eq!(edited.with(Path::new("Cargo.toml"), file("[package]")), app);
    assert_eq!(app.without(Path::new("nothing/there")), app);
    assert_eq!(app.with(Path::new(""), file("x")), app);
    let listed: Vec<_> = edited.iter().collect();
    let nodes = listed
        .iter()
        .map(|(path, node)| (path.as_path(), Node::clone(node)));
    let listed_again = Manifest::of_like(nodes, &app);
    assert!(Arc::ptr_eq(&source(&app), &source(&listed_again)));
    assert_eq!(listed_again, edited);
    // An emptied folder stays.
    let emptied = app.without(Path::new("src/deep/link"));
    assert_eq!(emptied.get(Path::new("src/deep")), Some(&folder()));
}

#[test]
fn missing_folders_are_made_and_what_is_in_the_way_gives_way() {
    let made = Manifest::default().with(Path::new("a/b/c"), file("x"));
    let above = made.get(Path::new("a/b")).unwrap();
    assert_eq!((above.mode, above.mtime_s), (0o755, 7));
    let file_before = manifest(&[("a", file("was a file"))]);
    assert_eq!(file_before.with(Path::new("a/b/c"), file("x")), made);
    // The same from a list without the folders.
    assert_eq!(manifest(&[("a/b/c", file("x"))]), made);
    assert_eq!(manifest(&[("./a/b//c", file("x"))]), made);
    let in_the_way = manifest(&[("a/b/c", file("x")), ("a/b", file("was a file"))]);
    assert_eq!(in_the_way, made);
}

#[test]
fn times_count_for_the_whole_and_not_for_the_content() {
    let app = app();
    let touched = |node: &Node| Node {
        mtime_s: 8,
        ..node.clone()
    };
    let path = Path::new("src/main.rs");
    let newer = app.with(path, touched(app.get(path).unwrap()));
    assert_eq!(newer.content(), app.content());
    assert_ne!(newer.whole(), app.whole());
    let change = changes(&app, &newer);
    let time = ChangeKind::Time {
        before_s: 7,
        after_s: 8,
    };
    assert_eq!((change.len(), &change[0].kind), (1, &time));
    assert_eq!(changes_but_times(&app, &newer), []);
    // The mode of a folder counts for what it is in and not for what is in it.
    let path = Path::new("src");
    let locked = app.with(
        path,
        Node {
            mode: 0o700,
            ..app.get(path).unwrap().clone()
        },
    );
    assert_ne!(locked.content(), app.content());
    let inside = |manifest: &Manifest| manifest.get(path).unwrap().folder().unwrap().content();
    assert_eq!(inside(&locked), inside(&app));
}

#[test]
fn each_path_has_one_change_that_says_all() {
    let before = manifest(&[
        ("both", file("one")),
        ("gone", folder()),
        ("gone/file", file("")),
        ("kind", file("")),
        ("link", link("a")),
        ("mode", folder()),
        ("same", file("s")),
    ]);
    let executable = |node: Node| Node {
        mode: 0o700,
        mtime_s: 9,
        ..node
    };
    let after = manifest(&[
        ("both", executable(file("three"))),
        ("kind", folder()),
        ("kind/new", file("")),
        ("link", link("b")),
        ("mode", executable(folder())),
        ("same", file("s")),
    ]);
    let found = changes(&before, &after);
    let found: Vec<(&str, &ChangeKind)> = found
        .iter()
        .map(|change| (change.path.to_str().unwrap(), &change.kind))
        .collect();
    let mode = |before| ModeChange {
        before,
        after: 0o700,
    };
    assert_eq!(
        found,
        [
            (
                "both",
                &ChangeKind::Content {
                    before: Bytes(3),
                    after: Bytes(5),
                    mode: Some(mode(0o644))
                }
            ),
            ("gone", &ChangeKind::Removed),
            ("gone/file", &ChangeKind::Removed),
            ("kind", &ChangeKind::Kind),
            ("kind/new", &ChangeKind::Added),
            (
                "link",
                &ChangeKind::Target {
                    before: "a".into(),
                    after: "b".into(),
                    mode: None
                }
            ),
            ("mode", &ChangeKind::Mode(mode(0o755))),
        ]
    );
}

#[test]
fn renames_are_told_where_there_is_no_doubt() {
    let before = manifest(&[
        ("a", file("moved")),
        ("b", file("twin")),
        ("c", file("")),
        ("d", file("stays")),
    ]);
    let after = manifest(&[
        ("d", file("stays")),
        ("new/a", file("moved")),
        ("new/b1", file("twin")),
        ("new/b2", file("twin")),
        ("new/c", file("")),
        ("new/d", file("stays")),
    ]);
    let renamed = renames(&before, &after, &changes(&before, &after));
    let moved = Renamed {
        from: "a".into(),
        to: "new/a".into(),
    };
    assert_eq!(renamed, [moved]);
}

#[test]
fn names_need_not_be_text() {
    let path = Path::new(OsStr::from_bytes(b"f\xff/x"));
    let manifest = Manifest::default().with(path, file("x"));
    assert_eq!(manifest.iter().last().unwrap().0, path);
    assert_eq!(changes(&Manifest::default(), &manifest)[1].path, path);
}

fn stored(manifest: &Manifest) -> HashMap<ContentDigest, Vec<u8>> {
    let folders = manifest.unknown_folders(|_| false);
    let listing = |folder: &&Folder| (folder.whole(), folder.listing());
    folders.iter().map(listing).collect()
}

#[test]
fn a_store_keeps_each_folder_once_and_gives_the_manifest_back() {
    let app = app();
    let mut store = stored(&app);
    assert_eq!(store.len(), 3);
    let edited = app.with(Path::new("Cargo.toml"), file("other"));
    let new = edited.unknown_folders(|digest| store.contains_key(digest));
    assert_eq!(new.len(), 1);
    store.insert(new[0].whole(), new[0].listing());
    let load = |root| Manifest::load(root, |digest| store.get(digest).cloned());
    let loaded = load(edited.whole()).unwrap();
    assert_eq!(paths(&loaded), paths(&edited));
    assert_eq!(loaded.content(), edited.content());
    assert_eq!(loaded.bytes(), edited.bytes());
    assert_eq!(load(app.whole()), Ok(app));
    // What is in a folder comes before it.
    let order = edited.unknown_folders(|_| false);
    let sizes: Vec<u64> = order.iter().map(|folder| folder.len()).collect();
    assert_eq!(sizes, [1, 3, 6]);
}

#[test]
fn what_is_no_manifest_is_told_apart() {
    let app = app();
    let store = stored(&app);
    let root = app.whole();
    let only_root = |digest: &ContentDigest| store.get(digest).filter(|_| *digest == root).cloned();
    let missing = Manifest::load(root, only_root).unwrap_err();
    assert!(matches!(missing, LoadError::Missing { folder } if folder != root));
    let altered = Manifest::load(root, |_| Some(Vec::new()));
    assert_eq!(altered, Err(LoadError::Altered { folder: root }));
    let load = |bytes: &[u8]| {
        let digest = ContentDigest::of(bytes);
        (digest, Manifest::load(digest, |_| Some(bytes.to_vec())))
    };
    let (folder, newer) = load(&[2, 1, 1]);
    assert_eq!(newer, Err(LoadError::Newer { folder, version: 2 }));
    let listing = |names: &[&[u8]]| {
        let mut listing = vec![1];
        for name in names {
            listing.push(b'f');
            listing.extend([0; 12]);
            listing.extend(u32::try_from(name.len()).unwrap().to_le_bytes());
            listing.extend(*name);
            listing.extend([0; 40]);
        }
        listing
    };
    assert!(load(&listing(&[b"a", b"b"])).1.is_ok());
    let none: [Vec<u8>; 9] = [
        vec![],
        vec![0],
        vec![1, b'x'],
        listing(&[b"b", b"a"]),
        listing(&[b"a", b"a"]),
        listing(&[b".."]),
        listing(&[b"a/b"]),
        listing(&[b""]),
        listing(&[b"a"])[..20].to_vec(),
    ];
    for bytes in none {
        let (folder, result) = load(&bytes);
        assert_eq!(result, Err(LoadError::NoListing { folder }), "{bytes:?}");
    }
}

#[test]
fn few_bytes_cannot_stand_for_endless_files() {
    let mut store = HashMap::new();
    let mut digest = Folder::default().whole();
    store.insert(digest, Folder::default().listing());
    for _ in 0..70 {
        let mut listing = vec![1];
        for name in [b"a", b"b"] {
            listing.push(b'd');
            listing.extend([0; 12]);
            listing.extend([1, 0, 0, 0]);
            listing.extend(name);
            listing.extend(digest.as_bytes());
        }
        digest = ContentDigest::of(&listing);
        store.insert(digest, listing);
    }
    let loaded = Manifest::load(digest, |digest| store.get(digest).cloned());
    assert!(matches!(loaded, Err(LoadError::TooLarge { .. })));
}

#[test]
fn deep_folders_need_no_stack() {
    let path: PathBuf = "d/".repeat(5_000).into();
    let deep = Manifest::default().with(&path.join("file"), file("x"));
    assert_eq!(deep.len(), 5_001);
    assert_eq!(changes(&Manifest::default(), &deep).len(), 5_001);
    let store = stored(&deep);
    let loaded = Manifest::load(deep.whole(), |digest| store.get(digest).cloned());
    assert_eq!(loaded, Ok(deep));
}
