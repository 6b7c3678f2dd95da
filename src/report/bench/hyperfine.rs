//! The JSON that hyperfine exports, so that its scripts draw our figures too.
//!
//! The form is that of hyperfine 1.20's `src/export/json.rs` and
//! `src/benchmark/benchmark_result.rs`: `stddev` is null after a single run, everything else is a
//! number there. Its scripts read `command`, `times`, `median`, `mean`, `stddev` and `parameters`;
//! none reads `user` and `system`, which are null here where they are not known.

use std::collections::BTreeMap;

use super::{Bench, cells::word};
use crate::domain::{
    bench::{BenchRun, CellResult},
    record::CpuTime,
    statistics::Summary,
};

#[derive(serde::Serialize)]
struct Export {
    results: Vec<OneResult>,
    /// Not hyperfine's; its scripts do not look at it.
    left_out: Vec<LeftOut>,
}

#[derive(serde::Serialize)]
struct OneResult {
    command: String,
    mean: f64,
    stddev: Option<f64>,
    median: f64,
    user: Option<f64>,
    system: Option<f64>,
    min: f64,
    max: f64,
    times: Vec<f64>,
    exit_codes: Vec<i32>,
    parameters: BTreeMap<&'static str, String>,
}

/// A cell without figures: those of a wrong image would be compared by whoever reads the file.
#[derive(serde::Serialize)]
struct LeftOut {
    command: String,
    parameters: BTreeMap<&'static str, String>,
    why: String,
}

impl Bench<'_> {
    /// As hyperfine's `--export-json` writes: a result a cell. The command is the strategy, with
    /// the scenario where there are several.
    ///
    /// # Errors
    /// When a figure cannot be written, which none should be.
    pub fn hyperfine(&self) -> serde_json::Result<String> {
        let results = self.results();
        let measured = results
            .iter()
            .filter_map(|result| Some(self.one_result(result, result.wall.as_ref()?)));
        let others = results.iter().filter(|result| result.wall.is_none());
        let export = Export {
            results: measured.collect(),
            left_out: others.map(|result| self.without_figures(result)).collect(),
        };
        Ok(serde_json::to_string_pretty(&export)? + "\n")
    }

    fn command(&self, result: &CellResult) -> String {
        let name = self.name(result.cell);
        match self.header.plan.priors.len() {
            1 => name,
            _ => format!("{name} after {}", result.cell.prior),
        }
    }

    fn parameters(&self, result: &CellResult) -> BTreeMap<&'static str, String> {
        [
            ("strategy", self.name(result.cell)),
            ("scenario", result.cell.prior.to_string()),
        ]
        .into()
    }

    fn one_result(&self, result: &CellResult, wall: &Summary) -> OneResult {
        let counted: Vec<&BenchRun> = self
            .runs_of(result.cell)
            .filter(|run| run.counts() && !self.is_dropped(run))
            .collect();
        let cpu: Option<Vec<CpuTime>> = counted.iter().map(|run| run.record.cpu).collect();
        let of = |part: fn(&CpuTime) -> f64| {
            let times: Vec<f64> = cpu.as_ref()?.iter().map(part).collect();
            Summary::of(&times, 0).map(|summary| summary.mean)
        };
        OneResult {
            command: self.command(result),
            mean: wall.mean,
            stddev: wall.deviation,
            median: wall.median,
            user: of(|cpu| cpu.user_s),
            system: of(|cpu| cpu.system_s),
            min: wall.min,
            max: wall.max,
            times: result.seconds.clone(),
            exit_codes: vec![0; result.seconds.len()],
            parameters: self.parameters(result),
        }
    }

    fn without_figures(&self, result: &CellResult) -> LeftOut {
        let fault = result
            .faults
            .first()
            .or_else(|| self.left_out.get(&result.cell));
        LeftOut {
            command: self.command(result),
            parameters: self.parameters(result),
            why: fault.map_or_else(|| word(result).to_owned(), Clone::clone),
        }
    }
}
