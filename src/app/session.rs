//! What the screen's effects do: builds, edits, the watcher, set-up. One task, one order.

mod bench;
mod engines;
mod outlook;
mod sources;

use std::{collections::VecDeque, path::PathBuf, sync::Arc};

use tokio::{
    sync::mpsc,
    task::JoinHandle,
    time::{Duration, timeout},
};
use tokio_util::sync::CancellationToken;

pub(crate) use self::sources::fresh_stamp;
use self::{bench::BenchOrder, outlook::Outlook, sources::Sources};
use super::{
    Ground,
    by_hand::command_by_hand,
    machine::{examine_to, free_bytes, set_up_seen},
};
use crate::{
    domain::{
        bench::{BenchCommand, BenchEvent, Ending},
        check::Checklist,
        event::{RunEvent, Trigger},
        ids::StrategyId,
    },
    engine::{Engine, EngineError},
    parse::terminal::plain,
    runner::{Order, Runner, availability::all_unavailable},
    setup::Depth,
    source::WatchEvent,
    tui::{Effect, Level, Msg},
};

/// Messages that may wait for the screen.
const WAITING: usize = 1024;
/// A build that is being cancelled gets this long before the program ends all the same.
const FAREWELL: Duration = Duration::from_secs(3);
/// The engine gets this long to put a cancelled build's containers away.
pub(crate) const PUTTING_AWAY: Duration = Duration::from_secs(15);

/// Opens the channels between screen and session.
#[must_use]
pub fn channels() -> (mpsc::Sender<Msg>, mpsc::Receiver<Msg>) {
    mpsc::channel(WAITING)
}

/// Performs the screen's effects until the screen is gone, then puts everything in order.
pub struct Session {
    ground: Ground,
    messages: mpsc::Sender<Msg>,
    runner: Option<Arc<Runner>>,
    /// The engine before this one.
    former: Option<Arc<dyn Engine>>,
    /// Connecting or setting up; builds wait for it.
    preparing: Option<Preparing>,
    /// Set-up was tried: once is enough without being asked again.
    was_set_up: bool,
    queue: VecDeque<(StrategyId, Trigger)>,
    /// Begins when the builds that were asked for before it are done.
    waiting_bench: Option<BenchOrder>,
    current: Option<Current>,
    /// Finds out what cannot be built here.
    looking_around: Option<JoinHandle<()>>,
    sources: Sources,
    outlook: Outlook,
}

struct Preparing {
    task: JoinHandle<Prepared>,
    cancel: CancellationToken,
}

/// What became of connecting or setting up.
enum Prepared {
    Connected(Result<Arc<dyn Engine>, EngineError>),
    SetUp { ready: bool },
    Examined(Checklist),
}

struct Current {
    cancel: CancellationToken,
    task: JoinHandle<()>,
    /// Of a benchmark: what is asked of it goes there.
    commands: Option<mpsc::Sender<BenchCommand>>,
}

impl Session {
    /// A session that tells the screen what happens through `messages`.
    #[must_use]
    pub fn new(ground: Ground, messages: mpsc::Sender<Msg>) -> Self {
        Self {
            sources: Sources::new(&ground, messages.clone()),
            outlook: Outlook::new(&ground, messages.clone()),
            ground,
            messages,
            runner: None,
            former: None,
            preparing: None,
            was_set_up: false,
            queue: VecDeque::new(),
            waiting_bench: None,
            current: None,
            looking_around: None,
        }
    }

    /// Performs effects until their sender is gone. Then: cancels the build, restores the
    /// sources, ends the engine's service. Gives back what the user has to know after that.
    pub async fn live(mut self, mut effects: mpsc::UnboundedReceiver<Effect>) -> Vec<String> {
        self.begin().await;
        loop {
            tokio::select! {
                effect = effects.recv() => match effect {
                    Some(effect) => self.perform(effect).await,
                    None => break,
                },
                prepared = prepared(&mut self.preparing) => self.prepared(prepared).await,
                outcome = ended(&mut self.current) => self.ended(outcome).await,
                event = self.sources.changed() => {
                    self.look_out(event.as_ref());
                    self.sources.take_in(event).await;
                }
            }
        }
        self.end().await
    }

