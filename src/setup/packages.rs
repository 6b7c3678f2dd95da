//! Package managers: which one is here, and the exact commands that install what is missing.

use std::fs;

use crate::domain::check::Remedy;

use super::{
    checks::Cgroups,
    host::{Host, Rights},
};

/// A package manager that set-up can drive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PackageSystem {
    /// Debian, Ubuntu.
    Apt,
    /// Fedora and Red Hat's.
    Dnf,
    /// Arch.
    Pacman,
    /// Alpine.
    Apk,
    /// openSUSE.
    Zypper,
}

/// What one package manager calls things.
struct Names {
    system: PackageSystem,
    /// Its program.
    program: &'static str,
    /// `ID` and `ID_LIKE` words of `/etc/os-release`.
    ids: &'static [&'static str],
    /// Arguments that fetch the lists; empty where installing does it.
    refresh: &'static [&'static str],
    /// Arguments before the names of packages.
    install: &'static [&'static str],
    /// podman with the least that builds.
    engine: &'static [&'static str],
    /// A runtime that works on every layout of cgroups.
    runc: &'static str,
    /// What a user who is not root needs besides.
    rootless: &'static [&'static str],
    /// docker's daemon with what it needs.
    docker: &'static [&'static str],
}

/// The apt row was run on bare Debian 12 (podman 4.3.1) and 13 (podman 5.4.2): podman depends
/// on `crun | runc`, and naming runc keeps crun away, which refuses hybrid cgroups; naming
/// netavark keeps away CNI's plug-ins, which would come instead of it on 12; without
/// ca-certificates nothing can be pulled. Builds by imgtui need no more; a plain `podman build`
/// or `podman run` by hand uses a bridged network, for which netavark calls iptables (1.4, on
/// 12) or nft (1.14, on 13) and fails with "No such file or directory" without. A user who is
/// not root gets by with uidmap; slirp4netns (podman 4) and passt (podman 5) are for bridged
/// networks, fuse-overlayfs for podman 4 on older kernels.
/// The other rows follow those distributions' package lists and were not run.
const TABLE: [Names; 5] = [
    Names {
        system: PackageSystem::Apt,
        program: "apt-get",
        ids: &["debian", "ubuntu"],
        refresh: &["update"],
        // The time-out waits for another apt (unattended upgrades) instead of failing at once.
        install: &[
            "install",
            "-y",
            "--no-install-recommends",
            "-o",
            "DPkg::Lock::Timeout=120",
        ],
        engine: &[
            "podman",
            "runc",
            "netavark",
            "iptables",
            "nftables",
            "ca-certificates",
        ],
        runc: "runc",
        rootless: &["uidmap", "fuse-overlayfs", "slirp4netns", "passt"],
        // Run on Debian 12 (docker 20.10.24): it brings containerd, runc and iptables along.
        docker: &["docker.io", "iproute2", "ca-certificates"],
    },
    Names {
        system: PackageSystem::Dnf,
        program: "dnf",
        ids: &["fedora", "rhel", "centos"],
        refresh: &[],
        install: &["install", "-y"],
        engine: &["podman"],
        runc: "runc",
        rootless: &["shadow-utils"],
        docker: &["moby-engine"],
    },
    Names {
        system: PackageSystem::Pacman,
        program: "pacman",
        ids: &["arch"],
        refresh: &[],
        install: &["-Sy", "--noconfirm", "--needed"],
        engine: &["podman", "crun", "netavark"],
        runc: "runc",
        rootless: &["shadow"],
        docker: &["docker"],
    },
    Names {
        system: PackageSystem::Apk,
        program: "apk",
        ids: &["alpine"],
        refresh: &["update"],
        install: &["add"],
        engine: &["podman"],
        runc: "runc",
        rootless: &["shadow-uidmap"],
        docker: &["docker"],
    },
    Names {
        system: PackageSystem::Zypper,
        program: "zypper",
        ids: &["suse", "opensuse"],
        refresh: &["--non-interactive", "refresh"],
        install: &["--non-interactive", "install"],
        engine: &["podman"],
        runc: "runc",
        rootless: &["shadow"],
        docker: &["docker"],
    },
];

impl PackageSystem {
    /// The one that belongs to the distribution; else the first whose program is there.
    #[must_use]
    pub fn detect(host: &Host) -> Option<Self> {
        let words = distribution(host);
        let present = |names: &&Names| host.find(names.program).is_some();
        TABLE
            .iter()
            .filter(|names| {
                names
                    .ids
                    .iter()
                    .any(|id| words.iter().any(|word| word == id))
            })
            .find(present)
            .or_else(|| TABLE.iter().find(present))
            .map(|names| names.system)
    }

