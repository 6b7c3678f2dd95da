//! The host's own certificates in a base, for engines that cannot mount them into a build.
//!
//! Behind a company's proxy `cargo` trusts nobody without them. Podman mounts the bundle while
//! instructions run; docker has no such mount that a strategy's Dockerfile would not have to know
//! of, so a builder base gets one more layer there. Bases that only run stay as they are: what
//! is shipped is not changed.

use std::{path::Path, sync::Arc};

use sha2::{Digest, Sha256};

use crate::{
    context::{Context, DockerfilePlace, Layout, stream_tar},
    domain::{base::BaseRecipe, ids::ImageId, text},
    engine::{BUILD_MOUNTS, EngineError},
    runner::{Runner, host::BUNDLE_INSIDE, names},
};

/// Modification time of what is added, in seconds since 1970: the same on every machine, so that the
/// layer is the same, and steps on top of it can be shared.
const LAYER_TIME_S: u64 = 1_577_836_800;

/// A base that may need the host's certificates.
#[derive(Debug)]
pub(super) struct Trusting {
    /// The image that has them, or will have.
    pub(super) reference: String,
    bundle: Vec<u8>,
}

/// What `reference` has to become; `None` where it can stay as it is.
///
/// # Errors
/// When the engine does not answer, or the bundle cannot be read.
pub(super) async fn needed(
    runner: &Runner,
    recipe: &BaseRecipe,
    reference: &str,
) -> Result<Option<Trusting>, EngineError> {
    let mounts = runner.engine.abilities().contains(&BUILD_MOUNTS);
    let Some(file) = runner.host.own_bundle().filter(|_| !mounts) else {
        return Ok(None);
    };
    if recipe.base.rust.is_none() {
        return Ok(None);
    }
    let Some(image) = runner.engine.image(reference).await? else {
        return Ok(None);
    };
    let bundle = read(file).await?;
    let mut hash = Sha256::new();
    hash.update(image.id.0.as_bytes());
    hash.update(&bundle);
    let digest = text::hex(&hash.finalize()[..6]);
    let reference = names::trusting_of(&recipe.base.id, &digest);
    Ok(Some(Trusting { reference, bundle }))
}

impl Trusting {
    /// Makes the image on top of `base`.
    ///
    /// # Errors
    /// As of any build.
    pub(super) async fn make(self, runner: &Runner, base: &str) -> Result<ImageId, EngineError> {
        let path = BUNDLE_INSIDE.trim_start_matches('/').to_owned();
        let layout = Layout {
            place: DockerfilePlace::Outside,
            overlay: [(path, self.bundle)].into(),
            fresh_s: LAYER_TIME_S,
            ..Layout::default()
        };
        let files = stream_tar(Arc::new(Context::default()), Arc::new(layout));
        // Short, and not to be broken off: what it works in would stay behind.
        let engine = &runner.engine;
        engine
            .add_files(base, &self.reference, "base", files.chunks)
            .await
    }
}

async fn read(file: &Path) -> Result<Vec<u8>, EngineError> {
    tokio::fs::read(file)
        .await
        .map_err(|error| EngineError::Context {
            reason: format!(
                "the certificates in {} cannot be read: {error}",
                file.display()
            ),
        })
}
