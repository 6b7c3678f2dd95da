//! Benchmarks, as command line and screen begin them: the header, and the file that keeps its
//! runs.

use super::Ground;
use crate::{
    domain::{
        bench::{BENCH_SCHEMA, BenchHeader, BenchRun, Plan},
        record::EngineInfo,
    },
    store::{
        StoreError,
        benches::{BenchFile, Kept},
    },
};

/// Why a benchmark cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// There is nothing to go on with.
    #[error("there is no benchmark of these strategies and scenarios on {0} to go on with")]
    NothingKept(EngineInfo),
    /// Its runs could not be kept.
    #[error("the benchmark cannot be kept: {0}")]
    Store(#[from] StoreError),
}

/// A benchmark that can begin.
#[derive(Debug)]
pub struct Opened {
    /// What is measured.
    pub header: BenchHeader,
    /// Runs that are there already.
    pub earlier: Vec<BenchRun>,
    /// Keeps more.
    pub file: BenchFile,
}

/// A seed that was not used before, of few digits, to be typed again.
#[must_use]
pub fn fresh_seed() -> u64 {
    super::session::fresh_stamp().0 % 1_000_000
}

/// The newest benchmark of the same strategies and scenarios; of any engine without one.
///
/// # Errors
/// When the history cannot be read.
pub fn same(
    ground: &Ground,
    plan: &Plan,
    engine: Option<&EngineInfo>,
) -> Result<Option<Kept>, StoreError> {
    ground.state.benches().newest(|header: &BenchHeader| {
        let kept = &header.plan;
        header.app == ground.app.root
            && engine.is_none_or(|engine| header.engine == *engine)
            && kept.protocol == plan.protocol
            // One that was added on the way stands at the end.
            && kept.strategies.starts_with(&plan.strategies)
            && kept.priors == plan.priors
    })
}

/// The newest benchmark of this app, by this engine where there is one.
///
/// # Errors
/// When the history cannot be read.
pub fn newest(ground: &Ground, engine: Option<&EngineInfo>) -> Result<Option<Kept>, StoreError> {
    ground.state.benches().newest(|header: &BenchHeader| {
        header.app == ground.app.root && engine.is_none_or(|engine| header.engine == *engine)
    })
}

/// Begins a benchmark, or goes on with the newest one of the same plan.
///
/// # Errors
/// When there is none to go on with, or its file cannot be used.
pub fn open(
    ground: &Ground,
    plan: Plan,
    engine: &EngineInfo,
    resume: bool,
) -> Result<Opened, OpenError> {
    if resume {
        let kept = same(ground, &plan, Some(engine))?;
        let kept = kept.ok_or_else(|| OpenError::NothingKept(engine.clone()))?;
        let file = ground.state.benches().go_on(&kept)?;
        return Ok(Opened {
            header: kept.header,
            earlier: kept.runs,
            file,
        });
    }
    let header = BenchHeader {
        schema: BENCH_SCHEMA,
        plan,
        app: ground.app.root.clone(),
        engine: engine.clone(),
        processors: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        started: jiff::Timestamp::now().to_string(),
    };
    let file = ground.state.benches().begin(&header)?;
    Ok(Opened {
        header,
        earlier: Vec::new(),
        file,
    })
}
