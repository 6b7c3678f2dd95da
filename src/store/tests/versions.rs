//! Files of other versions: earlier ones are taken over, newer ones refused.

use std::fs;

use super::*;
use crate::domain::bench::{BenchHeader, BenchRun, Prior, sample_header, sample_run};

/// What version 1 wrote, by its own SQL.
const VERSION_1: &str = include_str!("version_1.sql");

#[test]
fn a_file_of_version_1_gets_the_tables_of_this_one_and_keeps_its_builds() {
    let ground = ground();
    inside(&ground.state).execute_batch(VERSION_1).unwrap();
    let history = ground.state.history();
    let records = history.load().unwrap();
    let names: Vec<&str> = records.iter().map(|one| one.strategy.as_str()).collect();
    assert_eq!(names, ["basic", "chef-scratch"]);
    assert_eq!(
        history.machine().unwrap().0,
        "00112233445566778899aabbccddeeff"
    );
    let version = schema::version(&inside(&ground.state)).unwrap();
    assert_eq!(version, i64::try_from(schema::MIGRATIONS.len()).unwrap());
    ground.state.benches().begin(&header()).unwrap();
    assert!(ground.state.benches().newest(|_| true).unwrap().is_some());
}

#[test]
fn a_migration_that_is_broken_off_leaves_the_file_as_it_was() {
    let ground = ground();
    let connection = inside(&ground.state);
    connection.execute_batch(VERSION_1).unwrap();
    // Version 2 cannot make this table any more.
    connection.execute_batch("CREATE TABLE runs (x)").unwrap();
    drop(connection);
    let error = ground.state.history().load().unwrap_err().to_string();
    assert!(
        error.contains("history.sqlite could not be opened"),
        "{error}"
    );
    let connection = inside(&ground.state);
    assert_eq!(schema::version(&connection).unwrap(), 1);
    assert!(connection.prepare("SELECT * FROM benches").is_err());
}

#[test]
fn a_newer_file_is_refused_and_not_one_byte_of_it_changes() {
    let ground = ground();
    let history = ground.state.history();
    history.append(&sample("a", 1.0)).unwrap();
    inside(&ground.state)
        .pragma_update(None, "user_version", 99)
        .unwrap();
    let before = fs::read(history.path()).unwrap();
    fs::write(ground.state.path().join("history.jsonl"), "{}\n").unwrap();
    let error = history.append(&sample("a", 1.0)).unwrap_err();
    assert!(
        matches!(error, StoreError::Newer { found: 99, .. }),
        "{error}"
    );
    let told = error.to_string();
    for part in [
        "history.sqlite",
        "version 99",
        "up to version 3",
        "IMGTUI_STATE",
    ] {
        assert!(told.contains(part), "{told}");
    }
    assert!(history.load().is_err());
    assert_eq!(fs::read(history.path()).unwrap(), before);
    assert!(ground.state.path().join("history.jsonl").exists());
}

#[test]
fn what_is_no_database_is_left_alone_and_says_what_to_do() {
    let ground = ground();
    let path = ground.state.history().path();
    let text = "{\"schema\":1}\n".repeat(100);
    fs::write(&path, &text).unwrap();
    let error = ground.state.history().load().unwrap_err().to_string();
    assert!(
        error.contains("not a database") && error.contains("Move it away"),
        "{error}"
    );
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}

pub(super) fn header() -> BenchHeader {
    sample_header(&["a"], &[Prior::Source])
}

pub(super) fn run(round: u32) -> BenchRun {
    BenchRun {
        record: build("a", round),
        ..sample_run(0, Prior::Source, round, "a", 1.0)
    }
}

fn line(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap() + "\n"
}

/// What versions before `SQLite` left.
fn lay_lines(state: &StateFolder) {
    let torn = "{\"schema\":1,\"str\n";
    let lines = [line(&build("a", 0)), torn.into(), line(&build("b", 1))].concat();
    fs::write(state.path().join("history.jsonl"), lines).unwrap();
    let benches = state.path().join("benches");
    fs::create_dir_all(&benches).unwrap();
    let lines = [line(&header()), line(&run(0)), "{\"round\":1,\"ce".into()].concat();
    fs::write(benches.join("20260102T030405Z-1.jsonl"), lines).unwrap();
}

