//! Everything without a screen: the same runner, lines instead of panes.

mod advise;
mod bench;
mod build;
mod compare;
mod eject;
mod engines;
mod explain;
mod history;
mod inspect;
mod machine;
mod predict;
mod recommend;
mod run;
mod survey;
mod test_runs;

use std::io::{self, Write};

use tokio_util::sync::CancellationToken;

use crate::{
    app::Ground,
    cli::{Cli, Command, Exit},
    engine::EngineError,
};

/// Performs a command.
///
/// # Errors
/// Whatever kept it from being performed; failed builds are an [`Exit`], not an error.
pub async fn perform(command: Command, ground: &Ground) -> anyhow::Result<Exit> {
    match command {
        Command::List { json } => inspect::list(ground, json).await,
        Command::Build(arguments) => build::build(ground, &arguments).await,
        Command::Bench(arguments) => Box::pin(bench::bench(ground, &arguments)).await,
        Command::Compare(arguments) => compare::compare(ground, &arguments).await,
        Command::Advise { json } => advise::advise(ground, json).await,
        Command::Explain(arguments) => explain::explain(ground, &arguments).await,
        Command::Predict(arguments) => predict::predict(ground, &arguments).await,
        Command::Run { id, json } => run::run(ground, &id, json).await,
        Command::Layers { id, json } => inspect::layers(ground, &id, json),
        Command::App { json } => survey::app(ground, json),
        Command::Context { json } => inspect::context(ground, json),
        Command::Tests(arguments) => test_runs::tests(ground, &arguments).await,
        Command::Command { id } => inspect::command(ground, &id).await,
        Command::Recommend { markdown, json } => {
            recommend::recommend(ground, recommend::Form::of(markdown, json)).await
        }
        Command::History(arguments) => history::history(ground, &arguments).await,
        Command::Eject(arguments) => eject::eject(ground, &arguments).await,
        Command::Engines { json } => engines::engines(ground, json).await,
        Command::Doctor { json } => machine::doctor(ground, json).await,
        Command::Setup => machine::setup(ground).await,
        Command::Restore => machine::restore(ground),
        Command::Clean { bases } => machine::clean(ground, bases).await,
        Command::Completions { shell } => {
            completions(shell);
            Ok(Exit::Ok)
        }
        Command::Picture => {
            out(&crate::app::picture::draw(ground).await?);
            Ok(Exit::Ok)
        }
        Command::Keys => {
            out(&crate::tui::keymap::markdown());
            Ok(Exit::Ok)
        }
    }
}

/// Prints a completion script; needs neither app nor catalog nor state folder.
pub fn completions(shell: clap_complete::Shell) {
    let mut command = <Cli as clap::CommandFactory>::command();
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, "imgtui", &mut script);
    out(String::from_utf8_lossy(&script).trim_end());
}

/// One or more lines on standard output. A reader that hung up (`imgtui list | head`) is no
/// error.
fn out(text: &str) {
    let _ = writeln!(io::stdout().lock(), "{text}");
}

/// One or more lines on standard error.
fn note(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

fn json(value: &impl serde::Serialize) -> anyhow::Result<()> {
    out(&serde_json::to_string(value)?);
    Ok(())
}

/// A token that ctrl-c and SIGTERM cancel.
fn cancel_on_signal() -> CancellationToken {
    let cancel = CancellationToken::new();
    let signalled = cancel.clone();
    tokio::spawn(async move {
        let terminated = async {
            match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
                Ok(mut signal) => {
                    signal.recv().await;
                }
                Err(_) => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            () = terminated => {}
        }
        signalled.cancel();
        // Who asks a second time does not want to wait for the cleaning up.
        if tokio::signal::ctrl_c().await.is_ok() {
            std::process::exit(i32::from(Exit::Cancelled.code()));
        }
    });
    cancel
}

/// The engine, set up first where that was allowed. What stands in the way is printed.
async fn engine(
    ground: &Ground,
    cancel: &CancellationToken,
) -> Result<std::sync::Arc<dyn crate::engine::Engine>, Exit> {
    match ground.connect().await {
        Ok(engine) => return Ok(engine),
        Err(EngineError::Unreachable { .. })
            if ground.yes && machine::set_up(ground, cancel).await => {}
        Err(error) => {
            note(&error.to_string());
            return Err(Exit::NoEngine);
        }
    }
    ground.connect().await.map_err(|error| {
        note(&error.to_string());
        Exit::NoEngine
    })
}
