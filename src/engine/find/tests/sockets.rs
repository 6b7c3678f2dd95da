use super::*;

#[test]
fn every_known_socket_that_is_there_has_its_word() {
    let mut machine = Machine::new();
    let sockets = [
        (
            "run/user/1000/podman/podman.sock",
            "podman-rootless*",
            Kind::Podman,
        ),
        ("run/docker.sock", "docker-socket", Kind::Docker),
        ("run/user/1000/docker.sock", "docker-rootless", Kind::Docker),
        (
            "home/.docker/desktop/docker.sock",
            "docker-desktop",
            Kind::Docker,
        ),
        (
            "home/.docker/run/docker.sock",
            "docker-desktop-2",
            Kind::Docker,
        ),
        ("lima/docker.sock", "colima", Kind::Docker),
        ("home/.colima/default/docker.sock", "colima-2", Kind::Docker),
        ("home/.colima/docker.sock", "colima-3", Kind::Docker),
        (
            "home/.config/colima/default/docker.sock",
            "colima-4",
            Kind::Docker,
        ),
        ("home/.orbstack/run/docker.sock", "orbstack", Kind::Docker),
        ("run/podman/podman.sock", "podman-socket", Kind::Podman),
        (
            "run/user/1000/podman/podman-machine-default-api.sock",
            "podman-machine",
            Kind::Podman,
        ),
        (
            "run/user/1000/podman/vm-api.sock",
            "podman-machine-vm",
            Kind::Podman,
        ),
        (
            "home/.local/share/containers/podman/machine/qemu/podman.sock",
            "podman-machine-qemu",
            Kind::Podman,
        ),
        (
            "home/.local/share/containers/podman/machine/qemu/old/podman.sock",
            "podman-machine-old",
            Kind::Podman,
        ),
    ];
    machine.set("COLIMA_HOME", machine.path("lima"));
    for (socket, _, _) in sockets {
        machine.socket(socket);
    }
    machine.socket("run/user/1000/podman/vm-gvproxy.sock");
    let expected: Vec<&str> = sockets.iter().map(|(_, name, _)| *name).collect();
    assert_eq!(machine.names(), expected);
    for (entry, (socket, _, kind)) in machine.find().iter().zip(sockets) {
        let path = machine.path(socket);
        assert_eq!(entry.origin, Origin::KnownSocket(path.clone()));
        assert_eq!(entry.result, Ok(Address::Unix(path)));
        assert_eq!(entry.kind, kind, "{socket}");
    }
}

#[test]
fn a_socket_is_listed_once_however_many_paths_lead_to_it() {
    let machine = Machine::new();
    machine.link("var/run", "run");
    machine.socket("run/docker.sock");
    machine.socket("home/.docker/desktop/docker.sock");
    machine.link(
        "home/.docker/run/docker.sock",
        "home/.docker/desktop/docker.sock",
    );
    assert_eq!(machine.names(), ["docker-socket*", "docker-desktop"]);
}

#[test]
fn a_socket_that_something_names_is_not_listed_again() {
    let mut machine = Machine::new();
    machine.link("var/run", "run");
    machine.socket("run/docker.sock");
    let path = machine.path("var/run/docker.sock");
    machine.set("DOCKER_HOST", format!("unix://{}", path.display()));
    assert_eq!(machine.names(), ["DOCKER_HOST*"]);
}

#[test]
fn dockers_socket_may_lead_to_podman() {
    let mut machine = Machine::new();
    machine.surroundings.user_id = 0;
    machine.socket("run/podman/podman.sock");
    machine.link("var/run/docker.sock", "run/podman/podman.sock");
    // Both clients would choose it.
    assert_eq!(machine.names(), ["docker-socket*"]);
    assert_eq!(machine.named("docker-socket").kind, Kind::Podman);
}

#[test]
fn podmans_choice_may_be_what_docker_only_knows() {
    let mut machine = Machine::new();
    let socket = machine.socket("run/user/1000/podman/podman.sock");
    machine.set("DOCKER_HOST", format!("unix://{}", socket.display()));
    machine.set("CONTAINER_HOST", "tcp://host:1");
    assert_eq!(machine.names(), ["DOCKER_HOST*", "CONTAINER_HOST*"]);
    machine.set("DOCKER_HOST", "");
    machine.set("CONTAINER_HOST", "");
    assert_eq!(machine.names(), ["podman-rootless*"]);
}

#[test]
fn folders_and_links_to_nothing_are_no_sockets() {
    let machine = Machine::new();
    fs::create_dir_all(machine.path("var/run/docker.sock")).unwrap();
    machine.link("run/podman/podman.sock", "gone");
    assert_eq!(machine.names(), Vec::<String>::new());
}

#[test]
fn a_machines_socket_in_a_folder_of_everybodys_has_to_be_ones_own() {
    let mut machine = Machine::new();
    machine.set("TMPDIR", machine.path("temporary"));
    machine.socket("temporary/podman/podman-machine-default-api.sock");
    let own = rustix::process::geteuid().as_raw();
    machine.surroundings.user_id = own;
    assert_eq!(machine.names(), ["podman-machine"]);
    assert_eq!(machine.named("podman-machine").kind, Kind::Podman);
    machine.surroundings.user_id = own + 1;
    assert_eq!(machine.names(), Vec::<String>::new());
}

#[test]
fn the_link_to_the_machine_in_use_is_no_second_engine() {
    let mut machine = Machine::new();
    machine.socket("run/user/1000/podman/vm-api.sock");
    machine.link(
        "data/containers/podman/machine/podman.sock",
        "run/user/1000/podman/vm-api.sock",
    );
    machine.set("XDG_DATA_HOME", machine.path("data"));
    assert_eq!(machine.names(), ["podman-machine-vm"]);
}

#[test]
fn a_path_that_a_terminal_would_obey_is_left_out() {
    let machine = Machine::new();
    machine.socket("run/user/1000/podman/a\u{1b}[2J-api.sock");
    assert_eq!(machine.names(), Vec::<String>::new());
}
