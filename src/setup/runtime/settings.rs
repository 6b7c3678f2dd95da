//! Which configurations are tried, in which order, and how one becomes a settings file.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use toml::{Table, Value};

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

    fn limits(&self) -> Option<(u64, u64)> {
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

/// The variable that hands a settings file to this version of podman. The override, which
/// leaves the user's files in force, came with podman 4.5; before, our file has to repeat them.
pub(super) fn variable(version: &str) -> &'static str {
    let mut numbers = version
        .split('.')
        .map_while(|part| part.parse::<u32>().ok());
    let major = numbers.next().unwrap_or(0);
    let minor = numbers.next().unwrap_or(0);
    if (major, minor) >= (4, 5) {
        "CONTAINERS_CONF_OVERRIDE"
    } else {
        "CONTAINERS_CONF"
    }
}

/// The text of the settings file: what the user set, where podman would not read it any more,
/// and our changes over it.
pub(super) fn render(host: &Host, version: &str, candidate: &Candidate) -> Result<String, String> {
    let effective = effective_settings(host)?;
    let mut settings = match variable(version) {
        "CONTAINERS_CONF" => effective.clone(),
        name => host
            .variable(name)
            .map_or_else(|| Ok(Table::new()), |file| read(Path::new(file)))?,
    };
    if let Some(runtime) = &candidate.runtime {
        set(
            &mut settings,
            "engine",
            "runtime",
            Value::String(runtime.clone()),
        );
    }
    if let Some(limits) = candidate.limits() {
        let kept = ulimits_besides(&effective, limits);
        set(
            &mut settings,
            "containers",
            "default_ulimits",
            Value::Array(kept),
        );
    }
    if candidate.without_systemd {
        set(
            &mut settings,
            "engine",
            "cgroup_manager",
            Value::String("cgroupfs".into()),
        );
        set(
            &mut settings,
            "engine",
            "events_logger",
            Value::String("file".into()),
        );
    }
    let text = toml::to_string(&settings).map_err(|error| error.to_string())?;
    Ok(format!(
        "# Written by imgtui, which hands it to podman by {}; your own files are not changed.\n# Changed here: {}.\n{text}",
        variable(version),
        candidate.title(),
    ))
}

/// The user's ulimits without those that we set, and ours.
fn ulimits_besides(effective: &Table, (nofile, nproc): (u64, u64)) -> Vec<Value> {
    let mut all: Vec<Value> = effective
        .get("containers")
        .and_then(|section| section.get("default_ulimits"))
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter(|value| {
            value
                .as_str()
                .is_none_or(|text| !text.starts_with("nofile=") && !text.starts_with("nproc="))
        })
        .cloned()
        .collect();
    all.push(Value::String(format!("nofile={nofile}:{nofile}")));
    all.push(Value::String(format!("nproc={nproc}:{nproc}")));
    all
}

/// The files that podman reads, later ones over earlier ones (containers.conf(5)).
pub(super) fn files(host: &Host) -> Vec<PathBuf> {
    if let Some(only) = host.variable("CONTAINERS_CONF") {
        return vec![PathBuf::from(only)];
    }
    let mut files = vec![host.system("/usr/share/containers/containers.conf")];
    let mut add = |main: PathBuf| {
        let mut folder = main.clone().into_os_string();
        folder.push(".d");
        files.push(main);
        let mut extra: Vec<PathBuf> = fs::read_dir(folder)
            .into_iter()
            .flatten()
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| {
                path.extension()
                    .is_some_and(|extension| extension == "conf")
            })
            .collect();
        extra.sort();
        files.extend(extra);
    };
    add(host.system("/etc/containers/containers.conf"));
    if !host.is_root() {
        add(host.config_home().join("containers/containers.conf"));
    }
    files.retain(|file| file.is_file());
    files
}

