//! Exports and imports: kept apart by machine, twice is once, all or nothing.

use std::fs;

use super::{
    versions::{header, run},
    *,
};

/// A machine with two builds and a benchmark of one run, and its export.
fn exported() -> (Ground, String) {
    let there = ground();
    for second in 0..2 {
        there.state.history().append(&build("a", second)).unwrap();
    }
    let mut file = there.state.benches().begin(&header()).unwrap();
    file.add(&run(0)).unwrap();
    let path = there.state.path().join("export.jsonl");
    let written = there.state.history().export(&path).unwrap();
    assert_eq!(written, Written { builds: 2, runs: 1 });
    let text = fs::read_to_string(path).unwrap();
    (there, text)
}

fn import(state: &StateFolder, text: &str, named: Option<&str>) -> Result<Imported, String> {
    let path = state.path().join("import");
    fs::write(&path, text).unwrap();
    let imported = state.history().import(&path, named);
    imported.map_err(|error| error.to_string())
}

fn others(state: &StateFolder) -> Vec<BuildRecord> {
    let filter = Filter {
        whose: Whose::Everybody,
        ..Filter::default()
    };
    let found = state.history().query(&filter).unwrap().into_iter();
    let others = found.filter(|past| !past.machine.is_own);
    others.map(|past| past.record).collect()
}

#[test]
fn builds_of_another_machine_are_its_own_and_come_once() {
    let (there, text) = exported();
    let here = ground();
    here.state.history().append(&build("mine", 9)).unwrap();
    let first = import(&here.state, &text, None).unwrap();
    assert_eq!((first.builds, first.runs, first.known), (2, 1, 0));
    assert!(!first.is_own);
    let again = import(&here.state, &text, None).unwrap();
    assert_eq!((again.builds, again.runs, again.known), (0, 0, 3));
    assert_eq!(others(&here.state), [build("a", 0), build("a", 1)]);
    // Nothing of this machine's figures comes from there.
    assert_eq!(here.state.history().load().unwrap(), [build("mine", 9)]);
    assert_eq!(here.state.benches().newest(|_| true).unwrap(), None);
    // What is new there since comes too.
    there.state.history().append(&build("a", 5)).unwrap();
    let path = there.state.path().join("export.jsonl");
    there.state.history().export(&path).unwrap();
    let later = here.state.history().import(&path, None).unwrap();
    assert_eq!((later.builds, later.known), (1, 3));
    let filter = Filter {
        whose: Whose::Named(there.state.history().machine().unwrap().0),
        ..Filter::default()
    };
    assert_eq!(here.state.history().query(&filter).unwrap().len(), 3);
}

#[test]
fn an_export_of_this_machine_adds_nothing_here() {
    let (there, text) = exported();
    let mut more: Vec<&str> = text.lines().collect();
    let forged = serde_json::to_string(&build("forged", 7)).unwrap();
    let forged = format!("{{\"build\":{forged}}}");
    more.insert(1, &forged);
    let end = "{\"end\":{\"builds\":3,\"runs\":1}}";
    *more.last_mut().unwrap() = end;
    let imported = import(&there.state, &more.join("\n"), None).unwrap();
    assert_eq!((imported.is_own, imported.builds), (true, 0));
    assert_eq!(there.state.history().load().unwrap().len(), 2);
}

