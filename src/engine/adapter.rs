//! What an engine's adapter has to bring along; everything else goes through the API that
//! podman and docker share.

use std::sync::Arc;

use bytes::Bytes as Chunk;
use futures_util::future::BoxFuture;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{
    Answer, BuildRequest, ContainerRequest, Engine, EngineError, Made, RunningContainer, Sharing,
    connection::Connection, containers, facts, images, transfers,
};
use crate::domain::{
    engines::EngineFacts,
    event::{BuildEvent, StagePlan},
    ids::ImageId,
    record::{CpuTime, EngineInfo, ImageInfo, Layer},
};

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// Builds and images.
    Builds,
    /// Containers that are started to be looked at.
    Containers,
}

/// One kind of engine. Whoever implements this is an [`Engine`].
pub trait Adapter: Send + Sync + std::fmt::Debug {
    /// See [`Engine::info`].
    fn info(&self) -> &EngineInfo;

    /// See [`Engine::how`].
    fn how(&self) -> &str;

    /// See [`Engine::is_ours`].
    fn is_ours(&self) -> bool;

    /// See [`Engine::abilities`].
    fn abilities(&self) -> &[&str];

    /// See [`Engine::steps`].
    fn steps(&self, stages: Vec<StagePlan>) -> Vec<StagePlan>;

    /// A connection that answers; a daemon of ours that is gone is started anew.
    ///
    /// # Errors
    /// When there is none.
    fn connection(&self, work: Work) -> Answer<'_, Arc<Connection>>;

    /// See [`Engine::build`].
    ///
    /// # Errors
    /// As there.
    fn build(
        &self,
        request: BuildRequest,
        events: mpsc::Sender<BuildEvent>,
        cancel: CancellationToken,
    ) -> Answer<'_, ImageId>;

    /// See [`Engine::settle`].
    fn settle(&self) -> BoxFuture<'_, ()>;

    /// See [`Engine::sharing`].
    fn sharing(&self) -> Sharing;

    /// See [`Engine::cpu`].
    fn cpu(&self) -> Option<CpuTime>;
}

/// A started container, its port reachable from here; on another machine it has no process here.
async fn reachable(
    connection: &Connection,
    mut running: RunningContainer,
) -> Result<RunningContainer, EngineError> {
    if connection.is_local() {
        return Ok(running);
    }
    running.pid = None;
    let Some(port) = running.port else {
        return Ok(running);
    };
    match connection.reach(&running.id, port).await {
        Ok(here) => {
            running.port = Some(here);
            Ok(running)
        }
        Err(error) => {
            // What cannot be removed now carries our label, and `clean` takes it.
            let _ = containers::stop(&connection.docker, &running.id).await;
            Err(error)
        }
    }
}

/// One call over a connection, its error in words.
macro_rules! ask {
    ($adapter:ident, $work:ident, $doing:expr, |$docker:ident| $call:expr) => {
        Box::pin(async move {
            let connection = $adapter.connection(Work::$work).await?;
            let $docker = &connection.docker;
            match $call.await {
                Ok(answer) => Ok(answer),
                Err(error) => Err(connection.failure($doing, &error).await),
            }
        })
    };
}

impl<A: Adapter> Engine for A {
    fn info(&self) -> &EngineInfo {
        Adapter::info(self)
    }

    fn how(&self) -> &str {
        Adapter::how(self)
    }

    fn is_ours(&self) -> bool {
        Adapter::is_ours(self)
    }

    fn abilities(&self) -> &[&str] {
        Adapter::abilities(self)
    }

