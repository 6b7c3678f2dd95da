//! The host's own certificates in a base, for engines that cannot mount them into a build.
//!
//! Behind a company's proxy `cargo` trusts nobody without them. Podman mounts the bundle while
//! instructions run; docker has no such mount that a strategy's Dockerfile would not have to know
//! of, so a builder base gets one more layer there. Bases that only run stay as they are: what
//! is shipped is not changed.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use sha2::{Digest, Sha256};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::{
    context::{Context, Layout, stream_tar},
    domain::{base::BaseRecipe, ids::ImageId, text},
    engine::{BUILD_MOUNTS, BuildRequest, EngineError, LABEL},
    runner::{Runner, host::BUNDLE_INSIDE, names},
};

const BUNDLE: &str = "ca-certificates.crt";

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
    pub(super) async fn make(
        self,
        runner: &Runner,
        base: &str,
        cancel: &CancellationToken,
    ) -> Result<ImageId, EngineError> {
        let dockerfile = format!("ARG BASE=none\nFROM ${{BASE}}\nCOPY {BUNDLE} {BUNDLE_INSIDE}\n");
        let steps = runner.plan(&dockerfile);
        let layout = Layout {
            dockerfile,
            overlay: [(BUNDLE.to_owned(), self.bundle)].into(),
            ..Layout::default()
        };
        let sending = stream_tar(Arc::new(Context::default()), Arc::new(layout));
        let request = BuildRequest {
            tag: self.reference,
            args: BTreeMap::from([("BASE".to_owned(), base.to_owned())]),
            labels: [(LABEL.to_owned(), "base".to_owned())].into(),
            steps,
            ..BuildRequest::of(sending.chunks)
        };
        // One COPY: there is nothing to tell.
        let (events, mut told) = mpsc::channel(64);
        let quiet = tokio::spawn(async move { while told.recv().await.is_some() {} });
        let built = runner.engine.build(request, events, cancel.clone()).await;
        let _ = quiet.await;
        built
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
