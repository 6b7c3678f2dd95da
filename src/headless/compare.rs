//! `imgtui compare`: the same strategies on several engines, a build after the other, and one
//! table at the end.

use std::sync::Arc;

use serde::Serialize;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{
    build::{Form, WAITING_EVENTS, order, print},
    cancel_on_signal, engine, json, note, out,
};
use crate::{
    app::{EngineChoice, Ground, session::PUTTING_AWAY, session::fresh_stamp},
    cli::{CompareArguments, Exit},
    domain::{
        event::Outcome,
        side_by_side::{Cell, ComparedRow, CopiedChange, Invalidation},
        strategy::Strategy,
    },
    engine::Engine,
    report,
    runner::{Order, Runner, invalidation, push},
};

/// What `--json` prints.
#[derive(Serialize)]
struct Compared {
    rows: Vec<ComparedRow>,
    invalidations: Vec<Invalidation>,
}

pub(super) async fn compare(ground: &Ground, arguments: &CompareArguments) -> anyhow::Result<Exit> {
    let ids = arguments.ids.iter();
    let strategies: Vec<&Strategy> = ids
        .map(|id| ground.strategy(id))
        .collect::<Result<_, _>>()?;
    super::machine::restore_leftovers(ground);
    let cancel = cancel_on_signal();
    let (sender, events) = mpsc::channel(WAITING_EVENTS);
    let mut runners = Vec::new();
    for name in &arguments.engines {
        let place = Ground {
            engine: EngineChoice::parse(Some(name))?,
            ..ground.clone()
        };
        match engine(&place, &cancel).await {
            Ok(engine) => runners.push(ground.runner(engine, sender.clone())),
            Err(exit) => return Ok(exit),
        }
    }
    drop(sender);
    lend(&mut runners);
    let printer = tokio::spawn(print(events, Form::Quiet));
    let rows = compare_all(&runners, &strategies, arguments, &cancel).await;
    let invalidations = if cancel.is_cancelled() {
        Vec::new()
    } else {
        invalidations(&runners, &cancel).await
    };
    for runner in &runners {
        let _ = tokio::time::timeout(PUTTING_AWAY, runner.engine.settle()).await;
    }
    drop(runners);
    // It ends when the last sender is gone.
    printer.await??;
    let exit = if cancel.is_cancelled() {
        Exit::Cancelled
    } else {
        exit_of(&rows)
    };
    if arguments.json {
        json(&Compared {
            rows,
            invalidations,
        })?;
    } else {
        out(report::side_by_side(&rows, &invalidations).trim_end());
    }
    Ok(exit)
}

fn exit_of(rows: &[ComparedRow]) -> Exit {
    let mut records = rows
        .iter()
        .flat_map(|row| &row.cells)
        .filter_map(|cell| cell.record.as_ref());
    if records.all(|record| record.outcome == Outcome::Built && record.counts()) {
        Exit::Ok
    } else {
        Exit::Failed
    }
}

async fn compare_all(
    runners: &[Runner],
    strategies: &[&Strategy],
    arguments: &CompareArguments,
    cancel: &CancellationToken,
) -> Vec<ComparedRow> {
    let mut rows = Vec::new();
    for strategy in strategies {
        // The same edit on each.
        let order = order(strategy, &arguments.how);
        let mut cells = Vec::new();
        for runner in runners {
            if cancel.is_cancelled() {
                break;
            }
            cells.push(cell(runner, &order, cancel).await);
        }
        rows.push(ComparedRow {
            strategy: strategy.id.clone(),
            cells,
        });
    }
    rows
}

/// Each engine takes over the bases that another one has.
fn lend(runners: &mut [Runner]) {
    let engines: Vec<Arc<dyn Engine>> = runners.iter().map(|one| Arc::clone(&one.engine)).collect();
    for (place, runner) in runners.iter_mut().enumerate() {
        let others = engines
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != place);
        runner.lenders = others.map(|(_, engine)| Arc::clone(engine)).collect();
    }
}

async fn cell(runner: &Runner, order: &Order, cancel: &CancellationToken) -> Cell {
    let engine = runner.engine.info().clone();
    if let Some(reason) = runner.unavailable(&order.strategy).await {
        return Cell {
            engine,
            record: None,
            unavailable: Some(reason),
            image: None,
        };
    }
    note(&format!("{} on {engine}", order.strategy.id));
    let record = runner.build(order, cancel).await;
    let image = match &record.image {
        Some(image) => push::image_bytes(runner, image).await,
        None => None,
    };
    Cell {
        engine,
        record: Some(record),
        unavailable: None,
        image,
    }
}

async fn invalidations(runners: &[Runner], cancel: &CancellationToken) -> Vec<Invalidation> {
    let mut found = Vec::new();
    for change in CopiedChange::ALL {
        let mut hits = Vec::new();
        for runner in runners {
            let content = fresh_stamp().to_string();
            let hit = invalidation::hits(runner.engine.as_ref(), change, &content, cancel).await;
            hits.push(hit.ok());
        }
        found.push(Invalidation { change, hits });
    }
    found
}
