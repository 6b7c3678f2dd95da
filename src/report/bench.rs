//! A benchmark as text: the matrix, what differs, and every run.

use std::fmt::Write as _;

use super::plain;
use crate::domain::{
    bench::{ARTICLE_DROPPED, BenchHeader, BenchRun, CellResult, Prior, results},
    rules::Judged,
    statistics::{Difference, Summary, difference},
    strategy::{Published, Strategy},
    text,
};

/// The columns of [`Bench::csv`].
pub const CSV_HEADER: &str = "round,strategy,scenario,change,outcome,verdict,wall_s,user_s,system_s,cached_steps,steps,compiled_crates,context_bytes,image_bytes,push_bytes,busy_before,engine,engine_version,started";

/// What `--json` prints and a `.json` holds.
#[derive(serde::Serialize)]
struct Whole<'a> {
    header: &'a BenchHeader,
    results: Vec<CellResult>,
    runs: &'a [BenchRun],
    #[serde(flatten)]
    judged: &'a Judged,
}

/// What a benchmark found.
#[derive(Debug)]
pub struct Bench<'a> {
    /// What was measured.
    pub header: &'a BenchHeader,
    /// Every run.
    pub runs: &'a [BenchRun],
    /// For the published figures.
    pub strategies: &'a [Strategy],
    /// What is said of its rules.
    pub judged: &'a Judged,
}

