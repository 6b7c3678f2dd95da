//! `imgtui build`: a line a step as it happens, a summary or a JSON object at the end.

use std::collections::HashMap;

use anyhow::{Context as _, bail};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{cancel_on_signal, engine, json, note, out};
use crate::{
    app::{
        Ground,
        session::{PUTTING_AWAY, fresh_stamp},
    },
    cli::{BuildArguments, Exit},
    context::{VirtualEdit, find_stamped_source, walk},
    domain::{
        build::Build,
        edit::{EditKind, replace_stamp},
        event::{BuildEvent, Outcome, RunEvent, StepKey, Subject, Trigger},
        ids::BuildId,
        record::BuildRecord,
        strategy::Strategy,
    },
    report,
    runner::{Order, Runner, ignore_rules},
};

/// Events that may wait to be printed.
const WAITING_EVENTS: usize = 1024;

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
    let exit = build_all(ground, &runner, &strategies, arguments, &cancel).await;
    let _ = tokio::time::timeout(PUTTING_AWAY, runner.engine.settle()).await;
    drop(runner);
    // It ends when the last sender is gone.
    printer.await??;
    exit
}

async fn build_all(
    ground: &Ground,
    runner: &Runner,
    strategies: &[&Strategy],
    arguments: &BuildArguments,
    cancel: &CancellationToken,
) -> anyhow::Result<Exit> {
    let mut exit = Exit::Ok;
    for strategy in strategies {
        let (edit, trigger) = match arguments.edit {
            None => (None, Trigger::Asked),
            Some(kind) => {
                let (edit, trigger) = prepare_edit(ground, strategy, kind.into())?;
                (Some(edit), trigger)
            }
        };
        let order = Order {
            strategy: (*strategy).clone(),
            trigger,
            edit,
            no_cache: arguments.no_cache,
        };
        match runner.build(&order, cancel).await.outcome {
            Outcome::Built => {}
            Outcome::Failed { .. } => exit = Exit::Failed,
            Outcome::Cancelled => return Ok(Exit::Cancelled),
        }
    }
    Ok(exit)
}

fn chosen<'a>(ground: &'a Ground, arguments: &BuildArguments) -> anyhow::Result<Vec<&'a Strategy>> {
    if arguments.all {
        let all = ground.catalog.strategies.iter();
        return Ok(all.filter(|one| !ground.app.leaves_out(&one.id)).collect());
    }
    let ids = arguments.ids.iter();
    ids.map(|id| Ok(ground.strategy(id)?)).collect()
}

/// The edit that is laid over the context, and how it is told.
pub(crate) fn prepare_edit(
    ground: &Ground,
    strategy: &Strategy,
    edit: EditKind,
) -> anyhow::Result<(VirtualEdit, Trigger)> {
    let context = walk(&ground.app.root, &ignore_rules(strategy))?;
    let Some((path, place)) = find_stamped_source(&context) else {
        bail!(
            "no source of {} holds a stamp; put `const STAMP: &str = \"imgtui:0000000000000000\";` into one",
            ground.app.root.display()
        );
    };
    let source = std::fs::read(ground.app.root.join(&path))
        .with_context(|| format!("{} cannot be read", path.display()))?;
    let bytes = match edit {
        EditKind::Touch => source,
        EditKind::Source => replace_stamp(&source, place, fresh_stamp()),
    };
    let trigger = Trigger::Edited {
        edit,
        file: path.clone(),
        line: Some(place.line),
    };
    Ok((VirtualEdit { path, bytes }, trigger))
}

/// What standard output gets.
#[derive(Debug, Clone, Copy)]
enum Form {
    /// Lines and summaries.
    Text,
    /// One object a build; the lines go to standard error.
    Json,
}

/// Prints what happens, in its order: builds as they begin, steps as they end, then the figures.
async fn print(mut events: mpsc::Receiver<RunEvent>, form: Form) -> anyhow::Result<()> {
    let mut builds: HashMap<BuildId, Build> = HashMap::new();
    let say = |text: &str| match form {
        Form::Text => out(text),
        Form::Json => note(text),
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
