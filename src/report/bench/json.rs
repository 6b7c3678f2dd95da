//! Everything, as `--json` prints it and a `.json` holds it; `docs/bench.schema.json` describes it.

use super::Bench;
use crate::domain::{
    bench::{BenchHeader, BenchRun, Cell, CellResult},
    rules::Judged,
};

#[derive(serde::Serialize)]
struct Whole<'a> {
    header: &'a BenchHeader,
    results: Vec<CellResult>,
    left_out: Vec<LeftOut<'a>>,
    runs: &'a [BenchRun],
    #[serde(flatten)]
    judged: &'a Judged,
}

#[derive(serde::Serialize)]
struct LeftOut<'a> {
    cell: Cell,
    why: &'a str,
}

impl Bench<'_> {
    /// Everything: what was measured, what follows from it, what could not be measured, and every
    /// run.
    ///
    /// # Errors
    /// When a figure cannot be written, which none should be.
    pub fn json(&self) -> serde_json::Result<String> {
        let left_out = self.left_out.iter();
        serde_json::to_string(&Whole {
            header: self.header,
            results: self.results(),
            left_out: left_out
                .map(|(cell, why)| LeftOut { cell: *cell, why })
                .collect(),
            runs: self.runs,
            judged: self.judged,
        })
    }
}
