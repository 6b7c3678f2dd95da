//! A `dockerd` of our own, without systemd, beside any other one.
//!
//! Its data root, its sockets, its cgroup and its bridge are its own, and it leaves the machine's
//! firewall alone: images are built on the host's network, and the ports of containers are
//! published on the loopback interface only. Ready in about half a second (20.10.24, measured).

mod subnet;

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use sha2::{Digest, Sha256};

use crate::{
    domain::text,
    engine::{
        EngineError,
        address::Address,
        connection::Connection,
        service::{Place, Service, Start},
    },
    parse::terminal::plain,
};

/// Keys of docker's settings file that hold for our daemon as well.
const KEPT_SETTINGS: [&str; 4] = ["dns", "insecure-registries", "proxies", "registry-mirrors"];
/// A daemon that was told to end has ended by then.
const END_LIMIT: Duration = Duration::from_secs(20);
/// A containerd whose daemon was killed is gone by then, or stays.
const CONTAINERD_LIMIT: Duration = Duration::from_secs(2);
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
            return Connection::to_address(&there).await;
        }
        if !is_ending(folder) || tokio::time::Instant::now() > limit {
            break;
        }
        tokio::time::sleep(END_PAUSE).await;
    }
    wait_for_containerd(folder).await;
    let place = Place::new().map_err(|error| failed(error.to_string()))?;
    let socket = place.socket();
    let bridge = Bridge::make(name_of(folder)).await.map_err(failed)?;
    let settings = place.folder().join("daemon.json");
    std::fs::write(&settings, settings_text()).map_err(|error| failed(error.to_string()))?;
    let service = Service::start(start(program, folder, &settings, place))
        .await
        .map_err(failed)?;
    let _ = std::fs::remove_file(&link);
    std::os::unix::fs::symlink(&socket, &link).map_err(|error| failed(error.to_string()))?;
    Connection::to_service(service, Some(bridge))
}

/// A name of this daemon's own, for its cgroup and its bridge: 15 signs, as many as an interface
/// may have (netdevice(7)).
pub(super) fn name_of(folder: &Path) -> String {
    let digest = Sha256::digest(folder.as_os_str().as_encoded_bytes());
    format!("imgtui-{}", text::hex(&digest[..4]))
}

/// A bridge of the daemon's own, with a subnet that nothing else has: dockerd would take the same
/// one for each, and a bridge that a killed daemon left keeps its route. It has to be there before the daemon, which makes none but
/// `docker0`; and told to do without one, it removes `docker0`, somebody else's or not (dockerd
/// `daemon_unix.go`, `removeDefaultBridgeInterface`; seen with 20.10.24).
#[derive(Debug)]
pub(in crate::engine) struct Bridge(String);

impl Bridge {
    async fn make(name: String) -> Result<Self, String> {
        let folder = Path::new("/sys/class/net").join(&name);
        if !folder.exists() {
            ip(&["link", "add", "name", &name, "type", "bridge"]).await?;
            // Deleted on the way out if what follows fails.
            let bridge = Self(name.clone());
            let routes = std::fs::read_to_string("/proc/net/route").unwrap_or_default();
            let address = subnet::free(&name, &routes).ok_or("no subnet is free for a bridge")?;
            ip(&["address", "add", &address, "dev", &name]).await?;
            return Ok(bridge);
        }
        Ok(Self(name))
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        // Without it nothing is lost: the next daemon takes the one that is there.
        let _ = std::process::Command::new("ip")
            .args(["link", "delete", &self.0])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        remove_groups(&self.0);
    }
}

/// The cgroups in which the daemon's containers ran: one for each controller, or one for all.
fn remove_groups(name: &str) {
    let root = Path::new("/sys/fs/cgroup");
    let controllers = std::fs::read_dir(root).into_iter().flatten().flatten();
    for controller in controllers {
        remove_group(&controller.path().join(name));
    }
    remove_group(&root.join(name));
}

/// One in which something still runs stays.
fn remove_group(folder: &Path) {
    let below = std::fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in below.filter(|entry| entry.path().is_dir()) {
        remove_group(&entry.path());
    }
    // Most controllers have none of this name.
    let _ = std::fs::remove_dir(folder);
}

async fn ip(arguments: &[&str]) -> Result<(), String> {
    let mut command = tokio::process::Command::new("ip");
    command.args(arguments).stdin(Stdio::null());
    let ended = command.output().await;
    let ended = ended.map_err(|error| format!("`ip` (package iproute2): {error}"))?;
    if ended.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&ended.stderr);
    Err(format!(
        "`ip {}`: {}",
        arguments.join(" "),
        plain(said.trim())
    ))
}

/// What the machine's own daemon is told of registries and the network holds for ours too; the
/// rest of its settings file is about things that we choose ourselves.
fn settings_text() -> String {
    let text = std::fs::read_to_string("/etc/docker/daemon.json").unwrap_or_default();
    let told: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(&text).unwrap_or_default();
    let kept = told
        .into_iter()
        .filter(|(key, _)| KEPT_SETTINGS.contains(&key.as_str()));
    serde_json::Value::Object(kept.collect()).to_string()
}

fn start(program: &Path, folder: &Path, settings: &Path, place: Place) -> Start {
    let path = |name: &str| folder.join(name).display().to_string();
    let name = name_of(folder);
    let exec_root = exec_root(folder);
    let arguments = vec![
        format!("--config-file={}", settings.display()),
        format!("--host=unix://{}", place.socket().display()),
        format!("--data-root={}", path("data")),
        format!("--exec-root={}", exec_root.display()),
        format!("--pidfile={}", path("pid")),
        format!("--cgroup-parent={name}"),
        "--exec-opt=native.cgroupdriver=cgroupfs".into(),
        // Ports are published by docker's own proxy: the firewall is left alone.
        format!("--bridge={name}"),
        "--iptables=false".into(),
        "--ip6tables=false".into(),
        "--ip-forward=false".into(),
        "--ip-masq=false".into(),
        "--log-level=error".into(),
    ];
    Start {
        program: program.to_path_buf(),
        arguments,
        environment: Vec::new(),
        place,
    }
}

/// The same each time: dockerd leaves a mount in it (20.10.24), and takes it up again.
fn exec_root(folder: &Path) -> PathBuf {
    Path::new("/run").join(name_of(folder))
}

/// Whether the daemon that has this folder still runs.
fn is_ending(folder: &Path) -> bool {
    is_at_work(&folder.join("pid"), "dockerd")
}

/// A killed daemon's containerd dies a moment after it. A daemon that finds it dying takes it for
/// one at work, waits for its answer for 15 s, and gives up (20.10.24). One that lives on is taken
/// up again.
async fn wait_for_containerd(folder: &Path) {
    let pid = exec_root(folder).join("containerd/containerd.pid");
    let limit = tokio::time::Instant::now() + CONTAINERD_LIMIT;
    while is_at_work(&pid, "containerd") && tokio::time::Instant::now() < limit {
        tokio::time::sleep(END_PAUSE).await;
    }
}

/// Whether the process whose number a file holds is a program of this name.
fn is_at_work(pid_file: &Path, program: &str) -> bool {
    let Ok(pid) = std::fs::read_to_string(pid_file) else {
        return false;
    };
    let name = PathBuf::from(format!("/proc/{}/comm", pid.trim()));
    std::fs::read_to_string(name).is_ok_and(|name| name.trim() == program)
}
