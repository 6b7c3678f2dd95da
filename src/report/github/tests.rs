use super::*;
use crate::domain::{bench::Prior, rules::Judgement};

fn ruling(judgement: Judgement) -> Ruling {
    Ruling {
        rule: "source:median > 20s".into(),
        strategy: "basic".into(),
        scenario: Some(Prior::Source),
        judgement,
        evidence: None,
    }
}

fn fail(why: &str) -> Ruling {
    let why = Some(why.to_owned());
    ruling(Judgement::Fail { why })
}

#[test]
fn a_command_is_one_line_whatever_it_says() {
    let title = command("error", "a:b,c%d\r\n", "100 %\r\n::set-env name=x::y");
    assert_eq!(
        title,
        "::error title=a%3Ab%2Cc%25d%0D%0A::100 %25::set-env name=x::y"
    );
    assert_eq!(data("a%0A\n"), "a%250A%0A");
}

#[test]
fn each_rule_that_is_not_passed_is_told() {
    let lines = annotations(&[
        fail("an image is INVALID: old, 3:4"),
        ruling(Judgement::Pass),
        ruling(Judgement::Unsure { why: "few".into() }),
        ruling(Judgement::NotMeasured { why: "n/a".into() }),
    ]);
    assert_eq!(
        lines,
        [
            "::error title=FAIL%3A source%3Amedian > 20s::basic after source: an image is INVALID: old, 3:4",
            "::warning title=UNSURE%3A source%3Amedian > 20s::basic after source: few",
            "::warning title=NOT MEASURED%3A source%3Amedian > 20s::basic after source: n/a",
            "::notice title=imgtui bench::1 PASS, 1 FAIL, 1 UNSURE, 1 NOT MEASURED",
        ]
    );
    assert_eq!(annotations(&[]), Vec::<String>::new());
}

#[test]
fn no_more_are_told_than_github_shows() {
    let of = |count: usize| annotations(&vec![fail("no"); count]);
    assert_eq!(of(10).len(), 11);
    assert_eq!(of(40).len(), 11);
    assert!(of(40)[9].ends_with("and 31 more, see the summary"));
}

#[test]
fn a_summary_is_cut_at_a_line() {
    assert_eq!(fitting("a\nb\n", 5), Some("a\nb\n".to_owned()));
    assert_eq!(fitting("a\nb\n", SUMMARY_LIMIT), None);
    assert_eq!(fitting("a\nb\n", usize::MAX), None);
    let taken = SUMMARY_LIMIT - CUT.len() - 5;
    assert_eq!(
        fitting(&"abc\n".repeat(50), taken),
        Some(format!("abc\n{CUT}"))
    );
}
