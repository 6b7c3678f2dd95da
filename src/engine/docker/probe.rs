//! What a docker can do, tried out and not guessed from its version.

use std::sync::Arc;

use bollard::{
    models::BuildInfoAux,
    query_parameters::{BuilderVersion, RemoveImageOptionsBuilder},
};
use futures_util::StreamExt;

use super::{Builder, DockerPlace, build::session};
use crate::{
    context::{Context, Layout, stream_tar},
    domain::record::EngineInfo,
    engine::{
        BuildRequest, EngineError, IMAGE, LABEL,
        connection::{ANSWER_LIMIT, ApiError, Connection, message_of, within_limit},
        error::is_full,
        facts, sending,
        unreachable::{silent, unreachable},
        which::podman_version,
    },
    parse::terminal::plain,
};

/// Built to its first stage: nothing is run, but a builder that does not know the mount refuses
/// the whole file.
const CACHE_MOUNT: &str = "FROM scratch AS probe\nLABEL io.imgtui.made=image\n\
    FROM scratch\nRUN --mount=type=cache,target=/cache [\"/none\"]\n";

/// What was found.
pub(super) struct Found {
    pub(super) builder: Builder,
    pub(super) info: EngineInfo,
}

/// Asks for the version, settles on an API version that both know, and tries BuildKit.
pub(super) async fn probe(
    connection: &mut Connection,
    place: &DockerPlace,
    wanted: Option<Builder>,
) -> Result<Found, EngineError> {
    prepare(connection, place).await?;
    let version = connection.docker.version().await;
    let version = version.map_err(|error| no_answer(place, &error))?;
    if podman_version(&version).is_some() {
        return Err(EngineError::Unreachable {
            place: place.to_string(),
            reason: "what answers there is podman".into(),
            remedy: "Give its address without a docker's name: `--engine unix:///…`.".into(),
        });
    }
    let builder = builder(connection, place, wanted).await?;
    let kind = match builder {
        Builder::BuildKit => "docker-buildkit",
        Builder::Classic => "docker-classic",
    };
    Ok(Found {
        builder,
        info: EngineInfo {
            kind: kind.into(),
            version: plain(&version.version.unwrap_or_default()),
        },
    })
}

/// Settles on an API version that both know, and looks who keeps the images and how containers
/// are connected.
pub(super) async fn prepare(
    connection: &mut Connection,
    place: &DockerPlace,
) -> Result<(), EngineError> {
    let prepared = async {
        connection.agree_on_version().await?;
        connection.packs_images = facts::is_containerds(&connection.docker.info().await?);
        connection.choose_network().await;
        Ok(())
    };
    let prepared = within_limit(prepared).await;
    prepared.map_err(|error| no_answer(place, &error))
}

fn no_answer(place: &DockerPlace, error: &ApiError) -> EngineError {
    match place {
        DockerPlace::At(address) => unreachable(address, error),
        DockerPlace::Private { program, .. } => {
            silent(program, error, "imgtui doctor --engine docker")
        }
    }
}

async fn builder(
    connection: &Connection,
    place: &DockerPlace,
    wanted: Option<Builder>,
) -> Result<Builder, EngineError> {
    if wanted == Some(Builder::Classic) {
        return Ok(Builder::Classic);
    }
    let tried = tokio::time::timeout(ANSWER_LIMIT, try_cache_mount(connection)).await;
    let reason = match tried {
        Ok(Ok(())) => return Ok(Builder::BuildKit),
        Ok(Err(reason)) => reason,
        Err(_) => format!("no answer for {} s", ANSWER_LIMIT.as_secs()),
    };
    match wanted {
        _ if is_full(&reason) => Err(EngineError::NoSpace { reason }),
        None => Ok(Builder::Classic),
        Some(_) => Err(EngineError::Unreachable {
            place: place.to_string(),
            reason: format!("its BuildKit does not build: {reason}"),
            remedy: "`--engine docker-classic` takes the builder that every docker has.".into(),
        }),
    }
}

/// A build that runs nothing; its empty image is removed.
async fn try_cache_mount(connection: &Connection) -> Result<(), String> {
    let layout = Layout {
        dockerfile: CACHE_MOUNT.to_owned(),
        ..Layout::default()
    };
    let sending = stream_tar(Arc::new(Context::default()), Arc::new(layout));
    let request = BuildRequest {
        labels: [(LABEL.to_owned(), IMAGE.to_owned())].into(),
        target: Some("probe".to_owned()),
        ..BuildRequest::of(sending.chunks)
    };
    let options = sending::options(&request)
        .version(BuilderVersion::BuilderBuildKit)
        .session(&session());
    let docker = connection.docker.clone();
    let mut infos = sending::send(docker, options.build(), None, request.context);
    let mut made = None;
    while let Some(info) = infos.next().await {
        let info = info.map_err(|error| plain(&message_of(&error)))?;
        if let Some(message) = info.error_detail.and_then(|detail| detail.message) {
            return Err(plain(&message));
        }
        if let Some(BuildInfoAux::Default(image)) = info.aux {
            made = image.id.or(made);
        }
    }
    let image = made.ok_or("the answer ended before an image was made")?;
    let options = RemoveImageOptionsBuilder::new().build();
    // One that something else uses stays.
    let _ = connection
        .docker
        .remove_image(&image, Some(options), None)
        .await;
    Ok(())
}
