//! Asks a running container over HTTP on the loopback interface.

use std::time::Duration;

use http_body_util::{BodyExt, Empty};
use hyper::{Request, body::Bytes};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use tokio::{net::TcpStream, time::Instant};

/// An app that does not answer by then is taken for one that does not listen.
pub(crate) const ANSWER_LIMIT: Duration = Duration::from_secs(10);
/// A program that shall only start is watched for so long: a loader that misses something says
/// so in milliseconds.
pub(crate) const START_LIMIT: Duration = Duration::from_secs(2);
/// A command in an image gets this long.
pub(crate) const COMMAND_LIMIT: Duration = Duration::from_secs(60);
/// Largest body that is read (bytes).
const LARGEST_BODY: usize = 64 * 1024;
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
    let end = Instant::now() + limit;
    let mut reason = String::from("never asked");
    while Instant::now() < end {
        match tokio::time::timeout_at(end, ask(port, path)).await {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) => reason = error.to_string(),
            Err(_) => reason = "connected, but silent".into(),
        }
        tokio::time::sleep(PAUSE).await;
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
    async fn silence_is_an_error_that_names_the_port() {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
            .await
            .unwrap();
        let port = listener.local_addr().unwrap().port();
        let error = get(port, "/", Duration::from_millis(50)).await.unwrap_err();
        assert!(error.to_string().contains(&port.to_string()));
    }
}
