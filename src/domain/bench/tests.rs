use std::time::Duration;

use super::*;
use crate::domain::{record::sample, verdict::Verdict};

fn plan(protocol: Protocol) -> Plan {
    Plan {
        protocol,
        strategies: ["a", "b", "a"].map(|id| StrategyId(id.into())).to_vec(),
        priors: vec![Prior::Source, Prior::Cold],
        seed: 5,
    }
}

fn run(round: u32, place: usize, wall_s: f64) -> BenchRun {
    BenchRun {
        round,
        cell: Cell {
            place,
            prior: Prior::Source,
        },
        busy_before: Some(0.01),
        compiled: Some(1),
        change: "a source".into(),
        disk_growth: None,
        record: sample("a", wall_s),
    }
}

#[test]
fn every_round_has_every_cell_once_in_an_order_that_the_seed_gives() {
    let plan = plan(Protocol::Interleaved);
    let (first, second) = (plan.round(0), plan.round(1));
    assert_eq!(first, plan.round(0));
    assert_ne!(first, second);
    for mut round in [first, second] {
        round.sort_unstable();
        let mut all = plan.cells();
        all.sort_unstable();
        assert_eq!(round, all);
    }
    let article = self::plan(Protocol::Article);
    assert_eq!(article.round(3), article.cells());
    assert_eq!((plan.name(0), plan.name(1)), ("a #1".into(), "b".into()));
    assert_eq!(plan.name(2), "a #2");
}

#[test]
fn the_articles_first_build_is_dropped_and_a_wrong_image_spoils_its_cell() {
    let article = plan(Protocol::Article);
    let runs: Vec<BenchRun> = [(0, 99.0), (1, 10.0), (2, 11.0), (3, 12.0)]
        .map(|(round, wall_s)| run(round, 1, wall_s))
        .to_vec();
    let of_b = |runs: &[BenchRun]| results(&article, runs)[2].clone();
    let found = of_b(&runs);
    assert_eq!(found.seconds, [10.0, 11.0, 12.0]);
    assert!((found.wall.unwrap().median - 11.0).abs() < 1e-9);
    let mut wrong = runs.clone();
    wrong[2].record.verdict = Some(Verdict::Invalid {
        reason: "older program".into(),
    });
    let found = of_b(&wrong);
    assert_eq!((found.wall, found.seconds.len()), (None, 0));
    assert_eq!(found.faults, ["INVALID: older program"]);
}

#[test]
fn an_outlier_counts_and_has_a_cause() {
    let plan = plan(Protocol::Interleaved);
    let mut runs: Vec<BenchRun> = (0..6)
        .map(|round| run(round, 1, 10.0 + 0.1 * f64::from(round)))
        .collect();
    runs.push(run(6, 1, 40.0));
    runs[6].busy_before = Some(0.8);
    let found = &results(&plan, &runs)[2];
    assert_eq!(found.seconds.len(), 7);
    assert_eq!(found.outliers.len(), 1);
    assert!(
        found.outliers[0].cause.contains("80 %"),
        "{:?}",
        found.outliers
    );
    // What makes a build slower is no cause of a fast one.
    let mut runs: Vec<BenchRun> = (1..7)
        .map(|round| run(round, 1, 10.0 + 0.1 * f64::from(round)))
        .collect();
    runs.insert(0, run(0, 1, 4.0));
    let found = &results(&plan, &runs)[2];
    assert_eq!(found.outliers[0].cause, "no cause was seen");
}

#[test]
fn it_goes_on_until_the_interval_is_narrow_or_the_time_is_spent() {
    let plan = plan(Protocol::Interleaved);
    let enough = Enough {
        fewest: 2,
        most: 10,
        narrow: 0.05,
        budget: Duration::from_secs(100),
        gate: crate::domain::rules::Gate::default(),
    };
    let at = |times: &[f64], left_out: bool| {
        let runs = (0..).zip(times).map(|(round, time)| run(round, 1, *time));
        let event = BenchEvent::Began {
            header: Box::new(BenchHeader {
                plan: plan.clone(),
                ..sample_header(&[], &[])
            }),
            runs: runs.collect(),
            rounds: 2,
            expected: std::collections::BTreeMap::new(),
        };
        let mut progress = Progress::begun(&event).unwrap();
        for cell in plan.cells() {
            let measured = cell.place == 1 && cell.prior == Prior::Source;
            if !measured || left_out {
                let why = "no".into();
                progress.apply(&BenchEvent::LeftOut { cell, why });
            }
        }
        progress
    };
    let second = Duration::from_secs(1);
    let reached = |times: &[f64], spent: u32, round: u32| {
        enough.reached(&at(times, false), second * spent, second * round)
    };
    assert_eq!(reached(&[10.0], 1, 1), None);
    assert_eq!(reached(&[10.0], 99, 2), None);
    assert_eq!(reached(&[10.0, 20.0], 1, 1), None);
    assert_eq!(reached(&[10.0, 10.1], 1, 1), Some(Ending::Enough));
    assert_eq!(reached(&[10.0, 20.0], 99, 2), Some(Ending::Budget));
    let many: Vec<f64> = (0..10).map(|run| f64::from(run) * 10.0 + 1.0).collect();
    assert_eq!(reached(&many, 1, 1), Some(Ending::Enough));
    // Nothing was measured: it would not be the next time either.
    let nothing = enough.reached(&at(&[], true), second, second);
    assert_eq!(nothing, Some(Ending::Enough));
}

#[test]
fn a_change_that_compiles_and_found_everything_cached_is_doubted() {
    let mut cached = run(0, 1, 1.0);
    assert_eq!(cached.doubt(), None);
    cached.record.steps = vec![crate::domain::record::StepRecord {
        stage: "build".into(),
        index: 1,
        of: 1,
        instruction: "RUN cargo build".into(),
        status: crate::domain::build::StepStatus::Cached,
        seconds: Some(0.0),
        started_s: None,
        image: None,
        crates: None,
    }];
    assert!(cached.doubt().is_some());
    let found = &results(&plan(Protocol::Interleaved), &[cached.clone()])[2];
    assert_eq!(found.doubts.len(), 1);
    cached.cell.prior = Prior::Touch;
    assert_eq!(cached.doubt(), None);
}

#[test]
fn every_scenario_is_found_by_its_word() {
    for prior in Prior::ALL {
        assert_eq!(prior.word().parse(), Ok(prior));
    }
    assert!("none".parse::<Prior>().unwrap_err().contains("source"));
}
