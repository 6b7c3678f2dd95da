//! Runs an app's tests on this machine and measures what that takes.

use std::{
    fs::File,
    io::{self, Read, Seek},
    path::Path,
    process::{ExitStatus, Stdio},
    time::{Duration, Instant},
};

use nix::sys::{
    resource::{UsageWho, getrusage},
    time::TimeValLike,
};
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::{Child, Command};
use tokio_util::sync::CancellationToken;

use crate::{
    domain::{
        record::CpuTime,
        test_run::{Taken, TestCommand, TestRun, TestSet},
    },
    parse::{terminal::plain, test_output},
};

/// How long cargo, and nextest with its tests, may take to end after SIGTERM.
const GRACE: Duration = Duration::from_secs(5);
/// Bytes of output that are read back: a program that floods must not fill the memory.
const OUTPUT_LIMIT: u64 = 16 << 20;
/// Lines of output that explain a failure.
const LAST_LINES: usize = 25;

/// Why there is no figure.
#[derive(Debug, thiserror::Error)]
pub enum TestRunError {
    /// No process.
    #[error("`{command}` cannot be started ({source}); is Rust installed, and on the PATH?")]
    NotStarted {
        /// What was called.
        command: String,
        /// What the system said.
        source: io::Error,
    },
    /// It ended with another code than 0.
    #[error(
        "`{command}` failed ({status}); a failed run is no figure, so mend the tests first\n{last}"
    )]
    Failed {
        /// What was called.
        command: String,
        /// How it ended.
        status: ExitStatus,
        /// The last lines it printed, indented.
        last: String,
    },
    /// Its output or its times cannot be read.
    #[error("`{command}` cannot be measured: {source}")]
    NotMeasured {
        /// What was called.
        command: String,
        /// What the system said.
        source: io::Error,
    },
    /// The user ended it.
    #[error("cancelled")]
    Cancelled,
}

/// The tests of one app.
#[derive(Debug, Clone, Copy)]
pub struct Tests<'a> {
    /// The app's folder.
    pub root: &'a Path,
    /// What cargo is told besides, such as features.
    pub flags: &'a [String],
    /// Ends whatever runs.
    pub cancel: &'a CancellationToken,
}

