//! Arguments that are declared before commands that do not use them.

use super::{
    Avoided, Evidence, Finding, FindingKind, Known, Proof,
    elsewhere::described,
    evidence::names,
    told::{builds_words, command},
};
use crate::domain::{
    chain::{Chain, chains, members},
    reason::{Cause, Certainty},
    record::StepRecord,
    text,
};

/// What programs read from their environment without being told: their names begin like this.
const READ_UNTOLD: [&str; 18] = [
    "CARGO",
    "RUST",
    "CC",
    "CXX",
    "CFLAGS",
    "CPPFLAGS",
    "LDFLAGS",
    "LD_",
    "AR",
    "PATH",
    "PKG_CONFIG",
    "HTTP",
    "http",
    "HTTPS",
    "NO_PROXY",
    "OPENSSL",
    "DATABASE_URL",
    "SOURCE_DATE_EPOCH",
];

/// A new value of an argument made a command run that does not name it.
pub(super) fn early(evidence: &Evidence<'_>, known: &Known<'_>) -> Vec<Finding> {
    let found = chains(&known.past.record).into_iter().filter_map(|chain| {
        let Cause::Argument { name, .. } = &chain.reason.cause else {
            return None;
        };
        finding(evidence, known, &chain, name)
    });
    found.collect()
}

fn finding(
    evidence: &Evidence<'_>,
    known: &Known<'_>,
    chain: &Chain<'_>,
    name: &str,
) -> Option<Finding> {
    let record = &known.past.record;
    let text = &chain.at.instruction;
    if !text.starts_with("RUN ") || uses(text, name) || is_read_untold(name) {
        return None;
    }
    // The sources of a program may ask for it while it is compiled.
    let sources = evidence.sources(known).unwrap_or_default();
    if sources.iter().any(|(_, text)| names(text, name)) {
        return None;
    }
    // Another argument changed too.
    if evidence.has_own_change(known, chain, chain.place, Some(name)) {
        return None;
    }
    let members = members(record, chain.place);
    let mut steps = members.iter().map(|(_, step)| *step);
    let is_user =
        |step: &&StepRecord| step.stage == chain.at.stage && uses(&step.instruction, name);
    let user = steps.find(is_user);
    let only_by = evidence.only_by(known, chain, Some(name)).into_iter();
    let before = only_by.take_while(|step| !is_user(step));
    let seconds = before.filter_map(|step| step.seconds).sum();
    let seen = format!(
        "ARG {name} stands before `{}`, which does not name it and ran again for another value",
        command(text)
    );
    let remedy = remedy(name, user);
    let mut finding = known.finding(FindingKind::EarlyArgument, seen, remedy);
    finding.certainty = Certainty::Likely {
        because: "a program that it starts could still read it from its environment".into(),
    };
    finding.seconds = Some(seconds);
    finding.avoided_by = avoided(evidence, known, name, seconds);
    Some(finding)
}

/// Whether an instruction names it. What stands in a heredoc is not known here.
fn uses(instruction: &str, name: &str) -> bool {
    names(instruction, name) || instruction.contains("<<")
}

fn is_read_untold(name: &str) -> bool {
    READ_UNTOLD.iter().any(|begin| name.starts_with(begin))
}

fn remedy(name: &str, first_user: Option<&StepRecord>) -> String {
    match first_user {
        Some(step) => format!(
            "move ARG {name} down to just above `{}`",
            command(&step.instruction)
        ),
        None => format!(
            "move ARG {name} to the end of its stage: none of the steps that ran again names it"
        ),
    }
}

/// A strategy by which another value of the same argument cost less, else one that declares it just
/// above a command that names it.
fn avoided(
    evidence: &Evidence<'_>,
    known: &Known<'_>,
    name: &str,
    seconds: f64,
) -> Option<Avoided> {
    let own = &known.past.record;
    let costs = evidence.builds.iter().filter_map(|other| {
        let record = &other.past.record;
        let is_other = record.strategy != own.strategy
            && record.engine.kind == own.engine.kind
            && record.counts();
        let chains = if is_other { chains(record) } else { Vec::new() };
        let of_it = chains.into_iter().filter(|chain| {
            matches!(&chain.reason.cause, Cause::Argument { name: other, .. } if other == name)
        });
        let of_it: Vec<f64> = of_it.map(|chain| chain.took_s).collect();
        (!of_it.is_empty()).then(|| (of_it.iter().sum::<f64>(), other))
    });
    let least = costs.min_by(|one, two| one.0.total_cmp(&two.0));
    let measured = least
        .filter(|(cost, _)| *cost < seconds)
        .map(|(cost, other)| Avoided {
            strategy: other.past.record.strategy.clone(),
            proof: Proof::Measured {
                said: format!(
                    "another value of it cost {}, in {}",
                    text::seconds_of(cost),
                    builds_words(&[other.past.id])
                ),
                builds: vec![other.past.id],
            },
        });
    measured.or_else(|| {
        described(evidence, &own.strategy, |listed| {
            let mut stages = listed.stages.iter();
            stages.any(|stage| {
                let declared = stage
                    .instructions
                    .iter()
                    .position(|text| text.starts_with("ARG ") && names(text, name));
                let behind = declared.map_or(&[][..], |at| &stage.instructions[at + 1..]);
                let next = behind.iter().find(|text| !text.starts_with("ARG "));
                next.is_some_and(|next| names(next, name))
            })
        })
    })
}
