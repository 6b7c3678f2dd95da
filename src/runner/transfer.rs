//! Bases carried from one engine to another: the same base on both is what makes their figures
//! comparable, and it is quicker than making it twice.

use tokio::sync::mpsc;

use super::{Runner, bases};
use crate::{
    domain::{ids::BaseId, strategy::Strategy},
    engine::EngineError,
};

/// Pieces of an image under way.
const WAITING: usize = 16;

/// Carries every base of the strategy that `from` has and `to` lacks; their references.
///
/// # Errors
/// When an engine does not answer, or refuses the image.
pub async fn carry_bases(
    from: &Runner,
    to: &Runner,
    strategy: &Strategy,
) -> Result<Vec<String>, EngineError> {
    let mut carried = Vec::new();
    for id in strategy.bases.values() {
        if let Some(reference) = carry(from, to, id).await? {
            carried.push(reference);
        }
    }
    Ok(carried)
}

async fn carry(from: &Runner, to: &Runner, id: &BaseId) -> Result<Option<String>, EngineError> {
    if bases::found(to, id).await?.is_some() {
        return Ok(None);
    }
    let Some(base) = bases::found(from, id).await? else {
        return Ok(None);
    };
    let (sender, receiver) = mpsc::channel(WAITING);
    let (saved, loaded) = tokio::join!(
        from.engine.save(&base.reference, sender),
        to.engine.load(receiver)
    );
    saved?;
    loaded?;
    Ok(Some(base.reference))
}
