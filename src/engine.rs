//! The port to a container engine: a small trait, what an engine can do, and typed errors.
//!
//! Adapters live below this module, and only they know bollard. What an engine prints is
//! turned into [`BuildEvent`]s inside the adapter, so that nobody else sees an engine's dialect.

pub mod adapter;
pub mod address;
mod chunk_reader;
pub mod connection;
pub mod containers;
mod credentials;
pub mod docker;
pub mod error;
mod facts;
pub mod find;
mod images;
pub mod podman;
mod processes;
mod sending;
mod service;
mod transfers;
mod tunnel;
mod unreachable;
pub mod which;

use std::{collections::BTreeMap, path::PathBuf};

use bytes::Bytes as Chunk;
use futures_util::future::BoxFuture;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

pub use self::{
    chunk_reader::ChunkReader, error::EngineError, images::readable_instruction, which::Dialect,
};
use crate::{
    context::DOCKERFILE_NAME,
    domain::{
        engines::EngineFacts,
        event::{BuildEvent, StagePlan},
        ids::{Bytes, ImageId},
        record::{CpuTime, EngineInfo, ImageInfo, Layer},
        shared_cache::Repository,
    },
};

/// The label on everything that imgtui makes; only what carries it is ever removed.
pub const LABEL: &str = "io.imgtui.made";
/// The label's value on images that strategies make.
pub const IMAGE: &str = "image";
/// The label's value on containers that imgtui starts.
pub const CONTAINER: &str = "container";

/// The ability to keep folders between builds (`RUN --mount=type=cache`).
pub const CACHE_MOUNTS: &str = "cache-mounts";
/// The ability to mount files of the host while instructions run ([`BuildRequest::mounts`]).
pub const BUILD_MOUNTS: &str = "build-mounts";

/// A file or folder of the host, mounted read-only while instructions run, and not part of the
/// image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildMount {
    /// Path on the host.
    pub host: PathBuf,
    /// Path in the build's containers.
    pub inside: PathBuf,
}

/// `HOST:INSIDE:ro`, as podman and docker write it.
impl std::fmt::Display for BuildMount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:ro", self.host.display(), self.inside.display())
    }
}

/// What an engine needs for one build.
#[derive(Debug)]
pub struct BuildRequest {
    /// Name of the image, `repository:tag`; empty for none.
    pub tag: String,
    /// Name of the Dockerfile within the context.
    pub dockerfile: String,
    /// Build arguments.
    pub args: BTreeMap<String, String>,
    /// Labels, [`LABEL`] among them.
    pub labels: BTreeMap<String, String>,
    /// Leave the layer cache aside.
    pub no_cache: bool,
    /// Name of the stage to end with; the last one without it.
    pub target: Option<String>,
    /// Take cached steps from here too.
    pub cache_from: Option<CacheSource>,
    /// Make steps ready to be shared; an engine that shares [`Sharing::Steps`] puts them there.
    pub cache_to: Option<Repository>,
    /// The steps that the engine will go through, as [`Engine::steps`] told them.
    pub steps: Vec<StagePlan>,
    /// Mounted while instructions run; engines without [`BUILD_MOUNTS`] leave them out.
    pub mounts: Vec<BuildMount>,
    /// The context as a tar stream.
    pub context: mpsc::Receiver<std::io::Result<Chunk>>,
}

impl BuildRequest {
    /// A build of this context, with nothing asked for that can be left out.
    #[must_use]
    pub fn of(context: mpsc::Receiver<std::io::Result<Chunk>>) -> Self {
        Self {
            tag: String::new(),
            dockerfile: DOCKERFILE_NAME.to_owned(),
            args: BTreeMap::new(),
            labels: BTreeMap::new(),
            no_cache: false,
            target: None,
            cache_from: None,
            cache_to: None,
            steps: Vec::new(),
            mounts: Vec::new(),
            context,
        }
    }
}

/// Steps that another machine may have put into a registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheSource {
    /// For engines that share [`Sharing::Steps`].
    pub repository: Repository,
    /// For engines that share [`Sharing::Images`]: a reference for each shared stage.
    pub images: Vec<String>,
}

