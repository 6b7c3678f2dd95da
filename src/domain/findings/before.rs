//! Sources that are copied before dependencies are compiled.

use super::{
    Avoided, Evidence, Finding, FindingKind, Known, Proof,
    costs::{Costs, Edited, Keeping, NOTABLY, compiles, cooks, first_time, median, mounts_results},
    elsewhere::described,
    told::{builds_words, command},
};
use crate::domain::{reason::Certainty, text};

/// After an edit the command took at least this share of its first time: it did nearly the same.
const NEARLY_THE_SAME: f64 = 0.6;

/// An edit of sources made cargo compile everything, where that is what the build's steps and its
/// times say, and there are dependencies.
pub(super) fn sources_first(
    evidence: &Evidence<'_>,
    known: &Known<'_>,
    costs: &Costs<'_>,
) -> Option<Finding> {
    let edited = costs.at(known)?;
    let copy = &edited.chain.at.instruction;
    let copies = ["COPY ", "ADD "].iter().any(|word| copy.starts_with(word));
    if edited.keeping != Keeping::Nothing || !copies {
        return None;
    }
    // A new program or example among the sources makes another recipe: that is not its place's fault.
    let mut steps = edited.record().steps.iter();
    let stage = &edited.chain.at.stage;
    if steps.any(|step| cooks(&step.instruction) && step.stage != *stage) {
        return None;
    }
    let locked = evidence.locked(known);
    if locked.as_ref().is_some_and(|locked| locked.foreign == 0) {
        return None;
    }
    let now = edited.chain.dearest.seconds?;
    let (first, number) = first_time(evidence, edited)?;
    if now < NEARLY_THE_SAME * first {
        return None;
    }
    let because = format!(
        "no step before it compiles dependencies alone and no cache of results is mounted, and it took {} after the edit, {} at first (build {number}){}",
        text::seconds_of(now),
        text::seconds_of(first),
        locked.map_or_else(String::new, |locked| crates(locked.foreign)),
    );
    let compile = command(&edited.chain.dearest.instruction);
    let copy = command(copy);
    let seen = format!(
        "`{copy}` brings the sources before the dependencies are compiled, so each edit of a source made `{compile}` compile them again"
    );
    let remedy = format!(
        "compile the dependencies in a step above `{copy}` (cargo-chef), or mount a cache at cargo's target folder"
    );
    let own = own_median(costs, edited)?;
    let best = best(costs, edited);
    // The same work in both, as far as the machine lets that be seen.
    let is_as_long = |best: &Best| best.is_same_profile && own < NOTABLY * best.seconds;
    if best.as_ref().is_some_and(is_as_long) {
        return None;
    }
    let saved = best.as_ref().filter(|best| best.is_same_profile);
    let saved = saved.map(|best| edited.seconds - best.seconds);
    let mut finding = known.finding(FindingKind::SourcesFirst, seen, remedy);
    finding.certainty = Certainty::Likely { because };
    finding.seconds = saved;
    // By another profile cargo may do more, which says nothing.
    let best = best.filter(|best| best.seconds < own);
    finding.avoided_by = best.map(|best| best.avoided).or_else(|| {
        described(evidence, &finding.strategy, |listed| {
            let mut texts = listed.stages.iter().flat_map(|stage| &stage.instructions);
            texts.any(|text| cooks(text) || compiles(text) && mounts_results(text))
        })
    });
    Some(finding)
}

fn crates(foreign: usize) -> String {
    let word = if foreign == 1 { "crate" } else { "crates" };
    format!("; Cargo.lock names {foreign} {word} of others")
}

/// The middle of what edits cost by the same strategy, profile and kind of engine.
fn own_median(costs: &Costs<'_>, edited: &Edited<'_>) -> Option<f64> {
    let is_alike = |other: &&Edited<'_>| {
        let (one, two) = (edited.record(), other.record());
        one.strategy == two.strategy
            && one.engine.kind == two.engine.kind
            && edited.profile == other.profile
            && edited.keeping == other.keeping
    };
    let alike: Vec<&Edited<'_>> = costs.all().iter().filter(is_alike).collect();
    median(&alike)
}

/// The best strategy under the same kind of change.
struct Best {
    avoided: Avoided,
    seconds: f64,
    is_same_profile: bool,
}

/// The strategy with the shortest edit of those that keep dependencies, on the same kind of engine:
/// one of the same profile, else one of any.
fn best(costs: &Costs<'_>, edited: &Edited<'_>) -> Option<Best> {
    let kept = costs.all().iter().filter(|other| {
        let is_same_engine = other.record().engine.kind == edited.record().engine.kind;
        let keeps = matches!(other.keeping, Keeping::Layers | Keeping::Mounts);
        is_same_engine && keeps && other.record().strategy != edited.record().strategy
    });
    let kept: Vec<&Edited<'_>> = kept.collect();
    let is_same =
        |other: &&&Edited<'_>| edited.profile.is_some() && other.profile == edited.profile;
    let same: Vec<&Edited<'_>> = kept.iter().filter(is_same).copied().collect();
    let is_same_profile = !same.is_empty();
    let of = if is_same_profile { same } else { kept };
    let (strategy, builds) = quickest(&of)?;
    let seconds = median(&builds)?;
    let profile = if is_same_profile {
        ""
    } else {
        ", by another profile"
    };
    let numbers: Vec<i64> = builds.iter().map(|one| one.known.past.id).collect();
    let said = format!(
        "after an edit its steps ran for {}{profile}, in {}",
        text::seconds_of(seconds),
        builds_words(&numbers),
    );
    Some(Best {
        avoided: Avoided {
            strategy: strategy.to_owned(),
            proof: Proof::Measured {
                said,
                builds: numbers,
            },
        },
        seconds,
        is_same_profile,
    })
}

/// The strategy whose edits cost least, with its builds.
pub(super) fn quickest<'e, 'a>(of: &[&'e Edited<'a>]) -> Option<(&'e str, Vec<&'e Edited<'a>>)> {
    let mut names: Vec<&str> = of
        .iter()
        .map(|one| one.record().strategy.as_str())
        .collect();
    names.sort_unstable();
    names.dedup();
    let groups = names.into_iter().map(|name| {
        let builds = of.iter().filter(|one| one.record().strategy == name);
        (name, builds.copied().collect::<Vec<_>>())
    });
    groups.min_by(|(_, one), (_, two)| {
        let seconds = |builds: &[&Edited<'_>]| median(builds).unwrap_or(f64::INFINITY);
        seconds(one).total_cmp(&seconds(two))
    })
}
