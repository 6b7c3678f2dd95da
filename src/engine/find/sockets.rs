//! Sockets where engines usually put them.
//!
//! The places, and who says so:
//! - `/var/run/docker.sock`: docker/cli `opts/hosts.go`, `defaultUnixSocket`;
//! - `$XDG_RUNTIME_DIR/docker.sock`: docker's manual on the rootless mode;
//! - `~/.docker/desktop/docker.sock`, `~/.docker/run/docker.sock`: the contexts `desktop-linux` that
//!   Docker Desktop makes on Linux and on macOS;
//! - Colima's: abiosoft/colima `config/files.go`, `environment/container/docker/context.go` and
//!   `docs/FAQ.md` (without `default/` up to 0.3.4);
//! - `~/.orbstack/run/docker.sock`: the context `orbstack` that `OrbStack` makes;
//! - `/run/podman/podman.sock`, `$XDG_RUNTIME_DIR/podman/podman.sock`: containers/podman
//!   `cmd/podman/registry/registry.go`, `DefaultAPIAddress`;
//! - those of `podman machine`: containers/podman 5.8 `pkg/machine/vmconfigs/sockets.go` and
//!   `pkg/machine/env` (`NAME-api.sock`), `pkg/machine/shim/networking_unix.go` (the link
//!   `podman.sock`), and 4.3 `pkg/machine/qemu/machine.go` (a `podman.sock` for each machine).

use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use super::{Found, Kind, Origin, Surroundings, entries, shown};
use crate::engine::address::Address;

/// Podman's own name for its socket, wherever it is.
const PODMAN_SOCKET: &str = "podman.sock";
/// How the socket of a podman machine ends, the machine's name before it.
const MACHINE_ENDING: &str = "-api.sock";
/// The machine that podman makes when no name is given.
const USUAL_MACHINE: &str = "podman-machine-default";

/// A place where a socket may be.
pub(super) struct Known {
    name: String,
    kind: Kind,
    pub(super) path: PathBuf,
}

impl Known {
    fn new(name: &str, kind: Kind, path: PathBuf) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            path,
        }
    }
}

/// The socket that docker's client uses where nothing is set.
pub(super) fn docker(surroundings: &Surroundings) -> Known {
    let path = surroundings.system("/var/run/docker.sock");
    Known::new("docker-socket", Kind::Docker, path)
}

/// The socket that podman's client uses where nothing is set.
pub(super) fn podman(surroundings: &Surroundings) -> Known {
    if surroundings.user_id == 0 {
        podman_of_root(surroundings)
    } else {
        podman_of_user(surroundings)
    }
}

fn podman_of_root(surroundings: &Surroundings) -> Known {
    let path = surroundings.system("/run/podman").join(PODMAN_SOCKET);
    Known::new("podman-socket", Kind::Podman, path)
}

fn podman_of_user(surroundings: &Surroundings) -> Known {
    let path = surroundings.runtime().join("podman").join(PODMAN_SOCKET);
    Known::new("podman-rootless", Kind::Podman, path)
}

/// Adds the sockets that are there and that nothing has named yet.
pub(super) fn add(surroundings: &Surroundings, found: &mut Vec<Found>) {
    let mut known = of_docker(surroundings);
    known.push(podman_of_root(surroundings));
    known.push(podman_of_user(surroundings));
    known.extend(of_machines(surroundings));
    for known in known {
        add_one(known, false, found);
    }
}

/// Adds one, if it is there. One that is listed already, be it under another path that leads to
/// it, only becomes the client's choice, too.
pub(super) fn add_one(known: Known, is_clients_choice: bool, found: &mut Vec<Found>) {
    // Addresses are printed; a path with what a terminal obeys in it is nobody's socket.
    let is_printable = known.path.to_str() == Some(&*shown(&known.path));
    if !is_printable || !is_socket(&known.path) {
        return;
    }
    let leads_there = |entry: &&mut Found| {
        let socket = entry.result.as_ref().ok().and_then(Address::socket);
        socket.is_some_and(|socket| real(socket) == real(&known.path))
    };
    if let Some(entry) = found.iter_mut().find(leads_there) {
        entry.is_clients_choice |= is_clients_choice;
        return;
    }
    let origin = Origin::KnownSocket(known.path.clone());
    let address = Address::Unix(known.path);
    let mut entry = Found::new(&known.name, known.kind, origin, Ok(address));
    entry.is_clients_choice = is_clients_choice;
    found.push(entry);
}

