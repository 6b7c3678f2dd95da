//! The checks that only look: cgroups, disk, rights, tools of the host.

use std::{fs, path::Path, time::Duration};

use rustix::fs::statvfs;

use crate::domain::{
    check::{Check, CheckStatus, Remedy},
    ids::Bytes,
    text,
};

use super::{
    command,
    host::{Host, Rights, nearest_existing},
    packages::{Installer, PackageSystem},
};

/// Below this much free disk a Rust builder base alone may fill it.
const DISK_PROBLEM: Bytes = Bytes(3_000_000_000);
/// Below this much, all strategies side by side will not fit.
const DISK_NOTE: Bytes = Bytes(10_000_000_000);
/// For questions to programs that answer at once.
const ASK_WAIT: Duration = Duration::from_secs(10);

/// How control groups are mounted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cgroups {
    /// Version 2 alone.
    Unified,
    /// Version 1 with an empty version 2 tree beside it.
    Hybrid,
    /// Version 1 alone.
    Legacy,
    /// Not mounted.
    Missing,
}

impl Cgroups {
    pub(super) fn look(host: &Host) -> Self {
        let at = |path: &str| host.system(path).exists();
        if at("/sys/fs/cgroup/cgroup.controllers") {
            Self::Unified
        } else if at("/sys/fs/cgroup/unified/cgroup.controllers") {
            Self::Hybrid
        } else if at("/sys/fs/cgroup/memory") || at("/sys/fs/cgroup/cpu") {
            Self::Legacy
        } else {
            Self::Missing
        }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Unified => "version 2",
            Self::Hybrid => "hybrid (version 1 with an empty version 2 beside it)",
            Self::Legacy => "version 1",
            Self::Missing => "not mounted",
        }
    }
}

/// A check without a remedy.
pub(super) fn plain(name: &str, status: CheckStatus, detail: impl Into<String>) -> Check {
    Check {
        name: name.into(),
        status,
        detail: detail.into(),
        remedy: None,
    }
}

pub(super) fn cgroups(found: Cgroups) -> Check {
    let (status, more) = match found {
        Cgroups::Unified => (CheckStatus::Ok, ""),
        Cgroups::Hybrid => (CheckStatus::Note, "; crun refuses this, runc works"),
        Cgroups::Legacy => (
            CheckStatus::Note,
            "; podman 5 calls this deprecated and works, podman 6 may not",
        ),
        Cgroups::Missing => (
            CheckStatus::Note,
            "; builds can work without, limits of containers cannot",
        ),
    };
    plain("cgroups", status, format!("{}{more}", found.word()))
}

pub(super) fn free_disk(store: &Path) -> Check {
    let place = nearest_existing(store);
    match statvfs(place) {
        Ok(seen) => disk_check(
            Bytes(seen.f_bavail.saturating_mul(seen.f_frsize)),
            &store.display().to_string(),
        ),
        Err(error) => plain(
            "free disk",
            CheckStatus::NotChecked,
            format!("{}: {error}", place.display()),
        ),
    }
}

fn disk_check(free: Bytes, store: &str) -> Check {
    let detail = format!("{} free for {store}", text::bytes(free));
    let (status, advice) = if free < DISK_PROBLEM {
        (
            CheckStatus::Problem,
            Some(
                "A Rust base and one build need about 3 GB. `imgtui clean` removes what imgtui made; `podman system df` shows the rest",
            ),
        )
    } else if free < DISK_NOTE {
        (
            CheckStatus::Note,
            Some("Enough for a few strategies; all of them side by side want about 10 GB"),
        )
    } else {
        (CheckStatus::Ok, None)
    };
    Check {
        remedy: advice.map(|text| Remedy::Advice { text: text.into() }),
        ..plain("free disk", status, detail)
    }
}

pub(super) fn rights(host: &Host, rights: Rights, installer: &mut Installer) -> Check {
    let detail = match rights {
        Rights::Root => return plain("rights", CheckStatus::Ok, "root"),
        Rights::Sudo => "sudo works without a password; podman runs without root",
        Rights::None => "no root and no sudo without a password; podman runs without root",
    };
    let mapped = host.find("newuidmap").is_some();
    let has_range = ["/etc/subuid", "/etc/subgid"]
        .iter()
        .all(|file| has_sub_ids(host, file));
    if mapped && has_range {
        return plain("rights", CheckStatus::Ok, detail);
    }
    let (missing, remedy) = if mapped {
        let user = if host.user.is_empty() {
            "USER"
        } else {
            &host.user
        };
        let text = format!(
            "Run as root: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 {user}"
        );
        (
            "/etc/subuid or /etc/subgid has no range for this user",
            Remedy::Advice { text },
        )
    } else {
        ("newuidmap is missing", installer.rootless())
    };
    Check {
        remedy: Some(remedy),
        ..plain(
            "rights",
            CheckStatus::Note,
            format!("{detail}; {missing}: images with several users cannot be unpacked"),
        )
    }
}

/// Whether the file gives a range of ids to the user, by name or by number.
fn has_sub_ids(host: &Host, file: &str) -> bool {
    let uid = host.uid.to_string();
    fs::read_to_string(host.system(file)).is_ok_and(|text| {
        text.lines()
            .filter_map(|line| line.split(':').next())
            .any(|owner| owner == uid || (!owner.is_empty() && owner == host.user))
    })
}

