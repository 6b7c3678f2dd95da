//! The matrix, what differs, and what was wrong, for a terminal.

use std::fmt::Write as _;

use super::{Bench, cells::shown};
use crate::{
    domain::bench::{CellResult, Prior},
    report::{plain, table},
};

/// The columns of a scenario's table.
pub(super) const COLUMNS: [&str; 7] = [
    "strategy",
    "runs",
    "median",
    "interval",
    "min … max",
    "mean ± σ",
    "against the fastest",
];

impl Bench<'_> {
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
        let mut out = table(&self.matrix(&results));
        let _ = writeln!(
            out,
            "\nmedian seconds; cached steps behind them. {} on {} processors, seed {}, {}",
            header.engine,
            header.processors,
            header.plan.seed,
            header.app.display()
        );
        for prior in &header.plan.priors {
            out.push_str(&self.scenario_text(&results, *prior));
        }
        out.push_str(&self.remarks_text(&results));
        out
    }

    fn scenario_text(&self, results: &[CellResult], prior: Prior) -> String {
        let found = Self::compared(results, prior);
        if found.is_empty() {
            return String::new();
        }
        let mut lines = vec![COLUMNS.map(str::to_owned).to_vec()];
        for compared in &found {
            let mut line = vec![self.name(compared.result.cell)];
            line.extend(compared.figures());
            line.push(compared.told());
            lines.push(line);
        }
        let mut out = format!("\n{prior}\n{}", table(&lines));
        for outlier in self.outliers(&found) {
            let _ = writeln!(out, "! {outlier}");
        }
        out
    }

    pub(super) fn remarks_text(&self, results: &[CellResult]) -> String {
        let remarks = self.remarks(results).into_iter();
        remarks.fold(String::new(), |mut out, remark| {
            let _ = writeln!(out, "{}", plain(&remark));
            out
        })
    }
}