    fn names(self) -> &'static Names {
        TABLE
            .iter()
            .find(|names| names.system == self)
            .unwrap_or(&TABLE[0])
    }
}

/// `ID` and the words of `ID_LIKE`.
fn distribution(host: &Host) -> Vec<String> {
    let text = fs::read_to_string(host.system("/etc/os-release"))
        .or_else(|_| fs::read_to_string(host.system("/usr/lib/os-release")))
        .unwrap_or_default();
    text.lines()
        .filter_map(|line| {
            line.strip_prefix("ID=")
                .or_else(|| line.strip_prefix("ID_LIKE="))
        })
        .flat_map(|value| {
            let value = value.trim().trim_matches(['"', '\'']);
            value
                .split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .collect()
}

/// Writes remedies that install packages, fetching the lists once for all of them.
#[derive(Debug)]
pub(super) struct Installer {
    system: Option<PackageSystem>,
    rights: Rights,
    os: String,
    rootless: bool,
    refreshed: bool,
}

impl Installer {
    pub(super) fn new(host: &Host, rights: Rights) -> Self {
        Self {
            system: PackageSystem::detect(host).filter(|_| host.os == "linux"),
            rights,
            os: host.os.clone(),
            rootless: !host.is_root(),
            refreshed: false,
        }
    }

    pub(super) fn system(&self) -> Option<PackageSystem> {
        self.system
    }

    /// podman, and what makes it run here.
    pub(super) fn engine(&mut self, cgroups: Cgroups) -> Remedy {
        let Some(names) = self.system.map(PackageSystem::names) else {
            return self.unknown();
        };
        let mut packages = names.engine.to_vec();
        if cgroups != Cgroups::Unified && !packages.contains(&names.runc) {
            packages.push(names.runc);
        }
        if self.rootless {
            packages.extend(names.rootless);
        }
        self.install(&packages)
    }

    /// docker's daemon, and what it needs.
    pub(super) fn docker(&mut self) -> Remedy {
        match self.system.map(PackageSystem::names) {
            Some(names) => self.install(names.docker),
            None => self.unknown(),
        }
    }

    /// The runtime that works on every layout of cgroups.
    pub(super) fn runc(&mut self) -> Remedy {
        match self.system.map(PackageSystem::names) {
            Some(names) => self.install(&[names.runc]),
            None => self.unknown(),
        }
    }

    /// What maps user ids for a user who is not root.
    pub(super) fn rootless(&mut self) -> Remedy {
        match self.system.map(PackageSystem::names) {
            Some(names) => self.install(names.rootless),
            None => self.unknown(),
        }
    }

    /// These packages, as commands where we may run them, else as advice.
    pub(super) fn install(&mut self, packages: &[&str]) -> Remedy {
        let Some(names) = self.system.map(PackageSystem::names) else {
            return self.unknown();
        };
        let mut commands = Vec::new();
        if !self.refreshed && !names.refresh.is_empty() {
            commands.push(words(names, names.refresh, &[]));
        }
        commands.push(words(names, names.install, packages));
        match self.rights {
            Rights::Root => {}
            Rights::Sudo => {
                for command in &mut commands {
                    command.splice(0..0, ["sudo".to_owned(), "-n".to_owned()]);
                }
            }
            Rights::None => {
                let lines: Vec<String> = commands.iter().map(|words| words.join(" ")).collect();
                return Remedy::Advice {
                    text: format!("Run as root:\n  {}", lines.join("\n  ")),
                };
            }
        }
        self.refreshed = true;
        Remedy::Commands { commands }
    }

    fn unknown(&self) -> Remedy {
        let text = if self.os == "macos" {
            "Install podman and start its machine:\n  brew install podman\n  podman machine init\n  podman machine start\nthen give imgtui the socket that `podman machine inspect` names: imgtui --engine unix:///…"
        } else {
            "No package manager that imgtui knows (apt-get, dnf, pacman, apk, zypper). Install podman 4 or newer, runc or crun, and netavark; or give a running engine: imgtui --engine unix:///…"
        };
        Remedy::Advice { text: text.into() }
    }
}

/// The whole argument vector. apt asks questions of whoever has a terminal unless told not to.
fn words(names: &Names, arguments: &[&str], packages: &[&str]) -> Vec<String> {
    let quiet: &[&str] = match names.system {
        PackageSystem::Apt => &["env", "DEBIAN_FRONTEND=noninteractive"],
        _ => &[],
    };
    quiet
        .iter()
        .chain([&names.program])
        .chain(arguments)
        .chain(packages)
        .map(|word| (*word).to_owned())
        .collect()
}

#[cfg(test)]
mod tests;
