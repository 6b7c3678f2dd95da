//! Podman through its Docker-compatible API, by default on a private service of our own.

mod build;
mod connection;
mod images;
mod processes;
mod service;

use std::{path::PathBuf, sync::Arc, time::Duration};

use bollard::errors::Error as ApiError;
use bytes::Bytes as Chunk;
use futures_util::future::BoxFuture;
use tokio::sync::{Mutex, mpsc};
use tokio_util::sync::CancellationToken;

use self::{
    connection::{Connection, Work, is_transport, message_of, unreachable},
    service::Service,
};
use super::{
    Answer, BuildRequest, ContainerRequest, Engine, EngineError, Made, RunningContainer, containers,
};
use crate::domain::{
    event::BuildEvent,
    ids::ImageId,
    record::{CpuTime, EngineInfo, ImageInfo, Layer},
};

/// An engine that says nothing for so long when asked for its version is not one.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);

/// An environment variable and the settings file it names; `None` for podman's own settings.
pub type Settings = Option<(String, PathBuf)>;

/// Which podman is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PodmanPlace {
    /// A service that we start.
    Private {
        /// The program.
        program: PathBuf,
        /// Environment of the service that starts containers.
        settings: Settings,
        /// Environment of the service that builds: its settings mount what builds need of the
        /// host, which containers must not see.
        build_settings: Settings,
    },
    /// A socket that somebody else listens on.
    Socket {
        /// Its path.
        path: PathBuf,
    },
}

/// A podman that answered.
#[derive(Debug)]
pub struct Podman {
    place: PodmanPlace,
    how: String,
    info: EngineInfo,
    connection: Mutex<Arc<Connection>>,
    /// For containers; opened when the first one is started.
    for_containers: Mutex<Option<Arc<Connection>>>,
    /// The service's process; 0 where it is not ours.
    service_pid: std::sync::atomic::AtomicI32,
    /// One build at a time: the service's CPU time is then that build's.
    building: Arc<Mutex<()>>,
}

impl Podman {
    /// Connects, starting a service where it is ours to start.
    ///
    /// # Errors
    /// When nothing answers, or what answers is not podman.
    pub async fn connect(place: PodmanPlace) -> Result<Self, EngineError> {
        let connection = Connection::open(&place, Work::Builds).await?;
        let version = tokio::time::timeout(ANSWER_LIMIT, connection.docker.version())
            .await
            .unwrap_or(Err(ApiError::RequestTimeoutError))
            .map_err(|error| unreachable(&place, &error))?;
        let components = version.components.unwrap_or_default();
        let podman = components
            .iter()
            .find(|component| component.name == "Podman Engine");
        let Some(podman) = podman else {
            return Err(EngineError::Unreachable {
                place: place.to_string(),
                reason: "what answers there is not podman".into(),
                remedy: "Give a podman socket with `--engine unix:///…`.".into(),
            });
        };
        let how = match &place {
            PodmanPlace::Private { .. } => "private service".to_owned(),
            PodmanPlace::Socket { path } => path.display().to_string(),
        };
        let info = EngineInfo {
            kind: "podman".into(),
            version: crate::parse::terminal::plain(&podman.version),
        };
        let pid = connection.service_pid();
        Ok(Self {
            place,
            how,
            info,
            connection: Mutex::new(Arc::new(connection)),
            for_containers: Mutex::default(),
            service_pid: pid.into(),
            building: Arc::default(),
        })
    }

    /// The connection; a service of ours that is gone is started anew.
    async fn connection(&self) -> Result<Arc<Connection>, EngineError> {
        let mut connection = self.connection.lock().await;
        if connection.service.as_ref().is_some_and(Service::is_gone) {
            *connection = Arc::new(Connection::open(&self.place, Work::Builds).await?);
            let pid = connection.service_pid();
            self.service_pid
                .store(pid, std::sync::atomic::Ordering::Relaxed);
        }
        Ok(Arc::clone(&connection))
    }

    /// The connection for containers: a second service where services are ours.
    async fn container_connection(&self) -> Result<Arc<Connection>, EngineError> {
        if matches!(self.place, PodmanPlace::Socket { .. }) {
            return self.connection().await;
        }
        let mut slot = self.for_containers.lock().await;
        if let Some(connection) = slot.as_ref()
            && !connection.service.as_ref().is_some_and(Service::is_gone)
        {
            return Ok(Arc::clone(connection));
        }
        let opened = Arc::new(Connection::open(&self.place, Work::Containers).await?);
        *slot = Some(Arc::clone(&opened));
        Ok(opened)
    }
}

impl std::fmt::Display for PodmanPlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Private { program, .. } => write!(f, "{}", program.display()),
            Self::Socket { path } => write!(f, "unix://{}", path.display()),
        }
    }
}

impl Engine for Podman {
    fn info(&self) -> &EngineInfo {
        &self.info
    }

    fn how(&self) -> &str {
        &self.how
    }

