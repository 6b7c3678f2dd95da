//! Performs builds: bases first, then the context, then the engine; every event in one order.
//!
//! One build at a time. What happens goes out as [`RunEvent`]s, and the same events are folded
//! here into the record, so that the screen and the record cannot differ.

mod arguments;
pub mod availability;
pub mod bases;
pub mod bench;
mod cause;
pub mod foresee;
mod gate;
pub mod host;
mod host_build;
pub mod invalidation;
mod live;
pub(crate) mod log;
pub mod names;
pub mod opened;
mod order;
mod preflight;
pub mod prior;
pub mod push;
mod retention;
mod saved;
mod script;
mod sharing;
pub mod stamp;
mod trace;
mod transfer;

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

pub use self::order::{Gate, Order, ignore_rules};
use self::{
    host::Host,
    live::LiveBuild,
    order::{Unstamped, layout_of, located},
    stamp::{Change, Stamped},
    trace::{Traces, Tracing},
};
use crate::{
    catalog::{Catalog, app::App},
    context::{Context, IgnoreRules, Layout, VirtualEdit, stream_tar, walk},
    domain::{
        build::StepStatus,
        edit::Stamp,
        event::{BuildEvent, RunEvent, StagePlan, Subject, Trigger},
        ids::{BaseId, BuildId, ImageId, StrategyId},
        record::{BuildRecord, ImageInfo, Layer},
        strategy::Strategy,
        verdict::Verdict,
    },
    engine::{BuildRequest, Engine, EngineError, IMAGE, LABEL, Sharing},
    parse::dockerfile,
    store::{StateFolder, StoreError, footprints::Kept, history::Filter},
};

/// So many of a strategy's builds are looked at for the one before this: some made no image.
const LOOKED_AT: usize = 20;

/// Everything that builds have in common.
#[derive(Debug)]
pub struct Runner {
    /// The engine that builds.
    pub engine: Arc<dyn Engine>,
    /// Engines whose base images it may take over.
    pub lenders: Vec<Arc<dyn Engine>>,
    /// What is built.
    pub app: App,
    /// Strategies and base recipes.
    pub catalog: Arc<Catalog>,
    /// Where logs and history are kept.
    pub state: StateFolder,
    /// What of this machine a build needs to reach the network.
    pub host: Host,
    /// Receives everything that happens.
    pub events: mpsc::Sender<RunEvent>,
    numbers: Arc<AtomicU64>,
    /// Notes on the app that were told already.
    told: preflight::Told,
    /// Tags of the bases' equivalents.
    digests: BTreeMap<BaseId, String>,
    /// What earlier builds depended on.
    traces: Arc<Traces>,
}

impl Runner {
    /// A runner; `numbers` holds the number of the next build.
    #[must_use]
    pub fn new(
        engine: Arc<dyn Engine>,
        app: App,
        catalog: Arc<Catalog>,
        state: StateFolder,
        events: mpsc::Sender<RunEvent>,
        numbers: Arc<AtomicU64>,
    ) -> Self {
        Self {
            digests: catalog.digests(),
            engine,
            lenders: Vec::new(),
            app,
            catalog,
            state,
            host: Host::of_this_machine(),
            events,
            numbers,
            told: preflight::Told::default(),
            traces: Arc::default(),
        }
    }

    /// The same builds by another engine, which may take bases over from this one.
    #[must_use]
    pub fn on(&self, engine: Arc<dyn Engine>) -> Self {
        let mut runner = Self::new(
            engine,
            self.app.clone(),
            Arc::clone(&self.catalog),
            self.state.clone(),
            self.events.clone(),
            Arc::clone(&self.numbers),
        );
        runner.lenders = vec![Arc::clone(&self.engine)];
        runner
    }

    /// The stages that the engine will go through.
    fn plan(&self, dockerfile: &str) -> Vec<StagePlan> {
        self.engine.steps(dockerfile::outline(dockerfile))
    }

    /// The number of the next build.
    fn next_number(&self) -> BuildId {
        BuildId(self.numbers.fetch_add(1, Ordering::Relaxed))
    }

