//! `imgtui history`: builds of the past, two of them side by side, and those of other machines.

use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;

use super::{json, note, out};
use crate::{
    app::{EngineChoice, Ground},
    cli::{Build, Exit, HistoryArguments, HistoryCommand},
    domain::{
        bench::Prior,
        event::Subject,
        history::{Difference, PastBuild, Trend, priors, trends, what_changed},
        ids::StrategyId,
    },
    engine::docker::Builder,
    report::history as report,
    store::{Filter, Whose},
};

pub(super) async fn history(ground: &Ground, arguments: &HistoryArguments) -> anyhow::Result<Exit> {
    if arguments.command.is_some() && arguments.has_filter() {
        note("options of the list stand before `diff`, `export` or `import`: leave them out");
        return Ok(Exit::Usage);
    }
    match &arguments.command {
        None => list(ground, arguments).await,
        Some(HistoryCommand::Diff { a, b, json }) => diff(ground, *a, *b, *json),
        Some(HistoryCommand::Export { file }) => export(ground, file),
        Some(HistoryCommand::Import {
            file,
            machine,
            json,
        }) => import(ground, file, machine.as_deref(), *json),
    }
}

/// A row of the list.
#[derive(Serialize)]
struct Listed<'a> {
    scenario: Option<Prior>,
    changed: String,
    #[serde(flatten)]
    past: &'a PastBuild,
}

#[derive(Serialize)]
struct Printed<'a> {
    builds: Vec<Listed<'a>>,
    trends: Vec<Trend>,
}

async fn list(ground: &Ground, arguments: &HistoryArguments) -> anyhow::Result<Exit> {
    let engine = match kind(ground).await {
        Ok(engine) => engine,
        Err(exit) => return Ok(exit),
    };
    let whose = match &arguments.machine {
        _ if arguments.all_machines => Whose::Everybody,
        Some(name) => Whose::Named(name.clone()),
        None => Whose::Own,
    };
    let app = (!arguments.all_apps).then(|| ground.app.root.clone());
    let filter = Filter {
        // The folders of other machines are not those of this one.
        app: app.clone().filter(|_| whose == Whose::Own),
        whose,
        strategy: arguments.strategy.clone().map(StrategyId),
        engine,
    };
    let mut found = ground.state.history().query(&filter)?;
    found.retain(|past| {
        is_wanted(past, arguments) && app.as_deref().is_none_or(|app| is_of(past, app))
    });
    // A build is judged by those before it, so the rest is left out after that.
    let priors = priors(&found);
    let shown = newest(found.into_iter().zip(priors), arguments)?;
    let (builds, priors): (Vec<PastBuild>, Vec<Option<Prior>>) = shown.into_iter().unzip();
    let trends = trends(&builds, &priors);
    if arguments.json {
        json(&printed(&builds, &priors, trends))?;
    } else if builds.is_empty() {
        note("no build of the past fits: `imgtui history --all-apps --all-machines` lists all");
    } else {
        out(report::list(&builds, &priors, &trends, arguments.all_apps).trim_end());
    }
    Ok(Exit::Ok)
}

fn printed<'a>(
    builds: &'a [PastBuild],
    priors: &[Option<Prior>],
    trends: Vec<Trend>,
) -> Printed<'a> {
    let rows = builds.iter().zip(priors).map(|(past, prior)| Listed {
        scenario: *prior,
        changed: what_changed(&past.record, *prior),
        past,
    });
    Printed {
        builds: rows.collect(),
        trends,
    }
}

/// Bases are of interest to who asks for one.
fn is_wanted(past: &PastBuild, arguments: &HistoryArguments) -> bool {
    match &past.record.subject {
        Subject::Strategy(_) => true,
        Subject::Base(_) => arguments.strategy.is_some(),
        Subject::Sharing(_) | Subject::Setup => false,
    }
}

/// On another machine the app is what stands in a folder of the same name.
fn is_of(past: &PastBuild, app: &Path) -> bool {
    past.record.app == app
        || (!past.machine.is_own && past.record.app.file_name() == app.file_name())
}

