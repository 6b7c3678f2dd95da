//! The advice in words, from measured rows only.
//!
//! - *Smallest*: the fewest unpacked bytes; sizes less than 1 % apart are called the same.
//! - *Fastest edit*: the shortest median time of a build after an edit of a source.
//! - *Best of both*: the smallest product of two ratios, that of the image to the smallest image
//!   and that of the edit time to the shortest. No other row is better in one of the two and not
//!   worse in the other.
//! - Times less than 10 % apart are no difference where one of them is a single run; where both
//!   are medians of several runs, less than 5 %.
//! - A winner that is not hermetic is named as such, and the best hermetic one beside it.

use super::{
    Measured, Median, Row, RowState,
    words::{SAME_SIZE, is_same, join, name, noise, ratio, sizes, time, times},
};
use crate::domain::text;

/// With what everything is compared.
const PLAIN: &str = "basic";
/// The same way with musl and with glibc.
const MUSL_AND_GLIBC: [(&str, &str); 2] = [
    ("scratch", "distroless"),
    ("chef-scratch", "chef-distroless"),
];

/// A row with both figures that decide.
#[derive(Clone, Copy)]
struct Candidate<'a> {
    row: &'a Row,
    bytes: u64,
    edit: Median,
}

/// The sentences for these rows, the most important one first.
#[must_use]
pub fn advice(rows: &[Row]) -> Vec<String> {
    let mut sentences = Vec::new();
    sentences.extend(smallest(rows));
    sentences.extend(fastest(rows));
    let best = best_of_both(rows, &mut sentences);
    sentences.extend(best.and_then(|best| against_plain(rows, best)));
    let pairs = MUSL_AND_GLIBC.iter();
    sentences.extend(pairs.filter_map(|(musl, glibc)| cost_of_musl(rows, musl, glibc)));
    sentences.extend(doubts(rows));
    sentences.push(coverage(rows));
    sentences
}

fn smallest(rows: &[Row]) -> Option<String> {
    let mut sized: Vec<(&Row, u64)> = competitors(rows)
        .filter_map(|(row, measured)| Some((row, measured.image?.0)))
        .collect();
    sized.sort_by_key(|(_, bytes)| *bytes);
    let (_, least) = *sized.first()?;
    let is_same = |(_, bytes): &&(&Row, u64)| ratio(*bytes, least) < SAME_SIZE;
    let names = join(sized.iter().take_while(is_same).map(|(row, _)| name(row)));
    let bytes = text::bytes(super::Bytes(least));
    Some(format!("Smallest image: {names}, {bytes}."))
}

fn fastest(rows: &[Row]) -> Option<String> {
    let mut timed: Vec<(&Row, Median)> = competitors(rows)
        .filter_map(|(row, measured)| Some((row, measured.edit?)))
        .collect();
    timed.sort_by(|(_, one), (_, other)| one.seconds.total_cmp(&other.seconds));
    let (winner, least) = *timed.first()?;
    let mut parts = vec![format!("{}, {}", name(winner), time(least))];
    let same = timed[1..].iter().filter(|(_, edit)| is_same(least, *edit));
    parts.extend(no_difference(same.map(|(row, _)| name(row))));
    if !winner.hermetic
        && let Some((row, edit)) = timed.iter().find(|(row, _)| row.hermetic)
    {
        parts.push(format!(
            "of the hermetic ones {}, {}",
            name(row),
            time(*edit)
        ));
    }
    Some(format!("Fastest after an edit: {}.", parts.join("; ")))
}

fn no_difference(names: impl Iterator<Item = String>) -> Option<String> {
    let names = join(names);
    (!names.is_empty()).then(|| format!("no difference to {names}"))
}

/// Says which row is the best in both, and gives it back.
fn best_of_both<'a>(rows: &'a [Row], sentences: &mut Vec<String>) -> Option<Candidate<'a>> {
    let mut candidates: Vec<Candidate<'a>> = competitors(rows)
        .filter_map(|(row, measured)| {
            let (bytes, edit) = (measured.image?.0, measured.edit?);
            Some(Candidate { row, bytes, edit })
        })
        .collect();
    let least_bytes = candidates.iter().map(|one| one.bytes).min()?;
    let times = candidates.iter().map(|one| one.edit.seconds);
    let least_time = times.min_by(f64::total_cmp)?;
    let ratios = |one: &Candidate<'_>| {
        (
            ratio(one.bytes, least_bytes),
            one.edit.seconds / least_time.max(f64::MIN_POSITIVE),
        )
    };
    let product = |one: &Candidate<'_>| ratios(one).0 * ratios(one).1;
    candidates.sort_by(|one, other| product(one).total_cmp(&product(other)));
    let best = *candidates.first()?;
    let mut parts = vec![format!("{}, {}", name(best.row), both(ratios(&best)))];
    let is_close =
        |other: &&Candidate<'_>| product(other) < noise(best.edit, other.edit) * product(&best);
    let close = candidates[1..].iter().filter(is_close);
    parts.extend(no_difference(close.map(|one| name(one.row))));
    if !best.row.hermetic
        && let Some(other) = candidates.iter().find(|one| one.row.hermetic)
    {
        let figures = both(ratios(other));
        parts.push(format!(
            "of the hermetic ones {}, {figures}",
            name(other.row)
        ));
    }
    sentences.push(format!("Best of both: {}.", parts.join("; ")));
    Some(best)
}

