//! Which configurations are tried, and in which order.

use std::fs;

use crate::setup::host::Host;

/// Runtimes that podman can use, the usual first.
const RUNTIMES: [&str; 3] = ["crun", "runc", "youki"];

/// Limits that a container is started with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Ulimits {
    /// As configured; podman as root asks for 1,048,576 files whatever the hard limit.
    AsConfigured,
    /// Our own hard limits, which a child is always allowed.
    Hard { nofile: u64, nproc: u64 },
    /// So low that any machine allows them.
    Low,
}

/// One configuration: what is different from the user's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    runtime: Option<String>,
    ulimits: Ulimits,
    /// Without systemd: cgroups by file system, events by file.
    without_systemd: bool,
}

impl Candidate {
    pub(super) fn is_plain(&self) -> bool {
        self.changes().is_empty()
    }

    pub(super) fn title(&self) -> String {
        if self.is_plain() {
            "plain configuration".into()
        } else {
            self.changes().join(", ")
        }
    }

    /// One line for each thing that is changed.
    pub(super) fn changes(&self) -> Vec<String> {
        let mut changes = Vec::new();
        if let Some(runtime) = &self.runtime {
            changes.push(format!("runtime {runtime}"));
        }
        if let Some((nofile, nproc)) = self.limits() {
            changes.push(format!("ulimits nofile {nofile} and nproc {nproc}"));
        }
        if self.without_systemd {
            changes.push("cgroups and events without systemd".into());
        }
        changes
    }

    pub(super) fn runtime(&self) -> Option<&str> {
        self.runtime.as_deref()
    }

    pub(super) fn is_without_systemd(&self) -> bool {
        self.without_systemd
    }

    /// Open files and processes, hard and soft alike.
    pub(super) fn limits(&self) -> Option<(u64, u64)> {
        match self.ulimits {
            Ulimits::AsConfigured => None,
            Ulimits::Hard { nofile, nproc } => Some((nofile, nproc)),
            Ulimits::Low => Some((1024, 1024)),
        }
    }

    pub(super) fn changes_several(&self) -> bool {
        self.weight() > 1
    }

    /// How much is changed; low limits are the last resort, since they can starve a build.
    fn weight(&self) -> u32 {
        let limits = match self.ulimits {
            Ulimits::AsConfigured => 0,
            Ulimits::Hard { .. } => 1,
            Ulimits::Low => 10,
        };
        limits + u32::from(self.runtime.is_some()) + u32::from(self.without_systemd)
    }
}

/// All configurations worth trying, the least changed first.
pub(super) fn candidates(host: &Host) -> Vec<Candidate> {
    let found = RUNTIMES
        .iter()
        .filter(|name| host.find(name).is_some())
        .map(|name| Some((*name).to_owned()));
    let mut all = Vec::new();
    for runtime in std::iter::once(None).chain(found) {
        for ulimits in [Ulimits::AsConfigured, hard_limits(host), Ulimits::Low] {
            for without_systemd in [false, true] {
                all.push(Candidate {
                    runtime: runtime.clone(),
                    ulimits,
                    without_systemd,
                });
            }
        }
    }
    all.sort_by_key(Candidate::weight);
    all
}

/// The hard limits of this process. podman lowers its children's number of processes to the
/// kernel's highest process id, so no container may ask for more than that.
fn hard_limits(host: &Host) -> Ulimits {
    let number = |path: &str| {
        fs::read_to_string(host.system(path))
            .ok()
            .and_then(|text| text.trim().parse::<u64>().ok())
    };
    let highest_files = number("/proc/sys/fs/nr_open").unwrap_or(1_048_576);
    let highest_processes = number("/proc/sys/kernel/pid_max").unwrap_or(32_768);
    Ulimits::Hard {
        nofile: host.limits.nofile.unwrap_or(u64::MAX).min(highest_files),
        nproc: host.limits.nproc.unwrap_or(u64::MAX).min(highest_processes),
    }
}

/// Leaves out what would fail for the same reason as `failed` did, and tells whether the reason
/// was understood. One that was not leaves everything in.
pub(super) fn drop_those_that_fail_alike(
    waiting: &mut Vec<Candidate>,
    failed: &Candidate,
    failure: &str,
) -> bool {
    let text = failure.to_lowercase();
    // runc: "error setting rlimit type 7: operation not permitted"; crun: "setrlimit `RLIMIT_NOFILE`"
    let limits = text.contains("rlimit");
    if limits {
        waiting.retain(|other| other.ulimits != failed.ulimits);
    }
    // crun: "cgroups in hybrid mode not supported, drop all controllers from cgroupv2"
    let hybrid = text.contains("cgroups in hybrid mode");
    if hybrid {
        waiting.retain(|other| other.runtime.as_deref().is_some_and(|name| name != "crun"));
    }
    // "dial unix /run/systemd/private: connect: no such file or directory"; crun: "sd-bus call: …"
    let systemd = ["sd-bus", "dbus", "systemd"]
        .iter()
        .any(|word| text.contains(word));
    if systemd {
        waiting.retain(|other| other.without_systemd);
    }
    limits || hybrid || systemd
}

/// Whether no setting of ours can mend this, so that trying on would only cost time.
pub(super) fn is_hopeless(failure: &str) -> bool {
    let text = failure.to_lowercase();
    [
        "no space left on device",
        "newuidmap",
        "policy.json",
        "read-only file system",
    ]
    .iter()
    .any(|word| text.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setup::host::fake;

    fn titles(all: &[Candidate]) -> Vec<String> {
        all.iter().map(Candidate::title).collect()
    }

    #[test]
    fn the_plain_configuration_is_tried_first_and_low_limits_last() {
        let (_folder, host) = fake::host();
        fake::program(&host, "runc", "");
        fake::file(&host, "/proc/sys/kernel/pid_max", "32768\n");
        let all = titles(&candidates(&host));
        assert_eq!(all.len(), 12);
        assert_eq!(all[0], "plain configuration");
        assert_eq!(
            all[1..4],
            [
                "cgroups and events without systemd",
                "ulimits nofile 20000 and nproc 32768",
                "runtime runc"
            ]
        );
        assert!(all[8..].iter().all(|title| title.contains("nofile 1024")));
    }

    #[test]
    fn a_failure_that_is_understood_spares_trying_its_like() {
        let (_folder, host) = fake::host();
        fake::program(&host, "crun", "");
        fake::program(&host, "runc", "");
        let all = candidates(&host);
        let plain = all[0].clone();
        let after = |failure: &str| {
            let mut waiting = all[1..].to_vec();
            drop_those_that_fail_alike(&mut waiting, &plain, failure);
            waiting
        };
        assert!(
            after("error setting rlimit type 7")
                .iter()
                .all(|one| one.ulimits != Ulimits::AsConfigured)
        );
        let hybrid =
            after("crun: cgroups in hybrid mode not supported, drop all controllers from cgroupv2");
        assert_eq!(hybrid[0].title(), "runtime runc");
        assert!(
            after("sd-bus call: transport endpoint is not connected")
                .iter()
                .all(|one| one.without_systemd)
        );
        assert_eq!(after("something else").len(), all.len() - 1);
    }
}
