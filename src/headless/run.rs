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
    domain::{ids::Bytes, text},
    engine::{ChunkReader, ContainerRequest, Engine, RunningContainer},
    parse::terminal::plain,
    probe,
    runner::names,
};

/// An app that does not answer by then is taken for one that does not listen.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);
/// Entries of the image's root that are shown, the largest first.
const SHOWN_FOLDERS: usize = 20;

/// What was seen of a running image.
#[derive(Debug, Serialize)]
struct Seen {
    strategy: String,
    image: String,
    /// Answer to `GET /`; `None` when there was none.
    answer: Option<probe::Answer>,
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
    let request = ContainerRequest {
        image: image.clone(),
        port: Some(ground.app.settings.port.value),
        env: ground.app.settings.env.clone(),
        command: None,
    };
    let container = engine.start(request).await?;
    let looked = look(engine.as_ref(), &container, &cancel).await;
    // Whatever was seen, the container goes.
    let stopping = Instant::now();
    engine.stop(&container.id).await?;
    let (answer, output, inside) = looked?;
    let seen = Seen {
        strategy: id.to_owned(),
        image,
        answer,
        output,
        inside,
        stopped_in_s: stopping.elapsed().as_secs_f64(),
    };
    if as_json {
        json(&seen)?;
    } else {
        print(&seen);
    }
    Ok(match (&seen.answer, cancel.is_cancelled()) {
        (_, true) => Exit::Cancelled,
        (Some(_), _) => Exit::Ok,
        (None, _) => Exit::Failed,
    })
}

type Looked = (Option<probe::Answer>, Vec<String>, Vec<Inside>);

async fn look(
    engine: &dyn Engine,
    container: &RunningContainer,
    cancel: &CancellationToken,
) -> anyhow::Result<Looked> {
    let asked = tokio::select! {
        answer = probe::get(container.port.unwrap_or_default(), "/", ANSWER_LIMIT) => answer.ok(),
        // Who has ended will not answer any more; an error there is told by the calls below.
        _ = engine.ended(&container.id) => None,
        () = cancel.cancelled() => None,
    };
    let output = engine.output(&container.id).await?;
    let inside = tokio::select! {
        inside = list(engine, &container.id) => inside?,
        () = cancel.cancelled() => Vec::new(),
    };
    Ok((asked, output, inside))
}

fn print(seen: &Seen) {
    out(&format!("{} ran {}", seen.strategy, seen.image));
    if let Some(answer) = &seen.answer {
        let body = plain(answer.body.trim());
        out(&format!("GET / → {} {body}", answer.status));
    } else {
        out("GET / → no answer; the program printed:");
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
