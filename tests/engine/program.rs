//! `imgtui` and `podman` as child processes: started, read, waited for with a limit.

use std::{
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread::JoinHandle,
    time::Duration,
};

use anyhow::{Context as _, bail, ensure};
use imgtui::domain::{event::Outcome, record::BuildRecord};
use rustix::process::{Pid, Signal};
use serde_json::Value;

use crate::processes::{self, wait_for};

/// Nothing but the long builds takes longer.
pub(crate) const LIMIT: Duration = Duration::from_secs(120);

/// Settings with which docker is only looked for in the usual places of its socket, and where
/// contexts of this machine say.
pub(crate) const NO_DOCKER: [(&str, &str); 2] =
    [("DOCKER_HOST", ""), ("DOCKER_CONTEXT", "default")];

/// How a program ended and what it printed.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ended {
    /// Checks the exit code; on another one everything printed is shown.
    pub(crate) fn expect(self, code: i32) -> anyhow::Result<Self> {
        ensure!(
            self.code == Some(code),
            "exit code {:?} instead of {code}\n--- stdout\n{}\n--- stderr\n{}",
            self.code,
            self.out,
            self.err
        );
        Ok(self)
    }

    /// Standard output as one JSON object a line.
    pub(crate) fn objects(&self) -> anyhow::Result<Vec<Value>> {
        let lines = self.out.lines();
        lines
            .map(|line| serde_json::from_str(line).with_context(|| format!("no JSON: {line}")))
            .collect()
    }

    /// Standard output as one record a line.
    pub(crate) fn records(&self) -> anyhow::Result<Vec<BuildRecord>> {
        let lines = self.out.lines();
        lines
            .map(|line| serde_json::from_str(line).with_context(|| format!("no record: {line}")))
            .collect()
    }

    /// The only record.
    pub(crate) fn record(&self) -> anyhow::Result<BuildRecord> {
        let mut records = self.records()?;
        ensure!(
            records.len() == 1,
            "{} records in {}",
            records.len(),
            self.out
        );
        records.pop().context("no record")
    }

    /// The message of the only build, which failed.
    pub(crate) fn failure(&self) -> anyhow::Result<String> {
        match self.record()?.outcome {
            Outcome::Failed { message } => Ok(message),
            other => bail!("{other:?} instead of a failure"),
        }
    }
}

/// A program at work.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
    out: Option<JoinHandle<String>>,
    err: Option<JoinHandle<String>>,
    /// Lines of standard error as they come.
    pub(crate) lines: mpsc::Receiver<String>,
}

impl Running {
    /// Starts the command with its outputs read on threads, so that it never waits for us.
    pub(crate) fn start(command: &mut Command) -> anyhow::Result<Self> {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("{} cannot be started", command.get_program().display()))?;
        let mut stdout = child.stdout.take().context("no standard output")?;
        let stderr = child.stderr.take().context("no standard error")?;
        let (sender, lines) = mpsc::channel();
        let out = std::thread::spawn(move || {
            let mut bytes = Vec::new();
            let _ = stdout.read_to_end(&mut bytes);
            String::from_utf8_lossy(&bytes).into_owned()
        });
        let err = std::thread::spawn(move || {
            let mut all = String::new();
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                all.push_str(&line);
                all.push('\n');
                let _ = sender.send(line);
            }
            all
        });
        Ok(Self {
            child,
            out: Some(out),
            err: Some(err),
            lines,
        })
    }

    /// The next line of standard error that `wanted` takes.
    pub(crate) fn line<T>(&self, wanted: impl Fn(&str) -> Option<T>) -> anyhow::Result<T> {
        loop {
            let line = self
                .lines
                .recv_timeout(LIMIT)
                .context("the line never came")?;
            if let Some(found) = wanted(&line) {
                return Ok(found);
            }
        }
    }

    pub(crate) fn pid(&self) -> anyhow::Result<Pid> {
        let pid = i32::try_from(self.child.id())?;
        Pid::from_raw(pid).context("no process id")
    }

    pub(crate) fn signal(&self, signal: Signal) -> anyhow::Result<()> {
        processes::signal(self.pid()?, signal);
        Ok(())
    }

    /// Waits for its end, at most so long.
    pub(crate) fn end(mut self, limit: Duration) -> anyhow::Result<Ended> {
        let ended = wait_for("the program's end", limit, || {
            self.child.try_wait().transpose()
        });
        let status = ended??;
        let text = |reader: Option<JoinHandle<String>>| {
            reader
                .and_then(|reader| reader.join().ok())
                .unwrap_or_default()
        };
        Ok(Ended {
            code: status.code(),
            out: text(self.out.take()),
            err: text(self.err.take()),
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// The program under test, with nothing of the caller's settings.
pub(crate) fn imgtui(state: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_imgtui"));
    command
        .env("IMGTUI_STATE", state)
        .envs(NO_DOCKER)
        .env_remove("IMGTUI_YES")
        .env_remove("IMGTUI_ENGINE");
    command
}
