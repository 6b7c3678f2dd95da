use clap::Parser;

use super::*;
use crate::domain::bench::Percent;
use crate::{
    cli::{Cli, Command},
    domain::bench::{BenchHeader, Protocol, sample_header},
};

fn arguments(line: &str) -> BenchArguments {
    let words = ["imgtui", "bench"].into_iter().chain(line.split(';'));
    let words = words.filter(|word| !word.is_empty());
    match Cli::try_parse_from(words).unwrap().command {
        Some(Command::Bench(arguments)) => arguments,
        other => panic!("{other:?}"),
    }
}

fn settings() -> BenchSettings {
    BenchSettings {
        fail_if: vec![Known::given("size > 3MB".parse().unwrap(), 2)],
        strategies: vec![Known::given(StrategyId("a".into()), 3)],
        scenarios: vec![Prior::Touch],
        rounds: Some(9),
        until: Some(Percent(2.0)),
        max_regress: Some(Known::given(Percent(10.0), 4)),
        ..BenchSettings::default()
    }
}

fn plan() -> Plan {
    Plan {
        protocol: Protocol::Interleaved,
        ..sample_header(&["a"], &[Prior::Source]).plan
    }
}

#[test]
fn the_file_speaks_where_the_command_line_does_not() {
    let chosen = Choice::of(&arguments(""), &settings());
    assert_eq!(chosen.ids, [StrategyId("a".into())]);
    assert_eq!(chosen.scenarios, Some(vec![Prior::Touch]));
    let chosen = Choice::of(&arguments("b;--scenarios;cold"), &settings());
    assert_eq!(chosen.ids, [StrategyId("b".into())]);
    assert_eq!(chosen.scenarios, Some(vec![Prior::Cold]));
    let rounds = |line: &str, settings: &BenchSettings| {
        let enough = enough(&arguments(line), settings, Gate::default());
        (enough.fewest, enough.most, enough.narrow)
    };
    assert_eq!(rounds("", &settings()), (9, 9, 0.0));
    assert_eq!(rounds("--rounds;3", &settings()), (3, 3, 0.0));
    assert_eq!(rounds("--until;1%", &settings()), (4, 30, 0.01));
    assert_eq!(rounds("--budget;1h", &settings()), (4, 30, 0.02));
    assert_eq!(rounds("", &BenchSettings::default()), (4, 30, 0.05));
}

fn asked(line: &str, settings: &BenchSettings) -> Result<Gate, String> {
    gate(&arguments(line).rules, settings, &plan())
}

#[test]
fn rules_of_the_command_line_come_in_place_of_the_files() {
    let gate = asked("", &settings()).unwrap();
    assert_eq!(gate.rules, ["size > 3MB".parse().unwrap()]);
    assert!(gate.alone.unwrap().1.contains("--against"));
    let gate = asked(
        "--fail-if;edit:median > 20s;--fail-if;size > 1MB",
        &settings(),
    )
    .unwrap();
    assert_eq!(gate.rules.len(), 2);
    assert!(asked("", &BenchSettings::default()).unwrap().is_empty());
}

#[test]
fn what_can_never_be_judged_is_a_fault_before_anything_is_built() {
    let none = BenchSettings::default();
    let fault = |line: &str| asked(line, &none).unwrap_err();
    assert!(fault("--fail-if;b/size > 1MB").contains("`b` is not measured; these are: a"));
    assert!(
        fault("--fail-if;cold:median > 1s").contains("`cold` is not measured; these are: source")
    );
    assert!(fault("--max-regress;10%").contains("--against FILE"));
    assert!(fault("--against;/none.json").starts_with("--against /none.json: cannot be read"));
    let line = ["imgtui", "bench", "--fail-if", "medium > 3s"];
    let error = Cli::try_parse_from(line).unwrap_err();
    assert_eq!(error.exit_code(), 2);
    assert!(
        error
            .to_string()
            .contains("character 1: there is no metric `medium`"),
        "{error}"
    );
}

#[test]
fn a_file_that_imgtui_toml_names_may_be_missing_and_not_torn() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("main.json");
    let with = BenchSettings {
        against: Some(Known::given(path.clone(), 7)),
        ..settings()
    };
    let gate = asked("", &with).unwrap();
    assert!(gate.against.is_none() && gate.alone.unwrap().1.starts_with("there is no "));
    std::fs::write(&path, "{\"header\":").unwrap();
    let fault = asked("", &with).unwrap_err();
    assert!(
        fault.starts_with("imgtui.toml:7: `against`: ") && fault.contains("torn"),
        "{fault}"
    );
    let header: BenchHeader = sample_header(&["a"], &[Prior::Source]);
    let whole = serde_json::json!({ "header": header, "runs": [] }).to_string();
    std::fs::write(&path, whole).unwrap();
    let against = asked("--other-machine", &with).unwrap().against.unwrap();
    assert_eq!(against.limit, Some(Percent(10.0)));
    assert!(against.takes_unlike);
}
