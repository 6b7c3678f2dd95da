//! The command that builds a strategy without imgtui.

use std::path::PathBuf;

use tokio::sync::mpsc;

use super::{EngineChoice, Ground, settings_of};
use crate::{
    domain::strategy::Strategy,
    engine::podman::Settings,
    runner::names::{self, Client},
    setup,
};

/// The exact command that builds a strategy by hand. The Dockerfile of a strategy that is
/// embedded in the program, or that is fitted to the app, is written into the state folder first.
///
/// # Errors
/// When there is no engine, a base cannot be looked up, or the file cannot be written.
pub async fn command_by_hand(ground: &Ground, strategy: &Strategy) -> Result<String, String> {
    let engine = ground.connect().await.map_err(|error| error.to_string())?;
    let (sender, _events) = mpsc::channel(1);
    let runner = ground.runner(engine, sender);
    let arguments = runner
        .arguments_by_hand(strategy)
        .await
        .map_err(|e| e.to_string())?;
    let tailored = ground.catalog.tailored(strategy, &ground.app);
    let folder = match &strategy.folder {
        Some(folder) if tailored.text == strategy.dockerfile => folder.clone(),
        _ => write_strategy(ground, strategy, &tailored.text).map_err(|error| error.to_string())?,
    };
    let client = match runner.engine.info().kind.as_str() {
        kind if kind.starts_with("docker") => Client::Docker {
            buildkit: kind == "docker-buildkit",
            host: docker_host(ground, runner.engine.how()),
        },
        _ => Client::Podman {
            settings: podman_settings(ground).await,
        },
    };
    let dockerfile = folder.join("Dockerfile");
    let mut text = names::build_command(
        &ground.app,
        strategy,
        &dockerfile,
        &arguments,
        &runner.host,
        &client,
    );
    if !strategy.overlay.is_empty() {
        let overlay = folder.join("overlay");
        text = format!(
            "# first copy {} over a copy of the app\n{text}",
            overlay.display()
        );
    }
    Ok(text)
}

/// Where docker listens; a daemon of our own only as long as imgtui runs.
fn docker_host(ground: &Ground, how: &str) -> String {
    if how.contains("://") {
        return how.to_owned();
    }
    if how.starts_with('/') {
        return format!("unix://{how}");
    }
    let socket = ground.state.path().join("docker").join("engine.sock");
    format!("unix://{}", socket.display())
}

/// Where podman is ours; another one has its own.
async fn podman_settings(ground: &Ground) -> Settings {
    match ground.engine {
        EngineChoice::Any | EngineChoice::Podman => {
            let runtime = setup::find_runtime(&ground.host()).await.ok()?;
            settings_of(&runtime)
        }
        _ => None,
    }
}

fn write_strategy(
    ground: &Ground,
    strategy: &Strategy,
    dockerfile: &str,
) -> std::io::Result<PathBuf> {
    let app = ground
        .state
        .path()
        .join("strategies")
        .join(&ground.app.name);
    let folder = app.join(&strategy.id.0);
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("Dockerfile"), dockerfile)?;
    if let Some(ignore) = &strategy.ignore {
        std::fs::write(folder.join("Dockerfile.dockerignore"), ignore)?;
    }
    for (path, content) in &strategy.overlay {
        let file = folder.join("overlay").join(path);
        if let Some(parent) = file.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(file, content)?;
    }
    Ok(folder)
}
