//! What the command line and `imgtui.toml` say of a benchmark: scenarios, shares, times.

use std::{fmt, str::FromStr, time::Duration};

use serde::{Serialize, Serializer};

use super::Prior;

/// How well each median is to be known, unless something else is said.
pub const UNTIL: Percent = Percent(5.0);
/// How long that may take, unless something else is said.
pub const BUDGET: Budget = Budget(Duration::from_secs(20 * 60));
/// How long a busy machine is waited for before a run, unless something else is said.
pub const PATIENCE: Patience = Patience(Duration::from_secs(15));

/// Words of scenarios with commas between them, or `all`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scenarios(pub Vec<Prior>);

impl FromStr for Scenarios {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "all" {
            return Ok(Self(Prior::ALL.to_vec()));
        }
        let mut priors: Vec<Prior> = text
            .split(',')
            .map(|word| word.trim().parse())
            .collect::<Result<_, _>>()?;
        priors.sort_unstable();
        priors.dedup();
        Ok(Self(priors))
    }
}

/// A share: `3%`, or `3`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Percent(pub f64);

// Only finite numbers are parsed.
impl Eq for Percent {}

impl Percent {
    /// As a share of one.
    #[must_use]
    pub fn share(self) -> f64 {
        self.0 / 100.0
    }
}

impl FromStr for Percent {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = text.trim().trim_end_matches('%').trim_end().parse::<f64>();
        match number {
            Ok(number) if number.is_finite() && (0.0..=1000.0).contains(&number) => {
                Ok(Self(number))
            }
            _ => Err("a share is a number with a percent sign behind it, as `3%`".to_owned()),
        }
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", self.0)
    }
}

impl Serialize for Percent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A time: `90s`, `20m` or `1h`; a bare number is minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget(pub Duration);

impl FromStr for Budget {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let time = time(text).filter(|time| !time.is_zero());
        time.map(Self).ok_or_else(no_time)
    }
}

/// A time that may be none at all: `15s`, `0s`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience(pub Duration);

impl FromStr for Patience {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        time(text).map(Self).ok_or_else(no_time)
    }
}

impl fmt::Display for Patience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}s", self.0.as_secs())
    }
}

fn no_time() -> String {
    "a time is a whole number with s, m or h behind it, as `20m`".to_owned()
}

/// A bare number is minutes.
fn time(text: &str) -> Option<Duration> {
    let text = text.trim();
    let units = [('s', 1), ('m', 60), ('h', 3600)];
    let unit = units
        .iter()
        .find_map(|(unit, seconds)| Some((text.strip_suffix(*unit)?, *seconds)));
    let (number, seconds) = unit.unwrap_or((text, 60));
    let number: u32 = number.parse().ok()?;
    Some(Duration::from_secs(u64::from(number) * seconds))
}

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}s", self.0.as_secs())
    }
}

impl Serialize for Budget {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scenarios_are_words_with_commas() {
        let parse = |text: &str| text.parse::<Scenarios>();
        assert_eq!(
            parse("source,touch, source").unwrap().0,
            [Prior::Touch, Prior::Source]
        );
        assert_eq!(parse("all").unwrap().0, Prior::ALL);
        assert!(parse("source,none").unwrap_err().contains("`none`"));
    }

    #[test]
    fn shares_and_times_have_units() {
        assert_eq!("3%".parse(), Ok(Percent(3.0)));
        assert_eq!("2.5".parse(), Ok(Percent(2.5)));
        assert_eq!(Percent(2.5).to_string(), "2.5%");
        assert!("-1%".parse::<Percent>().is_err());
        assert!("x%".parse::<Percent>().unwrap_err().contains("`3%`"));
        assert_eq!("20m".parse(), Ok(Budget(Duration::from_secs(1200))));
        assert_eq!("5".parse(), Ok(Budget(Duration::from_secs(300))));
        assert_eq!("1h".parse(), Ok(Budget(Duration::from_secs(3600))));
        assert_eq!("0s".parse(), Ok(Patience(Duration::ZERO)));
        for wrong in ["0m", "m", "1.5h", "20 m", ""] {
            assert!(wrong.parse::<Budget>().is_err(), "{wrong}");
        }
    }
}