    async fn begin(&mut self) {
        self.tell_records(None).await;
        self.tell_last_bench(None).await;
        self.sources.restore_leftovers().await;
        self.tell_disk().await;
        self.tell_availability();
        match self.ground.lacks_engine() {
            true if self.ground.yes => self.set_up(),
            true => self.examine(Depth::Quick),
            false => self.connect(),
        }
        self.sources.watch(true).await;
        self.outlook.changed(None);
    }

    /// What the watcher saw may change what builds cost.
    fn look_out(&self, event: Option<&WatchEvent>) {
        match event {
            Some(WatchEvent::Changed { files, total } | WatchEvent::Touched { files, total }) => {
                let are_all = files.len() == *total;
                self.outlook
                    .changed(Some(files.as_slice()).filter(|_| are_all));
            }
            Some(WatchEvent::Failed { .. }) | None => self.outlook.changed(None),
        }
    }

    async fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Build {
                strategies,
                trigger,
            } => self.enqueue(strategies, &trigger).await,
            Effect::Cancel => self.cancel(),
            Effect::DropQueue => self.drop_queue().await,
            Effect::Touch => self.sources.touch().await,
            Effect::Edit => {
                self.sources.edit().await;
                self.outlook.edited(self.sources.change());
            }
            // The watcher stays quiet about it.
            Effect::Restore => {
                self.sources.restore().await;
                self.outlook.edited(self.sources.change());
            }
            Effect::SetWatch(on) => {
                self.sources.watch(on).await;
                self.outlook.changed(None);
            }
            Effect::SetUp => self.set_up(),
            Effect::Examine => self.examine(Depth::Full),
            Effect::ListEngines => self.tell_engines(),
            Effect::TakeEngine(name) => self.take_engine(&name).await,
            Effect::CopyCommand(id) => self.tell_command(id),
            Effect::SaveLog { log, .. } => self.save_log(log).await,
            Effect::StartBench {
                strategies,
                priors,
                rounds,
                resume,
            } => {
                self.waiting_bench = Some(BenchOrder {
                    strategies,
                    priors,
                    rounds,
                    resume,
                });
                self.start_next();
            }
            Effect::LookForBench {
                strategies,
                priors,
                rounds,
            } => self.look_for_bench(BenchOrder {
                strategies,
                priors,
                rounds,
                resume: true,
            }),
            Effect::AskBench(command) => self.ask_bench(command),
            Effect::CancelBench => self.cancel_bench(),
            // The shell's own.
            Effect::CopyText(_) | Effect::MouseCapture(_) | Effect::Suspend | Effect::Quit => {}
        }
    }

    async fn enqueue(&mut self, strategies: Vec<StrategyId>, trigger: &Trigger) {
        for strategy in strategies {
            if self.queue.iter().any(|(waiting, _)| *waiting == strategy) {
                continue;
            }
            self.queue.push_back((strategy.clone(), trigger.clone()));
            self.tell(Msg::Run(RunEvent::BuildQueued { strategy }))
                .await;
        }
        self.start_next();
    }

    /// Starts the next build if nothing is at work; without an engine, looks for one first.
    fn start_next(&mut self) {
        if self.current.is_some() || self.preparing.is_some() {
            return;
        }
        let Some(runner) = self.runner.clone() else {
            if !self.queue.is_empty() || self.waiting_bench.is_some() {
                self.connect();
            }
            return;
        };
        let catalog = &self.ground.catalog;
        let (strategy, trigger) = loop {
            let Some((id, trigger)) = self.queue.pop_front() else {
                return self.start_bench(runner);
            };
            if let Some(strategy) = catalog.strategy(&id) {
                break (strategy.clone(), trigger);
            }
        };
        let cancel = CancellationToken::new();
        let order = Order {
            trigger,
            change: self.sources.change(),
            ..Order::of(strategy)
        };
        let token = cancel.clone();
        let task = tokio::spawn(async move {
            runner.build(&order, &token).await;
        });
        self.current = Some(Current {
            cancel,
            task,
            commands: None,
        });
    }

    /// What was at work is over; `false` when it panicked, which the panic itself has reported.
    async fn ended(&mut self, is_orderly: bool) {
        let was_bench = self
            .current
            .take()
            .is_some_and(|current| current.commands.is_some());
        if was_bench && !is_orderly {
            let ending = Ending::Failed("a part of imgtui failed".to_owned());
            self.tell(Msg::Bench(BenchEvent::Ended(ending))).await;
        }
        self.outlook.learn();
        self.tell_disk().await;
        self.start_next();
    }

    fn cancel(&mut self) {
        if let Some(current) = &self.current {
            current.cancel.cancel();
        } else if let Some(preparing) = &self.preparing {
            preparing.cancel.cancel();
        }
    }

    async fn drop_queue(&mut self) {
        for (strategy, _) in std::mem::take(&mut self.queue) {
            self.tell(Msg::Run(RunEvent::BuildDropped { strategy }))
                .await;
        }
    }

    fn connect(&mut self) {
        let ground = self.ground.clone();
        self.prepare(|cancel| async move {
            let connected = cancel.run_until_cancelled_owned(ground.connect()).await;
            Prepared::Connected(connected.unwrap_or(Err(EngineError::Cancelled)))
        });
    }

    fn examine(&mut self, depth: Depth) {
        let ground = self.ground.clone();
        self.prepare(move |cancel| async move {
            let list = cancel
                .run_until_cancelled_owned(Box::pin(examine_to(&ground, depth)))
                .await;
            Prepared::Examined(list.unwrap_or_default())
        });
    }

    fn set_up(&mut self) {
        self.was_set_up = true;
        let ground = self.ground.clone();
        let messages = self.messages.clone();
        self.prepare(|cancel| async move {
            let ready = set_up_seen(&ground, &messages, &cancel).await;
            Prepared::SetUp { ready }
        });
    }

    fn prepare<F>(&mut self, work: impl FnOnce(CancellationToken) -> F)
    where
        F: Future<Output = Prepared> + Send + 'static,
    {
        if self.preparing.is_some() {
            return;
        }
        let cancel = CancellationToken::new();
        let task = tokio::spawn(work(cancel.clone()));
        self.preparing = Some(Preparing { task, cancel });
    }

    async fn prepared(&mut self, prepared: Option<Prepared>) {
        self.preparing = None;
        match prepared {
            Some(Prepared::Connected(Ok(engine))) => {
                let info = engine.info();
                self.tell_last_bench(Some(info.clone())).await;
                let (name, kind) = (info.to_string(), info.kind.clone());
                self.outlook.engine_is(&engine);
                let how = engine.how().to_owned();
                let (sender, events) = mpsc::channel(WAITING);
                tokio::spawn(forward(events, self.messages.clone()));
                let mut runner = self.ground.runner(engine, sender);
                runner.lenders = self.former.iter().cloned().collect();
                self.runner = Some(Arc::new(runner));
                self.tell_records(Some(&kind)).await;
                self.tell(Msg::Run(RunEvent::EngineReady { name, how }))
                    .await;
                self.tell_availability();
                self.start_next();
            }
            Some(Prepared::Connected(Err(EngineError::Unreachable { .. })))
                if self.ground.yes && !self.was_set_up =>
            {
                self.set_up();
            }
            Some(Prepared::Connected(Err(error))) => {
                self.drop_queue().await;
                let message = error.to_string();
                if self.waiting_bench.take().is_some() {
                    let why = plain(&message);
                    self.tell(Msg::BenchNotBegun { why }).await;
                }
                self.tell(Msg::Run(RunEvent::EngineMissing { message }))
                    .await;
                self.examine(Depth::Full);
            }
            Some(Prepared::SetUp { ready: true }) => {
                self.tell_disk().await;
                self.connect();
            }
            Some(Prepared::SetUp { ready: false }) => self.drop_queue().await,
            Some(Prepared::Examined(list)) => {
                self.tell(Msg::Checklist(list)).await;
                self.start_next();
            }
            None => {
                let message = "a part of imgtui failed; press D to look at the machine".to_owned();
                self.tell(Msg::Run(RunEvent::EngineMissing { message }))
                    .await;
            }
        }
    }

    fn tell_command(&self, id: StrategyId) {
        let (ground, messages) = (self.ground.clone(), self.messages.clone());
        tokio::spawn(async move {
            let Some(strategy) = ground.catalog.strategy(&id) else {
                return;
            };
            let message = match command_by_hand(&ground, strategy).await {
                Ok(text) => Msg::Commands { strategy: id, text },
                Err(error) => notice(Level::Error, &error),
            };
            let _ = messages.send(message).await;
        });
    }

    /// Looks beside everything else: a host that does not answer takes seconds.
    fn tell_availability(&mut self) {
        // What was found without an engine must not come after what is found with one.
        if let Some(earlier) = self.looking_around.take() {
            earlier.abort();
        }
        let (ground, messages) = (self.ground.clone(), self.messages.clone());
        let engine = self
            .runner
            .as_ref()
            .map(|runner| Arc::clone(&runner.engine));
        self.looking_around = Some(tokio::spawn(async move {
            let abilities = engine.as_ref().map(|engine| engine.abilities());
            let strategies = &ground.catalog.strategies;
            let found = all_unavailable(strategies, &ground.app, abilities).await;
            let _ = messages.send(Msg::Availability(found)).await;
        }));
    }

    async fn save_log(&self, log: PathBuf) {
        let name = log.file_name().map(PathBuf::from).unwrap_or_default();
        let copied = tokio::fs::copy(&log, &name).await;
        let message = match copied {
            Ok(_) => Msg::LogSaved {
                path: tokio::fs::canonicalize(&name).await.unwrap_or(name),
            },
            Err(error) => {
                let reason = format!("the log could not be copied to {}: {error}", name.display());
                notice(Level::Error, &reason)
            }
        };
        self.tell(message).await;
    }

    async fn tell_disk(&self) {
        let store = self.ground.host().image_store();
        let free = tokio::task::spawn_blocking(move || free_bytes(&store)).await;
        if let Ok(Some(free)) = free {
            self.tell(Msg::Disk { free }).await;
        }
    }

    async fn tell(&self, message: Msg) {
        // The screen is gone; what is left to do is done all the same.
        let _ = self.messages.send(message).await;
    }

    async fn end(mut self) -> Vec<String> {
        self.cancel();
        if let Some(current) = self.current.take() {
            let _ = timeout(FAREWELL, current.task).await;
        }
        if let Some(runner) = &self.runner {
            let _ = timeout(PUTTING_AWAY, runner.engine.settle()).await;
        }
        if let Some(preparing) = self.preparing.take() {
            preparing.cancel.cancel();
            let _ = timeout(FAREWELL, preparing.task).await;
        }
        self.sources.restore_at_end().await
    }
}

async fn prepared(preparing: &mut Option<Preparing>) -> Option<Prepared> {
    match preparing {
        Some(preparing) => (&mut preparing.task).await.ok(),
        None => std::future::pending().await,
    }
}

async fn ended(current: &mut Option<Current>) -> bool {
    match current {
        Some(current) => (&mut current.task).await.is_ok(),
        None => std::future::pending().await,
    }
}

async fn forward(mut events: mpsc::Receiver<RunEvent>, messages: mpsc::Sender<Msg>) {
    while let Some(event) = events.recv().await {
        if messages.send(Msg::Run(event)).await.is_err() {
            return;
        }
    }
}

fn notice(level: Level, text: &impl ToString) -> Msg {
    let text = plain(&text.to_string());
    Msg::Notice { level, text }
}
