//! ctrl-c during a RUN.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use imgtui::domain::{
    build::StepStatus::{Cached, Cancelled, NotReached, Ran},
    event::Outcome,
};
use rustix::process::Signal;

use super::{
    Contract, Kind,
    steps::{LABELS, ONLY},
};
use crate::{
    Done,
    daemon::{Daemon, Traces},
    processes::{wait_for, with_words},
    program::{Ended, LIMIT, Running},
    room::Room,
    say,
    store::Store,
};

/// The goal is one second; a loaded machine gets two before the test fails.
const CANCEL_LIMIT: Duration = Duration::from_secs(2);

/// How much log says that a RUN floods it. Of a flood BuildKit lets through what its limit allows
/// in a second.
const FLOOD: u64 = 1 << 16;

pub(super) fn flood(contract: &Contract<'_>) -> Done {
    let room = contract.room("flood")?;
    let run = format!("yes flood-{}", number(contract));
    cancel(contract, &room, &run, FLOOD)
}

pub(super) fn silence(contract: &Contract<'_>) -> Done {
    let room = contract.room("silence")?;
    let run = format!("sleep 7{}", number(contract));
    cancel(contract, &room, &run, 0)
}

/// No other process has it in its command line.
fn number(contract: &Contract<'_>) -> String {
    format!("{}{}", std::process::id(), contract.facts.kind as u8)
}

fn dockerfile(run: &str) -> String {
    // Other words than the RUN's own, by which its processes are found.
    let before = run.split(' ').rev().collect::<Vec<_>>().join(" ");
    format!(
        "ARG BASE_IMAGE=none\nFROM ${{BASE_IMAGE}}\nRUN echo before {before}\nRUN {run}\nRUN echo after\n"
    )
}

/// Interrupts a RUN at work several times; the second time on, what comes before it is cached.
fn cancel(contract: &Contract<'_>, room: &Room<'_>, run: &str, log_size: u64) -> Done {
    let dockerfile = dockerfile(run);
    room.strategy("endless", &dockerfile)?;
    let store = contract.store()?;
    for before in [Ran, Cached, Cached] {
        let (took, ended) = interrupt(begin(room, run, log_size)?)?;
        let gone = Instant::now();
        wait_for("the RUN's end", CANCEL_LIMIT, || {
            with_words(&[run]).is_empty().then_some(())
        })?;
        wait_for("the end of its container", CANCEL_LIMIT, || {
            store.containers().ok().filter(Vec::is_empty)
        })?;
        let gone = took + gone.elapsed();
        let record = ended.expect(130)?.record()?;
        ensure!(record.outcome == Outcome::Cancelled, "{:?}", record.outcome);
        ensure!(record.image.is_none(), "an image was made");
        let wanted = [
            ("FROM ", Cached),
            ("RUN echo before", before),
            (&format!("RUN {run}"), Cancelled),
            ("RUN echo after", NotReached),
            (LABELS, NotReached),
        ];
        contract.expect(&record, ONLY, &wanted)?;
        say(&format!(
            "{}: cancelled `RUN {run}` in {:.0} ms (goal 1000), nothing of it left in {:.0} ms",
            contract.facts.name,
            took.as_secs_f64() * 1e3,
            gone.as_secs_f64() * 1e3
        ));
        ensure!(took < CANCEL_LIMIT, "it took {took:?}");
        ensure!(gone < CANCEL_LIMIT, "it was gone after {gone:?}");
    }
    // The next build works.
    room.strategy("endless", &dockerfile.replace(run, "true"))?;
    room.imgtui(&["build", "endless"])?.expect(0)?;
    Ok(())
}

/// The engine is imgtui's own and ends with it: the RUN must not outlive both.
pub(super) fn with_its_engine(contract: &Contract<'_>) -> Done {
    let room = contract.room_alone("leaving")?.with_own_state()?;
    let run = format!("sleep 8{}", number(contract));
    room.strategy("endless", &dockerfile(&run))?;
    match contract.facts.kind {
        Kind::Podman => {
            cancel_with_engine(contract, &room, &run, || Ok(()))?;
            contract.has_no_container()
        }
        Kind::DockerClassic | Kind::DockerBuildKit => {
            let before = contract.ground.start_docker_in(&room.state)?;
            before.stop()?;
            cancel_with_daemon(contract, &room, &run)
        }
    }
}

/// What keeps the base is there, and the daemon is started by imgtui.
fn cancel_with_daemon(contract: &Contract<'_>, room: &Room<'_>, run: &str) -> Done {
    let mut traces = None;
    let cancelled = cancel_with_engine(contract, room, run, || {
        traces = Some(Traces::of(&room.state)?);
        Ok(())
    });
    let mut left = traces.map_or_else(Vec::new, |traces| traces.take_leftovers());
    let daemon = Daemon::start(&room.state)?;
    left.extend(Store::Docker(&daemon).containers()?);
    daemon.end()?;
    cancelled.with_context(|| format!("left behind: {left:?}"))?;
    ensure!(left.is_empty(), "left behind: {left:#?}");
    Ok(())
}

fn cancel_with_engine(
    contract: &Contract<'_>,
    room: &Room<'_>,
    run: &str,
    look: impl FnOnce() -> Done,
) -> Done {
    let running = begin(room, run, 0)?;
    look()?;
    let (took, ended) = interrupt(running)?;
    ended.expect(130)?;
    let gone = Instant::now();
    wait_for("the RUN's end", LIMIT, || {
        with_words(&[run]).is_empty().then_some(())
    })?;
    let gone = took + gone.elapsed();
    say(&format!(
        "{}: cancelled `RUN {run}` and its engine in {:.0} ms, the RUN was gone in {:.0} ms",
        contract.facts.name,
        took.as_secs_f64() * 1e3,
        gone.as_secs_f64() * 1e3
    ));
    ensure!(gone < CANCEL_LIMIT, "the RUN was gone after {gone:?}");
    Ok(())
}

/// A build whose RUN is well under way.
fn begin(room: &Room<'_>, run: &str, log_size: u64) -> anyhow::Result<Running> {
    let running = room.start(&["build", "endless", "--json"])?;
    let log = running.line(|line| Some(line.split_once("log: ")?.1.to_owned()))?;
    wait_for("the RUN", LIMIT, || {
        (!with_words(&[run]).is_empty()).then_some(())
    })?;
    wait_for("the flood", LIMIT, || {
        let meta = std::fs::metadata(&log).ok()?;
        (meta.len() >= log_size).then_some(())
    })?;
    Ok(running)
}

/// Sends the signal of ctrl-c.
fn interrupt(running: Running) -> anyhow::Result<(Duration, Ended)> {
    let sent = Instant::now();
    running.signal(Signal::INT)?;
    let ended = running.end(LIMIT)?;
    Ok((sent.elapsed(), ended))
}