impl Bench<'_> {
    fn results(&self) -> Vec<CellResult> {
        results(&self.header.plan, self.runs)
    }

    fn cell(results: &[CellResult], place: usize, prior: Prior) -> Option<&CellResult> {
        results
            .iter()
            .find(|result| result.cell.place == place && result.cell.prior == prior)
    }

    /// Strategy by scenario, median seconds.
    fn matrix(&self, results: &[CellResult]) -> Vec<Vec<String>> {
        let plan = &self.header.plan;
        let mut rows = vec![vec!["strategy".to_owned()]];
        rows[0].extend(plan.priors.iter().map(ToString::to_string));
        for place in 0..plan.strategies.len() {
            let mut row = vec![plan.name(place)];
            row.extend(
                plan.priors.iter().map(|prior| {
                    Self::cell(results, place, *prior).map_or_else(String::new, shown)
                }),
            );
            rows.push(row);
        }
        rows
    }

    /// The matrix and what follows from it, for a terminal.
    #[must_use]
    pub fn text(&self) -> String {
        let header = self.header;
        let results = self.results();
        let mut out = super::table(&self.matrix(&results));
        let _ = writeln!(
            out,
            "\nmedian seconds; cached steps behind them. {} on {} processors, seed {}, {}",
            header.engine,
            header.processors,
            header.plan.seed,
            header.app.display()
        );
        for prior in &header.plan.priors {
            out.push_str(&self.of_scenario(&results, *prior));
        }
        out.push_str(&self.faults(&results));
        out
    }

    fn of_scenario(&self, results: &[CellResult], prior: Prior) -> String {
        let mut found: Vec<(&CellResult, &Summary)> = results
            .iter()
            .filter(|result| result.cell.prior == prior)
            .filter_map(|result| Some((result, result.wall.as_ref()?)))
            .collect();
        found.sort_by(|one, other| one.1.median.total_cmp(&other.1.median));
        let mut out = String::new();
        let Some((fastest, _)) = found.first().copied() else {
            return out;
        };
        let _ = writeln!(out, "\n{prior}");
        let name = |result: &CellResult| self.header.plan.name(result.cell.place);
        let mut lines = vec![
            [
                "strategy",
                "runs",
                "median",
                "interval",
                "min … max",
                "mean ± σ",
                "against the fastest",
            ]
            .map(str::to_owned)
            .to_vec(),
        ];
        for (result, wall) in &found {
            let against = if result.cell == fastest.cell {
                "fastest".to_owned()
            } else {
                told(difference(&fastest.seconds, &result.seconds))
            };
            let mut line = vec![name(result)];
            line.extend(figures(wall));
            line.push(against);
            lines.push(line);
        }
        out.push_str(&super::table(&lines));
        for (result, _) in &found {
            for outlier in &result.outliers {
                let _ = writeln!(
                    out,
                    "! {}: {:.2} s in round {} lies far from the others: {}",
                    name(result),
                    outlier.seconds,
                    outlier.round + 1,
                    outlier.cause
                );
            }
        }
        out
    }

    fn faults(&self, results: &[CellResult]) -> String {
        let mut out = String::new();
        for result in results {
            let mut faults: Vec<&String> = result.faults.iter().collect();
            faults.dedup();
            for fault in faults {
                let name = self.header.plan.name(result.cell.place);
                let first = fault.lines().next().unwrap_or_default();
                let _ = writeln!(out, "{name}, {}: {}", result.cell.prior, plain(first));
            }
        }
        for result in results {
            for doubt in &result.doubts {
                let name = self.header.plan.name(result.cell.place);
                let _ = writeln!(out, "? {name}, {}, {doubt}", result.cell.prior);
            }
        }
        let noisy = self.runs.iter().filter(|run| run.is_noisy()).count();
        if noisy > 0 {
            let all = self.runs.len();
            let _ = writeln!(
                out,
                "a noisy machine: other programs were at work before {noisy} of {all} runs"
            );
        }
        out
    }

    /// The article's way: the lines of `time` of each strategy, then its table with the published
    /// figures beside.
    #[must_use]
    pub fn article(&self) -> String {
        let plan = &self.header.plan;
        let mut out = String::new();
        let mut lines = vec![
            ["strategy", "build time", "published", "image", "published"]
                .map(str::to_owned)
                .to_vec(),
        ];
        let results = self.results();
        for result in &results {
            let name = plan.name(result.cell.place);
            let _ = writeln!(out, "{name}");
            let kept = self
                .runs
                .iter()
                .filter(|run| run.cell == result.cell && run.round >= ARTICLE_DROPPED);
            for run in kept.clone() {
                let _ = writeln!(out, "  {}", run.record.time_line());
            }
            let image = kept
                .clone()
                .next_back()
                .and_then(|run| run.record.image_bytes());
            let id = plan.strategies.get(result.cell.place);
            let mut strategies = self.strategies.iter();
            let strategy = strategies.find(|strategy| Some(&strategy.id) == id);
            let published = strategy.and_then(|strategy| strategy.published.as_ref());
            let wall = result
                .wall
                .as_ref()
                .map(|wall| format!("{:.2} s", wall.median));
            let na = || text::NOT_AVAILABLE.to_owned();
            lines.push(vec![
                name,
                wall.unwrap_or_else(na),
                published
                    .and_then(Published::build)
                    .map_or_else(na, text::seconds),
                text::bytes_or_na(image),
                text::bytes_or_na(published.and_then(Published::image)),
            ]);
        }
        out.push('\n');
        out.push_str(&super::table(&lines));
        out.push_str(&self.faults(&results));
        out
    }

    /// For pull requests.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut out = String::new();
        let matrix = self.matrix(&self.results());
        for (at, row) in matrix.iter().enumerate() {
            let _ = writeln!(out, "| {} |", row.join(" | "));
            if at == 0 {
                let rule: Vec<&str> = row.iter().map(|_| "---:").collect();
                let _ = writeln!(out, "| {} |", rule.join(" | ").replacen("---:", "---", 1));
            }
        }
        let header = self.header;
        let _ = writeln!(
            out,
            "\nMedian seconds of a build, cached steps behind them; {} on {} processors, {}.",
            header.engine,
            header.processors,
            header.started.get(..10).unwrap_or_default()
        );
        out.push_str(&super::rules::markdown(self.judged));
        out
    }

    /// Everything: what was measured, what follows from it, and every run.
    ///
    /// # Errors
    /// When a figure cannot be written, which none should be.
    pub fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string(&Whole {
            header: self.header,
            results: self.results(),
            runs: self.runs,
            judged: self.judged,
        })
    }

    /// A line a run.
    #[must_use]
    pub fn csv(&self) -> String {
        let mut out = format!("{CSV_HEADER}\n");
        for run in self.runs {
            let record = &run.record;
            let (cached, steps) = record.cached_of();
            let number =
                |value: Option<f64>| value.map(|value| format!("{value:.3}")).unwrap_or_default();
            let bytes = |value: Option<crate::domain::ids::Bytes>| {
                value.map(|value| value.0.to_string()).unwrap_or_default()
            };
            let outcome = match &record.outcome {
                crate::domain::event::Outcome::Built => "built",
                crate::domain::event::Outcome::Failed { .. } => "failed",
                crate::domain::event::Outcome::Cancelled => "cancelled",
            };
            let fields = [
                (run.round + 1).to_string(),
                self.header.plan.name(run.cell.place),
                run.cell.prior.to_string(),
                run.change.clone(),
                outcome.to_owned(),
                record
                    .verdict
                    .as_ref()
                    .map_or_else(String::new, |verdict| verdict.word().to_owned()),
                number(Some(record.wall_s)),
                number(record.cpu.map(|cpu| cpu.user_s)),
                number(record.cpu.map(|cpu| cpu.system_s)),
                cached.to_string(),
                steps.to_string(),
                run.compiled
                    .map(|count| count.to_string())
                    .unwrap_or_default(),
                bytes(record.context_bytes),
                bytes(record.image_bytes()),
                bytes(record.push.map(|push| push.bytes)),
                number(run.busy_before),
                record.engine.kind.clone(),
                record.engine.version.clone(),
                record.started.clone(),
            ];
            let fields = fields.iter().map(|field| quoted(field));
            let _ = writeln!(out, "{}", fields.collect::<Vec<_>>().join(","));
        }
        out
    }
}

