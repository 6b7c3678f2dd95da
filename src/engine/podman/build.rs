//! One build through podman's build endpoint, and its end when the user has seen enough.

use std::{sync::Arc, time::Duration};

use bollard::models::{BuildInfo, BuildInfoAux};
use futures_util::StreamExt;
use tokio::{
    sync::{OwnedMutexGuard, mpsc},
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use super::{Podman, locks};
use crate::{
    domain::{event::BuildEvent, ids::ImageId, record::EngineInfo},
    engine::{
        BuildRequest, EngineError,
        adapter::Adapter,
        connection::{ApiError, Connection, message_of},
        processes,
        sending::{self, Infos},
    },
    parse::podman::PodmanStream,
};

/// A cancelled build is reported as ended by then, even if the engine still cleans up.
const CANCEL_LIMIT: Duration = Duration::from_millis(700);
/// Between two looks for a RUN to end: one may begin after the first look.
const CANCEL_PAUSE: Duration = Duration::from_millis(40);

pub(super) async fn build(
    podman: &Podman,
    request: BuildRequest,
    events: mpsc::Sender<BuildEvent>,
    cancel: CancellationToken,
) -> Result<ImageId, EngineError> {
    let turn = tokio::select! {
        turn = Arc::clone(&podman.building).lock_owned() => turn,
        () = cancel.cancelled() => return Err(EngineError::Cancelled),
    };
    let connection = podman.for_builds().await?;
    let keeps_locks = locks::are_kept(&podman.info, &request.steps);
    if keeps_locks && !podman.is_ours() {
        let line = locks::WARNING.to_owned();
        let _ = events.send(BuildEvent::Output { step: None, line }).await;
    }
    let _kept = locks::Kept {
        by: podman,
        are_kept: keeps_locks && podman.is_ours(),
    };
    let mut live = LiveBuild {
        infos: send(&connection, &podman.info, request),
        connection,
        stream: PodmanStream::default(),
        events,
        image: None,
    };
    tokio::select! {
        biased;
        () = cancel.cancelled() => {}
        ended = live.follow() => return ended,
    }
    live.end(turn).await;
    Err(EngineError::Cancelled)
}

/// A build whose answer is being read.
struct LiveBuild {
    infos: Infos,
    connection: Arc<Connection>,
    stream: PodmanStream,
    events: mpsc::Sender<BuildEvent>,
    image: Option<ImageId>,
}

impl LiveBuild {
    /// Reads the answer to its end.
    async fn follow(&mut self) -> Result<ImageId, EngineError> {
        while let Some(info) = self.infos.next().await {
            match info {
                Ok(info) => self.take(info).await?,
                Err(error @ ApiError::DockerStreamError { .. }) => {
                    return Err(self.failed(&message_of(&error)).await);
                }
                Err(ApiError::DockerResponseServerError { message, .. }) => {
                    return Err(self.failed(&message).await);
                }
                Err(error) => return Err(self.connection.failure("building", &error).await),
            }
        }
        let mut last = Vec::new();
        self.stream.finish(|event| last.push(event));
        self.send_all(last).await;
        match self.image.take() {
            Some(image) => Ok(image),
            None => Err(EngineError::Gone {
                reason: "the answer ended before an image was made".into(),
            }),
        }
    }

    async fn take(&mut self, info: BuildInfo) -> Result<(), EngineError> {
        let mut made = Vec::new();
        if let Some(text) = info.stream {
            self.stream.push(&text, |event| made.push(event));
        }
        if let Some(BuildInfoAux::Default(made_id)) = info.aux
            && let Some(id) = made_id.id
        {
            let image = ImageId(id);
            self.image = Some(image.clone());
            made.push(BuildEvent::ImageBuilt { image });
        }
        self.send_all(made).await;
        match info.error_detail.and_then(|detail| detail.message) {
            Some(message) => Err(self.failed(&message).await),
            None => Ok(()),
        }
    }

    async fn failed(&mut self, message: &str) -> EngineError {
        let step = self.stream.failed_step(message);
        if let Some(step) = step {
            self.send_all(vec![BuildEvent::StepFailed { step }]).await;
        }
        EngineError::from_build_message(message, step)
    }

    async fn send_all(&mut self, events: Vec<BuildEvent>) {
        for event in events {
            // Nobody listens any more: the build goes on to its end all the same.
            let _ = self.events.send(event).await;
        }
    }

    /// Ends the RUN at work and reads on: podman builds on when nobody reads, and a RUN that
    /// prints much would then block for ever (podman 4.3.1). What is not over within the limit
    /// goes on ending in the background, and the next build waits for it.
    async fn end(mut self, turn: OwnedMutexGuard<()>) {
        let limit = Instant::now() + CANCEL_LIMIT;
        // Where the service is not ours there is no process to end: the engine is told by our
        // hanging up, which newer podmans heed (4.3.1 goes on to the end of the step).
        if self.drain_until(Some(limit)).await || self.connection.service.is_none() {
            return;
        }
        tokio::spawn(async move {
            self.drain_until(None).await;
            // Whoever waits for the turn may end the program next: the service goes before.
            drop(self);
            drop(turn);
        });
    }

    /// Whether the answer ended before the limit.
    async fn drain_until(&mut self, limit: Option<Instant>) -> bool {
        let mut next_look = Instant::now();
        loop {
            let over = async {
                match limit {
                    Some(limit) => tokio::time::sleep_until(limit).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                () = over => return false,
                () = tokio::time::sleep_until(next_look) => {
                    if let Some(service) = &self.connection.service {
                        processes::end_runs(service.pid());
                    }
                    next_look = Instant::now() + CANCEL_PAUSE;
                }
                info = self.infos.next() => {
                    if info.is_none_or(|info| info.is_err()) {
                        return true;
                    }
                }
            }
        }
    }
}

fn send(connection: &Connection, podman: &EngineInfo, request: BuildRequest) -> Infos {
    let options = sending::options(&request).build();
    // Podman's own parameters, which bollard's builder does not know.
    let mut own = shared_cache(&request, podman);
    // A service of ours has the mounts in its settings: podman 4.3.1 passes the parameter over.
    if connection.service.is_none() {
        let mounts = request.mounts.iter();
        own.extend(mounts.map(|mount| ("volume", mount.to_string())));
    }
    let docker = connection
        .docker
        .clone()
        .with_request_modifier(move |request| {
            add_query(
                request,
                own.iter().map(|(key, value)| (*key, value.as_str())),
            )
        });
    sending::send(docker, options, None, request.context)
}

/// Where podman takes steps from and puts them. 4.3.1 passes anything but a plain name over in
/// silence, from 4.4 on (its `images_build.go`) it wants a list. With a registry on the loopback interface plain HTTP will do,
/// as docker has it.
fn shared_cache(request: &BuildRequest, podman: &EngineInfo) -> Vec<(&'static str, String)> {
    let from = request.cache_from.as_ref().map(|source| &source.repository);
    let repositories = [("cachefrom", from), ("cacheto", request.cache_to.as_ref())];
    let wants_names = podman.release().is_some_and(|release| release < (4, 4));
    let mut parameters = Vec::new();
    for (key, repository) in repositories {
        let Some(repository) = repository else {
            continue;
        };
        let value = if wants_names {
            repository.to_string()
        } else {
            format!("[\"{repository}\"]")
        };
        parameters.push((key, value));
        if repository.is_here() && parameters.iter().all(|(key, _)| *key != "tlsVerify") {
            parameters.push(("tlsVerify", "false".to_owned()));
        }
    }
    parameters
}

fn add_query<'a>(
    mut request: bollard::BollardRequest,
    pairs: impl Iterator<Item = (&'a str, &'a str)>,
) -> bollard::BollardRequest {
    let mut target = request.uri().to_string();
    for (key, value) in pairs {
        target.push(if target.contains('?') { '&' } else { '?' });
        target.push_str(key);
        target.push('=');
        target.extend(value.bytes().map(percent_encoded));
    }
    // What cannot be parsed stays as it was: the engine then says what it misses.
    if let Ok(uri) = target.parse() {
        *request.uri_mut() = uri;
    }
    request
}

fn percent_encoded(byte: u8) -> String {
    match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::CacheSource;

    fn podman(version: &str) -> EngineInfo {
        EngineInfo {
            kind: "podman".into(),
            version: version.into(),
        }
    }

    #[test]
    fn a_shared_cache_is_named_as_each_podman_wants_it() {
        let (_sender, context) = mpsc::channel(1);
        let mut request = BuildRequest::of(context);
        assert_eq!(shared_cache(&request, &podman("4.3.1")), []);
        request.cache_to = Some("localhost:5000/cache".parse().unwrap());
        request.cache_from = Some(CacheSource {
            repository: "localhost:5000/other".parse().unwrap(),
            images: Vec::new(),
        });
        let plain = shared_cache(&request, &podman("4.3.1"));
        let words = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            let pairs = pairs.iter();
            pairs
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect()
        };
        let found = |told: &[(&'static str, String)]| -> Vec<(String, String)> {
            told.iter()
                .map(|(key, value)| ((*key).to_owned(), value.clone()))
                .collect()
        };
        assert_eq!(
            found(&plain),
            words(&[
                ("cachefrom", "localhost:5000/other"),
                ("tlsVerify", "false"),
                ("cacheto", "localhost:5000/cache"),
            ])
        );
        request.cache_from = None;
        request.cache_to = Some("registry.example.org/cache".parse().unwrap());
        assert_eq!(
            found(&shared_cache(&request, &podman("5.4.2"))),
            words(&[("cacheto", "[\"registry.example.org/cache\"]")])
        );
    }
}
