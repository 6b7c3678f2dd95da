//! Performs builds: bases first, then the context, then the engine; every event in one order.
//!
//! One build at a time. What happens goes out as [`RunEvent`]s, and the same events are folded
//! here into the record, so that the screen and the record cannot differ.

pub mod bases;
mod cause;
pub mod host;
mod live;
pub(crate) mod log;
pub mod names;
mod preflight;
mod retention;

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

use self::{bases::BaseMaker, host::Host, live::LiveBuild};
use crate::{
    catalog::{Catalog, Tailored, app::App},
    context::{
        Context, DOCKERFILE_NAME, DockerfilePlace, IgnoreRules, Layout, VirtualEdit, stream_tar,
        walk,
    },
    domain::{
        base::ResolvedBase,
        build::StepStatus,
        event::{BuildEvent, RunEvent, StagePlan, Subject, Trigger},
        ids::{BaseId, BuildId, ImageId},
        record::{BuildRecord, ImageInfo, Layer},
        strategy::Strategy,
    },
    engine::{BuildRequest, Engine, EngineError, IMAGE, LABEL},
    parse::dockerfile,
    store::StateFolder,
};

/// Everything that builds have in common.
#[derive(Debug)]
pub struct Runner {
    /// The engine that builds.
    pub engine: Arc<dyn Engine>,
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
}

/// One build that is asked for.
#[derive(Debug, Clone)]
pub struct Order {
    /// How to build.
    pub strategy: Strategy,
    /// Why.
    pub trigger: Trigger,
    /// A source with other bytes than on disk, laid over the context.
    pub edit: Option<VirtualEdit>,
    /// Leave the layer cache aside.
    pub no_cache: bool,
}

