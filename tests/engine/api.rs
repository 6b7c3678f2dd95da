//! Questions to docker's API over its socket, so that a daemon can be looked at without imgtui.
//!
//! HTTP/1.0 on a connection for each question: the answer ends where the connection does.

use std::{
    fs::File,
    io::{Read, Write},
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, ensure};
use serde_json::Value;

use crate::program::LIMIT;

/// A daemon's socket.
#[derive(Debug)]
pub(crate) struct Api {
    socket: PathBuf,
}

impl Api {
    pub(crate) fn at(socket: PathBuf) -> Self {
        Self { socket }
    }

    pub(crate) fn socket(&self) -> &Path {
        &self.socket
    }

    pub(crate) fn get(&self, path: &str) -> anyhow::Result<Value> {
        let answer = self.ask("GET", path, "", &[])?;
        serde_json::from_slice(&answer).with_context(|| format!("GET {path}: no JSON"))
    }

    pub(crate) fn get_bytes(&self, path: &str) -> anyhow::Result<Vec<u8>> {
        self.ask("GET", path, "", &[])
    }

    pub(crate) fn delete(&self, path: &str) -> anyhow::Result<()> {
        self.ask("DELETE", path, "", &[]).map(drop)
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> anyhow::Result<()> {
        let body = body.to_string();
        self.ask("POST", path, "application/json", body.as_bytes())
            .map(drop)
    }

    /// Asks for something without sending anything: a body that a daemon does not read resets the
    /// connection.
    pub(crate) fn post_nothing(&self, path: &str) -> anyhow::Result<()> {
        self.ask("POST", path, "", &[]).map(drop)
    }

    /// Sends a tar, and gives back the answer.
    pub(crate) fn post_bytes(&self, path: &str, tar: &[u8]) -> anyhow::Result<Vec<u8>> {
        self.ask("POST", path, "application/x-tar", tar)
    }

    /// Sends a tar file.
    pub(crate) fn post_file(&self, path: &str, file: &Path) -> anyhow::Result<()> {
        let mut body = File::open(file)?;
        let length = body.metadata()?.len();
        let stream = self.begin("POST", path, "application/x-tar", length)?;
        std::io::copy(&mut body, &mut &stream)?;
        end(&stream)
            .map(drop)
            .with_context(|| format!("POST {path}"))
    }

    fn ask(&self, method: &str, path: &str, kind: &str, body: &[u8]) -> anyhow::Result<Vec<u8>> {
        let length = u64::try_from(body.len())?;
        let mut stream = self.begin(method, path, kind, length)?;
        stream.write_all(body)?;
        end(&stream).with_context(|| format!("{method} {path}"))
    }

    fn begin(
        &self,
        method: &str,
        path: &str,
        kind: &str,
        length: u64,
    ) -> anyhow::Result<UnixStream> {
        let mut stream = UnixStream::connect(&self.socket)
            .with_context(|| format!("{} does not answer", self.socket.display()))?;
        stream.set_read_timeout(Some(LIMIT))?;
        write!(
            stream,
            "{method} {path} HTTP/1.0\r\nhost: docker\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\r\n"
        )?;
        Ok(stream)
    }
}

/// The answer's body; an error when the status tells of one.
fn end(mut stream: &UnixStream) -> anyhow::Result<Vec<u8>> {
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let head = answer.windows(4).position(|window| window == b"\r\n\r\n");
    let body = answer.split_off(head.context("no end of the answer's head")? + 4);
    let head = String::from_utf8_lossy(&answer);
    let status = head.split(' ').nth(1).unwrap_or_default();
    ensure!(
        status.starts_with('2'),
        "status {status}: {}",
        String::from_utf8_lossy(&body)
    );
    Ok(body)
}
