//! Crates that cargo compiled in a step, and those of which it had a result already.
//!
//! All of it is what cargo says in the step's output ([`CargoOutput`]). Without `--verbose` it
//! names only what it compiles: the others are not counted then, and not guessed. `Cargo.lock`
//! does not tell either, it also holds what other platforms and tests need.

mod output;

use std::{cmp::Reverse, fmt};

use serde::{Deserialize, Serialize};

pub use self::output::{CargoOutput, LEFT_OUT, LOOK_VARIABLES};
use super::text;

/// So many crates are listed with cargo's reason.
const LISTED: usize = 20;
/// So many of those without an earlier result are named.
const NAMED: usize = 5;

/// What cargo did in one step.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Crates {
    /// Packages that the compiler worked on (`Compiling`, `Checking`), each version once.
    pub compiled: usize,
    /// Packages that needed no work (`Fresh`); `None` where cargo was not told to say so, or the
    /// engine left output out.
    #[serde(default)]
    pub fresh: Option<usize>,
    /// Those compiled, in cargo's order; empty where cargo was not told to say why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub looked_at: Vec<CompiledCrate>,
}

/// A crate that was compiled, with cargo's reason.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CompiledCrate {
    /// `serde v1.0.228`.
    pub name: String,
    /// Why an earlier result was not good enough, in cargo's words; `None` where there was none.
    pub dirty: Option<String>,
    /// Seconds from the beginning to the end of its units (library, program, build script and its
    /// run), added up, by cargo's own clock; `None` where this cargo does not tell.
    pub seconds: Option<f64>,
}

/// `2 crates compiled, 63 fresh`
impl fmt::Display for Crates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.compiled {
            0 => f.write_str("no crate compiled")?,
            1 => f.write_str("1 crate compiled")?,
            many => write!(f, "{many} crates compiled")?,
        }
        self.fresh
            .map_or(Ok(()), |fresh| write!(f, ", {fresh} fresh"))
    }
}

impl Crates {
    /// A line for each crate that cargo gave a reason for, and one for the others; none where
    /// cargo was not told to say why.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let (dirty, mut new): (Vec<_>, Vec<_>) =
            self.looked_at.iter().partition(|one| one.dirty.is_some());
        let mut lines: Vec<String> = dirty.iter().take(LISTED).map(ToString::to_string).collect();
        if dirty.len() > LISTED {
            lines.push(format!("and {} more", dirty.len() - LISTED));
        }
        if !new.is_empty() {
            let length = |one: &CompiledCrate| {
                one.seconds
                    .and_then(|s| std::time::Duration::try_from_secs_f64(s).ok())
            };
            new.sort_by_key(|one| Reverse(length(one)));
            let named: Vec<String> = new.iter().take(NAMED).map(ToString::to_string).collect();
            let more = match new.len().saturating_sub(NAMED) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            lines.push(format!("no earlier result of {}{more}", named.join(", ")));
        }
        lines
    }
}

/// ``dep v0.1.0 (0.42 s): the file `dep/src/lib.rs` has changed``
impl fmt::Display for CompiledCrate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        if let Some(seconds) = self.seconds {
            write!(f, " ({})", text::seconds_of(seconds))?;
        }
        self.dirty
            .as_ref()
            .map_or(Ok(()), |dirty| write!(f, ": {dirty}"))
    }
}

#[cfg(test)]
mod tests;
