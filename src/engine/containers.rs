//! Containers through bollard: started on loopback, looked at, stopped, removed by id.

use std::{collections::HashMap, net::TcpListener};

use bollard::{
    Docker, body_stream, body_try_stream,
    container::LogOutput,
    errors::Error as ApiError,
    models::{ContainerConfig, ContainerCreateBody, HostConfig, PortBinding},
    query_parameters::{
        CommitContainerOptionsBuilder, CreateContainerOptions, DownloadFromContainerOptionsBuilder,
        ImportImageOptionsBuilder, InspectContainerOptions, LogsOptionsBuilder,
        RemoveContainerOptionsBuilder, StartContainerOptions, StopContainerOptionsBuilder,
        UploadToContainerOptionsBuilder, WaitContainerOptions,
    },
};
use bytes::Bytes as Chunk;
use futures_util::{Stream, StreamExt, stream};
use tokio::sync::mpsc;

use super::{CONTAINER, ContainerRequest, LABEL, RunningContainer, connection::HOST_NETWORK};
use crate::{domain::ids::ImageId, parse::terminal::sanitize_line};

/// Newest lines of a container's output that are read.
const OUTPUT_LINES: &str = "200";

/// How a container's port becomes reachable.
#[derive(Debug, Clone, Copy)]
enum Network<'a> {
    /// A bridge, the engine's own choice or a named one, with the port published on the loopback
    /// interface only.
    Bridge(Option<&'a str>),
    /// The host's own: works without firewall programs; the app is told its port by `PORT`.
    Host,
}

/// Starts a container without write access and without capabilities; on the host's network
/// where the engine cannot make a bridge. A container that did not start is removed.
pub(super) async fn start(
    docker: &Docker,
    network: Option<&str>,
    request: &ContainerRequest,
) -> Result<RunningContainer, ApiError> {
    if network == Some(HOST_NETWORK) {
        return start_on(docker, request, Network::Host).await;
    }
    let bridged = start_on(docker, request, Network::Bridge(network)).await;
    match bridged {
        Ok(running) => Ok(running),
        // The first error is the one that tells what is missing.
        Err(error) => start_on(docker, request, Network::Host)
            .await
            .map_err(|_| error),
    }
}

async fn start_on(
    docker: &Docker,
    request: &ContainerRequest,
    network: Network<'_>,
) -> Result<RunningContainer, ApiError> {
    let port = request.port.map(|_| free_port()).transpose()?;
    let id = create(docker, container_body(request, network, port)).await?;
    let options: Option<StartContainerOptions> = None;
    match docker.start_container(&id, options).await {
        Ok(()) => Ok(RunningContainer {
            pid: pid(docker, &id).await,
            id,
            port,
        }),
        Err(error) => {
            remove(docker, &id).await?;
            Err(error)
        }
    }
}

/// A container that is not started.
pub(super) async fn open(docker: &Docker, image: &str) -> Result<String, ApiError> {
    let body = ContainerCreateBody {
        image: Some(image.to_owned()),
        // An image may name no program; this one is never started.
        cmd: Some(vec!["/".into()]),
        labels: Some(our_label()),
        ..ContainerCreateBody::default()
    };
    create(docker, body).await
}

/// Puts files into a container that is never started, and makes an image of it.
pub(super) async fn add_files(
    docker: &Docker,
    base: &str,
    reference: &str,
    label: &str,
    files: mpsc::Receiver<std::io::Result<Chunk>>,
) -> Result<ImageId, ApiError> {
    let id = open(docker, base).await?;
    let made = commit_with(docker, &id, reference, label, files).await;
    let removed = remove(docker, &id).await;
    let image = made?;
    removed?;
    Ok(image)
}

async fn commit_with(
    docker: &Docker,
    container: &str,
    reference: &str,
    label: &str,
    files: mpsc::Receiver<std::io::Result<Chunk>>,
) -> Result<ImageId, ApiError> {
    let body = body_try_stream(stream::unfold(files, |mut files| async move {
        files.recv().await.map(|chunk| (chunk, files))
    }));
    let to_root = UploadToContainerOptionsBuilder::new().path("/").build();
    docker
        .upload_to_container(container, Some(to_root), body)
        .await?;
    let (repository, tag) = reference.rsplit_once(':').unwrap_or((reference, "latest"));
    let options = CommitContainerOptionsBuilder::new()
        .container(container)
        .repo(repository)
        .tag(tag)
        .build();
    let config = ContainerConfig {
        labels: Some(HashMap::from([(LABEL.to_owned(), label.to_owned())])),
        ..ContainerConfig::default()
    };
    Ok(ImageId(docker.commit_container(options, config).await?.id))
}

async fn create(docker: &Docker, body: ContainerCreateBody) -> Result<String, ApiError> {
    let options: Option<CreateContainerOptions> = None;
    Ok(docker.create_container(options, body).await?.id)
}

fn our_label() -> HashMap<String, String> {
    HashMap::from([(LABEL.to_owned(), CONTAINER.to_owned())])
}

/// The program's process on this machine; a program may have ended already.
async fn pid(docker: &Docker, id: &str) -> Option<i32> {
    let options: Option<InspectContainerOptions> = None;
    let pid = docker
        .inspect_container(id, options)
        .await
        .ok()?
        .state?
        .pid?;
    i32::try_from(pid).ok().filter(|pid| *pid > 0)
}

