//! Base images: present in the engine, else borrowed from another one, else pulled, else built locally as an equivalent.

mod recipe;
mod trust;

use std::{collections::BTreeMap, time::Duration};

use futures_util::future::BoxFuture;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use self::recipe::Work;
use super::{LiveBuild, Runner, names, transfer};
use crate::{
    domain::{
        base::{BaseRecipe, BaseSource, ResolvedBase},
        event::{BuildEvent, Subject, Trigger},
        ids::{BaseId, ImageId, StrategyId},
    },
    engine::{Engine, EngineError},
    parse::terminal::sanitize_line,
};

/// A registry that says nothing at all for so long is taken for unreachable. A pull that has
/// begun may take as long as it needs.
const PULL_SILENCE: Duration = Duration::from_secs(45);

/// Makes the bases of one build.
pub(super) struct BaseMaker<'runner> {
    runner: &'runner Runner,
    for_strategy: StrategyId,
}

impl<'runner> BaseMaker<'runner> {
    pub(super) fn new(runner: &'runner Runner, for_strategy: StrategyId) -> Self {
        Self {
            runner,
            for_strategy,
        }
    }

    /// Finds or makes a base; progress goes to the build that needs it.
    pub(super) async fn resolve(
        &self,
        id: &BaseId,
        live: &mut LiveBuild<'_>,
        cancel: &CancellationToken,
    ) -> Result<ResolvedBase, EngineError> {
        let recipe = self.recipe(id)?;
        let found = match present(self.runner.engine.as_ref(), self.runner, recipe).await? {
            Some(found) => found,
            None => self.bring(recipe, live, cancel).await?,
        };
        let reference = self.trusting(recipe, found.reference).await?;
        Ok(ResolvedBase { reference, ..found })
    }

    /// Borrows, pulls or makes a base that is not there.
    async fn bring(
        &self,
        recipe: &BaseRecipe,
        live: &mut LiveBuild<'_>,
        cancel: &CancellationToken,
    ) -> Result<ResolvedBase, EngineError> {
        if let Some(borrowed) = self.borrow(recipe, live, cancel).await? {
            return Ok(borrowed);
        }
        let upstream = &recipe.base.upstream;
        say(live, format!("pulling {upstream}")).await;
        match self.pull(upstream, live, cancel).await {
            Ok(()) => Ok(resolved(recipe, upstream.clone(), BaseSource::Pulled)),
            Err(EngineError::BaseMissing { reason, .. }) => {
                say(live, sanitize_line(&reason.replace('\n', " "))).await;
                let title = &recipe.base.title;
                say(
                    live,
                    format!("{upstream} cannot be pulled: making a local equivalent ({title})"),
                )
                .await;
                let reference = self.make(&recipe.base.id, cancel).await?;
                Ok(resolved(recipe, reference, BaseSource::Equivalent))
            }
            Err(error) => Err(error),
        }
    }

    /// The base of another engine, carried over.
    async fn borrow(
        &self,
        recipe: &BaseRecipe,
        live: &mut LiveBuild<'_>,
        cancel: &CancellationToken,
    ) -> Result<Option<ResolvedBase>, EngineError> {
        let Some((lender, base)) = transfer::lender(self.runner, recipe).await else {
            return Ok(None);
        };
        let engine = self.runner.engine.as_ref();
        let (from, to) = (lender.info(), engine.info());
        let reference = &base.reference;
        say(live, format!("carrying {reference} from {from} to {to}")).await;
        match transfer::carry(lender, engine, reference, cancel).await {
            Ok(()) => Ok(Some(base)),
            Err(EngineError::Cancelled) => Err(EngineError::Cancelled),
            // It is pulled or made here then.
            Err(error) => {
                let line = format!("it could not be carried over: {error}").replace('\n', " ");
                say(live, sanitize_line(&line)).await;
                Ok(None)
            }
        }
    }

    async fn pull(
        &self,
        upstream: &str,
        live: &mut LiveBuild<'_>,
        cancel: &CancellationToken,
    ) -> Result<(), EngineError> {
        let (sender, mut events) = mpsc::channel(64);
        let mut pulling = self.runner.engine.pull(upstream, sender, cancel.clone());
        let mut has_answered = false;
        loop {
            tokio::select! {
                biased;
                ended = &mut pulling => return ended,
                Some(event) = events.recv() => {
                    has_answered = true;
                    live.take(event).await;
                }
                () = tokio::time::sleep(PULL_SILENCE), if !has_answered => return Err(EngineError::BaseMissing {
                    reference: upstream.to_owned(),
                    reason: format!("the registry said nothing for {} s", PULL_SILENCE.as_secs()),
                }),
            }
        }
    }

