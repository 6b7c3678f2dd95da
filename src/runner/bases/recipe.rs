//! A base's recipe carried out: its script on this machine, then its Dockerfile by the engine.

use std::{collections::BTreeMap, os::unix::fs::PermissionsExt, path::Path, sync::Arc};

use tokio_util::sync::CancellationToken;

use crate::{
    context::{IgnoreRules, Layout, stream_tar},
    domain::{base::BaseRecipe, event::BuildEvent, ids::ImageId},
    engine::{BuildRequest, EngineError, LABEL},
    runner::{
        LiveBuild, Runner,
        script::{self, PREPARE},
    },
};

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
            stages.insert(0, script::stage());
            live.stages_before(1);
        }
        live.take(BuildEvent::Planned { stages }).await;
        let folder = self.lay_out().map_err(|error| EngineError::Context {
            reason: format!("the recipe's files could not be written: {error}"),
        })?;
        if prepares {
            script::run(folder.path(), &BTreeMap::new(), live, cancel).await?;
            // The script's CPU time is not the engine's: neither its time nor that is counted.
            live.restart_clock();
        }
        let root = folder.path().to_path_buf();
        let context = self.runner.walk(root, IgnoreRules::App).await?;
        let steps = self.runner.plan(&dockerfile);
        let layout = Layout {
            dockerfile,
            ..Layout::default()
        };
        let sending = stream_tar(Arc::new(context), Arc::new(layout));
        let request = BuildRequest {
            tag: self.reference.to_owned(),
            args: self.arguments.clone(),
            labels: [(LABEL.to_owned(), "base".to_owned())].into(),
            steps,
            mounts: self.runner.host.mounts(),
            ..BuildRequest::of(sending.chunks)
        };
        live.build(request, sending.upload, cancel).await
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
