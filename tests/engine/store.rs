//! An engine's images and containers, looked at and put there without imgtui.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use serde_json::{Value, json};

use crate::{
    Done,
    daemon::Daemon,
    ground::Ground,
    program::{LIMIT, Running},
};

/// Where an engine keeps its images and containers.
#[derive(Debug)]
pub(crate) enum Store<'a> {
    /// podman's.
    Podman(PodmanStore<'a>),
    /// What a daemon has.
    Docker(&'a Daemon),
}

/// The store that a settings file names.
#[derive(Debug)]
pub(crate) struct PodmanStore<'a> {
    pub(crate) ground: &'a Ground,
    pub(crate) settings: PathBuf,
}

impl PodmanStore<'_> {
    /// Lines that podman prints.
    fn ask(&self, arguments: &[&str]) -> anyhow::Result<Vec<String>> {
        let mut command = self.ground.podman(arguments)?;
        command.env("CONTAINERS_STORAGE_CONF", &self.settings);
        let ended = Running::start(&mut command)?.end(LIMIT)?.expect(0)?;
        Ok(ended.out.lines().map(str::to_owned).collect())
    }
}

impl Store<'_> {
    /// Names of all containers, those that builds work in included.
    pub(crate) fn containers(&self) -> anyhow::Result<Vec<String>> {
        match self {
            Self::Podman(store) => {
                store.ask(&["ps", "--all", "--external", "--format", "{{.Names}}"])
            }
            Self::Docker(daemon) => {
                let found = daemon.api.get("/containers/json?all=1")?;
                let names = list(&found, "Names");
                Ok(names
                    .map(|name| name.trim_start_matches('/').to_owned())
                    .collect())
            }
        }
    }

    /// Names of all images; one that has none is there too, as `<none>:<none>`.
    pub(crate) fn images(&self) -> anyhow::Result<Vec<String>> {
        match self {
            Self::Podman(store) => {
                store.ask(&["images", "--all", "--format", "{{.Repository}}:{{.Tag}}"])
            }
            Self::Docker(daemon) => {
                let found = daemon.api.get("/images/json?all=1")?;
                Ok(list(&found, "RepoTags").map(str::to_owned).collect())
            }
        }
    }

    /// What the engine itself says of an image: id, bytes, and the value of a label.
    pub(crate) fn image(&self, name: &str, label: &str) -> anyhow::Result<(String, u64, String)> {
        let found = self.inspect(name)?;
        let id = found["Id"].as_str().context("no id")?;
        let label = &found["Config"]["Labels"][label];
        Ok((
            format!("sha256:{}", id.trim_start_matches("sha256:")),
            found["Size"].as_u64().context("no size")?,
            label.as_str().unwrap_or_default().to_owned(),
        ))
    }

    /// What an image says of how its containers are run: `Env`, `Labels` and more.
    pub(crate) fn settings(&self, name: &str) -> anyhow::Result<Value> {
        Ok(self.inspect(name)?["Config"].take())
    }

    fn inspect(&self, name: &str) -> anyhow::Result<Value> {
        match self {
            Self::Podman(store) => {
                let lines = store.ask(&["image", "inspect", name])?;
                let mut all: Value = serde_json::from_str(&lines.join("\n"))?;
                Ok(all[0].take())
            }
            Self::Docker(daemon) => daemon.api.get(&format!("/images/{name}/json")),
        }
    }

    /// Makes an image of a tar file.
    pub(crate) fn import(&self, tar: &Path, repository: &str, tag: &str) -> Done {
        match self {
            Self::Podman(store) => {
                let name = format!("{repository}:{tag}");
                store.ask(&["import", "--quiet", &tar.to_string_lossy(), &name])?;
                Ok(())
            }
            Self::Docker(daemon) => daemon.api.post_file(
                &format!("/images/create?fromSrc=-&repo={repository}&tag={tag}"),
                tar,
            ),
        }
    }

    /// Gives an image another name, which may be that of another one.
    pub(crate) fn tag(&self, image: &str, repository: &str, tag: &str) -> Done {
        match self {
            Self::Podman(store) => {
                let name = format!("{repository}:{tag}");
                store.ask(&["tag", image, &name]).map(drop)
            }
            Self::Docker(daemon) => daemon
                .api
                .post_nothing(&format!("/images/{image}/tag?repo={repository}&tag={tag}")),
        }
    }

    /// Removes an image, and what it was made of as far as nothing else is.
    pub(crate) fn remove_image(&self, image: &str) -> Done {
        match self {
            Self::Podman(store) => store.ask(&["rmi", image]).map(drop),
            Self::Docker(daemon) => daemon.api.delete(&format!("/images/{image}")),
        }
    }

    /// Removes what `BuildKit` keeps of commands with these words; of other steps it tells no words.
    pub(crate) fn lose_commands(&self, words: &str) -> Done {
        let Self::Docker(daemon) = self else {
            bail!("only BuildKit keeps results apart from images");
        };
        let found = daemon.api.get("/system/df")?;
        let kept = found["BuildCache"].as_array().into_iter().flatten();
        let is_meant = |one: &&Value| {
            let text = one["Description"].as_str();
            text.is_some_and(|text| text.contains(words))
        };
        let ids: Vec<&str> = kept
            .filter(is_meant)
            .filter_map(|one| one["ID"].as_str())
            .collect();
        ensure!(!ids.is_empty(), "nothing of `{words}` is kept: {found}");
        for id in ids {
            // `{"id":["…"]}`, as a part of an address.
            let only = format!("%7B%22id%22%3A%5B%22{id}%22%5D%7D");
            let path = format!("/build/prune?all=1&filters={only}");
            daemon.api.post_nothing(&path)?;
        }
        Ok(())
    }

    /// Takes the images of an archive in.
    pub(crate) fn load(&self, archive: &Path) -> Done {
        match self {
            Self::Podman(store) => store
                .ask(&["load", "--quiet", "--input", &archive.to_string_lossy()])
                .map(drop),
            Self::Docker(daemon) => daemon.api.post_file("/images/load", archive),
        }
    }

    /// Makes a container that is not started.
    pub(crate) fn create(&self, name: &str, image: &str, label: (&str, &str)) -> Done {
        let (key, value) = label;
        match self {
            Self::Podman(store) => {
                let label = format!("{key}={value}");
                store.ask(&["create", "--label", &label, "--name", name, image, "/none"])?;
                Ok(())
            }
            Self::Docker(daemon) => daemon.api.post(
                &format!("/containers/create?name={name}"),
                &json!({"Image": image, "Cmd": ["/none"], "Labels": {key: value}}),
            ),
        }
    }

    /// Removes a container, whatever it is at.
    pub(crate) fn remove(&self, container: &str) -> Done {
        match self {
            Self::Podman(store) => store.ask(&["rm", "--force", container]).map(drop),
            Self::Docker(daemon) => daemon
                .api
                .delete(&format!("/containers/{container}?force=1")),
        }
    }
}

/// The texts in a field of each object, which is a list of them.
fn list<'a>(objects: &'a Value, field: &'a str) -> impl Iterator<Item = &'a str> {
    let objects = objects.as_array().into_iter().flatten();
    let lists = objects.filter_map(move |object| object[field].as_array());
    lists.flatten().filter_map(Value::as_str)
}
