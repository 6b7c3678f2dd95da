//! Questions to an engine, with means of its own.
//!
//! Podman filters itself what it copies. Docker's daemon does not: its client does, before it
//! sends, and with BuildKit as the daemon tells it to. So the client is asked, and what came of it
//! is looked at in the image.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Read,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Context as _;
use imgtui::setup::{Host, StateFolder};
use serde_json::{Value, json};

use crate::{
    Done,
    api::Api,
    contract::{Contract, Kind},
    program::{LIMIT, Running},
    store::Store,
};

/// Where everything is copied to.
const COPYING: &str = "FROM scratch\nCOPY . /x/\n";

/// The name of an image that is gone again.
const IMAGE: &str = "localhost/imgtui-corpus";

/// What an image's settings say.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Settings {
    pub(super) environment: BTreeMap<String, String>,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) folder: String,
}

/// An engine that can be asked.
pub(super) struct Asked<'a> {
    contract: &'a Contract<'a>,
    store: Store<'a>,
    /// Everything that is made for it.
    pub(super) folder: PathBuf,
    /// Docker's, if there is one that builds with this builder.
    client: Option<PathBuf>,
    /// What was made and is to go; podman takes as long for one as for all.
    made: RefCell<Vec<String>>,
}

impl<'a> Asked<'a> {
    pub(super) fn new(contract: &'a Contract<'a>) -> anyhow::Result<Self> {
        let folder = contract
            .ground
            .path(&format!("corpus-{}", contract.facts.name));
        fs::create_dir_all(folder.join("empty"))?;
        let mut asked = Self {
            contract,
            store: contract.store()?,
            folder,
            client: None,
            made: RefCell::default(),
        };
        if contract.facts.kind != Kind::Podman {
            asked.client = asked.find_client();
        }
        Ok(asked)
    }

    pub(super) fn can_tell_what_is_copied(&self) -> bool {
        self.client.is_some() || self.contract.facts.kind == Kind::Podman
    }

    /// Whether ignored folders are sent that an exception names something of, though it is not
    /// there: docker's clients before 23 do with `BuildKit`.
    pub(super) fn sends_empty_folders(&self) -> bool {
        self.contract.facts.kind == Kind::DockerBuildKit
    }

    /// Paths that the engine copies of a folder, those of folders with a `/` at their end; none
    /// where it refuses to.
    pub(super) fn copied(
        &self,
        context: &Path,
    ) -> anyhow::Result<Result<BTreeSet<String>, String>> {
        let dockerfile = self.folder.join("Dockerfile");
        fs::write(&dockerfile, COPYING)?;
        let tar = self.folder.join("copied.tar");
        let output = format!("type=tar,dest={}", tar.display());
        let mut command = match &self.store {
            Store::Podman(_) => {
                self.contract
                    .ground
                    .podman(&["build", "--quiet", "--layers=false"])?
            }
            Store::Docker(daemon) => self.docker(&daemon.api)?,
        };
        command.arg("--file").arg(&dockerfile);
        if self.contract.facts.kind != Kind::DockerClassic {
            command.args(["--output", &output]);
        }
        command.arg(context);
        let ended = Running::start(&mut command)?.end(LIMIT)?;
        if ended.code != Some(0) {
            return Ok(Err(ended.err));
        }
        let image = ended.out.trim();
        Ok(Ok(match &self.store {
            Store::Podman(_) => {
                self.made.borrow_mut().push(image.to_owned());
                paths(fs::File::open(&tar)?)?
            }
            Store::Docker(daemon) if self.contract.facts.kind == Kind::DockerClassic => {
                let found = below(&daemon.api, image)?;
                self.store.remove_image(image)?;
                found
            }
            Store::Docker(_) => paths(fs::File::open(&tar)?)?,
        }))
    }

    /// What the engine makes of a Dockerfile; why it makes nothing of it.
    pub(super) fn settings(&self, dockerfile: &str) -> anyhow::Result<Result<Settings, String>> {
        let built = match &self.store {
            Store::Podman(_) => {
                let file = self.folder.join("Dockerfile");
                fs::write(&file, dockerfile)?;
                let mut command = self.contract.ground.podman(&["build", "--quiet"])?;
                command.args(["--layers=false", "--tag", IMAGE, "--file"]);
                command.arg(file).arg(self.folder.join("empty"));
                let ended = Running::start(&mut command)?.end(LIMIT)?;
                if ended.code == Some(0) {
                    Ok(())
                } else {
                    Err(ended.err)
                }
            }
            Store::Docker(daemon) => {
                let version = match self.contract.facts.kind {
                    Kind::DockerBuildKit => "version=2&session=imgtui-corpus",
                    _ => "version=1",
                };
                let query = format!("/build?{version}&rm=1&forcerm=1&t={IMAGE}");
                let answer = daemon.api.post_bytes(&query, &tar_of(dockerfile)?);
                refusal(answer)?
            }
        };
        if let Err(why) = built {
            return Ok(Err(why));
        }
        let config = self.store.settings(IMAGE)?;
        self.store.remove_image(IMAGE)?;
        Ok(Ok(settings(&config)))
    }

