use super::*;
use crate::setup::host::fake;

fn lines(remedy: Remedy) -> Vec<String> {
    match remedy {
        Remedy::Commands { commands } => commands.iter().map(|words| words.join(" ")).collect(),
        Remedy::Advice { text } => panic!("advice: {text}"),
    }
}

#[test]
fn the_distribution_decides_where_two_managers_are_installed() {
    let (_folder, host) = fake::host();
    fake::program(&host, "apt-get", "");
    fake::program(&host, "dnf", "");
    fake::file(
        &host,
        "/etc/os-release",
        "NAME=x\nID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n",
    );
    assert_eq!(PackageSystem::detect(&host), Some(PackageSystem::Dnf));
    fake::file(&host, "/etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n");
    assert_eq!(PackageSystem::detect(&host), Some(PackageSystem::Apt));
    fake::file(&host, "/etc/os-release", "ID=somethingelse\n");
    assert_eq!(PackageSystem::detect(&host), Some(PackageSystem::Apt));
}

#[test]
fn apt_lists_are_fetched_once_and_sudo_stands_before_everything() {
    let (_folder, mut host) = fake::host();
    fake::program(&host, "apt-get", "");
    host.uid = 1000;
    let mut installer = Installer::new(&host, Rights::Sudo);
    let first = lines(installer.engine(Cgroups::Unified));
    assert_eq!(
        first,
        [
            "sudo -n env DEBIAN_FRONTEND=noninteractive apt-get update",
            "sudo -n env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=120 podman runc netavark iptables nftables ca-certificates uidmap fuse-overlayfs slirp4netns passt",
        ]
    );
    let second = lines(installer.install(&["mmdebstrap"]));
    assert_eq!(second.len(), 1);
    assert!(second[0].ends_with(" mmdebstrap"));
}

#[test]
fn runc_is_added_where_the_usual_runtime_refuses() {
    let (_folder, host) = fake::host();
    fake::program(&host, "dnf", "");
    let mut installer = Installer::new(&host, Rights::Root);
    assert_eq!(
        lines(installer.engine(Cgroups::Unified)),
        ["dnf install -y podman"]
    );
    assert_eq!(
        lines(installer.engine(Cgroups::Hybrid)),
        ["dnf install -y podman runc"]
    );
}

#[test]
fn without_rights_or_a_manager_there_is_advice_with_exact_commands() {
    let (_folder, mut host) = fake::host();
    let advice = |remedy| match remedy {
        Remedy::Advice { text } => text,
        Remedy::Commands { commands } => panic!("{commands:?}"),
    };
    let mut installer = Installer::new(&host, Rights::Root);
    assert!(advice(installer.engine(Cgroups::Unified)).contains("--engine"));
    fake::program(&host, "zypper", "");
    host.uid = 1000;
    let mut installer = Installer::new(&host, Rights::None);
    assert_eq!(
        advice(installer.engine(Cgroups::Unified)),
        "Run as root:\n  zypper --non-interactive refresh\n  zypper --non-interactive install podman shadow"
    );
    host.os = "macos".into();
    let mut installer = Installer::new(&host, Rights::None);
    assert!(advice(installer.engine(Cgroups::Unified)).contains("brew install podman"));
}
