//! Images: look up, layers, what carries our label, remove.

use std::collections::HashMap;

use bollard::{
    Docker,
    query_parameters::{
        ListContainersOptionsBuilder, ListImagesOptionsBuilder, RemoveImageOptionsBuilder,
    },
};

use super::connection::{ApiError, Connection};
use crate::{
    domain::{
        ids::{Bytes, ImageId},
        record::{ImageInfo, Layer},
    },
    engine::{CONTAINER, EngineError, LABEL, Made, MadeImage},
    parse::terminal::plain,
};

pub(super) async fn image(docker: &Docker, reference: &str) -> Result<Option<ImageInfo>, ApiError> {
    match docker.inspect_image(reference).await {
        Ok(image) => Ok(image.id.map(|id| ImageInfo {
            id: ImageId(id),
            bytes: image.size.and_then(to_bytes),
            diff_ids: image
                .root_fs
                .and_then(|files| files.layers)
                .unwrap_or_default(),
            compressed: Vec::new(),
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
#[must_use]
pub fn readable_instruction(created_by: &str) -> String {
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

pub(super) fn to_bytes(size: i64) -> Option<Bytes> {
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
