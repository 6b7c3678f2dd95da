//! Child processes: their output as bounded lines, in order; their whole process group ended
//! when nobody waits any more.

use std::{
    collections::VecDeque,
    ffi::OsStr,
    os::fd::OwnedFd,
    path::Path,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::{
    io::AsyncReadExt,
    net::unix::pipe,
    process::{Child, Command},
    time::timeout,
};
use tokio_util::sync::CancellationToken;

/// A line is cut here; what follows up to its end is dropped.
const LONGEST_LINE: usize = 8 * 1024;
/// How long output is still read after the program's end: a daemon that it left behind may
/// hold the pipe open for ever.
const AFTER_END: Duration = Duration::from_millis(300);
/// How long a program may tidy up after SIGTERM before SIGKILL.
const GRACE: Duration = Duration::from_millis(700);
/// How many of the last lines are kept to explain a failure.
const LAST_LINES: usize = 40;

/// How a command ended.
#[derive(Debug)]
pub(super) enum Ended {
    /// By itself.
    Exited(ExitStatus),
    /// Because the user said so.
    Cancelled,
}

/// Runs a command to its end, telling each line of stdout and stderr as it comes.
///
/// Returns how it ended and its last lines.
///
/// # Errors
/// When the program cannot be started.
pub(super) async fn stream(
    words: &[String],
    tell: &mut (dyn FnMut(&str) + Send),
    cancel: &CancellationToken,
) -> std::io::Result<(Ended, Vec<String>)> {
    let Some((program, arguments)) = words.split_first() else {
        return Err(std::io::Error::other("an empty command"));
    };
    let (mut group, mut output) = spawn(OsStr::new(program), arguments, &[])?;
    let mut lines = Lines::default();
    let mut last = VecDeque::new();
    let mut keep = |line: String| {
        tell(&line);
        if last.len() == LAST_LINES {
            last.pop_front();
        }
        last.push_back(line);
    };
    let mut buffer = vec![0; 16 * 1024];
    let mut status = None;
    let ended = loop {
        tokio::select! {
            biased;
            () = cancel.cancelled() => {
                group.end().await;
                break Ended::Cancelled;
            }
            read = output.read(&mut buffer) => match read {
                Ok(0) | Err(_) => break Ended::Exited(match status {
                    Some(status) => status,
                    None => group.child.wait().await?,
                }),
                Ok(count) => lines.push(&buffer[..count], &mut keep),
            },
            exited = group.child.wait(), if status.is_none() => status = Some(exited?),
            () = tokio::time::sleep(AFTER_END), if status.is_some() => {
                if let Some(status) = status {
                    break Ended::Exited(status);
                }
            }
        }
    };
    lines.finish(&mut keep);
    group.done();
    Ok((ended, last.into()))
}

/// Runs a short command and gives back what it printed, stdout and stderr together.
///
/// # Errors
/// The words of a failure: what the program printed, or why it did not start or end in time.
pub(super) async fn capture(
    program: &Path,
    arguments: &[&str],
    variables: &[(String, String)],
    limit: Duration,
) -> Result<String, String> {
    let name = program.display();
    let started = spawn(program.as_os_str(), arguments, variables);
    let (mut group, mut output) = started.map_err(|error| format!("{name}: {error}"))?;
    let mut text = Vec::new();
    let ended = timeout(limit, async {
        let status = loop {
            tokio::select! {
                status = group.child.wait() => break status,
                read = output.read_buf(&mut text) => match read {
                    Ok(0) | Err(_) => break group.child.wait().await,
                    // Enough to explain anything; the rest is read and dropped.
                    Ok(_) => text.truncate(64 * 1024),
                },
            }
        };
        let _ = timeout(AFTER_END, output.read_to_end(&mut text)).await;
        status
    })
    .await;
    let text = String::from_utf8_lossy(&text).into_owned();
    match ended {
        Err(_) => {
            group.end().await;
            Err(format!(
                "{name} did not end within {} s\n{text}",
                limit.as_secs()
            ))
        }
        Ok(Err(error)) => Err(format!("{name}: {error}")),
        Ok(Ok(status)) => {
            group.done();
            if status.success() {
                Ok(text)
            } else if text.trim().is_empty() {
                Err(format!("{name}: {status}"))
            } else {
                Err(text)
            }
        }
    }
}

/// A child with its process group; a group that is dropped unfinished is killed.
struct Group {
    child: Child,
    id: Option<Pid>,
}

impl Group {
    /// Ends all its processes: politely, then not.
    async fn end(&mut self) {
        self.signal(Signal::TERM);
        let _ = timeout(GRACE, self.child.wait()).await;
        self.signal(Signal::KILL);
        let _ = timeout(GRACE, self.child.wait()).await;
        self.done();
    }

    /// The command is over: its group's number may belong to somebody else from now on.
    fn done(&mut self) {
        self.id = None;
    }

    fn signal(&self, signal: Signal) {
        if let Some(id) = self.id {
            let _ = kill_process_group(id, signal);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}

fn spawn(
    program: &OsStr,
    arguments: &[impl AsRef<OsStr>],
    variables: &[(String, String)],
) -> std::io::Result<(Group, pipe::Receiver)> {
    // One pipe for both streams, so that their lines stay in order.
    let (reader, writer) = std::io::pipe()?;
    let mut command = Command::new(program);
    command
        .args(arguments)
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(writer.try_clone()?)
        .stderr(writer)
        .process_group(0)
        .kill_on_drop(true);
    let child = command.spawn()?;
    let id = child
        .id()
        .and_then(|id| i32::try_from(id).ok())
        .and_then(Pid::from_raw);
    let output = pipe::Receiver::from_owned_fd(OwnedFd::from(reader))?;
    Ok((Group { child, id }, output))
}

/// Cuts a stream of bytes into lines of bounded length.
#[derive(Default)]
struct Lines {
    line: Vec<u8>,
}

impl Lines {
    fn push(&mut self, bytes: &[u8], tell: &mut impl FnMut(String)) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let (text, ends) = match piece.split_last() {
                Some((b'\n', text)) => (text, true),
                _ => (piece, false),
            };
            let room = LONGEST_LINE.saturating_sub(self.line.len());
            self.line.extend_from_slice(&text[..text.len().min(room)]);
            if ends {
                self.flush(tell);
            }
        }
    }

    fn finish(&mut self, tell: &mut impl FnMut(String)) {
        if !self.line.is_empty() {
            self.flush(tell);
        }
    }

    fn flush(&mut self, tell: &mut impl FnMut(String)) {
        if self.line.last() == Some(&b'\r') {
            self.line.pop();
        }
        tell(String::from_utf8_lossy(&self.line).into_owned());
        self.line.clear();
    }
}

#[cfg(test)]
mod tests;
