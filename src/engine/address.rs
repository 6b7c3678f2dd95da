//! Where an engine listens, read from and written as a URL.
//!
//! The forms are those of the clients: docker/cli `opts/hosts.go` and
//! `cli/connhelper/ssh/ssh.go`, containers/podman `pkg/bindings/connection.go`; and a socket's
//! bare path. What would be an option of `ssh`, a password or a control character is refused here,
//! so that nobody who prints or uses an address has to think of it.

use std::{
    fmt,
    net::Ipv6Addr,
    path::{Path, PathBuf},
};

use crate::parse::terminal;

/// What an error says is understood.
const UNDERSTOOD: &str = "understood are unix:///path/of/socket, /path/of/socket, tcp://host:port, \
     http://host:port, https://host:port and ssh://user@host:port/path/of/socket";
/// Characters of a URL that an error shows.
const LONGEST_SHOWN: usize = 200;

/// Port of an engine on `tcp://` without TLS (docker/cli `opts/hosts.go`, `defaultHTTPPort`).
const PORT: u16 = 2375;
/// Port of an engine with TLS (docker/cli `opts/hosts.go`, `defaultTLSHTTPPort`).
pub const TLS_PORT: u16 = 2376;

/// Where an engine listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A socket of this machine.
    Unix(PathBuf),
    /// A port.
    Tcp {
        /// Name or address, an IPv6 address without its brackets; [`authority`] adds them.
        host: String,
        /// Port.
        port: u16,
        /// `None`: in the clear.
        tls: Option<Tls>,
    },
    /// A socket of another machine, through `ssh`.
    Ssh {
        /// Who logs in, where it is not for `ssh` to know.
        user: Option<String>,
        /// Name or address, an IPv6 address without its brackets; never begins with `-`.
        host: String,
        /// Port, where it is not for `ssh` to know.
        port: Option<u16>,
        /// Path of the socket there; its text is foreign and has to be quoted for a shell.
        socket: Option<PathBuf>,
        /// File of the key.
        identity: Option<PathBuf>,
    },
}

/// How a connection is secured. A file that is `None` leaves it to the system's certificates.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tls {
    /// Certificates that are trusted, PEM.
    pub ca: Option<PathBuf>,
    /// The client's certificate, PEM.
    pub cert: Option<PathBuf>,
    /// Its key, PEM.
    pub key: Option<PathBuf>,
    /// Whoever answers is taken for the engine.
    pub skip_verify: bool,
}

/// Why a text is not an engine's address. The texts are fit for a terminal and hold no password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// There is no text.
    #[error("the address is empty; {UNDERSTOOD}")]
    Empty,
    /// None of the known forms.
    #[error("`{url}` is not the address of an engine; {UNDERSTOOD}")]
    Unknown {
        /// The text.
        url: String,
    },
    /// A form of which we know that it cannot be used here.
    #[error("`{url}` cannot be used: {reason}; {UNDERSTOOD}")]
    Unusable {
        /// The text.
        url: String,
        /// Why not.
        reason: &'static str,
    },
    /// A known form with something wrong in it.
    #[error("`{url}` is not understood: {reason}")]
    Malformed {
        /// The text.
        url: String,
        /// What is wrong.
        reason: String,
    },
}

