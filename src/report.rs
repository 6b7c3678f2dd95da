//! Text from records: the same figures as on the screen, for pipes and CI logs.

pub mod bench;
mod engines;
mod escape;
pub mod explain;
pub mod github;
pub mod history;
pub mod plot;
pub mod predict;
pub mod recommend;
pub mod rules;
mod side_by_side;
mod test_runs;

use std::{collections::BTreeMap, fmt::Write};

use crate::domain::{
    build::StepStatus,
    check::{Check, CheckStatus, Checklist, Remedy},
    crates::Crates,
    event::Outcome,
    ids::StrategyId,
    mounts::left_half_done,
    record::{BuildRecord, StepRecord},
    strategy::{Published, Strategy},
    text,
};

pub use self::engines::engines;
pub use self::side_by_side::side_by_side;
pub use self::test_runs::{test_medians, test_run};

/// Reasons quote what programs printed; the record keeps them clean, a file may not.
fn plain(line: &str) -> String {
    line.chars().filter(|c| !c.is_control()).collect()
}

/// Columns as wide as their widest cell: words begin at theirs.
fn table<R: AsRef<[String]>>(lines: &[R]) -> String {
    let columns = lines.iter().map(|line| line.as_ref().len()).max();
    let width = |column: usize| {
        let cells = lines.iter().filter_map(|line| line.as_ref().get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns.unwrap_or(0)).map(width).collect();
    let mut out = String::new();
    for line in lines {
        let cells = line.as_ref().iter().zip(&widths);
        let text: Vec<String> = cells
            .map(|(cell, width)| format!("{cell:<width$}"))
            .collect();
        let _ = writeln!(out, "{}", text.join("  ").trim_end());
    }
    out
}

/// `cached     builder 3/6  COPY . .`: one step as `imgtui build` prints it. `None` for events
/// that are no step's end.
#[must_use]
pub fn step_line(step: &StepRecord) -> String {
    let badge = match (step.status, step.seconds) {
        (StepStatus::Ran | StepStatus::Failed | StepStatus::Cancelled, Some(seconds)) => {
            format!("{} {}", step.status.word(), duration(seconds))
        }
        (status, _) => status.word().to_owned(),
    };
    let place = format!("{} {}/{}", step.stage, step.index, step.of);
    let crates = step.crates.as_ref();
    let crates = crates.map_or_else(String::new, |crates| format!(" · {crates}"));
    format!("{badge:<14} {place:<16} {}{crates}", step.instruction)
}

fn duration(seconds: f64) -> String {
    std::time::Duration::try_from_secs_f64(seconds)
        .map_or_else(|_| text::NOT_AVAILABLE.into(), text::seconds)
}

/// The lines that end a build.
#[must_use]
pub fn summary(record: &BuildRecord) -> String {
    let mut out = String::new();
    let (cached, all) = record.cached_of();
    let outcome = match &record.outcome {
        Outcome::Built => "built".to_owned(),
        Outcome::Cancelled => "cancelled".to_owned(),
        Outcome::Failed { message } => format!("FAILED: {message}"),
    };
    let name = &record.strategy;
    let _ = writeln!(out, "{name}: {outcome}");
    let size = text::bytes_or_na(record.image_bytes());
    let _ = writeln!(
        out,
        "  {cached}/{all} steps cached · {size} unpacked · {}",
        record.time_line()
    );
    for step in record.steps.iter().filter(|_| record.purpose.is_look()) {
        for line in step.crates.iter().flat_map(Crates::lines) {
            let _ = writeln!(out, "  {}", plain(&line));
        }
    }
    if let Some(push) = record.push.filter(|push| push.layers > 0) {
        let size = text::bytes(push.bytes);
        let layers = push.layers;
        let _ = writeln!(
            out,
            "  a push after the last one sends {size} compressed, in {layers} layer(s)"
        );
    }
    if let Some(verdict) = &record.verdict {
        for (number, line) in verdict.sentence().lines().enumerate() {
            let indent = if number == 0 { "  " } else { "    " };
            let _ = writeln!(out, "{indent}{}", plain(line));
        }
    }
    let mounts = left_half_done(record);
    if !mounts.is_empty() {
        let mounts = plain(&mounts.join(", "));
        let _ = writeln!(
            out,
            "  half done in cache mounts: {mounts}; the next build goes on from there, and its time is not counted"
        );
    }
    if let Some(Outcome::Failed { message }) = &record.sharing {
        let _ = writeln!(out, "  NOT SHARED: {}", plain(message));
    }
    if record.has_equivalent_base() {
        let bases = record.bases.iter().map(|base| base.reference.as_str());
        let bases = bases.collect::<Vec<_>>().join(", ");
        let _ = writeln!(out, "  ≈ on local equivalents of base images: {bases}");
    }
    let _ = writeln!(out, "  log: {}", record.log.display());
    out
}

/// The layers of an image, the lowest first.
#[must_use]
pub fn layers(record: &BuildRecord) -> String {
    let mut out = String::new();
    for layer in &record.layers {
        let size = text::bytes(layer.bytes);
        let _ = writeln!(out, "{size:>9}  {}", layer.created_by);
    }
    let total = text::bytes_or_na(record.image_bytes());
    let _ = writeln!(out, "{total:>9}  in all, unpacked");
    out
}

/// What `imgtui list` says of one strategy.
#[derive(Debug, serde::Serialize)]
pub struct Listed<'a> {
    /// Id.
    pub id: &'a str,
    /// Group.
    pub group: &'a str,
    /// Title.
    pub title: &'a str,
    /// Summary.
    pub summary: &'a str,
    /// The last build that made an image.
    pub last: Option<&'a BuildRecord>,
    /// Why it cannot be built here.
    pub unavailable: Option<&'a str>,
    /// Published figures.
    pub published: Option<&'a Published>,
}

