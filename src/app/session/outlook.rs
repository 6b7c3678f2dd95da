//! Keeps the screen told what builds would cost if they were started now.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::{
    sync::{Notify, mpsc, watch},
    task::JoinHandle,
};

use crate::{
    app::Ground,
    domain::{foreseen::Foreseen, ids::StrategyId},
    runner::foresee::{Foresight, Sight, Supposed},
    tui::Msg,
};

/// Looks again whenever it is asked to; what is asked while it looks is one look more.
pub(super) struct Outlook {
    wake: Arc<Notify>,
    /// Builds were added to the history, or another engine is meant.
    is_outdated: Arc<AtomicBool>,
    engine: watch::Sender<Option<String>>,
    task: JoinHandle<()>,
}

impl Outlook {
    pub(super) fn new(ground: &Ground, messages: mpsc::Sender<Msg>) -> Self {
        let (engine, kind) = watch::channel(None);
        let wake = Arc::new(Notify::new());
        let is_outdated = Arc::new(AtomicBool::new(true));
        let task = tokio::spawn(look(
            ground.clone(),
            messages,
            Arc::clone(&wake),
            Arc::clone(&is_outdated),
            kind,
        ));
        Self {
            wake,
            is_outdated,
            engine,
            task,
        }
    }

    /// Sources changed.
    pub(super) fn look(&self) {
        self.wake.notify_one();
    }

    /// A build is over.
    pub(super) fn learn(&self) {
        self.is_outdated.store(true, Ordering::Release);
        self.look();
    }

    /// Builds are by engines of this kind from now on.
    pub(super) fn engine_is(&self, kind: &str) {
        self.engine.send_replace(Some(kind.to_owned()));
        self.learn();
    }
}

impl Drop for Outlook {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn look(
    ground: Ground,
    messages: mpsc::Sender<Msg>,
    wake: Arc<Notify>,
    is_outdated: Arc<AtomicBool>,
    engine: watch::Receiver<Option<String>>,
) {
    let mut foresight: Option<Foresight> = None;
    loop {
        wake.notified().await;
        let is_old = is_outdated.swap(false, Ordering::AcqRel);
        let known = foresight.take().filter(|_| !is_old);
        let kind = engine.borrow().clone();
        let ground = ground.clone();
        let looked = tokio::task::spawn_blocking(move || {
            let foresight = match known {
                Some(known) => Some(known),
                // A history that cannot be read was told of elsewhere.
                None => Foresight::load(&ground.state, &ground.app.root, kind.as_deref())
                    .ok()
                    .flatten(),
            };
            let found = foresight.as_ref().map(|foresight| all(&ground, foresight));
            (foresight, found.unwrap_or_default())
        });
        let Ok((known, found)) = looked.await else {
            return;
        };
        foresight = known;
        if messages.send(Msg::Foreseen(found)).await.is_err() {
            return;
        }
    }
}

/// Every strategy of which something can be foreseen.
fn all(ground: &Ground, foresight: &Foresight) -> BTreeMap<StrategyId, Foreseen> {
    let mut sight = Sight::of(&ground.app, &ground.state);
    let nothing = Supposed::default();
    let strategies = ground.catalog.strategies.iter();
    let found = strategies.filter_map(|strategy| {
        let seen = foresight.foresee(&mut sight, &ground.catalog, strategy, &nothing);
        Some((strategy.id.clone(), seen.ok()?))
    });
    let found = found.collect();
    sight.keep();
    found
}
