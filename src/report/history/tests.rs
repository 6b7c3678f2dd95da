use super::*;
use crate::domain::{
    base::{BaseSource, ResolvedBase},
    build::StepStatus,
    event::Subject,
    history::{Difference, trends},
    ids::{BaseId, Bytes, ImageId},
    record::{CpuTime, ImageInfo, Layer, Push, StepRecord, sample},
};

fn past(id: i64, machine: &str, wall_s: f64) -> PastBuild {
    let mut record = sample("chef-scratch", wall_s);
    record.prior = Some(Prior::Source);
    PastBuild {
        id,
        machine: Owner {
            id: format!("{machine}{:026}", id % 2),
            name: "builder".into(),
            is_own: machine == "aaaaaa",
        },
        record,
    }
}

fn step(instruction: &str, status: StepStatus, seconds: Option<f64>) -> StepRecord {
    StepRecord {
        stage: "builder".into(),
        index: if instruction.starts_with("FROM") {
            1
        } else {
            2
        },
        of: 4,
        instruction: instruction.into(),
        status,
        seconds,
        started_s: None,
        image: None,
        crates: None,
    }
}

#[test]
fn a_line_a_build_and_a_trend_a_scenario() {
    let mut builds = [past(2, "aaaaaa", 61.0), past(4, "aaaaaa", 18.7)];
    builds[1].record.strategy = "chef\u{1b}[2J".into();
    builds[1].record.subject =
        Subject::Strategy(crate::domain::ids::StrategyId("chef-scratch".into()));
    let priors = [Some(Prior::Source); 2];
    let text = list(&builds, &priors, &trends(&builds, &priors), false);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[0],
        "id  started           strategy      engine        changed  wall    cached  image  image is"
    );
    assert_eq!(
        lines[1],
        "2   2026-01-02 03:04  chef-scratch  podman 4.3.1  source   61.0 s  0/0     n/a    unverified"
    );
    assert!(!text.contains('\u{1b}'), "{text}");
    assert_eq!(
        lines.last().unwrap(),
        &"chef-scratch  podman  source  █▃  2 builds, 18.7 s … 61.0 s"
    );
}

#[test]
fn machines_of_one_name_are_told_apart() {
    let builds = [past(2, "aaaaaa", 4.0), past(4, "bbbbbb", 2.0)];
    let priors = [Some(Prior::Source); 2];
    let text = list(&builds, &priors, &trends(&builds, &priors), true);
    for part in ["machine", "app", "builder aaaaaa", "builder bbbbbb", "/app"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(
        text.lines()
            .filter(|line| line.contains("1 build,"))
            .count(),
        2
    );
}

#[test]
fn what_got_cached_between_two_builds_is_marked() {
    use StepStatus::{Cached, Ran};
    let (mut a, mut b) = (past(2, "aaaaaa", 61.0), past(4, "aaaaaa", 18.7));
    a.record.cpu = Some(CpuTime {
        user_s: 90.0,
        system_s: 10.0,
    });
    let base = |reference: &str| ResolvedBase {
        id: BaseId("rust".into()),
        reference: reference.into(),
        source: BaseSource::Equivalent,
    };
    let image = |bytes: u64, layers: &[&str]| ImageInfo {
        id: ImageId("ab".repeat(32)),
        bytes: Some(Bytes(bytes)),
        diff_ids: layers.iter().map(|layer| (*layer).to_owned()).collect(),
        compressed: Vec::new(),
    };
    for (record, layers, reference) in [
        (&mut a.record, ["one", "two"], "localhost/rust:1"),
        (&mut b.record, ["one", "three"], "localhost/rust:2"),
    ] {
        record.bases = vec![base(reference)];
        record.image = Some(image(1_540_000, &layers));
        record.layers = vec![
            Layer {
                bytes: Bytes(1),
                created_by: "COPY".into(),
            };
            2
        ];
    }
    b.record.push = Some(Push {
        layers: 1,
        bytes: Bytes(700_000),
    });
    a.record.steps = vec![
        step("FROM localhost/rust:1", Cached, None),
        step("RUN cargo chef cook", Ran, Some(41.0)),
        step("COPY . .", Cached, None),
        step("RUN cargo build", Ran, Some(12.0)),
        step("RUN strip hello", Ran, Some(1.0)),
    ];
    b.record.steps = vec![
        step("FROM localhost/rust:2", Cached, None),
        step("RUN cargo chef cook", Cached, Some(0.0)),
        step("COPY . .", Ran, Some(0.2)),
        step("RUN cargo build", Ran, Some(13.5)),
    ];
    let text = difference(&Difference::of(&a, &b));
    insta::assert_snapshot!(text, @r"
                build 2           build 4
strategy        chef-scratch      chef-scratch
started         2026-01-02 03:04  2026-01-02 03:04
engine          podman 4.3.1      podman 4.3.1
image is        unverified        unverified
wall            61.0 s            18.7 s            -42.3 s
user + system   100 s             n/a
context         n/a               n/a
image           1.54 MB           1.54 MB           same
compressed      n/a               n/a
a push sends    n/a               700 kB
a pull fetches  n/a               n/a
steps cached    2/5               2/4               differs
layers          2                 2                 1 in both
! base rust differs: ≈ localhost/rust:1 | ≈ localhost/rust:2

stage    build 2     build 4     difference                  instruction
builder  cached      cached                                  FROM localhost/rust:2
builder  ran 41.0 s  cached      > now cached, saves 41.0 s  RUN cargo chef cook
builder  cached      ran 0.20 s  < ran again                 COPY . .
builder  ran 12.0 s  ran 13.5 s  +1.50 s                     RUN cargo build
builder  ran 1.00 s  -           - only the first            RUN strip hello
");
    let same = difference(&Difference::of(&a, &a));
    for mark in ["differs", "now cached", "ran again", "only"] {
        assert!(!same.contains(mark), "{mark}: {same}");
    }
}

#[test]
fn figures_of_other_engines_and_machines_are_said_to_be() {
    let (a, mut b) = (past(2, "aaaaaa", 61.0), past(4, "bbbbbb", 18.7));
    b.record.engine.version = "5.0".into();
    let text = difference(&Difference::of(&a, &b));
    assert!(text.contains("! the engines differ"), "{text}");
    assert!(text.contains("! built on different machines"), "{text}");
}
