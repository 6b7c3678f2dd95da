//! Link-time optimisation, which works on dependencies again at each edit, wherever they are kept.

use std::collections::BTreeMap;

use super::{
    Avoided, Finding, FindingKind, Proof,
    before::quickest,
    costs::{Costs, Edited, Keeping, NOTABLY, median},
    profile::{Lto, Profile},
    told::{builds_words, command},
};
use crate::domain::{reason::Certainty, text};

/// One strategy's edits by one profile.
type Group<'e, 'a> = BTreeMap<(&'e str, &'e str, &'e Profile), Vec<&'e Edited<'a>>>;

/// Edits with link-time optimisation that took longer than those without, where dependencies were
/// kept in the same way.
pub(super) fn again(costs: &Costs<'_>) -> Vec<Finding> {
    let mut groups: Group<'_, '_> = BTreeMap::new();
    for one in costs.all() {
        if let (Some(profile), Keeping::Layers | Keeping::Mounts) = (&one.profile, one.keeping) {
            let record = one.record();
            let key = (
                record.engine.kind.as_str(),
                record.strategy.as_str(),
                profile,
            );
            groups.entry(key).or_default().push(one);
        }
    }
    let with = groups
        .iter()
        .filter(|((_, _, profile), _)| profile.lto() == Some(Lto::On));
    let found = with.filter_map(|(_, slow)| finding(costs, slow));
    found.collect()
}

fn finding(costs: &Costs<'_>, slow: &[&Edited<'_>]) -> Option<Finding> {
    let newest = slow.first()?;
    let profile = newest.profile.as_ref()?;
    let (quick, others) = without(costs, newest, profile)?;
    let (long, short) = (median(slow)?, median(&quick)?);
    if long < NOTABLY * short {
        return None;
    }
    let strategy = quick.first()?.record().strategy.clone();
    let numbers: Vec<i64> = quick.iter().map(|one| one.known.past.id).collect();
    let said = format!(
        "after an edit its steps ran for {}, in {}",
        text::seconds_of(short),
        builds_words(&numbers)
    );
    let besides = if others.is_empty() {
        String::new()
    } else {
        format!("; their profiles differ in {} too", others.join(", "))
    };
    let because = format!(
        "after an edit its steps ran for {}, and for {} without it by {strategy}, which keeps dependencies in the same way{besides}",
        text::seconds_of(long),
        text::seconds_of(short),
    );
    let compile = command(&newest.chain.dearest.instruction);
    let seen = format!(
        "link-time optimisation (lto = {}) works on all dependencies again at each edit, in `{compile}`",
        profile.settings.get("lto").map_or("fat", String::as_str)
    );
    let remedy = "build without it while you edit (CARGO_PROFILE_RELEASE_LTO=off, in all steps that compile), and with it what is released".to_owned();
    let mut found = newest
        .known
        .finding(FindingKind::LinkTimeOptimisation, seen, remedy);
    found.certainty = Certainty::Likely { because };
    found.seconds = Some(
        slow.iter()
            .map(|one| one.seconds - short)
            .sum::<f64>()
            .max(0.0),
    );
    found.builds = slow.iter().map(|one| one.known.past.id).collect();
    found.avoided_by = Some(Avoided {
        strategy,
        proof: Proof::Measured {
            said,
            builds: numbers,
        },
    });
    Some(found)
}

/// The edits without link-time optimisation that are nearest otherwise: on the same kind of engine,
/// with dependencies kept in the same way, by the profile that differs in the fewest other settings,
/// which are told; of several strategies the quickest.
fn without<'e, 'a>(
    costs: &'e Costs<'a>,
    slow: &Edited<'_>,
    profile: &Profile,
) -> Option<(Vec<&'e Edited<'a>>, Vec<String>)> {
    let others = |one: &Edited<'_>| Some(profile.others(one.profile.as_ref()?));
    let is_near = |one: &&Edited<'_>| {
        let other = one.profile.as_ref();
        let is_off =
            other.is_some_and(|other| other.lto() == Some(Lto::Off) && other.name == profile.name);
        let is_same_engine = one.record().engine.kind == slow.record().engine.kind;
        is_off && is_same_engine && one.keeping == slow.keeping
    };
    let near: Vec<&Edited<'a>> = costs.all().iter().filter(is_near).collect();
    let fewest = near
        .iter()
        .filter_map(|one| others(one))
        .min_by_key(Vec::len)?;
    let nearest = near
        .into_iter()
        .filter(|one| others(one).as_ref() == Some(&fewest));
    let nearest: Vec<&Edited<'a>> = nearest.collect();
    let (_, quick) = quickest(&nearest)?;
    Some((quick, fewest))
}
