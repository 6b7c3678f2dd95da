//! Tests against real engines: the program as a user calls it, on a store of images of its own.
//!
//! What every engine has to do alike stands in [`contract`]; what is about one of them, or about
//! none, in [`cases`].
//!
//! `cargo test` runs the quick ones where there is an engine, and says by name what it leaves
//! out, and why. `IMGTUI_YES=1 cargo test` may install: it sets the machine up first and runs
//! every one.

mod api;
mod archive;
mod binstall;
mod cases;
mod contract;
mod daemon;
mod downloads;
mod ground;
mod layers;
mod machine;
mod processes;
mod program;
mod registry;
mod remote;
mod room;
mod server;
mod store;
mod verdicts;

use std::{
    borrow::Cow,
    io::Write,
    process::ExitCode,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::{Duration, Instant},
};

use libtest_mimic::{Arguments, Failed, Trial};

use crate::{
    cases::{Case, Needs},
    ground::Ground,
    machine::Machine,
};

/// What a test gives back: nothing, or why it failed.
type Done = anyhow::Result<()>;

/// So many of the slowest tests are named in the end.
const SLOWEST: usize = 12;

/// Names of tests, and how long they took.
type Times = Arc<Mutex<Vec<(String, Duration)>>>;

/// One line for whoever reads the test's output: a figure that was measured, a test left out.
fn say(text: &str) {
    // A closed output is no reason to fail.
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // One engine, one store: what one test makes would be another's surprise.
    arguments.test_threads = Some(1);
    let machine = if arguments.list {
        Machine::unseen()
    } else {
        Machine::look()
    };
    let ground: Arc<OnceLock<Result<Ground, String>>> = Arc::default();
    let times = Times::default();
    let mut trials = Vec::new();
    let mut left_out = Vec::new();
    for case in cases::all() {
        let why = case.needs.iter().find_map(|need| machine.lacks(*need));
        if let Some(why) = &why {
            left_out.push((case.name.clone(), why.clone()));
        }
        let ground = Arc::clone(&ground);
        let machine = machine.clone();
        let times = Arc::clone(&times);
        let trial = Trial::test(case.name.clone(), move || {
            let began = Instant::now();
            let ended = run(&case, &machine, &ground);
            let took = (case.name.to_string(), began.elapsed());
            times
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(took);
            ended
        });
        trials.push(trial.with_ignored_flag(why.is_some()));
    }
    if !arguments.list {
        tell_left_out(&left_out);
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    tell_slowest(&times);
    if let Some(Ok(ground)) = ground.get() {
        ground.clear();
    }
    conclusion.exit_code()
}

/// The first test's time has that of laying the ground in it.
fn tell_slowest(times: &Times) {
    let mut times = times.lock().unwrap_or_else(PoisonError::into_inner);
    times.sort_by_key(|(_, took)| std::cmp::Reverse(*took));
    for (name, took) in times.iter().take(SLOWEST) {
        say(&format!("{:>6.1} s  {name}", took.as_secs_f64()));
    }
}

fn tell_left_out(left_out: &[(Cow<'_, str>, String)]) {
    for (name, why) in left_out {
        say(&format!("left out: {name}: {why}"));
    }
    if !left_out.is_empty() {
        say(
            "`IMGTUI_YES=1 cargo test` installs what is missing and runs what needs no more than that",
        );
    }
}

/// The ground is laid by the first test that is run, and shared by all.
fn run(
    case: &Case,
    machine: &Machine,
    ground: &OnceLock<Result<Ground, String>>,
) -> Result<(), Failed> {
    let result = if case.needs == [Needs::Nothing; 2] {
        // What it is given is not looked at.
        case.run.call(&Ground::bare()?)
    } else {
        let laid =
            ground.get_or_init(|| Ground::lay(machine).map_err(|error| format!("{error:#}")));
        match laid {
            Ok(ground) => case.run.call(ground),
            Err(why) => return Err(Failed::from(format!("the ground could not be laid: {why}"))),
        }
    };
    result.map_err(|error| Failed::from(format!("{error:#}")))
}
