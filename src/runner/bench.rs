//! Carries a benchmark's plan out, a build after the other.

mod asked;
mod disk;
mod fresh;
mod quiet;
mod run;

use std::{
    collections::BTreeMap,
    io,
    path::PathBuf,
    time::{Duration, Instant},
};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

pub use self::fresh::{FreshEngine, FreshEngines, remove};
use super::{Order, Runner};
use crate::{
    domain::{
        bench::{
            ARTICLE_BUILDS, BenchCommand, BenchEvent, BenchHeader, BenchRun, Cell, Ending, Enough,
            Prior, Progress, Protocol,
        },
        event::Outcome,
        ids::StrategyId,
        record::BuildRecord,
        statistics::median,
        strategy::Strategy,
    },
    store::benches::BenchFile,
};

/// What a benchmark is made of.
pub struct Bench<'a> {
    /// Builds.
    pub runner: &'a Runner,
    /// What is measured.
    pub header: BenchHeader,
    /// When to end.
    pub enough: Enough,
    /// A machine that is busy gets so long to become quiet before a run.
    pub patience: Duration,
    /// Runs that are there already.
    pub earlier: Vec<BenchRun>,
    /// Each run is kept here before anybody is told of it.
    pub file: BenchFile,
    /// What is asked of it while it is under way; nothing more when its other end is gone.
    pub commands: mpsc::Receiver<BenchCommand>,
    /// Engines for what is measured on a fresh machine.
    pub fresh: &'a dyn FreshEngines,
    /// Gets everything as it happens. When nobody listens any more, it ends.
    pub events: mpsc::Sender<BenchEvent>,
    /// Breaks it off.
    pub cancel: CancellationToken,
}

impl Bench<'_> {
    /// Runs until enough is known, the time is spent or somebody ends it.
    ///
    /// # Errors
    /// When a run cannot be kept: it is not worth its time then.
    pub async fn perform(self) -> io::Result<Progress> {
        let facts = self.runner.engine.facts().await;
        let expected = expected(self.runner, &self.header).await;
        let began = BenchEvent::Began {
            rounds: match self.header.plan.protocol {
                Protocol::Article => ARTICLE_BUILDS,
                Protocol::Interleaved => self.enough.fewest,
            },
            header: Box::new(self.header),
            runs: self.earlier,
            expected,
        };
        let Some(progress) = Progress::begun(&began) else {
            return Err(io::Error::other("a benchmark begins with its beginning"));
        };
        let mut under_way = UnderWay {
            runner: self.runner,
            fresh: self.fresh,
            enough: self.enough,
            patience: self.patience,
            progress,
            file: self.file,
            commands: Some(self.commands),
            events: self.events,
            cancel: self.cancel,
            store: facts.ok().and_then(|facts| facts.store),
            warm: Vec::new(),
            is_stopping: false,
        };
        let _ = under_way.events.send(began).await;
        let ended = match under_way.progress.header.plan.protocol {
            Protocol::Article => under_way.article().await,
            Protocol::Interleaved => under_way.interleaved().await,
        };
        let ending = match &ended {
            Ok(ending) => ending.clone(),
            Err(error) => Ending::Failed(format!("a run could not be kept: {error}")),
        };
        under_way.tell(BenchEvent::Ended(ending)).await;
        ended.map(|_| under_way.progress)
    }
}

struct UnderWay<'a> {
    runner: &'a Runner,
    fresh: &'a dyn FreshEngines,
    enough: Enough,
    patience: Duration,
    progress: Progress,
    file: BenchFile,
    /// `None` when nobody can ask for anything any more.
    commands: Option<mpsc::Receiver<BenchCommand>>,
    events: mpsc::Sender<BenchEvent>,
    cancel: CancellationToken,
    /// The engine's folder of layers, where it is on this machine.
    store: Option<PathBuf>,
    /// Strategies whose caches are filled.
    warm: Vec<StrategyId>,
    is_stopping: bool,
}