/// Whether the path, or what a link there leads to, has the name of a socket of podman's.
pub(super) fn is_of_podman(socket: &Path) -> bool {
    let real = real(socket);
    let Some(name) = real.file_name().and_then(|name| name.to_str()) else {
        return false;
    };
    let is_in_podmans = real
        .parent()
        .is_some_and(|folder| folder.ends_with("podman"));
    name == PODMAN_SOCKET || (is_in_podmans && name.ends_with(MACHINE_ENDING))
}

/// A folder is what docker makes where a socket was to be mounted and was not there.
fn is_socket(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|meta| !meta.is_dir())
}

/// The file behind links; `/var/run` is one to `/run` nearly everywhere.
fn real(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf())
}

fn of_docker(surroundings: &Surroundings) -> Vec<Known> {
    let mut known = vec![docker(surroundings)];
    let mut add = |name: &str, path: PathBuf| known.push(Known::new(name, Kind::Docker, path));
    add("docker-socket", surroundings.system("/run/docker.sock"));
    add(
        "docker-rootless",
        surroundings.runtime().join("docker.sock"),
    );
    for relative in [".docker/desktop/docker.sock", ".docker/run/docker.sock"] {
        if let Some(path) = surroundings.in_home(relative) {
            add("docker-desktop", path);
        }
    }
    let colima = [
        surroundings.path_variable("COLIMA_HOME"),
        surroundings.in_home(".colima"),
        surroundings.config_home().map(|home| home.join("colima")),
    ];
    for folder in colima.into_iter().flatten() {
        add("colima", folder.join("default/docker.sock"));
        add("colima", folder.join("docker.sock"));
    }
    if let Some(path) = surroundings.in_home(".orbstack/run/docker.sock") {
        add("orbstack", path);
    }
    known
}

/// Sockets of `podman machine`. What cannot be listed holds none that can be used.
fn of_machines(surroundings: &Surroundings) -> Vec<Known> {
    let in_runtime = surroundings.runtime().join("podman");
    let mut known = api_sockets(&in_runtime);
    if let Some(folder) = surroundings.path_variable("TMPDIR") {
        // Others may write into a temporary folder; theirs would get what we send.
        let is_own = |known: &Known| {
            let meta = fs::metadata(&known.path);
            meta.is_ok_and(|meta| meta.uid() == surroundings.user_id)
        };
        known.extend(
            api_sockets(&folder.join("podman"))
                .into_iter()
                .filter(is_own),
        );
    }
    known.extend(linked_sockets(surroundings));
    known
}

/// `NAME-api.sock`, for each machine.
fn api_sockets(folder: &Path) -> Vec<Known> {
    let socket = |path: PathBuf| {
        let machine = path.file_name()?.to_str()?.strip_suffix(MACHINE_ENDING)?;
        Some(Known::new(&name_of(machine), Kind::Podman, path.clone()))
    };
    let paths = entries(folder).unwrap_or_default();
    paths.into_iter().filter_map(socket).collect()
}

/// `podman.sock` in the folder of all machines, of each kind of them, and of each machine.
fn linked_sockets(surroundings: &Surroundings) -> Vec<Known> {
    let data = surroundings
        .path_variable("XDG_DATA_HOME")
        .or_else(|| surroundings.in_home(".local/share"));
    let Some(data) = data else {
        return Vec::new();
    };
    let all = data.join("containers/podman/machine");
    let mut known = vec![Known::new(
        "podman-machine",
        Kind::Podman,
        all.join(PODMAN_SOCKET),
    )];
    for folder in entries(&all).unwrap_or_default() {
        let within = entries(&folder).unwrap_or_default();
        for folder in std::iter::once(folder).chain(within) {
            let machine = folder.file_name().unwrap_or_default().to_string_lossy();
            let name = name_of(&machine);
            known.push(Known::new(&name, Kind::Podman, folder.join(PODMAN_SOCKET)));
        }
    }
    known
}

fn name_of(machine: &str) -> String {
    if machine == USUAL_MACHINE {
        "podman-machine".to_owned()
    } else {
        format!("podman-machine-{machine}")
    }
}
