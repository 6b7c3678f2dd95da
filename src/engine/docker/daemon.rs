//! A `dockerd` of our own, without systemd, beside any other one.
//!
//! Its data root, its sockets and its cgroup are its own, and it leaves the machine's firewall
//! and bridges alone: images are built on the host's network, and containers are started on a
//! bridge of a network that it makes itself. Ready in about half a second (20.10.24, measured).

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use bollard::models::NetworkCreateRequest;
use sha2::{Digest, Sha256};

use crate::{
    domain::text,
    engine::{
        EngineError,
        address::Address,
        connection::{ApiError, Connection},
        service::{Place, Service, Start},
    },
};

/// The network on which containers of a daemon of ours are started.
const NETWORK: &str = "imgtui";
/// A daemon that was told to end has ended by then.
const END_LIMIT: Duration = Duration::from_secs(20);
/// Between two looks whether it has.
const END_PAUSE: Duration = Duration::from_millis(20);

/// Connects to the daemon that keeps its things in `folder`: one that another imgtui started, or
/// one that is started now and ends with us.
pub(super) async fn open(program: &Path, folder: &Path) -> Result<Connection, EngineError> {
    let failed = |reason: String| {
        EngineError::Unreachable {
        place: program.display().to_string(),
        reason,
        remedy: "`imgtui engines` lists what else was found; `imgtui doctor --engine docker` looks at what docker needs.".into(),
    }
    };
    if !rustix::process::geteuid().is_root() {
        return Err(EngineError::Unreachable {
            place: program.display().to_string(),
            reason: "a docker daemon of our own needs root's rights".into(),
            remedy: "Run imgtui as root, start docker by your system's means, or take podman: it needs no root (`--engine podman`).".into(),
        });
    }
    std::fs::create_dir_all(folder).map_err(|error| failed(error.to_string()))?;
    let link = folder.join("engine.sock");
    let limit = tokio::time::Instant::now() + END_LIMIT;
    loop {
        let there = Address::Unix(link.clone());
        if tokio::net::UnixStream::connect(&link).await.is_ok() {
            return on_own_network(Connection::to_address(&there)?)
                .await
                .map_err(|e| failed(e.to_string()));
        }
        if !is_ending(folder) || tokio::time::Instant::now() > limit {
            break;
        }
        tokio::time::sleep(END_PAUSE).await;
    }
    let place = Place::new().map_err(|error| failed(error.to_string()))?;
    let socket = place.socket();
    let service = Service::start(start(program, folder, place)).await?;
    let _ = std::fs::remove_file(&link);
    std::os::unix::fs::symlink(&socket, &link).map_err(|error| failed(error.to_string()))?;
    on_own_network(Connection::to_service(service)?)
        .await
        .map_err(|error| failed(error.to_string()))
}

/// The cgroup below which the daemon's containers run.
pub(super) fn group_of(folder: &Path) -> String {
    let digest = Sha256::digest(folder.as_os_str().as_encoded_bytes());
    let short = text::hex(&digest[..4]);
    format!("imgtui-{short}")
}

fn start(program: &Path, folder: &Path, place: Place) -> Start {
    let exec_root = place.folder().join("exec");
    let path = |name: &str| folder.join(name).display().to_string();
    let arguments = vec![
        format!("--host=unix://{}", place.socket().display()),
        format!("--data-root={}", path("data")),
        format!("--exec-root={}", exec_root.display()),
        format!("--pidfile={}", path("pid")),
        format!("--cgroup-parent={}", group_of(folder)),
        "--exec-opt=native.cgroupdriver=cgroupfs".into(),
        // Without a bridge of its own, and without touching the firewall.
        "--bridge=none".into(),
        "--iptables=false".into(),
        "--ip6tables=false".into(),
        "--ip-forward=false".into(),
        "--ip-masq=false".into(),
        "--log-level=error".into(),
    ];
    Start {
        program: program.to_path_buf(),
        arguments,
        // A settings file of another daemon's would contradict these.
        environment: Vec::new(),
        name: program.display().to_string(),
        place,
    }
}

/// Whether the daemon that has this folder still runs.
fn is_ending(folder: &Path) -> bool {
    let Ok(pid) = std::fs::read_to_string(folder.join("pid")) else {
        return false;
    };
    let name = PathBuf::from(format!("/proc/{}/comm", pid.trim()));
    std::fs::read_to_string(name).is_ok_and(|name| name.trim() == "dockerd")
}

async fn on_own_network(mut connection: Connection) -> Result<Connection, ApiError> {
    let body = NetworkCreateRequest {
        name: NETWORK.into(),
        driver: Some("bridge".into()),
        ..NetworkCreateRequest::default()
    };
    if connection
        .docker
        .inspect_network(NETWORK, None)
        .await
        .is_err()
    {
        connection.docker.create_network(body).await?;
    }
    connection.network = Some(NETWORK.into());
    Ok(connection)
}
