//! The `[bench]` of `imgtui.toml`.

use std::{path::PathBuf, str::FromStr};

use serde::Deserialize;
use toml::Spanned;

use super::{AppError, Reader, check};
use crate::domain::{
    bench::Prior,
    ids::StrategyId,
    settings::{BenchSettings, Known},
};

/// As the command line has it.
const MOST_ROUNDS: u32 = 1000;

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct BenchTable {
    fail_if: Vec<Spanned<String>>,
    against: Option<Spanned<PathBuf>>,
    max_regress: Option<Spanned<String>>,
    strategies: Vec<Spanned<String>>,
    scenarios: Vec<Spanned<String>>,
    rounds: Option<Spanned<u32>>,
    until: Option<Spanned<String>>,
    budget: Option<Spanned<String>>,
}

impl Reader {
    pub(super) fn bench(&self, table: BenchTable) -> Result<BenchSettings, AppError> {
        let fail_if = table.fail_if.iter().map(|rule| self.parsed(rule));
        let scenarios = table.scenarios.iter();
        let scenarios = scenarios.map(|word| Ok(self.parsed::<Prior>(word)?.value));
        let folder = self.0.path.parent().map(PathBuf::from).unwrap_or_default();
        Ok(BenchSettings {
            fail_if: fail_if.collect::<Result<_, _>>()?,
            against: table.against.map(|path| {
                let line = self.0.line(&path);
                Known::given(folder.join(path.into_inner()), line)
            }),
            max_regress: self.perhaps(table.max_regress.as_ref())?,
            strategies: self
                .each(table.strategies, check::id)?
                .into_iter()
                .map(|id| Known {
                    value: StrategyId(id.value),
                    origin: id.origin,
                })
                .collect(),
            scenarios: scenarios.collect::<Result<_, AppError>>()?,
            rounds: table
                .rounds
                .map(|rounds| self.rounds(&rounds))
                .transpose()?,
            until: self.perhaps(table.until.as_ref())?.map(|known| known.value),
            budget: self
                .perhaps(table.budget.as_ref())?
                .map(|known| known.value),
        })
    }

    fn rounds(&self, rounds: &Spanned<u32>) -> Result<u32, AppError> {
        match *rounds.get_ref() {
            count @ 1..=MOST_ROUNDS => Ok(count),
            _ => Err(self.fault(
                rounds,
                format!("`rounds` is a number from 1 to {MOST_ROUNDS}"),
            )),
        }
    }

    /// A value whose text has a form of its own.
    fn parsed<T>(&self, text: &Spanned<String>) -> Result<Known<T>, AppError>
    where
        T: FromStr,
        T::Err: ToString,
    {
        let value = text.get_ref().parse::<T>();
        let value = value.map_err(|why| self.fault(text, why.to_string()))?;
        Ok(Known::given(value, self.0.line(text)))
    }

    fn perhaps<T>(&self, text: Option<&Spanned<String>>) -> Result<Option<Known<T>>, AppError>
    where
        T: FromStr,
        T::Err: ToString,
    {
        text.map(|text| self.parsed(text)).transpose()
    }
}
