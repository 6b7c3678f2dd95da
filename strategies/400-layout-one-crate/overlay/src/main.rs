//! A service that answers with the stamps of its root and of its leaf.

mod billing;
mod leaf;
mod orders;
mod people;
mod shapes;
mod stock;

use std::io::Result;
use std::net::{Ipv4Addr, SocketAddr};

use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// Tells which source of the root an image was built from: `GET /` answers it.
pub const STAMP: &str = "imgtui:0000000000000000";

#[derive(Serialize)]
struct Answer {
    stamp: &'static str,
    leaf: &'static str,
    version: &'static str,
    bytes: usize,
}

async fn root() -> Json<Answer> {
    Json(Answer {
        stamp: STAMP,
        leaf: leaf::STAMP,
        version: env!("CARGO_PKG_VERSION"),
        bytes: orders::total() + stock::total() + people::total() + billing::total(),
    })
}

#[tokio::main]
async fn main() -> Result<()> {
    // PID 1 has no default action for signals: without handlers, stopping a container takes long.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let port = std::env::var("PORT")
        .ok()
        .and_then(|port| port.parse().ok());
    let address = SocketAddr::from((Ipv4Addr::UNSPECIFIED, port.unwrap_or(7000)));
    let listener = TcpListener::bind(address).await?;
    println!("listens on {}", listener.local_addr()?);
    let router = Router::new()
        .route("/", get(root))
        .route("/health", get(async || "ok"));
    tokio::select! {
        result = async { axum::serve(listener, router).await } => result,
        _ = terminate.recv() => Ok(()),
        _ = interrupt.recv() => Ok(()),
    }
}
