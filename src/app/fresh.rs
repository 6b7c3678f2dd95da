//! Engines with an empty store, beside the one that is measured.

use std::{
    fs, io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use futures_util::future::BoxFuture;
use tempfile::TempDir;

use super::Ground;
use crate::{
    engine::{
        Engine, EngineError,
        docker::{Builder, Docker, DockerPlace},
        podman::{Podman, PodmanPlace},
    },
    runner::bench::{FreshEngine, FreshEngines, remove},
};

/// Engines like this one on this machine.
pub struct Fresh<'a> {
    ground: &'a Ground,
    kind: String,
    /// Whether the engine that is measured is ours: nobody knows how another one was started.
    is_ours: bool,
}

impl<'a> Fresh<'a> {
    /// Engines like this one.
    #[must_use]
    pub fn like(ground: &'a Ground, engine: &dyn Engine) -> Self {
        Self {
            ground,
            kind: engine.info().kind.clone(),
            is_ours: engine.is_ours(),
        }
    }

    /// Engines of this kind: `podman`, `docker-buildkit` or `docker-classic`.
    #[must_use]
    pub fn of_kind(ground: &'a Ground, kind: &str) -> Self {
        Self {
            ground,
            kind: kind.to_owned(),
            is_ours: true,
        }
    }

    async fn begin(&self) -> Result<FreshEngine, String> {
        if !self.is_ours {
            let kind = &self.kind;
            return Err(format!(
                "a fresh store needs an engine of imgtui's own, and this {kind} is not"
            ));
        }
        let all = self.ground.state.path().join("fresh");
        sweep(&all);
        let folder = begin_folder(&all).map_err(|error| format!("{}: {error}", all.display()))?;
        let started = match self.kind.as_str() {
            "docker-buildkit" => self.docker(folder.path(), Builder::BuildKit).await,
            "docker-classic" => self.docker(folder.path(), Builder::Classic).await,
            _ => self.podman(folder.path()).await,
        };
        let (engine, run) = started.map_err(|error| error.to_string())?;
        Ok(FreshEngine {
            engine,
            folder,
            run,
        })
    }

    async fn docker(&self, folder: &Path, builder: Builder) -> Started {
        let program = self.ground.host().find("dockerd");
        let place = DockerPlace::Private {
            program: program.unwrap_or_else(|| "dockerd".into()),
            folder: folder.to_owned(),
        };
        let docker = Docker::connect(place, Some(builder)).await?;
        Ok((Arc::new(docker), None))
    }

    /// The podman that works here, by a program that gives it another store.
    async fn podman(&self, folder: &Path) -> Started {
        let PodmanPlace::Private {
            program,
            settings,
            build_settings,
        } = self.ground.private_podman().await?
        else {
            return Err(unusable(folder, "that podman is not ours"));
        };
        let made = with_store(&program, folder);
        let (program, run) = made.map_err(|error| unusable(folder, &error.to_string()))?;
        let place = PodmanPlace::Private {
            program,
            settings,
            build_settings,
        };
        Ok((Arc::new(Podman::connect(place).await?), Some(run)))
    }
}

/// An engine, and a folder of its own beside its store.
type Started = Result<(Arc<dyn Engine>, Option<TempDir>), EngineError>;

fn unusable(folder: &Path, reason: &str) -> EngineError {
    EngineError::Unreachable {
        place: folder.display().to_string(),
        reason: reason.to_owned(),
        remedy: "The state folder must be one that can be written to.".into(),
    }
}

impl FreshEngines for Fresh<'_> {
    fn start(&self) -> BoxFuture<'_, Result<FreshEngine, String>> {
        Box::pin(self.begin())
    }
}

/// A program that starts podman with a store in this folder.
fn with_store(program: &Path, folder: &Path) -> io::Result<(PathBuf, TempDir)> {
    let storage = folder.join("storage.conf");
    // A long run root makes podman wait for each container's end (4.3.1).
    let run = tempfile::Builder::new().prefix("p").tempdir()?;
    let text = format!(
        "[storage]\ndriver = \"overlay\"\ngraphroot = \"{}\"\nrunroot = \"{}\"\n",
        folder.join("store").display(),
        run.path().display()
    );
    fs::write(&storage, text)?;
    let wrapper = folder.join("podman");
    let text = format!(
        "#!/bin/sh\nCONTAINERS_STORAGE_CONF='{}' exec '{}' \"$@\"\n",
        storage.display(),
        program.display()
    );
    fs::write(&wrapper, text)?;
    fs::set_permissions(&wrapper, fs::Permissions::from_mode(0o755))?;
    Ok((wrapper, run))
}

/// A folder that says whose it is.
fn begin_folder(all: &Path) -> io::Result<TempDir> {
    fs::create_dir_all(all)?;
    let prefix = format!("{}-", std::process::id());
    tempfile::Builder::new().prefix(&prefix).tempdir_in(all)
}

/// Removes what an imgtui that was killed has left; what is still in use stays for the next time.
fn sweep(all: &Path) {
    let folders = fs::read_dir(all).into_iter().flatten().flatten();
    for folder in folders {
        let name = folder.file_name().to_string_lossy().into_owned();
        let owner = name.split_once('-').map(|(owner, _)| owner.to_owned());
        let lives = owner.is_some_and(|owner| Path::new("/proc").join(owner).exists());
        if !lives {
            let _ = remove(&folder.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_nobody_uses_is_swept_away() {
        let all = tempfile::tempdir().unwrap();
        let ours = begin_folder(all.path()).unwrap();
        // No process has a number that large (proc(5), `pid_max` is at most 2²²).
        let left = all.path().join("99999999-x");
        fs::create_dir_all(left.join("store")).unwrap();
        sweep(all.path());
        assert!(ours.path().exists());
        assert!(!left.exists());
    }
}
