//! The gate: an image that does not answer, or not with this build's stamp, is invalid.

use anyhow::{Context as _, bail, ensure};
use imgtui::domain::{
    edit::EditKind,
    verdict::{Proof, Verdict},
};

use super::Contract;
use crate::{
    Done,
    server::{SOURCE, server},
    verdicts::{invalid, verdict, verified},
};

pub(super) fn stale_stamp(contract: &Contract<'_>) -> Done {
    let room = contract.room("gate-stamp")?.with_gate();
    room.strategy("honest", &server(SOURCE))?;
    room.strategy("yesterday", &server("q(imgtui:0000000000000000)"))?;
    let build = |id, code, more: &[&str]| {
        let arguments = [&["build", id, "--json"][..], more].concat();
        room.imgtui(&arguments)?.expect(code)?.record()
    };
    let edit = ["--edit", "source"];
    let first = build("honest", 0, &[])?;
    verified(&first, Proof::Answer)?;
    let edited = build("honest", 0, &edit)?;
    verified(&edited, Proof::Answer)?;
    ensure!(edited.edit == Some(EditKind::Source), "{edited:?}");
    ensure!(edited.stamp != first.stamp, "the same stamp twice");
    // Without an edit the old stamp is the right one.
    verified(&build("yesterday", 0, &[])?, Proof::Answer)?;
    let stale = build("yesterday", 1, &edit)?;
    invalid(&stale, &["imgtui:0000000000000000", "older program"])?;
    let unseen = build("yesterday", 0, &["--edit", "source", "--no-verify"])?;
    let is_unverified = matches!(verdict(&unseen)?, Verdict::Unverified { .. });
    ensure!(is_unverified, "{:?}", unseen.verdict);
    let lines = room
        .imgtui(&["build", "yesterday", "--edit", "source"])?
        .expect(1)?;
    ensure!(lines.out.contains("INVALID: it answers"), "{}", lines.out);
    let listed = room.imgtui(&["list"])?.expect(0)?;
    let row = listed.out.lines().find(|line| line.contains("yesterday"));
    let row = row.context("no row")?;
    ensure!(row.contains("INVALID"), "not told in the list: {row}");
    contract.has_no_container()
}

pub(super) fn silent_image(contract: &Contract<'_>) -> Done {
    let room = contract.room("gate-silence")?.with_gate();
    let entry = |program: &str| {
        format!("ARG BASE_IMAGE=none\nFROM ${{BASE_IMAGE}}\nCOPY . /app\nENTRYPOINT {program}\n")
    };
    room.strategy("sleeper", &entry(r#"["/bin/sleep", "100"]"#))?;
    room.strategy(
        "short-lived",
        &entry(r#"["/bin/sh", "-c", "echo famous-last-words; exit 3"]"#),
    )?;
    room.strategy("absent", &entry(r#"["/no/such/program"]"#))?;
    let arguments = ["build", "--json", "sleeper", "short-lived", "absent"];
    let records = room.imgtui(&arguments)?.expect(1)?.records()?;
    let [sleeper, short_lived, absent] = records.as_slice() else {
        bail!("{} records", records.len());
    };
    invalid(sleeper, &["port 7000", "listens nowhere"])?;
    invalid(short_lived, &["status 3", "famous-last-words"])?;
    invalid(absent, &["/no/such/program", "no such file"])?;
    contract.has_no_container()
}
