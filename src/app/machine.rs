//! The machine under the builds: looked at, and brought in order, for pipe and screen alike.

use std::{path::PathBuf, sync::Arc};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{EngineChoice, Ground, settings_of};
use crate::{
    domain::{
        base::{BaseSource, ResolvedBase},
        build::Build,
        check::{Check, CheckStatus, Checklist},
        event::{BuildEvent, Outcome, RunEvent, Subject, Trigger},
        foretold::Foretold,
        ids::{BuildId, Bytes},
    },
    engine::{
        Engine, EngineError,
        podman::{Podman, PodmanPlace},
    },
    parse::terminal::sanitize_line,
    runner::{self, bases, log::Log},
    setup::{self, BaseState, Depth, Examination},
    store::Filter,
    tui::Msg,
};

/// So many of the newest builds are judged by what was foretold of them.
const JUDGED: usize = 200;
/// Events of a set-up that may wait for whoever shows them.
const WAITING: usize = 1024;

/// Free bytes where `folder` is or will be.
pub(super) fn free_bytes(folder: &std::path::Path) -> Option<Bytes> {
    let there = folder.ancestors().find(|ancestor| ancestor.exists())?;
    let stat = rustix::fs::statvfs(there).ok()?;
    Some(Bytes(stat.f_bavail * stat.f_frsize))
}

/// Looks at everything that a build needs.
pub async fn examine(ground: &Ground) -> Checklist {
    examine_to(ground, Depth::Full).await
}

pub(super) async fn examine_to(ground: &Ground, depth: Depth) -> Checklist {
    let bases = match depth {
        Depth::Full => base_states(ground).await,
        Depth::Quick => Vec::new(),
    };
    let mut list = setup::examine(&examination(ground, bases).await, depth).await;
    if depth == Depth::Full {
        list.checks.extend(foretold(ground).await);
    }
    list
}

/// How often a step of this app's builds came as it was foretold; `None` where none was.
async fn foretold(ground: &Ground) -> Option<Check> {
    let history = ground.state.history();
    let filter = Filter {
        app: Some(ground.app.root.clone()),
        ..Filter::default()
    };
    let builds = tokio::task::spawn_blocking(move || history.newest(&filter, JUDGED));
    let builds = builds.await.ok()?.ok()?;
    let found = Foretold::of(builds.iter().map(|past| &past.record));
    let percent = found.percent()?;
    Some(Check {
        name: "predictor".into(),
        status: CheckStatus::Ok,
        detail: format!(
            "{} of {} steps of the last builds came as foretold ({percent:.1} %)",
            found.right, found.of
        ),
        remedy: None,
    })
}

/// Does what is missing; tells of it as of a build. Whether the machine is ready then.
pub async fn set_up(
    ground: &Ground,
    events: mpsc::Sender<BuildEvent>,
    cancel: &CancellationToken,
) -> bool {
    let examination = examination(ground, Vec::new()).await;
    // Set-up tells through a plain call; what it tells in one step is little.
    let (sender, mut told) = mpsc::unbounded_channel();
    let passing_on = tokio::spawn(async move {
        while let Some(event) = told.recv().await {
            if events.send(event).await.is_err() {
                return;
            }
        }
    });
    let mut tell = |event: BuildEvent| {
        let _ = sender.send(event);
    };
    let outcome = setup::set_up(&examination, &mut tell, &sanitize_line, cancel).await;
    drop(sender);
    let _ = passing_on.await;
    outcome == Outcome::Built
}

/// Set-up as the screen sees it: a build of its own.
pub(super) async fn set_up_seen(
    ground: &Ground,
    messages: &mpsc::Sender<Msg>,
    cancel: &CancellationToken,
) -> bool {
    let next = ground
        .numbers
        .fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let build = BuildId(next);
    let began = std::time::Instant::now();
    let mut log = Log::create(&ground.state.logs(), &Subject::Setup, build);
    let started = RunEvent::BuildStarted {
        build,
        subject: Subject::Setup,
        trigger: Trigger::Asked,
        log: log.path.clone(),
    };
    let _ = messages.send(Msg::Run(started)).await;
    let (sender, mut events) = mpsc::channel(WAITING);
    let to_screen = messages.clone();
    let passing_on = tokio::spawn(async move {
        let mut fold = Build::new(0);
        while let Some(event) = events.recv().await {
            let at = began.elapsed();
            log.write(&fold, &event);
            fold.apply(at, &event);
            let progressed = RunEvent::BuildProgressed { build, at, event };
            if to_screen.send(Msg::Run(progressed)).await.is_err() {
                return;
            }
        }
    });
    let ready = set_up(ground, sender, cancel).await;
    let _ = passing_on.await;
    let recorded = RunEvent::BuildRecorded {
        build,
        record: None,
    };
    let _ = messages.send(Msg::Run(recorded)).await;
    ready
}

