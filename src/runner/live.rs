//! A build that is under way: its number, its clock, its log file, its fold.

use std::time::Duration;

use tokio::{sync::mpsc, time::Instant};
use tokio_util::sync::CancellationToken;

use super::{
    Runner,
    log::{Log, name_of},
};
use crate::{
    context::{ContextError, Sent, Upload},
    domain::{
        build::{Build, StepStatus},
        event::{BuildEvent, Outcome, RunEvent, StepKey, Subject, Trigger},
        ids::{BuildId, ImageId},
        purpose::Purpose,
        record::{BuildRecord, CpuTime, RECORD_SCHEMA},
        shared_cache::SharedCache,
        text,
    },
    engine::{BuildRequest, EngineError},
    parse::terminal::plain,
};

/// Events that may wait between engine and runner: enough to keep a fast engine busy, little
/// enough that a flood is held back at its source.
const WAITING_EVENTS: usize = 256;

/// Between two lines on a context that is still being sent.
const UPLOAD_PAUSE: Duration = Duration::from_secs(2);

/// Lines that are kept to explain a failure; build scripts print many.
const LAST_LINES: usize = 200;

/// A finished build and the number it had.
pub(super) struct Ended {
    pub(super) build: BuildId,
    pub(super) record: BuildRecord,
}

/// A build under way.
pub(super) struct LiveBuild<'runner> {
    runner: &'runner Runner,
    id: BuildId,
    subject: Subject,
    trigger: Trigger,
    began: Instant,
    started: String,
    /// From here on time and CPU count; what came before was making bases.
    measured_from: Instant,
    cpu_before: Option<CpuTime>,
    fold: Build,
    log: Log,
    /// How many stages of ours come before the Dockerfile's.
    stages_before: usize,
}

impl<'runner> LiveBuild<'runner> {
    pub(super) async fn begin(runner: &'runner Runner, subject: Subject, trigger: Trigger) -> Self {
        let id = runner.next_number();
        let started = jiff::Timestamp::now();
        let log = Log::create(&runner.state.logs(), &subject, id);
        runner
            .tell(RunEvent::BuildStarted {
                build: id,
                subject: subject.clone(),
                trigger: trigger.clone(),
                log: log.path.clone(),
            })
            .await;
        let cpu_before = runner.engine.cpu();
        let now = Instant::now();
        Self {
            runner,
            id,
            subject,
            trigger,
            began: now,
            started: started.to_string(),
            measured_from: now,
            cpu_before,
            fold: Build::new(LAST_LINES),
            log,
            stages_before: 0,
        }
    }

    /// Its number.
    pub(super) fn id(&self) -> BuildId {
        self.id
    }

    /// What came so far is not counted.
    pub(super) fn restart_clock(&mut self) {
        self.cpu_before = self.runner.engine.cpu();
        self.measured_from = Instant::now();
    }

    /// Work of this build is done outside of the engine: its CPU time is not the build's.
    pub(super) fn without_cpu(&mut self) {
        self.cpu_before = None;
    }

    /// The engine's stages come after this many of our own.
    pub(super) fn stages_before(&mut self, count: usize) {
        self.stages_before = count;
    }

    /// One event: folded, written to the log, told to everybody.
    pub(super) async fn take(&mut self, event: BuildEvent) {
        let at = self.began.elapsed();
        self.log.write(&self.fold, &event);
        self.fold.apply(at, &event);
        self.runner
            .tell(RunEvent::BuildProgressed {
                build: self.id,
                at,
                event,
            })
            .await;
    }

    /// The last lines of the step that failed, without colours.
    pub(super) fn last_lines(&self) -> Vec<String> {
        let failed = self
            .fold
            .steps()
            .find(|(_, step)| step.status == StepStatus::Failed);
        let failed = failed.map(|(key, _)| key);
        let lines = self.fold.log.iter().filter(|line| line.step == failed);
        lines.map(|line| plain(&line.text)).collect()
    }

