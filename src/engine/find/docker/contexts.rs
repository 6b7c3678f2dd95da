//! Docker's contexts: a folder each (docker/cli `cli/context/store`).
//!
//! `contexts/meta/ID/meta.json` holds `Name` and `Endpoints.docker.{Host,SkipTLSVerify}`,
//! `contexts/tls/ID/docker/` the certificates; ID is the SHA-256 of the name.

use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::tls_files;
use crate::engine::{
    address::{Address, Tls},
    find::{Found, Kind, Origin, Surroundings, entries, field, read, shown, sockets, text, word},
};

/// Digits of a context's folder that stand in for a name that cannot be read.
const DIGITS_OF_NAMELESS: usize = 12;

/// The contexts of a user.
pub(super) struct Store {
    /// Docker's folder; `None` where there is no home.
    folder: Option<PathBuf>,
    contexts: Vec<Context>,
    fault: Option<Found>,
}

/// A context, by the name of its folder.
struct Context {
    id: String,
    found: Found,
}

impl Store {
    /// Every context there is, also those whose files are wrong.
    pub(super) fn read(surroundings: &Surroundings, folder: Option<&Path>) -> Self {
        let mut store = Self {
            folder: folder.map(Path::to_path_buf),
            contexts: Vec::new(),
            fault: None,
        };
        let Some(folder) = folder else {
            return store;
        };
        let meta = folder.join("contexts/meta");
        match entries(&meta) {
            Ok(paths) => {
                let read =
                    |path: &PathBuf| context(surroundings, folder, path.file_name()?.to_str()?);
                // Other programs leave files of theirs everywhere (`.DS_Store`).
                let folders = paths.iter().filter(|path| path.is_dir());
                store.contexts = folders.filter_map(read).collect();
            }
            Err(fault) => {
                let origin = Origin::DockerContext(meta);
                store.fault = Some(Found::new("contexts", Kind::Docker, origin, Err(fault)));
            }
        }
        store
    }

    /// Takes a context out of the others.
    pub(super) fn take(&mut self, name: &str) -> Option<Found> {
        let id = id_of(name);
        let at = self.contexts.iter().position(|context| context.id == id)?;
        let mut found = self.contexts.remove(at).found;
        // Where its file cannot be read, whoever asks knows the name.
        found.name = word(name);
        Some(found)
    }

    /// Half a sentence on a context that is not there.
    pub(super) fn why_missing(&self, name: &str) -> String {
        self.folder.as_ref().map_or_else(
            || "there is no home folder".to_owned(),
            |folder| format!("{} is not there", shown(&meta_file(folder, &id_of(name)))),
        )
    }

    /// The contexts that were not taken, sorted by name, and what keeps others from being read.
    pub(super) fn into_rest(self) -> Vec<Found> {
        let mut rest: Vec<Found> = self
            .contexts
            .into_iter()
            .map(|context| context.found)
            .collect();
        rest.sort_by(|one, other| one.name.cmp(&other.name));
        rest.extend(self.fault);
        rest
    }
}

/// One context; `None` where its folder holds none.
fn context(surroundings: &Surroundings, folder: &Path, id: &str) -> Option<Context> {
    let file = meta_file(folder, id);
    let at = |fault: String| format!("{}: {fault}", shown(&file));
    let json = match read(&file) {
        Ok(json) => Ok(json?),
        Err(fault) => Err(fault),
    };
    let json =
        json.and_then(|json| serde_json::from_str(&json).map_err(|error| at(error.to_string())));
    let name = json.as_ref().ok().and_then(|json| text(json, "Name").ok()?);
    let nameless = || {
        let digits: String = id.chars().take(DIGITS_OF_NAMELESS).collect();
        format!("context-{digits}")
    };
    let name = name.map_or_else(nameless, str::to_owned);
    let result = json.and_then(|json| {
        check_name(&json, id)
            .and_then(|()| endpoint(surroundings, folder, id, &json))
            .map_err(at)
    });
    let origin = Origin::DockerContext(file.clone());
    Some(Context {
        id: id.to_owned(),
        found: Found::new(&name, Kind::Docker, origin, result),
    })
}

/// The client looks for a context in the folder that its name leads to, and nowhere else.
fn check_name(json: &Value, id: &str) -> Result<(), String> {
    match text(json, "Name")? {
        None => Err("Name is missing".into()),
        Some(name) if id_of(name) == id => Ok(()),
        Some(name) => Err(format!(
            "Name is `{name}`, for which docker looks in another folder"
        )),
    }
}

fn endpoint(
    surroundings: &Surroundings,
    folder: &Path,
    id: &str,
    json: &Value,
) -> Result<Address, String> {
    let endpoint = field(json, "Endpoints")
        .and_then(|endpoints| endpoints.get("docker"))
        .filter(|endpoint| endpoint.is_object())
        .ok_or("Endpoints.docker is missing")?;
    let within = |fault: String| format!("Endpoints.docker.{fault}");
    let address = match text(endpoint, "Host").map_err(within)? {
        Some(host) => {
            Address::parse(host).map_err(|error| format!("Endpoints.docker.Host: {error}"))?
        }
        // What the client uses for no host at all.
        None => Address::Unix(sockets::docker(surroundings).path),
    };
    let skip_verify = match field(endpoint, "SkipTLSVerify") {
        None => false,
        Some(value) => value
            .as_bool()
            .ok_or_else(|| within("SkipTLSVerify is neither true nor false".into()))?,
    };
    let material = folder.join("contexts/tls").join(id).join("docker");
    if !material.is_dir() && !skip_verify {
        return Ok(address);
    }
    Ok(address.secured(Tls {
        skip_verify,
        ..tls_files(&material)
    }))
}

fn meta_file(folder: &Path, id: &str) -> PathBuf {
    folder.join("contexts/meta").join(id).join("meta.json")
}

/// docker/cli `cli/context/store/store.go`, `contextdirOf`.
fn id_of(context: &str) -> String {
    format!("{:x}", Sha256::digest(context.as_bytes()))
}
