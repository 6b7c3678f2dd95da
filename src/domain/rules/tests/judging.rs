use std::{collections::BTreeMap, time::Duration};

use super::*;
use crate::domain::{
    bench::{BenchEvent, Ending, Enough, Progress},
    build::StepStatus,
    event::Outcome,
    record::{Push, StepRecord},
    verdict::Verdict,
};

const TIMES: [f64; 8] = [10.0, 10.1, 10.2, 9.9, 10.0, 10.3, 9.8, 10.1];

/// The ruling on `a` after an edit, and its words.
fn said(text: &str, runs: &[BenchRun]) -> (String, String) {
    let header = header();
    let rulings = rule(text).judge(&Measured::of_runs(&header, runs));
    let found = rulings.into_iter().find(|ruling| {
        ruling.strategy != "b" && ruling.scenario.is_none_or(|prior| prior == Prior::Source)
    });
    let ruling = found.unwrap();
    let why = ruling.judgement.why().unwrap_or_default().to_owned();
    (ruling.judgement.word().to_owned(), why)
}

fn word(text: &str, runs: &[BenchRun]) -> String {
    said(text, runs).0
}

#[test]
fn a_time_is_judged_by_its_whole_interval() {
    let runs = runs(&TIMES);
    for (text, expected) in [
        ("edit:median > 9s", "FAIL"),
        ("edit:median > 20s", "PASS"),
        ("edit:median > 10.05s", "UNSURE"),
        ("median < 20s", "FAIL"),
        ("a/median < 9s", "PASS"),
        ("median <= 10.05s", "UNSURE"),
        ("median >= 9s", "FAIL"),
    ] {
        assert_eq!(word(text, &runs), expected, "{text}");
    }
    let (_, why) = said("median > 10.05s", &runs);
    assert_eq!(why, "the threshold lies in the interval");
}

#[test]
fn too_few_runs_decide_nothing_however_far_away_the_threshold_is() {
    let (word, why) = said("median > 1ms", &runs(&TIMES[..5]));
    assert_eq!(word, "UNSURE");
    assert_eq!(why, "5 runs are too few to be sure: `--rounds 6` or more");
    assert!(
        said("median > 1h", &runs(&TIMES[..1]))
            .1
            .starts_with("1 run is")
    );
    assert_eq!(self::word("median > 1ms", &runs(&TIMES[..6])), "FAIL");
}

#[test]
fn a_wrong_image_or_a_failed_build_passes_no_rule() {
    let mut wrong = runs(&TIMES);
    wrong[3].record.verdict = Some(Verdict::Invalid {
        reason: "yesterday's program\nmore".into(),
    });
    for text in ["median > 1h", "size > 1GB", "layers > 99", "cpu > 1h"] {
        let (word, why) = said(text, &wrong);
        assert_eq!(
            (word.as_str(), why.as_str()),
            ("FAIL", "an image is INVALID: yesterday's program"),
            "{text}"
        );
    }
    let mut failed = runs(&TIMES);
    failed[0].record.outcome = Outcome::Failed {
        message: "no space".into(),
    };
    assert_eq!(
        said("median > 1h", &failed),
        ("FAIL".into(), "a build FAILED: no space".into())
    );
    // Another scenario's image is none of this rule's.
    failed[0].cell.prior = Prior::Touch;
    assert_eq!(word("edit:median > 1h", &failed), "PASS");
    assert_eq!(word("size > 1GB", &failed), "FAIL");
}

#[test]
fn what_has_no_noise_needs_one_run_and_all_on_one_side() {
    let mut runs = runs(&TIMES[..2]);
    assert_eq!(word("size > 30MB", &runs[..1]), "PASS");
    assert_eq!(word("size >= 30MB", &runs[..1]), "FAIL");
    assert_eq!(word("layers > 1", &runs), "FAIL");
    runs[1].record.image.as_mut().unwrap().bytes = Some(Bytes(30_000_001));
    let (word, why) = said("size > 30MB", &runs);
    assert_eq!(
        (word.as_str(), why.as_str()),
        ("UNSURE", "runs are on both sides of the threshold")
    );
    let judged = rule("size > 30MB").judge(&Measured::of_runs(&header(), &runs));
    let evidence = judged[0].evidence.unwrap().text();
    assert_eq!(evidence, "30000001 B (30000000 B … 30000001 B), 2 runs");
}

#[test]
fn a_figure_that_nobody_has_is_not_measured() {
    let mut runs = runs(&TIMES);
    for (text, expected) in [
        ("push > 1B", "`push` is n/a in every run"),
        ("cpu > 1ms", "`cpu` is n/a in every run"),
        ("cached < 100%", "`cached` is n/a in every run"),
        (
            "zz/size > 1B",
            "this benchmark does not measure what it is about",
        ),
    ] {
        let (word, why) = said(text, &runs);
        assert_eq!(
            (word.as_str(), why.as_str()),
            ("NOT MEASURED", expected),
            "{text}"
        );
    }
    runs[4].record.push = Some(Push {
        layers: 1,
        bytes: Bytes(5),
    });
    assert_eq!(word("push > 1B", &runs), "FAIL");
    let of_cold = rule("cold:median > 1ms").judge(&Measured::of_runs(&header(), &runs));
    assert_eq!(of_cold.len(), 1);
    assert_eq!(of_cold[0].judgement.word(), "NOT MEASURED");
    let of_b = rule("b/median > 1ms").judge(&Measured::of_runs(&header(), &runs));
    assert_eq!(of_b.len(), 2);
    assert_eq!(of_b[0].judgement.why(), Some("there are no runs of it"));
}

