//! What docker's client would talk to, and the contexts that it knows.
//!
//! Followed is docker/cli 29: `cli/command/cli.go` (`resolveContextName`,
//! `resolveDefaultDockerEndpoint`, `resolveDockerEndpoint`), `cli/flags/options.go` for TLS,
//! `cli/config/config.go` for the folder, `cli/context/store` for how contexts are laid out.
//! `DOCKER_HOST` wins over `DOCKER_CONTEXT`, that over `currentContext`; the context `default` is
//! what would be used without contexts.

mod contexts;

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use serde_json::Value;

use self::contexts::Store;
use super::{Found, Kind, Listing, Origin, Surroundings, read, shown, sockets, text, word};
use crate::engine::address::{Address, TLS_PORT, Tls};

/// The context that is not in the store (docker/cli `cli/command/defaultcontextstore.go`).
const DEFAULT: &str = "default";

/// A setting that selects a context by its name.
struct Wish {
    context: String,
    origin: Origin,
    /// The setting, for a sentence.
    setting: String,
}

/// Adds what docker's settings name.
pub(super) fn add(surroundings: &Surroundings, found: &mut Vec<Found>) {
    let folder = folder(surroundings);
    let mut store = Store::read(surroundings, folder.as_deref());
    let configured = from_config(folder.as_deref());

    let mut listing = Listing::new(found);
    if let Some(host) = host(surroundings, folder.as_deref()) {
        listing.choose(host);
    }
    let wishes = [from_environment(surroundings), configured.wish];
    let mut seen = BTreeSet::new();
    for wish in wishes.into_iter().flatten() {
        if wish.context == DEFAULT {
            choose_default(surroundings, folder.as_deref(), &mut listing);
        } else if seen.insert(wish.context.clone()) {
            let entry = store.take(&wish.context);
            listing.choose(entry.unwrap_or_else(|| missing(wish, &store)));
        }
    }
    choose_default(surroundings, folder.as_deref(), &mut listing);
    found.extend(store.into_rest());
    found.extend(configured.fault);
}

fn folder(surroundings: &Surroundings) -> Option<PathBuf> {
    surroundings
        .path_variable("DOCKER_CONFIG")
        .or_else(|| surroundings.in_home(".docker"))
}

fn host(surroundings: &Surroundings, folder: Option<&Path>) -> Option<Found> {
    let value = surroundings.variable("DOCKER_HOST")?;
    let result = Address::parse(&url_of_host(surroundings, value))
        .map_err(|error| format!("DOCKER_HOST: {error}"))
        .and_then(|address| match tls(surroundings, folder) {
            Some(tls) if matches!(address, Address::Tcp { .. }) => Ok(address.secured(tls?)),
            _ => Ok(address),
        });
    let origin = Origin::Variable("DOCKER_HOST".into());
    Some(Found::new("DOCKER_HOST", Kind::Docker, origin, result))
}

/// Docker's client takes a text without `://` for `tcp://`, and `unix://` alone for its usual
/// socket (docker/cli `opts/hosts.go`, `parseDockerDaemonHost`). A path it would not understand;
/// nobody means by it anything but a socket.
fn url_of_host(surroundings: &Surroundings, value: &str) -> String {
    let value = value.trim();
    if value == "unix://" {
        return Address::Unix(sockets::docker(surroundings).path).to_string();
    }
    let has_scheme = value.contains("://") || value.starts_with("unix:");
    if has_scheme || value.starts_with('/') {
        value.to_owned()
    } else {
        format!("tcp://{value}")
    }
}

/// What `DOCKER_TLS_VERIFY`, `DOCKER_TLS` and `DOCKER_CERT_PATH` ask for, if they do
/// (docker/cli `cli/flags/options.go`, `SetDefaultOptions`): `ca.pem` has to be there, the
/// client's own certificate and key need not.
fn tls(surroundings: &Surroundings, folder: Option<&Path>) -> Option<Result<Tls, String>> {
    let variable = tls_variable(surroundings)?;
    let folder = surroundings
        .path_variable("DOCKER_CERT_PATH")
        .or_else(|| folder.map(Path::to_path_buf));
    let Some(folder) = folder else {
        return Some(Err(format!(
            "{variable} asks for TLS, but DOCKER_CERT_PATH does not say where ca.pem is"
        )));
    };
    let ca = folder.join("ca.pem");
    if !ca.exists() {
        return Some(Err(format!(
            "{}: {variable} asks for TLS, but this file is not there",
            shown(&ca)
        )));
    }
    Some(Ok(Tls {
        skip_verify: variable != "DOCKER_TLS_VERIFY",
        ..tls_files(&folder)
    }))
}

