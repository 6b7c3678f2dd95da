//! The checklist: every check in its order, with the remedy where something is missing.

use std::{path::Path, pin::Pin, sync::Arc};

use crate::domain::check::{Check, CheckStatus, Checklist, Remedy};

use super::{
    checks::{self, Cgroups, plain},
    host::Host,
    network,
    packages::Installer,
    runtime::{self, Runtime, RuntimeError},
};

/// Starts a private service and asks it who it is; gives back what it answered, or why not.
/// The runtime is `None` when the engine is a given socket.
pub type ServiceProbe = Arc<
    dyn Fn(Option<Runtime>) -> Pin<Box<dyn Future<Output = Result<String, String>> + Send>>
        + Send
        + Sync,
>;

/// A base image as the caller found it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseState {
    /// Title for people.
    pub title: String,
    /// Where it stands, e.g. `present`, `equivalent`, `not there yet`.
    pub state: String,
}

/// How far an examination goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Looks only: no container, no service, no network.
    Quick,
    /// Tries everything.
    Full,
}

/// Which engine is to be brought in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// podman, with a runtime that works.
    Podman,
    /// docker.
    Docker {
        /// Where one answers already.
        answers: Option<String>,
    },
    /// What the user gave is not our business.
    Given(String),
}

/// What is to be examined.
#[derive(Clone)]
pub struct Examination {
    /// The machine.
    pub host: Host,
    /// The engine that is meant.
    pub engine: Wanted,
    /// Tries the service; without it the check is left out as not checked.
    pub service: Option<ServiceProbe>,
    /// The bases, as the caller found them.
    pub bases: Vec<BaseState>,
    /// Debian packages that the recipes of bases need on this machine.
    pub host_packages: Vec<String>,
}

/// Looks at everything, in a fixed order. [`Depth::Full`] takes about two seconds the first
/// time and well below one later.
pub async fn examine(examination: &Examination, depth: Depth) -> Checklist {
    let host = &examination.host;
    let rights = host.rights().await;
    let mut installer = Installer::new(host, rights);
    let cgroups = Cgroups::look(host);
    let engine = engine(examination, &mut installer, cgroups);
    let is_there = engine.status == CheckStatus::Ok;
    let (runtime, found) = match depth {
        Depth::Full if is_there => runtime_check(examination, &mut installer).await,
        _ => (not_now("runtime", depth), runtime::cached(host)),
    };
    let may_serve = is_there && runtime.status != CheckStatus::Problem;
    let service = match (&examination.service, depth) {
        (Some(probe), Depth::Full) if may_serve => service(probe, found.clone()).await,
        _ => not_now("service", depth),
    };
    let network = match depth {
        Depth::Full => network::check(host).await,
        Depth::Quick => not_now("network", depth),
    };
    let tools = checks::host_tools(host, &examination.host_packages, &mut installer).await;
    let rights = checks::rights(host, rights, &mut installer);
    Checklist {
        checks: vec![
            with_version(engine, found.as_ref()),
            runtime,
            service,
            checks::cgroups(cgroups),
            checks::free_disk(&host.image_store()),
            bases(&examination.bases),
            network,
            rights,
            tools,
        ],
    }
}

fn not_now(name: &str, depth: Depth) -> Check {
    let why = match depth {
        Depth::Quick => "tried once podman is there",
        Depth::Full => "an earlier check failed",
    };
    plain(name, CheckStatus::NotChecked, why)
}

fn engine(examination: &Examination, installer: &mut Installer, cgroups: Cgroups) -> Check {
    match &examination.engine {
        Wanted::Given(place) => return plain("engine", CheckStatus::Ok, format!("given: {place}")),
        Wanted::Docker { answers } => {
            return docker(&examination.host, answers.as_deref(), installer);
        }
        Wanted::Podman => {}
    }
    match examination.host.find("podman") {
        Some(podman) => plain("engine", CheckStatus::Ok, podman.display().to_string()),
        None => Check {
            remedy: Some(installer.engine(cgroups)),
            ..plain("engine", CheckStatus::Problem, "podman is not installed")
        },
    }
}

