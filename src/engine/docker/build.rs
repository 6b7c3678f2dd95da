//! One build by docker.

use std::{
    hash::{BuildHasher, Hasher, RandomState},
    sync::Arc,
    time::Duration,
};

use bollard::{
    models::ContainerSummary,
    query_parameters::{BuilderVersion, ListContainersOptionsBuilder},
};
use futures_util::StreamExt;
use rustix::process::Pid;
use tokio::{sync::mpsc, time::Instant};
use tokio_util::sync::CancellationToken;

use super::{Builder, Docker, reading::Reading, shared::SharedImages};
use crate::{
    domain::{event::BuildEvent, ids::ImageId},
    engine::{
        BuildRequest, CONTAINER, EngineError, LABEL,
        connection::{ApiError, Connection, message_of},
        processes,
        sending::{self, Infos},
        service::Service,
    },
};

/// What a cancelled build leaves is gone by then.
const PUT_AWAY_LIMIT: Duration = Duration::from_secs(12);
/// Between two looks whether it is.
const PUT_AWAY_PAUSE: Duration = Duration::from_millis(30);

pub(super) async fn build(
    docker: &Docker,
    request: BuildRequest,
    events: mpsc::Sender<BuildEvent>,
    cancel: CancellationToken,
) -> Result<ImageId, EngineError> {
    let turn = tokio::select! {
        turn = Arc::clone(&docker.building).lock_owned() => turn,
        () = cancel.cancelled() => return Err(EngineError::Cancelled),
    };
    let connection = docker.open().await?;
    let shared = cancel.run_until_cancelled(SharedImages::of(
        &connection,
        docker.builder,
        &request,
        &events,
    ));
    let shared = shared.await.ok_or(EngineError::Cancelled)??;
    let mut live = LiveBuild {
        reading: Reading::new(docker.builder, request.steps.clone()),
        infos: send(&connection, docker.builder, shared, request),
        connection,
        events,
    };
    let ended = tokio::select! {
        biased;
        () = cancel.cancelled() => Err(EngineError::Cancelled),
        ended = live.follow() => ended,
    };
    // Hung up on, docker ends the step at work and puts its container away.
    let connection = Arc::clone(&live.connection);
    drop(live);
    let is_cancelled = matches!(ended, Err(EngineError::Cancelled));
    let own = connection.service.as_ref().map(Service::pid);
    if let Some(daemon) = own.filter(|_| is_cancelled) {
        tokio::spawn(async move {
            put_away(&connection, daemon).await;
            // Whoever waits for the turn may end the program next: the daemon goes before.
            drop(connection);
            drop(turn);
        });
    }
    ended
}

/// The classic builder's containers go a moment after the builder (20.10 to 28), and so does what
/// BuildKit's runc runs below the daemon. A daemon of ours that is ended before that leaves it
/// behind.
async fn put_away(connection: &Connection, daemon: Pid) {
    let options = ListContainersOptionsBuilder::new().all(true).build();
    let limit = Instant::now() + PUT_AWAY_LIMIT;
    while Instant::now() < limit {
        let listed = connection.docker.list_containers(Some(options.clone()));
        let Ok(containers) = listed.await else {
            return;
        };
        // Those that we started ourselves have their own end.
        let is_builds = |container: &ContainerSummary| {
            let labels = container.labels.as_ref();
            labels
                .and_then(|labels| labels.get(LABEL))
                .map(String::as_str)
                != Some(CONTAINER)
        };
        let is_over = !containers.iter().any(is_builds);
        if is_over && !processes::runs_below(daemon, "runc") {
            return;
        }
        tokio::time::sleep(PUT_AWAY_PAUSE).await;
    }
}

fn send(
    connection: &Connection,
    builder: Builder,
    shared: SharedImages,
    mut request: BuildRequest,
) -> Infos {
    // BuildKit then keeps in the image what it needs to know its steps again.
    if builder == Builder::BuildKit && request.cache_to.is_some() {
        let inline = ("BUILDKIT_INLINE_CACHE".to_owned(), "1".to_owned());
        request.args.extend([inline]);
    }
    let mut options = sending::options(&request);
    if !shared.references.is_empty() {
        options = options.cachefrom(&shared.references);
    }
    let options = match builder {
        Builder::Classic => options,
        Builder::BuildKit => options
            .version(BuilderVersion::BuilderBuildKit)
            .session(&session()),
    };
    let docker = connection.docker.clone();
    sending::send(docker, options.build(), shared.credentials, request.context)
}

/// A name for the build's session that no other one has: the standard library's hashers are
/// seeded by the system.
pub(super) fn session() -> String {
    let random = || RandomState::new().build_hasher().finish();
    format!("imgtui-{:016x}{:016x}", random(), random())
}

/// A build whose answer is being read.
struct LiveBuild {
    infos: Infos,
    connection: Arc<Connection>,
    reading: Reading,
    events: mpsc::Sender<BuildEvent>,
}

impl LiveBuild {
    /// Reads the answer to its end.
    async fn follow(&mut self) -> Result<ImageId, EngineError> {
        while let Some(info) = self.infos.next().await {
            let mut made = Vec::new();
            let failure = match info {
                Ok(info) => self.reading.take(info, &mut made),
                Err(error @ ApiError::DockerStreamError { .. }) => Some(message_of(&error)),
                Err(ApiError::DockerResponseServerError { message, .. }) => Some(message),
                Err(error) => return Err(self.connection.failure("building", &error).await),
            };
            self.send_all(made).await;
            if let Some(message) = failure {
                return Err(self.failed(&message).await);
            }
        }
        let mut made = Vec::new();
        let image = self.reading.built(&mut made);
        self.send_all(made).await;
        image.ok_or_else(|| EngineError::Gone {
            reason: "the answer ended before an image was made".into(),
        })
    }

    async fn failed(&mut self, message: &str) -> EngineError {
        let mut made = Vec::new();
        let error = self.reading.failed(message, &mut made);
        self.send_all(made).await;
        error
    }

    async fn send_all(&mut self, events: Vec<BuildEvent>) {
        for event in events {
            // Nobody listens any more: the build goes on to its end all the same.
            let _ = self.events.send(event).await;
        }
    }
}
