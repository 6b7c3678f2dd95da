//! For pull requests: the matrix, what differs and what was wrong, every run folded away.

use std::fmt::Write as _;

use super::{Bench, article, cells, text::COLUMNS};
use crate::{
    domain::{
        bench::{BenchRun, CellResult, Prior, Protocol},
        event::Outcome,
        text::{NOT_AVAILABLE, bytes_or_na},
    },
    report::escape::markdown as escaped,
};

const RUN_COLUMNS: [&str; 8] = [
    "strategy", "scenario", "round", "time", "cached", "image", "change", "verdict",
];

impl Bench<'_> {
    /// For pull requests. Text of others is escaped: it makes no mark-up and mentions nobody.
    #[must_use]
    pub fn markdown(&self) -> String {
        let results = self.results();
        let header = self.header;
        let mut out = self.matrix_markdown(&results);
        let _ = writeln!(
            out,
            "\nMedian seconds of a build (interval of the median), cached steps. {} on {} processors, {}, seed {}, {} runs.",
            escaped(&header.engine.to_string()),
            header.processors,
            escaped(header.started.get(..10).unwrap_or_default()),
            header.plan.seed,
            self.runs.len(),
        );
        let remarks = self.remarks(&results);
        if !remarks.is_empty() {
            out.push('\n');
        }
        for remark in remarks {
            let _ = writeln!(out, "- {}", escaped(&remark));
        }
        if header.plan.protocol == Protocol::Article {
            let _ = write!(out, "\nPublished figures are not measured here.\n\n{}", {
                table(&article::COLUMNS, 1, self.article_rows(&results))
            });
        }
        for prior in &header.plan.priors {
            out.push_str(&self.scenario_markdown(&results, *prior));
        }
        out.push_str(&crate::report::rules::markdown(self.judged));
        out.push_str(&self.runs_markdown());
        out
    }

    fn matrix_markdown(&self, results: &[CellResult]) -> String {
        let plan = &self.header.plan;
        let mut columns = vec!["strategy"];
        columns.extend(plan.priors.iter().map(|prior| prior.word()));
        let rows =
            (0..plan.strategies.len()).map(|place| {
                let mut row = vec![plan.name(place)];
                row.extend(plan.priors.iter().map(|prior| {
                    Self::cell(results, place, *prior).map_or_else(String::new, shown)
                }));
                row
            });
        table(&columns, 1, rows)
    }

    fn scenario_markdown(&self, results: &[CellResult], prior: Prior) -> String {
        let found = Self::compared(results, prior);
        if found.is_empty() {
            return String::new();
        }
        let rows = found.iter().map(|compared| {
            let mut row = vec![self.name(compared.result.cell)];
            row.extend(compared.figures());
            row.push(compared.told());
            row
        });
        let mut out = format!("\n### {prior}\n\n{}", table(&COLUMNS, 1, rows));
        for (at, outlier) in self.outliers(&found).iter().enumerate() {
            let gap = if at == 0 { "\n" } else { "" };
            let _ = writeln!(out, "{gap}- outlier: {}", escaped(outlier));
        }
        out
    }

    fn runs_markdown(&self) -> String {
        let rows = self.runs.iter().map(|run| self.run_row(run));
        format!(
            "\n<details><summary>all {} runs</summary>\n\n{}\n</details>\n",
            self.runs.len(),
            table(&RUN_COLUMNS, 3, rows)
        )
    }

    fn run_row(&self, run: &BenchRun) -> [String; RUN_COLUMNS.len()] {
        let record = &run.record;
        let (cached, steps) = record.cached_of();
        let dropped = if self.is_dropped(run) {
            " (dropped)"
        } else {
            ""
        };
        [
            self.name(run.cell),
            run.cell.prior.to_string(),
            format!("{}{dropped}", run.round + 1),
            record.time_line(),
            format!("{cached}/{steps}"),
            bytes_or_na(record.image_bytes()),
            run.change.clone(),
            verdict(run),
        ]
    }
}

/// What became of a run: the gate's word, or that there was no image.
pub(super) fn verdict(run: &BenchRun) -> String {
    match (&run.record.outcome, &run.record.verdict) {
        (Outcome::Failed { .. }, _) => "FAILED".to_owned(),
        (Outcome::Cancelled, _) => "cancelled".to_owned(),
        (Outcome::Built, Some(verdict)) => verdict.word().to_owned(),
        (Outcome::Built, None) => NOT_AVAILABLE.to_owned(),
    }
}

/// `61.60 (60.10 … 63.00) 3/9`.
fn shown(result: &CellResult) -> String {
    let Some(wall) = &result.wall else {
        return cells::word(result).to_owned();
    };
    let mut out = format!("{:.2}", wall.median);
    if let Some(interval) = cells::interval(wall) {
        let _ = write!(out, " ({interval})");
    }
    if let Some(cached) = cells::cached(result) {
        let _ = write!(out, " {cached}");
    }
    out
}

/// The first columns begin at the left, figures end at the right.
fn table<R: AsRef<[String]>>(
    columns: &[&str],
    words: usize,
    rows: impl IntoIterator<Item = R>,
) -> String {
    let mut out = format!("| {} |\n|", columns.join(" | "));
    for at in 0..columns.len() {
        out.push_str(if at < words { " --- |" } else { " ---: |" });
    }
    out.push('\n');
    for row in rows {
        let cells: Vec<String> = row.as_ref().iter().map(|cell| escaped(cell)).collect();
        let _ = writeln!(out, "| {} |", cells.join(" | "));
    }
    out
}
