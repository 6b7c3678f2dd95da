//! The gate: a build counts only if its image is right.
//!
//! The image is run on loopback, read-only and without capabilities, and must answer with the
//! stamp of exactly this build; where an app does not answer stamps, its program's file must hold
//! it. What was found wrong is told with its reason; what could not be looked at is unverified,
//! never right.

mod judge;
mod listening;
mod program;

use tokio_util::sync::CancellationToken;

use self::judge::{invalid, judge_file, last_words, stale, why_not_alive};
use super::Runner;
use crate::{
    domain::{
        edit::{Stamp, find_stamp},
        ids::ImageId,
        settings::{Probe, Settings},
        start::{explain_end, explain_start, is_images_fault},
        strategy::Strategy,
        verdict::{Proof, Verdict},
    },
    engine::{ContainerRequest, Engine, EngineError, RunningContainer},
    parse::terminal::plain,
    probe::{self, ANSWER_LIMIT, Answer, COMMAND_LIMIT, START_LIMIT},
};

/// Looks at an image. `stamp` is that of the source which was sent, `why_none` says why there is
/// none.
pub(super) async fn judge(
    runner: &Runner,
    strategy: &Strategy,
    image: &ImageId,
    stamp: Result<Stamp, String>,
    cancel: &CancellationToken,
) -> Verdict {
    let gate = Gate {
        engine: runner.engine.as_ref(),
        settings: &runner.app.settings,
        image: &image.0,
        cancel,
    };
    let looked = match (&strategy.check, stamp) {
        (Some(command), _) => gate.command(command, None).await,
        (None, Ok(stamp)) => gate.app(stamp).await,
        (None, Err(why)) => Ok(Verdict::Unverified { why }),
    };
    looked.unwrap_or_else(|error| Verdict::Unverified {
        why: match error {
            EngineError::Cancelled => "cancelled before the image was looked at".into(),
            error => format!("the image could not be looked at: {error}"),
        },
    })
}

struct Gate<'a> {
    engine: &'a dyn Engine,
    settings: &'a Settings,
    image: &'a str,
    cancel: &'a CancellationToken,
}

/// What a started program did.
enum Seen {
    Answered(Answer),
    Ended(i64),
    Silent,
}

