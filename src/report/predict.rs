//! What builds would cost, as text and as data.

use std::fmt::Write as _;

use serde::Serialize;

use crate::domain::{
    foreseen::{Foreseen, ForeseenStep},
    reason::{Expected, Reason},
    record::EngineInfo,
    text,
};

/// What `imgtui predict --json` prints.
#[derive(Debug, Serialize)]
pub struct Prediction<'a> {
    /// The engine that is meant.
    pub engine: &'a EngineInfo,
    /// A row a strategy.
    pub strategies: Vec<Row>,
}

/// What a build by one strategy would come to.
#[derive(Debug, Serialize)]
pub struct Row {
    /// The strategy's id.
    pub strategy: String,
    /// Seconds that the steps which would run take; `None` where one of them never ran here.
    pub expected_s: Option<f64>,
    /// How many steps would run.
    pub misses: usize,
    /// How many would come from the cache.
    pub hits: usize,
    /// All steps in the Dockerfile's order.
    pub steps: Vec<Step>,
    /// Why nothing is foreseen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}

/// What would become of one step.
#[derive(Debug, Serialize)]
pub struct Step {
    /// Name of the stage.
    pub stage: String,
    /// Step within it, from 1.
    pub index: usize,
    /// The instruction.
    pub instruction: String,
    /// What is expected of it.
    pub expected: Expected,
    /// Why.
    pub why: Reason,
    /// The same in words.
    pub reason: String,
    /// Whether it has a cause of its own.
    pub own_cause: bool,
    /// Seconds that it takes when it runs.
    pub seconds: Option<f64>,
}

/// A row a strategy.
#[must_use]
pub fn rows<E: std::fmt::Display>(found: &[(String, Result<Foreseen, E>)]) -> Vec<Row> {
    let row = |(strategy, foreseen): &(String, Result<Foreseen, E>)| match foreseen {
        Ok(foreseen) => row(strategy, foreseen),
        Err(fault) => Row {
            strategy: strategy.clone(),
            expected_s: None,
            misses: 0,
            hits: 0,
            steps: Vec::new(),
            fault: Some(fault.to_string()),
        },
    };
    found.iter().map(row).collect()
}

fn row(strategy: &str, foreseen: &Foreseen) -> Row {
    let mut steps = Vec::new();
    for stage in &foreseen.stages {
        for (place, one) in stage.steps.iter().enumerate() {
            steps.push(step(&stage.name, place, one));
        }
    }
    let count = |expected| {
        steps
            .iter()
            .filter(|step| step.expected == expected)
            .count()
    };
    Row {
        strategy: strategy.to_owned(),
        expected_s: foreseen.takes.map(|time| time.as_secs_f64()),
        misses: count(Expected::Miss),
        hits: count(Expected::Hit),
        steps,
        fault: None,
    }
}

fn step(stage: &str, place: usize, one: &ForeseenStep) -> Step {
    Step {
        stage: stage.to_owned(),
        index: place + 1,
        instruction: one.instruction.clone(),
        expected: one.expected,
        reason: one.reason.to_string(),
        why: one.reason.clone(),
        own_cause: one.root.is_none(),
        seconds: one.takes.map(|time| time.as_secs_f64()),
    }
}

/// The same for people: a line a strategy, the quickest first, and every step where that is asked
/// for.
#[must_use]
pub fn text(engine: &EngineInfo, rows: &[Row], with_steps: bool) -> String {
    let mut out = format!("if built now on {engine}:\n");
    let mut sorted: Vec<&Row> = rows.iter().collect();
    sorted.sort_by(|one, two| {
        let time = |row: &Row| row.expected_s.unwrap_or(f64::INFINITY);
        time(one).total_cmp(&time(two))
    });
    let width = rows.iter().map(|row| row.strategy.len()).max().unwrap_or(0);
    for row in sorted {
        let _ = write!(out, "  {:<width$}  ", row.strategy);
        if let Some(fault) = &row.fault {
            let _ = writeln!(out, "{fault}");
            continue;
        }
        let seconds = match row.expected_s {
            Some(seconds) => format!("≈ {}", text::seconds_of(seconds)),
            None => text::NOT_AVAILABLE.to_owned(),
        };
        let _ = writeln!(
            out,
            "{seconds:>9}  {:>2} of {:<2} steps would run{}",
            row.misses,
            row.misses + row.hits,
            first_cause(row)
        );
        if with_steps {
            put_steps(&mut out, row);
        }
    }
    out
}

/// The first cause of its own.
fn first_cause(row: &Row) -> String {
    let mut steps = row.steps.iter();
    let found = steps.find(|step| step.expected == Expected::Miss && step.own_cause);
    found.map_or_else(String::new, |step| {
        let instruction = text::ellipsis(&step.instruction, 40);
        format!(": {instruction}: {}", step.reason)
    })
}

fn put_steps(out: &mut String, row: &Row) {
    for step in &row.steps {
        let word = match step.expected {
            Expected::Hit => "hit",
            Expected::Miss => "miss",
            Expected::NotNeeded => "not needed",
        };
        let sign = step.why.certainty.sign();
        let _ = writeln!(
            out,
            "      {:<10} {} {}: {}",
            format!("{sign}{word}"),
            step.stage,
            step.index,
            text::ellipsis(&step.instruction, 80)
        );
        let _ = writeln!(out, "                 {}", step.reason);
    }
}
