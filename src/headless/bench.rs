//! `imgtui bench`: a line a run, the figures at the end, files kept up to date in between.

mod choice;
mod export;
mod github;
mod plan;
mod rules;

use std::collections::BTreeMap;

use anyhow::Context as _;
use tokio::sync::mpsc;

use self::{
    choice::{Choice, enough, gate},
    export::Exports,
    plan::plan,
    rules::{exit, tell, unavailable},
};
use super::{build::WAITING_EVENTS, cancel_on_signal, engine, note, out};
use crate::{
    app::{
        Ground,
        benches::{Opened, open},
        fresh::Fresh,
        session::PUTTING_AWAY,
    },
    cli::{BenchArguments, Exit},
    domain::{
        bench::{BenchEvent, BenchRun, Ending, Progress, Protocol},
        rules::{Gate, Judged, Measured},
        text,
    },
    report::bench::Bench as Report,
    runner::bench::Bench,
};

pub(super) async fn bench(ground: &Ground, arguments: &BenchArguments) -> anyhow::Result<Exit> {
    let exports = match Exports::of(&arguments.export) {
        Ok(exports) => exports,
        Err(fault) => return Ok(usage(&fault)),
    };
    let settings = &ground.app.settings.bench;
    let plan = plan(ground, arguments, &Choice::of(arguments, settings))?;
    let gate = match gate(&arguments.rules, settings, &plan) {
        Ok(gate) => gate,
        Err(fault) => return Ok(usage(&fault)),
    };
    super::machine::restore_leftovers(ground);
    let cancel = cancel_on_signal();
    let engine = match engine(ground, &cancel).await {
        Ok(engine) => engine,
        Err(exit) => return Ok(exit),
    };
    let Opened {
        header,
        earlier,
        file,
    } = open(ground, plan, engine.info(), arguments.resume)?;
    if arguments.resume {
        note(&format!("{} runs are there already", earlier.len()));
    }
    note(&format!(
        "{} strategies × {} scenarios, seed {}, kept in {}",
        header.plan.strategies.len(),
        header.plan.priors.len(),
        header.plan.seed,
        file.path.display()
    ));
    let (sender, mut told) = mpsc::channel(WAITING_EVENTS);
    let quiet = tokio::spawn(async move { while told.recv().await.is_some() {} });
    let fresh = Fresh::like(ground, engine.as_ref());
    let runner = ground.runner(engine, sender);
    let (events, happened) = mpsc::channel(WAITING_EVENTS);
    // Nobody asks for anything on the way.
    let (_, commands) = mpsc::channel(1);
    let bench = Bench {
        runner: &runner,
        header,
        enough: enough(arguments, settings, gate.clone()),
        patience: arguments.patience.0,
        earlier,
        file,
        commands,
        fresh: &fresh,
        events,
        cancel: cancel.clone(),
    };
    let (ended, followed) =
        tokio::join!(bench.perform(), follow(ground, &exports, &gate, happened));
    let _ = tokio::time::timeout(PUTTING_AWAY, runner.engine.settle()).await;
    let missing = match &ended {
        Ok(progress) => unavailable(&runner, progress).await,
        Err(_) => BTreeMap::new(),
    };
    drop(runner);
    quiet.await?;
    followed?;
    let progress = ended.context("a run could not be kept")?;
    let judged = gate.judged(&Measured::of(&progress).without(&missing));
    let report = report(ground, &progress, &judged);
    let exit = conclude(arguments, &gate, &progress, &report)?;
    exports.write(&report)?;
    Ok(exit)
}

fn usage(fault: &str) -> Exit {
    note(fault);
    Exit::Usage
}

/// The figures, what is said of the rules, and how it ends.
fn conclude(
    arguments: &BenchArguments,
    gate: &Gate,
    progress: &Progress,
    report: &Report<'_>,
) -> anyhow::Result<Exit> {
    show(arguments, report)?;
    tell(gate, report);
    if progress.ending == Some(Ending::Cancelled) {
        note("broken off: `--resume` goes on");
    }
    Ok(exit(progress, &report.judged.rules, arguments.rules.strict))
}

/// Prints what happens, and keeps the exported files up to date. When that fails the benchmark
/// ends: nobody listens any more.
async fn follow(
    ground: &Ground,
    exports: &Exports,
    gate: &Gate,
    mut events: mpsc::Receiver<BenchEvent>,
) -> anyhow::Result<()> {
    let mut progress: Option<Progress> = None;
    while let Some(event) = events.recv().await {
        let Some(progress) = &mut progress else {
            progress = Progress::begun(&event);
            continue;
        };
        progress.apply(&event);
        if let Some(line) = line(progress, &event) {
            note(&line);
        }
        if matches!(event, BenchEvent::RunEnded(_)) {
            let judged = gate.judged(&Measured::of(progress));
            exports.write(&report(ground, progress, &judged))?;
        }
    }
    Ok(())
}

fn report<'a>(ground: &'a Ground, progress: &'a Progress, judged: &'a Judged) -> Report<'a> {
    Report {
        header: &progress.header,
        runs: &progress.runs,
        strategies: &ground.catalog.strategies,
        judged,
        left_out: &progress.left_out,
    }
}

/// What is printed of an event, after it was taken in.
fn line(progress: &Progress, event: &BenchEvent) -> Option<String> {
    let plan = &progress.header.plan;
    Some(match event {
        BenchEvent::WarmingUp { place } => format!("warming up: {}", plan.name(*place)),
        BenchEvent::RunBegan { cell, round, .. } => {
            let left = progress.left().map_or_else(String::new, |left| {
                format!(", about {} left", text::seconds(left))
            });
            format!(
                "{}/{}{left}: round {}, {} after {}",
                progress.done() + 1,
                progress.planned(),
                round + 1,
                plan.name(cell.place),
                cell.prior
            )
        }
        BenchEvent::Waiting { busy } => {
            let busy = busy * 100.0;
            format!("    waits: other programs use {busy:.0} % of the processors")
        }
        BenchEvent::RunEnded(run) => told(run),
        BenchEvent::LeftOut { cell, why } => {
            let first = why.lines().next().unwrap_or_default();
            let name = plan.name(cell.place);
            format!("left out: {name} after {}: {first}", cell.prior)
        }
        BenchEvent::Ended(Ending::Budget) => {
            "the time is spent: another round would not end within --budget".to_owned()
        }
        _ => return None,
    })
}

fn told(run: &BenchRun) -> String {
    let record = &run.record;
    let (cached, steps) = record.cached_of();
    let verdict = record.verdict.as_ref().map_or("", |verdict| verdict.word());
    let compiled = run.compiled.map_or_else(String::new, |count| match count {
        1 => ", 1 crate compiled".to_owned(),
        count => format!(", {count} crates compiled"),
    });
    let noisy = if run.is_noisy() { ", noisy" } else { "" };
    format!(
        "    {:.2} s, {cached}/{steps} cached{compiled}{noisy} {verdict} ({})",
        record.wall_s, run.change
    )
}

fn show(arguments: &BenchArguments, report: &Report<'_>) -> anyhow::Result<()> {
    if arguments.json {
        out(&report.json()?);
        return Ok(());
    }
    let text = match report.header.plan.protocol {
        Protocol::Article => report.article(),
        Protocol::Interleaved => report.text(),
    };
    out(text.trim_end());
    let rules = crate::report::rules::text(report.judged);
    if !rules.is_empty() {
        out(rules.trim_end());
    }
    Ok(())
}
