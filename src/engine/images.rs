//! Images: pull, push, look up, layers, what carries our label, remove.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use bollard::{
    Docker,
    models::ProgressDetail,
    query_parameters::{
        CreateImageOptionsBuilder, ListContainersOptionsBuilder, ListImagesOptionsBuilder,
        PushImageOptionsBuilder, RemoveImageOptionsBuilder,
    },
};
use futures_util::{Stream, StreamExt};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{
    connection::{ApiError, Connection, is_transport, message_of},
    credentials,
};
use crate::{
    domain::{
        event::BuildEvent,
        ids::{Bytes, ImageId},
        record::{ImageInfo, Layer},
        text,
    },
    engine::{CONTAINER, EngineError, LABEL, Made, MadeImage},
    parse::terminal::{plain, sanitize_line},
};

pub(super) async fn pull(
    connection: &Connection,
    reference: &str,
    events: mpsc::Sender<BuildEvent>,
    cancel: CancellationToken,
) -> Result<(), EngineError> {
    let options = CreateImageOptionsBuilder::new()
        .from_image(reference)
        .build();
    let credentials = credentials::of_reference(reference).await?;
    let progress = connection
        .docker
        .create_image(Some(options), None, credentials)
        .map(|info| {
            info.map(|info| Report {
                id: info.id,
                status: info.status,
                detail: info.progress_detail,
                error: info.error_detail.and_then(|detail| detail.message),
            })
        });
    match follow(Box::pin(progress), &events, &cancel).await {
        Ok(()) => Ok(()),
        Err(Broken::Off(error)) => Err(connection.failure("pulling", &error).await),
        Err(Broken::Refused(message)) => Err(EngineError::from_pull_message(reference, &message)),
        Err(Broken::Cancelled) => Err(EngineError::Cancelled),
    }
}

pub(super) async fn push(
    connection: &Connection,
    reference: &str,
    events: mpsc::Sender<BuildEvent>,
    cancel: CancellationToken,
) -> Result<(), EngineError> {
    let doing = format!("pushing {reference}");
    let (name, tag) = match reference.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, tag),
        _ => (reference, "latest"),
    };
    let options = PushImageOptionsBuilder::new().tag(tag).build();
    let credentials = credentials::of_reference(reference).await?;
    let progress = connection
        .docker
        .push_image(name, Some(options), credentials)
        .map(|info| {
            info.map(|info| Report {
                id: None,
                status: info.status,
                detail: info.progress_detail,
                error: info.error_detail.and_then(|detail| detail.message),
            })
        });
    match follow(Box::pin(progress), &events, &cancel).await {
        Ok(()) => Ok(()),
        Err(Broken::Off(error)) => Err(connection.failure(&doing, &error).await),
        Err(Broken::Refused(message)) => Err(EngineError::Refused {
            doing,
            reason: plain(message.trim()),
        }),
        Err(Broken::Cancelled) => Err(EngineError::Cancelled),
    }
}

/// One report on a transfer between engine and registry.
struct Report {
    id: Option<String>,
    status: Option<String>,
    detail: Option<ProgressDetail>,
    error: Option<String>,
}

/// Why a transfer came to no good end.
enum Broken {
    /// The engine stopped answering.
    Off(ApiError),
    /// In the engine's words.
    Refused(String),
    Cancelled,
}

/// Tells of a transfer until it ends.
async fn follow(
    mut reports: impl Stream<Item = Result<Report, ApiError>> + Unpin,
    events: &mpsc::Sender<BuildEvent>,
    cancel: &CancellationToken,
) -> Result<(), Broken> {
    let mut lines = TransferLines::default();
    loop {
        let report = tokio::select! {
            biased;
            () = cancel.cancelled() => return Err(Broken::Cancelled),
            report = reports.next() => report,
        };
        match report {
            None => return Ok(()),
            Some(Ok(Report {
                error: Some(message),
                ..
            })) => return Err(Broken::Refused(message)),
            Some(Ok(report)) => {
                if let Some(line) = lines.line(&report) {
                    let _ = events.send(BuildEvent::Output { step: None, line }).await;
                }
            }
            Some(Err(error)) if is_transport(&error) => return Err(Broken::Off(error)),
            Some(Err(error)) => return Err(Broken::Refused(message_of(&error))),
        }
    }
}

