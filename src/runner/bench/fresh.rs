//! Engines with an empty store, as a fresh machine has one: what a shared cache is good for.

use std::{
    fs, io,
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
    time::Duration,
};

use futures_util::future::BoxFuture;
use tempfile::TempDir;
use tokio::time::Instant;

use crate::engine::Engine;

/// An engine that was told to end is gone by then.
const END_LIMIT: Duration = Duration::from_secs(30);
/// Between two tries to remove what an engine that is ending still holds.
const PAUSE: Duration = Duration::from_millis(200);

/// Starts engines with an empty store.
pub trait FreshEngines: Send + Sync {
    /// One more, of the same kind as the engine that is measured.
    ///
    /// # Errors
    /// Why there can be none, in words.
    fn start(&self) -> BoxFuture<'_, Result<FreshEngine, String>>;
}

/// An engine with an empty store.
#[derive(Debug)]
pub struct FreshEngine {
    /// It.
    pub engine: Arc<dyn Engine>,
    /// Everything that it keeps; removed with it.
    pub folder: TempDir,
    /// What it keeps elsewhere while it runs.
    pub run: Option<TempDir>,
}

impl FreshEngine {
    /// Ends the engine, and removes what it kept.
    ///
    /// # Errors
    /// When something of it cannot be removed after half a minute.
    pub async fn end(self) -> io::Result<()> {
        let Self {
            engine,
            folder,
            run,
        } = self;
        engine.settle().await;
        drop(engine);
        let path = folder.keep();
        let end = Instant::now() + END_LIMIT;
        loop {
            let place = path.clone();
            let removed = tokio::task::spawn_blocking(move || remove(&place)).await;
            match removed.unwrap_or_else(|error| Err(io::Error::other(error))) {
                Ok(()) => return run.map_or(Ok(()), TempDir::close),
                Err(error) if Instant::now() > end => return Err(error),
                // It is still ending.
                Err(_) => tokio::time::sleep(PAUSE).await,
            }
        }
    }
}

/// Removes an engine's folder. An engine can leave a mount of its store behind.
///
/// # Errors
/// When something is still in use.
pub fn remove(folder: &Path) -> io::Result<()> {
    let mounts = fs::read_to_string("/proc/self/mounts")?;
    let places = mounts.lines().filter_map(|line| line.split(' ').nth(1));
    for place in places.filter(|place| Path::new(place).starts_with(folder)) {
        Command::new("umount")
            .arg(place)
            .stderr(Stdio::null())
            .status()?;
    }
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}
