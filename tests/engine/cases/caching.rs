//! What is cached, what runs, and how it is told.

use std::collections::BTreeSet;

use anyhow::{Context as _, ensure};
use imgtui::domain::{
    build::StepStatus::{self, Cached, NotReached, Ran},
    record::BuildRecord,
};
use serde_json::Value;

use crate::{Done, ground::Ground, room::Room};

const PLAIN: &str = "ARG BASE_IMAGE=none
FROM ${BASE_IMAGE}
RUN echo before > /before
COPY . /app
RUN cat /app/src/main.rs > /after
";

fn statuses(record: &BuildRecord) -> Vec<StepStatus> {
    record.steps.iter().map(|step| step.status).collect()
}

fn build(room: &Room<'_>, more: &[&str]) -> anyhow::Result<BuildRecord> {
    let mut arguments = vec!["build", "plain", "--json"];
    arguments.extend(more);
    room.imgtui(&arguments)?.expect(0)?.record()
}

/// The last step of each is the label that imgtui asks for; a FROM that is there is cached.
pub(super) fn an_edit(ground: &Ground) -> Done {
    let room = Room::new(ground, "caching")?;
    room.strategy("plain", PLAIN)?;
    let app = room.look_at_app()?;
    let first = build(&room, &[])?;
    ensure!(
        statuses(&first) == [Cached, Ran, Ran, Ran, Ran],
        "first: {first:?}"
    );
    let again = build(&room, &[])?;
    ensure!(statuses(&again) == [Cached; 5], "again: {again:?}");
    ensure!(again.image == first.image, "another image: {again:?}");
    let edited = build(&room, &["--edit", "source"])?;
    ensure!(
        statuses(&edited) == [Cached, Cached, Ran, Ran, Ran],
        "edited: {edited:?}"
    );
    ensure!(edited.image != first.image, "the edit made no other image");
    let touched = build(&room, &["--edit", "touch"])?;
    ensure!(statuses(&touched) == [Cached; 5], "touched: {touched:?}");
    let once_more = build(&room, &["--edit", "source"])?;
    ensure!(
        statuses(&once_more) == [Cached, Cached, Ran, Ran, Ran],
        "an edit had been seen before: {once_more:?}"
    );
    let anew = build(&room, &["--no-cache"])?;
    ensure!(
        statuses(&anew)[1..] == [Ran, Ran, Ran, Ran],
        "--no-cache: {anew:?}"
    );
    ensure!(room.look_at_app()? == app, "the app's folder was changed");
    room.imgtui(&["build", "plain"])?.expect(0)?;
    let lines = room.imgtui(&["build", "plain"])?.expect(0)?;
    let badges = lines
        .out
        .lines()
        .filter(|line| line.starts_with("  cached "));
    ensure!(badges.count() == 5, "not a line a step: {}", lines.out);
    let image = "localhost/imgtui/caching:plain";
    let label = ground.ask_podman(&[
        "image",
        "inspect",
        "--format",
        "{{index .Labels \"io.imgtui.made\"}}",
        image,
    ])?;
    ensure!(label == "image", "the label is `{label}`");
    Ok(())
}

fn keys(value: &Value) -> BTreeSet<&str> {
    let map = value.as_object();
    map.map(|map| map.keys().map(String::as_str).collect())
        .unwrap_or_default()
}

pub(super) fn json_fields(ground: &Ground) -> Done {
    let room = Room::new(ground, "json")?;
    room.strategy("plain", PLAIN)?;
    let ended = room.imgtui(&["build", "plain", "--json"])?.expect(0)?;
    let objects = ended.objects()?;
    ensure!(objects.len() == 1, "{} objects", objects.len());
    let object = objects.first().context("no object")?;
    let promised = [
        "schema", "strategy", "engine", "outcome", "image", "wall_s", "cpu", "steps", "layers",
        "log",
    ];
    for field in promised {
        ensure!(keys(object).contains(field), "no field {field}: {object}");
    }
    let fields = [
        ("engine", BTreeSet::from(["kind", "version"])),
        ("image", BTreeSet::from(["id", "bytes", "diff_ids"])),
        ("cpu", BTreeSet::from(["user_s", "system_s"])),
    ];
    for (field, wanted) in fields {
        let seen = keys(&object[field]);
        ensure!(seen == wanted, "{field} has {seen:?}");
    }
    let step = BTreeSet::from(["stage", "index", "of", "instruction", "status", "seconds"]);
    let steps = object["steps"].as_array().context("no steps")?;
    ensure!(steps.len() == 5, "{} steps", steps.len());
    ensure!(
        steps.iter().all(|found| keys(found).is_superset(&step)),
        "{steps:?}"
    );
    let layers = object["layers"].as_array().context("no layers")?;
    let layer = BTreeSet::from(["bytes", "created_by"]);
    ensure!(
        layers.iter().all(|found| keys(found) == layer),
        "{layers:?}"
    );
    ensure!(object["schema"] == 1, "{object}");
    ensure!(object["strategy"] == "plain", "{object}");
    ensure!(object["engine"]["kind"] == "podman", "{object}");
    ensure!(object["outcome"]["result"] == "built", "{object}");
    figures(ground, &ended.record()?)
}

