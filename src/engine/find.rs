//! Engines that settings and sockets of this machine name, found as the engines' own clients find
//! them.
//!
//! Nothing is connected to: what is found may not answer, and what answers may be another kind
//! than the place suggests. Everything that comes from outside (environment, home, root of the
//! file tree) is in [`Surroundings`], so that tests can stand up a machine in a folder. Files
//! are foreign: they are read up to a limit, and one that is wrong becomes an entry that says so.

mod docker;
mod podman;
mod sockets;

#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt, fs,
    io::{ErrorKind, Read},
    path::{Path, PathBuf},
};

use serde_json::Value;

use self::sockets::Known;
use super::address::Address;
use crate::parse::terminal;

/// Settings are small; what is larger is something else.
const LARGEST_FILE: u64 = 1024 * 1024;
/// A folder with more entries is not one of settings.
const MOST_ENTRIES: usize = 1000;
/// Characters of a name.
const LONGEST_NAME: usize = 100;

/// What the search reads of the environment. Nothing else is kept: an environment holds secrets.
const VARIABLES: [&str; 16] = [
    "COLIMA_HOME",
    "CONTAINERS_CONF",
    "CONTAINERS_CONF_OVERRIDE",
    "CONTAINER_CONNECTION",
    "CONTAINER_HOST",
    "CONTAINER_SSHKEY",
    "DOCKER_CERT_PATH",
    "DOCKER_CONFIG",
    "DOCKER_CONTEXT",
    "DOCKER_HOST",
    "DOCKER_TLS",
    "DOCKER_TLS_VERIFY",
    "PODMAN_CONNECTIONS_CONF",
    "TMPDIR",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
];

/// Where to look.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// Variables of the environment, those that matter here.
    pub variables: BTreeMap<String, String>,
    /// The user's home.
    pub home: Option<PathBuf>,
    /// `XDG_RUNTIME_DIR`, where rootless engines have their sockets.
    pub runtime_folder: Option<PathBuf>,
    /// Numeric id of the user.
    pub user_id: u32,
    /// Where the file tree begins: `/`, or a folder in tests. Paths that the environment or a
    /// file tells, the home among them, are taken as they are.
    pub root: PathBuf,
}

impl Surroundings {
    /// This machine, this user, this environment.
    #[must_use]
    pub fn current() -> Self {
        let variable = |name: &&str| Some(((*name).to_owned(), std::env::var(name).ok()?));
        let variables: BTreeMap<String, String> = VARIABLES.iter().filter_map(variable).collect();
        Self {
            home: std::env::home_dir().filter(|home| home.is_absolute()),
            runtime_folder: std::env::var_os("XDG_RUNTIME_DIR")
                .map(PathBuf::from)
                .filter(|folder| folder.is_absolute()),
            variables,
            user_id: rustix::process::geteuid().as_raw(),
            root: PathBuf::from("/"),
        }
    }

    /// A variable of the environment; an empty one counts as not set, as for the clients.
    fn variable(&self, name: &str) -> Option<&str> {
        self.variables
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// A variable that names a file or folder.
    fn path_variable(&self, name: &str) -> Option<PathBuf> {
        self.variable(name).map(PathBuf::from)
    }

    /// A path of the system, below [`Surroundings::root`].
    fn system(&self, absolute: &str) -> PathBuf {
        self.root.join(absolute.trim_start_matches('/'))
    }

    /// A path below the user's home.
    fn in_home(&self, relative: &str) -> Option<PathBuf> {
        self.home.as_ref().map(|home| home.join(relative))
    }

    /// The user's folder for configuration.
    fn config_home(&self) -> Option<PathBuf> {
        self.path_variable("XDG_CONFIG_HOME")
            .or_else(|| self.in_home(".config"))
    }

    /// The folder of the user's sockets; where the environment does not tell it, the usual one
    /// (containers/storage `pkg/homedir/homedir_unix.go`, `GetRuntimeDir`).
    fn runtime(&self) -> PathBuf {
        self.runtime_folder
            .clone()
            .unwrap_or_else(|| self.system("/run/user").join(self.user_id.to_string()))
    }
}

/// The dialect that a place suggests. What answers there has to be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// docker, or what speaks as it does.
    Docker,
    /// podman.
    Podman,
}

/// What named the engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A variable of the environment, by its name.
    Variable(String),
    /// Docker's settings: the file of a context, or `config.json`.
    DockerContext(PathBuf),
    /// Podman's settings: `containers.conf` or `podman-connections.json`.
    PodmanConnection(PathBuf),
    /// A socket that is where an engine usually puts it.
    KnownSocket(PathBuf),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(name) => write!(f, "environment variable {name}"),
            Self::DockerContext(file) => write!(f, "docker context, {}", shown(file)),
            Self::PodmanConnection(file) => write!(f, "podman connection, {}", shown(file)),
            Self::KnownSocket(socket) => write!(f, "socket {}", shown(socket)),
        }
    }
}

/// An engine that something names, or a setting that names none because it is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Under this name the user asks for it; no other entry has it.
    pub name: String,
    /// The dialect that the place suggests.
    pub kind: Kind,
    /// What named it.
    pub origin: Origin,
    /// Whether docker's client, or podman's that is to use a remote engine (`podman --remote`),
    /// would talk to it if started now without options. True for two entries where the clients
    /// choose differently, and for none where they would find nothing.
    pub is_clients_choice: bool,
    /// Where it listens, or a sentence that says which file and field is wrong, on one line.
    pub result: Result<Address, String>,
}

