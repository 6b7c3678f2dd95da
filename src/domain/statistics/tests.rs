use super::*;
use proptest::prelude::*;

fn summary(runs: &[f64]) -> Summary {
    Summary::of(runs, 1).unwrap()
}

#[test]
fn a_summary_says_what_the_runs_say() {
    assert_eq!(Summary::of(&[], 1), None);
    let one = summary(&[2.0]);
    assert_eq!(
        (one.runs, one.median, one.deviation, one.interval),
        (1, 2.0, None, None)
    );
    let four = summary(&[4.0, 1.0, 3.0, 2.0]);
    assert_eq!(
        (four.median, four.min, four.max, four.mean),
        (2.5, 1.0, 4.0, 2.5)
    );
    assert!((four.deviation.unwrap() - 1.290_994).abs() < 1e-6);
    // Too few for a bootstrap: the whole range.
    assert_eq!(
        four.interval,
        Some(Interval {
            low: 1.0,
            high: 4.0
        })
    );
}

#[test]
fn the_bootstrap_is_repeatable_and_lies_within_the_range() {
    let runs: Vec<f64> = (0..20).map(f64::from).collect();
    let (one, two) = (Summary::of(&runs, 7), Summary::of(&runs, 7));
    assert_eq!(one, two);
    let interval = one.unwrap().interval.unwrap();
    assert!(interval.low >= 4.0 && interval.high <= 15.0, "{interval:?}");
    assert!(interval.holds(9.5));
}

/// Mann and Whitney (1947), table I: of 4 and 4 runs, 1, 1, 2, 3 and 5 of 70 orders have the
/// statistics 0 to 4.
#[test]
fn the_orders_are_counted_right() {
    assert_eq!(ways(4, 4)[..5], [1.0, 1.0, 2.0, 3.0, 5.0]);
    assert!((ways(4, 4).iter().sum::<f64>() - 70.0).abs() < 1e-9);
    assert_eq!(ways(2, 3), [1.0, 1.0, 2.0, 2.0, 2.0, 1.0, 1.0]);
    assert_eq!(cut(3, 3), None);
    assert_eq!(cut(4, 4), Some(0));
    // Critical value of the two-sided test at 5 % for 8 and 8 is 13: it is rejected up to it.
    assert_eq!(cut(8, 8), Some(13));
}

#[test]
fn a_clear_difference_is_seen_and_few_runs_show_none() {
    let (fast, slow) = ([10.0, 10.1, 9.9, 10.05], [20.0, 20.3, 19.8, 20.1]);
    let Difference::Seen { ratio, interval } = difference(&fast, &slow) else {
        panic!("not seen");
    };
    assert!((ratio - 2.0).abs() < 0.05 && !interval.holds(1.0));
    assert!(matches!(
        difference(&fast[..3], &slow[..3]),
        Difference::TooFew { .. }
    ));
    assert!(matches!(
        difference(&fast, &fast),
        Difference::NotSeen { .. }
    ));
    assert_eq!(difference(&fast, &[]), Difference::Unknown);
    assert_eq!(difference(&fast, &[0.0]), Difference::Unknown);
}

#[test]
fn one_run_far_off_is_told_and_spoils_no_comparison() {
    let runs = [10.0, 10.2, 9.9, 10.1, 31.0, 10.0];
    assert_eq!(outliers(&runs), [4]);
    assert_eq!(outliers(&[5.0, 5.0, 5.0]), Vec::<usize>::new());
    let slow: Vec<f64> = runs.iter().map(|run| run * 1.5).collect();
    assert!(matches!(difference(&runs, &slow), Difference::Seen { .. }));
}

/// A build's time: a few percent of noise, and now and then something that was in its way.
fn build_time(random: &mut Random) -> f64 {
    let unit = |random: &mut Random| as_f64(random.below(1_000_000)) / 1e6;
    let noise: f64 = (0..12).map(|_| unit(random)).sum::<f64>() - 6.0;
    let hindered = if random.below(10) == 0 {
        1.0 + unit(random)
    } else {
        1.0
    };
    20.0 * (0.04 * noise).exp() * hindered
}

/// A against A, 500 times for each number of runs.
#[test]
fn equal_things_are_told_apart_less_than_once_in_twenty() {
    let mut random = Random(42);
    for runs in [4, 5, 7, 10, 15] {
        let draw =
            |random: &mut Random| -> Vec<f64> { (0..runs).map(|_| build_time(random)).collect() };
        let seen = (0..500)
            .filter(|_| {
                let (one, two) = (draw(&mut random), draw(&mut random));
                matches!(difference(&one, &two), Difference::Seen { .. })
            })
            .count();
        assert!(seen <= 35, "{runs} runs: {seen} of 500");
    }
}

proptest! {
    #[test]
    fn no_figures_break_it(
        one in proptest::collection::vec(-1e9_f64..1e9, 0..12),
        two in proptest::collection::vec(-1e9_f64..1e9, 0..12),
    ) {
        let _ = difference(&one, &two);
        prop_assert!(outliers(&one).len() <= one.len());
        if let Some(summary) = Summary::of(&one, 3) {
            prop_assert!(summary.min <= summary.median && summary.median <= summary.max);
        }
    }

    #[test]
    fn a_comparison_turned_round_says_the_same(
        one in proptest::collection::vec(1e-3_f64..1e3, 4..9),
        two in proptest::collection::vec(1e-3_f64..1e3, 4..9),
    ) {
        let says = |found| matches!(found, Difference::Seen { .. });
        prop_assert_eq!(says(difference(&one, &two)), says(difference(&two, &one)));
    }

    #[test]
    fn shuffling_loses_nothing(seed: u64, count in 0_usize..40) {
        let mut things: Vec<usize> = (0..count).collect();
        Random(seed).shuffle(&mut things);
        things.sort_unstable();
        prop_assert_eq!(things, (0..count).collect::<Vec<_>>());
    }
}