impl Address {
    /// Reads a URL, or the path of a socket. Blanks around it do not count.
    ///
    /// Without a port `tcp://` means 2375 as for docker's client, `http://` 80 and `https://` 443
    /// as everywhere; `tcp://` and `tcp://:port` mean this machine (docker/cli `opts/hosts.go`).
    ///
    /// # Errors
    /// When the text is none of the known forms, or something in it is wrong.
    pub fn parse(url: &str) -> Result<Self, AddressError> {
        let url = url.trim();
        if url.is_empty() {
            return Err(AddressError::Empty);
        }
        let malformed = |reason: String| AddressError::Malformed {
            url: shown(url),
            reason,
        };
        if url.contains(char::is_control) || terminal::plain(url) != url {
            return Err(malformed("it holds control characters".into()));
        }
        if url.starts_with('/') {
            return Ok(Self::Unix(PathBuf::from(url)));
        }
        let unusable = |reason| AddressError::Unusable {
            url: shown(url),
            reason,
        };
        let unknown = || AddressError::Unknown { url: shown(url) };
        let (scheme, rest) = split_scheme(url).ok_or_else(unknown)?;
        match scheme.to_ascii_lowercase().as_str() {
            "unix" => unix(rest).map_err(malformed),
            "tcp" => tcp(rest, PORT, None).map_err(malformed),
            "http" => tcp(rest, 80, None).map_err(malformed),
            "https" => tcp(rest, 443, Some(Tls::default())).map_err(malformed),
            "ssh" => ssh(rest).map_err(malformed),
            "npipe" => Err(unusable("named pipes are there on Windows only")),
            "fd" => Err(unusable(
                "it tells a daemon to take a socket from systemd, a client cannot connect to it",
            )),
            _ => Err(unknown()),
        }
    }

    /// The same address secured as `tls` says. A socket and `ssh` need that not and stay as they
    /// are.
    #[must_use]
    pub fn secured(self, tls: Tls) -> Self {
        match self {
            Self::Tcp { host, port, .. } => Self::Tcp {
                host,
                port,
                tls: Some(tls),
            },
            other => other,
        }
    }

    /// The same address with the key that `ssh` is to use; others than `ssh` stay as they are.
    #[must_use]
    pub fn identified(mut self, key: PathBuf) -> Self {
        if let Self::Ssh { identity, .. } = &mut self {
            *identity = Some(key);
        }
        self
    }

    /// How an engine there is told: by a socket's path alone, else by the URL.
    #[must_use]
    pub fn told(&self) -> String {
        match self {
            Self::Unix(path) => path.display().to_string(),
            Self::Tcp { .. } | Self::Ssh { .. } => self.to_string(),
        }
    }

    /// The socket on this machine.
    #[must_use]
    pub fn socket(&self) -> Option<&Path> {
        match self {
            Self::Unix(path) => Some(path),
            Self::Tcp { .. } | Self::Ssh { .. } => None,
        }
    }
}

/// The URL from which [`Address::parse`] makes the same address. Files of keys and certificates
/// are not part of it.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
            Self::Tcp { host, port, tls } => {
                let scheme = if tls.is_some() { "https" } else { "tcp" };
                write!(f, "{scheme}://{}", authority(host, Some(*port)))
            }
            Self::Ssh {
                user,
                host,
                port,
                socket,
                ..
            } => {
                write!(f, "ssh://")?;
                if let Some(user) = user {
                    write!(f, "{user}@")?;
                }
                write!(f, "{}", authority(host, *port))?;
                socket
                    .as_ref()
                    .map_or(Ok(()), |path| write!(f, "{}", path.display()))
            }
        }
    }
}

/// `host:port`, an IPv6 address in brackets.
#[must_use]
pub fn authority(host: &str, port: Option<u16>) -> String {
    let host = if host.contains(':') {
        format!("[{host}]")
    } else {
        host.to_owned()
    };
    port.map_or_else(|| host.clone(), |port| format!("{host}:{port}"))
}

/// `unix:` needs no slashes: D-Bus and gRPC write it so, and so do people.
fn split_scheme(url: &str) -> Option<(&str, &str)> {
    match url.strip_prefix("unix:") {
        Some(rest) => Some(("unix", rest.strip_prefix("//").unwrap_or(rest))),
        None => url.split_once("://"),
    }
}

fn unix(path: &str) -> Result<Address, String> {
    if path.is_empty() {
        return Err("the path of the socket is missing".into());
    }
    Ok(Address::Unix(PathBuf::from(path)))
}

