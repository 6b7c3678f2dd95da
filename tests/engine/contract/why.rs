//! Changes of all kinds: what is foretold of each step, what the engine did, and what is said of it.
//!
//! Changes that do not touch each other are made together: each has a folder of the app and steps of
//! its own, mostly in a stage of its own, and is judged by those. What is foretold is what
//! `imgtui predict --ask` says before the build is begun. Of a result that BuildKit lost it cannot know:
//! there what the build itself expected counts, which saw the step run. A table of all changes is
//! printed. What is sure and wrong fails the case whatever the share.

mod behind;
mod changes;
mod recipes;
mod scene;
mod seen;
mod site;

use anyhow::{Context as _, ensure};

use self::{
    behind::Trial,
    scene::{Group, Scene},
    seen::{Prediction, Seen, Table},
};
use super::Contract;
use crate::Done;

/// What must hold over all changes.
const CHANGES: usize = 40;
const FORETOLD: f64 = 0.98;
const NAMED: f64 = 0.95;

pub(super) fn explained(contract: &Contract<'_>) -> Done {
    let scene = Scene::set(contract)?;
    let mut table = Table::default();
    let tried = all_tried(&scene, &mut table);
    let total = table.told(contract.facts.name, scene.took());
    tried?;
    let wrong = table.sure_and_wrong();
    ensure!(wrong.is_empty(), "sure and wrong: {wrong:#?}");
    ensure!(total.changes >= CHANGES, "only {} changes", total.changes);
    let foretold = total.foretold_share();
    ensure!(
        foretold >= FORETOLD,
        "only {foretold:.3} of the steps came as foretold"
    );
    let named = total.named_share();
    ensure!(named >= NAMED, "only {named:.3} of the causes were named");
    Ok(())
}

/// Makes what does not touch each other together, and builds once for all of it.
fn all_tried(scene: &Scene<'_>, table: &mut Table) -> Done {
    let [quiet, hit, ran, rewritten] = &scene.groups;
    tried(scene, Some(quiet), behind::FIRST, table)?;
    tried(scene, Some(hit), behind::SECOND, table)?;
    tried(scene, Some(ran), behind::THIRD, table)?;
    tried(scene, Some(rewritten), &[], table)?;
    for trials in behind::LAST {
        tried(scene, None, trials, table)?;
    }
    Ok(())
}

fn tried(scene: &Scene<'_>, group: Option<&Group>, trials: &[Trial], table: &mut Table) -> Done {
    for site in group.iter().flat_map(|group| &group.sites) {
        (site.change.make)(site)?;
    }
    if let Some(group) = group {
        scene.write_dockerfile(group)?;
    }
    for trial in trials {
        (trial.make)(scene)?;
    }
    let group_first = group.iter().map(|group| group.strategy);
    let strategies: Vec<&str> = group_first
        .chain(trials.iter().map(|trial| trial.strategy))
        .collect();
    let prediction = Prediction::ask(&scene.room, &strategies)?;
    let records = scene.build(&strategies)?;
    for (strategy, record) in strategies.iter().zip(&records) {
        ensure!(record.strategy == *strategy, "{record:?}");
        let steps = prediction.beside(record)?;
        if let Some(group) = group.filter(|group| group.strategy == *strategy) {
            group_judged(group, &steps, table)?;
        } else {
            let trial = trials.iter().find(|trial| trial.strategy == *strategy);
            let trial = trial.context("nobody asked for it")?;
            table.add(trial.wanted(scene.kind).judge(steps.iter())?);
        }
    }
    Ok(())
}

/// Each change by its own steps; what is left takes all of them together.
fn group_judged(group: &Group, steps: &[Seen<'_>], table: &mut Table) -> Done {
    for site in &group.sites {
        let own = steps.iter().filter(|one| site.has(one.step));
        table.add(site.wanted().judge(own)?);
    }
    let is_free = |one: &&Seen<'_>| !group.sites.iter().any(|site| site.has(one.step));
    let rest = steps.iter().filter(is_free);
    table.add_rest(&format!("{}: the rest", group.strategy), rest);
    Ok(())
}
