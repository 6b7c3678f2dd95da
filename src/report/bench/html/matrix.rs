//! The matrix of a page: shaded by rank, each cell a link to its runs.

use maud::{Markup, html};

use super::super::{Bench, cells};
use crate::domain::{
    bench::{Cell, CellResult, Prior},
    statistics::Difference,
};

impl Bench<'_> {
    pub(super) fn matrix_html(&self, results: &[CellResult]) -> Markup {
        let plan = &self.header.plan;
        html! {
            div class="scroll" {
                table class="matrix" {
                    thead { tr {
                        th { "strategy" }
                        @for prior in &plan.priors { th { (prior) } }
                    } }
                    tbody { @for place in 0..plan.strategies.len() { tr {
                        th scope="row" { (plan.name(place)) }
                        @for prior in &plan.priors { (self.cell_html(results, Cell { place, prior: *prior })) }
                    } } }
                }
            }
            p class="note" {
                "Median seconds of a build; below it the interval of the median, the rank within the scenario (as fast: no difference to the first was seen), \
                 and how many steps came from the cache (● all, ◐ some, ○ none). A cell leads to its runs."
            }
        }
    }

    fn cell_html(&self, results: &[CellResult], cell: Cell) -> Markup {
        let Some(result) = Self::cell(results, cell.place, cell.prior) else {
            return html! { td {} };
        };
        let Some(wall) = &result.wall else {
            return self.word_html(result);
        };
        let rank = Self::rank(results, cell.prior, result);
        let failed = result.faults.len();
        html! {
            td class=(rank.shade()) {
                a href=(format!("#{}", anchor(cell))) {
                    b { (format!("{:.2}", wall.median)) " s" }
                    @if let Some(interval) = cells::interval(wall) { small { (interval) } }
                    small {
                        (rank.word())
                        @if let Some((cached, steps)) = result.cached { " · " (cached_sign(cached, steps)) " " (cached) "/" (steps) }
                    }
                    @if failed > 0 { small class="wrong" { (failed) " without an image" } }
                    @if !result.doubts.is_empty() { small class="wrong" { "in doubt" } }
                }
            }
        }
    }

    fn word_html(&self, result: &CellResult) -> Markup {
        let word = cells::word(result);
        let class = if result.faults.is_empty() {
            "none"
        } else {
            "none wrong"
        };
        let has_runs = self.runs_of(result.cell).next().is_some();
        let why = result
            .faults
            .first()
            .or_else(|| self.left_out.get(&result.cell));
        html! {
            td class=(class) title=[why] {
                @if has_runs { a href=(format!("#{}", anchor(result.cell))) { b { (word) } } } @else { b { (word) } }
            }
        }
    }

    fn rank(results: &[CellResult], prior: Prior, result: &CellResult) -> Rank {
        let found = Self::compared(results, prior);
        let place = found.iter().position(|one| one.result.cell == result.cell);
        let place = place.unwrap_or(found.len());
        let against = found.get(place).and_then(|one| one.against);
        Rank {
            place: place + 1,
            of: found.len(),
            is_as_fast: matches!(against, Some(Difference::NotSeen { .. })),
        }
    }
}

/// Where a cell stands among those of its scenario that have figures.
#[derive(Debug, Clone, Copy)]
struct Rank {
    /// From 1.
    place: usize,
    of: usize,
    /// No difference to the fastest was seen, with enough runs to see one.
    is_as_fast: bool,
}

impl Rank {
    /// Five shades, whatever the number of strategies.
    fn shade(self) -> String {
        let is_first = self.of < 2 || self.is_as_fast;
        let shade = if is_first {
            0
        } else {
            (self.place - 1) * 4 / (self.of - 1)
        };
        format!("shade-{shade}")
    }

    fn word(self) -> String {
        if self.is_as_fast {
            return "as fast".to_owned();
        }
        let place = self.place;
        let ending = match (place % 10, place % 100) {
            (_, 11..=13) => "th",
            (1, _) => "st",
            (2, _) => "nd",
            (3, _) => "rd",
            _ => "th",
        };
        format!("{place}{ending}")
    }
}

/// The name of the place where a cell's runs are.
pub(super) fn anchor(cell: Cell) -> String {
    format!("runs-{}-{}", cell.place, cell.prior)
}

/// How much came from the cache.
pub(super) fn cached_sign(cached: usize, steps: usize) -> &'static str {
    match cached {
        0 => "○",
        all if all == steps => "●",
        _ => "◐",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_have_words_and_shades() {
        let rank = |place, of| Rank {
            place,
            of,
            is_as_fast: false,
        };
        let words = [1, 2, 3, 4, 11, 21].map(|place| rank(place, 30).word());
        assert_eq!(words, ["1st", "2nd", "3rd", "4th", "11th", "21st"]);
        let shades = [(1, 1), (1, 8), (8, 8)].map(|(place, of)| rank(place, of).shade());
        assert_eq!(shades, ["shade-0", "shade-0", "shade-4"]);
        let as_fast = Rank {
            is_as_fast: true,
            ..rank(3, 8)
        };
        assert_eq!(
            (as_fast.word(), as_fast.shade()),
            ("as fast".into(), "shade-0".into())
        );
    }
}