    /// Builds the app by one strategy, and looks at the image. Errors are in the record's
    /// outcome; whatever happened on the way went out as events.
    pub async fn build(&self, order: &Order, cancel: &CancellationToken) -> BuildRecord {
        let subject = Subject::Strategy(order.strategy.id.clone());
        let stamped = self.stamp(order).await;
        let trigger = match (&order.trigger, &stamped) {
            (Trigger::Asked, Ok(Some(stamped))) => stamped.trigger(order.change),
            (trigger, _) => trigger.clone(),
        };
        let mut live = LiveBuild::begin(self, subject, trigger).await;
        let mounts = order.own_mounts.as_deref();
        let mut tailored = self
            .catalog
            .tailored_apart(&order.strategy, &self.app, mounts);
        if order.purpose.is_look() {
            tailored = tailored.looking(&jiff::Timestamp::now().as_nanosecond().to_string());
        }
        let order = &order.with_dockerfile(&tailored.text);
        let steps = self.plan(&order.strategy.dockerfile);
        let mut stages = steps.clone();
        if order.strategy.prepare.is_some() {
            stages.insert(0, script::stage());
            live.stages_before(1);
        }
        live.take(BuildEvent::Planned { stages }).await;
        let mut tracing = None;
        let built = match &stamped {
            Err(Unstamped::Walk(error)) => Err(error.clone()),
            // Without a stamp there is nothing to edit.
            Err(Unstamped::NoStamp(none)) if order.change != Change::Nothing => {
                Err(EngineError::Context {
                    reason: none.to_string(),
                })
            }
            stamped => {
                let stamped = stamped.as_ref().ok().and_then(Option::as_ref);
                self.perform(order, stamped, &mut live, &mut tracing, cancel)
                    .await
            }
        };
        let built = built
            .map_err(|error| located(error, &order.strategy, &tailored, &steps))
            .map_err(|error| cause::explained(error, self, &order.strategy, &live.last_lines()));
        let mut ended = live.end(built.as_ref().err()).await;
        let record = &mut ended.record;
        record.no_cache = order.no_cache;
        record.purpose = order.purpose;
        record.prior = order.prior;
        record.edit = match &record.trigger {
            Trigger::Edited { edit, .. } => Some(*edit),
            _ => None,
        };
        let kept = match (tracing, &built) {
            // To ask an engine that died would start it anew.
            (None, _) | (_, Err(EngineError::Gone { .. })) => None,
            (Some(tracing), _) => tracing.end(self.engine.as_ref(), record).await,
        };
        record.stamp = stamped
            .as_ref()
            .ok()
            .and_then(Option::as_ref)
            .map(|one| one.stamp);
        if let Ok(image) = &built {
            let stamp = match &stamped {
                Ok(Some(stamped)) => Ok(stamped.stamp),
                Ok(None) => Err("the image is not the app's".to_owned()),
                Err(why) => Err(why.to_string()),
            };
            record.verdict = Some(self.judge(order, image, stamp, cancel).await);
        }
        record.shared_cache = order.cache(&self.app);
        if record.counts() {
            record.sharing = sharing::share(self, order, stamped.ok().flatten(), cancel).await;
        }
        self.complete(ended, built.ok(), kept).await
    }

    async fn judge(
        &self,
        order: &Order,
        image: &ImageId,
        stamp: Result<Stamp, String>,
        cancel: &CancellationToken,
    ) -> Verdict {
        match order.gate {
            Gate::Closed => gate::judge(self, &order.strategy, image, stamp, cancel).await,
            Gate::Open => Verdict::Unverified {
                why: "nobody looked at the image (`--no-verify`)".into(),
            },
        }
    }

    /// The source that proves this build; `None` where the image is not the app's.
    async fn stamp(&self, order: &Order) -> Result<Option<Stamped>, Unstamped> {
        if order.strategy.check.is_some() {
            return Ok(None);
        }
        let context = self.walk(self.app.root.clone(), ignore_rules(&order.strategy));
        let context = context.await.map_err(Unstamped::Walk)?;
        let (order, app) = (order.clone(), self.app.clone());
        let stamped = tokio::task::spawn_blocking(move || {
            let overlay = &order.strategy.overlay;
            stamp::stamp(&context, overlay, &app, order.file.as_deref(), order.change)
        });
        let stamped = stamped.await.map_err(|error| {
            Unstamped::Walk(EngineError::Context {
                reason: error.to_string(),
            })
        })?;
        stamped.map(Some).map_err(Unstamped::NoStamp)
    }

