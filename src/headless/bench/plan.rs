//! What `imgtui bench` measures, from its arguments.

use anyhow::bail;

use super::super::note;
use crate::{
    app::{Ground, session::fresh_stamp},
    cli::{BenchArguments, ProtocolArgument, Scenarios},
    domain::{
        bench::{BENCH_SCHEMA, BenchHeader, BenchRun, Enough, Plan, Prior, Protocol},
        ids::StrategyId,
        record::EngineInfo,
    },
    store::benches::{BenchFile, Kept},
};

/// The article's rows are the strategies of this group.
const ARTICLE_GROUP: &str = "image";
/// Rounds that an adaptive benchmark makes at least: with fewer no difference can be seen.
const FEWEST_ROUNDS: u32 = 4;
/// More do not make an interval much narrower.
const MOST_ROUNDS: u32 = 30;

pub(super) fn plan(ground: &Ground, arguments: &BenchArguments) -> anyhow::Result<Plan> {
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

pub(super) fn enough(arguments: &BenchArguments) -> Enough {
    match arguments.rounds {
        Some(rounds) => Enough::exactly(rounds),
        None => Enough {
            fewest: FEWEST_ROUNDS,
            most: MOST_ROUNDS,
            narrow: arguments.until.share(),
            budget: arguments.budget.0,
        },
    }
}

/// A new file, or the one that was broken off.
pub(super) fn open(
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
        let file = benches.go_on(&kept)?;
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
