//! Images of a registry whose steps a build may take.

use std::collections::HashMap;

use bollard::auth::DockerCredentials;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::Builder;
use crate::{
    domain::event::BuildEvent,
    engine::{
        BuildRequest, CacheSource, EngineError, connection::Connection, credentials, transfers,
    },
    parse::terminal::sanitize_line,
};

/// What a build is told of them.
#[derive(Debug, Default)]
pub(super) struct SharedImages {
    pub(super) references: Vec<String>,
    pub(super) credentials: Option<HashMap<String, DockerCredentials>>,
}

impl SharedImages {
    /// Those of a request. BuildKit asks the registry itself, and takes only the layers that it
    /// needs; the classic builder knows no image but those that are here, so they are pulled.
    pub(super) async fn of(
        connection: &Connection,
        builder: Builder,
        request: &BuildRequest,
        events: &mpsc::Sender<BuildEvent>,
    ) -> Result<Self, EngineError> {
        let Some(source) = &request.cache_from else {
            return Ok(Self::default());
        };
        if builder == Builder::Classic {
            return Ok(Self {
                references: pulled(connection, source, events).await?,
                credentials: None,
            });
        }
        let registry = source.repository.registry();
        let found = credentials::of_reference(&source.repository.to_string()).await?;
        Ok(Self {
            references: source.images.clone(),
            credentials: found.map(|found| HashMap::from([(registry.to_owned(), found)])),
        })
    }
}

/// The images that are there now. One that nobody has shared yet is no failure.
async fn pulled(
    connection: &Connection,
    source: &CacheSource,
    events: &mpsc::Sender<BuildEvent>,
) -> Result<Vec<String>, EngineError> {
    let mut there = Vec::new();
    for reference in &source.images {
        let cancel = CancellationToken::new();
        match transfers::pull(connection, reference, events.clone(), cancel).await {
            Ok(()) => there.push(reference.clone()),
            Err(EngineError::BaseMissing { reason, .. }) => {
                let line = sanitize_line(&format!("no shared steps in {reference}: {reason}"));
                let _ = events.send(BuildEvent::Output { step: None, line }).await;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(there)
}
