//! What podman's client would talk to, and the connections that it knows.
//!
//! Followed is containers/podman 5.8: `cmd/podman/root.go` (`setupRemoteConnection`) for the
//! order, containers/common `pkg/config/connections.go` and `pkg/config/new.go` for the files.
//! `CONTAINER_CONNECTION` wins over `CONTAINER_HOST` since podman 4.8; before, it was the other
//! way round. Connections of `podman-connections.json` (podman 5) win over those of
//! `containers.conf` (podman 4).

mod settings;

use std::collections::BTreeSet;

use self::settings::Settings;
use super::{Found, Kind, Listing, Origin, Surroundings, sockets, word};
use crate::engine::address::Address;

/// Adds what podman's settings name.
pub(super) fn add(surroundings: &Surroundings, found: &mut Vec<Found>) {
    let mut settings = Settings::read(surroundings);
    let mut listing = Listing::new(found);
    let mut seen = BTreeSet::new();
    if let Some(name) = surroundings.variable("CONTAINER_CONNECTION") {
        seen.insert(name.to_owned());
        let origin = Origin::Variable("CONTAINER_CONNECTION".into());
        let entry = settings.connections.remove(name);
        listing.choose(entry.unwrap_or_else(|| missing(name, origin, "CONTAINER_CONNECTION")));
    }
    if let Some(host) = host(surroundings) {
        listing.choose(host);
    }
    if let Some(default) = settings
        .default
        .filter(|default| seen.insert(default.name.clone()))
    {
        match settings.connections.remove(&default.name) {
            Some(entry) => listing.choose(entry),
            // The client then takes its own socket without a word.
            None => settings.faults.push(missing(
                &default.name,
                Origin::PodmanConnection(default.file.clone()),
                &default.setting(),
            )),
        }
    }
    listing.choose_socket(sockets::podman(surroundings));
    found.extend(settings.connections.into_values());
    found.append(&mut settings.faults);
}

fn host(surroundings: &Surroundings) -> Option<Found> {
    let value = surroundings.variable("CONTAINER_HOST")?;
    let result = address(surroundings, value).map_err(|error| format!("CONTAINER_HOST: {error}"));
    let origin = Origin::Variable("CONTAINER_HOST".into());
    Some(Found::new("CONTAINER_HOST", Kind::Podman, origin, result))
}

/// The client mends `unix://run/podman.sock` into an absolute path, and takes the key of
/// `CONTAINER_SSHKEY` where a connection has none (containers/podman
/// `pkg/bindings/connection.go`, `NewConnectionWithOptions`).
fn address(surroundings: &Surroundings, url: &str) -> Result<Address, String> {
    let url = match url.strip_prefix("unix://") {
        Some(path) if !path.is_empty() && !path.starts_with('/') => format!("unix:///{path}"),
        _ => url.to_owned(),
    };
    let address = Address::parse(&url).map_err(|error| error.to_string())?;
    Ok(match surroundings.path_variable("CONTAINER_SSHKEY") {
        Some(key) => address.identified(key),
        None => address,
    })
}

fn missing(name: &str, origin: Origin, setting: &str) -> Found {
    let fault = format!(
        "{setting} names the connection `{}`, which is in none of podman's files",
        word(name)
    );
    Found::new(name, Kind::Podman, origin, Err(fault))
}