/// RFC 4180.
fn quoted(field: &str) -> String {
    if field.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

fn shown(result: &CellResult) -> String {
    let cached = result
        .cached
        .map(|(cached, of)| format!(" {cached}/{of}"))
        .unwrap_or_default();
    match &result.wall {
        Some(wall) => format!("{:.2}{cached}", wall.median),
        None if result
            .faults
            .iter()
            .any(|fault| fault.starts_with("INVALID")) =>
        {
            "INVALID".into()
        }
        None if !result.faults.is_empty() => "FAILED".into(),
        None => text::NOT_AVAILABLE.into(),
    }
}

fn figures(wall: &Summary) -> [String; 5] {
    let interval = wall.interval.map_or_else(
        || text::NOT_AVAILABLE.to_owned(),
        |one| format!("{:.2} … {:.2}", one.low, one.high),
    );
    let mean = wall.deviation.map_or_else(
        || format!("{:.2}", wall.mean),
        |deviation| format!("{:.2} ± {deviation:.2}", wall.mean),
    );
    [
        wall.runs.to_string(),
        format!("{:.2} s", wall.median),
        interval,
        format!("{:.2} … {:.2}", wall.min, wall.max),
        mean,
    ]
}

fn told(found: Difference) -> String {
    match found {
        Difference::Seen { ratio, interval } => {
            format!(
                "{ratio:.2} times ({:.2} … {:.2})",
                interval.low, interval.high
            )
        }
        Difference::NotSeen { ratio, interval } => format!(
            "no difference seen: {ratio:.2} times ({:.2} … {:.2})",
            interval.low, interval.high
        ),
        Difference::TooFew { ratio } => format!("{ratio:.2} times; too few runs to be sure"),
        Difference::Unknown => text::NOT_AVAILABLE.to_owned(),
    }
}

#[cfg(test)]
mod tests;
