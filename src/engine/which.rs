//! Which kind of engine answers at an address: asked, not guessed from its name.

use bollard::models::SystemVersion;

use super::{
    EngineError,
    address::Address,
    connection::{Connection, within_limit},
    unreachable::unreachable,
};
use crate::parse::terminal::plain;

/// What is spoken there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// docker's own API.
    Docker,
    /// podman's, which is docker's with differences.
    Podman,
}

/// Asks who is there; the connection serves for what follows.
///
/// # Errors
/// When nothing answers.
pub async fn ask(address: &Address) -> Result<(Dialect, Connection), EngineError> {
    let mut connection = Connection::to_address(address).await?;
    let asked = async {
        connection.agree_on_version().await?;
        connection.docker.version().await
    };
    let version = within_limit(asked).await;
    let version = version.map_err(|error| unreachable(address, &error))?;
    let dialect = match podman_version(&version) {
        Some(_) => Dialect::Podman,
        None => Dialect::Docker,
    };
    Ok((dialect, connection))
}

/// Podman's version, where it is podman that answered: what it gives as docker's is its API's.
pub(super) fn podman_version(told: &SystemVersion) -> Option<String> {
    let components = told.components.iter().flatten();
    let mut podman = components.filter(|component| component.name == "Podman Engine");
    podman.next().map(|component| plain(&component.version))
}