#[test]
fn of_a_file_with_a_fault_nothing_is_taken_and_its_line_is_told() {
    let (_there, text) = exported();
    let lines: Vec<&str> = text.lines().collect();
    let with = |at: usize, line: &str| {
        let mut lines = lines.clone();
        lines[at] = line;
        lines.join("\n")
    };
    let build = lines[2].to_owned();
    let newer = build.replace("{\"schema\":1", "{\"schema\":9");
    let timeless = build.replace("2026-01-02T03:00:01Z", "\\u001b[2J");
    let negative = build.replace("\"wall_s\":1.0", "\"wall_s\":-1.0");
    let out_of_plan = lines[4].replace("\"place\":0", "\"place\":7");
    let nobody = lines[0].replace("\"id\":\"", "\"id\":\"/");
    let cases = [
        (with(2, &build[..build.len() / 2]), ":3: EOF while parsing"),
        (with(2, "{}"), ":3: "),
        (with(2, &newer), ":3: a build of version 9"),
        (with(2, &timeless), ":3: `\\u{1b}[2J` is no moment"),
        (with(2, &negative), ":3: -1 is no time"),
        (with(4, &out_of_plan), ":5: a run of what"),
        (with(3, lines[4]), ":4: a run before its benchmark"),
        (with(0, &nobody), ":1: a machine's id"),
        (lines[..3].join("\n"), ":3: the file ends before"),
        (with(2, lines[5]), ":4: there is something behind"),
        (
            [lines[0], lines[1], lines[5]].join("\n"),
            ":3: the last line counts other",
        ),
        (String::new(), ":1: the file is empty"),
        ("{\n  \"header\": 1\n}".into(), ":2: neither of"),
        (
            "{\"imgtui_history\":9}".into(),
            ":1: an export of version 9",
        ),
        ("\u{0}\u{ff}".into(), ":1: neither of"),
    ];
    let here = ground();
    for (text, wanted) in cases {
        let told = import(&here.state, &text, None).unwrap_err();
        assert!(told.contains(wanted), "{wanted}: {told}");
        assert!(told.ends_with("nothing was imported"), "{told}");
    }
    assert_eq!(others(&here.state), []);
    let machines: i64 = inside(&here.state)
        .query_row("SELECT count(*) FROM machines", [], |row| row.get(0))
        .unwrap();
    assert_eq!(machines, 1, "not even the machine");
}

#[test]
fn a_benchmarks_export_is_taken_under_the_name_that_is_given() {
    let whole = |runs: &[_]| {
        let value = serde_json::json!({ "header": header(), "results": [], "runs": runs });
        serde_json::to_string_pretty(&value).unwrap()
    };
    let here = ground();
    let first = import(&here.state, &whole(&[run(0)]), Some("ci")).unwrap();
    assert_eq!(
        (first.machine.as_str(), first.builds, first.runs),
        ("ci", 1, 1)
    );
    // It went on since.
    let more = import(&here.state, &whole(&[run(0), run(1)]), Some("ci")).unwrap();
    assert_eq!((more.builds, more.runs, more.known), (1, 1, 2));
    assert_eq!(others(&here.state).len(), 2);
    let wrong = import(&here.state, &whole(&[run(0)]), Some("\u{7}"));
    assert!(wrong.unwrap_err().contains("control characters"));
    let mut late = run(3);
    late.cell.place = 9;
    let wrong = import(&here.state, &whole(&[run(2), late]), Some("ci"));
    assert!(wrong.unwrap_err().contains("run 2: a run of what"));
    assert_eq!(others(&here.state).len(), 2);
}

#[test]
fn a_benchmark_of_this_machine_is_known_again() {
    let here = ground();
    let mut file = here.state.benches().begin(&header()).unwrap();
    file.add(&run(0)).unwrap();
    let value = serde_json::json!({ "header": header(), "results": [], "runs": [run(0)] });
    let imported = import(&here.state, &value.to_string(), None).unwrap();
    assert_eq!((imported.is_own, imported.known), (true, 1));
    assert_eq!(others(&here.state), []);
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(16))]

    #[test]
    fn whatever_is_in_a_file_is_taken_whole_or_not_at_all(
        cut in 0.0..1.0_f64, byte: u8, place in 0.0..1.0_f64,
    ) {
        let line = serde_json::to_string(&build("a", 1)).unwrap();
        let id = "0f".repeat(16);
        let text = format!(
            "{{\"imgtui_history\":1,\"machine\":{{\"id\":\"{id}\",\"name\":\"x\"}}}}\n{{\"build\":{line}}}\n{{\"end\":{{\"builds\":1,\"runs\":0}}}}\n"
        );
        let mut bytes = text.into_bytes();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a place in a short text")]
        let at = |share: f64, bytes: &[u8]| (share * bytes.len() as f64) as usize;
        let place = at(place, &bytes);
        bytes[place] = byte;
        bytes.truncate(at(cut, &bytes) + 1);
        let here = ground();
        let path = here.state.path().join("import");
        fs::write(&path, &bytes).unwrap();
        let imported = here.state.history().import(&path, None);
        let added = imported.map_or(0, |imported| imported.builds);
        proptest::prop_assert_eq!(others(&here.state).len(), added);
    }
}
