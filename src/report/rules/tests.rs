use super::*;
use crate::domain::{
    bench::{BenchRun, Cell, Prior, sample_header},
    record::sample,
    rules::{Gate, Measured, Rule},
    verdict::Verdict,
};

fn judged(rules: &[&str]) -> Judged {
    let header = sample_header(&["fast", "slow"], &[Prior::Source]);
    let mut runs: Vec<BenchRun> = Vec::new();
    for round in 0..6 {
        let wall_s = 12.0 + f64::from(round) / 10.0;
        for place in [0, 1] {
            runs.push(BenchRun {
                round,
                cell: Cell {
                    place,
                    prior: Prior::Source,
                },
                busy_before: None,
                compiled: None,
                change: "a source".into(),
                disk_growth: None,
                record: sample("x", wall_s),
            });
        }
    }
    runs[3].record.verdict = Some(Verdict::Invalid {
        reason: "an | ![x](http://e) @you <b>\u{1b}[m".into(),
    });
    let gate = Gate {
        rules: rules
            .iter()
            .map(|text| text.parse::<Rule>().unwrap())
            .collect(),
        ..Gate::default()
    };
    gate.judged(&Measured::of_runs(&header, &runs))
}

#[test]
fn every_ruling_is_a_line_with_its_evidence() {
    let judged = judged(&[
        "edit:median > 20s",
        "fast/median > 12.25s",
        "fast/size > 30MB",
    ]);
    insta::assert_snapshot!(text(&judged), @r"
    rules
    says          rule                  strategy  scenario  evidence
    PASS          source:median > 20s   fast      source    12.25 s (12.05 s … 12.45 s), 6 runs
    FAIL          source:median > 20s   slow      source    an image is INVALID: an | ![x](http://e) @you <b>[m
    UNSURE        fast/median > 12.25s  fast      source    12.25 s (12.05 s … 12.45 s), 6 runs; the threshold lies in the interval
    NOT MEASURED  fast/size > 30MB      fast      any       `size` is n/a in every run
    1 PASS, 1 FAIL, 1 UNSURE, 1 NOT MEASURED
    ");
    assert_eq!(text(&Judged::default()), "");
}

#[test]
fn markdown_takes_foreign_text_as_it_stands() {
    let judged = judged(&["edit:median > 20s"]);
    let markdown = markdown(&judged);
    insta::assert_snapshot!(markdown, @r"
    | says | rule | strategy | scenario | evidence |
    | --- | --- | --- | --- | --- |
    | PASS | source:median &gt; 20s | fast | source | 12.25 s (12.05 s … 12.45 s), 6 runs |
    | **FAIL** | source:median &gt; 20s | slow | source | an image is INVALID: an \| \!\[x\](http://e) @&#8203;you &lt;b&gt;\[m |

    1 PASS, 1 FAIL
    ");
    assert!(!markdown.contains('\u{1b}'));
    assert_eq!(super::markdown(&Judged::default()), "");
}

#[test]
fn json_says_what_and_why() {
    let judged = judged(&["slow/median > 20s"]);
    let json = serde_json::to_value(&judged).unwrap();
    assert_eq!(json["rules"][0]["says"], "fail");
    assert_eq!(json["rules"][0]["rule"], "slow/median > 20s");
    assert!(
        json["rules"][0]["why"]
            .as_str()
            .unwrap()
            .contains("INVALID")
    );
}
