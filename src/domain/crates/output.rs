//! Reads cargo's own lines off a step's output, as they come.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    hash::{DefaultHasher, Hash, Hasher},
    time::Duration,
};

use super::{CompiledCrate, Crates};

/// What makes cargo say more, for one look: names the fresh, says why others are dirty, and tells
/// by its clock when the work on each unit begins and ends. The last is cargo's own log and no
/// promised format: where a cargo writes it in another way, times are not known.
pub const LOOK_VARIABLES: [(&str, &str); 2] = [
    ("CARGO_TERM_VERBOSE", "true"),
    ("CARGO_LOG", "cargo::core::compiler::job_queue=debug"),
];

/// How a line begins that says that docker keeps no more of a step's output.
pub const LEFT_OUT: &str = "… docker leaves output of this step out from here on";

/// Names and units beyond these are not kept: no build has so many.
const MOST: usize = 10_000;

/// What cargo said in a step so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CargoOutput {
    has_spoken: bool,
    is_verbose: bool,
    is_clipped: bool,
    /// Name → which it was of those compiled.
    compiled: BTreeMap<String, usize>,
    fresh: BTreeSet<String>,
    /// Name → cargo's reason.
    dirty: BTreeMap<String, String>,
    /// Name → time of all its units.
    times: BTreeMap<String, Duration>,
    /// Units that have begun: the time up to which they are counted.
    units: BTreeMap<u64, Duration>,
}

impl CargoOutput {
    /// Takes a line in, sanitized; colours do not matter. Lines that are not cargo's are passed
    /// over.
    pub fn read(&mut self, line: &str) {
        let line = without_colours(line);
        if line.starts_with(LEFT_OUT) {
            self.is_clipped = true;
        } else if let Some((word, rest)) = status(&line) {
            self.status(word, rest);
        } else if let Some(moment) = Moment::read(&line) {
            self.moment(&moment);
        }
    }

    /// What it comes to; `None` where cargo said nothing.
    #[must_use]
    pub fn crates(&self) -> Option<Crates> {
        if !self.has_spoken {
            return None;
        }
        // A later command of the same step finds fresh what an earlier one compiled.
        let fresh = self.fresh.iter();
        let fresh = fresh.filter(|name| !self.compiled.contains_key(*name));
        let is_told = self.is_verbose && !self.is_clipped;
        Some(Crates {
            compiled: self.compiled.len(),
            fresh: is_told.then(|| fresh.count()),
            looked_at: if self.is_verbose {
                self.looked_at()
            } else {
                Vec::new()
            },
        })
    }

    fn looked_at(&self) -> Vec<CompiledCrate> {
        let mut names: Vec<(&String, usize)> =
            self.compiled.iter().map(|(name, at)| (name, *at)).collect();
        names.sort_unstable_by_key(|(_, at)| *at);
        let looked_at = names.into_iter().map(|(name, _)| CompiledCrate {
            name: name.clone(),
            dirty: self.dirty.get(name).cloned(),
            seconds: self.times.get(name).map(Duration::as_secs_f64),
        });
        looked_at.collect()
    }

    fn status(&mut self, word: &str, rest: &str) {
        match word {
            "Finished" => self.has_spoken = true,
            // The compiler's command line; a program that is run is told without `--verbose` too.
            "Running" => {
                self.is_verbose |= rest.starts_with('`') && rest.contains(" --crate-name ");
            }
            _ => {
                if let Some((name, rest)) = package(rest) {
                    self.package(word, name, rest);
                }
            }
        }
    }

    fn package(&mut self, word: &str, name: &str, rest: &str) {
        match word {
            "Compiling" | "Checking" => {
                self.has_spoken = true;
                let place = self.compiled.len();
                if place < MOST {
                    self.compiled.entry(name.to_owned()).or_insert(place);
                }
            }
            "Fresh" => {
                self.has_spoken = true;
                self.is_verbose = true;
                if self.fresh.len() < MOST {
                    self.fresh.insert(name.to_owned());
                }
            }
            "Dirty" => {
                self.is_verbose = true;
                if let Some(reason) = reason(rest)
                    && self.dirty.len() < MOST
                {
                    self.dirty.insert(name.to_owned(), reason.to_owned());
                }
            }
            _ => {}
        }
    }

