//! The program: where it listens, what it logs, when it ends.

use std::io::{Error, ErrorKind, Result};
use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::TcpListener;

/// Tells which sources an image was built from: `GET /` answers it.
///
/// imgtui overwrites the sixteen digits with as many others before a build and reads them back
/// from the running image. They are here, in the binary crate, so that an edit compiles no more than it must.
pub const STAMP: &str = "imgtui:0000000000000000";

const DEFAULT_PORT: u16 = 7000;

#[tokio::main]
async fn main() -> Result<()> {
    init_log();
    // First of all: whoever reads that it listens may stop it at once.
    let ended = ended_by_signal()?;
    let port = port(std::env::var("PORT").ok().as_deref())?;
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::UNSPECIFIED, port))).await?;
    println!(
        "sample-app {} for {} listens on {}",
        env!("CARGO_PKG_VERSION"),
        build_info::BUILD.target,
        listener.local_addr()?
    );
    sample_app::serve(listener, sample_app::router(STAMP), ended).await
}

/// The port that the variable `PORT` names, or the usual one; 0 lets the system choose.
fn port(variable: Option<&str>) -> Result<u16> {
    match variable.map(str::trim) {
        None | Some("") => Ok(DEFAULT_PORT),
        Some(text) => text.parse().map_err(|error| {
            Error::new(
                ErrorKind::InvalidInput,
                format!("PORT is {text:?}, which is no port: {error}"),
            )
        }),
    }
}

/// Ends with the first SIGTERM (what engines send to stop a container) or SIGINT (ctrl-c).
///
/// The kernel gives PID 1 no default action for these: without handlers, stopping a container
/// would take the engine's whole grace period. They are in place as soon as this returns.
#[cfg(unix)]
fn ended_by_signal() -> Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn ended_by_signal() -> Result<impl Future<Output = ()>> {
    Ok(async {
        // Without ctrl-c there is nothing to wait for, so the server ends.
        let _ = tokio::signal::ctrl_c().await;
    })
}

/// `RUST_LOG` chooses what is logged; requests are shown without it.
#[cfg(feature = "tracing")]
fn init_log() {
    use std::io::IsTerminal as _;

    use tracing_subscriber::EnvFilter;

    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new("info,tower_http=debug"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stdout().is_terminal())
        .init();
}

#[cfg(not(feature = "tracing"))]
fn init_log() {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stamp_has_a_prefix_and_sixteen_hex_digits() {
        let digits = STAMP.strip_prefix("imgtui:").unwrap();
        assert_eq!(digits.len(), 16);
        assert!(digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    }

    #[test]
    fn the_port_is_7000_unless_the_variable_says_otherwise() {
        assert_eq!(port(None).unwrap(), 7000);
        assert_eq!(port(Some("")).unwrap(), 7000);
        assert_eq!(port(Some(" 8080 ")).unwrap(), 8080);
        assert_eq!(port(Some("0")).unwrap(), 0);
    }

    #[test]
    fn a_port_that_is_none_is_named_in_the_error() {
        let error = port(Some("70000")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains("\"70000\""), "{error}");
    }
}
