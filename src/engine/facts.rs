//! What an engine tells of itself (`/info`) → what is worth knowing.

use std::path::PathBuf;

use bollard::models::SystemInfo;

use super::{CACHE_MOUNTS, adapter::Adapter};
use crate::{
    domain::engines::{EngineFacts, ImageFormat},
    parse::terminal::plain,
};

/// The storage of images that containerd keeps (docker 23 and newer).
const CONTAINERD: &str = "io.containerd.snapshotter";

/// Whether containerd keeps the images.
pub(super) fn is_containerds(told: &SystemInfo) -> bool {
    let mut storage = told.driver_status.iter().flatten().flatten();
    storage.any(|word| word.starts_with(CONTAINERD))
}

pub(super) fn of(adapter: &impl Adapter, told: &SystemInfo) -> EngineFacts {
    let info = adapter.info();
    let security = told.security_options.as_ref();
    let containerd_images = is_containerds(told);
    EngineFacts {
        kind: info.kind.clone(),
        version: info.version.clone(),
        cache_mounts: adapter.abilities().contains(&CACHE_MOUNTS),
        rootless: security.map(|options| options.iter().any(|option| option.contains("rootless"))),
        cgroups: told
            .cgroup_version
            .as_ref()
            .map(|version| plain(version.as_ref())),
        cpu_time: adapter.cpu().is_some(),
        containerd_images,
        // Podman is asked for docker's format; containerd's store writes its own.
        image_format: if containerd_images {
            ImageFormat::Oci
        } else {
            ImageFormat::Docker
        },
        // Where its processes can be seen, its files are here too.
        store: adapter
            .cpu()
            .and(told.docker_root_dir.as_ref())
            .map(PathBuf::from),
    }
}