/// How an engine puts steps into a registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sharing {
    /// Each one as it ends, under names of its own.
    Steps,
    /// With an image that holds them, which is pushed ([`Engine::push`]).
    Images,
}

/// A container to be started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerRequest {
    /// Which image.
    pub image: String,
    /// The port on which its program listens; `None` where it listens on none.
    pub port: Option<u16>,
    /// Environment besides that of the image.
    pub env: BTreeMap<String, String>,
    /// Program and arguments in the place of the image's own.
    pub command: Option<Vec<String>>,
}

/// A container that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunningContainer {
    /// Its id.
    pub id: String,
    /// The port on the loopback interface that reaches its program, where it listens on one.
    pub port: Option<u16>,
    /// The process of its program on this machine; `None` where that cannot be known.
    pub pid: Option<i32>,
}

/// What carries our label.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Made {
    /// Ids of containers.
    pub containers: Vec<String>,
    /// Images with their names.
    pub images: Vec<MadeImage>,
}

/// One image that carries our label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MadeImage {
    /// Its id.
    pub id: ImageId,
    /// `repository:tag`s; empty for one that a newer build replaced.
    pub names: Vec<String>,
    /// Unpacked bytes.
    pub bytes: Bytes,
}

/// Result of an engine call.
pub type Answer<'a, T> = BoxFuture<'a, Result<T, EngineError>>;

/// A container engine that answers.
pub trait Engine: Send + Sync + std::fmt::Debug {
    /// Kind and version.
    fn info(&self) -> &EngineInfo;

    /// How it is reached, for people, e.g. `private service`.
    fn how(&self) -> &str;

    /// Whether it is one of our own, that we started or would start anew.
    fn is_ours(&self) -> bool;

    /// What this engine can do beyond building, by the names that strategies use in
    /// `[needs] abilities`.
    fn abilities(&self) -> &[&str];

    /// What was found out about it.
    ///
    /// # Errors
    /// When the engine does not answer.
    fn facts(&self) -> Answer<'_, EngineFacts>;

    /// What this engine makes of a Dockerfile's instructions: some add a step for the labels of a
    /// build, some have no step for an instruction that only sets something. A stage's first
    /// step stays its `FROM`.
    fn steps(&self, stages: Vec<StagePlan>) -> Vec<StagePlan>;

    /// Builds an image. Every event is sent as it happens; [`BuildEvent::Ended`] and
    /// [`BuildEvent::Planned`] are left to the caller.
    ///
    /// # Errors
    /// [`EngineError::BuildFailed`] when an instruction failed, [`EngineError::Cancelled`] after
    /// `cancel`, and whatever keeps the engine from answering.
    fn build(
        &self,
        request: BuildRequest,
        events: mpsc::Sender<BuildEvent>,
        cancel: CancellationToken,
    ) -> Answer<'_, ImageId>;

    /// Waits until the engine has put everything of a cancelled build away. Who leaves before
    /// that leaves the build's working containers behind.
    fn settle(&self) -> BoxFuture<'_, ()>;