fn effective_settings(host: &Host) -> Result<Table, String> {
    let mut all = Table::new();
    for file in files(host) {
        lay_over(&mut all, read(&file)?);
    }
    Ok(all)
}

fn read(file: &Path) -> Result<Table, String> {
    let named = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
    let text = fs::read_to_string(file).map_err(|error| named(&error))?;
    text.parse().map_err(|error| named(&error))
}

/// Tables are merged, everything else is replaced, as podman does it.
fn lay_over(under: &mut Table, over: Table) {
    for (key, value) in over {
        match (under.get_mut(&key), value) {
            (Some(Value::Table(below)), Value::Table(above)) => lay_over(below, above),
            (_, value) => {
                under.insert(key, value);
            }
        }
    }
}

fn set(settings: &mut Table, section: &str, key: &str, value: Value) {
    let entry = settings
        .entry(section.to_owned())
        .or_insert_with(|| Value::Table(Table::new()));
    if let Value::Table(table) = entry {
        table.insert(key.to_owned(), value);
    }
}

/// Writes the file whole or not at all: another podman of ours may be reading it.
pub(super) fn write(path: &Path, text: &str) -> Result<(), String> {
    let named = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(|error| named(&error))?;
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(|error| named(&error))?;
    file.write_all(text.as_bytes())
        .map_err(|error| named(&error))?;
    file.persist(path).map_err(|error| named(&error))?;
    Ok(())
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

    #[test]
    fn the_override_is_used_from_podman_4_5_on() {
        assert_eq!(variable("4.3.1"), "CONTAINERS_CONF");
        assert_eq!(variable("4.5.0"), "CONTAINERS_CONF_OVERRIDE");
        assert_eq!(variable("5.4.2"), "CONTAINERS_CONF_OVERRIDE");
        assert_eq!(variable("10.0.0-dev"), "CONTAINERS_CONF_OVERRIDE");
        assert_eq!(variable("unknown"), "CONTAINERS_CONF");
    }

    #[test]
    fn the_users_settings_stay_in_force() {
        let (_folder, host) = fake::host();
        fake::file(
            &host,
            "/usr/share/containers/containers.conf",
            "[engine]\nruntime = 'crun'\nnum_locks = 7\n",
        );
        fake::file(
            &host,
            "/etc/containers/containers.conf",
            "[containers]\ndefault_ulimits = ['core=0:0', 'nofile=9:9']\n[network]\nnetwork_backend = 'netavark'\n",
        );
        fake::file(
            &host,
            "/etc/containers/containers.conf.d/9.conf",
            "[engine]\nnum_locks = 8\n",
        );
        let candidate = Candidate {
            runtime: Some("runc".into()),
            ulimits: Ulimits::Hard {
                nofile: 5,
                nproc: 6,
            },
            without_systemd: false,
        };
        let whole: Table = render(&host, "4.3.1", &candidate).unwrap().parse().unwrap();
        assert_eq!(whole["engine"]["runtime"].as_str(), Some("runc"));
        assert_eq!(whole["engine"]["num_locks"].as_integer(), Some(8));
        assert_eq!(
            whole["network"]["network_backend"].as_str(),
            Some("netavark")
        );
        let limits: Vec<_> = whole["containers"]["default_ulimits"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(Value::as_str)
            .collect();
        assert_eq!(limits, ["core=0:0", "nofile=5:5", "nproc=6:6"]);
        let over: Table = render(&host, "5.4.2", &candidate).unwrap().parse().unwrap();
        assert!(over.get("network").is_none());
        assert_eq!(over["containers"], whole["containers"]);
    }

    #[test]
    fn a_settings_file_that_podman_could_not_read_is_named() {
        let (_folder, host) = fake::host();
        fake::file(&host, "/etc/containers/containers.conf", "[engine\n");
        let error = render(&host, "4.3.1", &candidates(&host)[1]).unwrap_err();
        assert!(error.contains("/etc/containers/containers.conf"));
    }
}