    fn moment(&mut self, moment: &Moment<'_>) {
        if moment.is_start {
            if self.units.len() < MOST {
                self.units.insert(moment.unit, moment.at);
            }
            return;
        }
        // A library ends twice: when others may begin, and altogether.
        if let Some(counted) = self.units.get_mut(&moment.unit) {
            let took = moment.at.saturating_sub(*counted);
            *counted = moment.at;
            *self.times.entry(moment.package()).or_default() += took;
        }
    }
}

/// Cargo's shell writes a word at the end of twelve columns, a blank, and what it is about
/// (cargo 1.95, `core/shell.rs`):
/// `   Compiling dep v0.1.0 (/app/dep)`
/// `       Fresh serde v1.0.228`
/// `    Finished `release` profile [optimized] target(s) in 14.21s`
fn status(line: &str) -> Option<(&str, &str)> {
    let rest = line.get(12..)?.strip_prefix(' ')?;
    let word = line.get(..12)?.trim_start();
    let is_word = word.starts_with(|first: char| first.is_ascii_uppercase());
    is_word.then_some((word, rest))
}

/// `dep v0.1.0` of `dep v0.1.0 (/app/dep): …`, and what follows it.
fn package(text: &str) -> Option<(&str, &str)> {
    let (_, version) = text.split_once(" v")?;
    let version = version.split([' ', ':']).next()?;
    let is_version = version.starts_with(|first: char| first.is_ascii_digit());
    let end = text.find(" v")? + " v".len() + version.len();
    is_version.then(|| text.split_at(end))
}

/// Of ` (/app/dep): the file `dep/src/lib.rs` has changed (1795777829.2s, 2s after last build at
/// 1795777827.8s)` what people want to read: where a crate lies is plain, and so are the moments.
fn reason(rest: &str) -> Option<&str> {
    let (_, reason) = rest.split_once(": ")?;
    let moments = reason
        .find(" has changed (")
        .filter(|_| reason.ends_with(')'));
    Some(moments.map_or(reason, |at| &reason[..at + " has changed".len()]))
}

/// The work on a unit begins, or ends.
struct Moment<'a> {
    /// Since cargo began.
    at: Duration,
    is_start: bool,
    /// What tells this unit from others.
    unit: u64,
    /// `PackageId { name: "dep", version: "0.1.0", … }`
    text: &'a str,
}

impl<'a> Moment<'a> {
    /// Of cargo 1.95, with `…` for what is left out:
    /// `   0.021166s DEBUG execute: cargo::core::compiler::job_queue: start 0: Unit { pkg: Package { id: PackageId { name: "dep", version: "0.1.0", … } … }`
    /// `   0.029798s DEBUG execute: cargo::core::compiler::job_queue: end (Unit { … }): Ok(())`
    fn read(line: &'a str) -> Option<Self> {
        let (before, message) = line.split_once("::job_queue: ")?;
        let at = before.trim_start().split_once("s ")?.0.parse().ok()?;
        let is_start = message.starts_with("start ");
        let text = &message[message.find("Unit {")?..];
        let unit = text[..=text.rfind('}')?].to_owned();
        let mut hasher = DefaultHasher::new();
        unit.hash(&mut hasher);
        Some(Self {
            at: Duration::try_from_secs_f64(at).ok()?,
            is_start,
            unit: hasher.finish(),
            text,
        })
    }

    fn package(&self) -> String {
        let field = |key: &str| {
            let (_, value) = self.text.split_once(key)?;
            Some(value.split_once('"')?.0)
        };
        let name = field("name: \"").unwrap_or_default();
        let version = field("version: \"").unwrap_or_default();
        format!("{name} v{version}")
    }
}

/// A sanitized line has no other sequences.
fn without_colours(line: &str) -> Cow<'_, str> {
    if !line.contains('\u{1b}') {
        return Cow::Borrowed(line);
    }
    let mut pieces = line.split('\u{1b}');
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        text += piece.split_once('m').map_or("", |(_, rest)| rest);
    }
    Cow::Owned(text)
}