impl Order {
    /// The same order with another text of the Dockerfile.
    fn with_dockerfile(&self, text: &str) -> Self {
        let mut order = self.clone();
        text.clone_into(&mut order.strategy.dockerfile);
        order
    }
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
            app,
            catalog,
            state,
            host: Host::of_this_machine(),
            events,
            numbers,
            told: preflight::Told::default(),
        }
    }

    /// The stages that the engine will go through.
    fn plan(&self, dockerfile: &str) -> Vec<StagePlan> {
        let mut stages = dockerfile::outline(dockerfile);
        if let (Some(last), Some(step)) = (stages.last_mut(), self.engine.label_step()) {
            last.instructions.push(step.to_owned());
        }
        stages
    }

    /// The number of the next build.
    fn next_number(&self) -> BuildId {
        BuildId(self.numbers.fetch_add(1, Ordering::Relaxed))
    }

    /// Builds the app by one strategy. Errors are in the record's outcome; whatever happened
    /// on the way went out as events.
    pub async fn build(&self, order: &Order, cancel: &CancellationToken) -> BuildRecord {
        let subject = Subject::Strategy(order.strategy.id.clone());
        let mut live = LiveBuild::begin(self, subject, order.trigger.clone()).await;
        let tailored = self.catalog.tailored(&order.strategy, &self.app);
        let order = &order.with_dockerfile(&tailored.text);
        let stages = self.plan(&order.strategy.dockerfile);
        live.take(BuildEvent::Planned { stages }).await;
        let built = self.perform(order, &mut live, cancel).await;
        let built = built
            .map_err(|error| located(error, &order.strategy, &tailored))
            .map_err(|error| cause::explained(error, self, &order.strategy, &live.last_lines()));
        let mut ended = live.end(built.as_ref().err()).await;
        ended.record.no_cache = order.no_cache;
        ended.record.edit = match &order.trigger {
            Trigger::Edited { edit, .. } => Some(*edit),
            _ => None,
        };
        self.complete(ended, built.ok()).await
    }

    async fn perform(
        &self,
        order: &Order,
        live: &mut LiveBuild<'_>,
        cancel: &CancellationToken,
    ) -> Result<ImageId, EngineError> {
        self.check_abilities(&order.strategy)?;
        self.check_app(&order.strategy, live).await?;
        let bases = self.resolve_bases(&order.strategy, live, cancel).await?;
        // What a cancelled build still puts away is not this one's time.
        cancel
            .run_until_cancelled(self.engine.settle())
            .await
            .ok_or(EngineError::Cancelled)?;
        live.restart_clock();
        let rules = ignore_rules(&order.strategy);
        let context = self.walk(self.app.root.clone(), rules).await?;
        let sending = stream_tar(Arc::new(context), Arc::new(layout_of(order)));
        let request = BuildRequest {
            tag: names::image_of(&self.app, &order.strategy.id),
            dockerfile: DOCKERFILE_NAME.to_owned(),
            args: self.arguments(&order.strategy, &bases),
            labels: [(LABEL.to_owned(), IMAGE.to_owned())].into(),
            no_cache: order.no_cache,
            mounts: self.host.mounts(),
            context: sending.chunks,
        };
        live.build(request, sending.sent, cancel).await
    }

    fn check_abilities(&self, strategy: &Strategy) -> Result<(), EngineError> {
        let able = self.engine.abilities();
        let missing = |ability: &&String| !able.contains(&ability.as_str());
        match strategy.needs.abilities.iter().find(missing) {
            None => Ok(()),
            Some(ability) => Err(EngineError::Refused {
                doing: format!("{} cannot be built by this engine", strategy.id),
                reason: format!(
                    "it needs `{ability}`, and {} {} does not have it",
                    self.engine.info().kind,
                    self.engine.info().version
                ),
            }),
        }
    }

    async fn resolve_bases(
        &self,
        strategy: &Strategy,
        live: &mut LiveBuild<'_>,
        cancel: &CancellationToken,
    ) -> Result<Vec<(String, ResolvedBase)>, EngineError> {
        let maker = BaseMaker::new(self, strategy.id.clone());
        let mut resolved = Vec::new();
        for (argument, id) in &strategy.bases {
            let base = maker.resolve(id, live, cancel).await?;
            live.take(BuildEvent::BaseResolved { base: base.clone() })
                .await;
            resolved.push((argument.clone(), base));
        }
        Ok(resolved)
    }

    /// Build arguments: bases, the strategy's own, `BIN` where the Dockerfile declares it, and
    /// the proxy settings of this machine.
    fn arguments(
        &self,
        strategy: &Strategy,
        bases: &[(String, ResolvedBase)],
    ) -> BTreeMap<String, String> {
        let mut arguments = strategy.args.clone();
        for (argument, base) in bases {
            arguments.insert(argument.clone(), base.reference.clone());
        }
        let settings = &self.app.settings;
        let own = settings.build_args.clone().into_iter();
        arguments.extend(
            own.filter(|(argument, _)| {
                dockerfile::declares_argument(&strategy.dockerfile, argument)
            }),
        );
        for (argument, value) in [
            ("BIN", self.app.bin.clone()),
            ("BUILD_FLAGS", settings.build_flags.join(" ")),
            ("PORT", settings.port.value.to_string()),
        ] {
            if dockerfile::declares_argument(&strategy.dockerfile, argument) {
                arguments.insert(argument.into(), value);
            }
        }
        arguments.extend(self.host.proxies());
        arguments
    }

    /// The build arguments of a strategy, with the bases as they are in the engine now; one that
    /// is not there yet is named by its upstream reference.
    ///
    /// # Errors
    /// When the engine does not answer, or a base is not in the catalog.
    pub async fn arguments_by_hand(
        &self,
        strategy: &Strategy,
    ) -> Result<BTreeMap<String, String>, EngineError> {
        let mut resolved = Vec::new();
        for (argument, id) in &strategy.bases {
            resolved.push((
                argument.clone(),
                bases::present_or_upstream(self, id).await?,
            ));
        }
        Ok(self.arguments(strategy, &resolved))
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
        });
        (Some(info), layers)
    }

    /// Looks at the image, puts the record into the history, tells everybody, and lets old
    /// results go.
    async fn complete(&self, ended: live::Ended, image: Option<ImageId>) -> BuildRecord {
        let live::Ended { build, mut record } = ended;
        if let Some(image) = image {
            (record.image, record.layers) = self.look_at(&image).await;
        }
        if let Err(error) = self.state.history().append(&record) {
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

    async fn tell(&self, event: RunEvent) {
        // Nobody listens any more: the program is about to end.
        let _ = self.events.send(event).await;
    }
}

/// Says on which line of which Dockerfile the failed instruction stands.
fn located(error: EngineError, strategy: &Strategy, tailored: &Tailored) -> EngineError {
    let EngineError::BuildFailed { step, message } = error else {
        return error;
    };
    let line = step.and_then(|step| dockerfile::line_of(&tailored.text, step.stage, step.index));
    let message = match line.map(|line| tailored.own_line(line)) {
        None => message,
        Some(None) => format!("{message} (put in for the app's imgtui.toml)"),
        Some(Some(line)) => match &strategy.folder {
            Some(folder) => {
                format!("{message} ({}:{line})", folder.join("Dockerfile").display())
            }
            None => format!("{message} (Dockerfile of {}:{line})", strategy.id),
        },
    };
    EngineError::BuildFailed { step, message }
}

/// A strategy's own ignore file replaces the app's.
#[must_use]
pub fn ignore_rules(strategy: &Strategy) -> IgnoreRules {
    match &strategy.ignore {
        Some(text) => IgnoreRules::Strategy {
            name: "Dockerfile.dockerignore".into(),
            text: text.clone(),
        },
        None => IgnoreRules::App,
    }
}

fn layout_of(order: &Order) -> Layout {
    let now = std::time::SystemTime::now();
    Layout {
        dockerfile: order.strategy.dockerfile.clone(),
        place: DockerfilePlace::Hidden,
        overlay: order.strategy.overlay.clone(),
        edit: order.edit.clone(),
        fresh_s: now
            .duration_since(std::time::UNIX_EPOCH)
            .map_or(0, |since| since.as_secs()),
    }
}
