//! `imgtui bench`: what costs nothing, what is wrong, and what a break costs.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use rustix::process::Signal;
use serde_json::Value;

use super::Contract;
use crate::{
    Done,
    program::LIMIT,
    room::Room,
    server::{SOURCE, server},
};

/// On a busy machine each run waits for it to become quiet.
const BENCH_LIMIT: Duration = Duration::from_secs(900);

pub(super) fn measures_and_resumes(contract: &Contract<'_>) -> Done {
    let room = contract.room("bench")?.with_gate();
    room.strategy("honest", &server(SOURCE))?;
    room.strategy("yesterday", &server("q(imgtui:0000000000000000)"))?;
    measures(&room)?;
    resumes(&room)?;
    if contract.can_mount_caches() {
        empties_what_was_cold(&room)?;
    }
    contract.has_no_container()
}

fn measures(room: &Room<'_>) -> Done {
    let csv = room.app.with_file_name("bench.csv");
    let file = csv.to_string_lossy().into_owned();
    let scenarios = ["--scenarios", "unchanged,touch,source", "--rounds", "2"];
    let arguments = ["bench", "honest", "yesterday", "--json", "--export", &file];
    let ended = room
        .start(&[&arguments[..], &scenarios].concat())?
        .end(BENCH_LIMIT)?;
    // The stale one is wrong, and the exit code says so.
    let found = only(&ended.expect(1)?.out)?;
    let cell = |place: u64, prior: &str| -> anyhow::Result<&Value> {
        let mut results = found["results"].as_array().into_iter().flatten();
        results
            .find(|one| one["cell"]["place"] == place && one["cell"]["prior"] == prior)
            .context("no such cell")
    };
    for prior in ["unchanged", "touch"] {
        let honest = cell(0, prior)?;
        ensure!(honest["cached"][0] == honest["cached"][1], "{honest}");
        ensure!(honest["wall"]["runs"] == 2, "{honest}");
    }
    let edited = cell(0, "source")?;
    ensure!(edited["cached"][0] != edited["cached"][1], "{edited}");
    let stale = cell(1, "source")?;
    ensure!(stale["wall"].is_null(), "it has figures: {stale}");
    ensure!(
        stale["faults"][0]
            .as_str()
            .is_some_and(|text| text.starts_with("INVALID")),
        "{stale}"
    );
    let run = &found["runs"].as_array().context("no runs")?[0];
    ensure!(run["disk_growth"].is_u64(), "{run}");
    let image = &run["record"]["image"];
    // Where containerd keeps images their layers cannot be measured.
    if !image["bytes"].is_null() {
        let (layers, packed) = (&image["diff_ids"], &image["compressed"]);
        let count = |list: &Value| list.as_array().map(Vec::len);
        ensure!(count(layers) == count(packed), "{image}");
        let moved = |what: &str| run["record"][what]["bytes"].as_u64();
        ensure!(moved("pull") >= moved("push"), "{run}");
        ensure!(moved("push").is_some(), "{run}");
    }
    let text = std::fs::read_to_string(csv)?;
    ensure!(text.lines().count() == 13, "{text}");
    ensure!(text.contains(",INVALID,"), "{text}");
    Ok(())
}

/// Killed with no time to say goodbye, it goes on where it was.
fn resumes(room: &Room<'_>) -> Done {
    let arguments = [
        "bench",
        "honest",
        "--scenarios",
        "touch",
        "--rounds",
        "3",
        "--json",
    ];
    let running = room.start(&arguments)?;
    running.line(|line| line.contains(" cached").then_some(()))?;
    running.signal(Signal::KILL)?;
    running.end(LIMIT)?;
    let ended = room
        .start(&[&arguments[..], &["--resume"]].concat())?
        .end(BENCH_LIMIT)?
        .expect(0)?;
    ensure!(
        ended.err.contains(" runs are there already"),
        "{}",
        ended.err
    );
    ensure!(!ended.err.contains("0 runs are there"), "{}", ended.err);
    let found = only(&ended.out)?;
    let runs = found["runs"].as_array().context("no runs")?;
    let mut rounds: Vec<u64> = runs
        .iter()
        .filter_map(|run| run["round"].as_u64())
        .collect();
    rounds.sort_unstable();
    ensure!(rounds == [0, 1, 2], "{rounds:?}");
    Ok(())
}

/// A cold run has cache mounts of its own; afterwards nothing is in them.
fn empties_what_was_cold(room: &Room<'_>) -> Done {
    let copy = "COPY . /app\n";
    let run = |id: &str, command: &str| {
        let mount = format!("--mount=type=cache,id={id},target=/kept");
        server(SOURCE).replace(copy, &format!("{copy}RUN {mount} {command}\n"))
    };
    room.strategy("mounts", &run("kept", "sh -c 'echo full > /kept/file'"))?;
    let arguments = ["bench", "mounts", "--scenarios", "cold", "--rounds", "1"];
    let ended = room
        .start(&[&arguments[..], &["--json"]].concat())?
        .end(BENCH_LIMIT)?
        .expect(0)?;
    let found = only(&ended.out)?;
    let steps = found["runs"][0]["record"]["steps"].as_array();
    let mut instructions = steps
        .into_iter()
        .flatten()
        .filter_map(|step| step["instruction"].as_str());
    let id = instructions
        .find_map(|text| text.split("id=").nth(1)?.split(',').next())
        .context("no mount was told")?;
    // Another strategy gets at it: the app's name is put before each id.
    let own = id
        .len()
        .checked_sub("0123456789abcdef-kept".len())
        .and_then(|start| id.get(start..))
        .with_context(|| format!("a cold run took the mount of all others: {id}"))?;
    room.strategy("looks", &run(own, "test -z \"$(ls -A /kept)\""))?;
    room.imgtui(&["build", "looks"])?.expect(0)?;
    Ok(())
}

fn only(out: &str) -> anyhow::Result<Value> {
    serde_json::from_str(out.trim()).with_context(|| format!("no object: {out}"))
}
