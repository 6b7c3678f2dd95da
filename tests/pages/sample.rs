//! A benchmark that never was: made-up figures, the same on every machine. Eight strategies, six
//! scenarios, five rounds; one strategy's image is wrong, one's build fails, one cell was left out,
//! one run is an outlier.

use std::collections::BTreeMap;

use imgtui::{
    catalog,
    domain::{
        bench::{BenchHeader, BenchRun, Cell, Prior, Protocol},
        rules::{Gate, Judged, Measured},
        statistics::Random,
        strategy::Strategy,
    },
    report::bench::Bench,
};
use serde_json::{Value, json};

/// Strategies with seconds of a cold build and after an edit, and the image's bytes.
const STRATEGIES: [(&str, f64, f64, u64); 8] = [
    ("basic", 99.4, 61.6, 1_030_000_000),
    ("scratch", 63.2, 56.0, 1_540_000),
    ("alpine", 65.6, 59.2, 4_610_000),
    ("distroless", 88.2, 60.3, 17_400_000),
    ("chef-distroless", 155.0, 23.2, 17_400_000),
    ("chef-scratch", 111.0, 18.7, 1_540_000),
    ("profile-musl-incremental", 61.6, 2.94, 2_270_000),
    ("stale-target", 58.0, 1.1, 2_100_000),
];
const PRIORS: [Prior; 6] = [
    Prior::Unchanged,
    Prior::Touch,
    Prior::Source,
    Prior::Crate,
    Prior::Dependency,
    Prior::Cold,
];
const RULES: [&str; 2] = ["edit:median > 30s", "size > 30MB"];
const ROUNDS: u32 = 5;

/// What a [`Bench`] borrows.
pub(crate) struct Sample {
    pub(crate) header: BenchHeader,
    pub(crate) runs: Vec<BenchRun>,
    pub(crate) strategies: Vec<Strategy>,
    pub(crate) left_out: BTreeMap<Cell, String>,
    judged: Judged,
}

impl Sample {
    pub(crate) fn bench(&self) -> Bench<'_> {
        Bench {
            header: &self.header,
            runs: &self.runs,
            strategies: &self.strategies,
            left_out: &self.left_out,
            judged: &self.judged,
        }
    }
}

/// The whole of it.
pub(crate) fn sample() -> anyhow::Result<Sample> {
    let mut random = Random(7);
    let mut runs = Vec::new();
    for round in 0..ROUNDS {
        for place in 0..STRATEGIES.len() {
            for prior in PRIORS {
                if (place, prior) != (6, Prior::Cold) {
                    runs.push(serde_json::from_value(run(
                        round,
                        place,
                        prior,
                        &mut random,
                    ))?);
                }
            }
        }
    }
    let left_out = Cell {
        place: 6,
        prior: Prior::Cold,
    };
    let header = serde_json::from_value(header(&STRATEGIES.map(|(id, ..)| id), &PRIORS))?;
    let rules = RULES.map(|rule| rule.parse().map_err(anyhow::Error::msg));
    let gate = Gate {
        rules: rules.into_iter().collect::<anyhow::Result<_>>()?,
        ..Gate::default()
    };
    Ok(Sample {
        judged: gate.judged(&Measured::of_runs(&header, &runs)),
        header,
        runs,
        strategies: catalog::Catalog::parse(&[catalog::embedded()]).strategies,
        left_out: [(
            left_out,
            "this engine cannot start without cache mounts".to_owned(),
        )]
        .into(),
    })
}

/// The article's protocol on two strategies.
pub(crate) fn article() -> anyhow::Result<Sample> {
    let mut all = sample()?;
    all.header = serde_json::from_value(header(&["basic", "scratch"], &[Prior::Source]))?;
    all.header.plan.protocol = Protocol::Article;
    let is_kept =
        |run: &BenchRun| run.cell.place < 2 && run.cell.prior == Prior::Source && run.round < 4;
    all.runs.retain(is_kept);
    all.left_out.clear();
    Ok(all)
}

/// Text of others in every place where there is any, and all of it means ill.
pub(crate) fn hostile() -> anyhow::Result<Sample> {
    const ILL: &str = "</text></title></style><script>document.title='owned'</script>\"'><img src=http://192.0.2.1/x onerror=alert(1)>|`@you`\u{202e}\u{0}\u{1b}[31m";
    let mut all = sample()?;
    for id in &mut all.header.plan.strategies {
        id.0 = format!("{}{ILL}", id.0);
    }
    ILL.clone_into(&mut all.header.engine.version);
    ILL.clone_into(&mut all.header.started);
    all.header.app = format!("/{}", ILL.replace('/', "")).into();
    for run in &mut all.runs {
        ILL.clone_into(&mut run.change);
        run.record = serde_json::from_value(poisoned(serde_json::to_value(&run.record)?, ILL))?;
    }
    for why in all.left_out.values_mut() {
        why.push_str(ILL);
    }
    Ok(all)
}

fn poisoned(mut record: Value, ill: &str) -> Value {
    for place in [
        "/verdict/reason",
        "/outcome/message",
        "/engine/version",
        "/steps/0/instruction",
        "/steps/1/stage",
    ] {
        if let Some(text) = record.pointer_mut(place) {
            *text = json!(ill);
        }
    }
    record
}

