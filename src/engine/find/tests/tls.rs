use super::{
    docker::{context, id},
    *,
};

fn tls_of(machine: &Machine, name: &str) -> Option<Tls> {
    match machine.named(name).result.unwrap() {
        Address::Tcp { tls, .. } => tls,
        other => panic!("{other}"),
    }
}

#[test]
fn a_context_has_the_certificates_that_are_in_its_folder() {
    let machine = Machine::new();
    for name in ["plain", "full", "partly", "skip", "socket"] {
        let host = if name == "socket" {
            "unix:///a"
        } else {
            "tcp://host:1"
        };
        let skip = name == "skip";
        context(
            &machine,
            name,
            &format!(r#"{{"Host": "{host}", "SkipTLSVerify": {skip}}}"#),
        );
    }
    let put = |name: &str, file: &str| {
        let folder = format!("home/.docker/contexts/tls/{}/docker", id(name));
        Some(machine.file(&format!("{folder}/{file}"), "PEM"))
    };
    let full = Tls {
        ca: put("full", "ca.pem"),
        cert: put("full", "cert.pem"),
        key: put("full", "key.pem"),
        skip_verify: false,
    };
    let partly = Tls {
        ca: put("partly", "ca.pem"),
        ..Tls::default()
    };
    let skip = Tls {
        skip_verify: true,
        ..Tls::default()
    };
    put("socket", "ca.pem");
    assert_eq!(tls_of(&machine, "plain"), None);
    assert_eq!(tls_of(&machine, "full"), Some(full));
    assert_eq!(tls_of(&machine, "partly"), Some(partly));
    assert_eq!(tls_of(&machine, "skip"), Some(skip));
    assert_eq!(machine.url("socket"), "unix:///a");
}

#[test]
fn the_environment_asks_for_tls() {
    let mut machine = Machine::new();
    machine.set("DOCKER_HOST", "tcp://host:2376");
    machine.set("DOCKER_TLS_VERIFY", "0");
    let fault = machine.fault("DOCKER_HOST");
    assert!(
        fault.ends_with(
            ".docker/ca.pem: DOCKER_TLS_VERIFY asks for TLS, but this file is not there"
        ),
        "{fault}"
    );

    let ca = Some(machine.file("home/.docker/ca.pem", "PEM"));
    let tls = |ca: &Option<PathBuf>| Tls {
        ca: ca.clone(),
        ..Tls::default()
    };
    assert_eq!(tls_of(&machine, "DOCKER_HOST"), Some(tls(&ca)));

    let other = Tls {
        ca: Some(machine.file("certificates/ca.pem", "PEM")),
        cert: Some(machine.file("certificates/cert.pem", "PEM")),
        key: Some(machine.file("certificates/key.pem", "PEM")),
        skip_verify: false,
    };
    machine.set("DOCKER_CERT_PATH", machine.path("certificates"));
    assert_eq!(tls_of(&machine, "DOCKER_HOST"), Some(other.clone()));

    machine.set("DOCKER_TLS_VERIFY", "");
    assert_eq!(tls_of(&machine, "DOCKER_HOST"), None);
    machine.set("DOCKER_TLS", "1");
    let unverified = Tls {
        skip_verify: true,
        ..other
    };
    assert_eq!(tls_of(&machine, "DOCKER_HOST"), Some(unverified));

    machine.set("DOCKER_HOST", "unix:///a.sock");
    assert_eq!(machine.url("DOCKER_HOST"), "unix:///a.sock");
}

#[test]
fn tls_without_a_host_is_a_port_of_this_machine() {
    let mut machine = Machine::new();
    machine.socket("var/run/docker.sock");
    machine.file("home/.docker/ca.pem", "PEM");
    machine.set("DOCKER_TLS_VERIFY", "1");
    assert_eq!(machine.names(), ["DOCKER_TLS_VERIFY*", "docker-socket"]);
    assert_eq!(machine.url("DOCKER_TLS_VERIFY"), "https://localhost:2376");
    machine.surroundings.home = None;
    let fault = machine.fault("DOCKER_TLS_VERIFY");
    assert!(
        fault.ends_with("DOCKER_CERT_PATH does not say where ca.pem is"),
        "{fault}"
    );
}
