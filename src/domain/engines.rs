//! The engines that were found: what each can do, or why it cannot be used.

use std::path::PathBuf;

use serde::Serialize;

/// What an engine was found to do, asked of it and tried, not guessed from its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EngineFacts {
    /// `podman`, `docker-classic` or `docker-buildkit`.
    pub kind: String,
    /// Version as the engine tells it.
    pub version: String,
    /// `RUN --mount=type=cache` works.
    pub cache_mounts: bool,
    /// The engine runs without root's rights; `None` where it does not say.
    pub rootless: Option<bool>,
    /// Version of the control groups on its machine, `1` or `2`; `None` where it does not say.
    pub cgroups: Option<String>,
    /// Whether a build's CPU time can be had.
    pub cpu_time: bool,
    /// Images are kept by containerd, as of docker 23 where that is chosen.
    pub containerd_images: bool,
    /// Manifests of images are docker's or those of the OCI image specification.
    pub image_format: ImageFormat,
    /// The folder of its images and layers; `None` where that is not on this machine.
    pub store: Option<PathBuf>,
}

/// How images are written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ImageFormat {
    /// docker's own, second version.
    Docker,
    /// That of the OCI image specification.
    Oci,
}

/// One engine that could be meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EngineEntry {
    /// What `--engine` understands.
    pub name: String,
    /// Where it listens, or the program that would be started.
    pub place: String,
    /// Where this was read.
    pub origin: String,
    /// Whether it can be used.
    pub state: EngineState,
    /// Whether it would be taken without a word from the user.
    pub first_choice: bool,
}

/// Whether an engine can be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum EngineState {
    /// It answered.
    Usable {
        /// What it can do.
        facts: EngineFacts,
    },
    /// It cannot be used, and why.
    Unusable {
        /// What was tried and seen.
        why: String,
    },
}

impl EngineEntry {
    /// Name and version of what answered; `None` for what did not.
    #[must_use]
    pub fn facts(&self) -> Option<&EngineFacts> {
        match &self.state {
            EngineState::Usable { facts } => Some(facts),
            EngineState::Unusable { .. } => None,
        }
    }
}

impl EngineFacts {
    /// What it can do, in a few words.
    #[must_use]
    pub fn words(&self) -> String {
        let mut words = Vec::new();
        words.push(if self.cache_mounts {
            "cache mounts"
        } else {
            "no cache mounts"
        });
        match self.rootless {
            Some(true) => words.push("rootless"),
            Some(false) => words.push("as root"),
            None => {}
        }
        let cgroups = self
            .cgroups
            .as_ref()
            .map(|version| format!("cgroups v{version}"));
        words.extend(cgroups.as_deref());
        words.push(if self.cpu_time {
            "CPU time"
        } else {
            "no CPU time"
        });
        words.push(match self.image_format {
            ImageFormat::Docker => "docker images",
            ImageFormat::Oci => "OCI images",
        });
        if self.containerd_images {
            words.push("kept by containerd");
        }
        words.join(" · ")
    }
}