/// `with the smallest image and 1.3 times the shortest edit time`
fn both((bytes, time): (f64, f64)) -> String {
    let part = |ratio: f64, best: &str| {
        if ratio < SAME_SIZE {
            format!("the {best}")
        } else {
            format!("{ratio:.1} times the {best}")
        }
    };
    let (image, edit) = (
        part(bytes, "smallest image"),
        part(time, "shortest edit time"),
    );
    format!("with {image} and {edit}")
}

fn against_plain(rows: &[Row], best: Candidate<'_>) -> Option<String> {
    let plain = find(rows, PLAIN)?;
    if best.row.strategy.0 == PLAIN {
        return None;
    }
    let bytes = plain.image?;
    let mut figures = vec![text::bytes(bytes)];
    let mut gains = vec![format!("image {}", sizes(best.bytes, bytes.0))];
    if let Some(edit) = plain.edit {
        figures.push(format!("{} after an edit", time(edit)));
        gains.push(format!("an edit {}", times(best.edit, edit)));
    }
    let (figures, name) = (figures.join(", "), name(best.row));
    let gains = gains.join(", ");
    Some(format!("Against {PLAIN} ({figures}): {name}'s {gains}."))
}

fn cost_of_musl(rows: &[Row], musl: &str, glibc: &str) -> Option<String> {
    let (one, other) = (find(rows, musl)?, find(rows, glibc)?);
    let mut parts = Vec::new();
    if let (Some(one), Some(other)) = (one.edit, other.edit) {
        parts.push(format!("an edit {}", times(one, other)));
    }
    if let (Some(one), Some(other)) = (one.cold, other.cold) {
        parts.push(format!("a cold build {}", times(one, other)));
    }
    if let (Some(one), Some(other)) = (one.image, other.image) {
        parts.push(format!("the image {}", sizes(one.0, other.0)));
    }
    let parts = (!parts.is_empty()).then(|| parts.join(", "))?;
    Some(format!("What musl costs, {musl} against {glibc}: {parts}."))
}

/// What to bear in mind when reading the figures.
fn doubts(rows: &[Row]) -> Vec<String> {
    let mut doubts = Vec::new();
    let edits: Vec<Median> = rows.iter().filter_map(|row| row.measured()?.edit).collect();
    let single = edits.iter().filter(|edit| edit.runs == 1).count();
    if single > 0 {
        let who = if single == edits.len() {
            "Each edit time is of one run".to_owned()
        } else {
            format!("{single} of {} edit times are of one run", edits.len())
        };
        doubts.push(format!(
            "{who}: that is few, and differences under 10 % mean nothing. Build them again."
        ));
    }
    if rows
        .iter()
        .any(|row| row.measured().is_some_and(|one| one.equivalent))
    {
        doubts.push(
            "≈ stands on local equivalents of base images: with the upstream ones sizes differ."
                .into(),
        );
    }
    if rows
        .iter()
        .any(|row| row.measured().is_some_and(|one| !one.verified))
    {
        doubts.push("? is unverified: nobody asked that image whether it is right.".into());
    }
    let invalid = rows
        .iter()
        .filter(|row| matches!(row.state, RowState::Invalid { .. }));
    let invalid: Vec<String> = invalid.map(|row| row.strategy.to_string()).collect();
    if !invalid.is_empty() {
        doubts.push(format!("INVALID, and so out of it: {}.", join(invalid)));
    }
    doubts
}

/// How much of the table is measured, and what would measure the rest.
fn coverage(rows: &[Row]) -> String {
    let unavailable = rows
        .iter()
        .filter(|row| matches!(row.state, RowState::Unavailable { .. }));
    let possible = rows.len() - unavailable.count();
    let measured = rows.iter().filter(|row| row.measured().is_some()).count();
    let edited = rows
        .iter()
        .filter(|row| row.measured().is_some_and(|one| one.edit.is_some()));
    let edited = edited.count();
    let mut parts = vec![format!("{measured} of {possible} strategies measured")];
    if possible < rows.len() {
        parts.push(format!("{} cannot be built here", rows.len() - possible));
    }
    if measured > edited {
        parts.push(format!("{} not after an edit yet", measured - edited));
    }
    let advice = if edited < possible {
        "; run `imgtui build --all --edit source`, twice where nothing was built before"
    } else {
        ""
    };
    format!("{}{advice}.", parts.join(", "))
}

fn competitors(rows: &[Row]) -> impl Iterator<Item = (&Row, &Measured)> {
    let competing = rows.iter().filter(|row| row.competes);
    competing.filter_map(|row| Some((row, row.measured()?)))
}

fn find<'a>(rows: &'a [Row], id: &str) -> Option<&'a Measured> {
    rows.iter().find(|row| row.strategy.0 == id)?.measured()
}
