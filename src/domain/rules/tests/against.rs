use super::*;
use crate::domain::{
    base::{BaseSource, ResolvedBase},
    bench::Percent,
    event::Outcome,
    ids::BaseId,
};

const THEN: [f64; 8] = [10.0, 10.1, 10.2, 9.9, 10.0, 10.3, 9.8, 10.1];

fn times(factor: f64, count: usize) -> Vec<BenchRun> {
    let times: Vec<f64> = THEN.iter().take(count).map(|time| time * factor).collect();
    runs(&times)
}

fn against(header: BenchHeader, runs: Vec<BenchRun>) -> Against {
    Against {
        earlier: Earlier {
            path: "main.json".into(),
            header,
            runs,
        },
        limit: Some(Percent(10.0)),
        takes_unlike: false,
    }
}

/// What is said of the time of `a` after an edit, and of its size.
fn said(against: &Against, runs: &[BenchRun]) -> [(String, String); 2] {
    let header = header();
    let rulings = against.judge(&Measured::of_runs(&header, runs));
    let of = |scenario| {
        let mut of_a = rulings.iter().filter(|one| one.strategy == "a");
        let found = of_a.find(|one| one.scenario == scenario).unwrap();
        let why = found.judgement.why().unwrap_or_default().to_owned();
        (found.judgement.word().to_owned(), why)
    };
    [of(Some(Prior::Source)), of(None)]
}

fn words(against: &Against, runs: &[BenchRun]) -> [String; 2] {
    said(against, runs).map(|(word, _)| word)
}

#[test]
fn a_regression_is_told_only_where_the_whole_interval_is_over_the_limit() {
    let before = against(header(), times(1.0, 8));
    assert_eq!(words(&before, &times(1.3, 8)), ["FAIL", "PASS"]);
    assert_eq!(words(&before, &times(1.0, 8)), ["PASS", "PASS"]);
    assert_eq!(words(&before, &times(0.5, 8)), ["PASS", "PASS"]);
    assert_eq!(words(&before, &times(1.1, 8)), ["UNSURE", "PASS"]);
    let few = said(&before, &times(1.3, 1));
    assert_eq!(few[0].0, "UNSURE");
    assert!(
        few[0].1.starts_with("8 runs then and 1 now are too few"),
        "{few:?}"
    );
}

#[test]
fn a_larger_image_is_told_from_one_run() {
    let before = against(header(), times(1.0, 1));
    let mut now = times(1.0, 1);
    let mut sized = |bytes| {
        now[0].record.image.as_mut().unwrap().bytes = Some(Bytes(bytes));
        words(&before, &now)[1].clone()
    };
    assert_eq!(sized(33_000_000), "PASS");
    assert_eq!(sized(33_000_001), "FAIL");
    assert_eq!(sized(1), "PASS");
}

#[test]
fn what_is_not_in_both_is_not_compared_and_a_broken_build_fails() {
    let nothing = against(header(), Vec::new());
    let found = said(&nothing, &times(1.0, 8));
    assert_eq!(found[0].0, "NOT MEASURED");
    assert_eq!(found[0].1, "in main.json: there are no runs of it");
    let mut broken = times(1.0, 8);
    broken[0].record.outcome = Outcome::Failed {
        message: "no".into(),
    };
    assert_eq!(
        words(&against(header(), times(1.0, 8)), &broken),
        ["FAIL", "FAIL"]
    );
    // It is no fault of today's that it was broken then.
    assert_eq!(
        words(&against(header(), broken), &times(1.0, 8)),
        ["NOT MEASURED", "NOT MEASURED"]
    );
}

#[test]
fn another_machine_engine_or_app_decides_nothing_unless_that_is_asked() {
    let mut other = header();
    other.processors = 8;
    other.engine.version = "5.0".into();
    other.app = "/elsewhere/other".into();
    let mut before = against(other, times(1.0, 8));
    assert_eq!(before.unlike(&header()).len(), 3);
    let found = said(&before, &times(1.3, 8));
    assert_eq!(found.clone().map(|(word, _)| word), ["UNSURE", "UNSURE"]);
    let expected = "8 processors there, 2 here, podman 5.0 there, podman 4.3.1 here";
    assert!(found[0].1.starts_with(expected), "{found:?}");
    before.takes_unlike = true;
    assert_eq!(words(&before, &times(1.3, 8)), ["FAIL", "PASS"]);
    let mut moved = header();
    moved.app = "/home/somebody/app".into();
    assert_eq!(against(moved, Vec::new()).unlike(&header()), []);
}

#[test]
fn local_equivalents_are_not_compared_with_upstreams_bases() {
    let mut now = times(1.3, 8);
    now[0].record.bases = vec![ResolvedBase {
        id: BaseId("rust".into()),
        reference: "localhost/x".into(),
        source: BaseSource::Equivalent,
    }];
    let found = said(&against(header(), times(1.0, 8)), &now);
    assert_eq!(found.map(|(word, _)| word), ["UNSURE", "UNSURE"]);
}

#[test]
fn without_a_limit_there_is_a_comparison_and_no_judgement() {
    let mut before = against(header(), times(1.0, 8));
    before.limit = None;
    let (header, runs) = (header(), times(1.3, 8));
    let measured = Measured::of_runs(&header, &runs);
    assert_eq!(before.judge(&measured), []);
    let compared = before.compare(&measured);
    let of_time = |one: &&Compared| one.strategy == "a" && one.scenario == Some(Prior::Source);
    let change = compared.iter().find(of_time).unwrap().change.unwrap();
    assert!(
        (change.then - 10.05).abs() < 1e-9 && (change.ratio - 1.3).abs() < 0.02,
        "{change:?}"
    );
}

#[test]
fn a_limit_alone_is_not_measured() {
    let gate = Gate {
        alone: Some((Percent(10.0), "there is no main.json".into())),
        ..Gate::default()
    };
    let header = header();
    let judged = gate.judged(&Measured::of_runs(&header, &[]));
    assert_eq!(judged.rules[0].rule, "--max-regress 10%");
    assert_eq!(judged.rules[0].judgement.word(), "NOT MEASURED");
}
