//! Other versions of dependencies, locked by cargo in a folder of its own.

use std::{path::Path, process::Stdio};

use tokio::process::Command;

use crate::{domain::statistics::Random, parse::terminal::plain};

/// How many versions of one are tried: not every number was published, some were withdrawn, and
/// some are too old for those that need it.
const TRIES: usize = 8;
/// How many releases back the first try looks.
const FARTHEST: u64 = 32;

/// The version of a package of the registry in a lock file.
pub(super) fn locked_version(lock: &str, name: &str) -> Option<String> {
    let head = format!("name = \"{name}\"");
    let mut lines = lock.lines();
    lines.find(|line| *line == head)?;
    let version = lines.next()?.strip_prefix("version = \"")?;
    let from = lines.next()?;
    let is_registrys = from.starts_with("source = \"registry+");
    is_registrys.then(|| version.trim_end_matches('"').to_owned())
}

/// Locks an older release of a dependency; `None` where none fits. The nearer a release is, the
/// likelier is it that nothing asks for a newer one: each try looks less far.
pub(super) async fn bump(
    folder: &Path,
    name: &str,
    version: &str,
    random: &mut Random,
) -> Result<Option<String>, String> {
    let mut reach = FARTHEST;
    for _ in 0..TRIES {
        let Some(other) = older(version, reach, random) else {
            return Ok(None);
        };
        // A lock file may hold several versions of one name.
        if update(folder, &format!("{name}@{version}"), &other).await? {
            return Ok(Some(other));
        }
        reach = (reach / 2).max(2);
    }
    Ok(None)
}

/// A release with the same first numbers and a last one that is smaller by at most `reach`.
fn older(version: &str, reach: u64, random: &mut Random) -> Option<String> {
    let (front, last) = version.rsplit_once('.')?;
    let last: u64 = last.parse().ok()?;
    let reach = last.min(reach);
    let below = 1 + random.draw() % reach.max(1);
    (reach > 0).then(|| format!("{front}.{}", last - below))
}

/// Whether cargo could lock this version.
async fn update(folder: &Path, name: &str, version: &str) -> Result<bool, String> {
    let ended = Command::new("cargo")
        .args(["update", "--quiet", "--package", name, "--precise", version])
        .arg("--manifest-path")
        .arg(folder.join("Cargo.toml"))
        .current_dir(folder)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|error| format!("cargo: {error}"))?;
    if ended.status.success() {
        return Ok(true);
    }
    let said = plain(String::from_utf8_lossy(&ended.stderr).trim());
    let is_no_such = [
        "failed to select a version",
        "no matching package",
        "did not match any",
    ]
    .iter()
    .any(|sign| said.contains(sign));
    if is_no_such {
        Ok(false)
    } else {
        Err(format!("cargo update: {said}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_packages_of_a_registry_are_bumped() {
        let lock = "[[package]]\nname = \"mine\"\nversion = \"0.1.0\"\n\n[[package]]\nname = \"libc\"\nversion = \"0.2.170\"\nsource = \"registry+https://x\"\n";
        assert_eq!(locked_version(lock, "libc").as_deref(), Some("0.2.170"));
        assert_eq!(locked_version(lock, "mine"), None);
        assert_eq!(locked_version(lock, "none"), None);
        let mut random = Random(1);
        for _ in 0..50 {
            let other = older("0.2.170", 40, &mut random).unwrap();
            let last: u64 = other.strip_prefix("0.2.").unwrap().parse().unwrap();
            assert!((130..170).contains(&last), "{other}");
        }
        assert_eq!(older("1.0.0", 40, &mut random), None);
        assert_eq!(older("1.0.1", 40, &mut random).as_deref(), Some("1.0.0"));
    }
}
