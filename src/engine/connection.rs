//! A client, the daemon behind it where that is ours, and what its errors mean.

use std::{path::Path, time::Duration};

pub(super) use bollard::errors::Error as ApiError;
use bollard::{ClientVersion, Docker};

use super::{
    EngineError,
    address::{Address, Tls, authority},
    service::Service,
};

/// Covers connecting, sending the context and the head of the answer, not the stream that
/// follows (bollard 0.21): long, since a context can be large.
const REQUEST_LIMIT: Duration = Duration::from_secs(3600);

/// A client and the daemon behind it.
#[derive(Debug)]
pub struct Connection {
    pub(super) docker: Docker,
    pub(super) service: Option<Service>,
    /// The network on which containers are started; `None` for the engine's own choice.
    pub(super) network: Option<String>,
    address: Address,
}

impl Connection {
    /// To a daemon of ours.
    pub(super) fn to_service(service: Service) -> Result<Self, EngineError> {
        let address = Address::Unix(service.socket().to_path_buf());
        Ok(Self {
            docker: client(&address)?,
            service: Some(service),
            network: None,
            address,
        })
    }

    /// To a daemon that somebody else started.
    pub(super) fn to_address(address: &Address) -> Result<Self, EngineError> {
        Ok(Self {
            docker: client(address)?,
            service: None,
            network: None,
            address: address.clone(),
        })
    }

    /// Settles on an API version that the daemon and we know.
    pub(super) async fn agree_on_version(&mut self) -> Result<(), ApiError> {
        self.docker = self.docker.clone().negotiate_version().await?;
        Ok(())
    }

    /// The socket on this machine that leads to the daemon.
    pub(super) fn socket(&self) -> Option<&Path> {
        match &self.address {
            Address::Unix(path) => Some(path),
            Address::Tcp { .. } | Address::Ssh { .. } => None,
        }
    }

    /// Whether something still listens there.
    pub(super) async fn answers(&self) -> bool {
        match self.socket() {
            Some(socket) => tokio::net::UnixStream::connect(socket).await.is_ok(),
            None => true,
        }
    }

    pub(super) fn service_pid(&self) -> i32 {
        self.service
            .as_ref()
            .map_or(0, |service| service.pid().as_raw_nonzero().get())
    }

    /// Whether a daemon of ours has ended.
    pub(super) fn is_gone(&self) -> bool {
        self.service.as_ref().is_some_and(Service::is_gone)
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

/// A client; nothing is sent yet.
fn client(address: &Address) -> Result<Docker, EngineError> {
    let limit = REQUEST_LIMIT.as_secs();
    let version: &ClientVersion = bollard::API_DEFAULT_VERSION;
    let made = match address {
        Address::Unix(path) => Docker::connect_with_unix(&path.to_string_lossy(), limit, version),
        Address::Tcp { host, port, tls } => tcp(host, *port, tls.as_ref(), limit, version),
        Address::Ssh { .. } => {
            return Err(EngineError::Unreachable {
                place: address.to_string(),
                reason: "an engine behind ssh cannot be reached yet".into(),
                remedy: "Forward its socket (`ssh -N -L /tmp/engine.sock:/run/docker.sock HOST`) and give `--engine unix:///tmp/engine.sock`.".into(),
            });
        }
    };
    made.map_err(|error| unreachable(address, &error))
}
fn tcp(
    host: &str,
    port: u16,
    tls: Option<&Tls>,
    limit: u64,
    version: &ClientVersion,
) -> Result<Docker, ApiError> {
    let url = format!("tcp://{}", authority(host, Some(port)));
    let Some(tls) = tls else {
        return Docker::connect_with_http(&url, limit, version);
    };
    let file = |path: &Option<std::path::PathBuf>| path.clone().unwrap_or_default();
    let (key, cert, ca) = (file(&tls.key), file(&tls.cert), file(&tls.ca));
    Docker::connect_with_ssl(&url, &key, &cert, &ca, limit, version)
}

pub(super) fn unreachable(address: &Address, error: &ApiError) -> EngineError {
    let reason = error_chain(error);
    let remedy = if reason.to_lowercase().contains("permission denied") {
        not_permitted(address)
    } else {
        "`imgtui engines` lists what was found on this machine and what of it works; `imgtui doctor` looks at everything the engine needs.".to_owned()
    };
    EngineError::Unreachable {
        place: address.to_string(),
        reason,
        remedy,
    }
}

/// Who may open the socket, as its owner and group say.
fn not_permitted(address: &Address) -> String {
    use std::os::unix::fs::MetadataExt;
    let group = match address {
        Address::Unix(path) => std::fs::metadata(path).ok().and_then(|file| {
            let group = group_name(file.gid())?;
            (file.mode() & 0o020 != 0 && file.gid() != 0).then_some(group)
        }),
        _ => None,
    };
    match group {
        Some(group) => format!(
            "You may not open this socket; members of the group `{group}` may: `sudo usermod -aG {group} $USER`, then log in again."
        ),
        None => "You may not open this socket: run as its owner, or use a rootless engine \
             (`systemctl --user start podman.socket`)."
            .to_owned(),
    }
}

/// From group(5).
fn group_name(id: u32) -> Option<String> {
    let groups = std::fs::read_to_string("/etc/group").ok()?;
    let found = groups.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(id)).then_some(name)
    });
    found.map(crate::parse::terminal::plain)
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
