//! Where a stamp is found, where one is put, and what a change makes of it.

use std::fs;

use super::*;
use crate::{
    context::{IgnoreRules, test_folder::lay, walk},
    domain::settings::{Known, Settings},
};

const STAMPED: &str = "// imgtui:000000000000000a\n";

fn app(files: &[(&str, &str)]) -> (tempfile::TempDir, App) {
    let folder = lay(files);
    let manifest = "[package]\nname = \"x\"\n[[bin]]\nname = \"x\"\n";
    fs::write(folder.path().join("Cargo.toml"), manifest).unwrap();
    let app = App::load(folder.path()).unwrap();
    (folder, app)
}

fn stamp_of(app: &App, file: Option<&str>, change: Change) -> Result<Stamped, NoStamp> {
    let context = walk(&app.root, &IgnoreRules::App).unwrap();
    stamp(&context, &BTreeMap::new(), app, file.map(Path::new), change)
}

fn found(files: &[(&str, &str)]) -> Option<String> {
    let (_folder, app) = app(files);
    let stamped = stamp_of(&app, None, Change::Nothing).ok()?;
    Some(stamped.file.display().to_string())
}

#[test]
fn main_comes_before_the_rest_of_src_and_that_before_all_else() {
    let all = [
        ("build.rs", STAMPED),
        ("src/api.rs", STAMPED),
        ("src/main.rs", STAMPED),
        ("src/z.txt", STAMPED),
    ];
    assert_eq!(found(&all).as_deref(), Some("src/main.rs"));
    assert_eq!(found(&all[..2]).as_deref(), Some("src/api.rs"));
    assert_eq!(found(&all[..1]).as_deref(), Some("build.rs"));
    assert_eq!(found(&all[3..]), None);
}

#[test]
fn large_and_ignored_sources_are_passed_over() {
    let large = format!("{STAMPED}{}", " ".repeat(1 << 20));
    assert_eq!(found(&[("src/main.rs", &large)]), None);
    let ignored = [("src/main.rs", STAMPED), (".dockerignore", "src")];
    assert_eq!(found(&ignored), None);
}

#[test]
fn a_source_without_a_stamp_gets_one_and_the_disk_none() {
    let (_folder, app) = app(&[("src/main.rs", "fn main() {}")]);
    let plain = stamp_of(&app, None, Change::Nothing).unwrap();
    assert!(plain.inserted && plain.differs, "{plain:?}");
    assert_eq!(plain.stamp, Stamp(0));
    let edited = stamp_of(&app, None, Change::Stamp(Stamp(7))).unwrap();
    assert_eq!(edited.bytes.len(), plain.bytes.len());
    assert_eq!(find_stamp(&edited.bytes).unwrap().stamp, Stamp(7));
    let disk = fs::read(app.root.join("src/main.rs")).unwrap();
    assert_eq!(disk, b"fn main() {}");
}

#[test]
fn a_stamp_on_the_disk_is_sent_as_it_is() {
    let (_folder, app) = app(&[("src/main.rs", STAMPED)]);
    for change in [Change::Nothing, Change::Touch] {
        let stamped = stamp_of(&app, None, change).unwrap();
        assert!(!stamped.inserted && !stamped.differs, "{stamped:?}");
        assert_eq!((stamped.stamp, stamped.line), (Stamp(10), 1));
        assert_eq!(stamped.bytes, STAMPED.as_bytes());
    }
}

#[test]
fn the_named_file_is_edited_and_must_be_sent() {
    let (_folder, mut app) = app(&[
        ("src/main.rs", STAMPED),
        ("crates/leaf/src/lib.rs", STAMPED),
        ("src/none.rs", "mod x;"),
    ]);
    let leaf = "crates/leaf/src/lib.rs";
    let named = stamp_of(&app, Some(leaf), Change::Nothing).unwrap();
    assert_eq!(named.file, Path::new(leaf));
    let missing = stamp_of(&app, Some("src/gone.rs"), Change::Nothing);
    assert!(matches!(missing, Err(NoStamp::NotSent(_))), "{missing:?}");
    let no_place = stamp_of(&app, Some("src/none.rs"), Change::Nothing);
    assert_eq!(no_place, Err(NoStamp::NoPlace));
    app.settings = Settings {
        edit: Some(Known::given(leaf.into(), 1)),
        ..Settings::default()
    };
    let given = stamp_of(&app, None, Change::Nothing).unwrap();
    assert_eq!(given.file, Path::new(leaf));
}

#[test]
fn what_a_strategy_lays_over_comes_first() {
    let (_folder, app) = app(&[("src/main.rs", STAMPED)]);
    let context = walk(&app.root, &IgnoreRules::App).unwrap();
    let laid = STAMPED.replace("0a", "0b");
    let overlay = BTreeMap::from([("src/main.rs".to_owned(), laid.into_bytes())]);
    let stamped = stamp(&context, &overlay, &app, None, Change::Nothing).unwrap();
    assert_eq!(stamped.stamp, Stamp(11));
}
