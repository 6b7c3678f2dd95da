//! Where a benchmark stands.

use super::*;
use crate::domain::{
    bench::{Prior, sample_header},
    record::sample,
};

fn cell(place: usize) -> Cell {
    Cell {
        place,
        prior: Prior::Source,
    }
}

fn run(place: usize, round: u32, wall_s: f64) -> BenchRun {
    BenchRun {
        round,
        cell: cell(place),
        busy_before: None,
        compiled: None,
        change: "a source".into(),
        disk_growth: None,
        record: sample("a", wall_s),
    }
}

fn begun() -> Progress {
    Progress::begun(&BenchEvent::Began {
        header: Box::new(sample_header(&["a", "b"], &[Prior::Source])),
        runs: vec![run(0, 0, 10.0)],
        rounds: 3,
        expected: [(cell(1), Duration::from_secs(5))].into(),
    })
    .unwrap()
}

#[test]
fn what_is_left_follows_from_runs_and_from_earlier_ones() {
    let mut progress = begun();
    assert_eq!((progress.done(), progress.planned()), (1, 6));
    assert_eq!(progress.left(), Some(Duration::from_secs(2 * 10 + 3 * 5)));
    progress.apply(&BenchEvent::RunEnded(Box::new(run(1, 0, 7.0))));
    assert_eq!(progress.left(), Some(Duration::from_secs(2 * 10 + 2 * 7)));
    progress.apply(&BenchEvent::RunSkipped {
        cell: cell(1),
        round: 1,
    });
    assert_eq!(progress.left(), Some(Duration::from_secs(2 * 10 + 7)));
    progress.apply(&BenchEvent::LeftOut {
        cell: cell(1),
        why: "no".into(),
    });
    assert_eq!((progress.done(), progress.planned()), (3, 5));
    assert_eq!(progress.left(), Some(Duration::from_secs(20)));
}

#[test]
fn an_added_strategy_is_measured_too_and_its_time_is_not_known() {
    let mut progress = begun();
    progress.apply(&BenchEvent::Added {
        strategy: StrategyId("c".into()),
    });
    assert_eq!(progress.planned(), 9);
    assert_eq!(progress.left(), None);
}

#[test]
fn it_says_what_is_at_work_and_how_it_ended() {
    let mut progress = begun();
    progress.apply(&BenchEvent::WarmingUp { place: 1 });
    assert_eq!(progress.at_work, Some(AtWork::WarmUp { place: 1 }));
    progress.apply(&BenchEvent::Waiting { busy: 0.5 });
    assert_eq!(progress.waiting, Some(0.5));
    progress.apply(&BenchEvent::Building);
    assert_eq!(progress.waiting, None);
    progress.apply(&BenchEvent::Paused);
    assert!(progress.is_paused);
    progress.apply(&BenchEvent::WentOn);
    progress.apply(&BenchEvent::Ended(Ending::Stopped));
    assert!(!progress.is_paused && progress.at_work.is_none());
    assert_eq!(progress.ending, Some(Ending::Stopped));
}
