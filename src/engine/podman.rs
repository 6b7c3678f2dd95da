//! Podman through its Docker-compatible API, by default on a private service of our own.
//!
//! The service needs about 80 ms until it answers (podman 4.3.1, measured).

mod build;
mod locks;

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI32, Ordering},
    },
};

use futures_util::future::BoxFuture;
use tokio::sync::{Mutex, mpsc};
use tokio_util::sync::CancellationToken;

use super::{
    Answer, BUILD_MOUNTS, BuildRequest, CACHE_MOUNTS, EngineError, Sharing,
    adapter::{Adapter, Work},
    address::Address,
    connection::{Connection, within_limit},
    processes,
    service::{Place, Service, Start},
    unreachable::{silent, unreachable},
    which::podman_version,
};
use crate::{
    domain::{
        event::{BuildEvent, StagePlan},
        ids::ImageId,
        record::{CpuTime, EngineInfo},
    },
    parse::steps::steps_of,
};

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
    /// A service that somebody else started.
    At(Address),
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
    service_pid: AtomicI32,
    /// One build at a time: the service's CPU time is then that build's.
    building: Arc<Mutex<()>>,
    /// The service keeps locks of cache mounts that only its end gives back ([`locks`]).
    keeps_locks: AtomicBool,
}

impl Podman {
    /// Connects, starting a service where it is ours to start.
    ///
    /// # Errors
    /// When nothing answers, or what answers is not podman.
    pub async fn connect(place: PodmanPlace) -> Result<Self, EngineError> {
        let connection = open(&place, Work::Builds).await?;
        Self::over(connection, place).await
    }

    /// Over a connection to this place.
    ///
    /// # Errors
    /// As [`Podman::connect`].
    pub async fn over(connection: Connection, place: PodmanPlace) -> Result<Self, EngineError> {
        let version = within_limit(connection.docker.version()).await;
        let version = version.map_err(|error| match &place {
            PodmanPlace::At(address) => unreachable(address, &error),
            PodmanPlace::Private { program, .. } => silent(program, &error, "imgtui doctor"),
        })?;
        let Some(version) = podman_version(&version) else {
            return Err(EngineError::Unreachable {
                place: place.to_string(),
                reason: "what answers there is not podman".into(),
                remedy: "Give a podman socket with `--engine unix:///…`.".into(),
            });
        };
        let how = match &place {
            PodmanPlace::Private { .. } => "private service".to_owned(),
            PodmanPlace::At(address) => address.told(),
        };
        let info = EngineInfo {
            kind: "podman".into(),
            version,
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
            keeps_locks: AtomicBool::new(false),
        })
    }

    /// The connection; a service of ours that is gone, or keeps locks, is started anew.
    async fn for_builds(&self) -> Result<Arc<Connection>, EngineError> {
        let mut connection = self.connection.lock().await;
        if self.keeps_locks.swap(false, Ordering::Relaxed) || connection.is_gone() {
            *connection = Arc::new(open(&self.place, Work::Builds).await?);
            let pid = connection.service_pid();
            self.service_pid.store(pid, Ordering::Relaxed);
        }
        Ok(Arc::clone(&connection))
    }

    /// The connection for containers: a second service where services are ours.
    async fn for_containers(&self) -> Result<Arc<Connection>, EngineError> {
        if matches!(self.place, PodmanPlace::At(_)) {
            return self.for_builds().await;
        }
        let mut slot = self.for_containers.lock().await;
        if let Some(connection) = slot.as_ref()
            && !connection.is_gone()
        {
            return Ok(Arc::clone(connection));
        }
        let opened = Arc::new(open(&self.place, Work::Containers).await?);
        *slot = Some(Arc::clone(&opened));
        Ok(opened)
    }
}

async fn open(place: &PodmanPlace, work: Work) -> Result<Connection, EngineError> {
    let (program, settings) = match (place, work) {
        (PodmanPlace::At(address), _) => return Connection::to_address(address).await,
        (
            PodmanPlace::Private {
                program,
                build_settings,
                ..
            },
            Work::Builds,
        ) => (program, build_settings),
        (
            PodmanPlace::Private {
                program, settings, ..
            },
            Work::Containers,
        ) => (program, settings),
    };
    let failed = |reason: String| EngineError::Unreachable {
        place: format!("{} system service", program.display()),
        reason,
        remedy: "`imgtui doctor` looks at everything the engine needs.".into(),
    };
    let place =
        Place::new().map_err(|error| failed(format!("no folder for its socket: {error}")))?;
    let address = format!("unix://{}", place.socket().display());
    let arguments = ["system", "service", "--time", "0", &address];
    let start = Start {
        program: program.clone(),
        arguments: arguments.map(str::to_owned).to_vec(),
        environment: settings.clone().into_iter().collect(),
        place,
    };
    Connection::to_service(Service::start(start).await.map_err(failed)?, None)
}

impl std::fmt::Display for PodmanPlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Private { program, .. } => write!(f, "{}", program.display()),
            Self::At(address) => write!(f, "{address}"),
        }
    }
}

impl Adapter for Podman {
    fn info(&self) -> &EngineInfo {
        &self.info
    }

    fn how(&self) -> &str {
        &self.how
    }

    fn is_ours(&self) -> bool {
        matches!(self.place, PodmanPlace::Private { .. })
    }

    /// `RUN --mount=type=cache` works and persists (podman 4.3.1, measured).
    fn abilities(&self) -> &[&str] {
        &[CACHE_MOUNTS, BUILD_MOUNTS]
    }

    fn steps(&self, stages: Vec<StagePlan>) -> Vec<StagePlan> {
        steps_of(&self.info, stages)
    }

    fn connection(&self, work: Work) -> Answer<'_, Arc<Connection>> {
        Box::pin(async move {
            match work {
                Work::Builds => self.for_builds().await,
                Work::Containers => self.for_containers().await,
            }
        })
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

    fn sharing(&self) -> Sharing {
        Sharing::Steps
    }

    fn cpu(&self) -> Option<CpuTime> {
        let pid = self.service_pid.load(Ordering::Relaxed);
        processes::cpu_of_tree(rustix::process::Pid::from_raw(pid)?)
    }
}