    /// `RUN --mount=type=cache` works and persists (podman 4.3.1, measured).
    fn abilities(&self) -> &[&str] {
        &["cache-mounts"]
    }

    fn label_step(&self) -> Option<&str> {
        Some("LABEL \"io.imgtui.made\"")
    }

    fn build(
        &self,
        request: BuildRequest,
        events: mpsc::Sender<BuildEvent>,
        cancel: CancellationToken,
    ) -> Answer<'_, ImageId> {
        Box::pin(build::build(self, request, events, cancel))
    }

    fn settle(&self) -> BoxFuture<'_, ()> {
        Box::pin(async { drop(self.building.lock().await) })
    }

    fn pull<'a>(
        &'a self,
        reference: &'a str,
        events: mpsc::Sender<BuildEvent>,
        cancel: CancellationToken,
    ) -> Answer<'a, ()> {
        Box::pin(images::pull(self, reference, events, cancel))
    }

    fn image<'a>(&'a self, reference: &'a str) -> Answer<'a, Option<ImageInfo>> {
        Box::pin(images::image(self, reference))
    }

    fn digest<'a>(&'a self, reference: &'a str) -> Answer<'a, Option<String>> {
        Box::pin(images::digest(self, reference))
    }

    fn layers<'a>(&'a self, image: &'a ImageId) -> Answer<'a, Vec<Layer>> {
        Box::pin(images::layers(self, image))
    }

    fn start(&self, request: ContainerRequest) -> Answer<'_, RunningContainer> {
        Box::pin(async move {
            let connection = self.container_connection().await?;
            match containers::start(&connection.docker, &request).await {
                Ok(running) => Ok(running),
                Err(error) => {
                    let doing = format!("starting a container of {}", request.image);
                    Err(connection.failure(&doing, &error).await)
                }
            }
        })
    }

    fn output<'a>(&'a self, container: &'a str) -> Answer<'a, Vec<String>> {
        Box::pin(async move {
            let connection = self.container_connection().await?;
            match containers::output(&connection.docker, container).await {
                Ok(lines) => Ok(lines),
                Err(error) => Err(connection
                    .failure("reading a container's log", &error)
                    .await),
            }
        })
    }

    fn export<'a>(&'a self, container: &'a str, chunks: mpsc::Sender<Chunk>) -> Answer<'a, ()> {
        Box::pin(async move {
            let connection = self.container_connection().await?;
            match containers::export(&connection.docker, container, chunks).await {
                Ok(()) => Ok(()),
                Err(error) => Err(connection.failure("listing a container", &error).await),
            }
        })
    }

    fn program<'a>(&'a self, image: &'a str) -> Answer<'a, Option<String>> {
        Box::pin(images::program(self, image))
    }

    fn open<'a>(&'a self, image: &'a str) -> Answer<'a, String> {
        Box::pin(async move {
            let connection = self.container_connection().await?;
            match containers::open(&connection.docker, image).await {
                Ok(id) => Ok(id),
                Err(error) => Err(connection.failure("opening an image", &error).await),
            }
        })
    }

    fn copy_out<'a>(
        &'a self,
        container: &'a str,
        path: &'a str,
        chunks: mpsc::Sender<Chunk>,
    ) -> Answer<'a, ()> {
        Box::pin(async move {
            let connection = self.container_connection().await?;
            match containers::copy_out(&connection.docker, container, path, chunks).await {
                Ok(()) => Ok(()),
                Err(error) => Err(connection
                    .failure("reading a file of an image", &error)
                    .await),
            }
        })
    }

    fn save<'a>(&'a self, image: &'a str, chunks: mpsc::Sender<Chunk>) -> Answer<'a, ()> {
        Box::pin(async move {
            let connection = self.connection().await?;
            match containers::save(&connection.docker, image, chunks).await {
                Ok(()) => Ok(()),
                Err(error) => Err(connection.failure("saving an image", &error).await),
            }
        })
    }

    fn ended<'a>(&'a self, container: &'a str) -> Answer<'a, i64> {
        Box::pin(async move {
            let connection = self.container_connection().await?;
            match containers::ended(&connection.docker, container).await {
                Ok(status) => Ok(status),
                Err(error) => Err(connection.failure("waiting for a container", &error).await),
            }
        })
    }

    fn stop<'a>(&'a self, container: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            let connection = self.container_connection().await?;
            match containers::stop(&connection.docker, container).await {
                Ok(()) => Ok(()),
                Err(error) => Err(connection.failure("stopping a container", &error).await),
            }
        })
    }

    fn made(&self) -> Answer<'_, Made> {
        Box::pin(images::made(self))
    }

    fn remove_image<'a>(&'a self, image: &'a str) -> Answer<'a, ()> {
        Box::pin(images::remove(self, image))
    }

    fn cpu(&self) -> Option<CpuTime> {
        let pid = self.service_pid.load(std::sync::atomic::Ordering::Relaxed);
        processes::cpu_of_tree(rustix::process::Pid::from_raw(pid)?)
    }
}
