//! Carries a benchmark's plan out, a build after the other.

mod disk;
mod fresh;
mod quiet;

use std::{
    collections::BTreeMap,
    io,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

pub use self::fresh::{FreshEngine, FreshEngines, remove};
use self::{disk::Growth, quiet::quiet};
use super::{
    Order, Runner,
    prior::{Altered, altered},
};
use crate::{
    domain::{
        bench::{
            ARTICLE_BUILDS, BenchCommand, BenchEvent, BenchHeader, BenchRun, Cell, Ending, Enough,
            Prior, Progress, Protocol, compiled_crates,
        },
        event::Outcome,
        ids::{Bytes, StrategyId},
        record::BuildRecord,
        statistics::Summary,
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

    /// One measured build, if it was not made yet; why the benchmark ends before it, if it does.
    async fn run(&mut self, round: u32, cell: Cell, rounds: u32) -> io::Result<Option<Ending>> {
        let is_done = |run: &BenchRun| run.round == round && run.cell == cell;
        if self.progress.left_out.contains_key(&cell)
            || self.progress.skipped.contains(&(cell, round))
            || self.progress.runs.iter().any(is_done)
        {
            return Ok(None);
        }
        if let Some(ending) = self.before_a_build().await? {
            return Ok(Some(ending));
        }
        let Some(strategy) = self.strategy(cell.place) else {
            return Ok(None);
        };
        self.tell(BenchEvent::RunBegan {
            cell,
            round,
            rounds,
        })
        .await;
        match altered(self.runner, &strategy, cell.prior, salt(), &self.cancel).await {
            Ok(altered) => self.measure(round, cell, altered).await?,
            Err(_) if self.cancel.is_cancelled() => {}
            Err(why) => self.tell(BenchEvent::LeftOut { cell, why }).await,
        }
        Ok(None)
    }

    async fn measure(&mut self, round: u32, cell: Cell, altered: Altered) -> io::Result<()> {
        let busy_before = quiet(&self.cancel).await;
        let built = match cell.prior {
            Prior::Shared => self.on_a_fresh_engine(&altered).await?,
            _ => Ok(self.here(&altered).await?),
        };
        let Built {
            record,
            disk_growth,
        } = match built {
            Ok(built) => built,
            Err(why) => {
                self.tell(BenchEvent::LeftOut { cell, why }).await;
                return Ok(());
            }
        };
        let Some(record) = record else {
            self.tell(BenchEvent::RunSkipped { cell, round }).await;
            return Ok(());
        };
        if record.outcome == Outcome::Cancelled {
            return Ok(());
        }
        let log = record.log.clone();
        let compiled = tokio::task::spawn_blocking(move || {
            let text = std::fs::read(log).ok()?;
            compiled_crates(String::from_utf8_lossy(&text).lines())
        });
        let run = BenchRun {
            round,
            cell,
            busy_before,
            compiled: compiled.await.ok().flatten(),
            change: altered.change,
            disk_growth,
            record,
        };
        self.file.add(&run)?;
        self.tell(BenchEvent::RunEnded(Box::new(run))).await;
        Ok(())
    }

    async fn here(&mut self, altered: &Altered) -> io::Result<Built> {
        let growth = self.store.clone().map(Growth::watch);
        let record = self.build(self.runner, &altered.order).await?;
        let disk_growth = match growth {
            Some(growth) => growth.end().await,
            None => None,
        };
        // What stays all the same is labelled as ours: `imgtui clean` takes it.
        let _ = altered.put_away(self.runner).await;
        Ok(Built {
            record,
            disk_growth,
        })
    }

    /// The bases are carried over first, uncounted.
    async fn on_a_fresh_engine(&mut self, altered: &Altered) -> io::Result<Result<Built, String>> {
        let fresh = match self.fresh.start().await {
            Ok(fresh) => fresh,
            Err(why) => return Ok(Err(why)),
        };
        let growth = Growth::watch(fresh.folder.path().to_owned());
        let runner = self.runner.on(Arc::clone(&fresh.engine));
        let record = self.build(&runner, &altered.order).await?;
        let disk_growth = growth.end().await;
        drop(runner);
        fresh.end().await?;
        Ok(Ok(Built {
            record,
            disk_growth,
        }))
    }

    /// Builds, and hears what is asked meanwhile; `None` where somebody skipped it.
    async fn build(&mut self, runner: &Runner, order: &Order) -> io::Result<Option<BuildRecord>> {
        let cancel = self.cancel.child_token();
        let mut building = Box::pin(runner.build(order, &cancel));
        let mut is_skipped = false;
        let record = loop {
            tokio::select! {
                record = &mut building => break record,
                command = asked(&mut self.commands) => match command {
                    Some(BenchCommand::Skip) => {
                        is_skipped = true;
                        cancel.cancel();
                    }
                    command => self.obey(command).await?,
                }
            }
        };
        let is_broken_off = is_skipped && record.outcome == Outcome::Cancelled;
        Ok((!is_broken_off).then_some(record))
    }

    /// Obeys what was asked, and waits while it is paused; why nothing more is built, if so.
    async fn before_a_build(&mut self) -> io::Result<Option<Ending>> {
        while let Some(command) = self
            .commands
            .as_mut()
            .and_then(|commands| commands.try_recv().ok())
        {
            self.obey(Some(command)).await?;
        }
        while self.progress.is_paused && !self.is_stopping && !self.cancel.is_cancelled() {
            let cancel = self.cancel.clone();
            let command = cancel
                .run_until_cancelled(asked(&mut self.commands))
                .await
                .flatten();
            self.obey(command).await?;
        }
        Ok(if self.cancel.is_cancelled() || self.events.is_closed() {
            Some(Ending::Cancelled)
        } else if self.is_stopping {
            Some(Ending::Stopped)
        } else {
            None
        })
    }

    async fn obey(&mut self, command: Option<BenchCommand>) -> io::Result<()> {
        match command {
            Some(BenchCommand::Pause) => self.tell(BenchEvent::Paused).await,
            Some(BenchCommand::GoOn) => self.tell(BenchEvent::WentOn).await,
            Some(BenchCommand::StopAfterRun) => self.is_stopping = true,
            Some(BenchCommand::Add(strategy)) => {
                let is_there = self.progress.header.plan.strategies.contains(&strategy);
                if !is_there && self.runner.catalog.strategy(&strategy).is_some() {
                    self.tell(BenchEvent::Added { strategy }).await;
                    self.file.set_plan(&self.progress.header)?;
                }
            }
            // Nothing is at work that could be skipped.
            Some(BenchCommand::Skip) => {}
            // Nobody can end the pause any more.
            None => {
                self.commands = None;
                self.progress.is_paused = false;
            }
        }
        Ok(())
    }

    async fn tell(&mut self, event: BenchEvent) {
        self.progress.apply(&event);
        // Nobody listens: the next build is not begun.
        let _ = self.events.send(event).await;
    }
}

/// What became of a build.
struct Built {
    /// `None` where somebody skipped it.
    record: Option<BuildRecord>,
    disk_growth: Option<Bytes>,
}

/// The next thing that is asked; waits for ever where nobody can ask.
async fn asked(commands: &mut Option<mpsc::Receiver<BenchCommand>>) -> Option<BenchCommand> {
    match commands {
        Some(commands) => commands.recv().await,
        None => std::future::pending().await,
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
            let median = Summary::of(&seconds, 0)?.median;
            Some((cell, Duration::try_from_secs_f64(median).ok()?))
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

/// A number that no run had before.
fn salt() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
    })
}
