//! How it is served, and how it ends.

use std::io::Result;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// How long requests under way may take once the end was asked for.
const GRACE: Duration = Duration::from_millis(300);

/// Serves until `ended` is ready, then lets requests under way finish, but not for long:
/// a client that holds its connection open must not keep a container from stopping.
///
/// # Errors
/// What the listener reports when it can accept no more.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    ended: impl Future<Output = ()> + Send + 'static,
) -> Result<()> {
    let (closing, closed) = oneshot::channel();
    let server = axum::serve(listener, router).with_graceful_shutdown(async move {
        ended.await;
        // The receiver is gone only when the server has ended already.
        let _ = closing.send(());
    });
    let out_of_patience = async {
        let _ = closed.await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        result = server => result,
        () = out_of_patience => Ok(()),
    }
}
