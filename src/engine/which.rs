//! Which kind of engine answers at an address: asked, not guessed from its name.

use std::time::Duration;

use super::{
    EngineError,
    address::Address,
    connection::{ApiError, Connection},
    unreachable::unreachable,
};

/// Who says nothing for so long is no engine.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);

/// What is spoken there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// docker's own API.
    Docker,
    /// podman's, which is docker's with differences.
    Podman,
}

/// Asks who is there.
///
/// # Errors
/// When nothing answers.
pub async fn ask(address: &Address) -> Result<Dialect, EngineError> {
    let mut connection = Connection::to_address(address).await?;
    let asked = async {
        connection.agree_on_version().await?;
        connection.docker.version().await
    };
    let version = tokio::time::timeout(ANSWER_LIMIT, asked)
        .await
        .unwrap_or(Err(ApiError::RequestTimeoutError))
        .map_err(|error| unreachable(address, &error))?;
    let components = version.components.unwrap_or_default();
    let is_podman = components
        .iter()
        .any(|component| component.name == "Podman Engine");
    Ok(if is_podman {
        Dialect::Podman
    } else {
        Dialect::Docker
    })
}