impl Found {
    /// Not the client's choice. A socket that is podman's by its name suggests podman, whoever
    /// named it: podman's manual tells to set `DOCKER_HOST` to it.
    fn new(name: &str, kind: Kind, origin: Origin, result: Result<Address, String>) -> Self {
        let socket = result.as_ref().ok().and_then(Address::socket);
        Self {
            name: word(name),
            kind: if socket.is_some_and(sockets::is_of_podman) {
                Kind::Podman
            } else {
                kind
            },
            origin,
            is_clients_choice: false,
            result: result.map_err(|text| terminal::plain(&text).replace('\n', " ")),
        }
    }
}

/// A port that was given, secured as docker's settings ask (`DOCKER_TLS_VERIFY`,
/// `DOCKER_CERT_PATH`), or with docker's own files where it is `https://`.
///
/// # Errors
/// When the settings ask for TLS and the certificates are not there.
pub fn secured(surroundings: &Surroundings, address: Address) -> Result<Address, String> {
    docker::secured(surroundings, address)
}

/// Every engine that is named, docker's settings first, then podman's, then sockets that nobody
/// named; within each in the order in which the client would choose.
///
/// The first entries need not be of this machine: whoever takes one without being asked to
/// should take one that [`Found::is_clients_choice`] marks, or a socket.
#[must_use]
pub fn find(surroundings: &Surroundings) -> Vec<Found> {
    let mut found = Vec::new();
    docker::add(surroundings, &mut found);
    podman::add(surroundings, &mut found);
    sockets::add(surroundings, &mut found);
    give_each_its_own_name(&mut found);
    found
}

/// What one client's settings name. What the client would choose among comes first, and of that
/// the first is its choice.
struct Listing<'a> {
    found: &'a mut Vec<Found>,
    has_chosen: bool,
}

impl<'a> Listing<'a> {
    fn new(found: &'a mut Vec<Found>) -> Self {
        Self {
            found,
            has_chosen: false,
        }
    }

    /// Adds what the client chooses, unless it has chosen before.
    fn choose(&mut self, mut entry: Found) {
        entry.is_clients_choice = !self.has_chosen;
        self.has_chosen = true;
        self.found.push(entry);
    }

    /// The socket that the client uses where nothing is set; not listed where there is none.
    fn choose_socket(&mut self, known: Known) {
        if !self.has_chosen {
            self.has_chosen = true;
            sockets::add_one(known, true, self.found);
        }
    }
}

/// The second of a name gets a number: a context and a connection may well be called the same.
fn give_each_its_own_name(found: &mut [Found]) {
    let mut taken = BTreeSet::new();
    for entry in found {
        let first = entry.name.clone();
        let mut number = 2;
        while !taken.insert(entry.name.clone()) {
            entry.name = format!("{first}-{number}");
            number += 1;
        }
    }
}

/// A foreign text as one short word or line, fit for a terminal.
fn word(text: &str) -> String {
    terminal::plain(text)
        .replace('\n', " ")
        .chars()
        .take(LONGEST_NAME)
        .collect()
}

/// A path, fit for a terminal.
fn shown(path: &Path) -> String {
    terminal::plain(&path.to_string_lossy())
}

/// The text of a file; `None` where there is none. The error is a sentence that names the file.
fn read(path: &Path) -> Result<Option<String>, String> {
    let wrong = |what: &dyn fmt::Display| format!("{}: {what}", shown(path));
    match fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(wrong(&error)),
        // Opening a pipe would wait for somebody to write into it.
        Ok(meta) if !meta.is_file() => return Err(wrong(&"this is not a file")),
        Ok(_) => {}
    }
    let mut bytes = Vec::new();
    fs::File::open(path)
        .and_then(|file| file.take(LARGEST_FILE + 1).read_to_end(&mut bytes))
        .map_err(|error| wrong(&error))?;
    if bytes.len() as u64 > LARGEST_FILE {
        return Err(wrong(&"the file is larger than 1 MiB"));
    }
    let text = String::from_utf8(bytes).map_err(|_| wrong(&"the file is not UTF-8"))?;
    Ok(Some(text))
}

/// What is in a folder, sorted; nothing where there is no such folder.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let listed = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.map_err(|error| format!("{}: {error}", shown(folder)))?,
    };
    let mut paths: Vec<PathBuf> = listed
        .take(MOST_ENTRIES)
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    paths.sort();
    Ok(paths)
}

/// A field as Go's decoders find it, by which the clients read their files: by its name, else by
/// its name in other case. `null` is not there.
fn field<'a>(object: &'a Value, name: &str) -> Option<&'a Value> {
    let fields = object.as_object()?;
    let found = fields.get(name).or_else(|| {
        let same = |(key, _): &(&String, &Value)| key.eq_ignore_ascii_case(name);
        fields.iter().find(same).map(|(_, value)| value)
    });
    found.filter(|value| !value.is_null())
}

/// A field that is a text; `None` where it is not there or empty.
fn text<'a>(object: &'a Value, name: &str) -> Result<Option<&'a str>, String> {
    match field(object, name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str()).filter(|text| !text.is_empty())),
        Some(_) => Err(format!("{name} is not a text")),
    }
}
