//! What was found, kept in the state folder with everything on which it depends.

use std::{fs, os::unix::fs::MetadataExt, path::Path};

use serde::{Deserialize, Serialize};

use super::{Runtime, settings};
use crate::setup::{checks::Cgroups, host::Host};

/// Raised when a field changes its meaning, or the probe proves something else.
const SCHEMA: u32 = 1;
/// Name of the file in the state folder.
const FILE: &str = "runtime.json";

#[derive(Debug, Serialize, Deserialize)]
struct Finding {
    schema: u32,
    /// As [`fingerprint`] gave it when the runtime was tried.
    fingerprint: Vec<String>,
    runtime: Runtime,
}

/// The earlier finding, if nothing on which it depends has changed. File look-ups only.
#[must_use]
pub fn cached(host: &Host) -> Option<Runtime> {
    let podman = host.find("podman")?;
    let text = fs::read_to_string(host.state.0.join(FILE)).ok()?;
    let finding: Finding = serde_json::from_str(&text).ok()?;
    let holds = finding.schema == SCHEMA
        && finding.fingerprint == fingerprint(host, &podman)
        && finding
            .runtime
            .settings
            .as_ref()
            .is_none_or(|file| file.path.is_file());
    holds.then_some(finding.runtime)
}

pub(super) fn keep(host: &Host, fingerprint: Vec<String>, runtime: &Runtime) -> Result<(), String> {
    let finding = Finding {
        schema: SCHEMA,
        fingerprint,
        runtime: runtime.clone(),
    };
    let text = serde_json::to_string_pretty(&finding).map_err(|error| error.to_string())?;
    settings::write(&host.state.0.join(FILE), &text)
}

/// Everything on which a finding depends: programs, settings files, limits, this boot.
pub(super) fn fingerprint(host: &Host, podman: &Path) -> Vec<String> {
    let mut all = vec![
        format!("user {}", host.uid),
        format!("limits {:?}", host.limits),
        format!("cgroups {}", Cgroups::look(host).word()),
        format!("systemd {}", host.system("/run/systemd/system").exists()),
        format!(
            "boot {}",
            fs::read_to_string(host.system("/proc/sys/kernel/random/boot_id"))
                .unwrap_or_default()
                .trim()
        ),
        file_line(podman),
    ];
    let programs = ["crun", "runc", "youki", "conmon", "newuidmap"];
    all.extend(
        programs
            .iter()
            .filter_map(|name| host.find(name))
            .map(|file| file_line(&file)),
    );
    all.extend(settings::files(host).iter().map(|file| file_line(file)));
    all.extend(
        host.variables
            .iter()
            .filter(|(name, _)| name.starts_with("CONTAINERS_"))
            .map(|(name, value)| format!("{name}={value} {}", file_line(Path::new(value)))),
    );
    all
}

fn file_line(file: &Path) -> String {
    match fs::metadata(file) {
        Ok(meta) => format!(
            "{} {} {}.{}",
            file.display(),
            meta.len(),
            meta.mtime(),
            meta.mtime_nsec()
        ),
        Err(_) => format!("{} absent", file.display()),
    }
}
