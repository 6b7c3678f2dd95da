//! Two builds side by side as text.

use std::{fmt::Write, time::Duration};

use crate::domain::{
    build::StepStatus,
    history::{BasePair, BaseUsed, Change, Difference, Side, StepEnd, StepPair},
    ids::Bytes,
    text,
};

/// Columns of an instruction.
const INSTRUCTION: usize = 60;

/// What `imgtui history diff` prints.
#[must_use]
pub fn difference(found: &Difference) -> String {
    let mut out = super::super::table(&figures(found));
    if found.engines_differ {
        out.push_str("! the engines differ: their figures are not of one kind\n");
    }
    if found.machines_differ {
        out.push_str("! built on different machines: times say nothing about the builds\n");
    }
    for pair in &found.bases {
        out.push_str(&base(pair));
    }
    out.push('\n');
    out.push_str(&super::super::table(&steps(found)));
    out
}

fn figures(found: &Difference) -> Vec<[String; 4]> {
    let (a, b) = (&found.a, &found.b);
    let words = |name: &str, of: &dyn Fn(&Side) -> String| {
        let (one, other) = (of(a), of(b));
        let change = if one == other { "" } else { "differs" };
        [name.to_owned(), one, other, change.to_owned()]
    };
    let plain = super::super::plain;
    let mut lines = vec![
        [
            String::new(),
            format!("build {}", a.id),
            format!("build {}", b.id),
            String::new(),
        ],
        words("strategy", &|side| plain(&side.strategy)),
        [
            "started".into(),
            super::moment(&a.started),
            super::moment(&b.started),
            String::new(),
        ],
    ];
    if found.machines_differ {
        lines.push(words("machine", &|side| plain(&side.machine)));
    }
    lines.extend([
        words("engine", &|side| plain(&side.engine.to_string())),
        words("image is", &|side| side.outcome.to_owned()),
        seconds("wall", Some(a.wall_s), Some(b.wall_s)),
        seconds("user + system", cpu(a), cpu(b)),
        bytes("context", a.context_bytes, b.context_bytes),
        bytes("image", a.image_bytes, b.image_bytes),
        bytes("compressed", a.compressed_bytes, b.compressed_bytes),
        bytes("a push sends", a.push_bytes, b.push_bytes),
        bytes("a pull fetches", a.pull_bytes, b.pull_bytes),
        words("steps cached", &|side| {
            let (cached, all) = side.cached;
            format!("{cached}/{all}")
        }),
        layers(found),
    ]);
    lines
}

fn layers(found: &Difference) -> [String; 4] {
    let count = |side: &Side| {
        side.layers
            .map_or_else(|| text::NOT_AVAILABLE.into(), |n| n.to_string())
    };
    let shared = found
        .shared_layers
        .map(|shared| format!("{shared} in both"));
    [
        "layers".into(),
        count(&found.a),
        count(&found.b),
        shared.unwrap_or_default(),
    ]
}

fn cpu(side: &Side) -> Option<f64> {
    side.cpu.map(|cpu| cpu.user_s + cpu.system_s)
}

fn duration(seconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(seconds).ok()
}

fn seconds(name: &str, a: Option<f64>, b: Option<f64>) -> [String; 4] {
    let shown = |figure: Option<f64>| text::seconds_or_na(figure.and_then(duration));
    let change = a.zip(b).map(|(a, b)| later(a, b));
    [name.into(), shown(a), shown(b), change.unwrap_or_default()]
}

/// `+1.20 s` of a time that is longer in the second build.
fn later(a: f64, b: f64) -> String {
    let sign = if b < a { '-' } else { '+' };
    let shown = text::seconds_or_na(duration((b - a).abs()));
    format!("{sign}{shown}")
}

fn bytes(name: &str, a: Option<Bytes>, b: Option<Bytes>) -> [String; 4] {
    let change = a.zip(b).map(|(a, b)| match b.0.cmp(&a.0) {
        std::cmp::Ordering::Equal => "same".to_owned(),
        std::cmp::Ordering::Less => format!("-{}", text::bytes(Bytes(a.0 - b.0))),
        std::cmp::Ordering::Greater => format!("+{}", text::bytes(Bytes(b.0 - a.0))),
    });
    [
        name.into(),
        text::bytes_or_na(a),
        text::bytes_or_na(b),
        change.unwrap_or_default(),
    ]
}

fn base(pair: &BasePair) -> String {
    let shown = |used: &Option<BaseUsed>| match used {
        None => "not used".to_owned(),
        Some(used) => {
            let images: Vec<&str> = used.images.iter().map(String::as_str).collect();
            let images = if images.is_empty() {
                String::new()
            } else {
                format!(" ({})", images.join(", "))
            };
            let equivalent = match used.source {
                crate::domain::base::BaseSource::Equivalent => "≈ ",
                _ => "",
            };
            super::super::plain(&format!("{equivalent}{}{images}", used.reference))
        }
    };
    let mut out = String::new();
    let name = super::super::plain(&pair.base);
    let (a, b) = (shown(&pair.a), shown(&pair.b));
    let _ = writeln!(out, "! base {name} differs: {a} | {b}");
    out
}

fn steps(found: &Difference) -> Vec<[String; 5]> {
    let heading = ["stage", "build A", "build B", "difference", "instruction"];
    let mut lines = vec![heading.map(str::to_owned)];
    lines[0][1] = format!("build {}", found.a.id);
    lines[0][2] = format!("build {}", found.b.id);
    lines.extend(found.steps.iter().map(|pair| {
        let instruction = super::super::plain(&pair.instruction);
        [
            super::super::plain(&pair.stage),
            end(pair.a),
            end(pair.b),
            mark(pair),
            text::ellipsis(&instruction, INSTRUCTION),
        ]
    }));
    lines
}

fn end(end: Option<StepEnd>) -> String {
    match end {
        None => "-".to_owned(),
        Some(StepEnd { status, seconds }) => match (status, seconds.and_then(duration)) {
            (StepStatus::Cached | StepStatus::NotReached, _) | (_, None) => {
                status.word().to_owned()
            }
            (_, Some(took)) => format!("{} {}", status.word(), text::seconds(took)),
        },
    }
}

fn mark(pair: &StepPair) -> String {
    let ran = |end: Option<StepEnd>| {
        let ran = end.filter(|end| end.status == StepStatus::Ran);
        ran.and_then(|end| end.seconds)
    };
    match pair.change {
        Change::Cached => {
            let saved = ran(pair.a).and_then(duration);
            let saved = saved.map(|took| format!(", saves {}", text::seconds(took)));
            format!("> now cached{}", saved.unwrap_or_default())
        }
        Change::RanAgain => "< ran again".to_owned(),
        Change::Other => "! ended differently".to_owned(),
        Change::OnlyA => "- only the first".to_owned(),
        Change::OnlyB => "+ only the second".to_owned(),
        Change::None => {
            let both = ran(pair.a).zip(ran(pair.b));
            both.map_or_else(String::new, |(a, b)| later(a, b))
        }
    }
}
