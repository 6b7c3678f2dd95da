//! `imgtui run`.

use anyhow::{Context as _, ensure};

use super::Contract;
use crate::{
    Done, say,
    server::{SOURCE, server},
};

const MUTE: &str = "ARG BASE_IMAGE=none
FROM ${BASE_IMAGE}
ENTRYPOINT [\"/bin/echo\", \"famous-last-words\"]
";

pub(super) fn answers(contract: &Contract<'_>) -> Done {
    let room = contract.room("running")?;
    room.strategy("server", &server(SOURCE))?;
    room.strategy("mute", MUTE)?;
    let unbuilt = room.imgtui(&["run", "server"])?.expect(1)?;
    ensure!(
        unbuilt.err.contains("imgtui build server"),
        "{}",
        unbuilt.err
    );
    room.imgtui(&["build", "server", "mute"])?.expect(0)?;
    let objects = room
        .imgtui(&["run", "server", "--json"])?
        .expect(0)?
        .objects()?;
    let seen = objects.first().context("no object")?;
    ensure!(seen["answer"]["status"] == 200, "{seen}");
    let body = seen["answer"]["body"].as_str().context("no body")?;
    ensure!(body.contains("imgtui:0000000000000000"), "{body}");
    let inside = seen["inside"].as_array().context("nothing inside")?;
    ensure!(inside.iter().any(|entry| entry["path"] == "/app"), "{seen}");
    let stopped = seen["stopped_in_s"].as_f64().context("no time")?;
    say(&format!(
        "{}: `imgtui run` stopped its container in {:.0} ms (goal 1000)",
        contract.facts.name,
        stopped * 1e3
    ));
    ensure!(stopped < 2.0, "stopping took {stopped} s");
    let edited = room.imgtui(&["build", "server", "--edit", "source", "--json"])?;
    let stamp = edited.expect(0)?.record()?.stamp.context("no stamp")?;
    let answer = room.imgtui(&["run", "server"])?.expect(0)?.out;
    ensure!(answer.contains("200"), "{answer}");
    ensure!(
        answer.contains(&stamp.to_string()),
        "the edit is not in it: {answer}"
    );
    let mute = room.imgtui(&["run", "mute"])?.expect(1)?;
    ensure!(mute.out.contains("famous-last-words"), "{}", mute.out);
    contract.has_no_container()
}
