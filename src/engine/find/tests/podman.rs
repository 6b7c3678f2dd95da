use super::*;

const CONF: &str = "home/.config/containers/containers.conf";
const JSON: &str = "home/.config/containers/podman-connections.json";

/// As `podman system connection add` of podman 4.3 writes it.
const OF_PODMAN_4: &str = r#"
[containers]

[engine]
  active_service = "lab"
  [engine.service_destinations]
    [engine.service_destinations.lab]
      uri = "ssh://root@lab:22/run/podman/podman.sock"
      identity = "/home/me/.ssh/lab"
    [engine.service_destinations.podman-machine-default]
      uri = "ssh://core@127.0.0.1:53298/run/user/501/podman/podman.sock"
      identity = "/home/me/.ssh/machine"
      is_machine = true
"#;

/// As that of podman 5 writes it.
const OF_PODMAN_5: &str = r#"{"Connection":{"Default":"five","Connections":{
    "five":{"URI":"unix:///five.sock"},
    "lab":{"URI":"tcp://lab:8080","TLSCA":"/ca","TLSCert":"/cert","TLSKey":"/key"},
    "machine":{"URI":"ssh://core@127.0.0.1:1/a.sock","Identity":"/key","IsMachine":true}
}},"Farm":{}}"#;

#[test]
fn connections_of_podman_4_are_in_containers_conf() {
    let machine = Machine::new();
    let file = machine.file(CONF, OF_PODMAN_4);
    assert_eq!(machine.names(), ["lab*", "podman-machine-default"]);
    let lab = machine.named("lab");
    assert_eq!(lab.kind, Kind::Podman);
    assert_eq!(lab.origin, Origin::PodmanConnection(file));
    let expected = Address::Ssh {
        user: Some("root".into()),
        host: "lab".into(),
        port: Some(22),
        socket: Some("/run/podman/podman.sock".into()),
        identity: Some("/home/me/.ssh/lab".into()),
    };
    assert_eq!(lab.result, Ok(expected));
}

#[test]
fn connections_of_podman_5_win_over_those_of_podman_4() {
    let machine = Machine::new();
    machine.file(CONF, OF_PODMAN_4);
    machine.file(JSON, OF_PODMAN_5);
    assert_eq!(
        machine.names(),
        ["five*", "lab", "machine", "podman-machine-default"]
    );
    let expected = Address::Tcp {
        host: "lab".into(),
        port: 8080,
        tls: Some(Tls {
            ca: Some("/ca".into()),
            cert: Some("/cert".into()),
            key: Some("/key".into()),
            skip_verify: false,
        }),
    };
    assert_eq!(machine.named("lab").result, Ok(expected));
}

#[test]
fn the_default_of_podman_4_may_be_a_connection_of_podman_5() {
    let machine = Machine::new();
    machine.file(CONF, OF_PODMAN_4);
    let json = r#"{"Connection":{"Connections":{"lab":{"URI":"unix:///lab.sock"}}}}"#;
    machine.file(JSON, json);
    assert_eq!(machine.names(), ["lab*", "podman-machine-default"]);
    assert_eq!(machine.url("lab"), "unix:///lab.sock");
}

#[test]
fn connection_wins_over_host_and_that_over_the_default() {
    let mut machine = Machine::new();
    machine.file(JSON, OF_PODMAN_5);
    machine.socket("run/user/1000/podman/podman.sock");
    machine.set("CONTAINER_HOST", "unix://run/podman.sock");
    assert_eq!(
        machine.names(),
        [
            "CONTAINER_HOST*",
            "five",
            "lab",
            "machine",
            "podman-rootless"
        ]
    );
    assert_eq!(machine.url("CONTAINER_HOST"), "unix:///run/podman.sock");
    machine.set("CONTAINER_CONNECTION", "lab");
    assert_eq!(
        machine.names(),
        [
            "lab*",
            "CONTAINER_HOST",
            "five",
            "machine",
            "podman-rootless"
        ]
    );
    machine.set("CONTAINER_CONNECTION", "gone");
    assert_eq!(machine.names()[..2], ["gone*", "CONTAINER_HOST"]);
    assert_eq!(
        machine.fault("gone"),
        "CONTAINER_CONNECTION names the connection `gone`, which is in none of podman's files"
    );
}

#[test]
fn without_settings_it_is_the_socket_of_the_user() {
    let mut machine = Machine::new();
    machine.socket("run/podman/podman.sock");
    machine.socket("run/user/1000/podman/podman.sock");
    assert_eq!(machine.names(), ["podman-rootless*", "podman-socket"]);
    machine.surroundings.runtime_folder = None;
    assert_eq!(machine.names(), ["podman-rootless*", "podman-socket"]);
    machine.surroundings.user_id = 0;
    assert_eq!(machine.names(), ["podman-socket*"]);
}

