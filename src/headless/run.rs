//! `imgtui run`: starts a built image, asks it, shows what is inside, stops it.

use std::{
    collections::BTreeMap,
    io::Read,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use serde::Serialize;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{cancel_on_signal, engine, json, note, out};
use crate::{
    app::Ground,
    cli::Exit,
    domain::{ids::Bytes, settings::Probe, text},
    engine::{ChunkReader, ContainerRequest, Engine, RunningContainer},
    parse::terminal::plain,
    probe::{self, ANSWER_LIMIT, COMMAND_LIMIT, START_LIMIT},
    runner::names,
};

/// Entries of the image's root that are shown, the largest first.
const SHOWN_FOLDERS: usize = 20;

/// What was seen of a running image.
#[derive(Debug, Serialize)]
struct Seen {
    strategy: String,
    image: String,
    /// What was asked of it: `GET /`, a command, or only to start.
    asked: String,
    /// Answer to a `GET`; `None` when there was none.
    answer: Option<probe::Answer>,
    /// Exit status, where the program ended by itself.
    ended: Option<i64>,
    /// What the program printed.
    output: Vec<String>,
    /// Bytes and files per entry of the image's root, the largest first.
    inside: Vec<Inside>,
    /// Seconds from the first request to stop until the container was gone.
    stopped_in_s: f64,
}

#[derive(Debug, Serialize)]
struct Inside {
    path: String,
    files: u64,
    bytes: Bytes,
}

pub(super) async fn run(ground: &Ground, id: &str, as_json: bool) -> anyhow::Result<Exit> {
    let strategy = ground.strategy(id)?;
    let cancel = cancel_on_signal();
    let engine = match engine(ground, &cancel).await {
        Ok(engine) => engine,
        Err(exit) => return Ok(exit),
    };
    let image = names::image_of(&ground.app, &strategy.id);
    if engine.image(&image).await?.is_none() {
        note(&format!(
            "{image} is not there: `imgtui build {id}` makes it"
        ));
        return Ok(Exit::Failed);
    }
    let settings = &ground.app.settings;
    let probe = match &strategy.check {
        Some(command) => &Probe::Command {
            command: command.clone(),
        },
        None => &settings.probe.value,
    };
    let request = ContainerRequest {
        image: image.clone(),
        port: matches!(probe, Probe::Http { .. }).then_some(settings.port.value),
        env: settings.env.clone(),
        command: match probe {
            Probe::Command { command } => Some(command.clone()),
            Probe::Http { .. } | Probe::Program => None,
        },
    };
    let container = engine.start(request).await?;
    let looked = look(engine.as_ref(), &container, probe, &cancel).await;
    // Whatever was seen, the container goes.
    let stopping = Instant::now();
    engine.stop(&container.id).await?;
    let looked = looked?;
    let seen = Seen {
        strategy: id.to_owned(),
        image,
        asked: match probe {
            Probe::Program => "started".into(),
            asked => asked.to_string(),
        },
        answer: looked.answer,
        ended: looked.ended,
        output: looked.output,
        inside: looked.inside,
        stopped_in_s: stopping.elapsed().as_secs_f64(),
    };
    if as_json {
        json(&seen)?;
    } else {
        print(&seen);
    }
    if cancel.is_cancelled() {
        return Ok(Exit::Cancelled);
    }
    let is_well = match probe {
        Probe::Http { .. } => seen.answer.is_some(),
        Probe::Command { .. } => seen.ended == Some(0),
        Probe::Program => true,
    };
    Ok(if is_well { Exit::Ok } else { Exit::Failed })
}

struct Looked {
    answer: Option<probe::Answer>,
    ended: Option<i64>,
    output: Vec<String>,
    inside: Vec<Inside>,
}

async fn look(
    engine: &dyn Engine,
    container: &RunningContainer,
    probe: &Probe,
    cancel: &CancellationToken,
) -> anyhow::Result<Looked> {
    let port = container.port.unwrap_or_default();
    let asked = async {
        match probe {
            Probe::Http { path } => probe::get(port, path, ANSWER_LIMIT).await.ok(),
            Probe::Command { .. } => pause(COMMAND_LIMIT).await,
            Probe::Program => pause(START_LIMIT).await,
        }
    };
    let (answer, ended) = tokio::select! {
        answer = asked => (answer, None),
        ended = engine.ended(&container.id) => (None, ended.ok()),
        () = cancel.cancelled() => (None, None),
    };
    let output = engine.output(&container.id).await?;
    let inside = tokio::select! {
        inside = list(engine, &container.id) => inside?,
        () = cancel.cancelled() => Vec::new(),
    };
    Ok(Looked {
        answer,
        ended,
        output,
        inside,
    })
}

async fn pause(limit: Duration) -> Option<probe::Answer> {
    tokio::time::sleep(limit).await;
    None
}

fn print(seen: &Seen) {
    out(&format!("{} ran {}", seen.strategy, seen.image));
    let asked = plain(&seen.asked);
    match (&seen.answer, seen.ended) {
        (Some(answer), _) => out(&format!(
            "{asked} → {} {}",
            answer.status,
            plain(answer.body.trim())
        )),
        (None, Some(status)) => out(&format!("{asked} → ended with status {status}")),
        (None, None) => out(&format!("{asked} → no answer, still running")),
    }
    if seen.answer.is_none() && !seen.output.is_empty() {
        out("it printed:");
        for line in &seen.output {
            out(&format!("  {line}"));
        }
    }
    out("inside:");
    for entry in seen.inside.iter().take(SHOWN_FOLDERS) {
        let size = text::bytes(entry.bytes);
        out(&format!(
            "{size:>9}  {:>6} files  {}",
            entry.files,
            plain(&entry.path)
        ));
    }
    if let Some(more) = seen.inside.len().checked_sub(SHOWN_FOLDERS + 1) {
        out(&format!("           and {} more", more + 1));
    }
    out(&format!("stopped in {:.2} s", seen.stopped_in_s));
}

/// Sums up the container's files by the entries of its root. The export is read as it comes;
/// nothing of it is kept.
async fn list(engine: &dyn Engine, container: &str) -> anyhow::Result<Vec<Inside>> {
    let (sender, receiver) = mpsc::channel(16);
    let listing = tokio::task::spawn_blocking(move || sum_up(ChunkReader::new(receiver)));
    engine.export(container, sender).await?;
    let by_path = listing
        .await?
        .context("the container's files could not be listed")?;
    let mut inside: Vec<Inside> = by_path
        .into_iter()
        .map(|(path, (files, bytes))| Inside {
            path,
            files,
            bytes: Bytes(bytes),
        })
        .collect();
    inside.sort_by_key(|entry| std::cmp::Reverse(entry.bytes));
    Ok(inside)
}

fn sum_up(reader: impl Read) -> std::io::Result<BTreeMap<String, (u64, u64)>> {
    let mut sums: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    let mut archive = tar::Archive::new(reader);
    for entry in archive.entries()? {
        let entry = entry?;
        let path = entry.path_bytes();
        let path = String::from_utf8_lossy(&path).into_owned();
        let path = path.trim_start_matches("./").trim_start_matches('/');
        let top = path.split('/').next().unwrap_or_default();
        let is_file = entry.header().entry_type().is_file();
        if top.is_empty() {
            continue;
        }
        let sum = sums.entry(format!("/{top}")).or_default();
        sum.0 += u64::from(is_file);
        sum.1 += entry.size();
    }
    Ok(sums)
}