    /// Hands the request to the engine and takes in what it tells.
    pub(super) async fn build(
        &mut self,
        request: BuildRequest,
        upload: Upload,
        cancel: &CancellationToken,
    ) -> Result<ImageId, EngineError> {
        let engine = &self.runner.engine;
        let (sender, mut events) = mpsc::channel(WAITING_EVENTS);
        let mut building = engine.build(request, sender, cancel.clone());
        let mut upload = Some(upload);
        let mut look = tokio::time::interval_at(Instant::now() + UPLOAD_PAUSE, UPLOAD_PAUSE);
        let mut broke_off = None;
        let built = loop {
            tokio::select! {
                biased;
                built = &mut building => break built,
                result = wait_for(&mut upload) => {
                    upload = None;
                    match result {
                        Ok(Ok(Sent { files, bytes })) => {
                            self.take(BuildEvent::ContextSent { files, bytes }).await;
                        }
                        Ok(Err(reason)) => broke_off = Some(reason),
                        // A panic there has reported itself.
                        Err(_) => {}
                    }
                }
                Some(event) = events.recv() => self.take(self.shifted(event)).await,
                _ = look.tick(), if upload.is_some() => self.tell_upload(upload.as_ref()).await,
            }
        };
        drop(building);
        while let Ok(event) = events.try_recv() {
            self.take(self.shifted(event)).await;
        }
        if let (Err(_), Some(upload)) = (&built, upload) {
            broke_off = upload.sent.await.ok().and_then(Result::err);
        }
        match (built, broke_off) {
            (Err(EngineError::Cancelled), _) => Err(EngineError::Cancelled),
            // The engine only sees that its input broke off; the sender knows which file it was.
            (Err(_), Some(reason)) if !matches!(reason, ContextError::HungUp) => {
                Err(EngineError::Context {
                    reason: reason.to_string(),
                })
            }
            (built, _) => built,
        }
    }

    /// A large context, or a slow way.
    async fn tell_upload(&mut self, upload: Option<&Upload>) {
        if let Some(upload) = upload {
            let taken = text::bytes(upload.taken().min(upload.of));
            let line = format!("sending the context: {taken} of {}", text::bytes(upload.of));
            self.take(BuildEvent::Output { step: None, line }).await;
        }
    }

    /// Ends the build: its last event, its log, its figures.
    pub(super) async fn end(mut self, error: Option<&EngineError>) -> Ended {
        let wall = self.measured_from.elapsed();
        let cpu = self.cpu_used();
        let outcome = match error {
            None => Outcome::Built,
            Some(EngineError::Cancelled) => Outcome::Cancelled,
            Some(error) => Outcome::Failed {
                message: error.to_string(),
            },
        };
        self.take(BuildEvent::Ended {
            outcome: outcome.clone(),
        })
        .await;
        self.log.finish();
        let strategy = name_of(&self.subject);
        let record = BuildRecord {
            schema: RECORD_SCHEMA,
            strategy,
            subject: self.subject,
            app: self.runner.app.root.clone(),
            started: self.started,
            engine: self.runner.engine.info().clone(),
            trigger: self.trigger,
            outcome,
            edit: None,
            no_cache: false,
            purpose: Purpose::Image,
            prior: None,
            stamp: None,
            verdict: None,
            image: None,
            wall_s: wall.as_secs_f64(),
            cpu,
            context_bytes: self.fold.context.map(|(_, bytes)| bytes),
            bases: self.fold.bases.clone(),
            steps: self.fold.step_records(),
            why: Vec::new(),
            expected_s: None,
            layers: Vec::new(),
            push: None,
            pull: None,
            shared_cache: SharedCache::default(),
            sharing: None,
            log: self.log.path,
        };
        Ended {
            build: self.id,
            record,
        }
    }

    fn shifted(&self, mut event: BuildEvent) -> BuildEvent {
        let shift = |step: &mut StepKey| step.stage += self.stages_before;
        match &mut event {
            BuildEvent::StepStarted { step, .. }
            | BuildEvent::StepCached { step }
            | BuildEvent::StepRan { step }
            | BuildEvent::StepFailed { step }
            | BuildEvent::ResultNamed { step, .. }
            | BuildEvent::Output {
                step: Some(step), ..
            } => shift(step),
            _ => {}
        }
        event
    }

    fn cpu_used(&self) -> Option<CpuTime> {
        let (before, after) = (self.cpu_before?, self.runner.engine.cpu()?);
        // A service that was started anew meanwhile begins at zero: then it is not known.
        let (user_s, system_s) = (
            after.user_s - before.user_s,
            after.system_s - before.system_s,
        );
        (user_s >= 0.0 && system_s >= 0.0).then_some(CpuTime { user_s, system_s })
    }
}

async fn wait_for(
    upload: &mut Option<Upload>,
) -> Result<Result<Sent, ContextError>, tokio::task::JoinError> {
    match upload {
        Some(upload) => (&mut upload.sent).await,
        None => std::future::pending().await,
    }
}
