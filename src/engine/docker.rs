//! Docker: its classic builder and its BuildKit, on a daemon that is there or on one of our own.
//!
//! A daemon of our own needs root, keeps everything in a folder of its own, and touches neither
//! the firewall nor the bridge of another one.

mod build;
mod daemon;
mod probe;
mod reading;
mod shared;

pub(super) use self::daemon::Bridge;

use std::{path::PathBuf, sync::Arc};

use futures_util::future::BoxFuture;
use tokio::sync::{Mutex, mpsc};
use tokio_util::sync::CancellationToken;

use super::{
    Answer, BuildRequest, CACHE_MOUNTS, EngineError, Sharing,
    adapter::{Adapter, Work},
    address::Address,
    connection::Connection,
    processes,
};
use crate::{
    domain::{
        event::{BuildEvent, StagePlan},
        ids::ImageId,
        record::{CpuTime, EngineInfo},
    },
    parse::steps::steps_of,
};

/// Which docker is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DockerPlace {
    /// A daemon that we start.
    Private {
        /// The program `dockerd`.
        program: PathBuf,
        /// Where it keeps everything.
        folder: PathBuf,
    },
    /// A daemon that somebody else started.
    At(Address),
}

/// Which of docker's two builders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Builder {
    /// The one since 18.09.
    BuildKit,
    /// The one before it: an instruction after the other, no mounts.
    Classic,
}

/// A docker that answered.
#[derive(Debug)]
pub struct Docker {
    place: DockerPlace,
    builder: Builder,
    how: String,
    info: EngineInfo,
    connection: Mutex<Arc<Connection>>,
    /// The daemon's process on this machine; 0 where that is not known.
    daemon: std::sync::atomic::AtomicI32,
    /// One build at a time: the daemon's CPU time is then that build's.
    building: Arc<Mutex<()>>,
}

impl Docker {
    /// Connects, starting a daemon where it is ours to start. Without a `builder`, BuildKit where
    /// the daemon has it.
    ///
    /// # Errors
    /// When nothing answers, what answers is not docker, or it lacks the builder.
    pub async fn connect(
        place: DockerPlace,
        builder: Option<Builder>,
    ) -> Result<Self, EngineError> {
        let connection = open(&place).await?;
        Self::over(connection, place, builder).await
    }

    /// Over a connection to this place.
    ///
    /// # Errors
    /// As [`Docker::connect`].
    pub async fn over(
        mut connection: Connection,
        place: DockerPlace,
        builder: Option<Builder>,
    ) -> Result<Self, EngineError> {
        // In a box: who asks every engine holds many of these.
        let found = Box::pin(probe::probe(&mut connection, &place, builder)).await?;
        let pid = processes::daemon_of(&connection);
        let how = match &place {
            DockerPlace::Private { .. } => "private daemon".to_owned(),
            DockerPlace::At(address) => address.told(),
        };
        Ok(Self {
            place,
            builder: found.builder,
            how,
            info: found.info,
            connection: Mutex::new(Arc::new(connection)),
            daemon: pid.into(),
            building: Arc::default(),
        })
    }

    /// The connection; a daemon of ours that is gone is started anew.
    async fn open(&self) -> Result<Arc<Connection>, EngineError> {
        let mut connection = self.connection.lock().await;
        // Ours, and started by another imgtui: only its socket tells whether it is there.
        let is_shared = Adapter::is_ours(self) && connection.service.is_none();
        if connection.is_gone() || is_shared && !connection.answers().await {
            let mut opened = open(&self.place).await?;
            probe::prepare(&mut opened, &self.place).await?;
            *connection = Arc::new(opened);
            self.daemon.store(
                processes::daemon_of(&connection),
                std::sync::atomic::Ordering::Relaxed,
            );
        }
        Ok(Arc::clone(&connection))
    }
}

async fn open(place: &DockerPlace) -> Result<Connection, EngineError> {
    match place {
        DockerPlace::At(address) => Connection::to_address(address).await,
        DockerPlace::Private { program, folder } => daemon::open(program, folder).await,
    }
}

impl std::fmt::Display for DockerPlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Private { program, .. } => write!(f, "{}", program.display()),
            Self::At(address) => write!(f, "{address}"),
        }
    }
}

impl Adapter for Docker {
    fn info(&self) -> &EngineInfo {
        &self.info
    }

    fn how(&self) -> &str {
        &self.how
    }

    fn is_ours(&self) -> bool {
        matches!(self.place, DockerPlace::Private { .. })
    }

    fn abilities(&self) -> &[&str] {
        match self.builder {
            Builder::BuildKit => &["docker", CACHE_MOUNTS],
            Builder::Classic => &["docker"],
        }
    }

    fn steps(&self, stages: Vec<StagePlan>) -> Vec<StagePlan> {
        steps_of(&self.info, stages)
    }

    fn connection(&self, _: Work) -> Answer<'_, Arc<Connection>> {
        Box::pin(self.open())
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
        Sharing::Images
    }

    /// BuildKit's RUNs are the daemon's children. The classic builder's are not: they are counted
    /// by their cgroup, which only a daemon of ours has to itself.
    fn cpu(&self) -> Option<CpuTime> {
        let pid = self.daemon.load(std::sync::atomic::Ordering::Relaxed);
        let own = processes::cpu_of_tree(rustix::process::Pid::from_raw(pid)?)?;
        match (self.builder, &self.place) {
            (Builder::BuildKit, _) => Some(own),
            (Builder::Classic, DockerPlace::Private { folder, .. }) => {
                let runs = processes::cpu_of_group(&daemon::name_of(folder))?;
                Some(CpuTime {
                    user_s: own.user_s + runs.user_s,
                    system_s: own.system_s + runs.system_s,
                })
            }
            (Builder::Classic, DockerPlace::At(_)) => None,
        }
    }
}
