//! Every run of each cell, folded away.

use maud::{Markup, html};

use super::{
    super::{Bench, cells, markdown::verdict},
    matrix::{anchor, cached_sign},
};
use crate::domain::{
    bench::{BenchRun, CellResult},
    text::{NOT_AVAILABLE, bytes_or_na},
};

const COLUMNS: [&str; 13] = [
    "round",
    "time",
    "cached",
    "crates compiled",
    "context",
    "image",
    "compressed",
    "push",
    "pull",
    "disk growth",
    "busy before",
    "change",
    "verdict",
];

impl Bench<'_> {
    pub(super) fn runs_html(&self, results: &[CellResult]) -> Markup {
        let plan = &self.header.plan;
        html! {
            @for place in 0..plan.strategies.len() {
                h3 { (plan.name(place)) }
                @for result in results.iter().filter(|result| result.cell.place == place) {
                    (self.cell_runs(result))
                }
            }
        }
    }

    fn cell_runs(&self, result: &CellResult) -> Markup {
        let runs: Vec<&BenchRun> = self.runs_of(result.cell).collect();
        let shown = match &result.wall {
            Some(wall) => format!("{:.2} s", wall.median),
            None => cells::word(result).to_owned(),
        };
        html! {
            @if runs.is_empty() {
                p class="without" {
                    (result.cell.prior) ": " (shown)
                    @if let Some(why) = self.left_out.get(&result.cell) { ", left out: " (why) }
                }
            } @else {
                details {
                    summary { (result.cell.prior) ": " (shown) ", " (runs.len()) " runs" }
                    div class="scroll" id=(anchor(result.cell)) {
                        table class="runs" {
                            thead { tr { @for column in COLUMNS { th class=[["time", "change", "verdict"].contains(&column).then_some("words")] { (column) } } } }
                            tbody { @for run in runs { (self.run_html(run)) } }
                        }
                    }
                }
            }
        }
    }

    fn run_html(&self, run: &BenchRun) -> Markup {
        let record = &run.record;
        let (cached, steps) = record.cached_of();
        let busy = run.busy_before.map_or_else(
            || NOT_AVAILABLE.to_owned(),
            |busy| {
                format!(
                    "{:.0} %{}",
                    busy * 100.0,
                    if run.is_noisy() { ", noisy" } else { "" }
                )
            },
        );
        let told = record
            .verdict
            .as_ref()
            .map(crate::domain::verdict::Verdict::sentence);
        html! {
            tr class=[(!run.counts()).then_some("wrong")] {
                td { (run.round + 1) @if self.is_dropped(run) { " (dropped)" } }
                td class="words" { (record.time_line()) }
                td { (cached_sign(cached, steps)) " " (cached) "/" (steps) }
                td { (run.compiled.map_or_else(|| NOT_AVAILABLE.to_owned(), |count| count.to_string())) }
                td { (bytes_or_na(record.context_bytes)) }
                td { (bytes_or_na(record.image_bytes())) }
                td { (bytes_or_na(record.compressed_bytes())) }
                td { (bytes_or_na(record.push.map(|push| push.bytes))) }
                td { (bytes_or_na(record.pull.map(|pull| pull.bytes))) }
                td { (bytes_or_na(run.disk_growth)) }
                td { (busy) }
                td class="words" { (run.change) }
                td class="words" title=[told] { (verdict(run)) }
            }
        }
    }
}
