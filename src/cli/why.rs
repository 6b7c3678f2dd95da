//! `imgtui explain` and `predict`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

/// Arguments of `imgtui explain`.
#[derive(Debug, Args)]
pub struct ExplainArguments {
    /// The strategy whose newest build is explained; without one the newest build of all.
    pub id: Option<String>,
    /// A build of the past, by its number in `imgtui history`.
    #[arg(long, value_name = "NUMBER", conflicts_with = "id")]
    pub build: Option<i64>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `imgtui predict`.
#[derive(Debug, Args)]
pub struct PredictArguments {
    /// Ids of strategies; without one all that were built here.
    #[arg(value_name = "ID")]
    pub ids: Vec<String>,
    /// Suppose that this file, relative to the app, has other bytes.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub edit: Vec<PathBuf>,
    /// Suppose that this file has a new time and the same bytes.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub touch: Vec<PathBuf>,
    /// Suppose that a build argument has this value.
    #[arg(long, value_name = "NAME=VALUE")]
    pub set_arg: Vec<String>,
    /// Suppose that another version of this crate is locked.
    #[arg(long, value_name = "CRATE")]
    pub bump: Vec<String>,
    /// Ask the engine whether it still has the results; without it the history alone is looked at.
    #[arg(long)]
    pub ask: bool,
    /// Show every step.
    #[arg(long)]
    pub steps: bool,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}
