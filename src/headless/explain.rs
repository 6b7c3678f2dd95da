//! `imgtui explain`: why each step of a build came from the cache or did not.

use super::{history::kind, json, note, out};
use crate::{
    app::Ground,
    cli::{Exit, ExplainArguments},
    domain::{event::Subject, explanation::explanation, history::PastBuild, record::BuildRecord},
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
        note(&missing(arguments));
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
    let strategy = match &arguments.id {
        Some(id) => Some(ground.strategy(id)?.id.clone()),
        None => None,
    };
    let filter = Filter {
        app: Some(ground.app.root.clone()),
        strategy,
        engine,
        ..Filter::default()
    };
    let newest = history.newest(&filter, LOOKED_AT)?;
    let is_of_strategy = |record: &BuildRecord| matches!(record.subject, Subject::Strategy(_));
    let mut newest = newest.into_iter();
    Ok(newest.find(|past| is_of_strategy(&past.record) && !past.record.why.is_empty()))
}

fn missing(arguments: &ExplainArguments) -> String {
    let id = arguments.id.as_deref();
    let of = id.map_or_else(String::new, |id| format!(" of {id}"));
    match arguments.build {
        Some(number) => format!(
            "build {number} is not known, or no reasons were kept of it: `imgtui history` lists builds"
        ),
        None => format!(
            "no build{of} is known of which reasons were kept: `imgtui build {}` makes one",
            id.unwrap_or("ID")
        ),
    }
}
