//! What `imgtui bench --export` writes: JSON by its schema, CSV by its columns, and pages and pictures
//! in a real browser, narrow and wide, light and dark.
//!
//! `cargo test` uses a chromium on the search path, and says by name what it leaves out without one.
//! `IMGTUI_YES=1 cargo test` installs Debian's. The pictures that were taken stay in the folder of
//! build results, to be looked at.

mod browser;
mod cases;
mod looks;
mod sample;

use std::{io::Write, process::ExitCode, sync::Arc};

use libtest_mimic::{Arguments, Failed, Trial};

use crate::{browser::Browsers, cases::CASES, looks::LOOKS};

/// What a test gives back: nothing, or why it failed.
type Done = anyhow::Result<()>;

/// One line for whoever reads the test's output.
fn say(text: &str) {
    // A closed output is no reason to fail.
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let browsers = if arguments.list {
        Browsers::unseen()
    } else {
        Browsers::look()
    };
    if browsers.leaves_out() && !arguments.list {
        for (name, _) in LOOKS {
            say(&format!(
                "left out: {name}: there is no chromium on the search path"
            ));
        }
        say("`IMGTUI_YES=1 cargo test` installs what is missing and runs these too");
    }
    let browsers = Arc::new(browsers);
    let mut trials: Vec<Trial> = CASES
        .into_iter()
        .map(|(name, run)| Trial::test(name, move || run().map_err(failed)))
        .collect();
    trials.extend(LOOKS.into_iter().map(|(name, run)| {
        let is_left_out = browsers.leaves_out();
        let browsers = Arc::clone(&browsers);
        let run = move || run(&browsers.get()?).map_err(failed);
        Trial::test(name, run).with_ignored_flag(is_left_out)
    }));
    libtest_mimic::run(&arguments, trials).exit_code()
}

#[expect(clippy::needless_pass_by_value, reason = "handed to `map_err`")]
fn failed(error: anyhow::Error) -> Failed {
    Failed::from(format!("{error:#}"))
}
