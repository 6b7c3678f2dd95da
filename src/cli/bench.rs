//! The command line of `imgtui bench`.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

use super::RuleArguments;
use crate::domain::bench::{Budget, PATIENCE, Patience, Percent, Scenarios};

/// Arguments of `imgtui bench`.
#[derive(Debug, Args)]
pub struct BenchArguments {
    /// Ids of strategies, as `imgtui list` shows them; without one those of `imgtui.toml`, else the
    /// article's rows.
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
    /// Rounds until each median is known within so much: `3%`. Without it: 5%.
    #[arg(long, value_name = "PERCENT")]
    pub until: Option<Percent>,
    /// No round is begun that would end after this time: `90s`, `1h`. Without it: 20m.
    #[arg(long, value_name = "TIME")]
    pub budget: Option<Budget>,
    /// A machine that is busy gets so long to become quiet before a run; then the run is flagged.
    #[arg(long, value_name = "TIME", default_value_t = PATIENCE)]
    pub patience: Patience,
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
    /// What it is to fail for.
    #[command(flatten)]
    pub rules: RuleArguments,
    /// Print one JSON object at the end; lines go to standard error.
    #[arg(long)]
    pub json: bool,
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
