//! The README's picture: the screen after a real build, drawn by the screen's own code.

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{Ground, screen, session::fresh_stamp};
use crate::{
    domain::event::RunEvent,
    runner::{Order, stamp::Change},
    tui::{Msg, State, picture, update},
};

/// Columns and rows of the picture.
const SIZE: (u16, u16) = (132, 38);
/// The strategy that is built for it.
const STRATEGY: &str = "chef-scratch";

/// Builds a strategy after an edit (laid over the context) and draws the screen as it is then.
///
/// # Errors
/// When there is no engine, or no such strategy.
pub async fn draw(ground: &Ground) -> anyhow::Result<String> {
    let strategy = ground.strategy(STRATEGY)?.clone();
    let mut state = State::new(screen::start(ground, std::time::Duration::ZERO));
    state.select(strategy.id.clone());
    let mut take = |message| {
        update(&mut state, message);
    };
    take(Msg::Resize(SIZE.0, SIZE.1));
    let records = ground.state.history().load()?;
    let ours = records
        .into_iter()
        .filter(|record| record.app == ground.app.root);
    take(Msg::Records(ours.collect()));
    let engine = ground.connect().await?;
    let info = engine.info();
    take(Msg::Run(RunEvent::EngineReady {
        name: format!("{} {}", info.kind, info.version),
        how: engine.how().to_owned(),
    }));
    let order = Order {
        change: Change::Stamp(fresh_stamp()),
        ..Order::of(strategy)
    };
    let (sender, mut events) = mpsc::channel(1024);
    let runner = ground.runner(engine, sender);
    let building = tokio::spawn(async move {
        runner.build(&order, &CancellationToken::new()).await;
    });
    while let Some(event) = events.recv().await {
        take(Msg::Run(event));
    }
    building.await?;
    Ok(picture::svg(&picture::buffer(&state)))
}
