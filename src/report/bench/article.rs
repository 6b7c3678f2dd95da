//! The article's table: what was measured, and beside it what was published.

use std::fmt::Write as _;

use super::Bench;
use crate::{
    domain::{
        bench::CellResult,
        strategy::Published,
        text::{self, NOT_AVAILABLE},
    },
    report::table,
};

/// The columns of [`Bench::article_rows`].
pub(super) const COLUMNS: [&str; 5] = [
    "strategy",
    "build time",
    "published build time",
    "image",
    "published image",
];

impl Bench<'_> {
    /// A row a strategy, of the columns [`COLUMNS`].
    pub(super) fn article_rows(&self, results: &[CellResult]) -> Vec<[String; 5]> {
        let row = |result: &CellResult| {
            let kept = self
                .runs_of(result.cell)
                .filter(|run| !self.is_dropped(run));
            let image = kept.last().and_then(|run| run.record.image_bytes());
            let published = self.published(result.cell.place);
            let is_measured = result.wall.as_ref();
            [
                self.name(result.cell),
                is_measured.map_or_else(
                    || super::cells::word(result).to_owned(),
                    |wall| format!("{:.2} s", wall.median),
                ),
                published
                    .and_then(Published::build)
                    .map_or_else(|| NOT_AVAILABLE.to_owned(), text::seconds),
                // The size of a wrong image is no figure either.
                text::bytes_or_na(image.filter(|_| is_measured.is_some())),
                text::bytes_or_na(published.and_then(Published::image)),
            ]
        };
        results.iter().map(row).collect()
    }

    /// The article's way: the lines of `time` of each strategy, then its table with the published
    /// figures beside.
    #[must_use]
    pub fn article(&self) -> String {
        let results = self.results();
        let mut out = String::new();
        for result in &results {
            let _ = writeln!(out, "{}", self.name(result.cell));
            for run in self
                .runs_of(result.cell)
                .filter(|run| !self.is_dropped(run))
            {
                let _ = writeln!(out, "  {}", run.record.time_line());
            }
        }
        let mut lines = vec![COLUMNS.map(str::to_owned)];
        lines.extend(self.article_rows(&results));
        let _ = write!(out, "\n{}", table(&lines));
        out.push_str(&self.remarks_text(&results));
        out
    }
}
