//! The way to an engine behind `ssh`: the system's own `ssh`, so that keys, agents, jump hosts and
//! known hosts are those that the user has set up.
//!
//! One connection carries everything: the engine's socket there is forwarded to one of ours, and
//! so is the port of each container that is asked. Nothing has to be installed on the other
//! machine but an engine that listens on a socket.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use tokio::{process::Command, sync::Mutex};

use super::{
    EngineError,
    address::Address,
    containers::free_port,
    service::{Place, Service, Start},
};
use crate::parse::terminal::plain;

/// A machine that does not let us in by then will not.
const LIMIT: Duration = Duration::from_secs(30);

/// Asked there when the address names no socket: the first that exists, docker's before podman's.
const LOOK: &str = "for s in \"${DOCKER_HOST#unix://}\" /var/run/docker.sock \
    \"$XDG_RUNTIME_DIR/docker.sock\" /run/podman/podman.sock \"$XDG_RUNTIME_DIR/podman/podman.sock\"; \
    do if [ -S \"$s\" ]; then echo \"$s\"; exit 0; fi; done; exit 3";

/// A connection that forwards; ended when dropped.
#[derive(Debug)]
pub(super) struct Tunnel {
    /// `ssh`, and the socket of ours that leads there.
    pub(super) service: Service,
    way: Way,
    /// Containers, and what is forwarded to them.
    forwards: Mutex<BTreeMap<String, String>>,
}

/// Who is called, and how.
#[derive(Debug, Clone)]
struct Way {
    place: Place,
    options: Vec<String>,
    destination: String,
    address: Address,
}

impl Tunnel {
    /// Connects to the machine and forwards its engine's socket.
    ///
    /// # Errors
    /// When there is no `ssh`, the machine does not let us in, or has no such socket.
    pub(super) async fn open(address: &Address) -> Result<Self, EngineError> {
        let way = Way::to(address)?;
        let socket = match address {
            Address::Ssh {
                socket: Some(socket),
                ..
            } => socket.clone(),
            _ => way.look_for_socket().await?,
        };
        let forward = format!("{}:{}", way.place.socket().display(), socket.display());
        let mut arguments = way.options.clone();
        // The master of all that follow over the same connection.
        arguments.extend(["-M", "-N", "-o", "ExitOnForwardFailure=yes", "-L"].map(str::to_owned));
        arguments.extend([forward, "--".to_owned(), way.destination.clone()]);
        let start = Start {
            program: PathBuf::from("ssh"),
            arguments,
            environment: Vec::new(),
            place: way.place.clone(),
        };
        Ok(Self {
            service: Service::start(start)
                .await
                .map_err(|reason| failed(address, reason))?,
            way,
            forwards: Mutex::default(),
        })
    }

    /// Makes the port that a container has on the other machine's loopback interface reachable on
    /// ours, and says under which number.
    pub(super) async fn forward(&self, container: &str, port: u16) -> Result<u16, EngineError> {
        let here = free_port().map_err(|error| failed(&self.way.address, error.to_string()))?;
        let forward = format!("127.0.0.1:{here}:127.0.0.1:{port}");
        self.tell_master("forward", &forward).await?;
        let mut forwards = self.forwards.lock().await;
        forwards.insert(container.to_owned(), forward);
        Ok(here)
    }

    /// Takes a container's port back.
    pub(super) async fn forget(&self, container: &str) {
        if let Some(forward) = self.forwards.lock().await.remove(container) {
            // It ends with the connection at the latest.
            let _ = self.tell_master("cancel", &forward).await;
        }
    }

    async fn tell_master(&self, what: &str, forward: &str) -> Result<(), EngineError> {
        let arguments = ["-O", what, "-L", forward, "--", &self.way.destination];
        self.way.run(&arguments).await.map(|_| ())
    }
}