impl Tests<'_> {
    /// The sets that differ: the whole workspace counts only where it has several members.
    ///
    /// # Errors
    /// When cargo cannot read the app.
    pub async fn sets(&self) -> Result<Vec<TestSet>, TestRunError> {
        let words = ["metadata", "--no-deps", "--format-version", "1"].map(str::to_owned);
        let described = self.finish(&words).await?;
        let json = described.output.lines().find(|line| line.starts_with('{'));
        let metadata: serde_json::Value =
            serde_json::from_str(json.unwrap_or_default()).unwrap_or_default();
        let members = metadata["workspace_members"].as_array().map_or(0, Vec::len);
        Ok(if members > 1 {
            vec![TestSet::Usual, TestSet::Workspace]
        } else {
            vec![TestSet::Usual]
        })
    }

    /// The version of cargo-nextest; `None` where it is not installed.
    ///
    /// # Errors
    /// When cargo cannot be started, or the user ended it.
    pub async fn nextest(&self) -> Result<Option<String>, TestRunError> {
        match self
            .finish(&["nextest", "--version"].map(str::to_owned))
            .await
        {
            Ok(said) => Ok(said.output.lines().next().map(plain)),
            Err(TestRunError::Failed { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Compiles what a run needs, so that a run does not.
    ///
    /// # Errors
    /// When it does not compile.
    pub async fn compile(&self, command: TestCommand, set: TestSet) -> Result<(), TestRunError> {
        let mut words = self.words(command, set);
        words.push("--no-run".into());
        self.finish(&words).await.map(drop)
    }

    /// Runs the tests once.
    ///
    /// # Errors
    /// When a test fails, or the run cannot be measured.
    pub async fn run(
        &self,
        command: TestCommand,
        set: TestSet,
        round: u32,
    ) -> Result<TestRun, TestRunError> {
        let finished = self.finish(&self.words(command, set)).await?;
        Ok(TestRun {
            command,
            set,
            round,
            passed: test_output::passed(&finished.output),
            taken: finished.taken,
        })
    }

    /// What cargo is told.
    #[must_use]
    pub fn words(&self, command: TestCommand, set: TestSet) -> Vec<String> {
        let fixed = command.words().iter().chain(set.words());
        let fixed = fixed.map(|word| (*word).to_owned());
        fixed.chain(self.flags.iter().cloned()).collect()
    }

    async fn finish(&self, words: &[String]) -> Result<Finished, TestRunError> {
        let command = format!("cargo {}", words.join(" "));
        let not_measured = |source| TestRunError::NotMeasured {
            command: command.clone(),
            source,
        };
        // A file and not a pipe: reading along would be a part of what is measured.
        let mut output = tempfile::tempfile().map_err(not_measured)?;
        let before = cpu_of_children().map_err(not_measured)?;
        let began = Instant::now();
        let started = start(words, self.root, &output);
        let mut child = started.map_err(|source| TestRunError::NotStarted {
            command: command.clone(),
            source,
        })?;
        let status = tokio::select! {
            status = child.wait() => status.map_err(not_measured)?,
            () = self.cancel.cancelled() => {
                end(&mut child).await;
                return Err(TestRunError::Cancelled);
            }
        };
        let wall_s = began.elapsed().as_secs_f64();
        let after = cpu_of_children().map_err(not_measured)?;
        let output = read_back(&mut output).map_err(not_measured)?;
        if !status.success() {
            let last = last_lines(&output);
            return Err(TestRunError::Failed {
                command,
                status,
                last,
            });
        }
        let cpu = CpuTime {
            user_s: after.user_s - before.user_s,
            system_s: after.system_s - before.system_s,
        };
        let taken = Taken { cpu, wall_s };
        Ok(Finished { taken, output })
    }
}

struct Finished {
    taken: Taken,
    output: String,
}

/// In a process group of its own, so that all of it can be ended.
fn start(words: &[String], folder: &Path, output: &File) -> io::Result<Child> {
    Command::new("cargo")
        .args(words)
        .current_dir(folder)
        // An app without tests is no failure; older versions of nextest do not read it.
        .env("NEXTEST_NO_TESTS", "pass")
        .stdin(Stdio::null())
        .stdout(output.try_clone()?)
        .stderr(output.try_clone()?)
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
}

/// Ends the child's whole group: nextest hands SIGTERM on to tests, which have groups of their own.
async fn end(child: &mut Child) {
    let id = child.id().and_then(|id| i32::try_from(id).ok());
    let Some(group) = id.and_then(Pid::from_raw) else {
        return;
    };
    for signal in [Signal::TERM, Signal::KILL] {
        // Fails only when all of the group are gone.
        let _ = kill_process_group(group, signal);
        if tokio::time::timeout(GRACE, child.wait()).await.is_ok() {
            break;
        }
    }
}

/// Of all children that have ended and were waited for, and of theirs: what a child took is the
/// difference, as long as nobody else waits for one meanwhile.
fn cpu_of_children() -> io::Result<CpuTime> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let seconds = |micros: i64| Duration::from_micros(u64::try_from(micros).unwrap_or_default());
    Ok(CpuTime {
        user_s: seconds(usage.user_time().num_microseconds()).as_secs_f64(),
        system_s: seconds(usage.system_time().num_microseconds()).as_secs_f64(),
    })
}

fn read_back(output: &mut File) -> io::Result<String> {
    output.rewind()?;
    let mut bytes = Vec::new();
    output.take(OUTPUT_LIMIT).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn last_lines(output: &str) -> String {
    let lines: Vec<&str> = output.lines().collect();
    let last = &lines[lines.len().saturating_sub(LAST_LINES)..];
    let shown: Vec<String> = last
        .iter()
        .map(|line| format!("  | {}", plain(line)))
        .collect();
    shown.join("\n")
}

#[cfg(test)]
mod tests;
