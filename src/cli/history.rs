//! The command line of `imgtui history`.

use std::{path::PathBuf, str::FromStr};

use clap::{Args, Subcommand, ValueHint};
use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};

use crate::domain::bench::Prior;

/// Arguments of `imgtui history`; `--app` and `--engine` filter too.
#[derive(Debug, Args)]
pub struct HistoryArguments {
    /// What else than a list.
    #[command(subcommand)]
    pub command: Option<HistoryCommand>,
    /// Builds of every app, not only of this one.
    #[arg(long)]
    pub all_apps: bool,
    /// Only of this strategy.
    #[arg(long, value_name = "ID")]
    pub strategy: Option<String>,
    /// Only after this change, in the words of `imgtui bench`: `source` also names builds after an
    /// edit, `cold` first ones.
    #[arg(long, value_name = "WORD")]
    pub scenario: Option<Prior>,
    /// Only since then: `90min`, `12h`, `7d`, `2w`, or a day in UTC as `2026-11-01`.
    #[arg(long, value_name = "TIME")]
    pub since: Option<Since>,
    /// Builds of another machine that were imported: its name, or how its id begins.
    #[arg(long, value_name = "NAME", conflicts_with = "all_machines")]
    pub machine: Option<String>,
    /// Builds of every machine.
    #[arg(long)]
    pub all_machines: bool,
    /// At most so many, the newest.
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=5000))]
    pub limit: u32,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

impl HistoryArguments {
    /// Whether something is given that only means something for a list. Clap could refuse that,
    /// but then it refuses `--app` too.
    #[must_use]
    pub fn has_filter(&self) -> bool {
        self.all_apps
            || self.all_machines
            || self.json
            || self.strategy.is_some()
            || self.scenario.is_some()
            || self.since.is_some()
            || self.machine.is_some()
    }
}

/// What can be done with the history.
#[derive(Debug, Subcommand)]
pub enum HistoryCommand {
    /// Two builds side by side: figures, and what became of each step.
    Diff {
        /// A build's number, `latest`, or `latest~1` for the one before it.
        a: Build,
        /// The other one.
        b: Build,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Write this machine's builds and benchmarks into a file, for another machine.
    ///
    /// The file holds this machine's name and the folders of its apps.
    Export {
        /// Where to.
        #[arg(value_hint = ValueHint::FilePath)]
        file: PathBuf,
    },
    /// Take builds of another machine in: an export, or the JSON of `imgtui bench --export`.
    ///
    /// They are kept apart: no figure or estimate of this machine comes from them.
    Import {
        /// Where from.
        #[arg(value_hint = ValueHint::FilePath)]
        file: PathBuf,
        /// What the machine is called, where the file does not say: that of `imgtui bench` does
        /// not.
        #[arg(long, value_name = "NAME")]
        machine: Option<String>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

/// A build on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Build {
    /// By its number.
    Number(i64),
    /// Counted from the newest one, which is 0.
    Latest(usize),
}

impl FromStr for Build {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = match text.strip_prefix("latest") {
            Some("") => Some(Self::Latest(0)),
            Some(rest) => {
                let back = rest.strip_prefix('~').and_then(|back| back.parse().ok());
                back.map(Self::Latest)
            }
            None => text.parse().ok().filter(|id| *id > 0).map(Self::Number),
        };
        number.ok_or_else(|| {
            "a build is a number of `imgtui history`, `latest` or `latest~1`".to_owned()
        })
    }
}

/// A moment on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// So long ago.
    Ago(SignedDuration),
    /// The beginning of a day in UTC.
    Day(Date),
}

impl Since {
    /// The moment; `None` of one that no calendar has.
    #[must_use]
    pub fn moment(self, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Ago(long) => now.checked_sub(long).ok(),
            Self::Day(day) => Some(day.to_zoned(TimeZone::UTC).ok()?.timestamp()),
        }
    }
}

impl FromStr for Since {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "a time is as `90min`, `12h`, `7d`, `2w` or `2026-11-01`".to_owned();
        if let Ok(day) = text.parse::<Date>() {
            return Ok(Self::Day(day));
        }
        let unit = text.trim_start_matches(|c: char| c.is_ascii_digit());
        let amount: i64 = text[..text.len() - unit.len()]
            .parse()
            .map_err(|_| wrong())?;
        let hours = match unit {
            "min" => return Ok(Self::Ago(SignedDuration::from_mins(amount.min(1 << 32)))),
            "h" => 1,
            "d" => 24,
            "w" => 24 * 7,
            _ => return Err(wrong()),
        };
        let hours = amount.min(1 << 32) * hours;
        Ok(Self::Ago(SignedDuration::from_hours(hours)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_ago_or_days() {
        let now: Timestamp = "2026-11-27T12:00:00Z".parse().unwrap();
        let moment = |text: &str| {
            let since = text.parse::<Since>().unwrap();
            since.moment(now).map(|moment| moment.to_string())
        };
        assert_eq!(moment("7d").as_deref(), Some("2026-11-20T12:00:00Z"));
        assert_eq!(moment("90min").as_deref(), Some("2026-11-27T10:30:00Z"));
        assert_eq!(moment("2w").as_deref(), Some("2026-11-13T12:00:00Z"));
        assert_eq!(
            moment("2026-11-01").as_deref(),
            Some("2026-11-01T00:00:00Z")
        );
        assert_eq!(moment("9999999999999w"), None);
        for wrong in ["", "7", "d", "-7d", "7 d", "2026-13-01", "7é"] {
            assert!(wrong.parse::<Since>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn builds_are_numbers_or_counted_from_the_newest() {
        assert_eq!("12".parse(), Ok(Build::Number(12)));
        assert_eq!("latest".parse(), Ok(Build::Latest(0)));
        assert_eq!("latest~3".parse(), Ok(Build::Latest(3)));
        for wrong in ["", "0", "-1", "latest~", "latest3", "newest"] {
            assert!(wrong.parse::<Build>().is_err(), "{wrong}");
        }
    }
}