/// A docker that answers, or the program for a daemon of our own, which needs root.
fn docker(host: &Host, answers: Option<&str>, installer: &mut Installer) -> Check {
    const NAME: &str = "engine";
    if let Some(place) = answers {
        return plain(NAME, CheckStatus::Ok, format!("docker answers at {place}"));
    }
    match host.find("dockerd") {
        None => Check {
            remedy: Some(installer.docker()),
            ..plain(NAME, CheckStatus::Problem, "no docker answers, and `dockerd` is not installed")
        },
        Some(_) if !host.is_root() => Check {
            remedy: Some(Remedy::Advice {
                text: "Start it by your system's means (`sudo systemctl start docker`), or run imgtui as root: it then starts a daemon of its own".into(),
            }),
            ..plain(NAME, CheckStatus::Problem, "docker is installed and does not answer")
        },
        Some(program) => plain(
            NAME,
            CheckStatus::Ok,
            format!("{}, started as a daemon of our own", program.display()),
        ),
    }
}

fn with_version(mut engine: Check, found: Option<&Runtime>) -> Check {
    if let Some(found) = found
        && Path::new(&engine.detail) == found.podman
    {
        engine.detail = format!("podman {} ({})", found.version, engine.detail);
    }
    engine
}

async fn runtime_check(
    examination: &Examination,
    installer: &mut Installer,
) -> (Check, Option<Runtime>) {
    const NAME: &str = "runtime";
    if examination.engine != Wanted::Podman {
        let why = "the engine brings its own";
        return (plain(NAME, CheckStatus::NotChecked, why), None);
    }
    match runtime::find(&examination.host).await {
        Ok(found) => (found_check(&found), Some(found)),
        Err(error) => {
            let has_runc = examination.host.find("runc").is_some();
            let remedy = match &error {
                RuntimeError::NothingWorks { .. } if !has_runc => installer.runc(),
                _ => Remedy::Advice {
                    text: "The lines above are podman's own words. Inside a container, more rights are needed (--privileged); in a chroot, its root has to be a mount point".into(),
                },
            };
            let check = Check {
                remedy: Some(remedy),
                ..plain(NAME, CheckStatus::Problem, error.to_string())
            };
            (check, None)
        }
    }
}

fn found_check(found: &Runtime) -> Check {
    let mut detail = found.detail.clone();
    for attempt in &found.attempts {
        detail.push_str("\n  did not work: ");
        detail.push_str(attempt);
    }
    match &found.run_failure {
        None => plain("runtime", CheckStatus::Ok, detail),
        Some(_) => Check {
            remedy: Some(Remedy::Advice {
                text: "Images can be built; `imgtui run` and the check of the stamp will fail"
                    .into(),
            }),
            ..plain("runtime", CheckStatus::Note, detail)
        },
    }
}

async fn service(probe: &ServiceProbe, runtime: Option<Runtime>) -> Check {
    match probe(runtime).await {
        Ok(answer) => plain("service", CheckStatus::Ok, answer),
        Err(reason) => Check {
            remedy: Some(Remedy::Advice {
                text: "Try by hand: podman --log-level info system service --time 0 unix:///tmp/try.sock".into(),
            }),
            ..plain("service", CheckStatus::Problem, reason)
        },
    }
}

