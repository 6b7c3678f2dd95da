//! Asks a running container over HTTP on the loopback interface.

use std::time::Duration;

use futures_util::{StreamExt, stream::FuturesUnordered};
use http_body_util::{BodyExt, Empty};
use hyper::{Request, body::Bytes};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use tokio::net::TcpStream;

/// An app that does not answer by then is taken for one that does not listen.
pub(crate) const ANSWER_LIMIT: Duration = Duration::from_secs(10);
/// A program that shall only start is watched for so long: a loader that misses something says
/// so in milliseconds.
pub(crate) const START_LIMIT: Duration = Duration::from_secs(2);
/// A command in an image gets this long.
pub(crate) const COMMAND_LIMIT: Duration = Duration::from_secs(60);
/// Largest body that is read (bytes).
const LARGEST_BODY: usize = 64 * 1024;
/// A connection that is silent for so long may be one that leads nowhere: an engine's proxy takes
/// it before there is a way to the container. Another one is tried beside it.
const ANOTHER: Duration = Duration::from_secs(2);
/// Between two tries while the program starts.
const PAUSE: Duration = Duration::from_millis(20);

/// What a program answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The body, cut at 64 KiB, as it came: to be sanitized before a terminal sees it.
    pub body: String,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
#[error("no answer on 127.0.0.1:{port} within {} s: {reason}", .limit.as_secs())]
pub struct NoAnswer {
    port: u16,
    limit: Duration,
    reason: String,
}

/// Asks until the program answers or the time is up.
///
/// # Errors
/// When it did not answer within `limit`; the reason is that of the last try.
pub async fn get(port: u16, path: &str, limit: Duration) -> Result<Answer, NoAnswer> {
    get_beside(port, path, limit, ANOTHER).await
}

async fn get_beside(
    port: u16,
    path: &str,
    limit: Duration,
    another: Duration,
) -> Result<Answer, NoAnswer> {
    let end = tokio::time::sleep(limit);
    tokio::pin!(end);
    let mut reason = String::from("connected, but silent");
    let mut tries = FuturesUnordered::from_iter([ask(port, path)]);
    loop {
        tokio::select! {
            () = &mut end => break,
            Some(answered) = tries.next() => match answered {
                Ok(answer) => return Ok(answer),
                Err(error) => {
                    reason = error.to_string();
                    tokio::time::sleep(PAUSE).await;
                    tries.push(ask(port, path));
                }
            },
            () = tokio::time::sleep(another) => tries.push(ask(port, path)),
        }
    }
    Err(NoAnswer {
        port,
        limit,
        reason,
    })
}

type AnyError = Box<dyn std::error::Error + Send + Sync>;

async fn ask(port: u16, path: &str) -> Result<Answer, AnyError> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let driver = tokio_util::task::AbortOnDropHandle::new(tokio::spawn(connection));
    let request = Request::get(path)
        .header("host", format!("127.0.0.1:{port}"))
        .header("connection", "close")
        .body(Empty::<Bytes>::new())?;
    let response = sender.send_request(request).await?;
    let status = response.status().as_u16();
    let mut incoming = response.into_body();
    let mut body = Vec::new();
    while let Some(frame) = incoming.frame().await {
        if let Ok(data) = frame?.into_data() {
            body.extend_from_slice(&data);
        }
        if body.len() > LARGEST_BODY {
            body.truncate(LARGEST_BODY);
            break;
        }
    }
    drop(driver);
    Ok(Answer {
        status,
        body: String::from_utf8_lossy(&body).into_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[tokio::test]
    async fn an_answer_comes_with_status_and_body() {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
            .await
            .unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 1024];
            let read = stream.read(&mut request).await.unwrap();
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi";
            stream.write_all(answer).await.unwrap();
            String::from_utf8_lossy(&request[..read]).into_owned()
        });
        let answer = get(port, "/x", Duration::from_secs(5)).await.unwrap();
        assert_eq!((answer.status, answer.body.as_str()), (200, "hi"));
        assert!(server.await.unwrap().starts_with("GET /x HTTP/1.1\r\n"));
    }

    #[tokio::test]
    async fn a_connection_that_leads_nowhere_does_not_keep_another_from_answering() {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
            .await
            .unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = tokio::spawn(async move {
            let (_nowhere, _) = listener.accept().await.unwrap();
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 1024];
            let _ = stream.read(&mut request).await.unwrap();
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi";
            stream.write_all(answer).await.unwrap();
        });
        let (limit, another) = (Duration::from_secs(10), Duration::from_millis(20));
        let answer = get_beside(port, "/", limit, another).await.unwrap();
        assert_eq!(answer.body, "hi");
        server.await.unwrap();
    }

    #[tokio::test]
    async fn silence_is_an_error_that_names_the_port() {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
            .await
            .unwrap();
        let port = listener.local_addr().unwrap().port();
        let error = get(port, "/", Duration::from_millis(50)).await.unwrap_err();
        assert!(error.to_string().contains(&port.to_string()));
    }
}
