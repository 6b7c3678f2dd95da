//! `imgtui advise`: what could be done better, from what this app's own builds cost.

use std::collections::BTreeMap;

use super::{history::kind, json, note, out};
use crate::{
    app::Ground,
    cli::Exit,
    domain::{
        archive::Archive,
        digest::ContentDigest,
        findings::{findings, needless, told},
    },
    store::Filter,
};

/// So many of the newest builds are looked at.
const LOOKED_AT: usize = 500;

pub(super) async fn advise(ground: &Ground, as_json: bool) -> anyhow::Result<Exit> {
    let engine = match kind(ground).await {
        Ok(engine) => engine,
        Err(exit) => return Ok(exit),
    };
    let history = ground.state.history();
    let filter = Filter {
        app: Some(ground.app.root.clone()),
        engine,
        ..Filter::default()
    };
    let builds = history.newest(&filter, LOOKED_AT)?;
    let explained = builds
        .iter()
        .filter(|past| !past.record.why.is_empty())
        .count();
    if explained == 0 {
        note("no build is known whose reasons were kept: build and edit for a while first");
        return Ok(Exit::Ok);
    }
    let mut found = findings(&builds);
    let archive = history.archive();
    let contexts: BTreeMap<String, ContentDigest> = history.last_contexts(&ground.app.root)?;
    found.extend(
        contexts
            .iter()
            .filter_map(|(strategy, context)| needless(strategy, &archive.manifest(context)?)),
    );
    if as_json {
        json(&found)?;
    } else if found.is_empty() {
        out(&format!("nothing found in {explained} builds"));
    } else {
        out(told(&found).trim_end());
    }
    Ok(Exit::Ok)
}
