//! Strategies that build on this machine: their script makes what the image needs, and the
//! engine only packs it. Fast, and not hermetic.
//!
//! The script runs in a folder that stays from build to build: `app/` holds the context, a file
//! with a new time exactly when its bytes are new; what the script leaves in `out/` is sent to
//! the engine. Anything beside them, such as `target/`, is the script's own.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use tokio_util::sync::CancellationToken;

use super::{
    Runner,
    live::LiveBuild,
    script::{self, PREPARE},
};
use crate::{
    context::{Context, ContextError, IgnoreRules, Layout, stage},
    domain::strategy::Strategy,
    engine::EngineError,
};

/// What the script leaves.
const OUT: &str = "out";

/// Runs the strategy's script over this context; the context that is sent to the engine.
pub(super) async fn prepare(
    runner: &Runner,
    strategy: &Strategy,
    text: &str,
    (context, layout): (Context, Layout),
    live: &mut LiveBuild<'_>,
    cancel: &CancellationToken,
) -> Result<Context, EngineError> {
    let folder = folder(runner, strategy);
    let (script, place) = (text.to_owned(), folder.clone());
    let laid = tokio::task::spawn_blocking(move || lay_out(&place, &script, &context, &layout));
    let laid = laid.await.map_err(|error| failed(&error))?;
    laid.map_err(|error| failed(&error))?;
    live.without_cpu();
    script::run(&folder, &variables(runner, strategy), live, cancel).await?;
    runner.walk(folder.join(OUT), IgnoreRules::App).await
}

/// One folder an app and strategy: two apps of one name do not meet in it.
fn folder(runner: &Runner, strategy: &Strategy) -> PathBuf {
    let app = runner.app.root.to_string_lossy();
    let app = app.trim_matches('/').replace('/', "-");
    let staging = runner.state.path().join("staging");
    staging.join(app).join(&strategy.id.0)
}

fn lay_out(
    folder: &Path,
    script: &str,
    context: &Context,
    layout: &Layout,
) -> Result<(), ContextError> {
    stage(context, layout, &folder.join("app"))?;
    let made = || {
        let out = folder.join(OUT);
        if out.exists() {
            fs::remove_dir_all(&out)?;
        }
        fs::create_dir_all(&out)?;
        fs::write(folder.join(PREPARE), script)
    };
    made().map_err(|source| ContextError::Unwritable {
        path: folder.to_owned(),
        source,
    })
}

/// The build arguments, as an engine would give them to a Dockerfile.
fn variables(runner: &Runner, strategy: &Strategy) -> BTreeMap<String, String> {
    let mut variables = strategy.args.clone();
    let settings = &runner.app.settings;
    variables.extend(settings.env.clone());
    variables.extend(settings.build_args.clone());
    variables.insert("BIN".into(), runner.app.bin.clone());
    variables.insert("BUILD_FLAGS".into(), settings.build_flags.join(" "));
    variables
}

fn failed(error: &dyn std::error::Error) -> EngineError {
    EngineError::Context {
        reason: error.to_string(),
    }
}
