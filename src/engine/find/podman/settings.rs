//! Podman's files of settings, laid over each other as its client does
//! (containers/common `pkg/config/new.go`, `systemConfigs`, and `connections.go`).

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde_json::Value;

use super::address;
use crate::engine::{
    address::{Address, Tls},
    find::{Found, Kind, Origin, Surroundings, entries, field, read, shown, text},
};

/// How one of the two kinds of file calls a connection and its fields.
struct Fields {
    place: &'static str,
    uri: &'static str,
    identity: &'static str,
    ca: &'static str,
    cert: &'static str,
    key: &'static str,
}

/// containers/common `pkg/config/config.go`, `Destination`.
const IN_TOML: Fields = Fields {
    place: "engine.service_destinations",
    uri: "uri",
    identity: "identity",
    ca: "tls_ca",
    cert: "tls_cert",
    key: "tls_key",
};
const IN_JSON: Fields = Fields {
    place: "Connection.Connections",
    uri: "URI",
    identity: "Identity",
    ca: "TLSCA",
    cert: "TLSCert",
    key: "TLSKey",
};

/// What podman's files say.
#[derive(Default)]
pub(super) struct Settings {
    /// Connections by their names.
    pub(super) connections: BTreeMap<String, Found>,
    /// The connection that is used where none is asked for.
    pub(super) default: Option<DefaultConnection>,
    /// Files and fields that are wrong.
    pub(super) faults: Vec<Found>,
}

/// The setting that names the default connection.
pub(super) struct DefaultConnection {
    pub(super) name: String,
    pub(super) file: PathBuf,
    field: &'static str,
}

impl DefaultConnection {
    /// File and field.
    pub(super) fn setting(&self) -> String {
        format!("{}: {}", shown(&self.file), self.field)
    }
}

impl Settings {
    /// Reads every file there is; a later one wins.
    pub(super) fn read(surroundings: &Surroundings) -> Self {
        let mut settings = Self::default();
        for file in settings.toml_files(surroundings) {
            settings.read_file(&file, |settings, text| {
                let toml: Value = toml::from_str(text).map_err(|error| toml_fault(text, &error))?;
                settings.lay_toml(surroundings, &file, &toml)
            });
        }
        if let Some(file) = connections_file(surroundings) {
            settings.read_file(&file, |settings, text| {
                let json: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
                settings.lay_json(surroundings, &file, &json)
            });
        }
        settings
    }

    /// What is wrong with a file as a whole becomes an entry of its own.
    fn read_file(&mut self, file: &Path, lay: impl FnOnce(&mut Self, &str) -> Result<(), String>) {
        let laid = read(file).and_then(|text| match text {
            Some(text) => lay(self, &text).map_err(|fault| format!("{}: {fault}", shown(file))),
            None => Ok(()),
        });
        if let Err(fault) = laid {
            self.blame(file, fault);
        }
    }

    fn blame(&mut self, file: &Path, fault: String) {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let origin = Origin::PodmanConnection(file.to_path_buf());
        let fault = Found::new(&name, Kind::Podman, origin, Err(fault));
        self.faults.push(fault);
    }

    /// The files of containers.conf(5), the first to be read first.
    fn toml_files(&mut self, surroundings: &Surroundings) -> Vec<PathBuf> {
        let mut files = match surroundings.path_variable("CONTAINERS_CONF") {
            Some(only) => {
                if !only.exists() {
                    let fault = format!("CONTAINERS_CONF: {} is not there", shown(&only));
                    self.blame(&only, fault);
                }
                vec![only]
            }
            None => self.usual_toml_files(surroundings),
        };
        files.extend(surroundings.path_variable("CONTAINERS_CONF_OVERRIDE"));
        files
    }

    fn usual_toml_files(&mut self, surroundings: &Surroundings) -> Vec<PathBuf> {
        let of_system = surroundings.system("/etc/containers/containers.conf");
        let mut files = vec![surroundings.system("/usr/share/containers/containers.conf")];
        self.push_with_additions(of_system, &mut files);
        if surroundings.user_id > 0 {
            let rootless = surroundings.system("/etc/containers/containers.rootless.conf");
            let of_user = with_d(&rootless).join(surroundings.user_id.to_string());
            self.push_with_additions(rootless, &mut files);
            self.push_additions(&of_user, &mut files);
        }
        if let Some(home) = surroundings.config_home() {
            self.push_with_additions(home.join("containers/containers.conf"), &mut files);
        }
        files
    }

