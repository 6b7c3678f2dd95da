//! Puts the steps of a build into a registry, so that another machine need not run them.
//!
//! Podman does so while it builds. Docker shares images: one for each stage that is an end
//! ([`dockerfile::ends`]), built once more from its own cache, and pushed.

use std::{sync::Arc, time::Duration};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{LiveBuild, Order, Runner, availability, names, stamp::Stamped};
use crate::{
    context::stream_tar,
    domain::{
        build::{Build, StepStatus},
        event::{BuildEvent, Outcome, StagePlan, StepKey, Subject, Trigger},
        shared_cache::Repository,
        strategy::Strategy,
    },
    engine::{BuildRequest, CacheSource, EngineError, IMAGE, LABEL, Sharing},
    parse::dockerfile,
};

/// Events that may wait between engine and runner.
const WAITING_EVENTS: usize = 64;

/// Where a build by this strategy finds shared steps.
pub(super) fn source(repository: Repository, strategy: &Strategy) -> CacheSource {
    let stages = dockerfile::outline(&strategy.dockerfile);
    let ends = dockerfile::ends(&stages);
    let images = ends
        .iter()
        .map(|end| names::shared_of(&repository, &strategy.id, name_of(&stages, *end)));
    CacheSource {
        images: images.collect(),
        repository,
    }
}

/// The last stage needs no name.
fn name_of(stages: &[StagePlan], place: usize) -> Option<&str> {
    let is_last = place + 1 == stages.len();
    (!is_last).then(|| stages[place].name.as_str())
}

/// Says so where the registry does not answer: podman passes that over in silence (4.3.1).
pub(super) async fn look_for(runner: &Runner, repository: &Repository, live: &mut LiveBuild<'_>) {
    let registry = repository.registry();
    let tells = runner.engine.sharing() == Sharing::Images;
    if tells || availability::is_reachable(registry).await {
        return;
    }
    let line = format!("{registry} is not reachable from here: no steps are shared");
    live.take(BuildEvent::Output { step: None, line }).await;
}

/// Shares what was just built: how that ended; `None` where there is nothing to do.
pub(super) async fn share(
    runner: &Runner,
    order: &Order,
    stamped: Option<Stamped>,
    cancel: &CancellationToken,
) -> Option<Outcome> {
    let repository = order.cache(&runner.app).to?;
    if runner.engine.sharing() == Sharing::Steps || order.strategy.prepare.is_some() {
        return None;
    }
    let subject = Subject::Sharing(order.strategy.id.clone());
    let mut live = LiveBuild::begin(runner, subject, Trigger::Asked).await;
    let stages = dockerfile::outline(&order.strategy.dockerfile);
    let mut sharer = Sharer {
        runner,
        order,
        stamped,
        images: dockerfile::ends(&stages)
            .into_iter()
            .map(|place| Shared::of(&stages, place, &repository, &order.strategy))
            .collect(),
        repository,
    };
    let shared = sharer.share(&mut live, cancel).await;
    let ended = live.end(shared.as_ref().err()).await;
    Some(runner.complete(ended, None, None).await.outcome)
}

/// One image that holds shared steps.
struct Shared {
    /// The stages up to its own, as the Dockerfile writes them.
    stages: Vec<StagePlan>,
    /// Name of its stage, unless that is the last one.
    target: Option<String>,
    reference: String,
}

impl Shared {
    fn of(
        stages: &[StagePlan],
        place: usize,
        repository: &Repository,
        strategy: &Strategy,
    ) -> Self {
        Self {
            stages: stages[..=place].to_vec(),
            target: name_of(stages, place).map(str::to_owned),
            reference: names::shared_of(repository, &strategy.id, name_of(stages, place)),
        }
    }

    fn instruction(&self) -> String {
        let stage = self.target.as_deref().unwrap_or("the last stage");
        format!("{stage} as {}", self.reference)
    }
}

