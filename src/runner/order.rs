//! What is asked of the runner, and what follows from it before the engine is asked.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    time::{SystemTime, UNIX_EPOCH},
};

use super::{
    names,
    stamp::{Change, NoStamp},
};
use crate::{
    catalog::{Tailored, app::App},
    context::{DockerfilePlace, IgnoreRules, Layout, VirtualEdit},
    domain::{
        bench::Prior,
        crates::LOOK_VARIABLES,
        event::{StagePlan, Trigger},
        purpose::Purpose,
        shared_cache::SharedCache,
        strategy::Strategy,
    },
    engine::EngineError,
    parse::dockerfile,
};

/// One build that is asked for.
#[derive(Debug, Clone)]
pub struct Order {
    /// How to build.
    pub strategy: Strategy,
    /// Why; [`Trigger::Asked`] becomes the change below where there is one.
    pub trigger: Trigger,
    /// What is changed in the sources, in the context alone.
    pub change: Change,
    /// Where; without it the app's settings, else the stamp, decide.
    pub file: Option<PathBuf>,
    /// Leave the layer cache aside.
    pub no_cache: bool,
    /// Where steps are taken from and put besides this engine's own cache. Empty, it is the app's
    /// where the strategy needs one.
    pub shared_cache: SharedCache,
    /// What it is made for.
    pub purpose: Purpose,
    /// What a benchmark changed before it.
    pub prior: Option<Prior>,
    /// Build arguments that win over all others.
    pub args: BTreeMap<String, String>,
    /// Build argument → image in the place of a base.
    pub bases: BTreeMap<String, String>,
    /// Put into the ids of cache mounts: they are its own then, and empty.
    pub own_mounts: Option<String>,
    /// Whether the image is looked at.
    pub gate: Gate,
}

/// Whether an image is looked at once it is made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Gate {
    /// It is run, and must prove what it was built from.
    #[default]
    Closed,
    /// It is not: its figures are unverified.
    Open,
}

impl Order {
    /// A build without a change, its image looked at.
    #[must_use]
    pub fn of(strategy: Strategy) -> Self {
        Self {
            strategy,
            trigger: Trigger::Asked,
            change: Change::Nothing,
            file: None,
            no_cache: false,
            shared_cache: SharedCache::default(),
            purpose: Purpose::Image,
            prior: None,
            args: BTreeMap::new(),
            bases: BTreeMap::new(),
            own_mounts: None,
            gate: Gate::Closed,
        }
    }

    /// The shared cache that holds for it. What a look at cargo makes is of use to nobody else.
    pub(super) fn cache(&self, app: &App) -> SharedCache {
        let mut cache = self.cache_of_image(app);
        cache.to = cache.to.filter(|_| !self.purpose.is_look());
        cache
    }

    fn cache_of_image(&self, app: &App) -> SharedCache {
        if self.shared_cache.is_none() && self.strategy.needs.shared_cache {
            return app.settings.shared_cache.clone();
        }
        self.shared_cache.clone()
    }

    /// The same order with another text of the Dockerfile.
    pub(super) fn with_dockerfile(&self, text: &str) -> Self {
        let mut order = self.clone();
        text.clone_into(&mut order.strategy.dockerfile);
        order
    }

    /// The strategy as its script knows it, which has its arguments for variables.
    pub(super) fn for_script(&self) -> Strategy {
        let mut strategy = self.strategy.clone();
        if self.purpose.is_look() {
            let variables = LOOK_VARIABLES.map(|(name, value)| (name.to_owned(), value.to_owned()));
            strategy.args.extend(variables);
        }
        strategy
    }

    /// The name of its image: that of a look at cargo is not what the strategy makes.
    pub(super) fn tag(&self, app: &App) -> String {
        let name = names::image_of(app, &self.strategy.id);
        if self.purpose.is_look() {
            return format!("{name}-look");
        }
        name
    }

    /// Whether there is something to look at, if it is a look.
    pub(super) fn check_look(&self) -> Result<(), EngineError> {
        let strategy = &self.strategy;
        let is_told = || dockerfile::declares_argument(&strategy.dockerfile, LOOK_VARIABLES[0].0);
        if !self.purpose.is_look() || strategy.prepare.is_some() || is_told() {
            return Ok(());
        }
        Err(EngineError::Refused {
            doing: format!("there is nothing to look at in {}", strategy.id),
            reason: "no command of its Dockerfile is seen to compile the app by cargo".into(),
        })
    }
}

/// Why a build carries no stamp.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unstamped {
    /// The app could not be listed.
    #[error("{0}")]
    Walk(EngineError),
    /// There is no place for one.
    #[error("{0}")]
    NoStamp(NoStamp),
}

/// Says on which line of which Dockerfile the failed instruction stands.
pub(super) fn located(
    error: EngineError,
    strategy: &Strategy,
    tailored: &Tailored,
    steps: &[StagePlan],
) -> EngineError {
    let EngineError::BuildFailed { step, message } = error else {
        return error;
    };
    let line = step.and_then(|step| dockerfile::line_of(&tailored.text, steps, step));
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

pub(super) fn layout_of(order: &Order, edit: Option<VirtualEdit>) -> Layout {
    let now = SystemTime::now();
    Layout {
        dockerfile: order.strategy.dockerfile.clone(),
        place: DockerfilePlace::Hidden,
        overlay: order.strategy.overlay.clone(),
        edit,
        fresh_s: now
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs()),
    }
}
