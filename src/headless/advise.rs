//! `imgtui advise`: what could be done better, from what this app's own builds cost.

use std::{collections::BTreeMap, path::Path};

use super::{history::kind, json, note, out};
use crate::{
    app::Ground,
    cli::Exit,
    domain::{
        archive::Archive,
        event::{Outcome, Subject},
        findings::{Evidence, Known, Listed, Profiles, findings, layers::Opened, told},
        footprint::Footprint,
        history::PastBuild,
        manifest::{Manifest, What},
    },
    engine::Engine,
    parse::{dockerfile::outline, terminal::plain},
    runner::opened::{is_worth_opening, open},
    store::Filter,
    why::profiles::profiles,
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
    let mut builds = history.newest(&filter, LOOKED_AT)?;
    // What a look at cargo costs is not to be saved.
    builds.retain(|past| !past.record.purpose.is_look());
    let explained = builds
        .iter()
        .filter(|past| !past.record.why.is_empty())
        .count();
    if explained == 0 {
        note("no build is known whose reasons were kept: build and edit for a while first");
        return Ok(Exit::Ok);
    }
    let footprints = history.footprints(&ground.app.root, LOOKED_AT)?;
    let archive = history.archive();
    let evidence = evidence(ground, &builds, &footprints, &archive);
    let images = opened(ground, &builds).await;
    let found = findings(&evidence, &images);
    if as_json {
        json(&found)?;
    } else if found.is_empty() {
        out(&format!("nothing found in {explained} builds"));
    } else {
        // Names of files and texts of instructions are foreign.
        out(plain(&told(&found)).trim_end());
    }
    Ok(Exit::Ok)
}

fn evidence<'a>(
    ground: &'a Ground,
    builds: &'a [PastBuild],
    footprints: &'a BTreeMap<i64, Footprint>,
    archive: &'a dyn Archive,
) -> Evidence<'a> {
    let known = builds.iter().map(|past| {
        let footprint = footprints.get(&past.id);
        let context = footprint.and_then(|footprint| archive.manifest(&footprint.context));
        let profiles = context
            .as_ref()
            .and_then(|context| profiles_of(context, archive));
        Known {
            past,
            footprint,
            context,
            profiles,
        }
    });
    let strategies = ground.catalog.strategies.iter().map(|strategy| Listed {
        strategy,
        stages: outline(&strategy.dockerfile),
    });
    Evidence {
        builds: known.collect(),
        strategies: strategies.collect(),
        archive,
    }
}

fn profiles_of(context: &Manifest, archive: &dyn Archive) -> Option<Profiles> {
    let What::File { content, .. } = &context.get(Path::new("Cargo.toml"))?.what else {
        return None;
    };
    profiles(&String::from_utf8(archive.content(content)?).ok()?)
}

/// The newest image of each strategy, looked into where there is an engine that has it. What is left
/// out is said.
async fn opened(ground: &Ground, builds: &[PastBuild]) -> Vec<Opened> {
    let mut newest: Vec<&PastBuild> = Vec::new();
    for past in builds {
        let record = &past.record;
        let is_image = record.outcome == Outcome::Built
            && record.image.is_some()
            && matches!(record.subject, Subject::Strategy(_));
        let is_known = newest.iter().any(|other| {
            other.record.strategy == record.strategy
                && other.record.engine.kind == record.engine.kind
        });
        if is_image && !is_known {
            newest.push(past);
        }
    }
    newest.retain(|past| is_worth_opening(&past.record));
    if newest.is_empty() {
        return Vec::new();
    }
    let engine = match ground.connect().await {
        Ok(engine) => engine,
        Err(error) => {
            note(&format!(
                "what images hide in their layers was left out, as no engine answers: {error}"
            ));
            return Vec::new();
        }
    };
    open_all(engine.as_ref(), newest).await
}

async fn open_all(engine: &dyn Engine, mut newest: Vec<&PastBuild>) -> Vec<Opened> {
    let kind = &engine.info().kind;
    let count = newest.len();
    newest.retain(|past| past.record.engine.kind == *kind);
    if newest.len() < count {
        note(&format!(
            "layers are looked into by {kind} alone: `--engine` takes another one"
        ));
    }
    let word = if newest.len() == 1 { "image" } else { "images" };
    note(&format!(
        "looking into the layers of {} {word}",
        newest.len()
    ));
    let mut found = Vec::new();
    let mut left_out: Vec<&str> = Vec::new();
    for past in newest {
        match open(engine, past).await {
            Ok(Some(opened)) => found.push(opened),
            Ok(None) => left_out.push(&past.record.strategy),
            Err(error) => {
                note(&format!("layers could not be looked into: {error}"));
                break;
            }
        }
    }
    if !left_out.is_empty() {
        note(&format!(
            "the engine no longer has the newest image of: {}",
            left_out.join(", ")
        ));
    }
    found
}
