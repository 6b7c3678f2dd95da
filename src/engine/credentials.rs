//! Who we are to a registry, as docker's own client knows it: `config.json`, and the helpers that
//! it names. A podman of our own looks into the user's files by itself.

use bollard::auth::DockerCredentials;
use docker_credential::{CredentialRetrievalError as Failure, DockerCredential, get_credential};

use super::EngineError;

/// docker.io by the name under which its credentials are kept.
const DOCKER_HUB: &str = "https://index.docker.io/v1/";

/// For the registry of a reference; `None` where nothing is configured.
///
/// # Errors
/// When a credential is configured and cannot be had.
pub(super) async fn of_reference(
    reference: &str,
) -> Result<Option<DockerCredentials>, EngineError> {
    let registry = registry_of(reference).to_owned();
    let refused = |reason: String| EngineError::Refused {
        doing: format!("the credentials for {registry} cannot be had"),
        reason,
    };
    let name = registry.clone();
    // A helper is a program that is run.
    let asked = tokio::task::spawn_blocking(move || get_credential(&name)).await;
    match asked.map_err(|error| refused(error.to_string()))? {
        Ok(found) => Ok(Some(for_engine(found, &registry))),
        Err(
            Failure::NoCredentialConfigured | Failure::ConfigNotFound | Failure::ConfigReadError,
        ) => Ok(None),
        Err(error) => Err(refused(crate::parse::terminal::plain(&error.to_string()))),
    }
}

/// The first part of a reference, where that is a registry.
pub(super) fn registry_of(reference: &str) -> &str {
    match reference.split_once('/') {
        Some(("docker.io", _)) => DOCKER_HUB,
        Some((first, _)) if first.contains(['.', ':']) || first == "localhost" => first,
        _ => DOCKER_HUB,
    }
}

fn for_engine(found: DockerCredential, registry: &str) -> DockerCredentials {
    let serveraddress = Some(registry.to_owned());
    match found {
        DockerCredential::IdentityToken(token) => DockerCredentials {
            identitytoken: Some(token),
            serveraddress,
            ..DockerCredentials::default()
        },
        DockerCredential::UsernamePassword(name, password) => DockerCredentials {
            username: Some(name),
            password: Some(password),
            serveraddress,
            ..DockerCredentials::default()
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_names_its_registry_or_means_dockers() {
        assert_eq!(registry_of("localhost:5000/a:1"), "localhost:5000");
        assert_eq!(registry_of("localhost/a"), "localhost");
        assert_eq!(registry_of("gcr.io/distroless/cc"), "gcr.io");
        for hub in ["rust:1.96", "docker.io/library/rust", "team/app:1"] {
            assert_eq!(registry_of(hub), DOCKER_HUB);
        }
    }
}