fn tcp(rest: &str, default_port: u16, tls: Option<Tls>) -> Result<Address, String> {
    if rest.contains('@') {
        return Err("a user or password has no meaning here".into());
    }
    let (authority, path) = split_path(rest);
    if path.is_some() {
        return Err("a path behind the host is not supported".into());
    }
    let (host, port) = host_and_port(authority)?;
    Ok(Address::Tcp {
        host: if host.is_empty() {
            "localhost".into()
        } else {
            host
        },
        port: port.unwrap_or(default_port),
        tls,
    })
}

fn ssh(rest: &str) -> Result<Address, String> {
    if rest.contains(['?', '#']) {
        return Err("a query or a fragment has no meaning here".into());
    }
    let (authority, socket) = split_path(rest);
    let (user, authority) = match authority.rsplit_once('@') {
        Some((user, authority)) => (user, authority),
        None => ("", authority),
    };
    check_user(user)?;
    let (host, port) = host_and_port(authority)?;
    if host.is_empty() {
        return Err("the host is missing".into());
    }
    Ok(Address::Ssh {
        user: (!user.is_empty()).then(|| user.to_owned()),
        host,
        port,
        socket: socket.map(PathBuf::from),
        identity: None,
    })
}

/// Slashes alone are no path: docker/cli `cli/connhelper/connhelper.go` takes them for none, too.
fn split_path(rest: &str) -> (&str, Option<&str>) {
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let has_path = !path.trim_matches('/').is_empty();
    (authority, has_path.then_some(path))
}

/// A user that begins with `-` would be an option of `ssh`.
fn check_user(user: &str) -> Result<(), String> {
    if user.contains(':') {
        return Err("a password is not supported, use a key".into());
    }
    let usual = |c: char| c.is_alphanumeric() || "-._+$@\\".contains(c);
    if user.starts_with('-') || !user.chars().all(usual) {
        return Err(format!("`{user}` is not the name of a user"));
    }
    Ok(())
}

fn host_and_port(authority: &str) -> Result<(String, Option<u16>), String> {
    if let Some(rest) = authority.strip_prefix('[') {
        let (host, rest) = rest
            .split_once(']')
            .ok_or("the bracket of the IPv6 address is not closed")?;
        let address: Ipv6Addr = host
            .parse()
            .map_err(|_| format!("`{host}` is not an IPv6 address"))?;
        let port = match rest.strip_prefix(':') {
            Some(port) => port,
            None if rest.is_empty() => "",
            None => return Err(format!("`{rest}` behind the bracket is not a port")),
        };
        return Ok((address.to_string(), parse_port(port)?));
    }
    let (host, port) = authority.split_once(':').unwrap_or((authority, ""));
    if port.contains(':') {
        return Err("an IPv6 address has to stand in brackets, as in [::1]:2375".into());
    }
    let usual = |c: char| c.is_alphanumeric() || "-._".contains(c);
    if host.starts_with('-') || !host.chars().all(usual) {
        return Err(format!("`{host}` is not the name of a host"));
    }
    Ok((host.to_owned(), parse_port(port)?))
}

fn parse_port(text: &str) -> Result<Option<u16>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let digits = text.chars().all(|c| c.is_ascii_digit());
    match text.parse() {
        Ok(port) if digits && port > 0 => Ok(Some(port)),
        _ => Err(format!("`{text}` is not a port from 1 to 65535")),
    }
}

/// The text for an error: fit for a terminal, without what may be a password, not endless.
fn shown(url: &str) -> String {
    let text = terminal::plain(url).replace('\n', " ");
    let start = text.find("://").map_or(0, |at| at + "://".len());
    let before_host = text.rfind('@').and_then(|end| text.get(start..end));
    let hidden = match before_host {
        Some(user) if user.contains(':') => {
            let end = start + user.len();
            format!("{}…{}", &text[..start], &text[end..])
        }
        _ => text,
    };
    hidden.chars().take(LONGEST_SHOWN).collect()
}

#[cfg(test)]
mod tests;
