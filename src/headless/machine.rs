//! `imgtui doctor`, `setup`, `restore`, `clean`: the machine around the builds.

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{cancel_on_signal, engine, json, note, out};
use crate::{
    app::{Ground, machine},
    cli::Exit,
    domain::{
        check::Checklist,
        event::{BuildEvent, Outcome},
        ids::ImageId,
    },
    engine::{Engine, MadeImage},
    parse::terminal::plain,
    report,
    runner::names,
    source::{SourceEdits, SourceError},
};

pub(super) async fn doctor(ground: &Ground, as_json: bool) -> anyhow::Result<Exit> {
    let list = machine::examine(ground).await;
    if as_json {
        json(&list)?;
    } else {
        out(report::checklist(&list).trim_end());
    }
    Ok(if list.is_ready() {
        Exit::Ok
    } else {
        Exit::Failed
    })
}

pub(super) async fn setup(ground: &Ground) -> anyhow::Result<Exit> {
    let cancel = cancel_on_signal();
    if !ground.yes {
        let list = machine::examine(ground).await;
        out(report::checklist(&list).trim_end());
        out(&before_setup(&list));
        return Ok(if list.is_ready() {
            Exit::Ok
        } else {
            Exit::Failed
        });
    }
    let done = set_up(ground, &cancel).await;
    Ok(match (done, cancel.is_cancelled()) {
        (_, true) => Exit::Cancelled,
        (true, _) => Exit::Ok,
        (false, _) => Exit::NoEngine,
    })
}

fn before_setup(list: &Checklist) -> String {
    match (list.commands().len(), list.is_ready()) {
        (0, true) => "nothing to do".into(),
        (0, false) => "nothing that imgtui can do by itself; see above".into(),
        (_, _) => "`imgtui setup --yes` runs the commands above".into(),
    }
}

/// Does what is missing; lines go to standard error. Whether the machine is ready then.
pub(super) async fn set_up(ground: &Ground, cancel: &CancellationToken) -> bool {
    let (sender, mut events) = mpsc::channel(256);
    let printer = tokio::spawn(async move {
        while let Some(event) = events.recv().await {
            match event {
                BuildEvent::StepStarted { instruction, .. } => note(&format!("» {instruction}")),
                BuildEvent::Output { line, .. } => note(&format!("  {line}")),
                BuildEvent::Ended {
                    outcome: Outcome::Failed { message },
                } => note(&message),
                _ => {}
            }
        }
    });
    let ready = machine::set_up(ground, sender, cancel).await;
    let _ = printer.await;
    ready
}

/// Puts back what an imgtui that was killed left in the sources: a build must not take its edit
/// for the user's. While another imgtui has the sources open, its edits are meant.
pub(super) fn restore_leftovers(ground: &Ground) {
    let mut edits = match SourceEdits::open(ground.state.path(), &ground.app.root) {
        Ok(edits) => edits,
        Err(SourceError::Busy { .. }) => return,
        Err(error) => return note(&error.to_string()),
    };
    if edits.pending().is_empty() {
        return;
    }
    match edits.restore() {
        Ok(report) => {
            for file in &report.restored {
                note(&format!(
                    "restored {} after an edit of imgtui's",
                    file.display()
                ));
            }
            for kept in &report.kept {
                note(&format!("left alone {}", plain(&kept.to_string())));
            }
        }
        Err(error) => note(&error.to_string()),
    }
}

pub(super) fn restore(ground: &Ground) -> anyhow::Result<Exit> {
    let mut edits = SourceEdits::open(ground.state.path(), &ground.app.root)?;
    let report = edits.restore()?;
    for file in &report.restored {
        out(&format!("restored {}", file.display()));
    }
    for kept in &report.kept {
        out(&format!("left alone {}", plain(&kept.to_string())));
    }
    if report.restored.is_empty() && report.kept.is_empty() {
        out("nothing to restore: no edit of imgtui's is on the disk");
    }
    Ok(if report.kept.is_empty() {
        Exit::Ok
    } else {
        Exit::Failed
    })
}

pub(super) async fn clean(ground: &Ground, bases: bool) -> anyhow::Result<Exit> {
    let cancel = cancel_on_signal();
    let engine = match engine(ground, &cancel).await {
        Ok(engine) => engine,
        Err(exit) => return Ok(exit),
    };
    let made = engine.made().await?;
    for container in &made.containers {
        engine.stop(container).await?;
        out(&format!(
            "removed container {}",
            container.get(..12).unwrap_or(container)
        ));
    }
    let records = ground.state.history().load()?;
    let is_known = |image: &MadeImage| {
        let built = records.iter().filter_map(|record| record.image.as_ref());
        built.into_iter().any(|known| known.id.is_same(&image.id))
    };
    let mut freed = 0;
    for image in &made.images {
        // Somebody's image that is based on one of ours has its label too.
        if image.names.is_empty() && !is_known(image) {
            continue;
        }
        let is_base = image.names.iter().any(|name| names::is_base(name));
        if is_base && !bases {
            continue;
        }
        freed += remove(engine.as_ref(), &image.id, &image.names).await;
    }
    freed += remove_results(ground, engine.as_ref(), bases).await?;
    out(&format!("{freed} images removed"));
    Ok(Exit::Ok)
}

/// Removes by name where there are names, so that an image that somebody tagged stays.
async fn remove(engine: &dyn Engine, id: &ImageId, names: &[String]) -> usize {
    let targets = if names.is_empty() {
        vec![id.0.clone()]
    } else {
        let ours = names
            .iter()
            .filter(|name| name.starts_with("localhost/imgtui"));
        ours.cloned().collect()
    };
    let mut removed = 0;
    for target in targets {
        match engine.remove_image(&target).await {
            Ok(()) => {
                removed += 1;
                let name = if target == id.0 { id.short() } else { &target };
                out(&format!("removed image {name}"));
            }
            Err(error) => note(&format!("kept {target}: {error}")),
        }
    }
    removed
}

/// Removes the intermediate images that our builds made: they carry no label, but our history
/// names them.
async fn remove_results(
    ground: &Ground,
    engine: &dyn Engine,
    bases: bool,
) -> anyhow::Result<usize> {
    use crate::domain::{build::StepStatus, event::Subject};
    let mut removed = 0;
    for record in ground.state.history().load()?.iter().rev() {
        if matches!(record.subject, Subject::Base(_)) && !bases {
            continue;
        }
        let ran = record
            .steps
            .iter()
            .rev()
            .filter(|step| step.status == StepStatus::Ran);
        for image in ran.filter_map(|step| step.image.as_ref()) {
            let there = engine.image(&image.0).await?.is_some();
            if there && engine.remove_image(&image.0).await.is_ok() {
                removed += 1;
            }
        }
    }
    if removed > 0 {
        out(&format!("removed {removed} cached steps"));
    }
    Ok(removed)
}
