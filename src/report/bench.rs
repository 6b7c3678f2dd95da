//! A benchmark in every form from the same runs: text, Markdown, CSV, JSON, pages and pictures.

mod article;
mod cells;
mod csv;
mod html;
mod hyperfine;
mod json;
mod markdown;
mod pictures;
mod text;

use std::collections::BTreeMap;

use self::cells::Compared;
pub use self::csv::CSV_HEADER;
use crate::domain::{
    bench::{ARTICLE_DROPPED, BenchHeader, BenchRun, Cell, CellResult, Prior, Protocol, results},
    rules::Judged,
    strategy::{Published, Strategy},
};

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
    /// Cells that cannot be measured, each with the reason.
    pub left_out: &'a BTreeMap<Cell, String>,
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

    fn name(&self, cell: Cell) -> String {
        self.header.plan.name(cell.place)
    }

    fn runs_of(&self, cell: Cell) -> impl Iterator<Item = &BenchRun> {
        self.runs.iter().filter(move |run| run.cell == cell)
    }

    /// Whether the protocol drops this run.
    fn is_dropped(&self, run: &BenchRun) -> bool {
        self.header.plan.protocol == Protocol::Article && run.round < ARTICLE_DROPPED
    }

    /// What somebody else published of the strategy at this place.
    fn published(&self, place: usize) -> Option<&Published> {
        let id = self.header.plan.strategies.get(place)?;
        let mut strategies = self.strategies.iter();
        let strategy = strategies.find(|strategy| strategy.id == *id)?;
        strategy.published.as_ref()
    }

    /// The cells of a scenario that have figures, the fastest first, each against the fastest.
    fn compared(results: &[CellResult], prior: Prior) -> Vec<Compared<'_>> {
        cells::compared(results.iter().filter(|result| result.cell.prior == prior))
    }

    /// What keeps the figures from being as good as they could be: faults, cells that were left out, doubts
    /// and noise, a sentence each.
    fn remarks(&self, results: &[CellResult]) -> Vec<String> {
        let mut out = Vec::new();
        for result in results {
            let mut faults: Vec<&String> = result.faults.iter().collect();
            faults.dedup();
            let place = format!("{}, {}", self.name(result.cell), result.cell.prior);
            for fault in faults {
                let first = fault.lines().next().unwrap_or_default();
                out.push(format!("{place}: {first}"));
            }
            if let Some(why) = self.left_out.get(&result.cell) {
                let first = why.lines().next().unwrap_or_default();
                out.push(format!("{place}: left out: {first}"));
            }
        }
        for result in results {
            let place = format!("{}, {}", self.name(result.cell), result.cell.prior);
            let doubts = result.doubts.iter();
            out.extend(doubts.map(|doubt| format!("? {place}, {doubt}")));
        }
        out.extend(self.noise());
        out
    }

    /// That other programs were at work; `None` where they were not.
    fn noise(&self) -> Option<String> {
        let noisy = self.runs.iter().filter(|run| run.is_noisy()).count();
        let all = self.runs.len();
        (noisy > 0).then(|| {
            format!("a noisy machine: other programs were at work before {noisy} of {all} runs")
        })
    }

    /// `strategy, 12.34 s in round 3 lies far from the others: why`, of one scenario.
    fn outliers(&self, found: &[Compared<'_>]) -> Vec<String> {
        let of = |compared: &Compared<'_>| {
            let name = self.name(compared.result.cell);
            let outliers = compared.result.outliers.iter();
            let lines = outliers.map(move |outlier| {
                format!(
                    "{name}: {:.2} s in round {} lies far from the others: {}",
                    outlier.seconds,
                    outlier.round + 1,
                    outlier.cause
                )
            });
            lines.collect::<Vec<_>>()
        };
        found.iter().flat_map(of).collect()
    }
}

#[cfg(test)]
mod tests;
