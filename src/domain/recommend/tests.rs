//! Tables and sentences from planted records.

use super::*;
use crate::domain::{
    base::{BaseSource, ResolvedBase},
    build::StepStatus,
    edit::EditKind,
    event::Trigger,
    ids::{BaseId, ImageId},
    record::{ImageInfo, StepRecord, sample},
    strategy::{Lesson, Needs},
    verdict::Proof,
};

fn strategy(id: &str) -> Strategy {
    Strategy {
        id: StrategyId(id.into()),
        order: 0,
        title: String::new(),
        group: "image".into(),
        summary: String::new(),
        lesson: Lesson::default(),
        published: None,
        needs: Needs::default(),
        check: None,
        prepare: None,
        bases: BTreeMap::new(),
        args: BTreeMap::new(),
        dockerfile: String::new(),
        ignore: None,
        overlay: BTreeMap::new(),
        folder: None,
    }
}

/// A build whose command is cached up to the last one, which ran.
fn record(id: &str, bytes: u64, wall_s: f64, kept: StepStatus, trigger: Trigger) -> BuildRecord {
    let mut record = sample(id, wall_s);
    let proof = Proof::Answer;
    record.verdict = Some(Verdict::Verified { proof });
    record.trigger = trigger;
    record.image = Some(ImageInfo {
        id: ImageId("ab".into()),
        bytes: Some(Bytes(bytes)),
        diff_ids: Vec::new(),
        compressed: Vec::new(),
    });
    record.steps = [("RUN cook", kept), ("RUN build", StepStatus::Ran)]
        .into_iter()
        .enumerate()
        .map(|(position, (instruction, status))| StepRecord {
            stage: "0".into(),
            index: position + 2,
            of: 3,
            instruction: instruction.into(),
            status,
            seconds: Some(1.0),
            started_s: None,
            image: None,
            crates: None,
        })
        .collect();
    record
}

fn cold(id: &str, bytes: u64, seconds: f64) -> BuildRecord {
    record(id, bytes, seconds, StepStatus::Ran, Trigger::Asked)
}

fn edit(id: &str, bytes: u64, seconds: f64) -> BuildRecord {
    let trigger = Trigger::Edited {
        edit: EditKind::Source,
        file: "src/main.rs".into(),
        line: None,
    };
    record(id, bytes, seconds, StepStatus::Cached, trigger)
}

fn invalid(mut record: BuildRecord) -> BuildRecord {
    let reason = "it answers with yesterday's stamp".into();
    record.verdict = Some(Verdict::Invalid { reason });
    record
}

fn of(ids: &[&str], records: &[BuildRecord]) -> Recommendation {
    let strategies: Vec<Strategy> = ids.iter().map(|id| strategy(id)).collect();
    recommend(&strategies, records, &BTreeMap::new())
}

/// The one sentence that begins so.
fn sentence<'a>(found: &'a Recommendation, start: &str) -> &'a str {
    let mut sentences = found.advice.iter().filter(|one| one.starts_with(start));
    let first = sentences.next();
    assert!(sentences.next().is_none(), "twice: {start}");
    first.unwrap_or_else(|| panic!("no `{start}` in {:#?}", found.advice))
}

/// What people have after two rounds of `--all --edit source`.
fn measured() -> Vec<BuildRecord> {
    let rows = [
        ("basic", 1_070_000_000, 60.0, 58.0),
        ("scratch", 880_000, 88.0, 47.0),
        ("distroless", 9_100_000, 86.0, 45.0),
        ("chef-scratch", 878_000, 101.0, 15.0),
        ("chef-distroless", 9_100_000, 99.0, 10.0),
    ];
    let builds = |(id, bytes, first, after)| [cold(id, bytes, first), edit(id, bytes, after)];
    rows.into_iter().flat_map(builds).collect()
}

const IDS: [&str; 5] = [
    "basic",
    "scratch",
    "distroless",
    "chef-scratch",
    "chef-distroless",
];

