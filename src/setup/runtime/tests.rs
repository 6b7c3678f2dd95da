use std::fs;

use super::*;
use crate::setup::host::fake;

/// A podman that works only with the given words in its settings file, and counts its calls.
fn podman(host: &Host, version: &str, needs: &str, otherwise: &str) {
    let calls = host.system("/calls");
    let script = format!(
        "echo \"$*\" >> {calls}\n\
         test \"$1\" = --version && {{ echo podman version {version}; exit 0; }}\n\
         case \" $* \" in *' build '*) exit 0;; *'info '*) echo warning; echo runc; exit 0;; esac\n\
         conf=${{CONTAINERS_CONF_OVERRIDE:-$CONTAINERS_CONF}}\n\
         test -n \"$conf\" && grep -q '{needs}' \"$conf\" && exit 0\n\
         echo '{otherwise}' >&2; exit 126",
        calls = calls.display(),
    );
    fake::program(host, "podman", &script);
    fake::program(host, "ldd", "echo not a dynamic executable; exit 1");
}

fn calls(host: &Host) -> usize {
    fs::read_to_string(host.system("/calls"))
        .unwrap_or_default()
        .lines()
        .count()
}

const RLIMIT: &str = "Error: runc: error setting rlimit type 7: operation not permitted";

#[tokio::test]
async fn the_least_change_that_works_is_found_kept_and_not_tried_again() {
    let (_folder, host) = fake::host();
    podman(&host, "4.3.1", "nofile=20000:20000", RLIMIT);
    assert_eq!(cached(&host), None);
    let found = find(&host).await.unwrap();
    assert_eq!(found.changes, ["ulimits nofile 20000 and nproc 32768"]);
    assert_eq!(found.run_failure, None);
    assert_eq!(found.attempts.len(), 1);
    let (variable, file) = found.environment().unwrap();
    assert_eq!(variable, "CONTAINERS_CONF");
    assert!(
        fs::read_to_string(file)
            .unwrap()
            .contains("nproc=32768:32768")
    );
    // --version, then build and run of two configurations, then info: the ones that only leave systemd
    // out were not tried after a failure of limits.
    assert_eq!(calls(&host), 6);
    assert_eq!(find(&host).await.unwrap(), found);
    assert_eq!(calls(&host), 6);
    assert_eq!(fs::read_dir(&host.state.0).unwrap().count(), 2);
}

#[tokio::test]
async fn a_finding_ends_with_what_it_depended_on() {
    let (_folder, mut host) = fake::host();
    podman(
        &host,
        "5.4.2",
        "runc",
        "crun: cgroups in hybrid mode not supported",
    );
    fake::program(&host, "runc", "");
    let found = find(&host).await.unwrap();
    assert_eq!(found.name, "runc");
    assert_eq!(found.environment().unwrap().0, "CONTAINERS_CONF_OVERRIDE");
    assert!(cached(&host).is_some());
    let limits = host.limits;
    host.limits.nofile = Some(512);
    assert_eq!(cached(&host), None);
    host.limits = limits;
    assert!(cached(&host).is_some());
    fs::remove_file(&found.settings.unwrap().path).unwrap();
    assert_eq!(cached(&host), None);
}

#[tokio::test]
async fn the_plain_configuration_stays_plain_where_it_works() {
    let (_folder, host) = fake::host();
    fake::program(
        &host,
        "podman",
        "test \"$1\" = --version && echo podman version 5.4.2; exit 0",
    );
    fake::program(&host, "ldd", "exit 1");
    let found = find(&host).await.unwrap();
    assert_eq!((found.environment(), found.changes.len()), (None, 0));
    assert!(!host.state.0.join("containers.conf").exists());
}

#[tokio::test]
async fn low_limits_are_the_last_resort_but_they_are_tried() {
    let (_folder, host) = fake::host();
    podman(&host, "4.3.1", "nofile=1024:1024", RLIMIT);
    let found = find(&host).await.unwrap();
    assert_eq!(found.changes, ["ulimits nofile 1024 and nproc 1024"]);
    assert_eq!(found.attempts.len(), 2);
}

#[tokio::test]
async fn builds_without_runs_are_better_than_nothing() {
    let (_folder, host) = fake::host();
    podman(
        &host,
        "4.3.1",
        "never",
        "Error: something that nobody knows",
    );
    let found = find(&host).await.unwrap();
    assert_eq!(
        found.run_failure.as_deref(),
        Some("Error: something that nobody knows")
    );
    assert!(found.settings.is_none());
    // Plain, without systemd, with limits: all the same, so nothing else is tried.
    assert_eq!(found.attempts.len(), 3);
}

#[tokio::test]
async fn every_failed_attempt_is_told_and_a_hopeless_one_is_the_last() {
    let (_folder, host) = fake::host();
    assert_eq!(find(&host).await, Err(RuntimeError::NoPodman));
    let script = "test \"$1\" = --version && { echo podman version 4.3.1; exit 0; }\necho 'write: no space left on device' >&2; exit 125";
    fake::program(&host, "podman", script);
    fake::program(&host, "ldd", "exit 1");
    let error = find(&host).await.unwrap_err();
    let attempts = vec!["plain configuration: build: write: no space left on device".to_owned()];
    assert_eq!(error, RuntimeError::NothingWorks { attempts });
}
