//! Builds of the past: whose they are, what each can be measured as, and how they change.

mod diff;

use std::collections::BTreeMap;

use serde::Serialize;

pub use self::diff::{BasePair, BaseUsed, Change, Difference, Side, StepEnd, StepPair};
use super::{
    bench::Prior,
    edit::EditKind,
    event::Trigger,
    record::BuildRecord,
    scenario::{Scenario, scenarios},
};

/// The machine that a build of the past was made on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Owner {
    /// Tells machines of one name apart.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Whether it is this one.
    pub is_own: bool,
}

/// A build of the past.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PastBuild {
    /// Its number in the history, from 1.
    pub id: i64,
    /// Where it was built.
    pub machine: Owner,
    /// Its figures.
    pub record: BuildRecord,
}

/// Builds whose figures may be compared: one machine, app, strategy and engine.
type Line<'a> = (&'a Owner, &'a std::path::Path, String, &'a str);

fn line(past: &PastBuild) -> Line<'_> {
    let record = &past.record;
    (
        &past.machine,
        &record.app,
        record.subject.to_string(),
        &record.engine.kind,
    )
}

/// What each build can be measured as, in the words of a benchmark: what a benchmark changed, else
/// what its records tell; `None` where that cannot be said. The oldest first.
#[must_use]
pub fn priors(builds: &[PastBuild]) -> Vec<Option<Prior>> {
    let mut lines: BTreeMap<Line<'_>, Vec<usize>> = BTreeMap::new();
    for (at, past) in builds.iter().enumerate() {
        lines.entry(line(past)).or_default().push(at);
    }
    let mut found = vec![None; builds.len()];
    for places in lines.into_values() {
        let records: Vec<&BuildRecord> = places.iter().map(|at| &builds[*at].record).collect();
        let judged = scenarios(&records).into_iter();
        for ((at, record), scenario) in places.iter().zip(&records).zip(judged) {
            found[*at] = prior(record, scenario);
        }
    }
    found
}

fn prior(record: &BuildRecord, judged: Scenario) -> Option<Prior> {
    match (record.prior, judged) {
        _ if record.purpose.is_look() => None,
        (Some(prior), _) => Some(prior),
        (None, Scenario::Edit) => Some(Prior::Source),
        (None, Scenario::Cold) => Some(Prior::Cold),
        (None, Scenario::Other) if record.edit == Some(EditKind::Touch) => Some(Prior::Touch),
        (None, Scenario::Other) => None,
    }
}

/// What was different before a build, in words: what a benchmark changed, else why it was built.
#[must_use]
pub fn what_changed(record: &BuildRecord, prior: Option<Prior>) -> String {
    let change = change(record, prior);
    if record.purpose.is_look() {
        return format!("{change}, a look at cargo");
    }
    change
}

fn change(record: &BuildRecord, prior: Option<Prior>) -> String {
    match (&record.trigger, record.prior) {
        (_, Some(prior)) => prior.word().to_owned(),
        (Trigger::Edited { edit, file, .. }, None) => {
            let edit = match edit {
                EditKind::Source => Prior::Source,
                EditKind::Touch => Prior::Touch,
            };
            format!("{edit} {}", file.display())
        }
        (Trigger::Changed { files }, None) => match files.as_slice() {
            [] => "changed".to_owned(),
            [file] => format!("changed {}", file.display()),
            [file, rest @ ..] => format!("changed {} and {} more", file.display(), rest.len()),
        },
        (Trigger::NeededBy { strategy }, None) => format!("needed by {strategy}"),
        (Trigger::Asked, None) if record.no_cache => "no cache".to_owned(),
        (Trigger::Asked, None) => prior.map_or("asked", Prior::word).to_owned(),
    }
}

/// How the wall clock of comparable builds changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Trend {
    /// Where they were built.
    pub machine: Owner,
    /// By which strategy.
    pub strategy: String,
    /// By which kind of engine.
    pub engine: String,
    /// After which change.
    pub scenario: Prior,
    /// Seconds of each build that counts, the oldest first.
    pub wall_s: Vec<f64>,
}

/// The trends in these builds; figures of different machines, apps, engines and scenarios are
/// never mixed. `priors` are those of the builds.
#[must_use]
pub fn trends(builds: &[PastBuild], priors: &[Option<Prior>]) -> Vec<Trend> {
    let mut lines: BTreeMap<(Line<'_>, Prior), Vec<f64>> = BTreeMap::new();
    for (past, prior) in builds.iter().zip(priors) {
        if let Some(prior) = prior.filter(|_| past.record.counts()) {
            let wall = lines.entry((line(past), prior)).or_default();
            wall.push(past.record.wall_s);
        }
    }
    let trend =
        |(((machine, _, strategy, engine), scenario), wall_s): ((Line<'_>, Prior), _)| Trend {
            machine: machine.clone(),
            strategy,
            engine: engine.to_owned(),
            scenario,
            wall_s,
        };
    lines.into_iter().map(trend).collect()
}

/// Signs for eighths of a line's height.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// A sign a figure, the last `most` of them. The highest sign is the largest figure and none is
/// zero: half as high is half as long.
#[must_use]
pub fn sparkline(figures: &[f64], most: usize) -> String {
    let shown = &figures[figures.len().saturating_sub(most)..];
    let largest = shown.iter().copied().fold(0.0_f64, f64::max);
    let bar = |figure: &f64| {
        let share = if largest > 0.0 { figure / largest } else { 0.0 };
        // From above 0/8 up to 8/8.
        let reached = (1..BARS.len()).rev();
        let mut eighths = reached.filter(|eighths| {
            let eighths = u8::try_from(*eighths).unwrap_or(0);
            share * 8.0 > f64::from(eighths)
        });
        BARS[eighths.next().unwrap_or(0)]
    };
    shown.iter().map(bar).collect()
}

#[cfg(test)]
mod tests;
