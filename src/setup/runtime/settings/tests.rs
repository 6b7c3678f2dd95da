use super::*;
use crate::setup::host::fake;
use crate::setup::runtime::candidates::candidates;

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
    let (_folder, mut host) = fake::host();
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
    fake::program(&host, "runc", "");
    host.limits.nofile = Some(5);
    host.limits.nproc = Some(6);
    let wanted = "runtime runc, ulimits nofile 5 and nproc 6";
    let all = candidates(&host);
    let candidate = all.iter().find(|one| one.title() == wanted).unwrap();
    let whole: Table = render(&host, "4.3.1", candidate).unwrap().parse().unwrap();
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
    let over: Table = render(&host, "5.4.2", candidate).unwrap().parse().unwrap();
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