/// The figures are those of podman itself, and of the log's file.
fn figures(ground: &Ground, record: &BuildRecord) -> Done {
    let cpu = record.cpu.context("no CPU time from our own service")?;
    ensure!(cpu.user_s + cpu.system_s > 0.0, "no CPU time was used");
    ensure!(record.wall_s > 0.0, "no time passed");
    let image = record.image.as_ref().context("no image")?;
    let inspected = ground.ask_podman(&[
        "image",
        "inspect",
        "--format",
        "{{.Id}} {{.Size}}",
        "localhost/imgtui/json:plain",
    ])?;
    let (id, size) = inspected.split_once(' ').context("no size")?;
    ensure!(
        image.id.0 == format!("sha256:{id}"),
        "{image:?} is not {id}"
    );
    let bytes = image.bytes.context("no bytes")?.0;
    ensure!(bytes == size.parse::<u64>()?, "{bytes} is not {size}");
    let layers: Vec<&str> = record
        .layers
        .iter()
        .map(|layer| layer.created_by.as_str())
        .collect();
    let made_by = [
        "RUN echo before > /before",
        "COPY ",
        "RUN cat /app/src/main.rs > /after",
    ];
    for instruction in made_by {
        ensure!(
            layers.iter().any(|layer| layer.starts_with(instruction)),
            "no layer of `{instruction}` in {layers:?}"
        );
    }
    let sum: u64 = record.layers.iter().map(|layer| layer.bytes.0).sum();
    let apart = sum.abs_diff(bytes);
    ensure!(
        apart * 100 < bytes,
        "layers have {sum} bytes, the image {bytes}"
    );
    let log = std::fs::read_to_string(&record.log)?;
    ensure!(
        log.contains("RUN echo before"),
        "the log has no step: {log}"
    );
    Ok(())
}

const STAGES: &str = "ARG BASE_IMAGE=none
FROM ${BASE_IMAGE} AS build
RUN echo of-build
RUN echo build > /made

FROM ${BASE_IMAGE} AS unused
RUN echo never

FROM ${BASE_IMAGE} AS final
RUN echo of-final
COPY --from=build /made /made
RUN echo last
";

pub(super) fn stages(ground: &Ground) -> Done {
    let room = Room::new(ground, "stages")?;
    room.strategy("plain", STAGES)?;
    let wanted = |first: StepStatus| {
        vec![
            ("build", 1, Cached),
            ("build", 2, first),
            ("build", 3, first),
            ("unused", 1, NotReached),
            ("unused", 2, NotReached),
            ("final", 1, Cached),
            ("final", 2, first),
            ("final", 3, first),
            ("final", 4, first),
            ("final", 5, first),
        ]
    };
    for status in [Ran, Cached] {
        let record = build(&room, &[])?;
        let seen: Vec<(&str, usize, StepStatus)> = record
            .steps
            .iter()
            .map(|step| (step.stage.as_str(), step.index, step.status))
            .collect();
        ensure!(seen == wanted(status), "{status:?}: {seen:?}");
        let log = std::fs::read_to_string(&record.log)?;
        let printed = |line: &str| log.lines().any(|found| found == line);
        let ran = status == Ran;
        ensure!(
            printed("of-build") == ran && printed("of-final") == ran,
            "{log}"
        );
        ensure!(!printed("never"), "an unused stage was built: {log}");
        for step in &record.steps {
            let began = step.status != NotReached;
            ensure!(step.seconds.is_some() == began, "{step:?}");
        }
    }
    Ok(())
}
