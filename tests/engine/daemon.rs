//! A docker daemon for the tests: the one that imgtui would start for this state folder, held
//! while several imgtui come and go, so that it can be looked at in between.

use std::{
    fs,
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use anyhow::Context as _;
use imgtui::{
    engine::{
        docker::{Docker, DockerPlace},
        find::{self, Surroundings},
    },
    setup::{Host, StateFolder},
};
use rustix::process::{Pid, Signal};

use crate::{
    Done,
    api::Api,
    ground::{mounts_beneath, unmount_beneath},
    processes::{signal, wait_for, with_words},
    program::{LIMIT, NO_DOCKER},
};

/// A daemon that was told to end waits so long for containers.
const DAEMONS_LIMIT: Duration = Duration::from_secs(15);

/// A daemon at work; ended when dropped.
#[derive(Debug)]
pub(crate) struct Daemon {
    pub(crate) api: Api,
    /// Where it keeps everything.
    folder: PathBuf,
    traces: Traces,
    held: Mutex<Option<Held>>,
}

/// What keeps it alive; the client goes before its runtime.
#[derive(Debug)]
struct Held {
    _docker: Docker,
    _tokio: tokio::runtime::Runtime,
}

impl Daemon {
    /// Starts the daemon that every imgtui with this state folder shares from now on.
    pub(crate) fn start(state: &Path) -> anyhow::Result<Self> {
        let host = Host::current(StateFolder(state.to_owned()));
        let program = host.find("dockerd").context("there is no `dockerd`")?;
        let folder = state.join("docker");
        let place = DockerPlace::Private {
            program,
            folder: folder.clone(),
        };
        let tokio = tokio::runtime::Runtime::new()?;
        let docker = tokio.block_on(Docker::connect(place, None))?;
        let held = Mutex::new(Some(Held {
            _docker: docker,
            _tokio: tokio,
        }));
        let traces = Traces::of(state)?;
        Ok(Self {
            api: Api::at(traces.socket.clone()),
            folder,
            traces,
            held,
        })
    }

    /// Ends it and waits for that; what it keeps stays.
    pub(crate) fn stop(&self) -> Done {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        drop(held.take());
        let ended = self.traces.wait(LIMIT);
        self.traces.clear();
        ended
    }

    /// Ends it, and leaves neither mounts nor files behind.
    pub(crate) fn end(&self) -> Done {
        let stopped = self.stop();
        clear(&self.folder);
        stopped
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // A failure here has failed nothing that was tested.
        let _ = self.end();
    }
}

/// What a daemon has outside of the folder where it keeps everything.
#[derive(Debug)]
pub(crate) struct Traces {
    socket: PathBuf,
    /// The folder of its socket.
    run: PathBuf,
    /// Where it has sockets and mounts of its containers.
    exec: PathBuf,
    /// Below this cgroup its containers run.
    group: String,
}

impl Traces {
    /// Those of the daemon that now runs for a state folder, as it was told on its command line.
    pub(crate) fn of(state: &Path) -> anyhow::Result<Self> {
        // Behind the link is a path that is short enough for a socket, wherever the state is.
        let socket = fs::read_link(state.join("docker/engine.sock"))?;
        let host = format!("--host=unix://{}", socket.display());
        let daemon = with_words(&[&host]);
        let daemon = daemon.first().context("the daemon has no process")?;
        let line = fs::read_to_string(format!("/proc/{}/cmdline", daemon.as_raw_nonzero()))?;
        let told = |name: &str| -> anyhow::Result<String> {
            let mut arguments = line.split('\0');
            let found = arguments.find_map(|argument| argument.strip_prefix(name));
            Ok(found.with_context(|| format!("no {name}"))?.to_owned())
        };
        let run = socket.parent().context("the socket has no folder")?;
        Ok(Self {
            run: run.to_owned(),
            exec: told("--exec-root=")?.into(),
            group: told("--cgroup-parent=")?,
            socket,
        })
    }

    /// The daemon, and what it started.
    fn processes(&self) -> Vec<Pid> {
        let mut found = with_words(&[&self.run.to_string_lossy()]);
        found.extend(with_words(&[&self.exec.to_string_lossy()]));
        found
    }

    fn wait(&self, limit: Duration) -> Done {
        wait_for("the end of docker's daemon", limit, || {
            self.processes().is_empty().then_some(())
        })
    }

    /// What is left of a daemon that was told to end, in words; it is put away then. A folder of
    /// its own that the next daemon takes up again is not counted.
    pub(crate) fn take_leftovers(&self) -> Vec<String> {
        let mut left = Vec::new();
        if self.wait(2 * DAEMONS_LIMIT).is_err() {
            left.push(format!("processes {:?}", self.processes()));
            for pid in self.processes() {
                signal(pid, Signal::KILL);
            }
        }
        if self.run.exists() {
            left.push(format!("folder {}", self.run.display()));
            let mounts = mounts_beneath(&self.run).into_iter();
            left.extend(mounts.map(|place| format!("mount {place}")));
        }
        self.clear();
        left
    }

    fn clear(&self) {
        clear(&self.run);
        clear(&self.exec);
        // One cgroup for each controller, or one for all.
        let root = Path::new("/sys/fs/cgroup");
        let controllers = fs::read_dir(root).into_iter().flatten().flatten();
        for controller in controllers {
            remove_group(&controller.path().join(&self.group));
        }
        remove_group(&root.join(&self.group));
    }
}

fn clear(folder: &Path) {
    unmount_beneath(folder);
    let _ = fs::remove_dir_all(folder);
}

/// Removes a cgroup that nothing runs in any more, with those below it.
fn remove_group(folder: &Path) {
    let below = fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in below.filter(|entry| entry.path().is_dir()) {
        remove_group(&entry.path());
    }
    // Most controllers have none of this name.
    let _ = fs::remove_dir(folder);
}

/// The socket of a docker that is not ours to use: imgtui takes one that answers before it starts
/// a daemon of its own.
pub(crate) fn of_somebody_else() -> Option<PathBuf> {
    let mut surroundings = Surroundings::current();
    let settings = NO_DOCKER.map(|(name, value)| (name.to_owned(), value.to_owned()));
    surroundings.variables.extend(settings);
    let found = find::find(&surroundings).into_iter();
    let mut sockets = found
        .filter(|one| one.kind == find::Kind::Docker)
        .filter_map(|one| Some(one.result.ok()?.socket()?.to_owned()));
    sockets.find(|socket| UnixStream::connect(socket).is_ok())
}
