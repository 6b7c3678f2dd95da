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
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sh(script: &str) -> Vec<String> {
        ["sh", "-c", script].map(String::from).to_vec()
    }

    #[tokio::test]
    async fn both_streams_arrive_in_order_and_the_status_is_known() {
        let mut seen = Vec::new();
        let script = "echo one; echo two >&2; echo three; printf four; exit 3";
        let (ended, last) = stream(
            &sh(script),
            &mut |line| seen.push(line.to_owned()),
            &CancellationToken::new(),
        )
        .await
        .unwrap();
        assert_eq!(seen, ["one", "two", "three", "four"]);
        assert_eq!(last, seen);
        assert!(matches!(ended, Ended::Exited(status) if status.code() == Some(3)));
    }

    #[tokio::test]
    async fn cancel_ends_the_whole_group() {
        let folder = tempfile::tempdir().unwrap();
        let fifo = folder.path().join("held");
        let cancel = CancellationToken::new();
        // The grandchild holds the writing end, so reading comes to its end with it.
        let script = format!(
            "mkfifo {0}; echo made; sleep 600 > {0} & wait",
            fifo.display()
        );
        let mut reading = None;
        let (ended, _) = stream(
            &sh(&script),
            &mut |_| {
                let mut held = std::fs::File::open(&fifo).unwrap();
                reading = Some(tokio::task::spawn_blocking(move || {
                    std::io::Read::read_to_end(&mut held, &mut Vec::new())
                }));
                cancel.cancel();
            },
            &cancel,
        )
        .await
        .unwrap();
        assert!(matches!(ended, Ended::Cancelled));
        let read = timeout(Duration::from_secs(10), reading.unwrap()).await;
        assert!(
            matches!(read, Ok(Ok(Ok(0)))),
            "the grandchild lives: {read:?}"
        );
    }

    #[tokio::test]
    async fn a_daemon_that_holds_the_pipe_does_not_hold_us() {
        let words = sh("sleep 5 & echo $!; exit 0");
        let mut daemon = None;
        let begun = std::time::Instant::now();
        let (ended, _) = stream(
            &words,
            &mut |line| daemon = line.parse::<i32>().ok(),
            &CancellationToken::new(),
        )
        .await
        .unwrap();
        assert!(matches!(ended, Ended::Exited(status) if status.success()));
        assert!(begun.elapsed() < Duration::from_secs(4));
        let daemon = Pid::from_raw(daemon.unwrap()).unwrap();
        rustix::process::kill_process(daemon, Signal::KILL).unwrap();
    }

    #[tokio::test]
    async fn capture_gives_the_words_of_a_failure_and_a_time_limit() {
        let shell = Path::new("/bin/sh");
        let limit = Duration::from_secs(10);
        let good = capture(
            shell,
            &["-c", "echo $X"],
            &[("X".into(), "y".into())],
            limit,
        )
        .await;
        assert_eq!(good, Ok("y\n".into()));
        let bad = capture(shell, &["-c", "echo why >&2; exit 1"], &[], limit).await;
        assert_eq!(bad, Err("why\n".into()));
        let slow = capture(shell, &["-c", "sleep 60"], &[], Duration::from_millis(50)).await;
        assert!(slow.unwrap_err().contains("did not end"));
        let none = capture(Path::new("/nowhere/x"), &[], &[], limit).await;
        assert!(none.unwrap_err().starts_with("/nowhere/x: "));
    }

    proptest! {
        #[test]
        fn lines_do_not_depend_on_how_the_bytes_are_cut(
            text in "[a-c\n\r]{0,80}", cuts in proptest::collection::vec(1usize..9, 1..20),
        ) {
            let mut whole = Vec::new();
            let mut lines = Lines::default();
            lines.push(text.as_bytes(), &mut |line| whole.push(line));
            lines.finish(&mut |line| whole.push(line));
            let mut pieces = Vec::new();
            let mut lines = Lines::default();
            let mut rest = text.as_bytes();
            for cut in cuts.iter().cycle() {
                if rest.is_empty() { break; }
                let (piece, tail) = rest.split_at((*cut).min(rest.len()));
                lines.push(piece, &mut |line| pieces.push(line));
                rest = tail;
            }
            lines.finish(&mut |line| pieces.push(line));
            prop_assert_eq!(whole, pieces);
        }
    }

    #[test]
    fn an_endless_line_is_cut() {
        let mut lines = Lines::default();
        let mut seen = Vec::new();
        for _ in 0..100 {
            lines.push(&[b'x'; 1000], &mut |line| seen.push(line));
        }
        lines.push(b"\nnext\n", &mut |line| seen.push(line));
        assert_eq!(seen[0].len(), LONGEST_LINE);
        assert_eq!(seen[1], "next");
    }
}
