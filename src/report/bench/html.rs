//! A page of its own: no network, no script, light and dark, narrow and wide.

mod matrix;
mod runs;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{Bench, article};
use crate::{
    domain::{
        bench::{CellResult, Prior, Protocol},
        text::NOT_AVAILABLE,
    },
    report::{
        escape::clean,
        plot::{LOOKS, Panel, Plot, bars, strips},
        rules,
    },
};

/// Widths for which plots are drawn: a telephone's, and a page's. The page shows one of them.
const NARROW: f64 = 340.0;
const WIDE: f64 = 1180.0;
/// A panel with every run; it stands beside its table, or above it.
const PANEL: f64 = 360.0;
/// The columns of a scenario's table: what is looked for first stands first.
const COLUMNS: [&str; 7] = [
    "strategy",
    "median",
    "against the fastest",
    "runs",
    "interval",
    "min … max",
    "mean ± σ",
];

impl Bench<'_> {
    /// The whole page.
    #[must_use]
    pub fn html(&self) -> String {
        let results = self.results();
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    // Whatever text gets in: nothing runs, nothing is fetched.
                    meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'";
                    meta name="color-scheme" content="light dark";
                    title { (self.title()) }
                    style { (PreEscaped(LOOKS)) (PreEscaped(include_str!("html/page.css"))) }
                }
                body { main { (self.content(&results)) } }
            }
        };
        clean(&page.into_string()) + "\n"
    }

    fn content(&self, results: &[CellResult]) -> Markup {
        html! {
            h1 { (self.title()) }
            (self.facts())
            (self.remarks_html(results))
            (self.rules_html())
            h2 { "Medians" }
            (self.matrix_html(results))
            (both(&|width| Some(bars(&self.panels(results), &self.names(), width))))
            @if self.header.plan.protocol == Protocol::Article { (self.article_html(results)) }
            @if self.pareto(results, WIDE).is_some() {
                h2 { "Size against time" }
                (both(&|width| self.pareto(results, width)))
            }
            h2 { "Scenarios" }
            @for prior in &self.header.plan.priors { (self.scenario_html(results, *prior)) }
            (self.timelines_html(results))
            h2 { "Every run" }
            (self.runs_html(results))
        }
    }

    fn facts(&self) -> Markup {
        let header = self.header;
        let protocol = match header.plan.protocol {
            Protocol::Article => "the article's: builds in a row, the first dropped",
            Protocol::Interleaved => "rounds, each with an order of its own",
        };
        let rounds = self.runs.iter().map(|run| run.round + 1).max().unwrap_or(0);
        let noise = if self.runs.iter().all(|run| run.busy_before.is_none()) {
            NOT_AVAILABLE.to_owned()
        } else {
            self.noise()
                .unwrap_or_else(|| "no other program was seen at work".to_owned())
        };
        let facts = [
            ("app", header.app.display().to_string()),
            ("engine", header.engine.to_string()),
            ("processors", header.processors.to_string()),
            ("begun", header.started.clone()),
            ("protocol", protocol.to_owned()),
            ("seed", header.plan.seed.to_string()),
            ("runs", format!("{} in {rounds} rounds", self.runs.len())),
            ("noise", noise),
        ];
        html! {
            dl class="facts" {
                @for (name, value) in &facts { div { dt { (name) } dd { (value) } } }
            }
        }
    }

    fn remarks_html(&self, results: &[CellResult]) -> Markup {
        let remarks = self.remarks(results);
        html! {
            @if !remarks.is_empty() {
                section class="remarks" {
                    h2 { "Faults and doubts" }
                    ul { @for remark in &remarks { li { (remark) } } }
                }
            }
        }
    }

    fn rules_html(&self) -> Markup {
        let judged = self.judged;
        html! {
            @if !judged.rules.is_empty() {
                h2 { "Rules" }
                p { (rules::sum(&judged.rules)) }
                (words(&rules::COLUMNS, judged.rules.iter().map(rules::row)))
            }
            @if !judged.compared.is_empty() {
                h2 { "Against the earlier benchmark" }
                (words(&rules::COMPARED_COLUMNS, judged.compared.iter().map(rules::compared)))
            }
        }
    }

    fn article_html(&self, results: &[CellResult]) -> Markup {
        html! {
            h2 { "Beside the article" }
            p { "Published figures are somebody else's, of another machine and app; they are not measured here." }
            div class="scroll" {
                table {
                    thead { tr { @for column in article::COLUMNS {
                        th class=[column.starts_with("published").then_some("published")] { (column) }
                    } } }
                    tbody { @for row in self.article_rows(results) {
                        tr { @for (column, value) in article::COLUMNS.iter().zip(row) {
                            td class=[column.starts_with("published").then_some("published")] { (value) }
                        } }
                    } }
                }
            }
        }
    }

    fn scenario_html(&self, results: &[CellResult], prior: Prior) -> Markup {
        let found = Self::compared(results, prior);
        let panels = self.panels(results);
        let panel = panels.into_iter().find(|panel| panel.title == prior.word());
        let panel = panel.map(|panel| Panel {
            title: "Every run".to_owned(),
            ..panel
        });
        html! {
            section class="scenario" {
                h3 { (prior) }
                div class="beside" {
                    @if let Some(panel) = panel { div class="panel" { (strips(&panel, PANEL).inline()) } }
                    @if found.is_empty() { p { "No figures." } } @else {
                        div class="scroll" { table {
                            thead { tr { @for column in COLUMNS { th class=[(column == "against the fastest").then_some("words")] { (column) } } } }
                            tbody { @for compared in &found { tr {
                                td { (self.name(compared.result.cell)) }
                                @let [runs, median, interval, range, mean] = compared.figures();
                                td { (median) }
                                td class="words told" { (compared.told()) }
                                @for figure in [runs, interval, range, mean] { td { (figure) } }
                            } } }
                        } }
                    }
                }
                @let outliers = self.outliers(&found);
                @if !outliers.is_empty() {
                    ul class="outliers" { @for outlier in &outliers { li { "Outlier: " (outlier) } } }
                }
            }
        }
    }

    fn timelines_html(&self, results: &[CellResult]) -> Markup {
        let places = (0..self.header.plan.strategies.len())
            .filter(|place| self.timeline(results, *place, WIDE).is_some());
        let places: Vec<usize> = places.collect();
        html! {
            @if !places.is_empty() {
                h2 { "Steps" }
                p { "Of each strategy two builds on one axis of time: □ came from the cache, ■ ran." }
                @for place in places {
                    details {
                        summary { (self.header.plan.name(place)) }
                        (both(&|width| self.timeline(results, place, width)))
                    }
                }
            }
        }
    }
}

/// A table of words.
fn words<const N: usize>(columns: &[&str; N], rows: impl Iterator<Item = [String; N]>) -> Markup {
    html! {
        div class="scroll" { table {
            thead { tr { @for column in columns { th class="words" { (column) } } } }
            tbody { @for row in rows { tr { @for cell in row { td class="words" { (cell) } } } } }
        } }
    }
}

/// A plot for narrow pages and one for wide ones.
fn both(draw: &dyn Fn(f64) -> Option<Plot>) -> Markup {
    html! {
        @if let Some(plot) = draw(WIDE) { div class="wide" { (plot.inline()) } }
        @if let Some(plot) = draw(NARROW) { div class="narrow" { (plot.inline()) } }
    }
}
