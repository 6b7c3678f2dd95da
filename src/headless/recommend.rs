//! `imgtui recommend`: what was measured on this app, and what follows from it.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{json, out};
use crate::{
    app::{EngineChoice, Ground, of_engine},
    cli::Exit,
    domain::{
        ids::Bytes,
        recommend::{Recommendation, recommend as judge},
        record::BuildRecord,
    },
    report::recommend::{Circumstances, markdown, text_table},
    runner::availability::all_unavailable,
};

/// What is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Text,
    Markdown,
    Json,
}

impl Form {
    pub(super) fn of(markdown: bool, json: bool) -> Self {
        match (markdown, json) {
            (_, true) => Self::Json,
            (true, false) => Self::Markdown,
            (false, false) => Self::Text,
        }
    }
}

#[derive(Serialize)]
struct Printed {
    circumstances: Circumstances,
    #[serde(flatten)]
    recommendation: Recommendation,
}

pub(super) async fn recommend(ground: &Ground, form: Form) -> anyhow::Result<Exit> {
    let records = ground.state.history().load()?;
    let app = &ground.app.root;
    let records: Vec<BuildRecord> = records
        .into_iter()
        .filter(|record| record.app == *app)
        .collect();
    let engine = ground.connect().await.ok();
    // Without a word of which, those of the engine that built last.
    let kind = match ground.engine {
        EngineChoice::Any => None,
        _ => engine.as_ref().map(|engine| engine.info().kind.clone()),
    };
    let records = of_engine(records, kind.as_deref());
    let abilities = engine.as_ref().map(|engine| engine.abilities());
    let strategies = &ground.catalog.strategies;
    let unavailable = all_unavailable(strategies, &ground.app, abilities).await;
    let recommendation = judge(strategies, &records, &unavailable);
    let circumstances = circumstances(ground, &records);
    match form {
        Form::Text => out(text_table(&recommendation, &circumstances).trim_end()),
        Form::Markdown => out(markdown(&recommendation, &circumstances).trim_end()),
        Form::Json => json(&Printed {
            circumstances,
            recommendation,
        })?,
    }
    Ok(Exit::Ok)
}

fn circumstances(ground: &Ground, records: &[BuildRecord]) -> Circumstances {
    let engines: BTreeSet<String> = records
        .iter()
        .map(|record| record.engine.to_string())
        .collect();
    let newest = records.last().and_then(|record| record.started.get(..10));
    Circumstances {
        app: ground.app.name.clone(),
        engines: engines.into_iter().collect(),
        processors: std::thread::available_parallelism().map_or(1, usize::from),
        memory: memory(),
        day: newest.unwrap_or_default().to_owned(),
    }
}

/// `MemTotal` of `/proc/meminfo`.
fn memory() -> Option<Bytes> {
    let table = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = table.lines().find(|line| line.starts_with("MemTotal:"))?;
    let kibibytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(Bytes(kibibytes * 1024))
}