    /// The local equivalent's reference; made, with its parents, if it is not there.
    fn make<'a>(
        &'a self,
        id: &'a BaseId,
        cancel: &'a CancellationToken,
    ) -> BoxFuture<'a, Result<String, EngineError>> {
        Box::pin(async move {
            let recipe = self.recipe(id)?;
            let reference = equivalent(self.runner, recipe);
            if self.runner.engine.image(&reference).await?.is_some() {
                return Ok(reference);
            }
            let mut arguments = BTreeMap::new();
            for (argument, parent) in &recipe.base.parents {
                let made = self.make(parent, cancel).await?;
                let parent = self.trusting(self.recipe(parent)?, made).await?;
                arguments.insert(argument.clone(), parent);
            }
            self.build(recipe, &reference, arguments, cancel).await?;
            Ok(reference)
        })
    }

    /// The base with the host's own certificates, where it needs them.
    async fn trusting(
        &self,
        recipe: &BaseRecipe,
        reference: String,
    ) -> Result<String, EngineError> {
        let Some(needed) = trust::needed(self.runner, recipe, &reference).await? else {
            return Ok(reference);
        };
        let trusting = needed.reference.clone();
        if self.runner.engine.image(&trusting).await?.is_none() {
            needed.make(self.runner, &reference).await?;
        }
        Ok(trusting)
    }

    /// A build of its own, so that it is seen like any other.
    async fn build(
        &self,
        recipe: &BaseRecipe,
        reference: &str,
        mut arguments: BTreeMap<String, String>,
        cancel: &CancellationToken,
    ) -> Result<ImageId, EngineError> {
        arguments.extend(self.runner.host.proxies());
        let subject = Subject::Base(recipe.base.id.clone());
        let trigger = Trigger::NeededBy {
            strategy: self.for_strategy.clone(),
        };
        let mut live = LiveBuild::begin(self.runner, subject, trigger).await;
        let work = Work {
            runner: self.runner,
            recipe,
            reference,
            arguments,
        };
        let built = work.perform(&mut live, cancel).await;
        let ended = live.end(built.as_ref().err()).await;
        self.runner
            .complete(ended, built.as_ref().ok().cloned(), None)
            .await;
        // The step is one of the base's Dockerfile, not of the strategy's.
        built.map_err(|error| match error {
            EngineError::BuildFailed { message, .. } => EngineError::BuildFailed {
                step: None,
                message: format!(
                    "the base image {} could not be made: {message}",
                    recipe.base.id
                ),
            },
            other => other,
        })
    }

    fn recipe(&self, id: &BaseId) -> Result<&'runner BaseRecipe, EngineError> {
        recipe(self.runner, id)
    }
}

/// The base if the engine has it already: upstream's image first, then the local equivalent.
pub(super) async fn present(
    engine: &dyn Engine,
    runner: &Runner,
    recipe: &BaseRecipe,
) -> Result<Option<ResolvedBase>, EngineError> {
    let upstream = &recipe.base.upstream;
    let reference = equivalent(runner, recipe);
    // Asked for at once: a cached rebuild is short enough for one answer's wait to be seen.
    let (as_upstream, as_equivalent) =
        tokio::join!(engine.image(upstream), engine.image(&reference));
    if as_upstream?.is_some() {
        return Ok(Some(resolved(
            recipe,
            upstream.clone(),
            BaseSource::Present,
        )));
    }
    let there = as_equivalent?.is_some();
    Ok(there.then(|| resolved(recipe, reference, BaseSource::Equivalent)))
}

/// The base as it is in the engine, or as it would be pulled.
pub(super) async fn present_or_upstream(
    runner: &Runner,
    id: &BaseId,
) -> Result<ResolvedBase, EngineError> {
    let recipe = recipe(runner, id)?;
    let found = present(runner.engine.as_ref(), runner, recipe).await?;
    let upstream = || resolved(recipe, recipe.base.upstream.clone(), BaseSource::Pulled);
    let found = found.unwrap_or_else(upstream);
    Ok(
        match trust::needed(runner, recipe, &found.reference).await? {
            Some(trusting) => ResolvedBase {
                reference: trusting.reference,
                ..found
            },
            None => found,
        },
    )
}

/// Every base of the catalog with what the engine has of it, for the checklist.
///
/// # Errors
/// When the engine does not answer.
pub async fn survey(runner: &Runner) -> Result<Vec<(String, Option<ResolvedBase>)>, EngineError> {
    let mut found = Vec::new();
    for recipe in &runner.catalog.bases {
        let state = present(runner.engine.as_ref(), runner, recipe).await?;
        found.push((recipe.base.id.to_string(), state));
    }
    Ok(found)
}

fn recipe<'a>(runner: &'a Runner, id: &BaseId) -> Result<&'a BaseRecipe, EngineError> {
    runner
        .catalog
        .base(id)
        .ok_or_else(|| EngineError::BaseMissing {
            reference: id.to_string(),
            reason: "strategies/bases.toml does not have it".into(),
        })
}

/// The equivalent's name holds a digest of its recipe and of its parents': a changed recipe is
/// another image.
fn equivalent(runner: &Runner, recipe: &BaseRecipe) -> String {
    let id = &recipe.base.id;
    let digest = runner.digests.get(id).map_or("unknown", String::as_str);
    names::equivalent_of(id, digest)
}

fn resolved(recipe: &BaseRecipe, reference: String, source: BaseSource) -> ResolvedBase {
    ResolvedBase {
        id: recipe.base.id.clone(),
        reference,
        source,
    }
}

async fn say(live: &mut LiveBuild<'_>, line: String) {
    live.take(BuildEvent::Output { step: None, line }).await;
}
