//! Builds that fail.

use anyhow::{Context as _, ensure};
use imgtui::domain::{
    build::StepStatus::{Cached, Failed, NotReached, Ran},
    event::Outcome,
};

use super::{
    Contract, Way,
    steps::{LABELS, ONLY},
};
use crate::Done;

pub(super) fn run(contract: &Contract<'_>) -> Done {
    let room = contract.room("failing")?;
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
    let wanted = [
        ("FROM ", Cached),
        ("RUN echo fine", Ran),
        ("RUN echo the-last-words", Failed),
        ("RUN echo after", NotReached),
        (LABELS, NotReached),
    ];
    contract.expect(&record, ONLY, &wanted)?;
    ensure!(record.image.is_none(), "an image was made: {record:?}");
    let message = ended.failure()?;
    for words in ["RUN echo the-last-words; exit 7", "status 7"] {
        ensure!(message.contains(words), "no `{words}` in {message}");
    }
    one_readable_error(&message)?;
    let log = std::fs::read_to_string(&record.log)?;
    ensure!(log.lines().any(|line| line == "the-last-words"), "{log}");
    let lines = room.imgtui(&["build", "plain"])?.expect(1)?.out;
    let shown = lines.lines().any(|line| line.trim() == "| the-last-words");
    ensure!(shown, "its output is not shown: {lines}");
    ensure!(lines.contains("FAILED"), "{lines}");
    contract.has_no_container()
}

pub(super) fn unknown_instruction(contract: &Contract<'_>) -> Done {
    let room = contract.room("unknown")?;
    room.strategy(
        "plain",
        "ARG BASE_IMAGE=none\nFROM ${BASE_IMAGE}\nRUNN echo typo\n",
    )?;
    let ended = room.imgtui(&["build", "plain", "--json"])?.expect(1)?;
    let message = ended.failure()?;
    ensure!(message.to_uppercase().contains("RUNN"), "{message}");
    one_readable_error(&message)?;
    contract.has_no_container()
}

pub(super) fn missing_base(contract: &Contract<'_>) -> Done {
    let room = contract.room("missing")?;
    room.strategy("plain", "FROM localhost/imgtui-none:x\nRUN echo never\n")?;
    let ended = room.imgtui(&["build", "plain", "--json"])?.expect(1)?;
    let record = ended.record()?;
    let from = if contract.has(Way::BasesAreLookedUpFirst) {
        NotReached
    } else {
        Failed
    };
    let wanted = [
        ("FROM ", from),
        ("RUN echo never", NotReached),
        (LABELS, NotReached),
    ];
    contract.expect(&record, ONLY, &wanted)?;
    let Outcome::Failed { message } = record.outcome else {
        anyhow::bail!("{:?}", record.outcome);
    };
    ensure!(message.contains("localhost/imgtui-none:x"), "{message}");
    ensure!(message.contains("base image"), "{message}");
    one_readable_error(&message)
}

/// Few lines, of a length that can be read, nothing in them that a terminal would obey.
pub(super) fn one_readable_error(message: &str) -> Done {
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