#[test]
fn a_rule_without_strategy_and_scenario_is_about_each() {
    let rulings = |text: &str| {
        let found = rule(text).judge(&Measured::of_runs(&header(), &[]));
        let names = found.iter().map(|one| (one.strategy.clone(), one.scenario));
        names.collect::<Vec<_>>()
    };
    assert_eq!(rulings("median > 1s").len(), 4);
    assert_eq!(rulings("b/median > 1s").len(), 2);
    assert_eq!(rulings("touch:median > 1s").len(), 2);
    assert_eq!(
        rulings("size > 1MB"),
        [("a".to_owned(), None), ("b".to_owned(), None)]
    );
}

#[test]
fn a_doubtful_time_passes_nothing() {
    let mut runs = runs(&TIMES);
    runs[2].record.steps = vec![StepRecord {
        stage: "build".into(),
        index: 1,
        of: 1,
        instruction: "RUN cargo build".into(),
        status: StepStatus::Cached,
        seconds: None,
        started_s: None,
        image: None,
        crates: None,
    }];
    let (word, why) = said("median > 1h", &runs);
    assert_eq!(word, "UNSURE");
    assert!(
        why.starts_with("round 3: every step came from the cache"),
        "{why}"
    );
    assert_eq!(said("cached < 50%", &runs).0, "PASS");
}

fn begun(runs: Vec<BenchRun>) -> Progress {
    Progress::begun(&BenchEvent::Began {
        header: Box::new(header()),
        runs,
        rounds: 4,
        expected: BTreeMap::new(),
    })
    .unwrap()
}

#[test]
fn what_cannot_be_built_fails_and_what_is_not_for_here_does_not() {
    let mut progress = begun(Vec::new());
    progress.apply(&BenchEvent::WarmingUp { place: 0 });
    for prior in [Prior::Touch, Prior::Source] {
        progress.apply(&BenchEvent::LeftOut {
            cell: Cell { place: 0, prior },
            why: "exit code 101\nmore".into(),
        });
    }
    progress.apply(&BenchEvent::RunBegan {
        cell: Cell {
            place: 1,
            prior: Prior::Touch,
        },
        round: 0,
        rounds: 4,
    });
    progress.apply(&BenchEvent::LeftOut {
        cell: Cell {
            place: 1,
            prior: Prior::Touch,
        },
        why: "there is no source".into(),
    });
    let measured = Measured::of(&progress);
    let judged =
        |measured: &Measured<'_>, text: &str| rule(text).judge(measured)[0].judgement.clone();
    let broken = Judgement::Fail {
        why: Some("it cannot be built: exit code 101".into()),
    };
    assert_eq!(judged(&measured, "a/size > 1GB"), broken);
    let left_out = Judgement::NotMeasured {
        why: "there is no source".into(),
    };
    assert_eq!(judged(&measured, "b/touch:median > 1h"), left_out);
    let reasons = BTreeMap::from([(StrategyId("a".into()), "no docker".to_owned())]);
    let missing = Judgement::NotMeasured {
        why: "not available: no docker".into(),
    };
    assert_eq!(judged(&measured.without(&reasons), "a/size > 1GB"), missing);
}

#[test]
fn rounds_go_on_until_every_rule_about_a_time_is_decided() {
    let reached = |rules: &[&str], times: &[f64]| {
        let mut progress = begun(runs(times));
        for cell in progress.header.plan.cells() {
            if cell
                != (Cell {
                    place: 0,
                    prior: Prior::Source,
                })
            {
                let why = "no".to_owned();
                progress.apply(&BenchEvent::LeftOut { cell, why });
            }
        }
        let enough = Enough {
            fewest: 4,
            most: 30,
            narrow: 0.001,
            budget: Duration::from_secs(1000),
            gate: Gate {
                rules: rules.iter().map(|text| rule(text)).collect(),
                ..Gate::default()
            },
        };
        enough.reached(&progress, Duration::ZERO, Duration::from_secs(10))
    };
    assert_eq!(reached(&["median > 20s"], &TIMES), Some(Ending::Enough));
    assert_eq!(
        reached(&["median > 20s", "edit:median > 10.05s"], &TIMES),
        None
    );
    assert_eq!(reached(&["size > 20MB"], &TIMES), None);
    assert_eq!(reached(&["b/median > 20s"], &TIMES), None);
    // Four are narrow, and too few to be sure.
    assert_eq!(reached(&["median > 20s"], &[10.0; 4]), None);
    assert_eq!(reached(&["median > 20s"], &[10.0; 6]), Some(Ending::Enough));
    // It will not become surer than that.
    assert_eq!(
        reached(&["median > 10s", "median < 10s"], &[10.0; 6]),
        Some(Ending::Enough)
    );
}
