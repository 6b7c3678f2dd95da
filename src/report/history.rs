//! Builds of the past as text: a line each, their trends, and two of them side by side.

mod difference;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    time::Duration,
};

pub use self::difference::difference;
use crate::domain::{
    bench::Prior,
    history::{Owner, PastBuild, Trend, sparkline, what_changed},
    text,
};

/// Signs of a sparkline.
const TREND: usize = 40;
/// Columns of what changed.
const CHANGED: usize = 36;

/// What machines are called: where two have one name, with the beginning of their ids.
struct Machines<'a>(BTreeMap<&'a str, BTreeSet<&'a str>>);

impl<'a> Machines<'a> {
    fn of(owners: impl Iterator<Item = &'a Owner>) -> Self {
        let mut names: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for owner in owners {
            names.entry(&owner.name).or_default().insert(&owner.id);
        }
        Self(names)
    }

    fn are_several(&self) -> bool {
        self.0.values().map(BTreeSet::len).sum::<usize>() > 1
    }

    fn name(&self, owner: &Owner) -> String {
        let name = super::plain(&owner.name);
        if self
            .0
            .get(owner.name.as_str())
            .is_some_and(|ids| ids.len() > 1)
        {
            let digits: String = owner.id.chars().take(6).collect();
            return format!("{name} {digits}");
        }
        name
    }
}

/// The table of `imgtui history`, the newest last, and below it how figures changed. `apps`:
/// whether to name each build's app.
#[must_use]
pub fn list(
    builds: &[PastBuild],
    priors: &[Option<Prior>],
    trends: &[Trend],
    apps: bool,
) -> String {
    let machines = Machines::of(builds.iter().map(|past| &past.machine));
    let columns = Columns {
        machine: machines.are_several(),
        app: apps,
    };
    let mut lines = vec![columns.chosen(HEADINGS.map(str::to_owned))];
    lines.extend(builds.iter().zip(priors).map(|(past, prior)| {
        let cells = cells(past, *prior, &machines);
        columns.chosen(cells)
    }));
    let mut out = super::table(&lines);
    if !trends.is_empty() {
        let _ = writeln!(
            out,
            "\nwall clock, the newest at the right; half as high is half as long"
        );
        let lines: Vec<_> = trends
            .iter()
            .map(|trend| trend_cells(trend, &machines))
            .collect();
        out.push_str(&super::table(&lines));
    }
    out
}

/// Which columns there are.
struct Columns {
    machine: bool,
    app: bool,
}

const HEADINGS: [&str; 11] = [
    "id", "started", "machine", "app", "strategy", "engine", "changed", "wall", "cached", "image",
    "image is",
];

impl Columns {
    fn chosen(&self, cells: [String; 11]) -> Vec<String> {
        let numbered = cells.into_iter().enumerate();
        let chosen = numbered.filter(|(at, _)| match at {
            2 => self.machine,
            3 => self.app,
            _ => true,
        });
        chosen.map(|(_, cell)| cell).collect()
    }
}

fn cells(past: &PastBuild, prior: Option<Prior>, machines: &Machines<'_>) -> [String; 11] {
    let record = &past.record;
    let (cached, all) = record.cached_of();
    let changed = super::plain(&what_changed(record, prior));
    [
        past.id.to_string(),
        moment(&record.started),
        machines.name(&past.machine),
        super::plain(&record.app.display().to_string()),
        super::plain(&record.strategy),
        super::plain(&record.engine.to_string()),
        text::ellipsis(&changed, CHANGED),
        text::seconds(record.wall()),
        format!("{cached}/{all}"),
        text::bytes_or_na(record.image_bytes()),
        record.word().to_owned(),
    ]
}

/// `2026-01-02 03:04` of an RFC 3339 time.
fn moment(started: &str) -> String {
    super::plain(started.get(..16).unwrap_or(started)).replace('T', " ")
}

fn trend_cells(trend: &Trend, machines: &Machines<'_>) -> Vec<String> {
    let seconds = |figure: f64| text::seconds_or_na(Duration::try_from_secs_f64(figure).ok());
    let figures = || trend.wall_s.iter().copied();
    let shortest = figures().fold(f64::INFINITY, f64::min);
    let longest = figures().fold(0.0, f64::max);
    let mut cells = vec![
        super::plain(&trend.strategy),
        super::plain(&trend.engine),
        trend.scenario.to_string(),
    ];
    if machines.are_several() {
        cells.insert(0, machines.name(&trend.machine));
    }
    let count = trend.wall_s.len();
    let range = match count {
        1 => format!("1 build, {}", seconds(longest)),
        _ => format!(
            "{count} builds, {} … {}",
            seconds(shortest),
            seconds(longest)
        ),
    };
    cells.extend([sparkline(&trend.wall_s, TREND), range]);
    cells
}

#[cfg(test)]
mod tests;
