//! `imgtui list`, `layers`, `context`, `command`: what can be told without a build.

use super::{json, note, out};
use crate::{
    app::Ground,
    cli::Exit,
    context::{EntryKind, IgnoreRules, walk},
    domain::text,
    report,
    runner::availability::all_unavailable,
};

pub(super) async fn list(ground: &Ground, as_json: bool) -> anyhow::Result<Exit> {
    let records = ground.state.history().load()?;
    let strategies = &ground.catalog.strategies;
    // An engine is not started for a list: what it can do is known when something is built.
    let unavailable = all_unavailable(strategies, &ground.app, None).await;
    let rows = report::listed(strategies, &records, &ground.app.root, &unavailable);
    if as_json {
        json(&rows)?;
    } else {
        out(report::list(&rows).trim_end());
    }
    for fault in &ground.catalog.faults {
        note(&format!("fault in {fault}"));
    }
    Ok(if ground.catalog.faults.is_empty() {
        Exit::Ok
    } else {
        Exit::Failed
    })
}

pub(super) fn layers(ground: &Ground, id: &str, as_json: bool) -> anyhow::Result<Exit> {
    let records = ground.state.history().load()?;
    let strategy = &ground.strategy(id)?.id;
    let newest = records
        .iter()
        .rev()
        .find(|record| record.has_built(strategy, &ground.app.root));
    let Some(record) = newest else {
        note(&format!("{id} was not built yet: `imgtui build {id}` does"));
        return Ok(Exit::Failed);
    };
    if as_json {
        json(&record.layers)?;
    } else {
        out(report::layers(record).trim_end());
    }
    Ok(Exit::Ok)
}

pub(super) fn context(ground: &Ground, as_json: bool) -> anyhow::Result<Exit> {
    let context = walk(&ground.app.root, &IgnoreRules::App)?;
    if as_json {
        json(&context)?;
        return Ok(Exit::Ok);
    }
    let mut files = 0_u64;
    for entry in &context.entries {
        if let EntryKind::File { bytes } = entry.kind {
            files += 1;
            out(&format!(
                "{:>9}  {}",
                text::bytes(bytes),
                shown(&entry.path)
            ));
        }
    }
    for ignored in &context.ignored {
        let size = ignored.bytes.map_or_else(|| "folder".into(), text::bytes);
        out(&format!(
            "{size:>9}  {}   ignored by {}:{} `{}`",
            shown(&ignored.path),
            ignored.file,
            ignored.line,
            crate::parse::terminal::plain(&ignored.pattern)
        ));
    }
    for skipped in &context.skipped {
        out(&format!(
            "{:>9}  {}   {}",
            "skipped",
            shown(&skipped.path),
            skipped.why
        ));
    }
    out(&format!(
        "{files} files, {} would be sent",
        text::bytes(context.bytes())
    ));
    Ok(Exit::Ok)
}

/// File names are foreign text too.
fn shown(path: &std::path::Path) -> String {
    crate::parse::terminal::plain(&path.display().to_string())
}

pub(super) async fn command(ground: &Ground, id: &str) -> anyhow::Result<Exit> {
    let strategy = ground.strategy(id)?;
    match crate::app::by_hand::command_by_hand(ground, strategy).await {
        Ok(text) => {
            out(&text);
            Ok(Exit::Ok)
        }
        Err(error) => {
            note(&error);
            Ok(Exit::NoEngine)
        }
    }
}
