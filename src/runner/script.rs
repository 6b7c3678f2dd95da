//! A script on this machine that runs before the engine builds: of a base's recipe, or of a
//! strategy that is not hermetic.

use std::{collections::BTreeMap, path::Path, process::Stdio};

use tokio::{io::AsyncReadExt, process::Command};
use tokio_util::sync::CancellationToken;

use super::LiveBuild;
use crate::{
    domain::event::{BuildEvent, StagePlan, StepKey},
    engine::EngineError,
    parse::{lines::Lines, terminal::sanitize_line},
};

/// The script's name in the folder in which it runs.
pub(super) const PREPARE: &str = "prepare.sh";

/// The stage that the script is.
pub(super) fn stage() -> StagePlan {
    StagePlan {
        name: "on this machine".into(),
        instructions: vec![PREPARE.to_owned()],
    }
}

/// Runs the script in its folder with these variables besides our own; its output is the step's.
pub(super) async fn run(
    folder: &Path,
    variables: &BTreeMap<String, String>,
    live: &mut LiveBuild<'_>,
    cancel: &CancellationToken,
) -> Result<(), EngineError> {
    let step = StepKey { stage: 0, index: 1 };
    let instruction = format!("sh -eu {PREPARE}");
    live.take(BuildEvent::StepStarted {
        step,
        of: 1,
        instruction: instruction.clone(),
    })
    .await;
    let failed = |reason: String| EngineError::BuildFailed {
        step: Some(step),
        message: format!("`{instruction}` on this machine failed: {reason}"),
    };
    let mut child = Command::new("sh")
        .args(["-c", "exec sh -eu ./prepare.sh 2>&1"])
        .current_dir(folder)
        .envs(variables)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| failed(error.to_string()))?;
    if let Some(stdout) = child.stdout.take() {
        let mut stdout = stdout;
        let mut lines = Lines::default();
        let mut chunk = [0; 8192];
        loop {
            let read = tokio::select! {
                biased;
                () = cancel.cancelled() => {
                    end_group(&child);
                    return Err(EngineError::Cancelled);
                }
                read = stdout.read(&mut chunk) => read,
            };
            let Ok(read @ 1..) = read else { break };
            let mut complete = Vec::new();
            let text = String::from_utf8_lossy(&chunk[..read]);
            lines.push(&text, |line| complete.push(sanitize_line(line)));
            for line in complete {
                let step = Some(step);
                live.take(BuildEvent::Output { step, line }).await;
            }
        }
    }
    let status = child
        .wait()
        .await
        .map_err(|error| failed(error.to_string()))?;
    if !status.success() {
        live.take(BuildEvent::StepFailed { step }).await;
        return Err(failed(format!("{status}; its last lines above say why")));
    }
    live.take(BuildEvent::StepRan { step }).await;
    Ok(())
}

/// The script's children too: mmdebstrap has some.
fn end_group(child: &tokio::process::Child) {
    let pid = child.id().and_then(|id| i32::try_from(id).ok());
    if let Some(pid) = pid.and_then(rustix::process::Pid::from_raw) {
        // It is gone already when this fails.
        let _ = rustix::process::kill_process_group(pid, rustix::process::Signal::TERM);
    }
}