    /// Pulls an image; lines of progress go to `events`.
    ///
    /// # Errors
    /// When the registry has no such image or cannot be reached.
    fn pull<'a>(
        &'a self,
        reference: &'a str,
        events: mpsc::Sender<BuildEvent>,
        cancel: CancellationToken,
    ) -> Answer<'a, ()>;

    /// How it shares cached steps.
    fn sharing(&self) -> Sharing;

    /// Pushes an image by its reference; lines of progress go to `events`.
    ///
    /// # Errors
    /// When the registry cannot be reached, or refuses it.
    fn push<'a>(
        &'a self,
        reference: &'a str,
        events: mpsc::Sender<BuildEvent>,
        cancel: CancellationToken,
    ) -> Answer<'a, ()>;

    /// The image by reference or id; `None` when the engine does not have it.
    ///
    /// # Errors
    /// When the engine does not answer.
    fn image<'a>(&'a self, reference: &'a str) -> Answer<'a, Option<ImageInfo>>;

    /// The digest `sha256:…` by which the image's registry knows it; `None` when the engine does
    /// not have the image, or it came from nowhere.
    ///
    /// # Errors
    /// When the engine does not answer.
    fn digest<'a>(&'a self, reference: &'a str) -> Answer<'a, Option<String>>;

    /// The layers of an image, the lowest first, with the sizes of the engine's own history.
    ///
    /// # Errors
    /// When the engine does not have the image, or does not answer.
    fn layers<'a>(&'a self, image: &'a ImageId) -> Answer<'a, Vec<Layer>>;

    /// The program that the image starts, as its settings name it; `None` where they name none.
    ///
    /// # Errors
    /// When the engine does not have the image, or does not answer.
    fn program<'a>(&'a self, image: &'a str) -> Answer<'a, Option<String>>;

    /// Starts a container on a free port of the loopback interface, without write access and
    /// capabilities.
    ///
    /// # Errors
    /// When it cannot be made or started; nothing is left behind then.
    fn start(&self, request: ContainerRequest) -> Answer<'_, RunningContainer>;

    /// The newest lines that a container printed, sanitized.
    ///
    /// # Errors
    /// When the engine does not answer.
    fn output<'a>(&'a self, container: &'a str) -> Answer<'a, Vec<String>>;

    /// The files of a container as a tar stream, e.g. to list them.
    ///
    /// # Errors
    /// When the engine does not answer.
    fn export<'a>(&'a self, container: &'a str, chunks: mpsc::Sender<Chunk>) -> Answer<'a, ()>;

    /// A container of an image that is not started, to look at its files. [`Engine::stop`]
    /// removes it.
    ///
    /// # Errors
    /// When the engine does not have the image, or does not answer.
    fn open<'a>(&'a self, image: &'a str) -> Answer<'a, String>;

    /// One file or folder of a container as a tar stream; a symbolic link comes as one.
    ///
    /// # Errors
    /// When it is not there, or the engine does not answer.
    fn copy_out<'a>(
        &'a self,
        container: &'a str,
        path: &'a str,
        chunks: mpsc::Sender<Chunk>,
    ) -> Answer<'a, ()>;

    /// An image as an archive of its layers (the format of `docker save`), each `DIGEST.tar`.
    ///
    /// # Errors
    /// When the engine does not have the image, or does not answer.
    fn save<'a>(&'a self, image: &'a str, chunks: mpsc::Sender<Chunk>) -> Answer<'a, ()>;

    /// An image with these files on top of another one, without a build: their times are those of
    /// the tar, so that the layer is the same on every machine. `label` is the value of [`LABEL`].
    ///
    /// # Errors
    /// When the engine does not have the other image, or does not answer.
    fn add_files<'a>(
        &'a self,
        base: &'a str,
        reference: &'a str,
        label: &'a str,
        files: mpsc::Receiver<std::io::Result<Chunk>>,
    ) -> Answer<'a, ImageId>;

    /// Takes images in from such an archive.
    ///
    /// # Errors
    /// When the engine refuses it, or does not answer.
    fn load(&self, chunks: mpsc::Receiver<Chunk>) -> Answer<'_, ()>;

    /// Waits until a container's program has ended; its exit code.
    ///
    /// # Errors
    /// When the engine does not answer.
    fn ended<'a>(&'a self, container: &'a str) -> Answer<'a, i64>;

    /// Stops and removes a container; its program gets SIGTERM first and a second to end.
    ///
    /// # Errors
    /// When the engine does not answer.
    fn stop<'a>(&'a self, container: &'a str) -> Answer<'a, ()>;

    /// Everything that carries our label.
    ///
    /// # Errors
    /// When the engine does not answer.
    fn made(&self) -> Answer<'_, Made>;

    /// Removes an image by one of its names, or one without names by its id. An image that
    /// others are based on stays, and so does one that is named by its id and has names.
    ///
    /// # Errors
    /// When it is in use, or the engine does not answer.
    fn remove_image<'a>(&'a self, image: &'a str) -> Answer<'a, ()>;

    /// CPU time that the engine and everything below it used so far; the difference of two
    /// readings is a build's. `None` where it cannot be had.
    fn cpu(&self) -> Option<CpuTime>;
}