/// What the recipes of equivalents need on this machine.
pub(super) async fn host_tools(
    host: &Host,
    packages: &[String],
    installer: &mut Installer,
) -> Check {
    const NAME: &str = "host tools";
    if packages.is_empty() {
        return plain(NAME, CheckStatus::Ok, "none needed");
    }
    let all = packages.join(" ");
    if installer.system() != Some(PackageSystem::Apt) {
        return Check {
            remedy: Some(Remedy::Advice {
                text: "Base images have to be pulled here: give access to a registry".into(),
            }),
            ..plain(
                NAME,
                CheckStatus::Note,
                format!("local equivalents of base images are made with Debian's tools ({all})"),
            )
        };
    }
    let missing = missing_packages(host, packages).await;
    if missing.is_empty() {
        return plain(NAME, CheckStatus::Ok, all);
    }
    let names: Vec<&str> = missing.iter().map(String::as_str).collect();
    Check {
        remedy: Some(installer.install(&names)),
        ..plain(
            NAME,
            CheckStatus::Note,
            format!(
                "{} not installed: base images can be pulled, equivalents cannot be made",
                names.join(", ")
            ),
        )
    }
}

async fn missing_packages(host: &Host, packages: &[String]) -> Vec<String> {
    let Some(query) = host.find("dpkg-query") else {
        return packages.to_vec();
    };
    let mut arguments = vec!["-W", "-f=${Package} ${db:Status-Status}\\n"];
    arguments.extend(packages.iter().map(String::as_str));
    // It fails when one is unknown, and prints what it knows of the others all the same.
    let printed = match command::capture(&query, &arguments, &[], ASK_WAIT).await {
        Ok(text) | Err(text) => text,
    };
    packages
        .iter()
        .filter(|package| {
            let wanted = format!("{package} installed");
            !printed.lines().any(|line| line == wanted)
        })
        .cloned()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setup::host::fake;

    #[test]
    fn the_layouts_of_cgroups_are_told_apart() {
        let (_folder, host) = fake::host();
        assert_eq!(Cgroups::look(&host), Cgroups::Missing);
        fs::create_dir_all(host.system("/sys/fs/cgroup/memory")).unwrap();
        assert_eq!(Cgroups::look(&host), Cgroups::Legacy);
        fake::file(&host, "/sys/fs/cgroup/unified/cgroup.controllers", "");
        assert_eq!(Cgroups::look(&host), Cgroups::Hybrid);
        assert_eq!(cgroups(Cgroups::Hybrid).status, CheckStatus::Note);
        fake::file(&host, "/sys/fs/cgroup/cgroup.controllers", "cpu");
        assert_eq!(Cgroups::look(&host), Cgroups::Unified);
    }

    #[test]
    fn little_disk_is_a_note_and_less_a_problem() {
        let status = |bytes| disk_check(Bytes(bytes), "/x").status;
        assert_eq!(status(2_999_999_999), CheckStatus::Problem);
        assert_eq!(status(3_000_000_000), CheckStatus::Note);
        assert_eq!(status(9_999_999_999), CheckStatus::Note);
        assert_eq!(status(10_000_000_000), CheckStatus::Ok);
        assert_ne!(
            free_disk(Path::new("/no/such/store")).status,
            CheckStatus::NotChecked
        );
    }

    #[test]
    fn a_plain_user_needs_a_mapping_of_ids() {
        let (_folder, mut host) = fake::host();
        fake::program(&host, "apt-get", "");
        host.uid = 1000;
        host.user = "ann".into();
        let look =
            |host: &Host| rights(host, Rights::Sudo, &mut Installer::new(host, Rights::Sudo));
        assert!(matches!(look(&host).remedy, Some(Remedy::Commands { .. })));
        fake::program(&host, "newuidmap", "");
        fake::file(&host, "/etc/subuid", "bob:100000:65536\n");
        let advice = look(&host);
        assert!(matches!(&advice.remedy, Some(Remedy::Advice { text }) if text.ends_with(" ann")));
        fake::file(&host, "/etc/subuid", "ann:100000:65536\n");
        fake::file(&host, "/etc/subgid", "1000:100000:65536\n");
        assert_eq!(look(&host).status, CheckStatus::Ok);
    }

    #[tokio::test]
    async fn only_missing_packages_are_installed() {
        let (_folder, host) = fake::host();
        fake::program(&host, "apt-get", "");
        // As dpkg-query 1.21 prints it; one package was removed, its configuration kept.
        fake::program(
            &host,
            "dpkg-query",
            "echo 'curl installed'; echo 'xz-utils config-files'; echo 'dpkg-query: no packages found matching mmdebstrap' >&2; exit 1",
        );
        let mut installer = Installer::new(&host, Rights::Root);
        let wanted = ["curl", "xz-utils", "mmdebstrap"].map(String::from);
        let check = host_tools(&host, &wanted, &mut installer).await;
        let Some(Remedy::Commands { commands }) = check.remedy else {
            panic!("{check:?}");
        };
        assert!(commands[1].ends_with(&["xz-utils".into(), "mmdebstrap".into()]));
        assert!(!commands[1].contains(&"curl".into()));
    }
}
