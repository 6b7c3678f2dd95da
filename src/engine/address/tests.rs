use proptest::prelude::*;

use super::*;

fn tcp_at(host: &str, port: u16, tls: Option<Tls>) -> Address {
    Address::Tcp {
        host: host.into(),
        port,
        tls,
    }
}

fn ssh_to(user: Option<&str>, host: &str, port: Option<u16>, socket: Option<&str>) -> Address {
    Address::Ssh {
        user: user.map(Into::into),
        host: host.into(),
        port,
        socket: socket.map(Into::into),
        identity: None,
    }
}

#[test]
fn the_forms_of_the_clients_are_understood() {
    let socket = |path: &str| Address::Unix(path.into());
    let tls = Some(Tls::default());
    let podman = Some("/run/podman/podman.sock");
    let cases = [
        ("unix:///run/docker.sock", socket("/run/docker.sock")),
        ("unix:/run/docker.sock", socket("/run/docker.sock")),
        ("unix:docker.sock", socket("docker.sock")),
        ("/run/docker.sock", socket("/run/docker.sock")),
        (" unix:///a b.sock\n", socket("/a b.sock")),
        ("tcp://host", tcp_at("host", 2375, None)),
        ("TCP://10.0.0.1:4243/", tcp_at("10.0.0.1", 4243, None)),
        ("tcp://", tcp_at("localhost", 2375, None)),
        ("tcp://:1", tcp_at("localhost", 1, None)),
        ("tcp://[::1]:2376", tcp_at("::1", 2376, None)),
        ("tcp://[0:0::1]", tcp_at("::1", 2375, None)),
        ("http://host", tcp_at("host", 80, None)),
        ("https://host", tcp_at("host", 443, tls.clone())),
        ("https://host:2376", tcp_at("host", 2376, tls)),
        ("ssh://host", ssh_to(None, "host", None, None)),
        ("ssh://@host//", ssh_to(None, "host", None, None)),
        (
            "ssh://me@[fe80::1]:22",
            ssh_to(Some("me"), "fe80::1", Some(22), None),
        ),
        (
            "ssh://me@corp@host",
            ssh_to(Some("me@corp"), "host", None, None),
        ),
        (
            "ssh://root@host:22/run/podman/podman.sock",
            ssh_to(Some("root"), "host", Some(22), podman),
        ),
    ];
    for (url, expected) in cases {
        assert_eq!(Address::parse(url), Ok(expected), "{url}");
    }
}

#[test]
fn an_address_says_its_url() {
    let cases = [
        ("/run/docker.sock", "unix:///run/docker.sock"),
        ("http://host", "tcp://host:80"),
        ("https://[::1]", "https://[::1]:443"),
        ("ssh://me@[::1]:22/a.sock", "ssh://me@[::1]:22/a.sock"),
        ("ssh://host", "ssh://host"),
    ];
    for (url, expected) in cases {
        assert_eq!(Address::parse(url).unwrap().to_string(), expected);
    }
}

#[test]
fn what_is_refused_says_why() {
    let cases = [
        ("", "empty"),
        (
            "docker",
            "not the address of an engine; understood are unix://",
        ),
        ("host:2375", "not the address of an engine"),
        ("ftp://host", "not the address of an engine"),
        ("npipe:////./pipe/docker_engine", "Windows"),
        ("fd://", "systemd"),
        ("unix://", "path of the socket is missing"),
        ("/run/a\u{1b}[2J.sock", "control characters"),
        ("/run/\u{202e}kcos", "control characters"),
        ("tcp://me@host", "user or password"),
        ("tcp://host/v1", "path behind the host"),
        ("tcp://::1", "in brackets"),
        ("tcp://[::1", "not closed"),
        ("tcp://[::1]x", "`x` behind the bracket"),
        ("tcp://[host]", "`host` is not an IPv6 address"),
        ("tcp://host:0", "`0` is not a port"),
        ("tcp://host:+1", "`+1` is not a port"),
        ("tcp://host:65536", "`65536` is not a port"),
        ("tcp://a b", "`a b` is not the name of a host"),
        ("ssh://", "host is missing"),
        ("ssh://-oProxyCommand=x", "not the name of a host"),
        ("ssh://-oProxyCommand@host", "not the name of a user"),
        ("ssh://host?a=b", "query"),
    ];
    for (url, expected) in cases {
        let error = Address::parse(url).unwrap_err().to_string();
        assert!(error.contains(expected), "{url}: {error}");
        assert_eq!(terminal::plain(&error), error, "{url}");
    }
}

#[test]
fn an_error_shows_no_password() {
    for url in [
        "ssh://me:hidden@host",
        "tcp://me:hidden@host",
        "me:hidden@host",
        "ssh://me:hid@den@host:x",
    ] {
        let error = Address::parse(url).unwrap_err().to_string();
        assert!(!error.contains("hid"), "{error}");
        assert!(error.contains("…@host"), "{error}");
    }
}

#[test]
fn tls_is_for_ports_and_a_key_for_ssh() {
    let tls = Tls {
        skip_verify: true,
        ..Tls::default()
    };
    let port = Address::parse("tcp://host").unwrap();
    assert_eq!(
        port.clone().secured(tls.clone()),
        tcp_at("host", 2375, Some(tls.clone()))
    );
    assert_eq!(port.clone().identified("/key".into()), port);

    let socket = Address::parse("/a.sock").unwrap();
    assert_eq!(socket.clone().secured(tls.clone()), socket);
    assert_eq!(socket.socket(), Some(Path::new("/a.sock")));

    let ssh = Address::parse("ssh://host").unwrap();
    assert_eq!(ssh.clone().secured(tls), ssh);
    let with_key = ssh.identified("/key".into());
    assert!(
        matches!(with_key, Address::Ssh { identity: Some(key), .. } if key == Path::new("/key"))
    );
}

fn round_trip(url: &str) -> Result<(), TestCaseError> {
    match Address::parse(url) {
        Ok(address) => prop_assert_eq!(Address::parse(&address.to_string()), Ok(address)),
        Err(error) => {
            let text = error.to_string();
            prop_assert_eq!(terminal::plain(&text), text);
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn no_text_panics_and_every_address_can_be_read_again(url in any::<String>()) {
        round_trip(&url)?;
    }

    #[test]
    fn nor_does_one_that_is_nearly_a_url(
        url in "(unix|tcp|http|https|ssh|npipe|fd)(:|:/|://)[a-c0-9:@/\\[\\]._%é -]{0,24}",
    ) {
        round_trip(&url)?;
    }
}
