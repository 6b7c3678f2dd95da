//! A server of files on the loopback interface: it stands in for the hosts that programs are
//! fetched from, and knows what it was asked for.

use std::{
    collections::BTreeMap,
    io::{self, BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use anyhow::ensure;

use crate::Done;

/// A client that says nothing for so long has gone.
const SILENCE: Duration = Duration::from_secs(10);

/// What the server's threads share.
#[derive(Debug, Default)]
struct Shared {
    /// Path → content.
    files: Mutex<BTreeMap<String, Vec<u8>>>,
    /// Each request as method, path and status, such as `GET /tool.tgz 200`.
    requests: Mutex<Vec<String>>,
    is_over: AtomicBool,
}

/// The server at work; ended when dropped.
#[derive(Debug)]
pub(crate) struct Downloads {
    shared: Arc<Shared>,
    /// `127.0.0.1:PORT`.
    pub(crate) address: String,
    thread: Option<JoinHandle<()>>,
}

impl Downloads {
    /// Starts it on a free port, with nothing to give.
    pub(crate) fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?.to_string();
        let shared = Arc::<Shared>::default();
        let of_thread = Arc::clone(&shared);
        let thread = std::thread::spawn(move || listen(&listener, &of_thread));
        Ok(Self {
            shared,
            address,
            thread: Some(thread),
        })
    }

    /// The address of a path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Gives this content from now on to whoever asks for the path.
    pub(crate) fn add(&self, path: &str, content: impl Into<Vec<u8>>) {
        locked(&self.shared.files).insert(path.to_owned(), content.into());
    }

    /// Checks that the path was asked for, and answered so.
    pub(crate) fn was_asked(&self, path: &str, status: u16) -> Done {
        let wanted = format!("GET {path} {status}");
        let requests = locked(&self.shared.requests);
        ensure!(
            requests.contains(&wanted),
            "no `{wanted}` among the requests: {requests:#?}"
        );
        Ok(())
    }
}

impl Drop for Downloads {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::Relaxed);
        // It waits for a client: this is the last one.
        let _ = TcpStream::connect(&self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// What a thread that panicked has left is good enough for a test that fails by that.
fn locked<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A thread for each client: some open a connection ahead and say nothing on it.
fn listen(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming().map_while(Result::ok) {
        if shared.is_over.load(Ordering::Relaxed) {
            return;
        }
        let shared = Arc::clone(shared);
        // A client that goes in the middle fails what is built, which tells enough.
        std::thread::spawn(move || answer(&stream, &shared));
    }
}

/// Answers one request.
fn answer(mut stream: &TcpStream, shared: &Shared) -> io::Result<()> {
    stream.set_read_timeout(Some(SILENCE))?;
    let mut lines = BufReader::new(stream).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    for line in lines {
        if line?.is_empty() {
            break;
        }
    }
    let mut words = first.split(' ');
    let (Some(method), Some(path)) = (words.next(), words.next()) else {
        return Ok(());
    };
    let content = locked(&shared.files).get(path).cloned();
    let status = if content.is_some() { 200 } else { 404 };
    let body = content.unwrap_or_default();
    locked(&shared.requests).push(format!("{method} {path} {status}"));
    write!(
        stream,
        "HTTP/1.1 {status} -\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    )?;
    if method != "HEAD" {
        stream.write_all(&body)?;
    }
    Ok(())
}
