//! A container runtime that really works: tried with a real build and a real container, with
//! the plain configuration first, then with as few changes as make it work.
//!
//! The changes go into a settings file of our own in the state folder; the user's files stay
//! as they are and in force. What was found is kept, so that the next start costs a few file
//! look-ups.

mod candidates;
mod finding;
mod probe;
mod settings;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::host::Host;

pub use finding::cached;

/// A way to run podman that was seen to work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Runtime {
    /// The podman program.
    pub podman: PathBuf,
    /// Its version, e.g. `4.3.1`.
    pub version: String,
    /// The runtime that podman uses with these settings, e.g. `runc`.
    pub name: String,
    /// What was seen, in one line.
    pub detail: String,
    /// The settings file to hand to podman; `None` where the plain configuration works.
    pub settings: Option<SettingsFile>,
    /// What the settings file changes, one line each.
    pub changes: Vec<String>,
    /// Why containers cannot be started although builds work.
    pub run_failure: Option<String>,
    /// What was tried before and failed, one line each.
    pub attempts: Vec<String>,
}

impl Runtime {
    /// The environment variable to set for each podman process, and its value.
    #[must_use]
    pub fn environment(&self) -> Option<(&str, &Path)> {
        self.settings
            .as_ref()
            .map(|file| (file.variable.as_str(), file.path.as_path()))
    }
}

/// A containers.conf of our own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingsFile {
    /// `CONTAINERS_CONF_OVERRIDE` (podman 4.5 and newer), or `CONTAINERS_CONF`.
    pub variable: String,
    /// The file.
    pub path: PathBuf,
}

/// Why there is no runtime.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuntimeError {
    /// No podman program.
    #[error("there is no podman on the search path. Run `imgtui setup`")]
    NoPodman,
    /// The probe itself could not be made.
    #[error("cannot try whether containers run: {reason}")]
    NoProbe {
        /// What failed, and where.
        reason: String,
    },
    /// No configuration worked.
    #[error("no configuration of podman runs a container:\n  {}", attempts.join("\n  "))]
    NothingWorks {
        /// Each configuration with what became of it.
        attempts: Vec<String>,
    },
}

/// The runtime that works here: from an earlier finding that still holds, else by trying.
///
/// Trying takes about a second when the plain configuration works, else one or two seconds
/// more. It needs no image and touches no store but one of its own in the state folder.
///
/// # Errors
/// When there is no podman, when the probe cannot be made, or when nothing works.
pub async fn find(host: &Host) -> Result<Runtime, RuntimeError> {
    if let Some(found) = cached(host) {
        return Ok(found);
    }
    let podman = host.find("podman").ok_or(RuntimeError::NoPodman)?;
    // Taken before trying: what changes meanwhile must not count as tried.
    let fingerprint = finding::fingerprint(host, &podman);
    let found = try_all(host, &podman).await?;
    if let Err(error) = finding::keep(host, fingerprint, &found) {
        // Only the next start is slower for it.
        let mut found = found;
        found.detail = format!("{} (not kept: {error})", found.detail);
        return Ok(found);
    }
    Ok(found)
}

/// Settings for builds with these volumes (`HOST:INSIDE:ro`) mounted while instructions run;
/// what `found` needs is in them. Without volumes they are those of `found`.
///
/// # Errors
/// When a settings file cannot be read or written; the text says which and why.
pub fn for_builds(
    host: &Host,
    found: &Runtime,
    volumes: &[String],
) -> Result<Option<SettingsFile>, String> {
    if volumes.is_empty() {
        return Ok(found.settings.clone());
    }
    let path = host.state.0.join("containers-build.conf");
    settings::write(&path, &settings::render_for_builds(host, found, volumes)?)?;
    Ok(Some(SettingsFile {
        variable: settings::variable(&found.version).to_owned(),
        path,
    }))
}

async fn try_all(host: &Host, podman: &Path) -> Result<Runtime, RuntimeError> {
    let no_probe = |reason: String| RuntimeError::NoProbe { reason };
    let version = probe::version(podman).await.map_err(no_probe)?;
    let bench = probe::Bench::set_up(host, podman, &version)
        .await
        .map_err(no_probe)?;
    let mut waiting = candidates::candidates(host);
    let mut attempts = Vec::new();
    let mut riddles: Vec<String> = Vec::new();
    let mut chosen = None;
    while !waiting.is_empty() {
        let candidate = waiting.remove(0);
        // Every single change fails in the same words that we do not understand: two changes at
        // once will not help either.
        let is_one_riddle = riddles.len() > 1 && riddles.windows(2).all(|pair| pair[0] == pair[1]);
        if candidate.changes_several() && is_one_riddle {
            break;
        }
        let (stage, failure) = match bench.try_out(&candidate).await.map_err(no_probe)? {
            probe::Verdict::Works => {
                chosen = Some((candidate, None));
                break;
            }
            probe::Verdict::BuildsOnly(failure) => {
                chosen.get_or_insert_with(|| (candidate.clone(), Some(failure.clone())));
                ("run", failure)
            }
            probe::Verdict::Fails(failure) => ("build", failure),
        };
        attempts.push(format!("{}: {stage}: {failure}", candidate.title()));
        if candidates::is_hopeless(&failure) {
            break;
        }
        if !candidates::drop_those_that_fail_alike(&mut waiting, &candidate, &failure) {
            riddles.push(failure);
        }
    }
    let Some((candidate, run_failure)) = chosen else {
        return Err(RuntimeError::NothingWorks { attempts });
    };
    let name = bench.runtime_name(&candidate).await.map_err(no_probe)?;
    let changes = candidate.changes();
    Ok(Runtime {
        podman: podman.to_owned(),
        detail: detail(&name, &changes, run_failure.is_none()),
        settings: settings_file(host, &version, &candidate).map_err(no_probe)?,
        version,
        name,
        changes,
        run_failure,
        attempts,
    })
}

fn detail(name: &str, changes: &[String], runs: bool) -> String {
    let works = if runs {
        "builds and runs"
    } else {
        "builds, does not run"
    };
    if changes.is_empty() {
        format!("{name} {works} with the plain configuration of podman")
    } else {
        format!("{name} {works} with {}", changes.join(", "))
    }
}

/// Writes the settings file; `None` where none is needed.
fn settings_file(
    host: &Host,
    version: &str,
    candidate: &candidates::Candidate,
) -> Result<Option<SettingsFile>, String> {
    if candidate.is_plain() {
        return Ok(None);
    }
    let text = settings::render(host, version, candidate)?;
    let path = host.state.0.join("containers.conf");
    settings::write(&path, &text)?;
    Ok(Some(SettingsFile {
        variable: settings::variable(version).to_owned(),
        path,
    }))
}

#[cfg(test)]
mod tests;
