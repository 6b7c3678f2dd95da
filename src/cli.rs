//! The command line: clap's description of it, and what exit codes mean.

mod bench;
mod history;
mod rules;
mod why;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};

pub use self::{
    bench::{BenchArguments, ProtocolArgument},
    history::{Build, HistoryArguments, HistoryCommand, Since},
    rules::RuleArguments,
    why::{ExplainArguments, PredictArguments},
};
use crate::domain::shared_cache::Repository;

/// How the process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Everything went well.
    Ok,
    /// A build failed, or a check found a problem.
    Failed,
    /// The command line cannot be understood. Clap uses the same number.
    Usage,
    /// There is no usable engine.
    NoEngine,
    /// A rule of a benchmark is broken.
    Rules,
    /// The user ended it.
    Cancelled,
}

impl Exit {
    /// The number that the shell sees.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::NoEngine => 3,
            Self::Rules => 4,
            Self::Cancelled => 130,
        }
    }
}

/// Explore how to build a container image of a Rust program.
///
/// Without a command the screen opens: strategies on the left, the live build on the right,
/// layers and timings below it.
#[derive(Debug, Parser)]
#[command(version, after_help = EXIT_CODES)]
pub struct Cli {
    /// What to do without a screen.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Where things are.
    #[command(flatten)]
    pub places: Places,
}

const EXIT_CODES: &str = "\
Exit codes: 0 ok · 1 a build failed or a check found a problem · 2 usage · 3 no engine · 4 a rule of a benchmark is broken, whatever else is wrong · 130 cancelled
Environment: IMGTUI_YES=1 is --yes · IMGTUI_STATE is the folder of logs and history · NO_COLOR is honoured";

/// Options that every command understands.
#[derive(Debug, Clone, Args)]
pub struct Places {
    /// The Rust program to build: the folder of its package, or of its workspace.
    ///
    /// Without it: `sample-app` in this folder, else this folder, else a copy of the sample app
    /// in the state folder.
    #[arg(long, global = true, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub app: Option<PathBuf>,
    /// Which engine: `podman`, `docker`, `docker-classic`, a name of `imgtui engines`, or a URL.
    ///
    /// `podman` is a service of our own. `docker` is the one that docker's own client would use,
    /// else a daemon of our own (as root); `docker-classic` is docker without `BuildKit`. A name
    /// can be a docker context or a podman connection. A URL is `unix:///…` or `tcp://…`; with
    /// `docker-classic@` in front it is asked for that builder. Without it: podman where it is
    /// installed, else a docker that answers, else podman is set up.
    #[arg(long, global = true, value_name = "NAME|URL", env = "IMGTUI_ENGINE")]
    pub engine: Option<String>,
    /// A folder of strategies that are added, or take the place of built-in ones.
    #[arg(long, global = true, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub strategies: Vec<PathBuf>,
    /// Install what is missing without asking.
    #[arg(long, short, global = true, env = "IMGTUI_YES", value_parser = clap::builder::FalseyValueParser::new(), num_args = 0, default_missing_value = "1")]
    pub yes: bool,
}

