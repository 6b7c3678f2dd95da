//! What a cell shows, and how it compares: the words that all forms share.

use crate::domain::{
    bench::CellResult,
    statistics::{Difference, Summary, difference},
    text,
};

/// A cell with figures, beside the fastest of its scenario.
#[derive(Debug)]
pub(super) struct Compared<'a> {
    pub(super) result: &'a CellResult,
    pub(super) wall: &'a Summary,
    /// `None` of the fastest itself.
    pub(super) against: Option<Difference>,
}

/// Those that have figures, the fastest first.
pub(super) fn compared<'a>(results: impl Iterator<Item = &'a CellResult>) -> Vec<Compared<'a>> {
    let mut found: Vec<(&CellResult, &Summary)> = results
        .filter_map(|result| Some((result, result.wall.as_ref()?)))
        .collect();
    found.sort_by(|one, other| one.1.median.total_cmp(&other.1.median));
    let fastest = found.first().map(|(result, _)| *result);
    let pairs = found.into_iter();
    pairs
        .map(|(result, wall)| Compared {
            result,
            wall,
            against: fastest
                .filter(|fastest| fastest.cell != result.cell)
                .map(|fastest| difference(&fastest.seconds, &result.seconds)),
        })
        .collect()
}

impl Compared<'_> {
    /// `fastest`, or how it compares.
    pub(super) fn told(&self) -> String {
        self.against.map_or_else(|| "fastest".to_owned(), told)
    }

    /// Runs, median, interval, range, mean and deviation.
    pub(super) fn figures(&self) -> [String; 5] {
        let wall = self.wall;
        let mean = wall.deviation.map_or_else(
            || format!("{:.2}", wall.mean),
            |deviation| format!("{:.2} ± {deviation:.2}", wall.mean),
        );
        [
            wall.runs.to_string(),
            format!("{:.2} s", wall.median),
            interval(wall).unwrap_or_else(|| text::NOT_AVAILABLE.to_owned()),
            format!("{:.2} … {:.2}", wall.min, wall.max),
            mean,
        ]
    }
}

/// `60.10 … 63.00`.
pub(super) fn interval(wall: &Summary) -> Option<String> {
    let one = wall.interval?;
    Some(format!("{:.2} … {:.2}", one.low, one.high))
}

/// `INVALID`, `FAILED` or `n/a`: what stands in place of a figure.
pub(super) fn word(result: &CellResult) -> &'static str {
    result.word().unwrap_or(text::NOT_AVAILABLE)
}

/// `3/9`: cached steps of the last run.
pub(super) fn cached(result: &CellResult) -> Option<String> {
    let (cached, of) = result.cached?;
    Some(format!("{cached}/{of}"))
}

/// A median with the cached steps behind it, or the word in its place.
pub(super) fn shown(result: &CellResult) -> String {
    let Some(wall) = &result.wall else {
        return word(result).to_owned();
    };
    let cached = cached(result).map_or_else(String::new, |cached| format!(" {cached}"));
    format!("{:.2}{cached}", wall.median)
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