fn header(strategies: &[&str], priors: &[Prior]) -> Value {
    json!({
        "schema": 1,
        "plan": {"protocol": "interleaved", "strategies": strategies, "priors": priors, "seed": 418_207},
        "app": "/home/somebody/sample-app",
        "engine": {"kind": "podman", "version": "4.3.1"},
        "processors": 2,
        "started": "2026-01-02T03:04:05Z"
    })
}

fn seconds(place: usize, prior: Prior) -> f64 {
    let (_, cold, edit, _) = STRATEGIES[place];
    match prior {
        Prior::Unchanged => 0.42 + 0.01 * f64::from(u32::try_from(place).unwrap_or(0)),
        Prior::Touch => 0.9,
        Prior::Crate => edit * 1.15,
        Prior::Dependency => cold * 0.8,
        Prior::Cold => cold,
        _ => edit,
    }
}

/// A share of one, from 0 to below 1.
fn share(random: &mut Random) -> f64 {
    f64::from(u32::try_from(random.below(1000)).unwrap_or(0)) / 1000.0
}

fn run(round: u32, place: usize, prior: Prior, random: &mut Random) -> Value {
    let (id, _, _, image) = STRATEGIES[place];
    let is_far = (round, place, prior) == (3, 5, Prior::Source);
    let noise = 1.0 + 0.06 * (share(random) - 0.5) + if is_far { 0.6 } else { 0.0 };
    let wall = seconds(place, prior) * noise;
    let is_stale = id == "stale-target" && prior.must_compile();
    let fails = id == "alpine" && prior == Prior::Dependency;
    let outcome = if fails {
        json!({"result": "failed", "message": "step 7/9 `RUN cargo build --release` ended with exit code 101\nsee the log"})
    } else {
        json!({"result": "built"})
    };
    let verdict = match (is_stale, fails) {
        (true, _) => {
            json!({"result": "invalid", "reason": "the program answered with an earlier build's stamp: yesterday's program was shipped"})
        }
        (_, true) => Value::Null,
        _ => json!({"result": "verified", "proof": "answer"}),
    };
    json!({
        "round": round,
        "cell": {"place": place, "prior": prior},
        "busy_before": if is_far { 0.62 } else { 0.02 + 0.02 * share(random) },
        "compiled": if prior.must_compile() { json!(if prior == Prior::Source { 1 } else { 84 }) } else { Value::Null },
        "change": match prior { Prior::Unchanged => "nothing", Prior::Cold => "no cache", Prior::Dependency => "itoa 1.0.14 → 1.0.15", _ => "src/main.rs:12" },
        "disk_growth": 12_000_000 + u64::from(round) * 100_000,
        "record": {
            "schema": 1, "strategy": id, "subject": {"kind": "strategy", "id": id}, "app": "/home/somebody/sample-app",
            "started": "2026-01-02T03:04:05Z", "engine": {"kind": "podman", "version": "4.3.1"}, "trigger": {"kind": "asked"},
            "outcome": outcome, "edit": null, "no_cache": prior == Prior::Cold, "prior": prior, "stamp": null, "verdict": verdict,
            "image": if fails { Value::Null } else { json!({"id": "0123456789abcdef", "bytes": image}) },
            "wall_s": wall, "cpu": {"user_s": wall * 1.6, "system_s": wall * 0.2}, "context_bytes": 48_213,
            "bases": [], "steps": steps(prior, wall), "layers": [{"bytes": image, "created_by": "COPY app /app"}],
            "push": if prior == Prior::Source { json!({"layers": 1, "bytes": image / 3}) } else { Value::Null },
            "log": "/log"
        }
    })
}

fn steps(prior: Prior, wall: f64) -> Value {
    const STEPS: [(&str, usize, &str, f64); 6] = [
        ("builder", 1, "FROM rust:1-bookworm AS builder", 0.0),
        ("builder", 2, "RUN cargo install cargo-chef --locked", 0.25),
        (
            "builder",
            3,
            "COPY --from=planner /app/recipe.json recipe.json",
            0.01,
        ),
        (
            "builder",
            4,
            "RUN cargo chef cook --release --recipe-path recipe.json --target x86_64-unknown-linux-musl",
            0.45,
        ),
        ("builder", 5, "COPY . .", 0.02),
        ("builder", 6, "RUN cargo build --release", 0.25),
    ];
    let cached = match prior {
        Prior::Cold => 0,
        Prior::Dependency => 2,
        Prior::Source | Prior::Crate => 4,
        _ => 6,
    };
    let shares =
        |(at, step): (usize, &(&str, usize, &str, f64))| if at < cached { 0.0 } else { step.3 };
    let all: f64 = STEPS.iter().enumerate().map(shares).sum();
    let mut start = 0.1;
    let steps = STEPS.iter().enumerate().map(|(at, (stage, index, instruction, share))| {
        let is_cached = at < cached;
        let took = if is_cached { 0.02 } else { share / all.max(0.01) * (wall - 0.3).max(0.1) };
        let began = start;
        start += took;
        json!({"stage": stage, "index": index, "of": 6, "instruction": instruction, "status": if is_cached { "cached" } else { "ran" },
            "seconds": took, "started_s": began})
    });
    Value::Array(steps.collect())
}