#[test]
fn the_advice_is_in_words_with_ratios_of_one_decimal() {
    let found = of(&IDS, &measured());
    insta::assert_snapshot!(found.advice.join("\n"), @r"
    Smallest image: chef-scratch and scratch, 878 kB.
    Fastest after an edit: chef-distroless, 10.0 s.
    Best of both: chef-scratch, with the smallest image and 1.5 times the shortest edit time.
    Against basic (1.07 GB, 58.0 s after an edit): chef-scratch's image is 1218.7 times smaller, an edit is 3.9 times as fast.
    What musl costs, scratch against distroless: an edit takes just as long, a cold build takes just as long, the image is 10.3 times smaller.
    What musl costs, chef-scratch against chef-distroless: an edit takes 1.5 times as long, a cold build takes just as long, the image is 10.4 times smaller.
    Each edit time is of one run: that is few, and differences under 10 % mean nothing. Build them again.
    5 of 5 strategies measured.
    ");
}

#[test]
fn times_are_medians_of_builds_that_count() {
    let mut records = vec![cold("a", 900, 50.0)];
    records.extend([10.0, 30.0, 12.0, 14.0].map(|seconds| edit("a", 900, seconds)));
    records.insert(3, invalid(edit("a", 100, 0.1)));
    let found = of(&["a"], &records);
    let row = found.rows[0].measured().unwrap();
    let edit = row.edit.unwrap();
    assert_eq!((edit.seconds, edit.runs), (13.0, 4));
    assert_eq!(row.cold.unwrap().time(), Duration::from_secs(50));
    assert_eq!((row.image, row.verified), (Some(Bytes(900)), true));
    assert_eq!(Median::of(Vec::new()), None);
}

#[test]
fn a_row_whose_newest_image_is_wrong_says_so_and_wins_nothing() {
    let mut records = measured();
    records.push(invalid(edit("chef-distroless", 1, 0.1)));
    // What failed after it does not make the image right.
    let mut failed = edit("chef-distroless", 1, 0.1);
    failed.outcome = Outcome::Cancelled;
    records.push(failed);
    let found = of(&IDS, &records);
    let row = &found.rows[4];
    assert_eq!(row.word(), "INVALID");
    assert_eq!(row.reason(), Some("it answers with yesterday's stamp"));
    assert!(sentence(&found, "Fastest").contains("chef-scratch, 15.0 s"));
    assert!(sentence(&found, "INVALID").contains("chef-distroless"));
    assert_eq!(
        sentence(&found, "4 of 5"),
        "4 of 5 strategies measured; run `imgtui build --all --edit source`, \
         twice where nothing was built before."
    );
    // An older wrong image takes nothing from a newer right one.
    records.push(edit("chef-distroless", 9_100_000, 10.0));
    assert_eq!(of(&IDS, &records).rows[4].word(), "verified");
}

#[test]
fn nothing_measured_gives_no_figures_but_says_what_to_do() {
    let reason = "sccache was not found".to_owned();
    let unavailable = BTreeMap::from([(StrategyId("b".into()), reason)]);
    let strategies = [strategy("a"), strategy("b")];
    let found = recommend(&strategies, &[], &unavailable);
    let words: Vec<&str> = found.rows.iter().map(Row::word).collect();
    assert_eq!(words, ["not measured", "not available"]);
    assert_eq!(found.rows[1].reason(), Some("sccache was not found"));
    assert_eq!(
        found.advice,
        [
            "0 of 1 strategies measured, 1 cannot be built here; run `imgtui build --all --edit \
          source`, twice where nothing was built before."
        ]
    );
}

#[test]
fn what_is_no_image_of_any_app_never_wins() {
    let mut strategies: Vec<Strategy> = ["a", "check", "layout", "test"].map(strategy).into();
    strategies[1].check = Some(vec!["/tool".into()]);
    strategies[2].needs.app = Some("sample-app".into());
    strategies[3].group = "test".into();
    let mut records = vec![edit("a", 9_000, 20.0)];
    records.extend(["check", "layout", "test"].map(|id| edit(id, 10, 1.0)));
    let found = recommend(&strategies, &records, &BTreeMap::new());
    assert_eq!(sentence(&found, "Smallest"), "Smallest image: a, 9.00 kB.");
    assert_eq!(
        sentence(&found, "Fastest"),
        "Fastest after an edit: a, 20.0 s."
    );
    assert!(sentence(&found, "Best").starts_with("Best of both: a, "));
    assert!(found.rows[1].measured().is_some(), "it is in the table");
}

#[test]
fn single_runs_that_are_close_are_no_difference() {
    let close = [edit("a", 1_000, 10.0), edit("b", 5_000, 10.9)];
    let found = of(&["a", "b"], &close);
    assert!(sentence(&found, "Fastest").ends_with("a, 10.0 s; no difference to b."));
    assert!(sentence(&found, "Each edit time is of one run").contains("few"));
    let apart = [edit("a", 1_000, 10.0), edit("b", 5_000, 11.1)];
    let found = of(&["a", "b"], &apart);
    assert!(sentence(&found, "Fastest").ends_with("a, 10.0 s."));
    // Several runs each tell smaller differences.
    let several = [&close[..], &close[..]].concat();
    let found = of(&["a", "b"], &several);
    assert!(sentence(&found, "Fastest").ends_with("a, 10.0 s."));
    assert!(found.advice.iter().all(|one| !one.contains("one run")));
}

#[test]
fn what_is_not_hermetic_or_not_verified_is_named_so() {
    let mut host = strategy("host");
    host.prepare = Some("cargo build".into());
    let strategies = [host, strategy("inner")];
    let mut records = [edit("host", 900, 1.0), edit("inner", 1_000, 2.0)];
    records[1].verdict = None;
    records[1].bases.push(ResolvedBase {
        id: BaseId("rust".into()),
        reference: "localhost/rust".into(),
        source: BaseSource::Equivalent,
    });
    let found = recommend(&strategies, &records, &BTreeMap::new());
    assert_eq!(
        sentence(&found, "Fastest"),
        "Fastest after an edit: host (not hermetic), 1.00 s; \
         of the hermetic ones inner (unverified), 2.00 s."
    );
    assert!(sentence(&found, "Best").contains("; of the hermetic ones inner (unverified), "));
    assert!(sentence(&found, "≈").contains("equivalents"));
    assert!(sentence(&found, "?").contains("unverified"));
    assert_eq!(found.rows[1].word(), "unverified");
}

#[test]
fn bases_and_other_strategies_are_passed_over() {
    let mut base = cold("a", 10, 1.0);
    base.subject = Subject::Base(BaseId("a".into()));
    let found = of(&["a"], &[base, cold("b", 10, 1.0)]);
    assert_eq!(found.rows[0].state, RowState::NotMeasured);
}
