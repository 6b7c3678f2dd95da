//! A build request on its way: the options that podman and docker share, the context as the body,
//! and the answer as a stream that owns its client.

use std::{collections::HashMap, pin::Pin};

use bollard::{
    Docker,
    auth::DockerCredentials,
    body_try_stream,
    models::BuildInfo,
    query_parameters::{BuildImageOptions, BuildImageOptionsBuilder},
};
use futures_util::{Stream, StreamExt, stream};
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use super::{BuildRequest, connection::ApiError};

/// What the engine answers. Dropped, the request is hung up on.
pub(super) type Infos = Pin<Box<dyn Stream<Item = Result<BuildInfo, ApiError>> + Send>>;

/// Answers that may wait to be read.
const WAITING: usize = 64;

/// What every engine is asked for.
///
/// The host's network: proxies of the host listen on its loopback interface, and no bridge has to
/// be made.
pub(super) fn options(request: &BuildRequest) -> BuildImageOptionsBuilder {
    let map = |pairs: &std::collections::BTreeMap<String, String>| -> HashMap<String, String> {
        pairs.clone().into_iter().collect()
    };
    let mut options = BuildImageOptionsBuilder::new()
        .dockerfile(&request.dockerfile)
        .nocache(request.no_cache)
        .rm(true)
        .forcerm(true)
        .networkmode("host");
    if !request.tag.is_empty() {
        options = options.t(&request.tag);
    }
    // Podman answers 400 to empty ones.
    if !request.args.is_empty() {
        options = options.buildargs(&map(&request.args));
    }
    if !request.labels.is_empty() {
        options = options.labels(&map(&request.labels));
    }
    if let Some(stage) = &request.target {
        options = options.target(stage);
    }
    options
}

/// Sends the request. The stream borrows its client, so both travel together.
pub(super) fn send(
    docker: Docker,
    options: BuildImageOptions,
    credentials: Option<HashMap<String, DockerCredentials>>,
    context: mpsc::Receiver<std::io::Result<bytes::Bytes>>,
) -> Infos {
    let (sender, receiver) = mpsc::channel(WAITING);
    let task = tokio::spawn(async move {
        let body = body_try_stream(stream::unfold(context, |mut context| async move {
            context.recv().await.map(|chunk| (chunk, context))
        }));
        let mut infos = Box::pin(docker.build_image(options, credentials, Some(body)));
        while let Some(info) = infos.next().await {
            if sender.send(info).await.is_err() {
                return;
            }
        }
    });
    let guard = AbortOnDropHandle::new(task);
    Box::pin(stream::unfold(
        (receiver, guard),
        |(mut receiver, guard)| async move {
            let info = receiver.recv().await?;
            Some((info, (receiver, guard)))
        },
    ))
}
