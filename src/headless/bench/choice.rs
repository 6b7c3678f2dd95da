//! What the command line says of a benchmark, and `imgtui.toml` where it says nothing.

use std::path::Path;

use crate::{
    catalog::app::FILE_NAME,
    cli::{BenchArguments, RuleArguments},
    domain::{
        bench::{BUDGET, Enough, Plan, Prior, UNTIL},
        ids::StrategyId,
        rules::{Against, Gate, Rule},
        settings::{BenchSettings, Known},
    },
    store::exported,
};

/// What is measured, where something was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Choice {
    /// Empty for the article's rows.
    pub(super) ids: Vec<StrategyId>,
    pub(super) scenarios: Option<Vec<Prior>>,
}

impl Choice {
    pub(super) fn of(arguments: &BenchArguments, settings: &BenchSettings) -> Self {
        let given = arguments.ids.iter().map(|id| StrategyId(id.clone()));
        let listed = settings.strategies.iter().map(|id| id.value.clone());
        let of_file = (!settings.scenarios.is_empty()).then(|| settings.scenarios.clone());
        let named = arguments.scenarios.as_ref().map(|named| named.0.clone());
        Self {
            ids: if arguments.ids.is_empty() {
                listed.collect()
            } else {
                given.collect()
            },
            scenarios: named.or(of_file),
        }
    }
}

/// A number of rounds that the command line gives wins, and so does a width or time of it over the
/// file's number of rounds.
pub(super) fn enough(arguments: &BenchArguments, settings: &BenchSettings, gate: Gate) -> Enough {
    let is_adaptive = arguments.until.is_some() || arguments.budget.is_some();
    let of_file = settings.rounds.filter(|_| !is_adaptive);
    let enough = match arguments.rounds.or(of_file) {
        Some(rounds) => Enough::exactly(rounds),
        None => Enough::within(
            arguments.until.or(settings.until).unwrap_or(UNTIL).share(),
            arguments.budget.or(settings.budget).unwrap_or(BUDGET).0,
        ),
    };
    Enough { gate, ..enough }
}

/// The rules of a benchmark.
///
/// # Errors
/// Of a rule that is about nothing of the plan, and of a file that cannot be compared with: in
/// words.
pub(super) fn gate(
    arguments: &RuleArguments,
    settings: &BenchSettings,
    plan: &Plan,
) -> Result<Gate, String> {
    for rule in &arguments.fail_if {
        check(rule, plan)?;
    }
    let of_file = settings.fail_if.iter().map(|rule| rule.value.clone());
    let rules = if arguments.fail_if.is_empty() {
        of_file.collect()
    } else {
        arguments.fail_if.clone()
    };
    let mut gate = Gate {
        rules,
        ..Gate::default()
    };
    let of_file = settings.max_regress.as_ref().map(|limit| limit.value);
    let limit = arguments.max_regress.or(of_file);
    let against = |path: &Path| {
        exported::read(path).map(|earlier| Against {
            earlier,
            limit,
            takes_unlike: arguments.other_machine,
        })
    };
    match (&arguments.against, &settings.against) {
        (Some(path), _) => {
            let read = against(path).map_err(|error| format!("--against {error}"))?;
            gate.against = Some(read);
        }
        (None, Some(Known { value, origin })) => match against(value) {
            Ok(read) => gate.against = Some(read),
            // A file of CI is not on every machine, and not there before the first time.
            Err(error) if error.is_missing() => {
                gate.alone = limit.map(|limit| (limit, format!("there is no {}", value.display())));
            }
            Err(error) => {
                let line = origin.line().unwrap_or(1);
                return Err(format!("{FILE_NAME}:{line}: `against`: {error}"));
            }
        },
        (None, None) if arguments.max_regress.is_some() => {
            return Err("--max-regress needs something to compare with: --against FILE".to_owned());
        }
        (None, None) => {
            let why = "there is nothing to compare with: `--against FILE`".to_owned();
            gate.alone = limit.map(|limit| (limit, why));
        }
    }
    Ok(gate)
}

/// Whoever writes a rule wants it judged.
fn check(rule: &Rule, plan: &Plan) -> Result<(), String> {
    let is_measured = |id: &StrategyId| plan.strategies.contains(id);
    if let Some(id) = rule.strategy.as_ref().filter(|id| !is_measured(id)) {
        let ids: Vec<&str> = plan.strategies.iter().map(|id| id.0.as_str()).collect();
        return Err(format!(
            "--fail-if `{rule}`: `{id}` is not measured; these are: {}",
            ids.join(", ")
        ));
    }
    let is_made = |prior: &Prior| plan.priors.contains(prior);
    if let Some(prior) = rule.scenario.filter(|prior| !is_made(prior)) {
        let words: Vec<&str> = plan.priors.iter().map(|prior| prior.word()).collect();
        return Err(format!(
            "--fail-if `{rule}`: the scenario `{prior}` is not measured; these are: {} (see --scenarios)",
            words.join(", ")
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