    async fn perform(
        &self,
        order: &Order,
        stamped: Option<&Stamped>,
        live: &mut LiveBuild<'_>,
        tracing: &mut Option<Tracing>,
        cancel: &CancellationToken,
    ) -> Result<ImageId, EngineError> {
        order.check_look()?;
        self.check_needs(&order.strategy).await?;
        self.check_app(&order.strategy, live).await?;
        let mut bases = self.resolve_bases(&order.strategy, live, cancel).await?;
        for (argument, base) in &mut bases {
            if let Some(reference) = order.bases.get(argument) {
                reference.clone_into(&mut base.reference);
            }
        }
        // What a cancelled build still puts away is not this one's time.
        cancel
            .run_until_cancelled(self.engine.settle())
            .await
            .ok_or(EngineError::Cancelled)?;
        let cache = order.cache(&self.app);
        if let Some(repository) = &cache.from {
            sharing::look_for(self, repository, live).await;
        }
        let edit = self.edit_of(order, stamped).await;
        live.restart_clock();
        let (mut context, mut layout) = self.sources(order, edit).await?;
        if let Some(script) = &order.strategy.prepare {
            let sources = (context, layout);
            context = host_build::prepare(self, &order.for_script(), script, sources, live, cancel)
                .await?;
            layout = Layout {
                dockerfile: order.strategy.dockerfile.clone(),
                ..Layout::default()
            };
        }
        let mut args = self.arguments(&order.strategy, &bases);
        args.extend(order.args.clone());
        let (context, layout) = (Arc::new(context), Arc::new(layout));
        let sources = (&context, &layout);
        *tracing = Some(Tracing::begin(self, order, live.id(), sources, &args));
        let sending = stream_tar(context, layout);
        let request = BuildRequest {
            tag: order.tag(&self.app),
            args,
            labels: [(LABEL.to_owned(), IMAGE.to_owned())].into(),
            no_cache: order.no_cache,
            cache_from: cache
                .from
                .map(|from| sharing::source(from, &order.strategy)),
            cache_to: cache.to.filter(|_| self.engine.sharing() == Sharing::Steps),
            steps: self.plan(&order.strategy.dockerfile),
            mounts: self.host.mounts(),
            ..BuildRequest::of(sending.chunks)
        };
        live.build(request, sending.upload, cancel).await
    }

    /// The app's files, and what is laid over them.
    async fn sources(
        &self,
        order: &Order,
        edit: Option<VirtualEdit>,
    ) -> Result<(Context, Layout), EngineError> {
        let rules = ignore_rules(&order.strategy);
        let context = self.walk(self.app.root.clone(), rules).await?;
        Ok((context, layout_of(order, edit)))
    }

    /// What is laid over the context. A source whose stamp is another than in the last build goes
    /// out with a time of now even if it is the disk's: taken back, an edit would have new bytes
    /// and an older time, and cargo in a cached `target` would keep the edited program.
    async fn edit_of(&self, order: &Order, stamped: Option<&Stamped>) -> Option<VirtualEdit> {
        let stamped = stamped?;
        let is_laid_over = stamped.differs || order.change == Change::Touch;
        let other = || async { self.last_stamp(&order.strategy).await != Some(stamped.stamp) };
        (is_laid_over || other().await).then(|| stamped.laid_over())
    }

    /// The stamp of the last build by this strategy.
    async fn last_stamp(&self, strategy: &Strategy) -> Option<Stamp> {
        let subject = Subject::Strategy(strategy.id.clone());
        let before = self.newest(Some(&strategy.id.0)).await;
        let last = before.into_iter().find(|record| record.subject == subject);
        last?.stamp
    }

