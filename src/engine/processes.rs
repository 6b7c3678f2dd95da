//! The processes below our private service: their CPU time, and the one to end on cancel.
//!
//! Everything is read from `/proc` (proc(5)); where there is none, there are no processes.

use std::{collections::BTreeMap, fs, os::unix::net::UnixStream, path::Path};

use rustix::process::{Pid, Signal};

use super::connection::Connection;
use crate::domain::record::CpuTime;

/// How buildah names the process that runs a RUN instruction (buildah `run_linux.go`; seen
/// with 1.28.2). Ending it ends the RUN; the build then fails at once and cleans up.
const RUN_PROCESS: &str = "buildah-oci-runtime";

/// One process's line in `/proc/PID/stat`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stat {
    parent: i32,
    user_ticks: u64,
    system_ticks: u64,
    /// Ticks from the machine's start to the process's.
    start_ticks: u64,
}

impl Stat {
    fn age_s(&self) -> Option<f64> {
        let uptime = fs::read_to_string("/proc/uptime").ok()?;
        let uptime_s: f64 = uptime.split_whitespace().next()?.parse().ok()?;
        Some(uptime_s - ratio(self.start_ticks, rustix::param::clock_ticks_per_second()))
    }
}

/// CPU time of a process, of everything below it, and of the children it waited for.
///
/// A process's time moves to its parent when the parent waits for it, so the sum over the tree
/// never falls, and the difference of two readings is what was used in between.
pub(super) fn cpu_of_tree(root: Pid) -> Option<CpuTime> {
    let stats = all_stats();
    stats.get(&root.as_raw_nonzero().get())?;
    let mut user_ticks = 0;
    let mut system_ticks = 0;
    for pid in tree(&stats, root.as_raw_nonzero().get()) {
        if let Some(stat) = stats.get(&pid) {
            user_ticks += stat.user_ticks;
            system_ticks += stat.system_ticks;
        }
    }
    let per_second = rustix::param::clock_ticks_per_second();
    Some(CpuTime {
        user_s: ratio(user_ticks, per_second),
        system_s: ratio(system_ticks, per_second),
    })
}

/// CPU time of a cgroup that cgroups of containers are made below, by its name from the root: what
/// those that are gone used stays in it (kernel documentation, cgroup-v1/cpuacct and cgroup-v2).
pub(super) fn cpu_of_group(name: &str) -> Option<CpuTime> {
    let root = Path::new("/sys/fs/cgroup");
    let first = root.join("cpuacct").join(name);
    let group = if first.exists() {
        first
    } else {
        root.join(name)
    };
    if !group.exists() {
        // No container ran yet.
        return root.exists().then(CpuTime::default);
    }
    let nanoseconds = |file: &str| -> Option<f64> {
        let text = fs::read_to_string(group.join(file)).ok()?;
        Some(text.trim().parse::<f64>().ok()? / 1e9)
    };
    if let (Some(user_s), Some(system_s)) = (
        nanoseconds("cpuacct.usage_user"),
        nanoseconds("cpuacct.usage_sys"),
    ) {
        return Some(CpuTime { user_s, system_s });
    }
    let text = fs::read_to_string(group.join("cpu.stat")).ok()?;
    let microseconds = |key: &str| -> Option<f64> {
        let line = text.lines().find_map(|line| line.strip_prefix(key))?;
        Some(line.trim().parse::<f64>().ok()? / 1e6)
    };
    Some(CpuTime {
        user_s: microseconds("user_usec ")?,
        system_s: microseconds("system_usec ")?,
    })
}

/// The process of the docker daemon that answers on a connection; 0 where it is not on this
/// machine, or something stands in between.
pub(super) fn daemon_of(connection: &Connection) -> i32 {
    let socket = connection
        .socket()
        .and_then(|path| UnixStream::connect(path).ok());
    let peer = socket.and_then(|socket| rustix::net::sockopt::socket_peercred(&socket).ok());
    let pid = peer.map_or(0, |peer| peer.pid.as_raw_nonzero().get());
    let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    if name.trim() == "dockerd" { pid } else { 0 }
}

