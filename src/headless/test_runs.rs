//! `imgtui tests`: the app's tests by `cargo test` and by `cargo nextest run`, in turn.

use serde::Serialize;

use super::{cancel_on_signal, json, note, out};
use crate::{
    app::{
        Ground,
        test_runs::{TestRunError, Tests},
    },
    cli::{Exit, TestsArguments},
    domain::test_run::{TestCommand, TestMedian, TestRun, TestSet, medians},
    report,
};

/// Version of [`Measured`]; raised when a field changes its meaning.
const SCHEMA: u32 = 1;

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Measured {
    schema: u32,
    app: String,
    /// Version of cargo-nextest; `None` where it is not installed.
    nextest: Option<String>,
    runs: Vec<TestRun>,
    medians: Vec<TestMedian>,
}

pub(super) async fn tests(ground: &Ground, arguments: &TestsArguments) -> anyhow::Result<Exit> {
    let cancel = cancel_on_signal();
    let tests = Tests {
        root: &ground.app.root,
        flags: &ground.app.settings.build_flags,
        cancel: &cancel,
    };
    match measure(ground, arguments, tests).await {
        Ok(exit) => Ok(exit),
        Err(TestRunError::Cancelled) => Ok(Exit::Cancelled),
        Err(error) => {
            note(&error.to_string());
            Ok(Exit::Failed)
        }
    }
}

async fn measure(
    ground: &Ground,
    arguments: &TestsArguments,
    tests: Tests<'_>,
) -> Result<Exit, TestRunError> {
    let say = |text: &str| {
        if arguments.json {
            note(text);
        } else {
            out(text);
        }
    };
    let sets = tests.sets().await?;
    let nextest = tests.nextest().await?;
    let there = |command: &TestCommand| nextest.is_some() || *command != TestCommand::Nextest;
    let commands: Vec<TestCommand> = TestCommand::ALL.into_iter().filter(there).collect();
    say("compiling the tests, not counted");
    let kinds = sets
        .iter()
        .flat_map(|set| commands.iter().map(move |command| (*command, *set)));
    let kinds: Vec<(TestCommand, TestSet)> = kinds.collect();
    for (command, set) in &kinds {
        tests.compile(*command, *set).await?;
    }
    let mut runs = Vec::new();
    // In turn, so that what else the machine does meets all of them alike.
    for round in 1..=arguments.runs {
        for (command, set) in &kinds {
            let run = tests.run(*command, *set, round).await?;
            say(&report::test_run(&run));
            runs.push(run);
        }
    }
    let medians = medians(&runs);
    if nextest.is_none() {
        note(
            "cargo nextest is not installed and not measured: `cargo install cargo-nextest --locked`",
        );
    }
    let exit = if nextest.is_some() {
        Exit::Ok
    } else {
        Exit::Failed
    };
    if arguments.json {
        let measured = Measured {
            schema: SCHEMA,
            app: ground.app.name.clone(),
            nextest,
            runs,
            medians,
        };
        // A record of figures and names: there is nothing in it that cannot be written.
        let _ = json(&measured);
    } else {
        out(report::test_medians(&medians).trim_end());
    }
    Ok(exit)
}