    /// The newest builds of this app by this strategy, or by any, on an engine of this kind, the
    /// newest first.
    async fn newest(&self, strategy: Option<&str>) -> Vec<BuildRecord> {
        let history = self.state.history();
        let filter = Filter {
            app: Some(self.app.root.clone()),
            strategy: strategy.map(|id| StrategyId(id.to_owned())),
            engine: Some(self.engine.info().kind.clone()),
            ..Filter::default()
        };
        let found = tokio::task::spawn_blocking(move || history.newest(&filter, LOOKED_AT)).await;
        let found = found.ok().and_then(Result::ok).unwrap_or_default();
        found.into_iter().map(|past| past.record).collect()
    }

    /// Why this strategy cannot be built here; `None` when it can.
    pub async fn unavailable(&self, strategy: &Strategy) -> Option<String> {
        availability::unavailable(strategy, &self.app, Some(self.engine.abilities())).await
    }

    async fn check_needs(&self, strategy: &Strategy) -> Result<(), EngineError> {
        match self.unavailable(strategy).await {
            None => Ok(()),
            Some(reason) => Err(EngineError::Refused {
                doing: format!("{} cannot be built here", strategy.id),
                reason,
            }),
        }
    }

    /// Lists a folder on a thread for blocking work.
    async fn walk(&self, root: PathBuf, rules: IgnoreRules) -> Result<Context, EngineError> {
        let failed = |reason: String| EngineError::Context { reason };
        tokio::task::spawn_blocking(move || walk(&root, &rules))
            .await
            .map_err(|error| failed(error.to_string()))?
            .map_err(|error| failed(error.to_string()))
    }

    /// Size and layers; what cannot be asked for is left out, the build itself was fine.
    async fn look_at(&self, image: &ImageId) -> (Option<ImageInfo>, Vec<Layer>) {
        let (info, layers) = tokio::join!(self.engine.image(&image.0), self.engine.layers(image));
        let info = info.ok().flatten();
        let layers = layers.unwrap_or_default();
        let info = info.unwrap_or_else(|| ImageInfo {
            id: image.clone(),
            bytes: None,
            diff_ids: Vec::new(),
            compressed: Vec::new(),
        });
        (Some(info), layers)
    }

    /// Looks at the image, puts the record into the history, tells everybody, and lets old
    /// results go.
    async fn complete(
        &self,
        ended: live::Ended,
        image: Option<ImageId>,
        kept: Option<Kept>,
    ) -> BuildRecord {
        let live::Ended { build, mut record } = ended;
        if let Some(image) = image {
            (record.image, record.layers) = self.look_at(&image).await;
            if let Subject::Strategy(_) = record.subject {
                push::measure(self, &mut record).await;
            }
        }
        if let Err(error) = self.keep(&record, kept).await {
            let line = format!("the history could not be written: {error}");
            self.tell(RunEvent::BuildProgressed {
                build,
                at: record.wall(),
                event: BuildEvent::Output { step: None, line },
            })
            .await;
        }
        self.tell(RunEvent::BuildRecorded {
            build,
            record: Some(Box::new(record.clone())),
        })
        .await;
        // A build that added nothing to the cache outdates nothing.
        if record
            .steps
            .iter()
            .any(|step| step.status == StepStatus::Ran)
        {
            retention::let_go(self, &record).await;
        }
        record
    }

    /// Puts a record into the history, on a thread for blocking work: another imgtui may be
    /// writing.
    async fn keep(&self, record: &BuildRecord, kept: Option<Kept>) -> std::io::Result<()> {
        let (history, own) = (self.state.history(), record.clone());
        let appended = tokio::task::spawn_blocking(move || match kept {
            Some(kept) => {
                let number = history.append_traced(&own, &kept)?;
                Ok(Some((number, kept.footprint)))
            }
            None => history.append(&own).map(|()| None),
        });
        let appended: Result<_, StoreError> = appended.await.map_err(std::io::Error::other)?;
        if let Some((number, footprint)) = appended? {
            self.remember(number, record, footprint);
        }
        Ok(())
    }

    async fn tell(&self, event: RunEvent) {
        // Nobody listens any more: the program is about to end.
        let _ = self.events.send(event).await;
    }
}