fn assert_taken_over(state: &StateFolder) {
    let records = state.history().load().unwrap();
    assert_eq!(records, [build("a", 0), build("b", 1)]);
    let kept = state.benches().newest(|_| true).unwrap().unwrap();
    assert_eq!((kept.header, kept.runs), (header(), vec![run(0)]));
    let count: i64 = inside(state)
        .query_row("SELECT count(*) FROM benches", [], |row| row.get(0))
        .unwrap();
    assert_eq!(count, 1);
    let there = |name: &str| state.path().join(name).exists();
    assert!(!there("history.jsonl") && there("history.jsonl.taken-over"));
    assert!(there("benches/20260102T030405Z-1.jsonl.taken-over"));
    assert!(!there("benches/20260102T030405Z-1.jsonl"));
}

#[test]
fn lines_of_earlier_versions_are_taken_over_once_and_their_files_stay() {
    let ground = ground();
    lay_lines(&ground.state);
    assert_taken_over(&ground.state);
    assert_taken_over(&ground.state);
}

#[test]
fn killed_before_the_files_got_their_other_names_nothing_is_taken_over_twice() {
    let ground = ground();
    lay_lines(&ground.state);
    assert_taken_over(&ground.state);
    for name in ["history.jsonl", "benches/20260102T030405Z-1.jsonl"] {
        let path = ground.state.path().join(name);
        let aside = path.with_extension("jsonl.taken-over");
        fs::rename(aside, path).unwrap();
    }
    assert_taken_over(&ground.state);
}

#[test]
fn what_an_earlier_version_writes_beside_this_one_is_taken_over_too() {
    let ground = ground();
    lay_lines(&ground.state);
    assert_taken_over(&ground.state);
    let path = ground.state.path().join("history.jsonl");
    fs::write(&path, line(&build("c", 2))).unwrap();
    assert_eq!(ground.state.history().load().unwrap().len(), 3);
    let aside = ground.state.path().join("history.jsonl.taken-over-2");
    assert_eq!(fs::read_to_string(aside).unwrap(), line(&build("c", 2)));
}

#[test]
fn a_broken_off_benchmark_goes_on_where_it_was() {
    let ground = ground();
    let benches = ground.state.benches();
    assert_eq!(benches.newest(|_| true).unwrap(), None);
    let mut file = benches.begin(&header()).unwrap();
    // Its build was kept a moment before.
    ground.state.history().append(&run(0).record).unwrap();
    file.add(&run(0)).unwrap();
    file.add(&run(7)).unwrap();
    let connection = inside(&ground.state);
    connection
        .execute("UPDATE runs SET run = '{\"round\":7,' WHERE round = 7", [])
        .unwrap();
    let linked: Option<i64> = connection
        .query_row("SELECT build FROM runs WHERE round = 0", [], |row| {
            row.get(0)
        })
        .unwrap();
    assert_eq!(linked, Some(1));
    let of_app = |found: &BenchHeader| found.app == Path::new("/app");
    let kept = benches.newest(of_app).unwrap().unwrap();
    assert_eq!((&kept.header, &kept.runs), (&header(), &vec![run(0)]));
    benches.go_on(&kept).unwrap().add(&run(1)).unwrap();
    // A torn run is done again.
    benches.go_on(&kept).unwrap().add(&run(7)).unwrap();
    let kept = benches.newest(|_| true).unwrap().unwrap();
    assert_eq!(kept.runs, [run(0), run(1), run(7)]);
    let of_other = |found: &BenchHeader| found.app == Path::new("/other");
    assert_eq!(benches.newest(of_other).unwrap(), None);
}

#[test]
fn a_strategy_can_be_added_to_a_benchmark_that_runs() {
    let ground = ground();
    let benches = ground.state.benches();
    let mut file = benches.begin(&header()).unwrap();
    file.add(&run(0)).unwrap();
    let longer = sample_header(&["a", "b"], &[Prior::Source]);
    file.set_plan(&longer).unwrap();
    let kept = benches.newest(|_| true).unwrap().unwrap();
    assert_eq!((kept.header, kept.runs), (longer, vec![run(0)]));
}

#[test]
fn a_strategy_that_was_added_in_lines_is_taken_over_too() {
    let ground = ground();
    let longer = sample_header(&["a", "b"], &[Prior::Source]);
    let benches = ground.state.path().join("benches");
    fs::create_dir_all(&benches).unwrap();
    let lines = [line(&header()), line(&run(0)), line(&longer), line(&run(1))].concat();
    fs::write(benches.join("1.jsonl"), lines).unwrap();
    let kept = ground.state.benches().newest(|_| true).unwrap().unwrap();
    assert_eq!((kept.header, kept.runs), (longer, vec![run(0), run(1)]));
}
