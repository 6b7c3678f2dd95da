//! Builds that do not come to a good end.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use imgtui::domain::{
    build::StepStatus::{self, Cached, Cancelled, Failed, NotReached, Ran},
    event::Outcome,
    record::BuildRecord,
};
use rustix::process::Signal;

use crate::{
    Done,
    ground::Ground,
    processes::{wait_for, with_words},
    program::{Ended, LIMIT},
    room::Room,
    say,
};

/// The goal is one second; a loaded machine gets two before the test fails.
const CANCEL_LIMIT: Duration = Duration::from_secs(2);

/// How much log says that a RUN floods it.
const FLOOD: u64 = 2 << 20;

fn statuses(record: &BuildRecord) -> Vec<StepStatus> {
    record.steps.iter().map(|step| step.status).collect()
}

pub(super) fn cancel_a_flood(ground: &Ground) -> Done {
    let room = Room::new(ground, "flood")?;
    let token = format!("flood-{}", std::process::id());
    cancel(&room, &format!("yes {token}"), FLOOD)
}

pub(super) fn cancel_silence(ground: &Ground) -> Done {
    let room = Room::new(ground, "silence")?;
    let token = format!("7{}", std::process::id());
    cancel(&room, &format!("sleep {token}"), 0)
}

/// Interrupts a RUN at work several times; the second time on, what comes before it is cached.
fn cancel(room: &Room<'_>, run: &str, log_size: u64) -> Done {
    // What another test ran is in the cache: an instruction of its own.
    let program = run.split(' ').next().unwrap_or_default();
    let dockerfile = format!(
        "ARG BASE_IMAGE=none\nFROM ${{BASE_IMAGE}}\nRUN echo before {program}\nRUN {run}\nRUN echo after\n"
    );
    room.strategy("endless", &dockerfile)?;
    for before in [Ran, Cached, Cached] {
        let (took, ended) = interrupt(room, run, log_size)?;
        let record = ended.expect(130)?.record()?;
        ensure!(record.outcome == Outcome::Cancelled, "{:?}", record.outcome);
        ensure!(record.image.is_none(), "an image was made");
        let seen = statuses(&record);
        ensure!(
            seen == [Cached, before, Cancelled, NotReached, NotReached],
            "{seen:?}"
        );
        let at_work = with_words(&[run]);
        ensure!(at_work.is_empty(), "still at work: {at_work:?}");
        let containers = room.ground.containers()?;
        ensure!(containers.is_empty(), "left behind: {containers:?}");
        say(&format!(
            "cancelled `RUN {}…` in {:.0} ms (goal 1000)",
            program,
            took.as_secs_f64() * 1e3
        ));
        ensure!(took < CANCEL_LIMIT, "it took {took:?}");
    }
    Ok(())
}

/// Sends the signal of ctrl-c when the RUN is well under way.
fn interrupt(room: &Room<'_>, run: &str, log_size: u64) -> anyhow::Result<(Duration, Ended)> {
    let running = room.start(&["build", "endless", "--json"])?;
    let log = running.line(|line| Some(line.split_once("log: ")?.1.to_owned()))?;
    wait_for("the RUN", LIMIT, || {
        (!with_words(&[run]).is_empty()).then_some(())
    })?;
    wait_for("the flood", LIMIT, || {
        let meta = std::fs::metadata(&log).ok()?;
        (meta.len() >= log_size).then_some(())
    })?;
    let sent = Instant::now();
    running.signal(Signal::INT)?;
    let ended = running.end(LIMIT)?;
    Ok((sent.elapsed(), ended))
}

pub(super) fn failing_run(ground: &Ground) -> Done {
    let room = Room::new(ground, "failing")?;
    room.strategy(
        "plain",
        "ARG BASE_IMAGE=none
FROM ${BASE_IMAGE}
RUN echo fine
RUN echo the-last-words; exit 7
RUN echo after
",
    )?;
    let ended = room.imgtui(&["build", "plain", "--json"])?.expect(1)?;
    let record = ended.record()?;
    let seen = statuses(&record);
    ensure!(
        seen == [Cached, Ran, Failed, NotReached, NotReached],
        "{seen:?}"
    );
    let message = ended.failure()?;
    ensure!(
        message.contains("RUN echo the-last-words; exit 7"),
        "{message}"
    );
    ensure!(message.contains("status 7"), "{message}");
    one_readable_error(&message)?;
    let log = std::fs::read_to_string(&record.log)?;
    ensure!(log.lines().any(|line| line == "the-last-words"), "{log}");
    let lines = room.imgtui(&["build", "plain"])?.expect(1)?.out;
    let shown = lines.lines().any(|line| line.trim() == "| the-last-words");
    ensure!(shown, "its output is not shown: {lines}");
    ensure!(lines.contains("FAILED"), "{lines}");
    let containers = ground.containers()?;
    ensure!(containers.is_empty(), "left behind: {containers:?}");
    Ok(())
}

pub(super) fn unknown_instruction(ground: &Ground) -> Done {
    let room = Room::new(ground, "unknown")?;
    room.strategy(
        "plain",
        "ARG BASE_IMAGE=none\nFROM ${BASE_IMAGE}\nRUNN echo typo\n",
    )?;
    let message = room
        .imgtui(&["build", "plain", "--json"])?
        .expect(1)?
        .failure()?;
    ensure!(message.to_uppercase().contains("RUNN"), "{message}");
    one_readable_error(&message)
}

pub(super) fn missing_base(ground: &Ground) -> Done {
    let room = Room::new(ground, "missing")?;
    room.strategy("plain", "FROM localhost/imgtui-none:x\nRUN echo never\n")?;
    let record = room
        .imgtui(&["build", "plain", "--json"])?
        .expect(1)?
        .record()?;
    let seen = statuses(&record);
    ensure!(
        seen.first() == Some(&Failed) && seen.get(1) == Some(&NotReached),
        "{record:?}"
    );
    let Outcome::Failed { message } = record.outcome else {
        anyhow::bail!("{:?}", record.outcome);
    };
    ensure!(message.contains("localhost/imgtui-none:x"), "{message}");
    ensure!(message.contains("base image"), "{message}");
    one_readable_error(&message)
}

/// Few lines, of a length that can be read, nothing in them that a terminal would obey.
fn one_readable_error(message: &str) -> Done {
    let lines: Vec<&str> = message.lines().collect();
    ensure!(
        (1..=4).contains(&lines.len()),
        "{} lines: {message}",
        lines.len()
    );
    let longest = lines.iter().map(|line| line.chars().count()).max();
    ensure!(longest.context("no line")? < 500, "too long: {message}");
    let control = |c: char| c.is_control() && c != '\n';
    ensure!(
        !message.contains(control),
        "control characters: {message:?}"
    );
    Ok(())
}
