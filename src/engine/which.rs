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

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    /// A listener that gives everybody the same answer.
    async fn answering(answer: &'static str) -> Address {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
            .await
            .unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let _ = stream.read(&mut [0; 1024]).await;
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        Address::parse(&format!("tcp://127.0.0.1:{port}")).unwrap()
    }

    #[tokio::test]
    async fn what_stands_in_between_is_told_from_an_engine() {
        for (answer, what) in [
            (
                "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
                "HTTP 407",
            ),
            (
                "HTTP/1.1 400 Bad Request\r\nContent-Length: 12\r\nConnection: close\r\n\r\n<html></html",
                "a page",
            ),
            (
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 13\r\nConnection: close\r\n\r\n<html></html>",
                "not JSON",
            ),
        ] {
            let error = ask(&answering(answer).await).await.unwrap_err();
            let text = error.to_string();
            assert!(text.contains(what) && text.contains("proxy"), "{text}");
        }
    }

    #[tokio::test]
    async fn nobody_there_is_no_proxy() {
        let address = Address::parse("tcp://127.0.0.1:1").unwrap();
        let text = ask(&address).await.unwrap_err().to_string();
        assert!(!text.contains("proxy"), "{text}");
    }
}
