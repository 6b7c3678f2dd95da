//! `imgtui bench`: a line a run, the figures at the end, files kept up to date in between.

use std::{
    fs, io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, bail};
use tokio::sync::mpsc;

use super::{build::WAITING_EVENTS, cancel_on_signal, engine, json, note, out};
use crate::{
    app::{Ground, session::PUTTING_AWAY, session::fresh_stamp},
    cli::{BenchArguments, Exit, ProtocolArgument, Scenarios},
    domain::{
        bench::{
            BENCH_SCHEMA, BenchHeader, BenchRun, CellResult, Enough, Plan, Prior, Protocol, results,
        },
        ids::StrategyId,
        record::EngineInfo,
        text,
    },
    report::bench::Bench as Report,
    runner::bench::{Bench, BenchEvent},
    store::benches::{BenchFile, Kept},
};

/// The article's rows are the strategies of this group.
const ARTICLE_GROUP: &str = "image";
/// Rounds that an adaptive benchmark makes at least: with fewer no difference can be seen.
const FEWEST_ROUNDS: u32 = 4;
/// More do not make an interval much narrower.
const MOST_ROUNDS: u32 = 30;

pub(super) async fn bench(ground: &Ground, arguments: &BenchArguments) -> anyhow::Result<Exit> {
    for file in &arguments.export {
        Form::of(file)?;
    }
    let plan = plan(ground, arguments)?;
    super::machine::restore_leftovers(ground);
    let cancel = cancel_on_signal();
    let engine = match engine(ground, &cancel).await {
        Ok(engine) => engine,
        Err(exit) => return Ok(exit),
    };
    let (header, earlier, file) = open(ground, arguments, plan, engine.info())?;
    let (sender, mut events) = mpsc::channel(WAITING_EVENTS);
    let quiet = tokio::spawn(async move { while events.recv().await.is_some() {} });
    let runner = ground.runner(engine, sender);
    let mut keeper = Keeper {
        ground,
        header: &header,
        export: &arguments.export,
        file,
        runs: earlier.clone(),
    };
    note(&format!(
        "{} strategies × {} scenarios, seed {}, kept in {}",
        header.plan.strategies.len(),
        header.plan.priors.len(),
        header.plan.seed,
        keeper.file.path.display()
    ));
    let bench = Bench::new(&runner, &header, enough(arguments), earlier, &cancel);
    let runs = bench.perform(|event| keeper.take(&event)).await;
    let _ = tokio::time::timeout(PUTTING_AWAY, runner.engine.settle()).await;
    drop(runner);
    quiet.await?;
    let runs = runs.context("a run could not be kept")?;
    show(ground, arguments, &header, &runs)?;
    if cancel.is_cancelled() {
        note("broken off: `--resume` goes on");
        return Ok(Exit::Cancelled);
    }
    let found = results(&header.plan, &runs);
    let is_faulty = |result: &CellResult| !result.faults.is_empty();
    Ok(if found.iter().any(is_faulty) {
        Exit::Failed
    } else {
        Exit::Ok
    })
}

fn plan(ground: &Ground, arguments: &BenchArguments) -> anyhow::Result<Plan> {
    let protocol = match arguments.protocol {
        ProtocolArgument::Article => Protocol::Article,
        ProtocolArgument::Interleaved => Protocol::Interleaved,
    };
    Ok(Plan {
        protocol,
        strategies: strategies(ground, arguments)?,
        priors: priors(protocol, arguments.scenarios.as_ref())?,
        // Few digits, to be typed again.
        seed: arguments.seed.unwrap_or(fresh_stamp().0 % 1_000_000),
    })
}

fn strategies(ground: &Ground, arguments: &BenchArguments) -> anyhow::Result<Vec<StrategyId>> {
    if let Some(id) = &arguments.aa {
        let id = &ground.strategy(id)?.id;
        return Ok(vec![id.clone(), id.clone()]);
    }
    if arguments.ids.is_empty() {
        let rows = ground.catalog.strategies.iter();
        let rows = rows.filter(|strategy| strategy.group == ARTICLE_GROUP);
        return Ok(rows.map(|strategy| strategy.id.clone()).collect());
    }
    let ids = arguments.ids.iter();
    ids.map(|id| Ok(ground.strategy(id)?.id.clone())).collect()
}

/// Without a word, what every edit costs.
fn priors(protocol: Protocol, named: Option<&Scenarios>) -> anyhow::Result<Vec<Prior>> {
    match (protocol, named) {
        (_, None) => Ok(vec![Prior::Source]),
        (Protocol::Article, Some(_)) => {
            bail!("the article's protocol has one scenario: an edited source")
        }
        (Protocol::Interleaved, Some(Scenarios(priors))) => Ok(priors.clone()),
    }
}

fn enough(arguments: &BenchArguments) -> Enough {
    match arguments.rounds {
        Some(rounds) => Enough {
            fewest: rounds,
            most: rounds,
            narrow: 0.0,
            budget: Duration::MAX,
        },
        None => Enough {
            fewest: FEWEST_ROUNDS,
            most: MOST_ROUNDS,
            narrow: arguments.until / 100.0,
            budget: Duration::from_secs(60 * u64::from(arguments.budget)),
        },
    }
}

