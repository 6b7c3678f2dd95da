use super::*;
use crate::domain::{bench::sample_header, record::sample, rules::Judged, verdict::Verdict};

static NOTHING: Judged = Judged {
    rules: Vec::new(),
    compared: Vec::new(),
};
static NOTHING_LEFT_OUT: BTreeMap<Cell, String> = BTreeMap::new();

fn header() -> BenchHeader {
    sample_header(&["fast", "slow"], &[Prior::Unchanged, Prior::Source])
}

fn bench<'a>(header: &'a BenchHeader, runs: &'a [BenchRun]) -> Bench<'a> {
    Bench {
        header,
        runs,
        strategies: &[],
        judged: &NOTHING,
        left_out: &NOTHING_LEFT_OUT,
    }
}

fn runs() -> Vec<BenchRun> {
    let mut runs = Vec::new();
    for round in 0..5 {
        for (place, seconds) in [(0, 10.0), (1, 20.0)] {
            let mut record = sample("x", seconds + 0.1 * f64::from(round));
            record.verdict = None;
            runs.push(BenchRun {
                round,
                cell: Cell {
                    place,
                    prior: Prior::Source,
                },
                busy_before: Some(0.0),
                compiled: Some(3),
                change: "a source, \"twice\"".into(),
                disk_growth: None,
                record,
            });
        }
    }
    runs
}

#[test]
fn the_text_says_what_differs_and_what_was_not_measured() {
    let header = header();
    let runs = runs();
    let bench = bench(&header, &runs);
    let text = bench.text();
    assert!(text.starts_with("strategy  unchanged  source"), "{text}");
    assert!(text.contains("fast      n/a        10.20 0/0"), "{text}");
    assert!(text.contains("1.98 times"), "{text}");
    assert!(!text.contains("noisy"), "{text}");
    assert!(
        bench
            .markdown()
            .contains("| slow | n/a | 20.20 (20.00 … 20.40) 0/0 |"),
        "{}",
        bench.markdown()
    );
}

#[test]
fn a_wrong_image_is_invalid_in_every_form() {
    let header = header();
    let mut runs = runs();
    runs[0].record.verdict = Some(Verdict::Invalid {
        reason: "yesterday's program".into(),
    });
    let bench = bench(&header, &runs);
    for form in [bench.text(), bench.markdown(), bench.csv(), bench.article()] {
        assert!(form.contains("INVALID") || form.contains("n/a"), "{form}");
    }
    assert!(
        bench
            .text()
            .contains("fast, source: INVALID: yesterday's program")
    );
    assert!(!bench.text().contains("times"), "{}", bench.text());
    assert!(bench.csv().contains(",INVALID,"));
}

#[test]
fn csv_has_a_field_for_each_name() {
    let header = header();
    let runs = runs();
    let bench = bench(&header, &runs);
    let csv = bench.csv();
    let names = CSV_HEADER.len();
    assert_eq!(csv.lines().next(), Some(CSV_HEADER.join(",").as_str()));
    assert_eq!(csv.lines().count(), 11);
    let first = csv.lines().nth(1).unwrap();
    assert!(first.contains("\"a source, \"\"twice\"\"\""), "{first}");
    let bare = first.replace("\"a source, \"\"twice\"\"\"", "x");
    assert_eq!(bare.split(',').count(), names);
}