impl Gate<'_> {
    async fn app(&self, stamp: Stamp) -> Result<Verdict, EngineError> {
        match &self.settings.probe.value {
            Probe::Http { path } => self.http(path, stamp).await,
            Probe::Command { command } => self.command(command, Some(stamp)).await,
            Probe::Program => self.program(stamp).await,
        }
    }

    /// The program must answer; with the stamp, or with the stamp in its file.
    async fn http(&self, path: &str, stamp: Stamp) -> Result<Verdict, EngineError> {
        let port = self.settings.port.value;
        let running = match self.start(Some(port), None).await? {
            Ok(running) => running,
            Err(verdict) => return Ok(verdict),
        };
        let verdict = self.judge_answer(&running, path, stamp).await;
        self.put_away(&running.id).await;
        verdict
    }

    async fn judge_answer(
        &self,
        running: &RunningContainer,
        path: &str,
        stamp: Stamp,
    ) -> Result<Verdict, EngineError> {
        let asked = probe::get(running.port.unwrap_or_default(), path, ANSWER_LIMIT);
        let seen = tokio::select! {
            biased;
            () = self.cancel.cancelled() => return Err(EngineError::Cancelled),
            answer = asked => answer.map_or(Seen::Silent, Seen::Answered),
            status = self.engine.ended(&running.id) => Seen::Ended(status?),
        };
        match seen {
            Seen::Answered(answer) if answer.status >= 500 => Ok(invalid(format!(
                "GET {path} was answered with status {}",
                answer.status
            ))),
            Seen::Answered(answer) => match find_stamp(answer.body.as_bytes()) {
                Some(_) if answer.body.contains(&stamp.to_string()) => Ok(Verdict::Verified {
                    proof: Proof::Answer,
                }),
                Some(other) => Ok(stale("it answers", other.stamp, stamp)),
                None => {
                    let file = program::look(self.engine, self.image, &running.id).await?;
                    Ok(judge_file(file, stamp, Proof::AnswerAndProgram))
                }
            },
            Seen::Ended(status) => self.ended_early(running, status, stamp).await,
            Seen::Silent => self.silent(running, path).await,
        }
    }

    async fn ended_early(
        &self,
        running: &RunningContainer,
        status: i64,
        stamp: Stamp,
    ) -> Result<Verdict, EngineError> {
        let lines = self.engine.output(&running.id).await?;
        let file = program::look(self.engine, self.image, &running.id).await?;
        if let Some(why) = why_not_alive(file.as_ref(), &lines) {
            return Ok(invalid(why));
        }
        let mut reason = format!("the program ended with status {status} before it answered");
        if let Some(file) = file.filter(|file| file.is_program) {
            if file.stamps.is_empty() {
                reason.push_str(
                    ", and its file holds no stamp: this is not the app but a stand-in, as a \
                     dependency-caching Dockerfile ships it when cargo takes the real sources for old",
                );
            } else if !file.stamps.contains(&stamp) {
                reason.push_str(", and its file holds an older source's stamp");
            }
        }
        reason.push_str(&last_words(&lines));
        if !lines.is_empty() {
            reason.push_str(
                "\nIf it needs settings, put them under `[env]` in imgtui.toml; if it is no server, `probe = \"program\"`.",
            );
        }
        Ok(invalid(reason))
    }

    async fn silent(&self, running: &RunningContainer, path: &str) -> Result<Verdict, EngineError> {
        let port = self.settings.port.value;
        let listens = running.pid.and_then(listening::places);
        let lines = self.engine.output(&running.id).await?;
        Ok(invalid(format!(
            "GET {path} on port {port} was not answered within {} s{}{}",
            ANSWER_LIMIT.as_secs(),
            listening::explain(listens.as_deref(), port),
            last_words(&lines)
        )))
    }

    /// The program must start, and its file must hold the stamp.
    async fn program(&self, stamp: Stamp) -> Result<Verdict, EngineError> {
        let running = match self.start(None, None).await? {
            Ok(running) => running,
            Err(verdict) => return Ok(verdict),
        };
        let verdict = self.judge_start(&running, stamp).await;
        self.put_away(&running.id).await;
        verdict
    }

    async fn judge_start(
        &self,
        running: &RunningContainer,
        stamp: Stamp,
    ) -> Result<Verdict, EngineError> {
        let ended = tokio::select! {
            biased;
            () = self.cancel.cancelled() => return Err(EngineError::Cancelled),
            status = self.engine.ended(&running.id) => Some(status?),
            () = tokio::time::sleep(START_LIMIT) => None,
        };
        let file = program::look(self.engine, self.image, &running.id).await?;
        if ended.is_some() {
            let lines = self.engine.output(&running.id).await?;
            if let Some(why) = why_not_alive(file.as_ref(), &lines) {
                return Ok(invalid(why));
            }
        }
        Ok(judge_file(file, stamp, Proof::Program))
    }

    /// A command in the image must end well; with a stamp, the program's file must hold it too.
    async fn command(
        &self,
        command: &[String],
        stamp: Option<Stamp>,
    ) -> Result<Verdict, EngineError> {
        let running = match self.start(None, Some(command)).await? {
            Ok(running) => running,
            Err(verdict) => return Ok(verdict),
        };
        let verdict = self.judge_command(&running, command, stamp).await;
        self.put_away(&running.id).await;
        verdict
    }

    async fn judge_command(
        &self,
        running: &RunningContainer,
        command: &[String],
        stamp: Option<Stamp>,
    ) -> Result<Verdict, EngineError> {
        let shown = plain(&command.join(" "));
        let status = tokio::select! {
            biased;
            () = self.cancel.cancelled() => return Err(EngineError::Cancelled),
            status = self.engine.ended(&running.id) => status?,
            () = tokio::time::sleep(COMMAND_LIMIT) => {
                let limit = COMMAND_LIMIT.as_secs();
                return Ok(invalid(format!("`{shown}` did not end within {limit} s")));
            }
        };
        if status != 0 {
            let lines = self.engine.output(&running.id).await?;
            let why = explain_end(&lines).map(|why| format!(": {why}"));
            return Ok(invalid(format!(
                "`{shown}` ended with status {status}{}{}",
                why.unwrap_or_default(),
                last_words(&lines)
            )));
        }
        let Some(stamp) = stamp else {
            return Ok(Verdict::Verified {
                proof: Proof::Check,
            });
        };
        let file = program::look(self.engine, self.image, &running.id).await?;
        Ok(judge_file(file, stamp, Proof::CommandAndProgram))
    }

    /// A running container, or what a start that the image is to blame for says of it.
    async fn start(
        &self,
        port: Option<u16>,
        command: Option<&[String]>,
    ) -> Result<Result<RunningContainer, Verdict>, EngineError> {
        let request = ContainerRequest {
            image: self.image.to_owned(),
            port,
            env: self.settings.env.clone(),
            command: command.map(<[String]>::to_vec),
        };
        match self.engine.start(request).await {
            Ok(running) => Ok(Ok(running)),
            Err(EngineError::Refused { reason, .. }) if is_images_fault(&reason) => {
                let named = command.and_then(|words| words.first()).cloned();
                let reason = self.why_not_started(named, &reason).await?;
                Ok(Err(invalid(reason)))
            }
            Err(error) => Err(error),
        }
    }

    async fn why_not_started(
        &self,
        named: Option<String>,
        message: &str,
    ) -> Result<String, EngineError> {
        let program = match named {
            Some(program) => program,
            None => self.engine.program(self.image).await?.unwrap_or_default(),
        };
        let container = self.engine.open(self.image).await?;
        let file = program::look_at(self.engine, &container, &program).await;
        self.put_away(&container).await;
        let file = file?;
        let linkage = file.as_ref().map(|file| &file.linkage);
        Ok(explain_start(&plain(&program), linkage, message))
    }

    async fn put_away(&self, container: &str) {
        // What cannot be removed now carries our label, and `clean` takes it.
        let _ = self.engine.stop(container).await;
    }
}