fn container_body(
    request: &ContainerRequest,
    network: Network<'_>,
    port: Option<u16>,
) -> ContainerCreateBody {
    let mut host = HostConfig {
        readonly_rootfs: Some(true),
        cap_drop: Some(vec!["ALL".into()]),
        ..HostConfig::default()
    };
    let mut env: Vec<String> = request
        .env
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let mut exposed = None;
    host.network_mode = match network {
        Network::Host => Some(HOST_NETWORK.into()),
        Network::Bridge(name) => name.map(str::to_owned),
    };
    if let (Some(app_port), Some(port)) = (request.port, port) {
        let inside = format!("{app_port}/tcp");
        if let Network::Bridge(_) = network {
            let binding = PortBinding {
                host_ip: Some("127.0.0.1".into()),
                host_port: Some(port.to_string()),
            };
            host.port_bindings = Some(HashMap::from([(inside.clone(), Some(vec![binding]))]));
        }
        let listens_on = match network {
            Network::Bridge(_) => app_port,
            Network::Host => port,
        };
        if !request.env.contains_key("PORT") {
            env.push(format!("PORT={listens_on}"));
        }
        exposed = Some(vec![inside]);
    }
    let (entrypoint, cmd) = match &request.command {
        None => (None, None),
        Some(command) => (
            command.first().map(|program| vec![program.clone()]),
            Some(command.iter().skip(1).cloned().collect()),
        ),
    };
    ContainerCreateBody {
        image: Some(request.image.clone()),
        env: Some(env),
        entrypoint,
        cmd,
        labels: Some(our_label()),
        exposed_ports: exposed,
        host_config: Some(host),
        ..ContainerCreateBody::default()
    }
}

/// The kernel's choice. Somebody else could take it before the container does; the start then
/// fails with an error that says so.
pub(super) fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

pub(super) async fn output(docker: &Docker, id: &str) -> Result<Vec<String>, ApiError> {
    let options = LogsOptionsBuilder::new()
        .stdout(true)
        .stderr(true)
        .tail(OUTPUT_LINES)
        .build();
    let mut log = docker.logs(id, Some(options));
    let mut lines = Vec::new();
    while let Some(chunk) = log.next().await {
        let bytes = match chunk? {
            LogOutput::StdOut { message }
            | LogOutput::StdErr { message }
            | LogOutput::Console { message }
            | LogOutput::StdIn { message } => message,
        };
        let text = String::from_utf8_lossy(&bytes);
        lines.extend(text.lines().map(sanitize_line));
    }
    Ok(lines)
}

/// The exit code.
pub(super) async fn ended(docker: &Docker, id: &str) -> Result<i64, ApiError> {
    let options: Option<WaitContainerOptions> = None;
    match docker.wait_container(id, options).next().await {
        Some(Ok(answer)) => Ok(answer.status_code),
        // bollard's error for an exit code other than 0.
        Some(Err(ApiError::DockerContainerWaitError { code, .. })) => Ok(code),
        Some(Err(error)) => Err(error),
        None => Ok(0),
    }
}

/// A file or folder as a tar stream.
pub(super) async fn copy_out(
    docker: &Docker,
    id: &str,
    path: &str,
    chunks: mpsc::Sender<Chunk>,
) -> Result<(), ApiError> {
    let options = DownloadFromContainerOptionsBuilder::new()
        .path(path)
        .build();
    pass_on(docker.download_from_container(id, Some(options)), chunks).await
}

pub(super) async fn export(
    docker: &Docker,
    id: &str,
    chunks: mpsc::Sender<Chunk>,
) -> Result<(), ApiError> {
    pass_on(docker.export_container(id), chunks).await
}

/// An image as an archive of its layers.
pub(super) async fn save(
    docker: &Docker,
    image: &str,
    chunks: mpsc::Sender<Chunk>,
) -> Result<(), ApiError> {
    pass_on(docker.export_image(image), chunks).await
}

/// Images out of such an archive.
pub(super) async fn load(docker: &Docker, chunks: mpsc::Receiver<Chunk>) -> Result<(), ApiError> {
    let body = stream::unfold(chunks, |mut chunks| async move {
        chunks.recv().await.map(|chunk| (chunk, chunks))
    });
    let options = ImportImageOptionsBuilder::new().quiet(true).build();
    let mut answers = docker.import_image(options, body_stream(body), None);
    while let Some(answer) = answers.next().await {
        if let Some(message) = answer?.error_detail.and_then(|detail| detail.message) {
            return Err(ApiError::DockerStreamError { error: message });
        }
    }
    Ok(())
}

/// Until the stream ends, or nobody reads any more.
async fn pass_on(
    stream: impl Stream<Item = Result<Chunk, ApiError>>,
    chunks: mpsc::Sender<Chunk>,
) -> Result<(), ApiError> {
    let mut stream = Box::pin(stream);
    while let Some(chunk) = stream.next().await {
        if chunks.send(chunk?).await.is_err() {
            break;
        }
    }
    Ok(())
}

pub(super) async fn stop(docker: &Docker, id: &str) -> Result<(), ApiError> {
    let options = StopContainerOptionsBuilder::new().t(1).build();
    match docker.stop_container(id, Some(options)).await {
        // 304: it had ended by itself.
        Ok(())
        | Err(ApiError::DockerResponseServerError {
            status_code: 304 | 404,
            ..
        }) => {}
        Err(error) => {
            remove(docker, id).await?;
            return Err(error);
        }
    }
    remove(docker, id).await
}

async fn remove(docker: &Docker, id: &str) -> Result<(), ApiError> {
    let options = RemoveContainerOptionsBuilder::new()
        .force(true)
        .v(true)
        .build();
    match docker.remove_container(id, Some(options)).await {
        Err(ApiError::DockerResponseServerError {
            status_code: 404, ..
        }) => Ok(()),
        answer => answer,
    }
}
