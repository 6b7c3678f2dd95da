//! What `imgtui bench` measures, from its arguments.

use anyhow::bail;

use crate::{
    app::{Ground, benches::fresh_seed},
    cli::{BenchArguments, ProtocolArgument, Scenarios},
    domain::{
        bench::{ARTICLE_GROUP, Enough, Plan, Prior, Protocol},
        ids::StrategyId,
    },
};

pub(super) fn plan(ground: &Ground, arguments: &BenchArguments) -> anyhow::Result<Plan> {
    let protocol = match arguments.protocol {
        ProtocolArgument::Article => Protocol::Article,
        ProtocolArgument::Interleaved => Protocol::Interleaved,
    };
    Ok(Plan {
        protocol,
        strategies: strategies(ground, arguments)?,
        priors: priors(protocol, arguments.scenarios.as_ref())?,
        seed: arguments.seed.unwrap_or_else(fresh_seed),
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
        None => Enough::within(arguments.until.share(), arguments.budget.0),
    }
}
