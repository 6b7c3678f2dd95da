//! Ports and probes as real programs write them.

use super::{
    port,
    sources::{Kind, Source},
    *,
};

fn guessed(kind: Kind, text: &str) -> Option<(u16, String)> {
    let source = Source {
        name: "main.rs".into(),
        kind,
        text: text.into(),
    };
    let known = port::guess(&[source])?;
    Some((known.value, known.origin.to_string()))
}

fn rust(text: &str) -> Option<u16> {
    guessed(Kind::Rust, text).map(|(port, _)| port)
}

#[test]
fn ports_are_read_where_people_write_them() {
    for (text, port) in [
        // axum's own examples.
        ("let listener = TcpListener::bind(\"127.0.0.1:3000\")", 3000),
        ("let addr = SocketAddr::from(([127, 0, 0, 1], 3000));", 3000),
        // launchbadge/realworld-axum-sqlx
        ("axum::Server::bind(&\"0.0.0.0:8080\".parse()?)", 8080),
        // matze/wastebin
        (
            "let addr = SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), 8088);",
            8088,
        ),
        // actix-web's documentation
        (".bind((\"127.0.0.1\", 8080))?", 8080),
        // tiny_http's documentation
        (
            "let server = Server::http(\"0.0.0.0:8000\").unwrap();",
            8000,
        ),
        // warp's documentation
        ("warp::serve(hello).run(([0, 0, 0, 0], 3030)).await;", 3030),
        ("const DEFAULT_PORT: u16 = 7_000;", 7000),
        ("pub const PORT: &str = \"9001\";", 9001),
        (
            "let port = env::var(\"PORT\")\n    .ok()\n    .and_then(|p| p.parse().ok())\n    .unwrap_or(4000);",
            4000,
        ),
        (
            "let port = std::env::var(\"APP_PORT\").unwrap_or_else(|_| \"5000\".to_string());",
            5000,
        ),
        // svenstaro/miniserve
        (
            "#[arg(\n        short = 'p',\n        long = \"port\",\n        default_value = \"8080\",\n        env = \"MINISERVE_PORT\"\n    )]\n    pub port: u16,\n",
            8080,
        ),
        (
            "#[arg(long, default_value_t = 6000)]\n    http_port: u16,",
            6000,
        ),
    ] {
        assert_eq!(rust(text), Some(port), "{text}");
    }
}

#[test]
fn what_is_no_port_is_not_taken_for_one() {
    for text in [
        "let url = \"postgres://localhost:5432/db\";",
        "let client = Client::connect(\"127.0.0.1:6379\").await?;",
        "let listener = TcpListener::bind(\"127.0.0.1:0\").await?;",
        "// let listener = TcpListener::bind(\"0.0.0.0:8080\")",
        "#[cfg(test)]\nmod tests { fn f() { bind(\"0.0.0.0:8080\") } }",
        "#[arg(long, default_value_t = 4096)]\n    pub buffer: usize,",
        "#[arg(default_value_t = DEFAULT_PORT)]\n    port: u16,",
        "const PORT: u16 = 70000;",
        "const IMPORTANT: u16 = 12;",
        "// Reserved for future use: 240.0.0.0/4",
        "let port = env::var(\"PORT\").expect(\"PORT\");",
    ] {
        assert_eq!(rust(text), None, "{text}");
    }
}

#[test]
fn a_declared_port_is_surer_than_one_in_a_source_and_doubt_is_told() {
    let docker = "FROM x\nEXPOSE 9000/tcp\n";
    assert_eq!(
        guessed(Kind::Dockerfile, docker),
        Some((9000, "guessed from main.rs:2".into()))
    );
    assert_eq!(guessed(Kind::Dockerfile, "EXPOSE ${PORT}\n"), None);
    assert_eq!(
        guessed(Kind::Rocket, "[default]\nport = 8001\n").map(|found| found.0),
        Some(8001)
    );
    let two = "bind(\"0.0.0.0:80\")\nbind(\"0.0.0.0:81\")\n";
    assert_eq!(
        guessed(Kind::Rust, two),
        Some((80, "guessed from main.rs:1; main.rs:2 says 81".into()))
    );
    // A loopback address is less than one of every interface.
    let both = "bind(\"127.0.0.1:9999\")\nbind(\"0.0.0.0:80\")\n";
    assert_eq!(rust(both), Some(80));
}

fn dependency(name: &str) -> Dependency {
    Dependency {
        name: name.into(),
        alias: name.into(),
        ..Dependency::default()
    }
}

fn probe_of(dependencies: Vec<Dependency>, features: &[(&str, &[&str])]) -> String {
    let features = features.iter().map(|(name, list)| {
        let list = list.iter().map(|name| (*name).to_owned()).collect();
        ((*name).to_owned(), list)
    });
    let package = Package {
        name: "p".into(),
        folder: "/p".into(),
        features: features.collect(),
        dependencies,
        ..Package::default()
    };
    let inner = Package {
        name: "web".into(),
        folder: "/p/web".into(),
        dependencies: vec![dependency("poem")],
        ..Package::default()
    };
    let on = package.turned_on(&[], true);
    let workspace = Workspace {
        root: "/p".into(),
        packages: vec![package.clone(), inner],
        ..Workspace::default()
    };
    probe(&workspace, &package, &on).value.to_string()
}

#[test]
fn the_probe_follows_what_is_really_used() {
    let program = "the stamp in the program";
    assert_eq!(probe_of(vec![dependency("clap")], &[]), program);
    assert_eq!(probe_of(vec![dependency("actix-web")], &[]), "GET /");
    let for_tests = Dependency {
        development: true,
        ..dependency("axum")
    };
    assert_eq!(probe_of(vec![for_tests], &[]), program);
    let optional = Dependency {
        optional: true,
        ..dependency("axum")
    };
    assert_eq!(probe_of(vec![optional.clone()], &[]), program);
    let on: [(&str, &[&str]); 2] = [("default", &["web"]), ("web", &["dep:axum"])];
    assert_eq!(probe_of(vec![optional], &on), "GET /");
    assert_eq!(probe_of(vec![dependency("hyper")], &[]), program);
    let serving = Dependency {
        features: vec!["server".into()],
        ..dependency("hyper")
    };
    assert_eq!(probe_of(vec![serving], &[]), "GET /");
    let inner = Dependency {
        path: Some("/p/web".into()),
        ..dependency("web")
    };
    assert_eq!(probe_of(vec![inner], &[]), "GET /");
}
