//! The composition root: from the command line to catalog, app, state folder, engine and runner.

pub mod benches;
pub mod by_hand;
mod engine_list;
mod engines;
pub mod fresh;
pub mod machine;
pub mod picture;
pub mod screen;
pub mod session;
pub mod test_runs;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, atomic::AtomicU64},
};

use anyhow::Context as _;
use tokio::sync::mpsc;

pub use self::engines::{EngineChoice, of_engine};
use crate::{
    catalog::{Catalog, Shelf, app::App, embedded, sample},
    cli::Places,
    domain::{event::RunEvent, ids::StrategyId, strategy::Strategy},
    engine::{Engine, podman::Settings},
    runner::Runner,
    setup,
    store::StateFolder,
};

/// What every command starts from; nothing of it needs an engine.
#[derive(Debug, Clone)]
pub struct Ground {
    /// Logs, history, journals.
    pub state: StateFolder,
    /// Strategies and bases.
    pub catalog: Arc<Catalog>,
    /// What is built.
    pub app: App,
    /// Which engine was asked for.
    pub engine: EngineChoice,
    /// Install without asking.
    pub yes: bool,
    /// The number of the next build; builds, bases and set-up share one count.
    pub numbers: Arc<AtomicU64>,
}

/// The command line asks for something that does not exist.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct UsageError(String);

impl UsageError {
    /// What is wrong, in a sentence.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }
}

impl Ground {
    /// Reads everything that does not need an engine.
    ///
    /// # Errors
    /// When the state folder, the app or a folder of strategies cannot be read.
    pub fn lay(places: &Places) -> anyhow::Result<Self> {
        let state = StateFolder::open().context("the state folder cannot be used")?;
        let mut shelves = vec![embedded()];
        shelves.extend(places.strategies.iter().map(|folder| Shelf::load(folder)));
        let catalog = Catalog::parse(&shelves);
        let folder = app_folder(places.app.as_deref(), &state)?;
        let folder = folder
            .canonicalize()
            .with_context(|| format!("the app's folder {} cannot be opened", folder.display()))?;
        let app = App::load(&folder)?;
        let strategies = catalog.strategies.iter();
        app.check_strategies(&strategies.map(|one| one.id.clone()).collect::<Vec<_>>())?;
        Ok(Self {
            state,
            catalog: Arc::new(catalog),
            app,
            engine: EngineChoice::parse(places.engine.as_deref())?,
            yes: places.yes,
            numbers: Arc::new(AtomicU64::new(1)),
        })
    }

    /// The strategy with this id.
    ///
    /// # Errors
    /// When there is none; the message names those that there are.
    pub fn strategy(&self, id: &str) -> Result<&Strategy, UsageError> {
        let found = self.catalog.strategy(&StrategyId(id.to_owned()));
        found.ok_or_else(|| {
            let ids = self.catalog.strategies.iter().map(|s| s.id.0.as_str());
            let ids: Vec<&str> = ids.collect();
            let faults = self.catalog.faults.iter();
            let faults = faults.map(|fault| format!("\nfault in {fault}"));
            UsageError(format!(
                "there is no strategy `{id}`; there are: {}{}",
                ids.join(", "),
                faults.collect::<String>()
            ))
        })
    }

    /// How set-up sees this machine.
    #[must_use]
    pub fn host(&self) -> setup::Host {
        setup::Host::current(setup::StateFolder(self.state.path().to_path_buf()))
    }

    /// A runner on this ground.
    #[must_use]
    pub fn runner(&self, engine: Arc<dyn Engine>, events: mpsc::Sender<RunEvent>) -> Runner {
        Runner::new(
            engine,
            self.app.clone(),
            Arc::clone(&self.catalog),
            self.state.clone(),
            events,
            Arc::clone(&self.numbers),
        )
    }
}

/// The variable and file that podman processes are given, where the runtime needs them.
#[must_use]
pub fn settings_of(runtime: &setup::Runtime) -> Settings {
    let (variable, file) = runtime.environment()?;
    Some((variable.to_owned(), file.to_owned()))
}

/// The folder given, else `sample-app` here, else here, else a copy of the sample app.
fn app_folder(given: Option<&Path>, state: &StateFolder) -> anyhow::Result<PathBuf> {
    if let Some(folder) = given {
        return Ok(folder.to_path_buf());
    }
    for candidate in ["sample-app", "."] {
        let manifest = Path::new(candidate).join("Cargo.toml");
        if manifest.is_file() {
            return Ok(PathBuf::from(candidate));
        }
    }
    let folder = state.path().join("sample-app");
    sample::lay_out(&folder).context("the sample app could not be written")?;
    Ok(folder)
}