/// What can be done without a screen.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the strategies, with the figures of their last builds.
    List {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Build by one or more strategies; a line a step as it happens.
    Build(BuildArguments),
    /// Build the same strategies on several engines, and show them side by side.
    Compare(CompareArguments),
    /// Measure builds so that the figures can be trusted: in rounds, each with an order of its own,
    /// each image looked at.
    Bench(BenchArguments),
    /// Show what could be done better, from what this app's own builds cost.
    Advise {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show why each step of a build came from the cache or did not, and what that cost.
    Explain(ExplainArguments),
    /// Show what a build would cost if it were started now, by each strategy; no engine is asked.
    Predict(PredictArguments),
    /// Start a built image on a free loopback port, ask it, show what is inside, stop it.
    Run {
        /// The strategy whose image is started.
        id: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show the layers of a strategy's last image.
    Layers {
        /// The strategy.
        id: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show what was found out about the app, where each value comes from, and what a build needs.
    App {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show what would be sent to the engine, and which line ignores the rest.
    Context {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Print the command that builds a strategy by hand, with podman or docker.
    Command {
        /// The strategy.
        id: String,
    },
    /// The table of what was measured on this app, and what follows from it.
    Recommend {
        /// Print Markdown, for a README.
        #[arg(long, conflicts_with = "json")]
        markdown: bool,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// List builds of the past, compare two of them, or exchange them with another machine.
    History(HistoryArguments),
    /// Write a Dockerfile, an ignore file and a workflow that build a strategy's image of this
    /// app without imgtui.
    Eject(EjectArguments),
    /// Time the app's tests on this machine: `cargo test` against `cargo nextest run`.
    Tests(TestsArguments),
    /// List the engines that were found, what each can do, and which would be taken.
    Engines {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Look at everything that a build needs.
    Doctor {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Do what `doctor` misses; without --yes only say what would be done.
    Setup,
    /// Put the sources back as they were before imgtui's edits.
    Restore,
    /// Remove the images that imgtui made, and their cached steps.
    Clean {
        /// Also the equivalents of base images.
        #[arg(long)]
        bases: bool,
    },
    /// Print a completion script.
    Completions {
        /// For which shell.
        shell: clap_complete::Shell,
    },
    /// Draw the screen's picture for the README as SVG.
    #[command(hide = true)]
    Picture,
    /// Print the README's list of keys.
    #[command(hide = true)]
    Keys,
}

/// Arguments of `imgtui build`.
#[derive(Debug, Args)]
pub struct BuildArguments {
    /// Ids of strategies, as `imgtui list` shows them.
    #[arg(required_unless_present = "all", value_name = "ID")]
    pub ids: Vec<String>,
    /// Every strategy.
    #[arg(long, conflicts_with = "ids")]
    pub all: bool,
    /// How each is built.
    #[command(flatten)]
    pub how: HowArguments,
    /// Look at cargo in this build: which crates it compiles and why, how long each takes, how
    /// many are fresh.
    ///
    /// The commands that compile the app run, as cargo is told to say more; steps before them keep
    /// their results. What they leave in cache mounts is there for the next build. The image is
    /// called ID-look, and the figures count nowhere.
    #[arg(long, conflicts_with = "cache_to")]
    pub why_cargo: bool,
    /// Print one JSON object a build on standard output; lines go to standard error.
    #[arg(long)]
    pub json: bool,
}

/// How a build is performed.
#[derive(Debug, Args)]
pub struct HowArguments {
    /// Change a source first, laid over the context: the disk is not touched.
    #[arg(long, value_name = "KIND")]
    pub edit: Option<EditArgument>,
    /// The source that is changed, relative to the app; one that is sent.
    #[arg(long, value_name = "FILE", requires = "edit", value_hint = ValueHint::FilePath)]
    pub edit_file: Option<PathBuf>,
    /// Do not run the image to see whether it is right; its figures are unverified then.
    #[arg(long)]
    pub no_verify: bool,
    /// Leave the layer cache aside.
    #[arg(long, conflicts_with = "cache_from")]
    pub no_cache: bool,
    /// Take cached steps from this repository of a registry, if they are there.
    ///
    /// Without tag: `registry.example.org/team/cache`. What is taken from elsewhere makes no cold
    /// figure, and no figure of an edit.
    #[arg(long, value_name = "REPOSITORY")]
    pub cache_from: Option<Repository>,
    /// Put the steps of a build into this repository of a registry: docker those of an image that
    /// was found right, podman each one as it ends.
    #[arg(long, value_name = "REPOSITORY")]
    pub cache_to: Option<Repository>,
}

/// Arguments of `imgtui compare`.
#[derive(Debug, Args)]
pub struct CompareArguments {
    /// Ids of strategies, as `imgtui list` shows them.
    #[arg(required = true, value_name = "ID")]
    pub ids: Vec<String>,
    /// Engines as `--engine` understands them, with commas between them.
    #[arg(long, value_delimiter = ',', required = true, num_args = 1.., value_name = "NAME|URL,…")]
    pub engines: Vec<String>,
    /// How each is built.
    #[command(flatten)]
    pub how: HowArguments,
    /// Print one JSON object at the end; lines go to standard error.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `imgtui eject`.
#[derive(Debug, Args)]
pub struct EjectArguments {
    /// The strategy.
    pub id: String,
    /// The folder to write to; the app's own without it.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub to: Option<PathBuf>,
    /// Put the files in the place of others that are there.
    #[arg(long)]
    pub force: bool,
}

/// Arguments of `imgtui tests`.
#[derive(Debug, Args)]
pub struct TestsArguments {
    /// Rounds; in each, every command runs once.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub runs: u32,
    /// Print one JSON object; lines go to standard error.
    #[arg(long)]
    pub json: bool,
}

/// What `--edit` understands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum EditArgument {
    /// New bytes of the same length in a source.
    Source,
    /// A new modification time and the same bytes.
    Touch,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
