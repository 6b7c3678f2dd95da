use super::*;
use crate::domain::record::sample;

fn past(id: i64, machine: &str, strategy: &str, prior: Option<Prior>, wall_s: f64) -> PastBuild {
    let mut record = sample(strategy, wall_s);
    record.prior = prior;
    PastBuild {
        id,
        machine: Owner {
            id: machine.to_owned(),
            name: machine.to_owned(),
            is_own: machine == "here",
        },
        record,
    }
}

#[test]
fn a_trend_is_of_one_machine_strategy_and_scenario() {
    let source = Some(Prior::Source);
    let mut wrong = past(6, "here", "a", source, 99.0);
    wrong.record.outcome = crate::domain::event::Outcome::Cancelled;
    let builds = [
        past(1, "here", "a", source, 3.0),
        past(2, "there", "a", source, 9.0),
        past(3, "here", "a", Some(Prior::Unchanged), 1.0),
        past(4, "here", "b", source, 5.0),
        past(5, "here", "a", source, 4.0),
        wrong,
        past(7, "here", "a", None, 8.0),
    ];
    let priors = priors(&builds);
    assert_eq!(priors[2], Some(Prior::Unchanged));
    assert_eq!(priors[6], None, "nothing tells what it was");
    let found = trends(&builds, &priors);
    let shown: Vec<(&str, &str, Prior, &[f64])> = found
        .iter()
        .map(|trend| {
            let wall: &[f64] = &trend.wall_s;
            (
                trend.machine.name.as_str(),
                trend.strategy.as_str(),
                trend.scenario,
                wall,
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("here", "a", Prior::Unchanged, &[1.0][..]),
            ("here", "a", Prior::Source, &[3.0, 4.0]),
            ("here", "b", Prior::Source, &[5.0]),
            ("there", "a", Prior::Source, &[9.0]),
        ]
    );
}

#[test]
fn half_as_long_is_half_as_high() {
    assert_eq!(sparkline(&[1.0, 2.0, 4.0, 8.0], 9), "▁▂▄█");
    assert_eq!(sparkline(&[9.0, 8.0, 4.0], 2), "█▄", "the last ones");
    assert_eq!(sparkline(&[0.0, 0.0], 9), "▁▁");
    assert_eq!(sparkline(&[], 9), "");
    assert_eq!(sparkline(&[f64::NAN, 1.0], 9), "▁█");
}