#[test]
fn a_default_that_is_not_there_leaves_the_socket() {
    let machine = Machine::new();
    machine.socket("run/user/1000/podman/podman.sock");
    machine.file(JSON, r#"{"Connection":{"Default":"gone"}}"#);
    assert_eq!(machine.names(), ["podman-rootless*", "gone"]);
    let fault = machine.fault("gone");
    let expected = "podman-connections.json: Connection.Default names the connection `gone`, \
                    which is in none of podman's files";
    assert!(fault.ends_with(expected), "{fault}");
}

#[test]
fn a_key_of_the_environment_is_for_connections_without_one() {
    let mut machine = Machine::new();
    machine.file(JSON, OF_PODMAN_5);
    machine.set("CONTAINER_HOST", "ssh://me@host");
    machine.set("CONTAINER_SSHKEY", "/environment");
    let key = |name: &str| match machine.named(name).result.unwrap() {
        Address::Ssh { identity, .. } => identity.unwrap(),
        other => panic!("{other}"),
    };
    assert_eq!(key("CONTAINER_HOST"), Path::new("/environment"));
    assert_eq!(key("machine"), Path::new("/key"));
}

fn conf(name: &str, place: &str) -> String {
    format!(
        "[engine]\nactive_service = \"{name}\"\n\
         [engine.service_destinations.{name}]\nuri = \"tcp://{place}:1\"\n"
    )
}

#[test]
fn later_files_win_and_all_are_read() {
    let mut machine = Machine::new();
    let files = [
        "usr/share/containers/containers.conf",
        "etc/containers/containers.conf",
        "etc/containers/containers.conf.d/a.conf",
        "etc/containers/containers.conf.d/b.conf",
        "etc/containers/containers.rootless.conf",
        "etc/containers/containers.rootless.conf.d/a.conf",
        "etc/containers/containers.rootless.conf.d/1000/a.conf",
        "home/.config/containers/containers.conf",
        "home/.config/containers/containers.conf.d/a.conf",
    ];
    for (number, file) in files.iter().enumerate() {
        machine.file(file, &conf(&format!("own{number}"), "own"));
        assert_eq!(machine.names()[0], format!("own{number}*"), "{file}");
    }
    assert_eq!(machine.names().len(), files.len());
    machine.file("etc/containers/containers.conf.d/readme.txt", "no settings");
    machine.file(
        "etc/containers/containers.rootless.conf.d/1001/a.conf",
        "no settings",
    );
    assert_eq!(machine.names().len(), files.len());

    machine.set(
        "CONTAINERS_CONF_OVERRIDE",
        machine.file("override", &conf("own0", "last")),
    );
    assert_eq!(machine.names()[0], "own0*");
    assert_eq!(machine.url("own0"), "tcp://last:1");
    machine.set(
        "CONTAINERS_CONF",
        machine.file("only", &conf("only", "only")),
    );
    assert_eq!(machine.names(), ["own0*", "only"]);
}

#[test]
fn folders_of_settings_can_be_elsewhere() {
    let mut machine = Machine::new();
    machine.file(
        "elsewhere/containers/containers.conf",
        &conf("four", "four"),
    );
    machine.file("elsewhere/containers/podman-connections.json", OF_PODMAN_5);
    machine.set("XDG_CONFIG_HOME", machine.path("elsewhere"));
    assert_eq!(machine.names(), ["five*", "four", "lab", "machine"]);
    machine.set("PODMAN_CONNECTIONS_CONF", machine.path("none.json"));
    assert_eq!(machine.names(), ["four*"]);
    machine.set("PODMAN_CONNECTIONS_CONF", "");
    assert_eq!(machine.names(), ["four*"]);
}

#[test]
fn an_empty_name_takes_the_default_away() {
    let machine = Machine::new();
    machine.file("etc/containers/containers.conf", &conf("lab", "lab"));
    machine.file(CONF, "[engine]\nactive_service = \"\"\n");
    assert_eq!(machine.names(), ["lab"]);
}

#[test]
fn a_wrong_file_says_so_and_hides_no_other() {
    let mut machine = Machine::new();
    machine.file("etc/containers/containers.conf", &conf("good", "good"));
    machine.file(
        "etc/containers/containers.conf.d/broken.conf",
        "[engine]\n= 1\n",
    );
    machine.file(
        "etc/containers/containers.conf.d/list.conf",
        "[engine]\nservice_destinations = []\n",
    );
    machine.file(
        "etc/containers/containers.conf.d/number.conf",
        "[engine]\nactive_service = 1\n",
    );
    machine.file(
        CONF,
        "[engine.service_destinations]\nnumber = 1\nport.uri = \"tcp://a:b\"\nkey = {uri = \"tcp://a\", identity = 1}\n",
    );
    machine.file(JSON, "{");
    machine.set("CONTAINERS_CONF_OVERRIDE", machine.path("etc"));
    let place = "containers.conf: engine.service_destinations";
    let cases = [
        ("broken.conf", "broken.conf: line 2: ".to_owned()),
        (
            "list.conf",
            "list.conf: engine.service_destinations does not hold connections".into(),
        ),
        (
            "number.conf",
            "number.conf: engine.active_service is not a text".into(),
        ),
        ("number", format!("{place}.number: uri is missing")),
        (
            "port",
            format!("{place}.port: uri: `tcp://a:b` is not understood: `b` is not a port"),
        ),
        ("key", format!("{place}.key: identity is not a text")),
        (
            "podman-connections.json",
            "podman-connections.json: EOF while parsing".into(),
        ),
        ("etc", "etc: this is not a file".into()),
    ];
    for (name, expected) in &cases {
        let fault = machine.fault(name);
        assert!(fault.contains(expected), "{fault}");
        assert!(!fault.contains('\n'), "{fault}");
    }
    assert_eq!(machine.names()[0], "good*");
    assert_eq!(machine.find().len(), cases.len() + 1);

    machine.set("CONTAINERS_CONF", machine.path("gone.conf"));
    let fault = machine.fault("gone.conf");
    assert!(
        fault.starts_with("CONTAINERS_CONF: ") && fault.ends_with("gone.conf is not there"),
        "{fault}"
    );
}