/// Younger than this, a RUN's process may not have taken its container in hand yet (seconds):
/// ended then, it would leave the container behind (buildah `run_linux.go` installs its signal
/// handler after the container has started).
const UNRIPE_S: f64 = 0.3;

/// Sends SIGTERM to every RUN below `root`, except those that have only just begun: the caller
/// looks again. Says how many there were.
pub(super) fn end_runs(root: Pid) -> usize {
    let stats = all_stats();
    tree(&stats, root.as_raw_nonzero().get())
        .into_iter()
        .filter(|pid| first_argument(*pid).as_deref() == Some(RUN_PROCESS))
        .filter(|pid| {
            stats
                .get(pid)
                .and_then(Stat::age_s)
                .is_none_or(|age| age > UNRIPE_S)
        })
        .filter_map(Pid::from_raw)
        .filter(|pid| rustix::process::kill_process(*pid, Signal::TERM).is_ok())
        .count()
}

/// Whether a process below `root` runs this program.
pub(super) fn runs_below(root: Pid, program: &str) -> bool {
    let below = tree(&all_stats(), root.as_raw_nonzero().get());
    let mut words = below.into_iter().filter_map(first_argument);
    words.any(|word| Path::new(&word).file_name() == Some(program.as_ref()))
}

#[expect(clippy::cast_precision_loss, reason = "centuries of ticks fit")]
fn ratio(ticks: u64, per_second: u64) -> f64 {
    ticks as f64 / per_second.max(1) as f64
}

fn all_stats() -> BTreeMap<i32, Stat> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return BTreeMap::new();
    };
    entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter_map(|pid: i32| {
            let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
            Some((pid, parse_stat(&text)?))
        })
        .collect()
}

/// `PID (name) state ppid … utime stime cutime cstime`: the name may hold anything, blanks and
/// parentheses included, so what counts begins behind the last parenthesis.
fn parse_stat(text: &str) -> Option<Stat> {
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    // proc(5) counts from 1 and two fields are before the parenthesis.
    let number = |field: usize| fields.get(field - 3)?.parse::<u64>().ok();
    Some(Stat {
        parent: fields.get(1)?.parse().ok()?,
        user_ticks: number(14)? + number(16)?,
        system_ticks: number(15)? + number(17)?,
        start_ticks: number(22)?,
    })
}

fn tree(stats: &BTreeMap<i32, Stat>, root: i32) -> Vec<i32> {
    let mut found = vec![root];
    let mut next = 0;
    while let Some(&parent) = found.get(next) {
        let children = stats.iter().filter(|(_, stat)| stat.parent == parent);
        found.extend(children.map(|(pid, _)| *pid));
        next += 1;
    }
    found
}

fn first_argument(pid: i32) -> Option<String> {
    let line = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    let first = line.split(|byte| *byte == 0).next()?;
    Some(String::from_utf8_lossy(first).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_parentheses_does_not_shift_the_fields() {
        // Linux 6.18; name changed to one that is meant to confuse.
        let line = "42 (a) S (b) 1 R 7 42 42 0 -1 4194560 1 2 3 4 10 20 30 40 20 0 1 0 5 6 7";
        let line = line.replacen("S (b) 1 R", "S (b) R", 1);
        assert_eq!(
            parse_stat(&line),
            Some(Stat {
                parent: 7,
                user_ticks: 40,
                system_ticks: 60,
                start_ticks: 5,
            })
        );
        assert_eq!(parse_stat("42 (a) R 1"), None);
    }

    #[test]
    fn this_process_has_used_some_time() {
        let me = rustix::process::getpid();
        let before = cpu_of_tree(me).unwrap();
        let mut sum = 0_u64;
        while cpu_of_tree(me).unwrap().user_s <= before.user_s {
            for number in 0..1_000_000_u64 {
                sum = sum.wrapping_mul(31).wrapping_add(number);
            }
        }
        assert_ne!(sum, 1);
        assert_eq!(end_runs(me), 0);
    }
}
