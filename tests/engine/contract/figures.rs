//! Sizes, layers and times: those of the engine itself, and of the whole build.

use anyhow::{Context as _, ensure};
use imgtui::{domain::record::BuildRecord, engine::LABEL};

use super::Contract;
use crate::Done;

/// CPU time in user mode that the RUN takes, whatever the machine.
const BURNT_S: f64 = 0.5;

/// `times` is the CPU time of perl itself.
const DOCKERFILE: &str = "ARG BASE_IMAGE=none
FROM ${BASE_IMAGE}
RUN perl -e '1 while (times)[0] < 0.5'; echo burnt > /burnt
COPY . /app
RUN cat /app/src/main.rs > /after
";

pub(super) fn figures(contract: &Contract<'_>) -> Done {
    let room = contract.room("figures")?;
    room.strategy("plain", DOCKERFILE)?;
    let build = |more: &[&str]| {
        let arguments = [&["build", "plain", "--json"], more].concat();
        room.imgtui(&arguments)?.expect(0)?.record()
    };
    let record = build(&[])?;
    let cpu = record.cpu.context("no CPU time from an engine of ours")?;
    // Clock ticks of a hundredth of a second.
    ensure!(cpu.user_s > BURNT_S - 0.05, "the RUN is not in {cpu:?}");
    ensure!(
        cpu.system_s > 0.0,
        "nothing was done in the kernel: {cpu:?}"
    );
    ensure!(record.wall_s > BURNT_S, "{} s", record.wall_s);
    let image = record.image.as_ref().context("no image")?;
    let (id, size, _) = contract.store()?.image(&room.image("plain"), LABEL)?;
    ensure!(image.id.0 == id, "{image:?} is not {id}");
    let bytes = image.bytes.context("no bytes")?.0;
    ensure!(bytes == size, "{bytes} bytes told, {size} by the engine");
    layers(&record, bytes)?;
    let log = std::fs::read_to_string(&record.log)?;
    ensure!(log.contains("RUN perl"), "the log has no step: {log}");
    let edited = build(&["--edit", "source"])?;
    let push = edited.push.context("it is not known what a push sends")?;
    ensure!(push.layers >= 2, "{push:?}");
    ensure!((1..bytes / 10).contains(&push.bytes.0), "{push:?}");
    Ok(())
}

/// Each is named by its instruction, and together they are the image.
fn layers(record: &BuildRecord, bytes: u64) -> Done {
    for instruction in ["RUN perl -e", "COPY ", "RUN cat /app/src/main.rs > /after"] {
        let is_made_by = |created_by: &str| created_by.starts_with(instruction);
        ensure!(
            record.layers.iter().any(|one| is_made_by(&one.created_by)),
            "no layer of `{instruction}` in {:#?}",
            record.layers
        );
    }
    let sum: u64 = record.layers.iter().map(|layer| layer.bytes.0).sum();
    let apart = sum.abs_diff(bytes);
    ensure!(
        apart * 100 < bytes,
        "layers have {sum} bytes, the image {bytes}"
    );
    Ok(())
}