fn bases(all: &[BaseState]) -> Check {
    if all.is_empty() {
        return plain(
            "bases",
            CheckStatus::NotChecked,
            "the engine has not been asked",
        );
    }
    // Told by state: most are in the same one.
    let mut by_state: Vec<(&str, Vec<&str>)> = Vec::new();
    for base in all {
        match by_state.iter_mut().find(|(state, _)| *state == base.state) {
            Some((_, titles)) => titles.push(&base.title),
            None => by_state.push((&base.state, vec![&base.title])),
        }
    }
    let lines = by_state
        .iter()
        .map(|(state, titles)| format!("{state}: {}", titles.join(", ")));
    let detail = lines.collect::<Vec<_>>().join("\n");
    plain("bases", CheckStatus::Ok, detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setup::host::fake;

    fn examination(host: Host) -> Examination {
        Examination {
            host,
            engine: Wanted::Podman,
            service: Some(Arc::new(|runtime| {
                Box::pin(async move {
                    runtime
                        .map(|found| found.name)
                        .ok_or_else(|| "no runtime".to_owned())
                })
            })),
            bases: Vec::new(),
            host_packages: vec!["mmdebstrap".into()],
        }
    }

    #[tokio::test]
    async fn a_bare_machine_gets_one_list_of_commands() {
        let (_folder, host) = fake::host();
        fake::program(&host, "apt-get", "");
        let list = examine(&examination(host), Depth::Quick).await;
        let names: Vec<&str> = list
            .checks
            .iter()
            .map(|check| check.name.as_str())
            .collect();
        assert_eq!(
            names,
            [
                "engine",
                "runtime",
                "service",
                "cgroups",
                "free disk",
                "bases",
                "network",
                "rights",
                "host tools"
            ]
        );
        assert!(!list.is_ready());
        let commands: Vec<String> = list
            .commands()
            .iter()
            .map(|words| words.join(" "))
            .collect();
        assert_eq!(commands.len(), 3);
        assert!(commands[0].ends_with("apt-get update"));
        assert!(commands[1].contains(" podman runc "));
        assert!(commands[2].ends_with(" mmdebstrap"));
    }

    #[tokio::test]
    async fn a_runtime_that_does_not_work_asks_for_runc_and_spares_the_service() {
        let (_folder, mut host) = fake::host();
        host.variables
            .insert("HTTPS_PROXY".into(), "http://127.0.0.1:9".into());
        fake::program(&host, "apt-get", "");
        fake::program(&host, "ldd", "exit 1");
        fake::program(
            &host,
            "podman",
            "test \"$1\" = --version && { echo podman version 4.3.1; exit 0; }\necho 'Error: crun: cgroups in hybrid mode not supported'; exit 126",
        );
        let list = examine(&examination(host), Depth::Full).await;
        assert_eq!(list.checks[1].status, CheckStatus::Problem);
        assert!(list.checks[1].detail.contains("hybrid"));
        assert_eq!(list.checks[2].status, CheckStatus::NotChecked);
        assert!(list.commands()[1].ends_with(&["runc".into()]));
    }

    #[tokio::test]
    async fn the_service_is_tried_with_the_runtime_that_was_found() {
        let (_folder, mut host) = fake::host();
        host.variables
            .insert("HTTPS_PROXY".into(), "http://127.0.0.1:9".into());
        fake::program(&host, "ldd", "exit 1");
        fake::program(
            &host,
            "podman",
            "case $1 in --version) echo podman version 4.3.1;; info) echo crun;; esac",
        );
        let podman = host.path[0].join("podman");
        let list = examine(&examination(host), Depth::Full).await;
        assert_eq!(
            list.checks[0].detail,
            format!("podman 4.3.1 ({})", podman.display())
        );
        assert_eq!(list.checks[2].detail, "crun");
    }

    #[tokio::test]
    async fn a_given_socket_needs_no_podman_here() {
        let (_folder, host) = fake::host();
        let mut given = examination(host);
        given.engine = Wanted::Given("unix:///x".into());
        let list = examine(&given, Depth::Quick).await;
        assert_eq!(list.checks[0].status, CheckStatus::Ok);
    }

    #[tokio::test]
    async fn docker_is_installed_where_none_answers() {
        let (_folder, host) = fake::host();
        fake::program(&host, "apt-get", "");
        let mut wanted = examination(host);
        wanted.engine = Wanted::Docker { answers: None };
        let list = examine(&wanted, Depth::Quick).await;
        assert_eq!(list.checks[0].status, CheckStatus::Problem);
        assert!(list.commands()[1].contains(&"docker.io".to_owned()));
        wanted.engine = Wanted::Docker {
            answers: Some("unix:///x".into()),
        };
        let list = examine(&wanted, Depth::Quick).await;
        assert_eq!(list.checks[0].status, CheckStatus::Ok);
    }
}
