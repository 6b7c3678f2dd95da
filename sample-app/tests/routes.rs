//! The routes, asked without a socket.
#![expect(clippy::unwrap_used, reason = "a test may end where it stands")]

use axum::body::Body;
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

// Unlike a real one: imgtui looks for the stamp in the sources, and there must be but one.
const STAMP: &str = "a stamp";

async fn ask(request: Request<Body>) -> (StatusCode, String) {
    let response = sample_app::router(STAMP).oneshot(request).await.unwrap();
    let status = response.status();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

fn get(path: &str) -> Request<Body> {
    Request::get(path).body(Body::empty()).unwrap()
}

#[tokio::test]
async fn the_root_greets_and_tells_its_stamp_and_version() {
    let (status, body) = ask(get("/")).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        serde_json::from_str::<Value>(&body).unwrap(),
        json!({
            "greeting": "Hello, world!",
            "stamp": STAMP,
            "version": env!("CARGO_PKG_VERSION"),
        })
    );
}

#[tokio::test]
async fn the_greeting_follows_name_and_language() {
    let request = Request::get("/?name=Ada%20Lovelace")
        .header("accept-language", "ja, de;q=0.5")
        .body(Body::empty())
        .unwrap();
    let (_, body) = ask(request).await;
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body["greeting"], "Hallo, Ada Lovelace!");
}

#[tokio::test]
async fn health_is_a_plain_ok() {
    assert_eq!(ask(get("/health")).await, (StatusCode::OK, "ok".to_owned()));
}

#[tokio::test]
async fn build_tells_how_it_was_compiled() {
    let (status, body) = ask(get("/build")).await;
    assert_eq!(status, StatusCode::OK);
    let body: Value = serde_json::from_str(&body).unwrap();
    assert!(
        body["rustc"].as_str().unwrap().starts_with("rustc "),
        "{body}"
    );
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    assert_eq!(ask(get("/nothing")).await.0, StatusCode::NOT_FOUND);
}