    /// Removes the images that were left for later.
    pub(super) fn put_away(&self) -> Done {
        let made = self.made.take();
        let mut words = vec!["rmi", "--force"];
        words.extend(made.iter().map(String::as_str));
        if !made.is_empty() {
            self.contract.ground.ask_podman(&words)?;
        }
        Ok(())
    }

    fn find_client(&self) -> Option<PathBuf> {
        let host = Host::current(StateFolder(self.folder.clone()));
        let mut found = host.path.iter().map(|folder| folder.join("docker"));
        found.find(|program| {
            // Podman can go by this name too.
            let is_dockers = Command::new(program).arg("--version").output();
            let is_dockers = is_dockers.is_ok_and(|ended| ended.stdout.starts_with(b"Docker"));
            let help = self.client(program).args(["build", "--help"]).output();
            is_dockers && help.is_ok_and(|ended| ended.status.success())
        })
    }

    /// Docker's client with no settings of the user's.
    fn client(&self, program: &Path) -> Command {
        let is_buildkit = self.contract.facts.kind == Kind::DockerBuildKit;
        let mut command = Command::new(program);
        command
            .env("DOCKER_CONFIG", self.folder.join("client"))
            .env("DOCKER_BUILDKIT", if is_buildkit { "1" } else { "0" })
            .env_remove("DOCKER_HOST")
            .env_remove("DOCKER_CONTEXT");
        command
    }

    fn docker(&self, api: &Api) -> anyhow::Result<Command> {
        let program = self.client.as_deref().context("no client")?;
        let mut command = self.client(program);
        command.arg(format!("--host=unix://{}", api.socket().display()));
        command.args(["build", "--quiet"]);
        Ok(command)
    }
}

/// What is below `/x` of an image.
fn below(api: &Api, image: &str) -> anyhow::Result<BTreeSet<String>> {
    let name = "imgtui-corpus";
    api.post(
        &format!("/containers/create?name={name}"),
        &json!({"Image": image, "Cmd": ["/none"]}),
    )?;
    let tar = api.get_bytes(&format!("/containers/{name}/archive?path=/x"));
    api.delete(&format!("/containers/{name}?force=1"))?;
    paths(tar?.as_slice())
}

/// Paths below `x`, without the files that belong to the build itself.
fn paths(tar: impl Read) -> anyhow::Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    for entry in tar::Archive::new(tar).entries()? {
        let entry = entry?;
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let Some(path) = path
            .strip_prefix("x/")
            .map(|path| path.trim_end_matches('/'))
        else {
            continue;
        };
        let is_builds = path == ".dockerignore" || path.starts_with(".dockerfile.");
        if path.is_empty() || is_builds {
            continue;
        }
        let is_folder = entry.header().entry_type().is_dir();
        found.insert(if is_folder {
            format!("{path}/")
        } else {
            path.to_owned()
        });
    }
    Ok(found)
}

fn tar_of(dockerfile: &str) -> anyhow::Result<Vec<u8>> {
    let mut builder = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(u64::try_from(dockerfile.len())?);
    header.set_mode(0o644);
    builder.append_data(&mut header, "Dockerfile", dockerfile.as_bytes())?;
    Ok(builder.into_inner()?)
}

/// Why a build was refused, by its answer: objects, one a line.
fn refusal(answer: anyhow::Result<Vec<u8>>) -> anyhow::Result<Result<(), String>> {
    let answer = match answer {
        Ok(answer) => answer,
        // A file that it cannot read is a status.
        Err(why) => return Ok(Err(format!("{why:#}"))),
    };
    for object in serde_json::Deserializer::from_slice(&answer).into_iter::<Value>() {
        if let Some(why) = object?["error"].as_str() {
            return Ok(Err(why.to_owned()));
        }
    }
    Ok(Ok(()))
}

/// Settings without what engines add of their own.
fn settings(config: &Value) -> Settings {
    let lines = config["Env"].as_array().into_iter().flatten();
    let lines = lines.filter_map(Value::as_str);
    let variables = lines.filter_map(|line| line.split_once('='));
    let labels = config["Labels"].as_object().into_iter().flatten();
    Settings {
        environment: variables
            .filter(|(name, _)| *name != "PATH")
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        labels: labels
            .filter(|(name, _)| *name != "io.buildah.version")
            .map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()))
            .collect(),
        folder: match config["WorkingDir"].as_str() {
            None | Some("") => "/".to_owned(),
            Some(folder) => folder.to_owned(),
        },
    }
}
