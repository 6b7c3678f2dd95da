//! The program: reads the command line, lays the ground, shows the screen or performs a command.

use std::{io::Write, process::ExitCode, time::Instant};

use clap::Parser;
use imgtui::{
    app::{Ground, UsageError, screen},
    catalog::AppError,
    cli::{Cli, Command, Exit},
    headless,
};

fn main() -> ExitCode {
    let began = Instant::now();
    let cli = Cli::parse();
    match start(cli, began) {
        Ok(exit) => ExitCode::from(exit.code()),
        Err(error) => {
            complain(&format!("imgtui: {error:#}"));
            let usage = error.is::<UsageError>() || error.is::<AppError>();
            let exit = if usage { Exit::Usage } else { Exit::Failed };
            ExitCode::from(exit.code())
        }
    }
}

fn start(cli: Cli, began: Instant) -> anyhow::Result<Exit> {
    if let Some(Command::Completions { shell }) = cli.command {
        headless::completions(shell);
        return Ok(Exit::Ok);
    }
    let ground = Ground::lay(&cli.places)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let exit = runtime.block_on(async {
        if let Some(command) = cli.command {
            return headless::perform(command, &ground).await;
        }
        for line in screen::show(ground, began.elapsed()).await? {
            complain(&line);
        }
        Ok(Exit::Ok)
    });
    // A blocking read of the terminal must not keep the program from ending.
    runtime.shutdown_background();
    exit
}

/// A closed standard error is no reason to fail.
fn complain(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