/// A port, secured as the settings ask or as `https://` implies: docker's client keeps the three
/// files in its own folder where `DOCKER_CERT_PATH` names none.
pub(super) fn secured(surroundings: &Surroundings, address: Address) -> Result<Address, String> {
    let folder = folder(surroundings);
    let wants = matches!(&address, Address::Tcp { tls: Some(tls), .. } if tls.ca.is_none());
    match tls(surroundings, folder.as_deref()) {
        Some(tls) => Ok(address.secured(tls?)),
        None if wants => {
            let certificates = surroundings.path_variable("DOCKER_CERT_PATH").or(folder);
            let tls = certificates.map(|folder| tls_files(&folder));
            Ok(address.secured(tls.unwrap_or_default()))
        }
        None => Ok(address),
    }
}

/// Any text in them counts, `0` too.
fn tls_variable(surroundings: &Surroundings) -> Option<&'static str> {
    ["DOCKER_TLS_VERIFY", "DOCKER_TLS"]
        .into_iter()
        .find(|name| surroundings.variable(name).is_some())
}

/// Those of the three files that are there; the names are the same everywhere.
fn tls_files(folder: &Path) -> Tls {
    let file = |name: &str| Some(folder.join(name)).filter(|file| file.exists());
    Tls {
        ca: file("ca.pem"),
        cert: file("cert.pem"),
        key: file("key.pem"),
        skip_verify: false,
    }
}

/// What is used without contexts: the usual socket, or a port of this machine where the
/// environment asks for TLS.
fn choose_default(surroundings: &Surroundings, folder: Option<&Path>, listing: &mut Listing) {
    let Some(variable) = tls_variable(surroundings) else {
        listing.choose_socket(sockets::docker(surroundings));
        return;
    };
    if listing.has_chosen {
        return;
    }
    let result = tls(surroundings, folder)
        .unwrap_or_else(|| Ok(Tls::default()))
        .map(|tls| Address::Tcp {
            host: "localhost".into(),
            port: TLS_PORT,
            tls: Some(tls),
        });
    let origin = Origin::Variable(variable.into());
    listing.choose(Found::new(variable, Kind::Docker, origin, result));
}

fn from_environment(surroundings: &Surroundings) -> Option<Wish> {
    let context = surroundings.variable("DOCKER_CONTEXT")?;
    Some(Wish {
        context: context.to_owned(),
        origin: Origin::Variable("DOCKER_CONTEXT".into()),
        setting: "DOCKER_CONTEXT".into(),
    })
}

/// What `config.json` says.
#[derive(Default)]
struct Configured {
    wish: Option<Wish>,
    fault: Option<Found>,
}

/// `currentContext` of `config.json`. The client warns of a file that it cannot read and goes on
/// without (docker/cli `cli/config/config.go`, `LoadDefaultConfigFile`).
fn from_config(folder: Option<&Path>) -> Configured {
    let Some(file) = folder.map(|folder| folder.join("config.json")) else {
        return Configured::default();
    };
    let origin = Origin::DockerContext(file.clone());
    match current_context(&file) {
        Ok(context) => Configured {
            wish: context.map(|context| Wish {
                context,
                origin,
                setting: format!("{}: currentContext", shown(&file)),
            }),
            fault: None,
        },
        Err(fault) => Configured {
            wish: None,
            fault: Some(Found::new("config.json", Kind::Docker, origin, Err(fault))),
        },
    }
}

fn current_context(file: &Path) -> Result<Option<String>, String> {
    let Some(json) = read(file)? else {
        return Ok(None);
    };
    let at = |fault: String| format!("{}: {fault}", shown(file));
    let json: Value = serde_json::from_str(&json).map_err(|error| at(error.to_string()))?;
    let current = text(&json, "currentContext").map_err(at)?;
    Ok(current.map(str::to_owned))
}

fn missing(wish: Wish, store: &Store) -> Found {
    let fault = format!(
        "{} names the context `{}`, but {}",
        wish.setting,
        word(&wish.context),
        store.why_missing(&wish.context)
    );
    Found::new(&wish.context, Kind::Docker, wish.origin, Err(fault))
}
