//! What `imgtui bench` measures, from its arguments.

use anyhow::bail;

use super::choice::Choice;
use crate::{
    app::{Ground, benches::fresh_seed},
    cli::{BenchArguments, ProtocolArgument},
    domain::{
        bench::{ARTICLE_GROUP, Plan, Prior, Protocol},
        ids::StrategyId,
    },
};

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
        seed: arguments.seed.unwrap_or_else(fresh_seed),
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
