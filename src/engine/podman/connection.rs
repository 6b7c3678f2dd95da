//! A client, the service behind it where that is ours, and what its errors mean.

use std::{path::Path, time::Duration};

use bollard::{Docker, errors::Error as ApiError};

use super::{PodmanPlace, service::Service};
use crate::engine::EngineError;

/// Covers connecting, sending the context and the head of the answer, not the stream that
/// follows (bollard 0.21): long, since a context can be large.
const REQUEST_LIMIT: Duration = Duration::from_secs(3600);

/// A client and the service behind it.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) docker: Docker,
    pub(super) service: Option<Service>,
}

/// What a service of ours is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Work {
    Builds,
    Containers,
}

impl Connection {
    pub(super) async fn open(place: &PodmanPlace, work: Work) -> Result<Self, EngineError> {
        match place {
            PodmanPlace::Private {
                program,
                settings,
                build_settings,
            } => {
                let settings = match work {
                    Work::Builds => build_settings,
                    Work::Containers => settings,
                };
                let service = Service::start(program, settings.as_ref()).await?;
                let docker = client(service.socket(), place)?;
                Ok(Self {
                    docker,
                    service: Some(service),
                })
            }
            PodmanPlace::Socket { path } => Ok(Self {
                docker: client(path, place)?,
                service: None,
            }),
        }
    }

    pub(super) fn service_pid(&self) -> i32 {
        self.service
            .as_ref()
            .map_or(0, |service| service.pid().as_raw_nonzero().get())
    }

    /// What became of a call that failed: the engine may have died meanwhile.
    pub(super) async fn failure(&self, doing: &str, error: &ApiError) -> EngineError {
        if is_transport(error) {
            // The process's end is noticed a moment after its socket's.
            for _ in 0..20 {
                if self.service.as_ref().is_none_or(Service::is_gone) {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            let messages = self.service.as_ref().map(Service::last_messages);
            return EngineError::Gone {
                reason: match messages.filter(|messages| !messages.is_empty()) {
                    Some(messages) => format!("{error}; its last words: {messages}"),
                    None => error.to_string(),
                },
            };
        }
        EngineError::Refused {
            doing: doing.to_owned(),
            reason: crate::parse::terminal::plain(&message_of(error)),
        }
    }
}

fn client(socket: &Path, place: &PodmanPlace) -> Result<Docker, EngineError> {
    Docker::connect_with_unix(
        &socket.to_string_lossy(),
        REQUEST_LIMIT.as_secs(),
        bollard::API_DEFAULT_VERSION,
    )
    .map_err(|error| unreachable(place, &error))
}

pub(super) fn unreachable(place: &PodmanPlace, error: &ApiError) -> EngineError {
    let reason = error_chain(error);
    let remedy = if reason.to_lowercase().contains("permission denied") {
        "You may not open this socket: run as its owner, or use a rootless one \
         (`systemctl --user start podman.socket`)."
    } else {
        "`imgtui doctor` looks at everything the engine needs; without `--engine` imgtui starts \
         a podman service of its own."
    };
    EngineError::Unreachable {
        place: place.to_string(),
        reason,
        remedy: remedy.to_owned(),
    }
}

fn error_chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text = format!("{text}: {inner_text}");
        }
        source = inner.source();
    }
    text
}

pub(super) fn is_transport(error: &ApiError) -> bool {
    !matches!(
        error,
        ApiError::DockerResponseServerError { .. }
            | ApiError::DockerStreamError { .. }
            | ApiError::JsonDataError { .. }
            | ApiError::JsonSerdeError { .. }
    )
}

pub(super) fn message_of(error: &ApiError) -> String {
    match error {
        ApiError::DockerResponseServerError { message, .. } => inner_message(message),
        ApiError::DockerStreamError { error } => error.clone(),
        other => error_chain(other),
    }
}

/// Newer podmans answer `{"errorDetail":{"message":…},"error":…}` where older ones give a text.
fn inner_message(message: &str) -> String {
    let parsed: Option<serde_json::Value> = serde_json::from_str(message).ok();
    let inner = parsed.as_ref().and_then(|value| {
        let detail = value
            .get("errorDetail")
            .and_then(|detail| detail.get("message"));
        detail.or_else(|| value.get("error"))?.as_str()
    });
    inner.unwrap_or(message).to_owned()
}
