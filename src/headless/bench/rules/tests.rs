use super::*;
use crate::domain::{
    bench::{BenchEvent, Prior, sample_header, sample_run},
    rules::Judgement,
    verdict::Verdict,
};

fn progress(is_invalid: bool, ending: Ending) -> Progress {
    let mut run = sample_run(0, Prior::Source, 0, "a", 1.0);
    run.record.verdict = is_invalid.then(|| Verdict::Invalid {
        reason: "old".into(),
    });
    let mut progress = Progress::begun(&BenchEvent::Began {
        header: Box::new(sample_header(&["a"], &[Prior::Source])),
        runs: vec![run],
        rounds: 1,
        expected: BTreeMap::new(),
    })
    .unwrap();
    progress.apply(&BenchEvent::Ended(ending));
    progress
}

#[test]
fn the_exit_code_follows_from_rules_then_from_images() {
    let ruling = |judgement: Judgement| Ruling {
        rule: "size > 1MB".into(),
        strategy: "a".into(),
        scenario: None,
        judgement,
        evidence: None,
    };
    let fail = ruling(Judgement::Fail { why: None });
    let unsure = ruling(Judgement::Unsure { why: "few".into() });
    let missing = ruling(Judgement::NotMeasured { why: "n/a".into() });
    let pass = ruling(Judgement::Pass);
    let of = |is_invalid, rules: &[&Ruling], is_strict| {
        let rules: Vec<Ruling> = rules.iter().map(|one| (*one).clone()).collect();
        exit(&progress(is_invalid, Ending::Enough), &rules, is_strict)
    };
    assert_eq!(of(false, &[], true), Exit::Ok);
    assert_eq!(of(true, &[&pass], false), Exit::Failed);
    assert_eq!(of(true, &[&pass, &fail], false), Exit::Rules);
    assert_eq!(of(false, &[&fail], false).code(), 4);
    assert_eq!(of(false, &[&pass, &unsure, &missing], false), Exit::Ok);
    assert_eq!(of(false, &[&unsure], true), Exit::Rules);
    assert_eq!(of(false, &[&missing], true), Exit::Rules);
    assert_eq!(of(false, &[&pass], true), Exit::Ok);
    let broken_off = progress(true, Ending::Cancelled);
    assert_eq!(exit(&broken_off, &[fail], true), Exit::Cancelled);
}
