//! The service dies under a build.

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
    engine::podman::{Podman, PodmanPlace},
    runner::{Gate, Order, Runner},
    store::StateFolder,
};
use rustix::process::{Pid, Signal, getpid};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::{
    Done,
    ground::Ground,
    processes::{parent, signal, wait_for, with_words},
    program::LIMIT,
    room::Room,
    say,
};

/// A dead engine is noticed by its closed socket, not by a time-out.
const NOTICED: Duration = Duration::from_secs(2);

pub(super) fn service_killed(ground: &Ground) -> Done {
    let room = Room::new(ground, "dying")?;
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
    let done = tokio.block_on(kill_and_build_again(&room, sleep));
    tokio.shutdown_background();
    // What a killed service was at is nobody's any more: the test's to remove.
    for container in ground.containers()? {
        ground.ask_podman(&["rm", "--force", &container])?;
    }
    done
}

async fn kill_and_build_again(room: &Room<'_>, sleep: String) -> Done {
    let (runner, events) = runner(room).await?;
    let drain = tokio::spawn(drain(events));
    let words = sleep.clone();
    let killer = tokio::task::spawn_blocking(move || kill_service_during(&words));
    let cancel = CancellationToken::new();
    let record = runner.build(&order(&runner, "endless")?, &cancel).await;
    let killed: Instant = killer.await??;
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
        "a killed service was noticed in {:.0} ms",
        took.as_secs_f64() * 1e3
    ));
    ensure!(took < NOTICED, "it took {took:?}");
    let again = runner.build(&order(&runner, "plain")?, &cancel).await;
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
async fn runner(room: &Room<'_>) -> anyhow::Result<(Runner, mpsc::Receiver<RunEvent>)> {
    let settings = settings_of(room.ground.runtime()?);
    let place = PodmanPlace::Private {
        program: room.ground.podman_program()?,
        build_settings: settings.clone(),
        settings,
    };
    let engine = Arc::new(Podman::connect(place).await?);
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

/// Kills this process's service when the RUN is at work; says when.
fn kill_service_during(run: &str) -> anyhow::Result<Instant> {
    wait_for("the RUN", LIMIT, || {
        (!with_words(&[run]).is_empty()).then_some(())
    })?;
    let service = service().context("no service below this process")?;
    signal(service, Signal::KILL);
    Ok(Instant::now())
}

fn service() -> Option<Pid> {
    let all = with_words(&["system service"]);
    all.into_iter().find(|pid| parent(*pid) == Some(getpid()))
}
