//! An engine's daemon of our own, on a socket of our own: a child that ends with us.
//!
//! It needs no socket set up by the user, makes cancel possible and gives CPU time that is the
//! build's alone.

use std::{
    io::Read,
    os::unix::{fs::PermissionsExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};

use rustix::process::{Pid, Signal};
use tokio::sync::watch;

use crate::parse::lines::Lines;

/// A service that is not ready by then will not be.
const START_LIMIT: Duration = Duration::from_secs(20);
/// How many lines of the service's own messages are kept for an error.
const KEPT_LINES: usize = 20;

/// How a daemon is started.
#[derive(Debug, Clone)]
pub(super) struct Start {
    /// The program.
    pub(super) program: PathBuf,
    /// Its arguments, with the socket's address in them.
    pub(super) arguments: Vec<String>,
    /// Environment besides our own.
    pub(super) environment: Vec<(String, PathBuf)>,
    /// Where it is to listen.
    pub(super) place: Place,
}

/// Where a daemon listens: a folder that only we can enter, removed with the daemon.
#[derive(Debug, Clone)]
pub(super) struct Place(Arc<tempfile::TempDir>);

impl Place {
    /// A new one; its path is short, as a socket's may have 107 bytes only (unix(7)).
    pub(super) fn new() -> std::io::Result<Self> {
        socket_folder().map(|folder| Self(Arc::new(folder)))
    }

    pub(super) fn folder(&self) -> &Path {
        self.0.path()
    }

    pub(super) fn socket(&self) -> PathBuf {
        self.folder().join("engine.sock")
    }
}

/// The running daemon; ended when dropped.
#[derive(Debug)]
pub(super) struct Service {
    pid: Pid,
    socket: PathBuf,
    exit: watch::Receiver<Option<ExitStatus>>,
    messages: Arc<Mutex<Vec<String>>>,
    _place: Place,
}

impl Service {
    /// Starts the daemon and waits until its socket answers; else says what was seen.
    pub(super) async fn start(start: Start) -> Result<Self, String> {
        let (pid, exit, messages) = spawn(command(&start)).map_err(|error| error.to_string())?;
        let mut service = Self {
            pid,
            socket: start.place.socket(),
            exit,
            messages,
            _place: start.place,
        };
        let why = match tokio::time::timeout(START_LIMIT, service.ready()).await {
            Ok(Ok(())) => return Ok(service),
            Ok(Err(status)) => format!("it ended with {status}"),
            Err(_) => format!("it was not ready within {} s", START_LIMIT.as_secs()),
        };
        service.all_messages().await;
        Err(match service.last_messages() {
            said if said.is_empty() => why,
            said => format!("{why}: {said}"),
        })
    }

    /// Its last words are read by a thread of their own, which may be behind.
    async fn all_messages(&self) {
        for _ in 0..50 {
            if Arc::strong_count(&self.messages) == 1 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    pub(super) fn pid(&self) -> Pid {
        self.pid
    }

    pub(super) fn socket(&self) -> &Path {
        &self.socket
    }

    /// Whether the process has ended.
    pub(super) fn is_gone(&self) -> bool {
        self.exit.borrow().is_some()
    }

    /// What the service printed last, in one line.
    pub(super) fn last_messages(&self) -> String {
        let messages = lock(&self.messages);
        crate::parse::terminal::plain(&messages.join(" · "))
    }

    /// Waits until the socket accepts a connection, or the process has ended.
    async fn ready(&mut self) -> Result<(), String> {
        loop {
            if tokio::net::UnixStream::connect(&self.socket).await.is_ok() {
                return Ok(());
            }
            let pause = tokio::time::sleep(Duration::from_millis(5));
            tokio::select! {
                () = pause => {}
                changed = self.exit.changed() => {
                    let status = self.exit.borrow().map(|status| status.to_string());
                    if changed.is_err() || status.is_some() {
                        return Err(status.unwrap_or_else(|| "an unknown status".into()));
                    }
                }
            }
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        if !self.is_gone() {
            // A failure means that it is gone already.
            let _ = rustix::process::kill_process(self.pid, Signal::TERM);
        }
    }
}

fn lock(messages: &Mutex<Vec<String>>) -> std::sync::MutexGuard<'_, Vec<String>> {
    messages
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// A folder only we can enter.
fn socket_folder() -> std::io::Result<tempfile::TempDir> {
    let make = |base: &Path| {
        tempfile::Builder::new()
            .prefix("imgtui-")
            .permissions(std::fs::Permissions::from_mode(0o700))
            .tempdir_in(base)
    };
    let own = std::env::var_os("XDG_RUNTIME_DIR")
        .map(PathBuf::from)
        .filter(|folder| folder.as_os_str().len() < 60);
    // After `su` it may be somebody else's.
    own.and_then(|folder| make(&folder).ok())
        .map_or_else(|| make(Path::new("/tmp")), Ok)
}

/// `setpriv` (util-linux) makes the kernel end the daemon when we die without a farewell;
/// where it is missing the daemon would outlive a `kill -9`.
fn command(start: &Start) -> Command {
    let setpriv = Path::new("/usr/bin/setpriv");
    let mut command = if setpriv.exists() {
        let mut command = Command::new(setpriv);
        command.args(["--pdeathsig", "TERM"]).arg(&start.program);
        command
    } else {
        Command::new(&start.program)
    };
    command
        .args(&start.arguments)
        .envs(start.environment.iter().map(|(name, file)| (name, file)))
        // podman would be a client of what these name, and no service.
        .env_remove("CONTAINER_HOST")
        .env_remove("CONTAINER_CONNECTION")
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    command
}

type Spawned = (
    Pid,
    watch::Receiver<Option<ExitStatus>>,
    Arc<Mutex<Vec<String>>>,
);

/// Starts the process on a thread that lives as long as the process: the parent-death signal
/// fires when the *thread* that started it ends (prctl(2)).
fn spawn(mut command: Command) -> std::io::Result<Spawned> {
    let messages = Arc::new(Mutex::new(Vec::new()));
    let (exit_sender, exit) = watch::channel(None);
    let (pid_sender, pid) = std::sync::mpsc::sync_channel(1);
    let kept = Arc::clone(&messages);
    std::thread::Builder::new()
        .name("engine-daemon".into())
        .spawn(move || match command.spawn() {
            Ok(mut child) => {
                let _ = pid_sender.send(Ok(child.id()));
                if let Some(stderr) = child.stderr.take() {
                    // By itself: a child of the service can hold its standard error open.
                    std::thread::spawn(move || keep_messages(stderr, &kept));
                }
                if let Ok(status) = child.wait() {
                    let _ = exit_sender.send(Some(status));
                }
            }
            Err(error) => {
                let _ = pid_sender.send(Err(error));
            }
        })?;
    let pid = pid
        .recv()
        .map_err(|_| std::io::Error::other("the thread that starts the service ended"))??;
    let pid = i32::try_from(pid)
        .ok()
        .and_then(Pid::from_raw)
        .ok_or_else(|| std::io::Error::other("the service has no process id"))?;
    Ok((pid, exit, messages))
}

fn keep_messages(mut stderr: impl Read, kept: &Mutex<Vec<String>>) {
    let mut lines = Lines::default();
    let mut chunk = [0; 4096];
    while let Ok(read @ 1..) = stderr.read(&mut chunk) {
        lines.push(&String::from_utf8_lossy(&chunk[..read]), |line| {
            let mut kept = lock(kept);
            if kept.len() == KEPT_LINES {
                kept.remove(0);
            }
            kept.push(line.chars().take(500).collect());
        });
    }
}
