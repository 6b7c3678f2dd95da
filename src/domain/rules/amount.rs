//! Thresholds: numbers with units, kept as they were written.

use std::fmt;

use serde::Serialize;

use crate::domain::{ids::Bytes, text};

/// A number has so many decimals at most.
const DECIMALS: usize = 6;
/// And so many digits before them: a million million is more than anything that is measured.
const DIGITS: usize = 12;
const MILLION: u64 = 1_000_000;

/// In what something is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    /// Seconds.
    Seconds,
    /// Bytes.
    Bytes,
    /// How many.
    Count,
    /// A share of one.
    Share,
    /// How many times another value.
    Times,
}

impl Measure {
    /// A value for people.
    #[must_use]
    pub fn shown(self, value: f64) -> String {
        match self {
            Self::Seconds => format!("{value:.2} s"),
            Self::Bytes => text::bytes(Bytes(whole(value))),
            Self::Count => format!("{value:.0}"),
            Self::Share => format!("{:.1} %", value * 100.0),
            Self::Times => format!("{value:.2} times"),
        }
    }

    /// Every digit of a value, for one that lies so near to another that both look the same.
    #[must_use]
    pub fn exactly(self, value: f64) -> String {
        match self {
            Self::Seconds => format!("{value:.4} s"),
            Self::Bytes => format!("{value:.0} B"),
            Self::Count => format!("{value:.0}"),
            Self::Share => format!("{:.4} %", value * 100.0),
            Self::Times => format!("{value:.4} times"),
        }
    }

    /// What a threshold of it looks like.
    fn examples(self) -> &'static str {
        match self {
            Self::Seconds => "a time such as `20s`, `1.5m`, `300ms` or `1h`",
            Self::Bytes => "a size such as `30MB`, `878kB`, `1.5GB` or `30MiB`",
            Self::Share => "a share such as `90%`",
            Self::Count | Self::Times => "a number such as `4`",
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "bytes are whole, not negative, and fewer than 2^53"
)]
fn whole(value: f64) -> u64 {
    value.max(0.0) as u64
}

/// What stands behind a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// `ms`
    Milliseconds,
    /// `s`
    Seconds,
    /// `m`
    Minutes,
    /// `h`
    Hours,
    /// `B`
    Bytes,
    /// `kB`, 1000 bytes
    Kilobytes,
    /// `MB`
    Megabytes,
    /// `GB`
    Gigabytes,
    /// `KiB`, 1024 bytes
    Kibibytes,
    /// `MiB`
    Mebibytes,
    /// `GiB`
    Gibibytes,
    /// `%`
    Percent,
    /// Nothing.
    Bare,
}

impl Unit {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Milliseconds,
        Self::Seconds,
        Self::Minutes,
        Self::Hours,
        Self::Bytes,
        Self::Kilobytes,
        Self::Megabytes,
        Self::Gigabytes,
        Self::Kibibytes,
        Self::Mebibytes,
        Self::Gibibytes,
        Self::Percent,
        Self::Bare,
    ];

    /// As it is written.
    #[must_use]
    pub fn word(self) -> &'static str {
        self.entry().0
    }

    fn measure(self) -> Measure {
        self.entry().1
    }

    /// The word, what it measures, and how much of it one is.
    fn entry(self) -> (&'static str, Measure, f64) {
        match self {
            Self::Milliseconds => ("ms", Measure::Seconds, 0.001),
            Self::Seconds => ("s", Measure::Seconds, 1.0),
            Self::Minutes => ("m", Measure::Seconds, 60.0),
            Self::Hours => ("h", Measure::Seconds, 3600.0),
            Self::Bytes => ("B", Measure::Bytes, 1.0),
            Self::Kilobytes => ("kB", Measure::Bytes, 1e3),
            Self::Megabytes => ("MB", Measure::Bytes, 1e6),
            Self::Gigabytes => ("GB", Measure::Bytes, 1e9),
            Self::Kibibytes => ("KiB", Measure::Bytes, 1024.0),
            Self::Mebibytes => ("MiB", Measure::Bytes, 1024.0 * 1024.0),
            Self::Gibibytes => ("GiB", Measure::Bytes, 1024.0 * 1024.0 * 1024.0),
            Self::Percent => ("%", Measure::Share, 0.01),
            Self::Bare => ("", Measure::Count, 1.0),
        }
    }
}

/// A number with a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Amount {
    /// The number, in millionths, so that it is what was written to the last digit.
    millionths: u64,
    unit: Unit,
}

impl Amount {
    /// Reads a value of this kind. The fault comes with its place: how many characters stand
    /// before it.
    pub(super) fn parse(text: &str, measure: Measure) -> Result<Self, (usize, String)> {
        let of_number = |c: char| c.is_ascii_digit() || c == '.';
        let end = text.find(|c| !of_number(c)).unwrap_or(text.len());
        let (number, rest) = text.split_at(end);
        let millionths = millionths(number).ok_or_else(|| {
            let what = format!(
                "this is no number; the value is {}, with at most {DIGITS} digits and {DECIMALS} decimals",
                measure.examples()
            );
            (0, what)
        })?;
        let word = rest.trim_start();
        let before = number.len() + (rest.len() - word.len());
        let mut units = Unit::ALL.into_iter();
        let unit = units.find(|unit| unit.word() == word && unit.measure() == measure);
        let unit = unit.ok_or_else(|| {
            let written = if word.is_empty() {
                "a unit is missing".to_owned()
            } else {
                format!("`{}` is no unit for it", clean(word))
            };
            (
                before,
                format!("{written}; the value is {}", measure.examples()),
            )
        })?;
        Ok(Self { millionths, unit })
    }

    /// In seconds, bytes, or as a share of one.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "the digits that are lost are the 16th and later"
    )]
    pub fn value(self) -> f64 {
        let whole = (self.millionths / MILLION) as f64;
        let rest = (self.millionths % MILLION) as f64 / MILLION as f64;
        (whole + rest) * self.unit.entry().2
    }
}

/// `None` for what is no plain decimal number, or has too many digits.
fn millionths(number: &str) -> Option<u64> {
    let (whole, decimals) = number.split_once('.').unwrap_or((number, "0"));
    let plain = |digits: &str| !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit());
    if !plain(whole) || !plain(decimals) || whole.len() > DIGITS || decimals.len() > DECIMALS {
        return None;
    }
    let whole: u64 = whole.parse().ok()?;
    let decimals: u64 = format!("{decimals:0<DECIMALS$}").parse().ok()?;
    Some(whole * MILLION + decimals)
}

/// Foreign text, fit to be shown in a message.
pub(super) fn clean(text: &str) -> String {
    text::ellipsis(&text.escape_debug().to_string(), 60)
}

/// As it was written: `1.5m`.
impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, decimals) = (self.millionths / MILLION, self.millionths % MILLION);
        write!(f, "{whole}")?;
        if decimals > 0 {
            let decimals = format!("{decimals:0DECIMALS$}");
            write!(f, ".{}", decimals.trim_end_matches('0'))?;
        }
        f.write_str(self.unit.word())
    }
}