fn newest(
    builds: impl Iterator<Item = (PastBuild, Option<Prior>)>,
    arguments: &HistoryArguments,
) -> anyhow::Result<Vec<(PastBuild, Option<Prior>)>> {
    let since = match arguments.since {
        None => None,
        Some(since) => {
            let moment = since.moment(Timestamp::now());
            Some(moment.ok_or_else(|| anyhow::anyhow!("--since: no calendar goes back so far"))?)
        }
    };
    let started = |past: &PastBuild| past.record.started.parse::<Timestamp>().ok();
    let mut shown: Vec<_> = builds
        .filter(|(past, prior)| {
            let in_time = since.is_none_or(|since| started(past).is_some_and(|at| at >= since));
            in_time
                && arguments
                    .scenario
                    .is_none_or(|wanted| *prior == Some(wanted))
        })
        .collect();
    // What was imported came later than it was built.
    shown.sort_by_key(|(past, _)| started(past));
    let most = usize::try_from(arguments.limit).unwrap_or(usize::MAX);
    let older = shown.len().saturating_sub(most);
    Ok(shown.split_off(older))
}

/// The kind of engine that was named, without a connection where that can be.
pub(super) async fn kind(ground: &Ground) -> Result<Option<String>, Exit> {
    let kind = match &ground.engine {
        EngineChoice::Any => return Ok(None),
        EngineChoice::Podman => "podman",
        EngineChoice::Docker(None) => "docker",
        EngineChoice::Docker(Some(Builder::Classic)) => "docker-classic",
        EngineChoice::Docker(Some(Builder::BuildKit)) => "docker-buildkit",
        EngineChoice::At(..) | EngineChoice::Named(..) => match ground.connect().await {
            Ok(engine) => return Ok(Some(engine.info().kind.clone())),
            Err(error) => {
                note(&error.to_string());
                return Err(Exit::NoEngine);
            }
        },
    };
    Ok(Some(kind.to_owned()))
}

fn diff(ground: &Ground, a: Build, b: Build, as_json: bool) -> anyhow::Result<Exit> {
    let difference = Difference::of(&build(ground, a)?, &build(ground, b)?);
    if as_json {
        json(&difference)?;
    } else {
        out(report::difference(&difference).trim_end());
    }
    Ok(Exit::Ok)
}

/// `latest` is the newest one of this app by a strategy.
fn build(ground: &Ground, wanted: Build) -> anyhow::Result<PastBuild> {
    let history = ground.state.history();
    let (found, name) = match wanted {
        Build::Number(id) => (history.build(id)?, format!("build {id}")),
        Build::Latest(back) => {
            let filter = Filter {
                app: Some(ground.app.root.clone()),
                ..Filter::default()
            };
            let builds = history.query(&filter)?.into_iter().rev();
            let mut ours =
                builds.filter(|past| matches!(past.record.subject, Subject::Strategy(_)));
            (ours.nth(back), format!("build latest~{back}"))
        }
    };
    found.ok_or_else(|| {
        anyhow::anyhow!("there is no {name} in the history: `imgtui history` lists what there is")
    })
}

fn export(ground: &Ground, file: &Path) -> anyhow::Result<Exit> {
    let written = ground.state.history().export(file)?;
    note(&format!(
        "{} builds and {} runs of benchmarks in {}",
        written.builds,
        written.runs,
        file.display()
    ));
    Ok(Exit::Ok)
}

fn import(
    ground: &Ground,
    file: &Path,
    machine: Option<&str>,
    as_json: bool,
) -> anyhow::Result<Exit> {
    let imported = ground.state.history().import(file, machine)?;
    if as_json {
        json(&imported)?;
        return Ok(Exit::Ok);
    }
    let name = crate::parse::terminal::plain(&imported.machine);
    if imported.is_own {
        note("the file is of this machine: all of it is here already, and nothing was added");
        return Ok(Exit::Ok);
    }
    let counts = [
        (imported.builds, "builds"),
        (imported.runs, "runs of benchmarks"),
        (imported.known, "that were there already"),
    ];
    let counts: Vec<String> = counts.map(|(count, what)| format!("{count} {what}")).into();
    note(&format!("from {name}: {}", counts.join(", ")));
    note(&format!("`imgtui history --machine '{name}'` lists them"));
    Ok(Exit::Ok)
}