/// A new file, or the one that was broken off.
fn open(
    ground: &Ground,
    arguments: &BenchArguments,
    plan: Plan,
    engine: &EngineInfo,
) -> anyhow::Result<(BenchHeader, Vec<BenchRun>, BenchFile)> {
    let benches = ground.state.benches();
    if arguments.resume {
        let same = |header: &BenchHeader| {
            let kept = &header.plan;
            header.app == ground.app.root
                && header.engine == *engine
                && kept.protocol == plan.protocol
                && kept.strategies == plan.strategies
                && kept.priors == plan.priors
        };
        let Some(kept) = benches.newest(same)? else {
            bail!(
                "there is no benchmark of these strategies and scenarios on {engine} to go on with"
            );
        };
        let file = benches.go_on(&kept);
        let Kept { header, runs, .. } = kept;
        note(&format!("{} runs are there already", runs.len()));
        return Ok((header, runs, file));
    }
    let header = BenchHeader {
        schema: BENCH_SCHEMA,
        plan,
        app: ground.app.root.clone(),
        engine: engine.clone(),
        processors: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        started: jiff::Timestamp::now().to_string(),
    };
    let file = benches.begin(&header)?;
    Ok((header, Vec::new(), file))
}

/// Keeps and tells what happens.
struct Keeper<'a> {
    ground: &'a Ground,
    header: &'a BenchHeader,
    export: &'a [PathBuf],
    file: BenchFile,
    runs: Vec<BenchRun>,
}

impl Keeper<'_> {
    fn take(&mut self, event: &BenchEvent<'_>) -> io::Result<()> {
        let plan = &self.header.plan;
        match event {
            BenchEvent::WarmingUp(id) => note(&format!("warming up: {id}")),
            BenchEvent::Begun {
                cell,
                round,
                done,
                planned,
                left,
            } => {
                let left = left.map_or_else(String::new, |left| {
                    format!(", about {} left", text::seconds(left))
                });
                note(&format!(
                    "{}/{planned}{left}: round {}, {} after {}",
                    done + 1,
                    round + 1,
                    plan.name(cell.place),
                    cell.prior
                ));
            }
            BenchEvent::Done(run) => {
                self.file.add(run)?;
                self.runs.push((*run).clone());
                note(&told(run));
                self.write()?;
            }
            BenchEvent::LeftOut { cell, why } => {
                let first = why.lines().next().unwrap_or_default();
                note(&format!(
                    "left out: {} after {}: {first}",
                    plan.name(cell.place),
                    cell.prior
                ));
            }
        }
        Ok(())
    }

    /// Every file is whole at every moment.
    fn write(&self) -> io::Result<()> {
        let report = Report {
            header: self.header,
            runs: &self.runs,
            strategies: &self.ground.catalog.strategies,
        };
        for path in self.export {
            let text = match Form::of(path) {
                Ok(Form::Csv) => report.csv(),
                Ok(Form::Markdown) => report.markdown(),
                _ => serde_json::to_string_pretty(&whole(self.header, &self.runs))?,
            };
            let folder = path
                .parent()
                .filter(|folder| !folder.as_os_str().is_empty());
            let mut file = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
            io::Write::write_all(&mut file, text.as_bytes())?;
            // As any other file that a program writes.
            fs::set_permissions(file.path(), fs::Permissions::from_mode(0o644))?;
            file.persist(path)?;
        }
        Ok(())
    }
}

fn told(run: &BenchRun) -> String {
    let record = &run.record;
    let (cached, steps) = record.cached_of();
    let verdict = record.verdict.as_ref().map_or("", |verdict| verdict.word());
    let compiled = run
        .compiled
        .map_or_else(String::new, |count| format!(", {count} crates compiled"));
    let noisy = if run.is_noisy() { ", noisy" } else { "" };
    format!(
        "    {:.2} s, {cached}/{steps} cached{compiled}{noisy} {verdict} ({})",
        record.wall_s, run.change
    )
}

/// How a file is written.
enum Form {
    Json,
    Csv,
    Markdown,
}

impl Form {
    fn of(path: &Path) -> anyhow::Result<Self> {
        match path.extension().and_then(|ending| ending.to_str()) {
            Some("json") => Ok(Self::Json),
            Some("csv") => Ok(Self::Csv),
            Some("md") => Ok(Self::Markdown),
            _ => bail!(
                "--export {}: the name has to end with .json, .csv or .md",
                path.display()
            ),
        }
    }
}

/// What `--json` and a file hold.
#[derive(serde::Serialize)]
struct Whole<'a> {
    header: &'a BenchHeader,
    results: Vec<CellResult>,
    runs: &'a [BenchRun],
}

fn whole<'a>(header: &'a BenchHeader, runs: &'a [BenchRun]) -> Whole<'a> {
    Whole {
        header,
        results: results(&header.plan, runs),
        runs,
    }
}

fn show(
    ground: &Ground,
    arguments: &BenchArguments,
    header: &BenchHeader,
    runs: &[BenchRun],
) -> anyhow::Result<()> {
    if arguments.json {
        return json(&whole(header, runs));
    }
    let report = Report {
        header,
        runs,
        strategies: &ground.catalog.strategies,
    };
    let text = match header.plan.protocol {
        Protocol::Article => report.article(),
        Protocol::Interleaved => report.text(),
    };
    out(text.trim_end());
    Ok(())
}