    fn push_with_additions(&mut self, file: PathBuf, files: &mut Vec<PathBuf>) {
        let additions = with_d(&file);
        files.push(file);
        self.push_additions(&additions, files);
    }

    fn push_additions(&mut self, folder: &Path, files: &mut Vec<PathBuf>) {
        match entries(folder) {
            Ok(paths) => files.extend(
                paths
                    .into_iter()
                    .filter(|path| path.extension().is_some_and(|ending| ending == "conf"))
                    .filter(|path| !path.is_dir()),
            ),
            Err(fault) => self.blame(folder, fault),
        }
    }

    fn lay_toml(
        &mut self,
        surroundings: &Surroundings,
        file: &Path,
        toml: &Value,
    ) -> Result<(), String> {
        let Some(engine) = field(toml, "engine") else {
            return Ok(());
        };
        let connections = field(engine, "service_destinations");
        self.lay_connections(surroundings, file, connections, &IN_TOML)?;
        // An empty text takes the default of an earlier file away.
        if field(engine, "active_service").is_some() {
            let name = text(engine, "active_service").map_err(|fault| format!("engine.{fault}"))?;
            self.default = name.map(|name| DefaultConnection {
                name: name.to_owned(),
                file: file.to_path_buf(),
                field: "engine.active_service",
            });
        }
        Ok(())
    }

    fn lay_json(
        &mut self,
        surroundings: &Surroundings,
        file: &Path,
        json: &Value,
    ) -> Result<(), String> {
        let Some(connection) = field(json, "Connection") else {
            return Ok(());
        };
        let connections = field(connection, "Connections");
        self.lay_connections(surroundings, file, connections, &IN_JSON)?;
        let name = text(connection, "Default").map_err(|fault| format!("Connection.{fault}"))?;
        if let Some(name) = name {
            self.default = Some(DefaultConnection {
                name: name.to_owned(),
                file: file.to_path_buf(),
                field: "Connection.Default",
            });
        }
        Ok(())
    }

    fn lay_connections(
        &mut self,
        surroundings: &Surroundings,
        file: &Path,
        connections: Option<&Value>,
        fields: &Fields,
    ) -> Result<(), String> {
        let place = fields.place;
        let Some(connections) = connections else {
            return Ok(());
        };
        let connections = connections
            .as_object()
            .ok_or_else(|| format!("{place} does not hold connections"))?;
        for (name, connection) in connections {
            let result = destination(surroundings, connection, fields)
                .map_err(|fault| format!("{}: {place}.{name}: {fault}", shown(file)));
            let origin = Origin::PodmanConnection(file.to_path_buf());
            let found = Found::new(name, Kind::Podman, origin, result);
            self.connections.insert(name.clone(), found);
        }
        Ok(())
    }
}

/// One line, where the error's own text draws the place on several.
fn toml_fault(text: &str, error: &toml::de::Error) -> String {
    let before = error.span().and_then(|span| text.get(..span.start));
    let line = before.map_or(1, |before| before.matches('\n').count() + 1);
    format!("line {line}: {}", error.message().replace('\n', ", "))
}

/// The folder of additions to a file.
fn with_d(file: &Path) -> PathBuf {
    let mut folder = file.as_os_str().to_owned();
    folder.push(".d");
    PathBuf::from(folder)
}

/// An empty variable means no file, as for the client.
fn connections_file(surroundings: &Surroundings) -> Option<PathBuf> {
    match surroundings.variables.get("PODMAN_CONNECTIONS_CONF") {
        Some(path) => Some(PathBuf::from(path)).filter(|path| !path.as_os_str().is_empty()),
        None => Some(
            surroundings
                .config_home()?
                .join("containers/podman-connections.json"),
        ),
    }
}

fn destination(
    surroundings: &Surroundings,
    connection: &Value,
    fields: &Fields,
) -> Result<Address, String> {
    let file = |name: &str| Ok::<_, String>(text(connection, name)?.map(PathBuf::from));
    let uri = text(connection, fields.uri)?.ok_or_else(|| format!("{} is missing", fields.uri))?;
    let mut address =
        address(surroundings, uri).map_err(|fault| format!("{}: {fault}", fields.uri))?;
    if let Some(key) = file(fields.identity)? {
        address = address.identified(key);
    }
    let tls = Tls {
        ca: file(fields.ca)?,
        cert: file(fields.cert)?,
        key: file(fields.key)?,
        skip_verify: false,
    };
    if tls == Tls::default() {
        return Ok(address);
    }
    Ok(address.secured(tls))
}
