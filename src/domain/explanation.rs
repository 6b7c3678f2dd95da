//! A build, explained as text: causes with what they cost, then every step with its reason.

use std::{collections::BTreeMap, fmt::Write as _};

use super::{
    build::StepStatus,
    chain::{Chain, chains},
    reason::{PastBuildRef, Reason, StepWhy},
    record::{BuildRecord, StepRecord},
    text,
};

/// Instructions are cut to so many characters.
const INSTRUCTION: usize = 90;

/// The whole explanation. `build` is the build's number in the history, where it is known.
#[must_use]
pub fn explanation(build: Option<i64>, record: &BuildRecord) -> String {
    let mut out = String::new();
    let (cached, of) = record.cached_of();
    let number = build.map_or_else(String::new, |number| format!(" {number}"));
    let _ = writeln!(
        out,
        "build{number} of {} by {}, {}: {}, {cached} of {of} steps cached",
        record.strategy,
        record.engine,
        record.started,
        text::seconds(record.wall()),
    );
    if let Some(expected) = record.expected_s {
        let _ = writeln!(
            out,
            "before it, {} of work in its steps were expected",
            text::seconds_of(expected)
        );
    }
    if record.purpose.is_look() {
        out.push_str("a look at cargo: its commands ran to say why, and give no figures\n");
    }
    let usual = usual(record);
    if let Some(past) = usual {
        let _ = writeln!(
            out,
            "compared with {}, where no other is named",
            named(past)
        );
    }
    out.push('\n');
    let chains = chains(record);
    if chains.is_empty() {
        out.push_str("no step ran\n");
    }
    for chain in &chains {
        let _ = writeln!(out, "{}", chain_text(chain));
    }
    let mut stage = "";
    for (step, why) in pairs(record) {
        if step.stage != stage {
            stage = &step.stage;
            let _ = writeln!(out, "\n{}", heading(stage));
        }
        let _ = writeln!(
            out,
            "  {:>2}/{:<2} {:<11} {}",
            step.index,
            step.of,
            status(step),
            text::ellipsis(&step.instruction, INSTRUCTION)
        );
        if let Some(why) = why {
            let _ = writeln!(out, "        {}", reason(&why.reason, usual));
        }
        if let Some(crates) = &step.crates {
            let _ = writeln!(out, "        {crates}");
            for line in crates.lines() {
                let _ = writeln!(out, "          {line}");
            }
        }
    }
    out
}

/// The steps of a build, each with its reason where there is one.
pub fn pairs(record: &BuildRecord) -> impl Iterator<Item = (&StepRecord, Option<&StepWhy>)> {
    let why = record.why.iter().map(Option::as_ref);
    record.steps.iter().zip(why.chain(std::iter::repeat(None)))
}

fn chain_text(chain: &Chain<'_>) -> String {
    match chain.steps {
        1 => chain.to_string(),
        steps => format!(
            "{chain} ({steps} steps, {} together)",
            text::seconds_of(chain.took_s)
        ),
    }
}

fn status(step: &StepRecord) -> String {
    match (step.status, step.seconds) {
        (StepStatus::Ran, Some(seconds)) => format!("ran {}", text::seconds_of(seconds)),
        (status, _) => status.word().to_owned(),
    }
}

/// A stage without a name has its number for one.
fn heading(stage: &str) -> String {
    if stage.bytes().all(|byte| byte.is_ascii_digit()) {
        return format!("stage {stage}");
    }
    stage.to_owned()
}

/// The build that most of the steps were compared with.
fn usual(record: &BuildRecord) -> Option<&PastBuildRef> {
    let mut counts: BTreeMap<i64, (usize, &PastBuildRef)> = BTreeMap::new();
    let reasons = record.why.iter().flatten().map(|why| &why.reason);
    for past in reasons.filter_map(|reason| reason.compared_with.as_ref()) {
        counts.entry(past.number).or_insert((0, past)).0 += 1;
    }
    let most = counts.into_values().max_by_key(|(count, _)| *count);
    most.map(|(_, past)| past)
}

fn named(past: &PastBuildRef) -> String {
    format!("build {} of {}", past.number, past.strategy)
}

fn reason(reason: &Reason, usual: Option<&PastBuildRef>) -> String {
    let other = reason.compared_with.as_ref();
    let other = other.filter(|past| Some(past.number) != usual.map(|usual| usual.number));
    let against = other.map_or_else(String::new, |past| {
        format!(" [compared with {}]", named(past))
    });
    let sign = reason.certainty.sign();
    format!("{sign}{reason}{against}")
}
