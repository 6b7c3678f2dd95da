//! `imgtui build --json`.

use std::collections::BTreeSet;

use anyhow::{Context as _, ensure};
use serde_json::Value;

use crate::{Done, ground::Ground, room::Room};

const PLAIN: &str = "ARG BASE_IMAGE=none
FROM ${BASE_IMAGE}
RUN echo before > /before
COPY . /app
RUN cat /app/src/main.rs > /after
";

fn keys(value: &Value) -> BTreeSet<&str> {
    let map = value.as_object();
    map.map(|map| map.keys().map(String::as_str).collect())
        .unwrap_or_default()
}

pub(super) fn fields(ground: &Ground) -> Done {
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
        (
            "image",
            BTreeSet::from(["id", "bytes", "diff_ids", "compressed"]),
        ),
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
    Ok(())
}
