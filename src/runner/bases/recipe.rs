//! A base's recipe carried out: its script on this machine, then its Dockerfile by the engine.

use std::{
    collections::BTreeMap, os::unix::fs::PermissionsExt, path::Path, process::Stdio, sync::Arc,
};

use tokio::{io::AsyncReadExt, process::Command};
use tokio_util::sync::CancellationToken;

use crate::{
    context::{DOCKERFILE_NAME, IgnoreRules, Layout, stream_tar},
    domain::{
        base::BaseRecipe,
        event::{BuildEvent, StagePlan, StepKey},
        ids::ImageId,
    },
    engine::{BuildRequest, EngineError, LABEL},
    parse::{lines::Lines, terminal::sanitize_line},
    runner::{LiveBuild, Runner},
};

/// The script of a recipe that runs on the host before its Dockerfile is built.
const PREPARE: &str = "prepare.sh";

/// One recipe being carried out.
pub(super) struct Work<'a> {
    pub(super) runner: &'a Runner,
    pub(super) recipe: &'a BaseRecipe,
    pub(super) reference: &'a str,
    pub(super) arguments: BTreeMap<String, String>,
}

impl Work<'_> {
    pub(super) async fn perform(
        &self,
        live: &mut LiveBuild<'_>,
        cancel: &CancellationToken,
    ) -> Result<ImageId, EngineError> {
        let dockerfile = self.dockerfile()?;
        let mut stages = self.runner.plan(&dockerfile);
        let prepares = self.recipe.files.contains_key(PREPARE);
        if prepares {
            let on_host = StagePlan {
                name: "on this machine".into(),
                instructions: vec![PREPARE.to_owned()],
            };
            stages.insert(0, on_host);
            live.stages_before(1);
        }
        live.take(BuildEvent::Planned { stages }).await;
        let folder = self.lay_out().map_err(|error| EngineError::Context {
            reason: format!("the recipe's files could not be written: {error}"),
        })?;
        if prepares {
            prepare(folder.path(), live, cancel).await?;
            // The script's CPU time is not the engine's: neither its time nor that is counted.
            live.restart_clock();
        }
        let root = folder.path().to_path_buf();
        let context = self.runner.walk(root, IgnoreRules::App).await?;
        let layout = Layout {
            dockerfile,
            ..Layout::default()
        };
        let sending = stream_tar(Arc::new(context), Arc::new(layout));
        let request = BuildRequest {
            tag: self.reference.to_owned(),
            dockerfile: DOCKERFILE_NAME.to_owned(),
            args: self.arguments.clone(),
            labels: [(LABEL.to_owned(), "base".to_owned())].into(),
            no_cache: false,
            mounts: self.runner.host.mounts(),
            context: sending.chunks,
        };
        live.build(request, sending.sent, cancel).await
    }

    fn dockerfile(&self) -> Result<String, EngineError> {
        let text = self
            .recipe
            .files
            .get("Dockerfile")
            .map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        text.ok_or_else(|| EngineError::Context {
            reason: format!(
                "the recipe of base {} has no Dockerfile",
                self.recipe.base.id
            ),
        })
    }

    /// The recipe's files in a folder of their own, which is removed afterwards.
    fn lay_out(&self) -> std::io::Result<tempfile::TempDir> {
        let folder = tempfile::Builder::new()
            .prefix("base-")
            .tempdir_in(self.runner.state.path())?;
        for (path, content) in &self.recipe.files {
            let file = folder.path().join(path);
            if let Some(parent) = file.parent() {
                std::fs::create_dir_all(parent)?;
            }
            std::fs::write(&file, content)?;
            let is_script = Path::new(path)
                .extension()
                .is_some_and(|ending| ending == "sh");
            let mode = if is_script { 0o755 } else { 0o644 };
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode))?;
        }
        Ok(folder)
    }
}

/// Runs the recipe's script in its folder; its output is the step's.
async fn prepare(
    folder: &Path,
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
