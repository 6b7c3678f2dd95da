//! What the service answers.

use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;
use axum::routing::get;
use axum::{Json, Router};
use greeting::Language;
use serde::{Deserialize, Serialize};

/// All routes; `stamp` is what `GET /` answers as its stamp.
pub fn router(stamp: &'static str) -> Router {
    let routes = Router::new()
        .route("/", get(greet))
        .route("/health", get(health))
        .route("/build", get(build))
        .with_state(Stamp(stamp));
    #[cfg(feature = "tracing")]
    let routes = routes.layer(tower_http::trace::TraceLayer::new_for_http());
    routes
}

#[derive(Clone, Copy)]
struct Stamp(&'static str);

#[derive(Deserialize)]
struct Visitor {
    name: Option<String>,
}

#[derive(Serialize)]
struct Answer {
    greeting: String,
    stamp: &'static str,
    version: &'static str,
}

async fn greet(
    State(Stamp(stamp)): State<Stamp>,
    Query(visitor): Query<Visitor>,
    headers: HeaderMap,
) -> Json<Answer> {
    let language = headers
        .get(ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
        .map(Language::accepted)
        .unwrap_or_default();
    Json(Answer {
        greeting: greeting::greet(language, visitor.name.as_deref()),
        stamp,
        version: env!("CARGO_PKG_VERSION"),
    })
}

async fn health() -> &'static str {
    "ok"
}

#[derive(Serialize)]
struct Build {
    target: &'static str,
    profile: &'static str,
    rustc: &'static str,
}

async fn build() -> Json<Build> {
    let build_info::Build {
        target,
        profile,
        rustc,
    } = build_info::BUILD;
    Json(Build {
        target,
        profile,
        rustc,
    })
}
