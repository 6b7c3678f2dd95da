//! Why an engine cannot be reached, and what to do about it.

use std::{os::unix::fs::MetadataExt, path::Path};

use super::{
    EngineError,
    address::Address,
    connection::{ApiError, error_chain},
};

/// The error of a first call that was not answered.
pub(super) fn unreachable(address: &Address, error: &ApiError) -> EngineError {
    let reason = crate::parse::terminal::plain(&error_chain(error));
    if let Some(what) = in_between(error) {
        return EngineError::Unreachable {
            place: address.to_string(),
            reason: format!("what answers there is no engine ({what})"),
            remedy: "Something stands in between, such as a proxy or a gateway: give the engine's own address, or reach it over ssh (`--engine ssh://user@host`).".into(),
        };
    }
    EngineError::Unreachable {
        place: address.to_string(),
        remedy: remedy(address, &reason.to_lowercase()),
        reason,
    }
}

/// How something that is no engine answered: with a status that engines do not use for their
/// version, or with a page. Proxies refuse with 403 and 407, and ask in vain with 502 to 504
/// (RFC 9110).
fn in_between(error: &ApiError) -> Option<String> {
    match error {
        ApiError::DockerResponseServerError {
            status_code: status @ (401 | 403 | 407 | 502 | 503 | 504),
            ..
        } => Some(format!("HTTP {status}")),
        ApiError::DockerResponseServerError {
            status_code,
            message,
        } if message.trim_start().starts_with('<') => Some(format!("HTTP {status_code}, a page")),
        ApiError::JsonDataError { .. } | ApiError::JsonSerdeError { .. } => {
            Some("its answer is not JSON".to_owned())
        }
        _ => None,
    }
}

/// The error of a daemon of our own that does not answer; `doctor` is the command that looks at it.
pub(super) fn silent(program: &Path, error: &ApiError, doctor: &str) -> EngineError {
    EngineError::Unreachable {
        place: program.display().to_string(),
        reason: crate::parse::terminal::plain(&error_chain(error)),
        remedy: format!("`{doctor}` looks at everything the engine needs."),
    }
}

fn remedy(address: &Address, reason: &str) -> String {
    let says = |signs: &[&str]| signs.iter().any(|sign| reason.contains(sign));
    if says(&["permission denied"]) {
        return not_permitted(address);
    }
    if says(&["to an https server", "needed for tls"]) {
        return "It wants TLS: set DOCKER_CERT_PATH to the folder of ca.pem, cert.pem and key.pem, and DOCKER_TLS_VERIFY=1; or give the name of a docker context that has them.".into();
    }
    if says(&[
        "unknownissuer",
        "notvalidforname",
        "invalid peer certificate",
        "certificate",
    ]) {
        return "Its certificate is not the one that ca.pem vouches for: take the ca.pem of the machine where that daemon runs, and the name that stands in its certificate.".into();
    }
    if says(&[
        "too old",
        "minimum supported api version",
        "maximum supported api version",
    ]) {
        return "docker 20.10 and podman 4.3 are the oldest that were tried: update the engine, or take another one (`imgtui engines`).".into();
    }
    match address {
        Address::Ssh { .. } => "The machine lets us in, but nothing answers at that socket: `imgtui engines` lists what was found; give the socket's path behind the host.".into(),
        Address::Unix(_) | Address::Tcp { .. } => "`imgtui engines` lists what was found on this machine and what of it works; `imgtui doctor` looks at everything the engine needs.".into(),
    }
}

/// Who may open the socket, as its owner and group say.
fn not_permitted(address: &Address) -> String {
    let group = match address {
        Address::Unix(path) => std::fs::metadata(path).ok().and_then(|file| {
            let group = group_name(file.gid())?;
            (file.mode() & 0o020 != 0 && file.gid() != 0).then_some(group)
        }),
        _ => None,
    };
    match group {
        Some(group) => format!(
            "You may not open this socket; members of the group `{group}` may: `sudo usermod -aG {group} $USER`, then log in again."
        ),
        None => "You may not open this socket: run as its owner, or use a rootless engine \
             (`systemctl --user start podman.socket`)."
            .to_owned(),
    }
}

/// From group(5).
fn group_name(id: u32) -> Option<String> {
    let groups = std::fs::read_to_string("/etc/group").ok()?;
    let found = groups.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(id)).then_some(name)
    });
    found.map(crate::parse::terminal::plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_refusal_has_its_remedy() {
        let tcp = Address::parse("tcp://there:2376").unwrap();
        for (reason, wanted) in [
            (
                "client sent an http request to an https server",
                "DOCKER_CERT_PATH",
            ),
            (
                "ca.pem, cert.pem and key.pem are needed for tls",
                "DOCKER_CERT_PATH",
            ),
            ("invalid peer certificate: unknownissuer", "ca.pem"),
            ("client version 1.24 is too old", "update the engine"),
            ("connection refused", "imgtui doctor"),
        ] {
            let text = remedy(&tcp, reason);
            assert!(text.contains(wanted), "{reason}: {text}");
        }
    }

    #[test]
    fn the_group_of_a_socket_that_others_may_open_is_named() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("x.sock");
        std::fs::write(&file, "").unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        let text = remedy(&Address::Unix(file), "permission denied");
        assert!(text.contains("as its owner"), "{text}");
        assert_eq!(group_name(0).as_deref(), Some("root"));
    }
}
