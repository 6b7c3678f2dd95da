//! `imgtui engines`: what was found, and what of it works.

use super::{json, out};
use crate::{app::Ground, cli::Exit, report};

pub(super) async fn engines(ground: &Ground, as_json: bool) -> anyhow::Result<Exit> {
    let entries = ground.engines().await;
    if as_json {
        json(&entries)?;
    } else {
        out(report::engines(&entries).trim_end());
    }
    let is_usable = entries.iter().any(|entry| entry.facts().is_some());
    Ok(if is_usable { Exit::Ok } else { Exit::NoEngine })
}
