//! The screen and the session behind it, put together.

use tokio::sync::mpsc;

use super::{
    Ground,
    session::{Session, channels},
};
use crate::tui::{self, Colour, Start, State};

/// Shows the screen until the user leaves it. Gives back what the user has to know after that,
/// e.g. a source that could not be restored.
///
/// # Errors
/// When the terminal cannot be set up.
pub async fn show(ground: Ground, now: std::time::Duration) -> anyhow::Result<Vec<String>> {
    let (messages, incoming) = channels();
    let (effects, performed) = mpsc::unbounded_channel();
    let state = State::new(start(&ground, now));
    let session = tokio::spawn(Session::new(ground, messages).live(performed));
    let shown = tui::run(state, incoming, move |effect| {
        // The session ends after the screen only.
        let _ = effects.send(effect);
    })
    .await;
    let farewell = session.await;
    shown?;
    Ok(farewell?)
}

/// What the screen knows before its first frame.
pub(super) fn start(ground: &Ground, now: std::time::Duration) -> Start {
    Start {
        strategies: ground.catalog.strategies.clone(),
        faults: ground.catalog.faults.clone(),
        app_name: ground.app.name.clone(),
        app_root: ground.app.root.clone(),
        colour: colour(),
        ready: !ground.lacks_engine(),
        watch: true,
        unavailable: std::collections::BTreeMap::new(),
        now,
    }
}

/// <https://no-color.org>: any value but the empty one switches colours off.
fn colour() -> Colour {
    match std::env::var_os("NO_COLOR") {
        Some(value) if !value.is_empty() => Colour::Off,
        _ => Colour::On,
    }
}
