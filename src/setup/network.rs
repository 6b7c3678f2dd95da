//! Whether the registry from which cargo fetches crates can be reached: one connection, no
//! request, to the host that cargo itself would use.

use std::{fs, path::PathBuf, time::Duration};

use tokio::{net::TcpStream, time::timeout};

use crate::domain::check::{Check, CheckStatus, Remedy};

use super::host::Host;

/// The registry that cargo asks unless told otherwise.
const REGISTRY: &str = "crates.io";
/// A reachable host answers far sooner.
const CONNECT_WAIT: Duration = Duration::from_secs(3);

/// Where crates come from.
#[derive(Debug, Clone, PartialEq, Eq)]
enum CrateSource {
    /// A registry, over this host and port; the proxy's where there is one.
    Registry { address: String, by: &'static str },
    /// A folder on this machine.
    Local(PathBuf),
}

/// Connects to the registry of crates, or to the proxy before it.
pub(super) async fn check(host: &Host) -> Check {
    let (status, detail) = match crate_source(host) {
        CrateSource::Local(folder) => (
            CheckStatus::Ok,
            format!("cargo takes crates from {}", folder.display()),
        ),
        CrateSource::Registry { address, by } => {
            match timeout(CONNECT_WAIT, TcpStream::connect(&address)).await {
                Ok(Ok(_)) => (CheckStatus::Ok, format!("{address} ({by}) is reached")),
                Ok(Err(error)) => (
                    CheckStatus::Note,
                    format!("{address} ({by}) is not reached: {error}"),
                ),
                Err(_) => (
                    CheckStatus::Note,
                    format!("{address} ({by}) did not answer within 3 s"),
                ),
            }
        }
    };
    let remedy = (status != CheckStatus::Ok).then(|| Remedy::Advice {
        text: "Builds that fetch crates will fail. Look at the network; behind a proxy set HTTPS_PROXY".into(),
    });
    Check {
        name: "network".into(),
        status,
        detail,
        remedy,
    }
}

/// Where the registry keeps its sparse index (the Cargo book, "Registries").
fn default_index() -> String {
    format!("https://index.{REGISTRY}/")
}

fn crate_source(host: &Host) -> CrateSource {
    let config = cargo_config(host);
    let (url, by) = match replacement(&config) {
        Some(Replacement::Folder(folder)) => return CrateSource::Local(folder),
        Some(Replacement::Registry(url)) => (url, "the registry of cargo's configuration"),
        None => (default_index(), REGISTRY),
    };
    let proxy = [
        "CARGO_HTTP_PROXY",
        "HTTPS_PROXY",
        "https_proxy",
        "ALL_PROXY",
        "all_proxy",
    ]
    .iter()
    .find_map(|name| host.variable(name))
    .or_else(|| config.get("http")?.get("proxy")?.as_str());
    let excepted = address(&url).is_some_and(|address| is_excepted(host, &address));
    let through = proxy.filter(|_| !excepted).and_then(address);
    match (through, address(&url)) {
        (Some(address), _) => CrateSource::Registry {
            address,
            by: "the proxy",
        },
        (None, Some(address)) => CrateSource::Registry { address, by },
        // A registry by `file:` or something that we cannot read: nothing to connect to.
        (None, None) => CrateSource::Local(PathBuf::from(url)),
    }
}

/// Whether `NO_PROXY` names the host or a domain above it.
fn is_excepted(host: &Host, address: &str) -> bool {
    let name = address.rsplit_once(':').map_or(address, |(name, _)| name);
    ["NO_PROXY", "no_proxy"]
        .iter()
        .find_map(|variable| host.variable(variable))
        .is_some_and(|list| {
            list.split(',').map(str::trim).any(|entry| {
                let entry = entry.trim_start_matches('.');
                entry == "*"
                    || (!entry.is_empty()
                        && (name == entry || name.ends_with(&format!(".{entry}"))))
            })
        })
}

enum Replacement {
    Registry(String),
    Folder(PathBuf),
}

/// Follows `replace-with` from crates.io; a few times at most, as it may run in a circle.
fn replacement(config: &toml::Table) -> Option<Replacement> {
    let sources = config.get("source")?.as_table()?;
    let mut name = "crates-io";
    for _ in 0..8 {
        let source = sources.get(name)?.as_table()?;
        if let Some(next) = source.get("replace-with").and_then(toml::Value::as_str) {
            name = next;
            continue;
        }
        let text = |key: &str| source.get(key).and_then(toml::Value::as_str);
        return text("registry")
            .map(|url| Replacement::Registry(url.to_owned()))
            .or_else(|| {
                text("directory")
                    .or_else(|| text("local-registry"))
                    .map(|folder| Replacement::Folder(PathBuf::from(folder)))
            });
    }
    None
}

/// The user's `config.toml`, or an empty table where there is none that can be read.
fn cargo_config(host: &Host) -> toml::Table {
    let home = host
        .variable("CARGO_HOME")
        .map_or_else(|| host.home.join(".cargo"), PathBuf::from);
    ["config.toml", "config"]
        .iter()
        .find_map(|name| fs::read_to_string(home.join(name)).ok())
        .and_then(|text| text.parse().ok())
        .unwrap_or_default()
}

/// `host:port` of a URL; the user's name and password in it are left out.
fn address(url: &str) -> Option<String> {
    let url = url.strip_prefix("sparse+").unwrap_or(url);
    let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
    let port = match scheme {
        "https" => 443,
        "http" => 80,
        "socks5" | "socks5h" | "socks4" => 1080,
        _ => return None,
    };
    let authority = rest.split(['/', '?', '#']).next()?;
    let authority = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let has_port = authority.rsplit_once(':').is_some_and(|(_, port)| {
        !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit())
    });
    match authority {
        "" => None,
        named if has_port => Some(named.to_owned()),
        bare => Some(format!("{bare}:{port}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setup::host::fake;

    fn registry(host: &Host) -> String {
        match crate_source(host) {
            CrateSource::Registry { address, .. } => address,
            CrateSource::Local(folder) => panic!("{}", folder.display()),
        }
    }

    #[test]
    fn the_host_is_the_one_that_cargo_would_ask() {
        let (_folder, mut host) = fake::host();
        assert_eq!(registry(&host), format!("index.{REGISTRY}:443"));
        fake::file(
            &host,
            "/home/.cargo/config.toml",
            "[source.crates-io]\nreplace-with = 'mirror'\n[source.mirror]\nregistry = 'sparse+https://crates.example:8443/index/'\n",
        );
        assert_eq!(registry(&host), "crates.example:8443");
        host.variables.insert(
            "HTTPS_PROXY".into(),
            "http://me:secret@proxy.example:3128/".into(),
        );
        assert_eq!(registry(&host), "proxy.example:3128");
        host.variables
            .insert("NO_PROXY".into(), "localhost,.example".into());
        assert_eq!(registry(&host), "crates.example:8443");
    }

    #[test]
    fn vendored_crates_need_no_network_and_a_circle_ends() {
        let (_folder, host) = fake::host();
        let config = "[source.crates-io]\nreplace-with = 'v'\n[source.v]\ndirectory = '/vendor'\n";
        fake::file(&host, "/home/.cargo/config.toml", config);
        assert_eq!(crate_source(&host), CrateSource::Local("/vendor".into()));
        let circle =
            "[source.crates-io]\nreplace-with = 'v'\n[source.v]\nreplace-with = 'crates-io'\n";
        fake::file(&host, "/home/.cargo/config.toml", circle);
        assert_eq!(registry(&host), format!("index.{REGISTRY}:443"));
    }

    #[tokio::test]
    async fn a_listener_is_reached_and_a_closed_port_is_a_note() {
        let (_folder, mut host) = fake::host();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let place = listener.local_addr().unwrap();
        host.variables
            .insert("HTTPS_PROXY".into(), format!("http://{place}"));
        assert_eq!(check(&host).await.status, CheckStatus::Ok);
        drop(listener);
        let missed = check(&host).await;
        assert_eq!(missed.status, CheckStatus::Note);
        assert!(missed.remedy.is_some());
    }
}
