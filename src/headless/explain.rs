//! `imgtui explain`: why each step of a build came from the cache or did not.

use super::{history::kind, json, note, out};
use crate::{
    app::Ground,
    cli::{Exit, ExplainArguments},
    domain::{event::Subject, explanation::explanation, history::PastBuild, ids::StrategyId},
    report,
    store::Filter,
};

/// So many of a strategy's builds are looked at: of the newest ones some may have no reasons.
const LOOKED_AT: usize = 50;

pub(super) async fn explain(ground: &Ground, arguments: &ExplainArguments) -> anyhow::Result<Exit> {
    let engine = match kind(ground).await {
        Ok(engine) => engine,
        Err(exit) => return Ok(exit),
    };
    let Some(past) = wanted(ground, arguments, engine)? else {
        note(&format!(
            "no build of {0} is known of which reasons were kept: `imgtui build {0}` makes one",
            arguments.id
        ));
        return Ok(Exit::Failed);
    };
    if arguments.json {
        json(&report::explain::explanation(past.id, &past.record))?;
    } else {
        out(explanation(Some(past.id), &past.record).trim_end());
    }
    Ok(Exit::Ok)
}

fn wanted(
    ground: &Ground,
    arguments: &ExplainArguments,
    engine: Option<String>,
) -> anyhow::Result<Option<PastBuild>> {
    let history = ground.state.history();
    if let Some(number) = arguments.build {
        return Ok(history
            .build(number)?
            .filter(|past| !past.record.why.is_empty()));
    }
    let strategy = ground.strategy(&arguments.id)?.id.clone();
    let filter = Filter {
        app: Some(ground.app.root.clone()),
        strategy: Some(StrategyId(strategy.0.clone())),
        engine,
        ..Filter::default()
    };
    let newest = history.newest(&filter, LOOKED_AT)?;
    let subject = Subject::Strategy(strategy);
    let mut newest = newest.into_iter();
    Ok(newest.find(|past| past.record.subject == subject && !past.record.why.is_empty()))
}
