//! Names, ratios and differences as people read them.

use super::{Median, Row};
use crate::domain::text;

/// Single runs that are closer than this are the same.
const NOISE_OF_ONE_RUN: f64 = 1.10;
/// Medians of several runs that are closer than this are the same.
const NOISE_OF_SEVERAL: f64 = 1.05;
/// Sizes that are closer than this are the same.
pub(super) const SAME_SIZE: f64 = 1.01;

/// The id, with what must be known of its figures.
pub(super) fn name(row: &Row) -> String {
    let mut notes = Vec::new();
    if !row.hermetic {
        notes.push("not hermetic");
    }
    if row.measured().is_some_and(|measured| !measured.verified) {
        notes.push("unverified");
    }
    if notes.is_empty() {
        row.strategy.to_string()
    } else {
        format!("{} ({})", row.strategy, notes.join(", "))
    }
}

/// `a, b and c`
pub(super) fn join(names: impl IntoIterator<Item = String>) -> String {
    let mut names: Vec<String> = names.into_iter().collect();
    match names.pop() {
        None => String::new(),
        Some(last) if names.is_empty() => last,
        Some(last) => format!("{} and {last}", names.join(", ")),
    }
}

pub(super) fn time(median: Median) -> String {
    text::seconds(median.time())
}

/// From which ratio on two times differ.
pub(super) fn noise(one: Median, other: Median) -> f64 {
    if one.runs > 1 && other.runs > 1 {
        NOISE_OF_SEVERAL
    } else {
        NOISE_OF_ONE_RUN
    }
}

pub(super) fn is_same(one: Median, other: Median) -> bool {
    let (less, more) = if one.seconds < other.seconds {
        (one.seconds, other.seconds)
    } else {
        (other.seconds, one.seconds)
    };
    more < less * noise(one, other)
}

/// `takes 1.3 times as long`, `is 3.9 times as fast`, or that there is no difference.
pub(super) fn times(one: Median, other: Median) -> String {
    if is_same(one, other) {
        return "takes just as long".into();
    }
    let ratio = one.seconds / other.seconds.max(f64::MIN_POSITIVE);
    if ratio > 1.0 {
        format!("takes {ratio:.1} times as long")
    } else {
        format!("is {:.1} times as fast", 1.0 / ratio)
    }
}

pub(super) fn sizes(one: u64, other: u64) -> String {
    let (smaller, larger) = (ratio(other, one), ratio(one, other));
    if smaller < SAME_SIZE && larger < SAME_SIZE {
        "is of the same size".into()
    } else if smaller > larger {
        format!("is {smaller:.1} times smaller")
    } else {
        format!("is {larger:.1} times larger")
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a ratio is shown with one decimal"
)]
pub(super) fn ratio(one: u64, other: u64) -> f64 {
    one as f64 / other.max(1) as f64
}
