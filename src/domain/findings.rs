//! What could be done better, from what this app's own builds cost.
//!
//! Nothing here is a rule of thumb: a finding names the builds it comes from, what they would have
//! saved, and a strategy of the list that does without. What was not seen in a build is not found,
//! and what is only inferred says from what.

mod arguments;
mod before;
mod costs;
mod elsewhere;
mod evidence;
mod files;
pub mod layers;
mod lto;
mod profile;
mod recipe;
#[cfg(test)]
mod tests;
mod told;

use std::collections::BTreeMap;

use serde::Serialize;

pub use self::{
    evidence::{Evidence, Known, Listed},
    profile::Profiles,
    told::told,
};
use super::{ids::Bytes, reason::Certainty};

/// Something that could be done better.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// What it is.
    pub kind: FindingKind,
    /// The strategy in whose builds it was seen.
    pub strategy: String,
    /// The kind of engine that built them.
    pub engine: String,
    /// What was seen, in a sentence.
    pub seen: String,
    /// How sure it is.
    #[serde(flatten)]
    pub certainty: Certainty,
    /// What to do.
    pub remedy: String,
    /// Seconds that the builds would have saved together; `None` where that is not known.
    pub seconds: Option<f64>,
    /// Bytes that each build would not have sent, or that the image would not hold; `None` where it
    /// is not about bytes.
    pub bytes: Option<Bytes>,
    /// Numbers of the builds in the history, the newest first.
    pub builds: Vec<i64>,
    /// A strategy of the list that does without; `None` where none is known to.
    pub avoided_by: Option<Avoided>,
}

/// What could be done better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingKind {
    /// Files are sent that change, and nothing that is built from them differs.
    UnusedFiles,
    /// An argument is declared before commands that do not use it.
    EarlyArgument,
    /// Dependencies were compiled again because the package's own description changed.
    BustedRecipe,
    /// Sources are copied before dependencies are compiled, which are compiled again at each edit.
    SourcesFirst,
    /// Link-time optimisation works on dependencies again at each edit.
    LinkTimeOptimisation,
    /// The image holds bytes that one of its own layers removes or replaces.
    HiddenBytes,
    /// Folders are sent that no build needs.
    NeedlessFolders,
}

/// A strategy that does without, and how that is known.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Avoided {
    /// Its id.
    pub strategy: String,
    /// How that is known.
    #[serde(flatten)]
    pub proof: Proof,
}

/// How it is known that a strategy does without.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "proof")]
pub enum Proof {
    /// This app was built by it, on the same kind of engine.
    Measured {
        /// What was seen, in words.
        said: String,
        /// Numbers of those builds in the history, the newest first.
        builds: Vec<i64>,
    },
    /// Its description says so, and nothing was measured here.
    Described {
        /// What the list says of it.
        said: String,
    },
}

/// The findings in these builds, the dearest first; those whose seconds are not known come behind.
/// `images` are the newest images whose layers could be looked at.
#[must_use]
pub fn findings(evidence: &Evidence<'_>, images: &[layers::Opened]) -> Vec<Finding> {
    let costs = costs::Costs::of(evidence);
    let mut all = Vec::new();
    for known in &evidence.builds {
        all.extend(files::unused(evidence, known));
        all.extend(arguments::early(evidence, known));
        all.extend(recipe::busted(evidence, known));
        all.extend(before::sources_first(evidence, known, &costs));
    }
    let mut all = united(all);
    all.extend(lto::again(&costs));
    all.extend(files::needless(evidence));
    all.extend(layers::hidden(images, evidence));
    all.sort_by(|one, two| {
        let seconds = |finding: &Finding| finding.seconds.unwrap_or(0.0);
        let by_bytes = two.bytes.cmp(&one.bytes);
        seconds(two).total_cmp(&seconds(one)).then(by_bytes)
    });
    all
}

/// The same in several builds is one finding: its seconds are theirs together, and are not known
/// where they are of none of them. What else is said is said of the newest.
fn united(each: Vec<Finding>) -> Vec<Finding> {
    let mut places: BTreeMap<(FindingKind, String, String, String), usize> = BTreeMap::new();
    let mut all: Vec<Finding> = Vec::new();
    for found in each {
        let (strategy, engine) = (found.strategy.clone(), found.engine.clone());
        let key = (found.kind, strategy, engine, found.seen.clone());
        let Some(place) = places.get(&key) else {
            places.insert(key, all.len());
            all.push(found);
            continue;
        };
        let known = &mut all[*place];
        known.seconds = match (known.seconds, found.seconds) {
            (Some(one), Some(two)) => Some(one + two),
            (one, two) => one.or(two),
        };
        known.builds.extend(found.builds);
    }
    all
}
