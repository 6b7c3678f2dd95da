//! A rule's text.

use std::str::FromStr;

use super::{Amount, Comparison, Metric, Rule, amount::clean};
use crate::domain::{bench::Prior, ids::StrategyId};

/// Another word for [`Prior::Source`]: that of `--edit` and of the screen's key.
const EDIT: &str = "edit";
/// Figures that the tables show and no rule can be about.
const NOT_JUDGED: [&str; 5] = ["mean", "min", "max", "sigma", "stddev"];

/// What is wrong with a rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{written}`, character {at}: {what}")]
pub struct RuleFault {
    /// The rule, fit to be shown.
    pub written: String,
    /// The character at which it is not understood, from 1.
    pub at: usize,
    /// What would be.
    pub what: String,
}

impl FromStr for Rule {
    type Err = RuleFault;

    fn from_str(text: &str) -> Result<Self, RuleFault> {
        let (comparison, start, end) = comparison(text)?;
        let (left, right) = (&text[..start], &text[end..]);
        let (strategy, rest) = match left.split_once('/') {
            Some((id, rest)) => (Some(strategy(text, id)?), rest),
            None => (None, left),
        };
        let (scenario, word) = match rest.split_once(':') {
            Some((word, rest)) => (Some(scenario(text, word)?), rest),
            None => (None, rest),
        };
        let metric = metric(text, word)?;
        let value = right.trim();
        let threshold = Amount::parse(value, metric.measure()).map_err(|(before, what)| {
            let mut fault = fault(text, value, what);
            fault.at += before;
            fault
        })?;
        Ok(Self {
            strategy,
            scenario,
            metric,
            comparison,
            threshold,
        })
    }
}

/// The sign, and where it begins and ends.
fn comparison(text: &str) -> Result<(Comparison, usize, usize), RuleFault> {
    let Some(start) = text.find(['<', '>']) else {
        let what = "there is no `>`, `>=`, `<` or `<=`; a rule says what fails: \
                    `[STRATEGY/][SCENARIO:]METRIC OP VALUE`, as `edit:median > 20s` or `size > 30MB`";
        return Err(fault(text, &text[text.len()..], what.to_owned()));
    };
    let is_equal_too = text[start + 1..].starts_with('=');
    let comparison = match (text[start..].starts_with('>'), is_equal_too) {
        (true, false) => Comparison::Over,
        (true, true) => Comparison::AtLeast,
        (false, false) => Comparison::Under,
        (false, true) => Comparison::AtMost,
    };
    Ok((comparison, start, start + 1 + usize::from(is_equal_too)))
}

fn strategy(text: &str, id: &str) -> Result<StrategyId, RuleFault> {
    let id = id.trim();
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if id.is_empty() || !id.chars().all(plain) {
        let what = format!(
            "`{}` is no id of a strategy; `imgtui list` shows them",
            clean(id)
        );
        return Err(fault(text, id, what));
    }
    Ok(StrategyId(id.to_owned()))
}

fn scenario(text: &str, word: &str) -> Result<Prior, RuleFault> {
    let word = word.trim();
    if word == EDIT {
        return Ok(Prior::Source);
    }
    let words = || {
        let words = Prior::ALL.iter().map(|prior| prior.word());
        words.chain([EDIT]).collect::<Vec<_>>().join(", ")
    };
    word.parse().map_err(|_| {
        let what = format!(
            "there is no scenario `{}`; there are: {}",
            clean(word),
            words()
        );
        fault(text, word, what)
    })
}

fn metric(text: &str, word: &str) -> Result<Metric, RuleFault> {
    let word = word.trim();
    let found = Metric::ALL.into_iter().find(|metric| metric.word() == word);
    found.ok_or_else(|| {
        let words: Vec<&str> = Metric::ALL.iter().map(|metric| metric.word()).collect();
        let words = words.join(", ");
        let what = if NOT_JUDGED.contains(&word) {
            format!(
                "`{word}` cannot be judged surely from a few runs; `median` can. There are: {words}"
            )
        } else {
            format!("there is no metric `{}`; there are: {words}", clean(word))
        };
        fault(text, word, what)
    })
}

/// At the place of `part`, which is a piece of `text`.
fn fault(text: &str, part: &str, what: String) -> RuleFault {
    let offset = (part.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
    let before = text.get(..offset).unwrap_or(text);
    RuleFault {
        written: clean(text),
        at: before.chars().count() + 1,
        what,
    }
}