/// Between two lines on a running download: its reports come many times a second.
const PROGRESS_PAUSE: Duration = Duration::from_secs(2);

/// Turns reports into lines.
#[derive(Default)]
struct TransferLines {
    told: Option<Instant>,
}

impl TransferLines {
    fn line(&mut self, info: &Report) -> Option<String> {
        let status = info.status.as_deref()?.trim();
        if status.is_empty() {
            return None;
        }
        let id = info.id.as_deref().unwrap_or_default();
        let sizes = info
            .detail
            .as_ref()
            .and_then(|detail| Some((to_bytes(detail.current?)?, to_bytes(detail.total?)?)));
        let line = match sizes {
            None => format!("{status} {id}"),
            Some(_)
                if self
                    .told
                    .is_some_and(|told| told.elapsed() < PROGRESS_PAUSE) =>
            {
                return None;
            }
            Some((current, total)) => {
                self.told = Some(Instant::now());
                let (current, total) = (text::bytes(current), text::bytes(total));
                format!("{status} {id}: {current} of {total}")
            }
        };
        Some(sanitize_line(line.trim()))
    }
}

pub(super) async fn image(docker: &Docker, reference: &str) -> Result<Option<ImageInfo>, ApiError> {
    match docker.inspect_image(reference).await {
        Ok(image) => Ok(image.id.map(|id| ImageInfo {
            id: ImageId(id),
            bytes: image.size.and_then(to_bytes),
            diff_ids: image
                .root_fs
                .and_then(|files| files.layers)
                .unwrap_or_default(),
        })),
        Err(error) if is_missing(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The first word of the entry point, or of the command where there is none.
pub(super) async fn program(docker: &Docker, image: &str) -> Result<Option<String>, ApiError> {
    let found = docker.inspect_image(image).await?;
    let settings = found.config.unwrap_or_default();
    let words = [settings.entrypoint, settings.cmd];
    Ok(words.into_iter().flatten().flatten().next())
}

pub(super) async fn digest(docker: &Docker, reference: &str) -> Result<Option<String>, ApiError> {
    match docker.inspect_image(reference).await {
        Ok(image) => {
            let digests = image.repo_digests.unwrap_or_default();
            Ok(digest_of(reference, &digests))
        }
        Err(error) if is_missing(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Out of `repository@sha256:…`, the one of the reference's own repository.
fn digest_of(reference: &str, digests: &[String]) -> Option<String> {
    let name = reference.split('@').next()?;
    let repository = match name.rsplit_once(':') {
        // What follows the colon of `host:5000/name` is no tag.
        Some((before, tag)) if !tag.contains('/') => before,
        _ => name,
    };
    let found = digests.iter().find_map(|known| {
        let (of, digest) = known.split_once('@')?;
        (familiar(of) == familiar(repository)).then_some(digest)
    })?;
    let (_, hex) = found.split_once("sha256:")?;
    let is_whole = hex.len() == 64 && hex.chars().all(|c| c.is_ascii_hexdigit());
    is_whole.then(|| found.to_owned())
}

/// `docker.io/library/rust` as docker tells it: `rust`.
fn familiar(repository: &str) -> &str {
    let hub = repository.strip_prefix("docker.io/").unwrap_or(repository);
    hub.strip_prefix("library/").unwrap_or(hub)
}

pub(super) async fn layers(docker: &Docker, image: &ImageId) -> Result<Vec<Layer>, ApiError> {
    let history = docker.image_history(&image.0).await?;
    // The newest comes first. Entries without bytes are settings (ENV, USER, …) or layers with
    // nothing in them; neither costs anything.
    let layers = history.into_iter().rev().filter(|entry| entry.size > 0);
    Ok(layers
        .map(|entry| Layer {
            bytes: to_bytes(entry.size).unwrap_or_default(),
            created_by: readable_instruction(&plain(&entry.created_by)),
        })
        .collect())
}

/// `/bin/sh -c #(nop) COPY …`, `/bin/sh -c cargo build` and `RUN /bin/sh -c cargo build # buildkit`
/// as the Dockerfile writes them.
fn readable_instruction(created_by: &str) -> String {
    let text = created_by.trim();
    if let Some(instruction) = text.strip_suffix(" # buildkit") {
        return match instruction.split_once("/bin/sh -c ") {
            Some((before, command)) if before.starts_with("RUN") => format!("RUN {command}"),
            _ => instruction.to_owned(),
        };
    }
    if let Some(instruction) = text.strip_prefix("/bin/sh -c #(nop) ") {
        return instruction.trim().to_owned();
    }
    match text.strip_prefix("/bin/sh -c ") {
        Some(command) => format!("RUN {}", command.trim()),
        None => text.to_owned(),
    }
}

pub(super) async fn made(docker: &Docker) -> Result<Made, ApiError> {
    let filters = HashMap::from([("label", vec![LABEL])]);
    // Containers inherit their image's labels: only ours have this value.
    let ours = format!("{LABEL}={CONTAINER}");
    let container_filters = HashMap::from([("label", vec![ours.as_str()])]);
    let images = ListImagesOptionsBuilder::new()
        .all(true)
        .filters(&filters)
        .build();
    let containers = ListContainersOptionsBuilder::new()
        .all(true)
        .filters(&container_filters)
        .build();
    let images = docker.list_images(Some(images)).await?;
    let containers = docker.list_containers(Some(containers)).await?;
    Ok(Made {
        containers: containers
            .into_iter()
            .filter_map(|found| found.id)
            .collect(),
        images: images
            .into_iter()
            .map(|image| MadeImage {
                id: ImageId(image.id),
                names: image
                    .repo_tags
                    .into_iter()
                    .filter(|name| !name.contains("<none>"))
                    .collect(),
                bytes: to_bytes(image.size).unwrap_or_default(),
            })
            .collect(),
    })
}

pub(super) async fn remove(connection: &Connection, image: &str) -> Result<(), EngineError> {
    let tags = match connection.docker.inspect_image(image).await {
        Ok(found) => found.repo_tags.unwrap_or_default(),
        Err(error) if is_missing(&error) => return Ok(()),
        Err(error) => return Err(connection.failure("looking an image up", &error).await),
    };
    // Named by its id, an image would go with the names that somebody gave it.
    if !tags.is_empty() && !tags.iter().any(|tag| tag == image) {
        return Err(EngineError::Refused {
            doing: format!("removing {image}"),
            reason: format!("it is named {}", plain(&tags.join(", "))),
        });
    }
    let options = RemoveImageOptionsBuilder::new().build();
    let removed = connection
        .docker
        .remove_image(image, Some(options), None)
        .await;
    match removed {
        Ok(_) => Ok(()),
        Err(error) if is_missing(&error) => Ok(()),
        Err(error) => Err(connection.failure("removing an image", &error).await),
    }
}

fn is_missing(error: &ApiError) -> bool {
    matches!(
        error,
        ApiError::DockerResponseServerError {
            status_code: 404,
            ..
        }
    )
}

fn to_bytes(size: i64) -> Option<Bytes> {
    u64::try_from(size).ok().map(Bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_that_of_the_references_own_repository() {
        let digest = |sign: &str| format!("sha256:{}", sign.repeat(64));
        let known = [
            format!("127.0.0.1:5000/library/rust@{}", digest("a")),
            format!("docker.io/library/rust@{}", digest("b")),
            "docker.io/library/odd@sha256:12".to_owned(),
        ];
        let of = |reference| digest_of(reference, &known);
        assert_eq!(of("docker.io/library/rust:1.96"), Some(digest("b")));
        assert_eq!(of("127.0.0.1:5000/library/rust"), Some(digest("a")));
        assert_eq!(of("docker.io/library/debian:12"), None);
        assert_eq!(of("docker.io/library/odd:1"), None);
        let dockers = [format!("rust@{}", digest("c"))];
        assert_eq!(
            digest_of("docker.io/library/rust:1.96", &dockers),
            Some(digest("c"))
        );
    }

    /// Texts of podman 4.3.1 and of docker 20.10.24's two builders.
    #[test]
    fn a_layer_is_named_by_its_instruction() {
        let shown = [
            "/bin/sh -c #(nop) COPY file:55e9 in /out ",
            "/bin/sh -c echo a && echo b",
            "CMD [\"/bin/bash\"]",
            "RUN |1 BIN=app /bin/sh -c cargo build # buildkit",
            "COPY . . # buildkit",
        ]
        .map(readable_instruction);
        assert_eq!(
            shown,
            [
                "COPY file:55e9 in /out",
                "RUN echo a && echo b",
                "CMD [\"/bin/bash\"]",
                "RUN cargo build",
                "COPY . ."
            ]
        );
    }
}
