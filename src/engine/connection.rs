//! A client, the daemon behind it where that is ours, and what its errors mean.

use std::{net::IpAddr, path::Path, time::Duration};

pub(super) use bollard::errors::Error as ApiError;
use bollard::{ClientVersion, Docker};

use super::{
    EngineError,
    address::{Address, Tls, authority},
    docker::Bridge,
    service::Service,
    tunnel::Tunnel,
    unreachable::unreachable,
};

/// Covers connecting, sending the context and the head of the answer, not the stream that
/// follows (bollard 0.21): long, since a context can be large.
const REQUEST_LIMIT: Duration = Duration::from_secs(3600);

/// An engine that says nothing for so long when it is greeted is not one.
pub(super) const ANSWER_LIMIT: Duration = Duration::from_secs(10);

/// Why there is no connection with TLS: bollard 0.21 wants all three, and checks who answers.
const NO_CERTIFICATES: &str = "ca.pem, cert.pem and key.pem are needed for TLS";

/// What docker and podman call the host's own network.
pub(super) const HOST_NETWORK: &str = "host";

/// A client and the daemon behind it.
#[derive(Debug)]
pub struct Connection {
    pub(super) docker: Docker,
    /// The daemon, where it is ours.
    pub(super) service: Option<Service>,
    /// The way to it, where it is behind `ssh`.
    tunnel: Option<Tunnel>,
    /// The network on which containers are started; `None` for the engine's own choice.
    pub(super) network: Option<String>,
    /// Images are kept by containerd, packed: their size there is not that of their content.
    pub(super) packs_images: bool,
    address: Address,
    /// What our daemon's containers are connected by; it goes after the daemon.
    _bridge: Option<Bridge>,
}

impl Connection {
    /// To a daemon of ours.
    pub(super) fn to_service(
        service: Service,
        bridge: Option<Bridge>,
    ) -> Result<Self, EngineError> {
        let address = Address::Unix(service.socket().to_path_buf());
        Ok(Self {
            docker: client(&address)?,
            service: Some(service),
            tunnel: None,
            network: None,
            packs_images: false,
            address,
            _bridge: bridge,
        })
    }

    /// To a daemon that somebody else started.
    pub(super) async fn to_address(address: &Address) -> Result<Self, EngineError> {
        let tunnel = match address {
            Address::Ssh { .. } => Some(Tunnel::open(address).await?),
            Address::Unix(_) | Address::Tcp { .. } => None,
        };
        let docker = match &tunnel {
            Some(tunnel) => client(&Address::Unix(tunnel.service.socket().to_path_buf()))?,
            None => client(address)?,
        };
        Ok(Self {
            docker,
            service: None,
            tunnel,
            network: None,
            packs_images: false,
            address: address.clone(),
            _bridge: None,
        })
    }

    /// Settles on an API version that the daemon and we know.
    pub(super) async fn agree_on_version(&mut self) -> Result<(), ApiError> {
        self.docker = self.docker.clone().negotiate_version().await?;
        Ok(())
    }

    /// A docker without a bridge of its own cannot publish a port: containers get the host's
    /// network there.
    pub(super) async fn choose_network(&mut self) {
        let bridge = self.docker.inspect_network("bridge", None).await;
        if self.network.is_none() && bridge.is_err() {
            self.network = Some(HOST_NETWORK.into());
        }
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

    /// Whether a daemon of ours, or the way to another one, has ended.
    pub(super) fn is_gone(&self) -> bool {
        let ways = self.tunnel.as_ref().map(|tunnel| &tunnel.service);
        let mut own = self.service.iter().chain(ways);
        own.any(Service::is_gone)
    }

    /// Whether the engine is on this machine: its processes and loopback interface are ours.
    pub(super) fn is_local(&self) -> bool {
        matches!(self.address, Address::Unix(_))
    }

    /// Why a port that a container has on its machine's loopback interface cannot be asked.
    pub(super) fn cannot_ask(&self) -> Option<String> {
        let Address::Tcp { host, .. } = &self.address else {
            return None;
        };
        let is_here = host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
        (!is_here).then(|| {
            format!("its container runs on {host}, whose loopback interface is not reached from here; over `ssh://` it would be")
        })
    }

    /// Makes a container's port there reachable here: under which number.
    pub(super) async fn reach(&self, container: &str, port: u16) -> Result<u16, EngineError> {
        match &self.tunnel {
            Some(tunnel) => tunnel.forward(container, port).await,
            None => Ok(port),
        }
    }

    /// Takes that back.
    pub(super) async fn forget(&self, container: &str) {
        if let Some(tunnel) = &self.tunnel {
            tunnel.forget(container).await;
        }
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
        // Reached through a socket of ours.
        Address::Ssh { .. } => Err(ApiError::UnsupportedURISchemeError {
            uri: address.to_string(),
        }),
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
    let (Some(key), Some(cert), Some(ca)) = (&tls.key, &tls.cert, &tls.ca) else {
        return Err(ApiError::IOError {
            err: std::io::Error::other(NO_CERTIFICATES),
        });
    };
    Docker::connect_with_ssl(&url, key, cert, ca, limit, version)
}

/// A first call, which need not be answered.
pub(super) async fn within_limit<T>(
    call: impl Future<Output = Result<T, ApiError>>,
) -> Result<T, ApiError> {
    let answer = tokio::time::timeout(ANSWER_LIMIT, call).await;
    answer.unwrap_or(Err(ApiError::RequestTimeoutError))
}

/// An error with its causes.
pub(super) fn error_chain(error: &dyn std::error::Error) -> String {
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
