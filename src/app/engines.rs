//! Which engine is meant, and the way to it.

use std::sync::Arc;

use super::{Ground, UsageError, machine::private_podman};
use crate::{
    domain::record::BuildRecord,
    engine::{
        Dialect, Engine, EngineError,
        address::Address,
        docker::{Builder, Docker, DockerPlace},
        find::{self, Found, Surroundings},
        podman::{Podman, PodmanPlace},
        which,
    },
    parse::terminal::plain,
    setup::{self, Wanted},
};

/// Names that mean an engine of this machine, whatever else is called so.
const OWN_NAMES: &str = "podman, docker, docker-buildkit, docker-classic";

/// Which engine was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EngineChoice {
    /// None: podman where it is, else a docker that answers, else podman set up.
    Any,
    /// podman, on a service of our own.
    Podman,
    /// A docker that answers, as docker's own client would find it, else a daemon of our own.
    Docker(Option<Builder>),
    /// Whatever answers at an address, podman or docker.
    At(Address, Option<Builder>),
    /// What docker's or podman's own client knows by this name.
    Named(String, Option<Builder>),
}

impl EngineChoice {
    /// Reads `--engine`: a name, perhaps with a builder in front (`docker-classic@NAME`), or a URL.
    ///
    /// # Errors
    /// When it is an address that cannot be understood.
    pub fn parse(text: Option<&str>) -> Result<Self, UsageError> {
        let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else {
            return Ok(Self::Any);
        };
        let (builder, place) = match text.split_once('@') {
            Some((name, place)) if name == "docker" || builder_of(name).is_some() => {
                (builder_of(name), place)
            }
            _ => (
                builder_of(text),
                if builder_of(text).is_some() {
                    "docker"
                } else {
                    text
                },
            ),
        };
        Ok(match place {
            "podman" => Self::Podman,
            "docker" => Self::Docker(builder),
            place if place.contains([':', '/']) => {
                let address = Address::parse(place);
                let address = address.map_err(|error| UsageError(format!("--engine: {error}")))?;
                Self::At(address, builder)
            }
            name => Self::Named(name.to_owned(), builder),
        })
    }
}

fn builder_of(name: &str) -> Option<Builder> {
    match name {
        "docker-classic" => Some(Builder::Classic),
        "docker-buildkit" => Some(Builder::BuildKit),
        _ => None,
    }
}

impl Ground {
    /// Whether there is nothing to connect to, seen at a glance; set-up can bring it then.
    #[must_use]
    pub fn lacks_engine(&self) -> bool {
        let host = self.host();
        let no_podman = || matches!(setup::examine_quick(&host), setup::Quick::NoEngine);
        let no_docker = || !dockers(&find::find(&Surroundings::current())).any(|_| true);
        match &self.engine {
            EngineChoice::Podman => no_podman(),
            EngineChoice::Any => no_podman() && no_docker(),
            EngineChoice::Docker(_) => host.find("dockerd").is_none() && no_docker(),
            EngineChoice::At(..) | EngineChoice::Named(..) => false,
        }
    }

    /// What set-up has to bring.
    pub(super) async fn wanted(&self) -> Wanted {
        match &self.engine {
            EngineChoice::Podman => Wanted::Podman,
            EngineChoice::Any if self.host().find("podman").is_some() => Wanted::Podman,
            EngineChoice::Any => match docker_that_answers(None).await {
                None => Wanted::Podman,
                Some(docker) => Wanted::Docker {
                    answers: Some(docker.how().to_owned()),
                },
            },
            EngineChoice::Docker(builder) => Wanted::Docker {
                answers: docker_that_answers(*builder)
                    .await
                    .map(|docker| docker.how().to_owned()),
            },
            EngineChoice::At(address, _) => Wanted::Given(address.to_string()),
            EngineChoice::Named(name, _) => Wanted::Given(name.clone()),
        }
    }

    /// Connects to the engine that was asked for.
    ///
    /// # Errors
    /// When there is none that works; the text says what to do.
    pub async fn connect(&self) -> Result<Arc<dyn Engine>, EngineError> {
        match &self.engine {
            EngineChoice::Podman => self.podman().await,
            EngineChoice::Any => self.any().await,
            EngineChoice::Docker(builder) => self.docker(*builder).await,
            EngineChoice::At(address, builder) => {
                let secured = find::secured(&Surroundings::current(), address.clone());
                let address = secured.map_err(|reason| EngineError::Unreachable {
                    place: address.to_string(),
                    reason,
                    remedy: "Put the certificates there, or unset that variable.".into(),
                })?;
                at(&address, *builder).await
            }
            EngineChoice::Named(name, builder) => named(name, *builder).await,
        }
    }

    /// A podman of our own, as it works on this machine.
    ///
    /// # Errors
    /// When there is none that does.
    pub async fn private_podman(&self) -> Result<PodmanPlace, EngineError> {
        private_podman(&self.host()).await
    }

    pub(super) async fn podman(&self) -> Result<Arc<dyn Engine>, EngineError> {
        Ok(Arc::new(
            Podman::connect(self.private_podman().await?).await?,
        ))
    }

