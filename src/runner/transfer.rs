//! A base carried from one engine to another: the same base on both is what makes their figures
//! comparable, and it is quicker than making it twice.

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{Runner, bases};
use crate::{
    domain::base::{BaseRecipe, ResolvedBase},
    engine::{Engine, EngineError},
};

/// Pieces of an image under way.
const WAITING: usize = 16;

/// The base as the first engine has it that has it, and that engine.
pub(super) async fn lender<'a>(
    runner: &'a Runner,
    recipe: &BaseRecipe,
) -> Option<(&'a dyn Engine, ResolvedBase)> {
    for lender in &runner.lenders {
        // One that does not answer any more lends nothing.
        if let Ok(Some(base)) = bases::present(lender.as_ref(), runner, recipe).await {
            return Some((lender.as_ref(), base));
        }
    }
    None
}

/// Carries an image over, under the same name.
///
/// # Errors
/// When an engine does not answer, or refuses the image; [`EngineError::Cancelled`] after
/// `cancel`.
pub(super) async fn carry(
    from: &dyn Engine,
    to: &dyn Engine,
    reference: &str,
    cancel: &CancellationToken,
) -> Result<(), EngineError> {
    let (sender, receiver) = mpsc::channel(WAITING);
    let carried = async {
        let (saved, loaded) = tokio::join!(from.save(reference, sender), to.load(receiver));
        saved.and(loaded)
    };
    let carried = cancel.run_until_cancelled(carried).await;
    carried.unwrap_or(Err(EngineError::Cancelled))
}
