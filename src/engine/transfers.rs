//! Images on their way between engine and registry.

use std::time::{Duration, Instant};

use bollard::{
    models::ProgressDetail,
    query_parameters::{CreateImageOptionsBuilder, PushImageOptionsBuilder},
};
use futures_util::{Stream, StreamExt};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{
    EngineError,
    connection::{ApiError, Connection, is_transport, message_of},
    credentials,
    images::to_bytes,
};
use crate::{
    domain::{event::BuildEvent, text},
    parse::terminal::{plain, sanitize_line},
};

pub(super) async fn pull(
    connection: &Connection,
    reference: &str,
    events: mpsc::Sender<BuildEvent>,
    cancel: CancellationToken,
) -> Result<(), EngineError> {
    let options = CreateImageOptionsBuilder::new()
        .from_image(reference)
        .build();
    let credentials = credentials::of_reference(reference).await?;
    let progress = connection
        .docker
        .create_image(Some(options), None, credentials)
        .map(|info| {
            info.map(|info| Report {
                id: info.id,
                status: info.status,
                detail: info.progress_detail,
                error: info.error_detail.and_then(|detail| detail.message),
            })
        });
    match follow(Box::pin(progress), &events, &cancel).await {
        Ok(()) => Ok(()),
        Err(Broken::Off(error)) => Err(connection.failure("pulling", &error).await),
        Err(Broken::Refused(message)) => Err(EngineError::from_pull_message(reference, &message)),
        Err(Broken::Cancelled) => Err(EngineError::Cancelled),
    }
}

pub(super) async fn push(
    connection: &Connection,
    reference: &str,
    events: mpsc::Sender<BuildEvent>,
    cancel: CancellationToken,
) -> Result<(), EngineError> {
    let doing = format!("pushing {reference}");
    let (name, tag) = match reference.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, tag),
        _ => (reference, "latest"),
    };
    let options = PushImageOptionsBuilder::new().tag(tag).build();
    let credentials = credentials::of_reference(reference).await?;
    let progress = connection
        .docker
        .push_image(name, Some(options), credentials)
        .map(|info| {
            info.map(|info| Report {
                id: None,
                status: info.status,
                detail: info.progress_detail,
                error: info.error_detail.and_then(|detail| detail.message),
            })
        });
    match follow(Box::pin(progress), &events, &cancel).await {
        Ok(()) => Ok(()),
        Err(Broken::Off(error)) => Err(connection.failure(&doing, &error).await),
        Err(Broken::Refused(message)) => Err(EngineError::Refused {
            doing,
            reason: plain(message.trim()),
        }),
        Err(Broken::Cancelled) => Err(EngineError::Cancelled),
    }
}

/// One report on a transfer between engine and registry.
struct Report {
    id: Option<String>,
    status: Option<String>,
    detail: Option<ProgressDetail>,
    error: Option<String>,
}

/// Why a transfer came to no good end.
enum Broken {
    /// The engine stopped answering.
    Off(ApiError),
    /// In the engine's words.
    Refused(String),
    Cancelled,
}

/// Tells of a transfer until it ends.
async fn follow(
    mut reports: impl Stream<Item = Result<Report, ApiError>> + Unpin,
    events: &mpsc::Sender<BuildEvent>,
    cancel: &CancellationToken,
) -> Result<(), Broken> {
    let mut lines = TransferLines::default();
    loop {
        let report = tokio::select! {
            biased;
            () = cancel.cancelled() => return Err(Broken::Cancelled),
            report = reports.next() => report,
        };
        match report {
            None => return Ok(()),
            Some(Ok(Report {
                error: Some(message),
                ..
            })) => return Err(Broken::Refused(message)),
            Some(Ok(report)) => {
                if let Some(line) = lines.line(&report) {
                    let _ = events.send(BuildEvent::Output { step: None, line }).await;
                }
            }
            Some(Err(error)) if is_transport(&error) => return Err(Broken::Off(error)),
            Some(Err(error)) => return Err(Broken::Refused(message_of(&error))),
        }
    }
}

/// Between two lines on a running download: its reports come many times a second.
const PROGRESS_PAUSE: Duration = Duration::from_secs(2);

/// Turns reports into lines.
#[derive(Default)]
struct TransferLines {
    told: Option<Instant>,
}

impl TransferLines {
    fn line(&mut self, info: &Report) -> Option<String> {
        let status = info.status.as_deref()?.trim();
        if status.is_empty() {
            return None;
        }
        let id = info.id.as_deref().unwrap_or_default();
        let sizes = info
            .detail
            .as_ref()
            .and_then(|detail| Some((to_bytes(detail.current?)?, to_bytes(detail.total?)?)));
        let line = match sizes {
            None => format!("{status} {id}"),
            Some(_)
                if self
                    .told
                    .is_some_and(|told| told.elapsed() < PROGRESS_PAUSE) =>
            {
                return None;
            }
            Some((current, total)) => {
                self.told = Some(Instant::now());
                let (current, total) = (text::bytes(current), text::bytes(total));
                format!("{status} {id}: {current} of {total}")
            }
        };
        Some(sanitize_line(line.trim()))
    }
}
