//! The command line of `imgtui bench`.

use std::{path::PathBuf, str::FromStr, time::Duration};

use clap::{Args, ValueEnum, ValueHint};

use crate::domain::bench::Prior;

/// Arguments of `imgtui bench`.
#[derive(Debug, Args)]
pub struct BenchArguments {
    /// Ids of strategies, as `imgtui list` shows them; without one the article's rows.
    #[arg(value_name = "ID")]
    pub ids: Vec<String>,
    /// In which order, and how often.
    #[arg(long, value_enum, default_value = "interleaved")]
    pub protocol: ProtocolArgument,
    /// What is different before each build, with commas between them; `all` for each that there is.
    #[arg(long, value_name = "WORD,…")]
    pub scenarios: Option<Scenarios>,
    /// Exactly so many rounds, whatever the figures say.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub rounds: Option<u32>,
    /// Rounds until each median is known within so much: `3%`.
    #[arg(long, value_name = "PERCENT", default_value = "5%")]
    pub until: Percent,
    /// No round is begun that would end after this time: `20m`, `90s`, `1h`.
    #[arg(long, value_name = "TIME", default_value = "20m")]
    pub budget: Budget,
    /// The order of the rounds follows from it.
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Go on with the newest benchmark of the same strategies and scenarios.
    #[arg(long)]
    pub resume: bool,
    /// Compare a strategy with itself: there must be no difference.
    #[arg(long, value_name = "ID", conflicts_with = "ids")]
    pub aa: Option<String>,
    /// Files that are written anew after every run: .json, .hyperfine.json, .csv, .md, .html or
    /// .svg.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub export: Vec<PathBuf>,
    /// Print one JSON object at the end; lines go to standard error.
    #[arg(long)]
    pub json: bool,
}

/// What `--scenarios` understands: words with commas between them, or `all`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scenarios(pub Vec<Prior>);

impl std::str::FromStr for Scenarios {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "all" {
            return Ok(Self(Prior::ALL.to_vec()));
        }
        let mut priors: Vec<Prior> = text
            .split(',')
            .map(|word| word.trim().parse())
            .collect::<Result<_, _>>()?;
        priors.sort_unstable();
        priors.dedup();
        Ok(Self(priors))
    }
}

/// What `--protocol` understands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ProtocolArgument {
    /// Rounds, each with every strategy and scenario once.
    Interleaved,
    /// As the 2023 article measured: four builds of each strategy in a row after an edit, the first
    /// dropped.
    Article,
}

/// A share: `3%`, or `3`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Percent(pub f64);

impl Percent {
    /// As a share of one.
    #[must_use]
    pub fn share(self) -> f64 {
        self.0 / 100.0
    }
}

impl FromStr for Percent {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = text.trim().trim_end_matches('%').trim_end().parse::<f64>();
        match number {
            Ok(number) if number.is_finite() && (0.0..=1000.0).contains(&number) => {
                Ok(Self(number))
            }
            _ => Err("a share is a number with a percent sign behind it, as `3%`".to_owned()),
        }
    }
}

/// A time: `90s`, `20m` or `1h`; a bare number is minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget(pub Duration);

impl FromStr for Budget {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let (number, seconds) = match text.chars().last() {
            Some('s') => (&text[..text.len() - 1], 1),
            Some('m') => (&text[..text.len() - 1], 60),
            Some('h') => (&text[..text.len() - 1], 3600),
            _ => (text, 60),
        };
        let number = number.parse::<u32>().ok().filter(|number| *number > 0);
        number
            .map(|number| Self(Duration::from_secs(u64::from(number) * seconds)))
            .ok_or_else(|| "a time is a whole number with s, m or h behind it, as `20m`".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scenarios_are_words_with_commas() {
        let parse = |text: &str| text.parse::<Scenarios>();
        assert_eq!(
            parse("source,touch, source").unwrap().0,
            [Prior::Touch, Prior::Source]
        );
        assert_eq!(parse("all").unwrap().0, Prior::ALL);
        assert!(parse("source,none").unwrap_err().contains("`none`"));
    }

    #[test]
    fn shares_and_times_have_units() {
        assert_eq!("3%".parse(), Ok(Percent(3.0)));
        assert_eq!("2.5".parse(), Ok(Percent(2.5)));
        assert!("-1%".parse::<Percent>().is_err());
        assert!("x%".parse::<Percent>().unwrap_err().contains("`3%`"));
        assert_eq!("20m".parse(), Ok(Budget(Duration::from_secs(1200))));
        assert_eq!("5".parse(), Ok(Budget(Duration::from_secs(300))));
        assert_eq!("1h".parse(), Ok(Budget(Duration::from_secs(3600))));
        for wrong in ["0m", "m", "1.5h", "20 m", ""] {
            assert!(wrong.parse::<Budget>().is_err(), "{wrong}");
        }
    }
}