/// The way to a podman of our own.
pub(super) async fn private_podman(host: &setup::Host) -> Result<PodmanPlace, EngineError> {
    let Some(program) = host.find("podman") else {
        return Err(no_podman());
    };
    let runtime = setup::find_runtime(host).await;
    let place = runtime
        .map_err(|error| error.to_string())
        .and_then(|runtime| private_place(host, program.clone(), &runtime));
    place.map_err(|reason| EngineError::Unreachable {
        place: program.display().to_string(),
        reason,
        remedy:
            "`imgtui doctor` shows what was tried; `imgtui setup --yes` installs what is missing."
                .into(),
    })
}

/// A podman of our own with what this runtime needs; in builds the host's certificates are
/// mounted.
fn private_place(
    host: &setup::Host,
    program: PathBuf,
    runtime: &setup::Runtime,
) -> Result<PodmanPlace, String> {
    let mounts = runner::host::Host::of_this_machine().mounts();
    let volumes: Vec<String> = mounts.iter().map(ToString::to_string).collect();
    let for_builds = setup::settings_for_builds(host, runtime, &volumes)?;
    Ok(PodmanPlace::Private {
        program,
        settings: settings_of(runtime),
        build_settings: for_builds.map(|file| (file.variable, file.path)),
    })
}

fn no_podman() -> EngineError {
    EngineError::Unreachable {
        place: "podman".into(),
        reason: "there is no such program on this machine".into(),
        remedy: "`imgtui setup --yes` installs it with what it needs; `imgtui doctor` shows the exact commands.".into(),
    }
}

async fn examination(ground: &Ground, bases: Vec<BaseState>) -> Examination {
    let host = ground.host();
    let engine = ground.wanted().await;
    let asked = ground.clone();
    let service: setup::ServiceProbe = Arc::new(move |runtime| {
        let ground = asked.clone();
        Box::pin(async move {
            let engine: Arc<dyn Engine> = match (&ground.engine, runtime) {
                // The runtime that was just found, and not looked for again.
                (EngineChoice::Any | EngineChoice::Podman, Some(runtime)) => {
                    let program = ground.host().find("podman").ok_or("there is no podman")?;
                    let place = private_place(&ground.host(), program, &runtime)?;
                    Arc::new(
                        Podman::connect(place)
                            .await
                            .map_err(|error| error.to_string())?,
                    )
                }
                _ => ground.connect().await.map_err(|error| error.to_string())?,
            };
            let info = engine.info();
            Ok(format!("{} {} answered", info.kind, info.version))
        })
    });
    let packages = ground
        .catalog
        .bases
        .iter()
        .flat_map(|recipe| &recipe.base.host_packages);
    let mut host_packages: Vec<String> = packages.cloned().collect();
    host_packages.sort();
    host_packages.dedup();
    Examination {
        host,
        engine,
        service: Some(service),
        bases,
        host_packages,
    }
}

/// How the bases stand; empty when there is no engine to ask.
async fn base_states(ground: &Ground) -> Vec<BaseState> {
    if ground.lacks_engine() {
        return Vec::new();
    }
    let Ok(engine) = ground.connect().await else {
        return Vec::new();
    };
    let (sender, _events) = mpsc::channel(1);
    let runner = ground.runner(engine, sender);
    let Ok(found) = bases::survey(&runner).await else {
        return Vec::new();
    };
    let state = |base: Option<ResolvedBase>| match base {
        None => "not there yet, pulled or made when needed".to_owned(),
        Some(base) => match base.source {
            BaseSource::Equivalent => "local equivalent".to_owned(),
            _ => "present".to_owned(),
        },
    };
    let states = found.into_iter().map(|(title, base)| BaseState {
        title,
        state: state(base),
    });
    states.collect()
}