impl Way {
    fn to(address: &Address) -> Result<Self, EngineError> {
        let Address::Ssh {
            user,
            host,
            port,
            identity,
            ..
        } = address
        else {
            return Err(failed(address, "this is no address for ssh".into()));
        };
        let place = Place::new();
        let place =
            place.map_err(|error| failed(address, format!("no folder for its socket: {error}")))?;
        let control = place.folder().join("control");
        let mut options: Vec<String> = [
            // Nobody is there to answer a question.
            "BatchMode=yes",
            "ConnectTimeout=10",
            // A connection that is gone is noticed within 15 s.
            "ServerAliveInterval=5",
            "ServerAliveCountMax=3",
        ]
        .iter()
        .flat_map(|option| ["-o".to_owned(), (*option).to_owned()])
        .collect();
        options.extend(["-S".to_owned(), control.display().to_string()]);
        if let Some(port) = port {
            options.extend(["-p".to_owned(), port.to_string()]);
        }
        if let Some(identity) = identity {
            options.extend(["-i".to_owned(), identity.display().to_string()]);
        }
        let destination = match user {
            Some(user) => format!("{user}@{host}"),
            None => host.clone(),
        };
        Ok(Self {
            place,
            options,
            destination,
            address: address.clone(),
        })
    }

    async fn look_for_socket(&self) -> Result<PathBuf, EngineError> {
        let found = self.run(&["--", &self.destination, LOOK]).await?;
        match found.lines().last().map(str::trim) {
            Some(path) if path.starts_with('/') => Ok(PathBuf::from(path)),
            _ => Err(failed(
                &self.address,
                "no docker and no podman listens on a socket there".into(),
            )),
        }
    }

    /// What `ssh` prints when it is called with these arguments.
    async fn run(&self, arguments: &[&str]) -> Result<String, EngineError> {
        let mut command = Command::new("ssh");
        command
            .args(&self.options)
            .args(arguments)
            .stdin(std::process::Stdio::null())
            .kill_on_drop(true);
        let ended = tokio::time::timeout(LIMIT, command.output()).await;
        let ended = match ended {
            Ok(Ok(ended)) => ended,
            Ok(Err(error)) => return Err(failed(&self.address, format!("ssh: {error}"))),
            Err(_) => {
                let limit = LIMIT.as_secs();
                return Err(failed(&self.address, format!("no answer for {limit} s")));
            }
        };
        if ended.status.success() {
            return Ok(String::from_utf8_lossy(&ended.stdout).into_owned());
        }
        if ended.status.code() == Some(3) {
            return Ok(String::new());
        }
        let said = String::from_utf8_lossy(&ended.stderr);
        Err(failed(&self.address, plain(said.trim())))
    }
}

fn failed(address: &Address, reason: String) -> EngineError {
    let remedy = remedy(&reason, &address_without_path(address));
    EngineError::Unreachable {
        place: address.to_string(),
        reason,
        remedy,
    }
}

fn address_without_path(address: &Address) -> String {
    match address {
        Address::Ssh { user, host, .. } => match user {
            Some(user) => format!("{user}@{host}"),
            None => host.clone(),
        },
        _ => String::new(),
    }
}

fn remedy(reason: &str, destination: &str) -> String {
    if reason.contains("Host key verification failed") {
        return format!("Log in once by hand and accept its key: `ssh {destination}`.");
    }
    if reason.contains("Permission denied") {
        return format!(
            "imgtui asks no passwords: `ssh {destination} true` has to work with a key or an agent."
        );
    }
    if reason.contains("no docker and no podman") {
        return "Start one there (`systemctl --user start podman.socket`), or name its socket: `--engine ssh://user@host/path/of/socket`.".into();
    }
    format!("Try by hand: `ssh {destination} true`.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ssh_is_called_as_the_address_says_and_asks_nobody() {
        let address = Address::parse("ssh://me@there:2222/run/x.sock").unwrap();
        let way = Way::to(&address).unwrap();
        assert_eq!(way.destination, "me@there");
        let options = way.options.join(" ");
        assert!(options.contains("BatchMode=yes"), "{options}");
        assert!(options.ends_with("-p 2222"), "{options}");
    }

    #[test]
    fn a_refusal_says_what_to_do() {
        for (reason, wanted) in [
            ("me@there: Permission denied (publickey).", "with a key"),
            ("Host key verification failed.", "accept its key"),
            (
                "no docker and no podman listens on a socket there",
                "podman.socket",
            ),
            ("Connection timed out", "Try by hand"),
        ] {
            let text = remedy(reason, "me@there");
            assert!(text.contains(wanted), "{reason}: {text}");
        }
    }
}
