//! What is cached, what runs again, and how it is told.

use anyhow::{Context as _, ensure};
use imgtui::{
    domain::{
        build::StepStatus::{self, Cached, Ran},
        ids::ImageId,
        reason::Expected,
        record::BuildRecord,
    },
    engine::{IMAGE, LABEL},
};

use super::{
    Contract, Kind,
    steps::{LABELS, ONLY},
};
use crate::{Done, room::Room};

const DOCKERFILE: &str = "ARG BASE_IMAGE=none
FROM ${BASE_IMAGE}
ENV GREETING=hello
RUN echo before > /before
COPY . /app
RUN cat /app/src/main.rs > /after
CMD [\"none\"]
";

fn build(room: &Room<'_>, more: &[&str]) -> anyhow::Result<BuildRecord> {
    let arguments = [&["build", "plain", "--json"], more].concat();
    room.imgtui(&arguments)?.expect(0)?.record()
}

fn image(record: &BuildRecord) -> anyhow::Result<&ImageId> {
    Ok(&record.image.as_ref().context("no image")?.id)
}

pub(super) fn cached_rebuild(contract: &Contract<'_>) -> Done {
    let room = contract.room("caching")?;
    room.strategy("plain", DOCKERFILE)?;
    let app = room.look_at_app()?;
    // What does not change, what follows from the source, and whether it runs.
    let expect = |record: &BuildRecord, before: StepStatus, from_copy_on: StepStatus| {
        let wanted = [
            ("FROM ", Cached),
            ("ENV GREETING", before),
            ("RUN echo before", before),
            ("COPY . /app", from_copy_on),
            ("RUN cat /app/src/main.rs", from_copy_on),
            ("CMD ", from_copy_on),
            (LABELS, from_copy_on),
        ];
        contract.expect(record, ONLY, &wanted)
    };
    let first = build(&room, &[])?;
    expect(&first, Ran, Ran).context("first")?;
    let again = build(&room, &[])?;
    expect(&again, Cached, Cached).context("again")?;
    ensure!(image(&again)? == image(&first)?, "another image: {again:?}");
    let edited = build(&room, &["--edit", "source"])?;
    expect(&edited, Cached, Ran).context("edited")?;
    ensure!(image(&edited)? != image(&first)?, "not edited: {edited:?}");
    let touched = build(&room, &["--edit", "touch"])?;
    expect(&touched, Cached, Cached).context("touched")?;
    ensure!(image(&touched)? == image(&first)?, "touched: {touched:?}");
    let once_more = build(&room, &["--edit", "source"])?;
    expect(&once_more, Cached, Ran).context("an edit had been seen before")?;
    let anew = build(&room, &["--no-cache"])?;
    expect(&anew, Ran, Ran).context("--no-cache")?;
    room.strategy("plain", &format!("# a comment\n{DOCKERFILE}"))?;
    let commented = build(&room, &[])?;
    copies_the_dockerfile(contract, &commented)?;
    ensure!(room.look_at_app()? == app, "the app's folder was changed");
    is_told_a_line_a_step(&room, &anew)?;
    let (_, _, label) = contract.store()?.image(&room.image("plain"), LABEL)?;
    ensure!(label == IMAGE, "the label is `{label}`");
    Ok(())
}

/// `BuildKit` does not hide the Dockerfile from `COPY . /app`; the others do.
fn copies_the_dockerfile(contract: &Contract<'_>, commented: &BuildRecord) -> Done {
    let mut steps = commented.steps.iter().zip(&commented.why);
    let copy = steps.find(|(step, _)| step.instruction.starts_with("COPY . /app"));
    let (step, Some(why)) = copy.context("no COPY")? else {
        anyhow::bail!("no reason: {commented:?}");
    };
    let is_buildkit = contract.facts.kind == Kind::DockerBuildKit;
    let expected = if is_buildkit {
        (Ran, Expected::Miss)
    } else {
        (Cached, Expected::Hit)
    };
    ensure!((step.status, why.expected) == expected, "{step:?} {why:?}");
    let said = why.reason.to_string();
    let is_named = said == "the Dockerfile, sent along, changed (12 bytes at line 1)";
    ensure!(is_named == is_buildkit, "{said}");
    Ok(())
}

const LOCKED: &str = "ARG BASE_IMAGE=none
FROM ${BASE_IMAGE}
COPY . /app
RUN --mount=type=cache,id=locked-one,target=/one,sharing=locked --mount=type=cache,id=locked-two,target=/two,sharing=locked cat /app/src/main.rs > /two/seen
CMD [\"none\"]
";

/// A `RUN` with several locked mounts, twice by one imgtui: an engine may keep the locks.
pub(super) fn locked_mounts(contract: &Contract<'_>) -> Done {
    if !contract.can_mount_caches() {
        return Ok(());
    }
    let room = contract.room("locked")?;
    room.strategy("plain", LOCKED)?;
    room.strategy("same", &LOCKED.replace("cat ", "grep . "))?;
    let built = room.imgtui(&["build", "plain", "same", "--edit", "source", "--json"])?;
    let records = built.expect(0)?.records()?;
    ensure!(records.len() == 2, "{records:?}");
    for record in &records {
        contract.expect(
            record,
            ONLY,
            &[
                ("FROM ", Cached),
                ("COPY . /app", Ran),
                ("RUN ", Ran),
                ("CMD ", Ran),
                (LABELS, Ran),
            ],
        )?;
    }
    Ok(())
}

fn is_told_a_line_a_step(room: &Room<'_>, before: &BuildRecord) -> Done {
    let told = room.imgtui(&["build", "plain"])?.expect(0)?.out;
    let cached = told.lines().filter(|line| line.starts_with("  cached "));
    ensure!(cached.count() == before.steps.len(), "{told}");
    Ok(())
}
