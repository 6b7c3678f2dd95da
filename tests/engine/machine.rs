//! What this machine has, and what it is given when the user allows that.

use std::process::{Command, Stdio};

use imgtui::setup::{self, Host, PackageSystem, Quick, Rights, Runtime, StateFolder};

use crate::{cases::Needs, daemon, program::imgtui, say};

/// The machine as the tests found it.
#[derive(Debug, Clone)]
pub(crate) struct Machine {
    /// `IMGTUI_YES`: install what is missing, leave nothing out.
    pub(crate) may_install: bool,
    /// How podman works here, or why there is none.
    pub(crate) runtime: Result<Runtime, String>,
    /// Why there can be no docker for the tests, whatever is installed.
    no_docker: Option<String>,
    host: Host,
}

impl Machine {
    /// For `--list`: nothing is looked at, nothing is left out.
    pub(crate) fn unseen() -> Self {
        Self {
            may_install: true,
            runtime: Err("not looked at".into()),
            no_docker: None,
            host: host(),
        }
    }

    /// Looks, and sets the machine up first where that is allowed.
    pub(crate) fn look() -> Self {
        let may_install = std::env::var("IMGTUI_YES")
            .is_ok_and(|value| !matches!(value.as_str(), "" | "0" | "false" | "no" | "off"));
        if may_install {
            set_up(&[]);
            if no_docker(&host()).is_none() {
                set_up(&["--engine", "docker"]);
            }
            install_servers();
        }
        Self {
            may_install,
            runtime: runtime(),
            // Installed, it may have been started.
            no_docker: no_docker(&host()),
            host: host(),
        }
    }

    /// Why a test that needs this is left out; `None` when it is run. Where installing is
    /// allowed nothing is left out: what is missing then is a failure.
    pub(crate) fn lacks(&self, needs: Needs) -> Option<String> {
        // No package would change that.
        let unchangeable = || match needs {
            Needs::Docker => self.no_docker.clone(),
            Needs::Ssh => self.no_ssh(),
            Needs::Certificates => self.no_root("start a docker of its own"),
            _ => None,
        };
        self.is_not_there(needs).or_else(unchangeable)
    }

    fn is_not_there(&self, needs: Needs) -> Option<String> {
        if self.may_install || needs == Needs::Nothing {
            return None;
        }
        if let Err(why) = &self.runtime {
            return Some(format!("no usable engine: {why}"));
        }
        match needs {
            Needs::Nothing | Needs::Podman => None,
            Needs::Docker => (self.host.find("dockerd").is_none())
                .then(|| "there is no program `dockerd`".into()),
            Needs::Leave => Some("it may install packages".into()),
            Needs::Minutes => Some("it takes many minutes".into()),
            Needs::Registry => self.no_program(&["docker-registry"]),
            Needs::Redis => self.no_program(&["redis-server"]),
            Needs::Certificates => self.no_program(&["openssl"]),
            Needs::Ssh => self.no_program(&SSH),
            Needs::Root => self.no_root("mount a small disk"),
        }
    }

    fn no_program(&self, programs: &[&str]) -> Option<String> {
        let mut missing = programs
            .iter()
            .filter(|name| self.host.find(name).is_none());
        let missing = missing.next()?;
        Some(format!("there is no program `{missing}`"))
    }

    fn no_root(&self, what: &str) -> Option<String> {
        (!self.host.is_root()).then(|| format!("only root may {what}"))
    }

    fn no_ssh(&self) -> Option<String> {
        let not_installed = || {
            let missing = self.no_program(&SSH)?;
            starts_servers().then(|| format!("{missing}, and its package would start a server"))
        };
        self.no_root("give up rights as sshd does")
            .or_else(not_installed)
    }
}

fn no_docker(host: &Host) -> Option<String> {
    if !host.is_root() {
        return Some("only root may start a docker of its own".into());
    }
    let other = daemon::of_somebody_else()?;
    let other = other.display();
    Some(format!(
        "imgtui would take the docker at {other}, which is not the tests'"
    ))
}

fn host() -> Host {
    Host::current(StateFolder(state_folder()))
}

/// Findings about the machine outlive one run of the tests.
pub(crate) fn state_folder() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("engine-state")
}

fn runtime() -> Result<Runtime, String> {
    std::fs::create_dir_all(state_folder()).map_err(|error| error.to_string())?;
    let host = host();
    if setup::examine_quick(&host) == Quick::NoEngine {
        return Err("there is no podman on the search path".into());
    }
    let tokio = tokio::runtime::Runtime::new().map_err(|error| error.to_string())?;
    tokio
        .block_on(setup::find_runtime(&host))
        .map_err(|error| error.to_string())
}

/// The same command that a user gives; its lines are seen as they come.
fn set_up(engine: &[&str]) {
    let command = ["imgtui", "setup", "--yes"].iter().chain(engine);
    let command = command.copied().collect::<Vec<_>>().join(" ");
    say(&format!("IMGTUI_YES: {command}"));
    let status = imgtui(&state_folder())
        .args(["setup", "--yes"])
        .args(engine)
        .stdin(Stdio::null())
        .status();
    // A machine that is not ready fails the tests with the reason; here it is only told.
    match status {
        Ok(status) if status.success() => {}
        other => say(&format!("`{command}` ended with {other:?}")),
    }
}

/// The programs of ssh.
const SSH: [&str; 3] = ["sshd", "ssh", "ssh-keygen"];

/// Whether packages of servers start what they install, as they do where systemd runs.
fn starts_servers() -> bool {
    std::path::Path::new("/run/systemd/system").exists()
}

/// Packages of programs that only tests need, and that are not there.
fn missing_servers(host: &Host) -> Vec<&'static str> {
    let mut packages = Vec::new();
    for (program, package) in [
        ("docker-registry", "docker-registry"),
        ("redis-server", "redis-server"),
        ("openssl", "openssl"),
        ("ssh", "openssh-client"),
        ("sshd", "openssh-server"),
    ] {
        // A server for ssh that listens to everybody is not the tests' to start.
        if host.find(program).is_none() && (program != "sshd" || !starts_servers()) {
            packages.push(package);
        }
    }
    packages
}

fn install_servers() {
    let host = host();
    let packages = missing_servers(&host);
    if packages.is_empty() || PackageSystem::detect(&host) != Some(PackageSystem::Apt) {
        return;
    }
    let rights = tokio::runtime::Runtime::new().map(|tokio| tokio.block_on(host.rights()));
    let mut command = match rights {
        Ok(Rights::Sudo) => {
            let mut command = Command::new("sudo");
            command.args(["-n", "apt-get"]);
            command
        }
        _ => Command::new("apt-get"),
    };
    let status = command
        .args(["install", "-y", "--no-install-recommends"])
        .args(&packages)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status();
    if !status.as_ref().is_ok_and(std::process::ExitStatus::success) {
        say(&format!("{packages:?} could not be installed: {status:?}"));
    }
}
