//! What `imgtui bench` is to fail for.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use crate::domain::{bench::Percent, rules::Rule};

/// Rules of a benchmark, for CI.
#[derive(Debug, Clone, Default, Args)]
pub struct RuleArguments {
    /// What must not come out, e.g. `edit:median > 20s`, `basic/size > 30MB`; in place of those of
    /// `imgtui.toml`.
    ///
    /// `[STRATEGY/][SCENARIO:]METRIC OP VALUE`. Metrics: median and cpu (seconds), size, context and
    /// push (bytes), layers, cached (share of the steps). A time fails or passes only where the
    /// whole interval of its median is on that side of the value, else it is UNSURE.
    #[arg(long, value_name = "RULE")]
    pub fail_if: Vec<Rule>,
    /// Compare with an earlier benchmark: a `.json` of `--export`.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub against: Option<PathBuf>,
    /// With `--against`: fail where a median or a size is larger by more than this, and that is
    /// sure.
    #[arg(long, value_name = "PERCENT")]
    pub max_regress: Option<Percent>,
    /// Judge `--max-regress` although the file is of another machine, engine or app's folder.
    #[arg(long)]
    pub other_machine: bool,
    /// What is unsure or was not measured fails too.
    #[arg(long)]
    pub strict: bool,
}