impl UnderWay<'_> {
    async fn article(&mut self) -> io::Result<Ending> {
        // Strategies can be added meanwhile.
        let mut place = 0;
        while let Some(cell) = self.progress.header.plan.cells().get(place).copied() {
            for round in 0..ARTICLE_BUILDS {
                if let Some(ending) = self.run(round, cell, ARTICLE_BUILDS).await? {
                    return Ok(ending);
                }
            }
            place += 1;
        }
        Ok(Ending::Enough)
    }

    async fn interleaved(&mut self) -> io::Result<Ending> {
        let start = Instant::now();
        let mut round = 0;
        loop {
            if let Some(ending) = self.warm_up().await? {
                return Ok(ending);
            }
            let began = Instant::now();
            let sure = self.enough.fewest.max(round + 1);
            for cell in self.progress.header.plan.round(round) {
                if self.progress.attempts(cell) >= self.enough.most {
                    continue;
                }
                if let Some(ending) = self.run(round, cell, sure).await? {
                    return Ok(ending);
                }
            }
            round += 1;
            let reached = self
                .enough
                .reached(&self.progress, start.elapsed(), began.elapsed());
            if let Some(ending) = reached {
                return Ok(ending);
            }
        }
    }

    /// What is measured begins with what a build before has left.
    async fn warm_up(&mut self) -> io::Result<Option<Ending>> {
        let strategies = self.progress.header.plan.strategies.clone();
        for (place, id) in strategies.iter().enumerate() {
            if self.warm.contains(id) {
                continue;
            }
            self.warm.push(id.clone());
            let Some(strategy) = self.strategy(place) else {
                continue;
            };
            if let Some(ending) = self.before_a_build().await? {
                return Ok(Some(ending));
            }
            self.tell(BenchEvent::WarmingUp { place }).await;
            let mut order = Order {
                prior: Some(Prior::Unchanged),
                ..Order::of(strategy)
            };
            if self.progress.header.plan.priors.contains(&Prior::Shared) {
                // What is taken from there must have been put there.
                order.shared_cache.to = self.runner.app.settings.shared_cache.to.clone();
            }
            let built = self.build(self.runner, &order).await?;
            if let Some(why) = built.as_ref().and_then(why_not) {
                self.leave_out(id, &why).await;
            }
        }
        Ok(None)
    }

    async fn leave_out(&mut self, id: &StrategyId, why: &str) {
        let plan = self.progress.header.plan.clone();
        for cell in plan.cells() {
            if plan.strategies.get(cell.place) == Some(id) {
                let why = why.to_owned();
                self.tell(BenchEvent::LeftOut { cell, why }).await;
            }
        }
    }

    fn strategy(&self, place: usize) -> Option<Strategy> {
        let id = self.progress.header.plan.strategies.get(place)?;
        self.runner.catalog.strategy(id).cloned()
    }

    async fn tell(&mut self, event: BenchEvent) {
        self.progress.apply(&event);
        // Nobody listens: the next build is not begun.
        let _ = self.events.send(event).await;
    }
}

/// What a run of each cell took in builds that are on record.
async fn expected(runner: &Runner, header: &BenchHeader) -> BTreeMap<Cell, Duration> {
    let history = runner.state.history();
    let records = tokio::task::spawn_blocking(move || history.load()).await;
    let records = records.ok().and_then(Result::ok).unwrap_or_default();
    let cells = header.plan.cells().into_iter();
    cells
        .filter_map(|cell| {
            let id = header.plan.strategies.get(cell.place)?;
            let same = records.iter().filter(|record| {
                record.has_built(id, &header.app)
                    && record.prior == Some(cell.prior)
                    && record.engine.kind == header.engine.kind
            });
            let seconds: Vec<f64> = same.map(|record| record.wall_s).collect();
            Some((cell, Duration::try_from_secs_f64(median(&seconds)?).ok()?))
        })
        .collect()
}

/// Why a strategy's figures would be worth nothing.
fn why_not(record: &BuildRecord) -> Option<String> {
    match &record.outcome {
        Outcome::Built | Outcome::Cancelled => None,
        Outcome::Failed { message } => Some(message.clone()),
    }
}
