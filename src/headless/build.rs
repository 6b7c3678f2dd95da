//! `imgtui build`: a line a step as it happens, a summary or a JSON object at the end.

use std::collections::HashMap;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{cancel_on_signal, engine, json, note, out};
use crate::{
    app::{
        Ground,
        session::{PUTTING_AWAY, fresh_stamp},
    },
    cli::{BuildArguments, EditArgument, Exit, HowArguments},
    domain::{
        build::Build,
        event::{BuildEvent, Outcome, RunEvent, StepKey, Subject},
        ids::BuildId,
        purpose::Purpose,
        record::BuildRecord,
        shared_cache::SharedCache,
        strategy::Strategy,
    },
    report,
    runner::{Gate, Order, Runner, stamp::Change},
};

/// Events that may wait to be printed.
pub(super) const WAITING_EVENTS: usize = 1024;

pub(super) async fn build(ground: &Ground, arguments: &BuildArguments) -> anyhow::Result<Exit> {
    let strategies = chosen(ground, arguments)?;
    super::machine::restore_leftovers(ground);
    let cancel = cancel_on_signal();
    let engine = match engine(ground, &cancel).await {
        Ok(engine) => engine,
        Err(exit) => return Ok(exit),
    };
    let (sender, events) = mpsc::channel(WAITING_EVENTS);
    let form = if arguments.json {
        Form::Json
    } else {
        Form::Text
    };
    let printer = tokio::spawn(print(events, form));
    let runner = ground.runner(engine, sender);
    let exit = build_all(&runner, &strategies, arguments, &cancel).await;
    let _ = tokio::time::timeout(PUTTING_AWAY, runner.engine.settle()).await;
    drop(runner);
    // It ends when the last sender is gone.
    printer.await??;
    exit
}

async fn build_all(
    runner: &Runner,
    strategies: &[&Strategy],
    arguments: &BuildArguments,
    cancel: &CancellationToken,
) -> anyhow::Result<Exit> {
    let mut exit = Exit::Ok;
    for strategy in strategies {
        // Whoever names a strategy wants to know why it fails; `--all` means all that can be.
        if let Some(reason) = unavailable(runner, strategy, arguments.all).await {
            note(&format!("{} not available: {reason}", strategy.id));
            continue;
        }
        let mut order = order(strategy, &arguments.how);
        if arguments.why_cargo {
            order.purpose = Purpose::Look;
        }
        let record = runner.build(&order, cancel).await;
        match record.outcome {
            Outcome::Built if record.counts() && record.is_shared_as_asked() => {}
            Outcome::Built | Outcome::Failed { .. } => exit = Exit::Failed,
            Outcome::Cancelled => return Ok(Exit::Cancelled),
        }
    }
    Ok(exit)
}

async fn unavailable(runner: &Runner, strategy: &Strategy, all: bool) -> Option<String> {
    if all {
        runner.unavailable(strategy).await
    } else {
        None
    }
}

/// What `--edit` changes.
fn change(edit: Option<EditArgument>) -> Change {
    match edit {
        None => Change::Nothing,
        Some(EditArgument::Touch) => Change::Touch,
        Some(EditArgument::Source) => Change::Stamp(fresh_stamp()),
    }
}

/// A build as the arguments want it.
pub(super) fn order(strategy: &Strategy, how: &HowArguments) -> Order {
    Order {
        change: change(how.edit),
        file: how.edit_file.clone(),
        no_cache: how.no_cache,
        shared_cache: SharedCache {
            from: how.cache_from.clone(),
            to: how.cache_to.clone(),
        },
        gate: if how.no_verify {
            Gate::Open
        } else {
            Gate::Closed
        },
        ..Order::of(strategy.clone())
    }
}

fn chosen<'a>(ground: &'a Ground, arguments: &BuildArguments) -> anyhow::Result<Vec<&'a Strategy>> {
    if arguments.all {
        return Ok(ground.catalog.strategies.iter().collect());
    }
    let ids = arguments.ids.iter();
    ids.map(|id| Ok(ground.strategy(id)?)).collect()
}

/// What standard output gets.
#[derive(Debug, Clone, Copy)]
pub(super) enum Form {
    /// Lines and summaries.
    Text,
    /// One object a build; the lines go to standard error.
    Json,
    /// Nothing: the lines go to standard error.
    Quiet,
}

/// Prints what happens, in its order: builds as they begin, steps as they end, then the figures.
pub(super) async fn print(mut events: mpsc::Receiver<RunEvent>, form: Form) -> anyhow::Result<()> {
    let mut builds: HashMap<BuildId, Build> = HashMap::new();
    let say = |text: &str| match form {
        Form::Text => out(text),
        Form::Json | Form::Quiet => note(text),
    };
    while let Some(event) = events.recv().await {
        match event {
            RunEvent::BuildStarted {
                build,
                subject,
                log,
                ..
            } => {
                builds.insert(build, Build::new(LAST_LINES));
                say(&format!("{subject} {build}   log: {}", log.display()));
            }
            RunEvent::BuildProgressed { build, at, event } => {
                let Some(fold) = builds.get_mut(&build) else {
                    continue;
                };
                fold.apply(at, &event);
                for line in lines_of(fold, &event) {
                    say(&line);
                }
            }
            RunEvent::BuildRecorded { build, record } => {
                builds.remove(&build);
                let asked_for =
                    |record: &BuildRecord| matches!(record.subject, Subject::Strategy(_));
                if let Some(record) = record.filter(|record| asked_for(record)) {
                    print_record(&record, form)?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn print_record(record: &BuildRecord, form: Form) -> anyhow::Result<()> {
    match form {
        Form::Text => out(report::summary(record).trim_end()),
        Form::Json => json(record)?,
        Form::Quiet => note(report::summary(record).trim_end()),
    }
    Ok(())
}

/// Lines of output that are shown when a step fails.
const LAST_LINES: usize = 25;

fn lines_of(fold: &Build, event: &BuildEvent) -> Vec<String> {
    match event {
        BuildEvent::StepCached { step } | BuildEvent::StepRan { step } => {
            step_line(fold, *step).into_iter().collect()
        }
        // Pulls and bases come before the first step; behind the last one engines only repeat
        // the image's name.
        BuildEvent::Output { step: None, line } if !has_begun(fold) => vec![format!("  {line}")],
        BuildEvent::Ended { outcome } if *outcome != Outcome::Built => {
            let failed = fold.steps().find(|(_, step)| {
                use crate::domain::build::StepStatus::{Cancelled, Failed};
                matches!(step.status, Failed | Cancelled)
            });
            let Some((key, _)) = failed else {
                return Vec::new();
            };
            let output = fold.log.iter().filter(|line| line.step == Some(key));
            let mut lines: Vec<String> = output.map(|line| format!("  | {}", line.text)).collect();
            lines.extend(step_line(fold, key));
            lines
        }
        _ => Vec::new(),
    }
}

fn has_begun(fold: &Build) -> bool {
    fold.steps().any(|(_, step)| step.started.is_some())
}

fn step_line(fold: &Build, key: StepKey) -> Option<String> {
    let records = fold.step_records();
    let name = &fold.stages.get(key.stage)?.name;
    let found = records
        .iter()
        .find(|record| record.index == key.index && record.stage == *name)?;
    Some(format!("  {}", report::step_line(found)))
}