    async fn any(&self) -> Result<Arc<dyn Engine>, EngineError> {
        if self.host().find("podman").is_some() {
            return self.podman().await;
        }
        match docker_that_answers(None).await {
            Some(engine) => Ok(engine),
            None => self.podman().await,
        }
    }

    async fn docker(&self, builder: Option<Builder>) -> Result<Arc<dyn Engine>, EngineError> {
        if let Some(engine) = docker_that_answers(builder).await {
            return Ok(engine);
        }
        self.private_docker(builder).await
    }

    pub(super) async fn private_docker(
        &self,
        builder: Option<Builder>,
    ) -> Result<Arc<dyn Engine>, EngineError> {
        let Some(program) = self.host().find("dockerd") else {
            return Err(EngineError::Unreachable {
                place: "docker".into(),
                reason: "no docker answers, and there is no program `dockerd` on this machine".into(),
                remedy: "`imgtui setup --engine docker --yes` installs it and starts a daemon of imgtui's own; `imgtui engines` lists what was looked for.".into(),
            });
        };
        let place = DockerPlace::Private {
            program,
            folder: self.state.path().join("docker"),
        };
        Ok(Arc::new(Docker::connect(place, builder).await?))
    }
}

/// The builds of one kind of engine; without a kind, of that of the newest build.
#[must_use]
pub fn of_engine(mut records: Vec<BuildRecord>, kind: Option<&str>) -> Vec<BuildRecord> {
    let newest = records.last().map(|record| record.engine.kind.clone());
    let kind = kind.map(str::to_owned).or(newest).unwrap_or_default();
    records.retain(|record| record.engine.kind == kind);
    records
}

/// Where a docker may be, and whether docker's own client would go there. Another machine's is
/// only taken where that client would: a context that is there is not one that is meant.
fn dockers(found: &[Found]) -> impl Iterator<Item = (bool, &Address)> {
    let dockers = found.iter().filter(|one| one.kind == find::Kind::Docker);
    let usable = dockers.filter_map(|one| Some((one.is_clients_choice, one.result.as_ref().ok()?)));
    usable.filter(|(is_clients_choice, address)| *is_clients_choice || address.socket().is_some())
}

/// The first docker that docker's own client would find and that answers.
async fn docker_that_answers(builder: Option<Builder>) -> Option<Arc<dyn Engine>> {
    let found = find::find(&Surroundings::current());
    let mut addresses: Vec<(bool, &Address)> = dockers(&found).collect();
    addresses.sort_by_key(|(is_clients_choice, _)| !is_clients_choice);
    for (_, address) in addresses {
        let Ok((Dialect::Docker, connection)) = which::ask(address).await else {
            continue;
        };
        let place = DockerPlace::At(address.clone());
        if let Ok(engine) = Docker::over(connection, place, builder).await {
            return Some(Arc::new(engine));
        }
    }
    None
}

async fn named(name: &str, builder: Option<Builder>) -> Result<Arc<dyn Engine>, EngineError> {
    let found = find::find(&Surroundings::current());
    let unreachable = |reason: String| EngineError::Unreachable {
        place: plain(name),
        reason,
        remedy: format!(
            "`imgtui engines` lists what was found; besides those names there are {OWN_NAMES}, and URLs as `unix:///path`."
        ),
    };
    let Some(one) = found.iter().find(|one| one.name == name) else {
        return Err(unreachable("no engine of this name was found".into()));
    };
    match &one.result {
        Ok(address) => at(address, builder).await,
        Err(why) => Err(unreachable(why.clone())),
    }
}

/// Whatever answers there.
pub(super) async fn at(
    address: &Address,
    builder: Option<Builder>,
) -> Result<Arc<dyn Engine>, EngineError> {
    let (dialect, connection) = which::ask(address).await?;
    match dialect {
        Dialect::Docker => {
            let place = DockerPlace::At(address.clone());
            Ok(Arc::new(Docker::over(connection, place, builder).await?))
        }
        Dialect::Podman => {
            let place = PodmanPlace::At(address.clone());
            Ok(Arc::new(Podman::over(connection, place).await?))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_for_is_understood() {
        let parse = |text: &str| EngineChoice::parse(Some(text)).unwrap();
        let socket = Address::Unix("/x/y.sock".into());
        assert_eq!(EngineChoice::parse(None).unwrap(), EngineChoice::Any);
        assert_eq!(parse(" "), EngineChoice::Any);
        assert_eq!(parse("podman"), EngineChoice::Podman);
        assert_eq!(parse("docker"), EngineChoice::Docker(None));
        assert_eq!(
            parse("docker-classic"),
            EngineChoice::Docker(Some(Builder::Classic))
        );
        assert_eq!(
            parse("unix:///x/y.sock"),
            EngineChoice::At(socket.clone(), None)
        );
        assert_eq!(
            parse("docker-classic@unix:///x/y.sock"),
            EngineChoice::At(socket, Some(Builder::Classic))
        );
        assert_eq!(parse("colima"), EngineChoice::Named("colima".into(), None));
        assert!(matches!(
            parse("ssh://me@there/run/x.sock"),
            EngineChoice::At(Address::Ssh { .. }, None)
        ));
        assert!(EngineChoice::parse(Some("npipe:////./pipe/x")).is_err());
    }
}