    fn facts(&self) -> Answer<'_, EngineFacts> {
        ask!(self, Builds, "asking what it can do", |docker| async {
            docker.info().await.map(|told| facts::of(self, &told))
        })
    }

    fn steps(&self, stages: Vec<StagePlan>) -> Vec<StagePlan> {
        Adapter::steps(self, stages)
    }

    fn build(
        &self,
        request: BuildRequest,
        events: mpsc::Sender<BuildEvent>,
        cancel: CancellationToken,
    ) -> Answer<'_, ImageId> {
        Adapter::build(self, request, events, cancel)
    }

    fn settle(&self) -> BoxFuture<'_, ()> {
        Adapter::settle(self)
    }

    fn cpu(&self) -> Option<CpuTime> {
        Adapter::cpu(self)
    }

    fn pull<'a>(
        &'a self,
        reference: &'a str,
        events: mpsc::Sender<BuildEvent>,
        cancel: CancellationToken,
    ) -> Answer<'a, ()> {
        Box::pin(async move {
            let connection = self.connection(Work::Builds).await?;
            transfers::pull(&connection, reference, events, cancel).await
        })
    }

    fn sharing(&self) -> Sharing {
        Adapter::sharing(self)
    }

    fn push<'a>(
        &'a self,
        reference: &'a str,
        events: mpsc::Sender<BuildEvent>,
        cancel: CancellationToken,
    ) -> Answer<'a, ()> {
        Box::pin(async move {
            let connection = self.connection(Work::Builds).await?;
            transfers::push(&connection, reference, events, cancel).await
        })
    }

    fn image<'a>(&'a self, reference: &'a str) -> Answer<'a, Option<ImageInfo>> {
        Box::pin(async move {
            let connection = self.connection(Work::Builds).await?;
            let found = images::image(&connection.docker, reference).await;
            let image = match found {
                Ok(image) => image,
                Err(error) => return Err(connection.failure("looking an image up", &error).await),
            };
            Ok(image.map(|image| ImageInfo {
                bytes: image.bytes.filter(|_| !connection.packs_images),
                ..image
            }))
        })
    }

    fn digest<'a>(&'a self, reference: &'a str) -> Answer<'a, Option<String>> {
        ask!(self, Builds, "looking an image up", |docker| {
            images::digest(docker, reference)
        })
    }

    fn layers<'a>(&'a self, image: &'a ImageId) -> Answer<'a, Vec<Layer>> {
        ask!(self, Builds, "reading an image's layers", |docker| {
            images::layers(docker, image)
        })
    }

    fn program<'a>(&'a self, image: &'a str) -> Answer<'a, Option<String>> {
        ask!(self, Builds, "looking an image up", |docker| {
            images::program(docker, image)
        })
    }

    fn start(&self, request: ContainerRequest) -> Answer<'_, RunningContainer> {
        let doing = format!("starting a container of {}", request.image);
        Box::pin(async move {
            let connection = self.connection(Work::Containers).await?;
            if request.port.is_some()
                && let Some(reason) = connection.cannot_ask()
            {
                return Err(EngineError::Refused { doing, reason });
            }
            let network = connection.network.as_deref();
            match containers::start(&connection.docker, network, &request).await {
                Ok(running) => reachable(&connection, running).await,
                Err(error) => Err(connection.failure(&doing, &error).await),
            }
        })
    }

    fn output<'a>(&'a self, container: &'a str) -> Answer<'a, Vec<String>> {
        ask!(self, Containers, "reading a container's output", |docker| {
            containers::output(docker, container)
        })
    }

    fn export<'a>(&'a self, container: &'a str, chunks: mpsc::Sender<Chunk>) -> Answer<'a, ()> {
        ask!(self, Containers, "listing a container", |docker| {
            containers::export(docker, container, chunks)
        })
    }

    fn open<'a>(&'a self, image: &'a str) -> Answer<'a, String> {
        ask!(self, Containers, "opening an image", |docker| {
            containers::open(docker, image)
        })
    }

    fn copy_out<'a>(
        &'a self,
        container: &'a str,
        path: &'a str,
        chunks: mpsc::Sender<Chunk>,
    ) -> Answer<'a, ()> {
        ask!(self, Containers, "reading a file of an image", |docker| {
            containers::copy_out(docker, container, path, chunks)
        })
    }

    fn save<'a>(&'a self, image: &'a str, chunks: mpsc::Sender<Chunk>) -> Answer<'a, ()> {
        ask!(self, Builds, "saving an image", |docker| {
            containers::save(docker, image, chunks)
        })
    }

    fn add_files<'a>(
        &'a self,
        base: &'a str,
        reference: &'a str,
        label: &'a str,
        files: mpsc::Receiver<std::io::Result<Chunk>>,
    ) -> Answer<'a, ImageId> {
        ask!(self, Builds, "adding files to an image", |docker| {
            containers::add_files(docker, base, reference, label, files)
        })
    }

    fn load(&self, chunks: mpsc::Receiver<Chunk>) -> Answer<'_, ()> {
        ask!(self, Builds, "loading an image", |docker| {
            containers::load(docker, chunks)
        })
    }

    fn ended<'a>(&'a self, container: &'a str) -> Answer<'a, i64> {
        ask!(self, Containers, "waiting for a container", |docker| {
            containers::ended(docker, container)
        })
    }

    fn stop<'a>(&'a self, container: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            let connection = self.connection(Work::Containers).await?;
            connection.forget(container).await;
            match containers::stop(&connection.docker, container).await {
                Ok(()) => Ok(()),
                Err(error) => Err(connection.failure("stopping a container", &error).await),
            }
        })
    }

    fn made(&self) -> Answer<'_, Made> {
        ask!(self, Builds, "listing what imgtui made", |docker| {
            images::made(docker)
        })
    }

    fn remove_image<'a>(&'a self, image: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            let connection = self.connection(Work::Builds).await?;
            images::remove(&connection, image).await
        })
    }
}
