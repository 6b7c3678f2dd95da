//! `imgtui recommend`: what was measured on this app, and what follows from it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{json, out};
use crate::{
    app::Ground,
    cli::Exit,
    domain::{
        ids::{Bytes, StrategyId},
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
    let recommendation = judge(
        &ground.catalog.strategies,
        &records,
        &not_available(ground).await,
    );
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

/// Strategies that cannot be built here, each with its reason. What an engine is able to do is
/// asked only where one is there already.
async fn not_available(ground: &Ground) -> BTreeMap<StrategyId, String> {
    let engine = ground.connect().await.ok();
    let abilities = engine.as_ref().map(|engine| engine.abilities());
    all_unavailable(&ground.catalog.strategies, &ground.app, abilities).await
}

fn circumstances(ground: &Ground, records: &[BuildRecord]) -> Circumstances {
    let engines: BTreeSet<String> = records
        .iter()
        .map(|record| format!("{} {}", record.engine.kind, record.engine.version))
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
