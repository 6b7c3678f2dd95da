//! The engine dies under a build.

use std::{
    sync::{Arc, atomic::AtomicU64},
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use imgtui::{
    app::settings_of,
    catalog::{App, Catalog, Shelf, embedded},
    domain::{
        event::{Outcome, RunEvent},
        ids::StrategyId,
    },
    engine::{
        Engine,
        docker::{Builder, Docker, DockerPlace},
        podman::{Podman, PodmanPlace},
    },
    runner::{Gate, Order, Runner},
    setup::{self, Host},
    store::StateFolder,
};
use rustix::process::{Signal, getpid};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{Contract, Kind};
use crate::{
    Done,
    daemon::Traces,
    processes::{parent, signal, wait_for, with_words},
    program::LIMIT,
    room::Room,
    say,
};

/// A dead engine is noticed by its closed socket, not by a time-out.
const NOTICED: Duration = Duration::from_secs(2);

pub(super) fn killed(contract: &Contract<'_>) -> Done {
    let room = contract.room_alone("dying")?.with_own_state()?;
    match contract.facts.kind {
        Kind::Podman => {
            let done = kill(contract, &room);
            // What a killed service was at is nobody's any more: the test's to remove.
            for container in contract.ground.containers()? {
                contract.ground.ask_podman(&["rm", "--force", &container])?;
            }
            done
        }
        Kind::DockerClassic | Kind::DockerBuildKit => {
            let daemon = contract.ground.start_docker_in(&room.state)?;
            let traces = Traces::of(&room.state)?;
            daemon.stop()?;
            let done = kill(contract, &room);
            // What a killed daemon started has ended with its successor, or does so now.
            traces.take_leftovers();
            done.and(daemon.end())
        }
    }
}

fn kill(contract: &Contract<'_>, room: &Room<'_>) -> Done {
    let sleep = format!("sleep 8{}", std::process::id());
    room.strategy(
        "endless",
        &format!("ARG BASE_IMAGE=none\nFROM ${{BASE_IMAGE}}\nRUN echo dying\nRUN {sleep}\n"),
    )?;
    room.strategy(
        "plain",
        "ARG BASE_IMAGE=none\nFROM ${BASE_IMAGE}\nRUN echo alive\n",
    )?;
    let tokio = tokio::runtime::Runtime::new()?;
    let done = tokio.block_on(kill_and_build_again(contract, room, sleep));
    tokio.shutdown_timeout(LIMIT);
    done
}

async fn kill_and_build_again(contract: &Contract<'_>, room: &Room<'_>, sleep: String) -> Done {
    let (runner, events) = runner(contract, room).await?;
    let drain = tokio::spawn(drain(events));
    let words = sleep.clone();
    let engine = words_of(contract, room);
    let killer = tokio::task::spawn_blocking(move || kill_during(&engine, &words));
    let cancel = CancellationToken::new();
    let order = self::order(&runner, "endless")?;
    let killed = async {
        let killed = killer.await;
        // Nobody ends a build whose engine lives on.
        if !matches!(killed, Ok(Ok(_))) {
            cancel.cancel();
        }
        killed
    };
    let (record, killed) = tokio::join!(runner.build(&order, &cancel), killed);
    let killed: Instant = killed??;
    let took = killed.elapsed();
    for orphan in with_words(&[&sleep]) {
        signal(orphan, Signal::KILL);
    }
    let Outcome::Failed { message } = record.outcome else {
        anyhow::bail!("{:?} though the service is dead", record.outcome);
    };
    ensure!(
        message.contains("the engine stopped answering"),
        "{message}"
    );
    say(&format!(
        "{}: that it was killed was noticed in {:.0} ms",
        contract.facts.name,
        took.as_secs_f64() * 1e3
    ));
    ensure!(took < NOTICED, "it took {took:?}");
    let again = runner.build(&self::order(&runner, "plain")?, &cancel).await;
    ensure!(again.outcome == Outcome::Built, "{:?}", again.outcome);
    ensure!(
        again.cpu.is_some(),
        "the new service's CPU time is not known"
    );
    drop(runner);
    drain.await?;
    Ok(())
}

/// The runner as the program has it, in this process.
async fn runner(
    contract: &Contract<'_>,
    room: &Room<'_>,
) -> anyhow::Result<(Runner, mpsc::Receiver<RunEvent>)> {
    let engine: Arc<dyn Engine> = match contract.facts.kind {
        Kind::Podman => Arc::new(podman(room).await?),
        Kind::DockerClassic => Arc::new(docker(room, Builder::Classic).await?),
        Kind::DockerBuildKit => Arc::new(docker(room, Builder::BuildKit).await?),
    };
    let catalog = Catalog::parse(&[embedded(), Shelf::load(&room.strategies)]);
    let (sender, events) = mpsc::channel(64);
    let runner = Runner::new(
        engine,
        App::load(&room.app)?,
        Arc::new(catalog),
        StateFolder::at(&room.state)?,
        sender,
        Arc::new(AtomicU64::new(1)),
    );
    Ok((runner, events))
}

async fn podman(room: &Room<'_>) -> anyhow::Result<Podman> {
    let settings = settings_of(room.ground.runtime()?);
    let place = PodmanPlace::Private {
        program: room.ground.podman_program()?,
        build_settings: settings.clone(),
        settings,
    };
    Ok(Podman::connect(place).await?)
}

async fn docker(room: &Room<'_>, builder: Builder) -> anyhow::Result<Docker> {
    let host = Host::current(setup::StateFolder(room.state.clone()));
    let place = DockerPlace::Private {
        program: host.find("dockerd").context("there is no `dockerd`")?,
        folder: room.state.join("docker"),
    };
    Ok(Docker::connect(place, Some(builder)).await?)
}

fn order(runner: &Runner, id: &str) -> anyhow::Result<Order> {
    let strategy = runner.catalog.strategy(&StrategyId(id.into()));
    Ok(Order {
        gate: Gate::Open,
        ..Order::of(strategy.context("no such strategy")?.clone())
    })
}

async fn drain(mut events: mpsc::Receiver<RunEvent>) {
    while events.recv().await.is_some() {}
}

/// Words of the engine's command line: other daemons of the tests are at work beside this one.
fn words_of(contract: &Contract<'_>, room: &Room<'_>) -> Vec<String> {
    match contract.facts.kind {
        Kind::Podman => vec!["system service".to_owned()],
        Kind::DockerClassic | Kind::DockerBuildKit => {
            let folder = room.state.join("docker");
            vec!["dockerd".to_owned(), folder.display().to_string()]
        }
    }
}

/// Kills this process's engine when the RUN is at work; says when.
fn kill_during(engine: &[String], run: &str) -> anyhow::Result<Instant> {
    wait_for("the RUN", LIMIT, || {
        (!with_words(&[run]).is_empty()).then_some(())
    })?;
    let words: Vec<&str> = engine.iter().map(String::as_str).collect();
    let mut engines = with_words(&words).into_iter();
    let engine = engines.find(|pid| parent(*pid) == Some(getpid()));
    signal(
        engine.context("no engine below this process")?,
        Signal::KILL,
    );
    Ok(Instant::now())
}
