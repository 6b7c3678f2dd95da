//! Containers through bollard: started on loopback, looked at, stopped, removed by id.

use std::{collections::HashMap, net::TcpListener};

use bollard::{
    Docker,
    container::LogOutput,
    errors::Error as ApiError,
    models::{ContainerCreateBody, HostConfig, PortBinding},
    query_parameters::{
        CreateContainerOptions, LogsOptionsBuilder, RemoveContainerOptionsBuilder,
        StartContainerOptions, StopContainerOptionsBuilder, WaitContainerOptions,
    },
};
use bytes::Bytes as Chunk;
use futures_util::StreamExt;
use tokio::sync::mpsc;

use super::{CONTAINER, ContainerRequest, LABEL, RunningContainer};
use crate::parse::terminal::sanitize_line;

/// Newest lines of a container's output that are read.
const OUTPUT_LINES: &str = "200";

/// How a container's port becomes reachable.
#[derive(Debug, Clone, Copy)]
enum Network {
    /// A bridge, with the port published on the loopback interface only.
    Bridge,
    /// The host's own: works without firewall programs; the app is told its port by `PORT`.
    Host,
}

/// Starts a container without write access and without capabilities; on the host's network
/// where the engine cannot make a bridge. A container that did not start is removed.
pub(super) async fn start(
    docker: &Docker,
    request: &ContainerRequest,
) -> Result<RunningContainer, ApiError> {
    let bridged = start_on(docker, request, Network::Bridge).await;
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
    network: Network,
) -> Result<RunningContainer, ApiError> {
    let port = free_port()?;
    let body = container_body(request, network, port);
    let options: Option<CreateContainerOptions> = None;
    let id = docker.create_container(options, body).await?.id;
    let options: Option<StartContainerOptions> = None;
    match docker.start_container(&id, options).await {
        Ok(()) => Ok(RunningContainer { id, port }),
        Err(error) => {
            remove(docker, &id).await?;
            Err(error)
        }
    }
}

fn container_body(request: &ContainerRequest, network: Network, port: u16) -> ContainerCreateBody {
    let inside = format!("{}/tcp", request.port);
    let mut host = HostConfig {
        readonly_rootfs: Some(true),
        cap_drop: Some(vec!["ALL".into()]),
        ..HostConfig::default()
    };
    let app_port = match network {
        Network::Bridge => request.port,
        Network::Host => port,
    };
    match network {
        Network::Bridge => {
            let binding = PortBinding {
                host_ip: Some("127.0.0.1".into()),
                host_port: Some(port.to_string()),
            };
            host.port_bindings = Some(HashMap::from([(inside.clone(), Some(vec![binding]))]));
        }
        Network::Host => {
            host.network_mode = Some("host".into());
        }
    }
    ContainerCreateBody {
        image: Some(request.image.clone()),
        env: Some(vec![format!("PORT={app_port}")]),
        labels: Some(HashMap::from([(LABEL.to_owned(), CONTAINER.to_owned())])),
        exposed_ports: Some(vec![inside]),
        host_config: Some(host),
        ..ContainerCreateBody::default()
    }
}

/// The kernel's choice. Somebody else could take it before the container does; the start then
/// fails with an error that says so.
fn free_port() -> std::io::Result<u16> {
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

pub(super) async fn ended(docker: &Docker, id: &str) -> Result<(), ApiError> {
    let options: Option<WaitContainerOptions> = None;
    match docker.wait_container(id, options).next().await {
        // bollard's error for an exit code other than 0.
        None | Some(Ok(_) | Err(ApiError::DockerContainerWaitError { .. })) => Ok(()),
        Some(Err(error)) => Err(error),
    }
}

pub(super) async fn export(
    docker: &Docker,
    id: &str,
    chunks: mpsc::Sender<Chunk>,
) -> Result<(), ApiError> {
    let mut stream = Box::pin(docker.export_container(id));
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