/// Strategies with their newest successful builds.
#[must_use]
pub fn listed<'a>(
    strategies: &'a [Strategy],
    records: &'a [BuildRecord],
    app: &std::path::Path,
    unavailable: &'a BTreeMap<StrategyId, String>,
) -> Vec<Listed<'a>> {
    let newest = |id: &StrategyId| {
        records
            .iter()
            .rev()
            .find(|record| record.has_built(id, app))
    };
    let rows = strategies.iter().map(|strategy| Listed {
        id: &strategy.id.0,
        group: &strategy.group,
        title: &strategy.title,
        summary: &strategy.summary,
        last: newest(&strategy.id),
        unavailable: unavailable.get(&strategy.id).map(String::as_str),
        published: strategy.published.as_ref(),
    });
    rows.collect()
}

/// The table of `imgtui list`.
#[must_use]
pub fn list(rows: &[Listed<'_>]) -> String {
    let mut out = String::new();
    let _ = writeln!(
        out,
        "{:<29} {:>10} {:>11}  {:>15} {:>15}  summary",
        "strategy", "image", "last build", "published image", "published build"
    );
    let mut group = "";
    for row in rows {
        if row.group != group {
            group = row.group;
            let _ = writeln!(out, "{group}");
        }
        let sign = if row.last.is_some_and(BuildRecord::has_equivalent_base) {
            "≈"
        } else {
            " "
        };
        let (size, time) = match row.last {
            // A wrong image has no figures to compare.
            Some(last) if !last.counts() => ("INVALID".to_owned(), "INVALID".to_owned()),
            last => (
                text::bytes_or_na(last.and_then(BuildRecord::image_bytes)),
                text::seconds_or_na(last.map(BuildRecord::wall)),
            ),
        };
        let published = row.published;
        let published_size = text::bytes_or_na(published.and_then(Published::image));
        let published_time = text::seconds_or_na(published.and_then(Published::build));
        let about = match row.unavailable {
            Some(reason) => format!("not available: {reason}"),
            None => row.summary.to_owned(),
        };
        let _ = writeln!(
            out,
            "  {:<26} {sign}{size:>10} {time:>11}  {published_size:>15} {published_time:>15}  {about}",
            row.id
        );
    }
    if rows
        .iter()
        .any(|row| row.last.is_some_and(BuildRecord::has_equivalent_base))
    {
        out.push_str(
            "≈ built on local equivalents of the base images; published figures are not ours\n",
        );
    }
    out
}

/// The checklist of `imgtui doctor`.
#[must_use]
pub fn checklist(list: &Checklist) -> String {
    let mut out = String::new();
    for check in &list.checks {
        out.push_str(&check_lines(check));
    }
    out
}

fn check_lines(check: &Check) -> String {
    let sign = match check.status {
        CheckStatus::Ok => "ok",
        CheckStatus::Note => "note",
        CheckStatus::Problem => "PROBLEM",
        CheckStatus::NotChecked => "not checked",
    };
    let mut lines = check.detail.lines().map(str::trim);
    let first = lines.next().unwrap_or_default();
    let mut out = format!("{sign:<11} {:<10} {first}\n", check.name);
    for line in lines {
        let _ = writeln!(out, "{:<22} {line}", "");
    }
    match &check.remedy {
        Some(Remedy::Commands { commands }) => {
            for command in commands {
                let _ = writeln!(out, "{:<22}   {}", "", command.join(" "));
            }
        }
        Some(Remedy::Advice { text }) => {
            for line in text.lines() {
                let _ = writeln!(out, "{:<22}   {line}", "");
            }
        }
        None => {}
    }
    out
}