fn command_that_ran(build: &Build) -> Option<String> {
    let mut steps = build.steps().map(|(_, step)| step);
    let ran = steps
        .find(|step| step.status == StepStatus::Ran && step.instruction.starts_with("RUN "))?;
    Some(ran.instruction.clone())
}

struct Sharer<'a> {
    runner: &'a Runner,
    order: &'a Order,
    stamped: Option<Stamped>,
    images: Vec<Shared>,
    repository: Repository,
}

impl Sharer<'_> {
    async fn share(
        &mut self,
        live: &mut LiveBuild<'_>,
        cancel: &CancellationToken,
    ) -> Result<(), EngineError> {
        let instructions: Vec<String> = self.images.iter().map(Shared::instruction).collect();
        let of = instructions.len();
        let name = self.repository.to_string();
        live.take(BuildEvent::Planned {
            stages: vec![StagePlan { name, instructions }],
        })
        .await;
        for (place, image) in self.images.iter().enumerate() {
            let step = StepKey {
                stage: 0,
                index: place + 1,
            };
            live.take(BuildEvent::StepStarted {
                step,
                of,
                instruction: image.instruction(),
            })
            .await;
            let shared = match self.build(image, cancel).await {
                Ok(()) => self.push(image, step, live, cancel).await,
                Err(error) => Err(error),
            };
            if let Err(error) = shared {
                if error != EngineError::Cancelled {
                    live.take(BuildEvent::StepFailed { step }).await;
                }
                return Err(error);
            }
            live.take(BuildEvent::StepRan { step }).await;
        }
        Ok(())
    }

    /// Names the stage's image; nothing is run that was not run before.
    async fn build(&self, image: &Shared, cancel: &CancellationToken) -> Result<(), EngineError> {
        let runner = self.runner;
        let edit = runner.edit_of(self.order, self.stamped.as_ref()).await;
        let (context, layout) = runner.sources(self.order, edit).await?;
        let sending = stream_tar(Arc::new(context), Arc::new(layout));
        let arguments = runner.arguments_by_hand(&self.order.strategy).await?;
        let request = BuildRequest {
            tag: image.reference.clone(),
            args: arguments,
            labels: [(LABEL.to_owned(), IMAGE.to_owned())].into(),
            cache_to: Some(self.repository.clone()),
            target: image.target.clone(),
            steps: runner.engine.steps(image.stages.clone()),
            mounts: runner.host.mounts(),
            ..BuildRequest::of(sending.chunks)
        };
        let (sender, mut told) = mpsc::channel(WAITING_EVENTS);
        let stages = request.steps.clone();
        let watching = tokio::spawn(async move {
            let mut fold = Build::new(0);
            fold.apply(Duration::ZERO, &BuildEvent::Planned { stages });
            while let Some(event) = told.recv().await {
                fold.apply(Duration::ZERO, &event);
            }
            fold
        });
        runner.engine.build(request, sender, cancel.clone()).await?;
        let ran = watching.await.ok().and_then(|fold| command_that_ran(&fold));
        match ran {
            None => Ok(()),
            Some(instruction) => Err(EngineError::Refused {
                doing: format!("sharing {}", image.reference),
                reason: format!(
                    "`{instruction}` ran again, so this is not what was looked at: the sources changed meanwhile, or the engine let the step go. Build again."
                ),
            }),
        }
    }

    async fn push(
        &self,
        image: &Shared,
        step: StepKey,
        live: &mut LiveBuild<'_>,
        cancel: &CancellationToken,
    ) -> Result<(), EngineError> {
        let (sender, mut told) = mpsc::channel(WAITING_EVENTS);
        let engine = &self.runner.engine;
        let mut pushing = engine.push(&image.reference, sender, cancel.clone());
        loop {
            tokio::select! {
                biased;
                ended = &mut pushing => return ended,
                Some(event) = told.recv() => {
                    if let BuildEvent::Output { line, .. } = event {
                        live.take(BuildEvent::Output { step: Some(step), line }).await;
                    }
                }
            }
        }
    }
}
