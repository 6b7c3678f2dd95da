use super::*;

/// The context's folder, as `printf NAME | sha256sum` says.
const REMOTE: &str = "b71199ebd070b36beab7317920c2c2f1d777df8d05e5527d8458fda57cb17a7a";

pub(super) fn id(name: &str) -> String {
    use sha2::Digest;
    format!("{:x}", sha2::Sha256::digest(name.as_bytes()))
}

pub(super) fn context(machine: &Machine, name: &str, endpoint: &str) {
    let text = format!(
        r#"{{"Name": "{name}", "Metadata": {{"Description": "x"}}, "Endpoints": {{"docker": {endpoint}}}}}"#
    );
    raw_context(machine, name, &text);
}

fn raw_context(machine: &Machine, name: &str, text: &str) {
    let file = format!("home/.docker/contexts/meta/{}/meta.json", id(name));
    machine.file(&file, text);
}

fn current(machine: &Machine, name: &str) {
    let text = format!(r#"{{"auths": {{}}, "currentContext": "{name}"}}"#);
    machine.file("home/.docker/config.json", &text);
}

#[test]
fn the_folder_of_a_context_is_the_digest_of_its_name() {
    assert_eq!(id("remote"), REMOTE);
}

#[test]
fn host_wins_over_context_and_that_over_the_current_one() {
    let mut machine = Machine::new();
    for name in ["zeta", "alpha", "remote", "lab"] {
        context(
            &machine,
            name,
            &format!(r#"{{"Host": "tcp://{name}:2375"}}"#),
        );
    }
    machine.socket("var/run/docker.sock");
    assert_eq!(
        machine.names(),
        ["docker-socket*", "alpha", "lab", "remote", "zeta"]
    );
    current(&machine, "remote");
    assert_eq!(
        machine.names(),
        ["remote*", "alpha", "lab", "zeta", "docker-socket"]
    );
    machine.set("DOCKER_CONTEXT", "lab");
    assert_eq!(
        machine.names(),
        ["lab*", "remote", "alpha", "zeta", "docker-socket"]
    );
    machine.set("DOCKER_HOST", "ssh://me@host");
    assert_eq!(
        machine.names(),
        [
            "DOCKER_HOST*",
            "lab",
            "remote",
            "alpha",
            "zeta",
            "docker-socket"
        ]
    );
    let lab = machine.named("lab");
    let file = machine.path(&format!(
        "home/.docker/contexts/meta/{}/meta.json",
        id("lab")
    ));
    assert_eq!(lab.origin, Origin::DockerContext(file));
    assert_eq!(lab.kind, Kind::Docker);
    assert_eq!(lab.result.unwrap().to_string(), "tcp://lab:2375");
}

#[test]
fn an_empty_variable_is_not_set() {
    let mut machine = Machine::new();
    context(&machine, "remote", r#"{"Host": "tcp://remote:2375"}"#);
    current(&machine, "remote");
    machine.set("DOCKER_HOST", "");
    machine.set("DOCKER_CONTEXT", "");
    machine.set("DOCKER_TLS_VERIFY", "");
    assert_eq!(machine.names(), ["remote*"]);
}

#[test]
fn the_context_default_is_the_usual_socket() {
    let mut machine = Machine::new();
    context(&machine, "remote", r#"{"Host": "tcp://remote:2375"}"#);
    current(&machine, "remote");
    machine.set("DOCKER_CONTEXT", "default");
    // Where there is none, docker's client would fail, and nothing is its choice.
    assert_eq!(machine.names(), ["remote"]);
    machine.socket("var/run/docker.sock");
    assert_eq!(machine.names(), ["docker-socket*", "remote"]);
    machine.set("DOCKER_HOST", "tcp://host:1");
    assert_eq!(machine.names(), ["DOCKER_HOST*", "remote", "docker-socket"]);
}

#[test]
fn a_context_that_is_not_there_is_named_with_who_names_it() {
    let mut machine = Machine::new();
    current(&machine, "gone");
    let fault = machine.fault("gone");
    assert!(fault.contains("config.json: currentContext names the context `gone`, but "));
    assert!(fault.ends_with("meta.json is not there"), "{fault}");
    assert_eq!(machine.names(), ["gone*"]);

    machine.set("DOCKER_CONTEXT", "away");
    let fault = machine.fault("away");
    assert!(fault.starts_with("DOCKER_CONTEXT names the context `away`, but "));
    assert_eq!(machine.names(), ["away*", "gone"]);
}

#[test]
fn the_folder_of_settings_can_be_elsewhere() {
    let mut machine = Machine::new();
    context(&machine, "remote", r#"{"Host": "tcp://remote:2375"}"#);
    current(&machine, "remote");
    machine.set("DOCKER_CONFIG", machine.path("home/.docker"));
    machine.surroundings.home = None;
    assert_eq!(machine.names(), ["remote*"]);
    machine.set("DOCKER_CONFIG", machine.path("elsewhere"));
    assert_eq!(machine.names(), Vec::<String>::new());
}

#[test]
fn a_wrong_file_says_so_and_hides_no_other() {
    let machine = Machine::new();
    context(&machine, "good", r#"{"Host": "unix:///good.sock"}"#);
    raw_context(&machine, "broken", "{");
    raw_context(&machine, "list", "[]");
    raw_context(&machine, "lent", r#"{"Name": "other"}"#);
    raw_context(&machine, "bare", r#"{"Name": "bare"}"#);
    context(&machine, "null", "null");
    context(&machine, "number", r#"{"Host": 1}"#);
    context(&machine, "ftp", r#"{"Host": "ftp://host"}"#);
    context(
        &machine,
        "skip",
        r#"{"Host": "tcp://host", "SkipTLSVerify": "no"}"#,
    );
    machine.file("home/.docker/contexts/meta/.DS_Store", "");
    machine.file("home/.docker/config.json", r#"{"currentContext": ["x"]}"#);

    let nameless = |name: &str| format!("context-{}", &id(name)[..12]);
    let cases = [
        (
            nameless("broken"),
            "EOF while parsing an object at line 1 column 1",
        ),
        (nameless("list"), "Name is missing"),
        (
            "other".into(),
            "Name is `other`, for which docker looks in another folder",
        ),
        ("bare".into(), "Endpoints.docker is missing"),
        ("null".into(), "Endpoints.docker is missing"),
        ("number".into(), "Endpoints.docker.Host is not a text"),
        (
            "ftp".into(),
            "Endpoints.docker.Host: `ftp://host` is not the address of an engine",
        ),
        (
            "skip".into(),
            "Endpoints.docker.SkipTLSVerify is neither true nor false",
        ),
    ];
    for (name, expected) in &cases {
        let fault = machine.fault(name);
        assert!(fault.contains(&format!("meta.json: {expected}")), "{fault}");
    }
    let fault = machine.fault("config.json");
    assert!(
        fault.ends_with("config.json: currentContext is not a text"),
        "{fault}"
    );
    assert_eq!(machine.url("good"), "unix:///good.sock");
    assert_eq!(machine.find().len(), cases.len() + 2);
}

#[test]
fn a_broken_context_that_is_chosen_has_the_name_by_which_it_is_chosen() {
    let machine = Machine::new();
    raw_context(&machine, "broken", "{");
    current(&machine, "broken");
    assert_eq!(machine.names(), ["broken*"]);
}

#[test]
fn names_of_fields_are_read_as_go_reads_them() {
    let machine = Machine::new();
    let text = r#"{"name": "low", "endpoints": {"docker": {"host": "tcp://low:1", "skiptlsverify": null}}}"#;
    raw_context(&machine, "low", text);
    machine.file("home/.docker/config.json", r#"{"CURRENTCONTEXT": "low"}"#);
    assert_eq!(machine.names(), ["low*"]);
    assert_eq!(machine.url("low"), "tcp://low:1");
}

#[test]
fn a_context_without_a_host_is_the_usual_socket() {
    let machine = Machine::new();
    context(&machine, "empty", r#"{"Host": ""}"#);
    let socket = Address::Unix(machine.path("var/run/docker.sock"));
    assert_eq!(machine.named("empty").result, Ok(socket));
}

#[test]
fn docker_host_is_read_as_docker_reads_it() {
    let socket =
        |machine: &Machine| format!("unix://{}", machine.path("var/run/docker.sock").display());
    let cases = [
        ("unix://", None),
        ("host", Some("tcp://host:2375")),
        ("10.0.0.1:1", Some("tcp://10.0.0.1:1")),
        (" tcp://:4243 ", Some("tcp://localhost:4243")),
        ("unix:///a.sock", Some("unix:///a.sock")),
        ("/a.sock", Some("unix:///a.sock")),
        ("ssh://me@host/a.sock", Some("ssh://me@host/a.sock")),
    ];
    for (value, expected) in cases {
        let mut machine = Machine::new();
        machine.set("DOCKER_HOST", value);
        let expected = expected.map_or_else(|| socket(&machine), str::to_owned);
        assert_eq!(machine.url("DOCKER_HOST"), expected, "{value}");
    }
    let mut machine = Machine::new();
    machine.set("DOCKER_HOST", "npipe:////./pipe/docker_engine");
    let fault = machine.fault("DOCKER_HOST");
    assert!(fault.starts_with("DOCKER_HOST: `npipe:"), "{fault}");
    assert_eq!(machine.names(), ["DOCKER_HOST*"]);
}

#[test]
fn docker_host_may_be_a_socket_of_podmans() {
    let mut machine = Machine::new();
    let socket = machine.socket("run/user/1000/podman/podman.sock");
    machine.set("DOCKER_HOST", format!("unix://{}", socket.display()));
    assert_eq!(machine.named("DOCKER_HOST").kind, Kind::Podman);
    // The socket is listed once.
    assert_eq!(machine.names(), ["DOCKER_HOST*"]);
}
