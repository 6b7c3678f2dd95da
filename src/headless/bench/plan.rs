//! What `imgtui bench` measures, from its arguments.

use anyhow::bail;

use super::{super::note, choice::Choice};
use crate::{
    app::{Ground, session::fresh_stamp},
    cli::{BenchArguments, ProtocolArgument},
    domain::{
        bench::{BENCH_SCHEMA, BenchHeader, BenchRun, Plan, Prior, Protocol},
        ids::StrategyId,
        record::EngineInfo,
    },
    store::benches::{BenchFile, Kept},
};

/// The article's rows are the strategies of this group.
const ARTICLE_GROUP: &str = "image";
pub(super) fn plan(
    ground: &Ground,
    arguments: &BenchArguments,
    choice: &Choice,
) -> anyhow::Result<Plan> {
    let protocol = match arguments.protocol {
        ProtocolArgument::Article => Protocol::Article,
        ProtocolArgument::Interleaved => Protocol::Interleaved,
    };
    Ok(Plan {
        protocol,
        strategies: strategies(ground, arguments, choice)?,
        priors: priors(protocol, arguments, choice)?,
        // Few digits, to be typed again.
        seed: arguments.seed.unwrap_or(fresh_stamp().0 % 1_000_000),
    })
}

fn strategies(
    ground: &Ground,
    arguments: &BenchArguments,
    choice: &Choice,
) -> anyhow::Result<Vec<StrategyId>> {
    if let Some(id) = &arguments.aa {
        let id = &ground.strategy(id)?.id;
        return Ok(vec![id.clone(), id.clone()]);
    }
    if choice.ids.is_empty() {
        let rows = ground.catalog.strategies.iter();
        let rows = rows.filter(|strategy| strategy.group == ARTICLE_GROUP);
        return Ok(rows.map(|strategy| strategy.id.clone()).collect());
    }
    let ids = choice.ids.iter();
    ids.map(|id| Ok(ground.strategy(&id.0)?.id.clone()))
        .collect()
}

/// Without a word, what every edit costs.
fn priors(
    protocol: Protocol,
    arguments: &BenchArguments,
    choice: &Choice,
) -> anyhow::Result<Vec<Prior>> {
    match (protocol, &choice.scenarios) {
        (Protocol::Article, _) if arguments.scenarios.is_some() => {
            bail!("the article's protocol has one scenario: an edited source")
        }
        (Protocol::Interleaved, Some(priors)) => Ok(priors.clone()),
        _ => Ok(vec![Prior::Source]),
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
