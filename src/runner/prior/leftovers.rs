//! What a measured build leaves in the engine for nobody: an image that was made for it alone, and
//! the content of cache mounts of its own.

use std::fmt::Write as _;

use tokio_util::sync::CancellationToken;

use super::{Altered, SmallBuild};
use crate::{
    domain::{ids::BaseId, mounts::cache_ids},
    engine::EngineError,
    parse::dockerfile::instructions,
    runner::{Runner, bases, names},
};

impl Altered {
    /// Puts away what this build alone needed.
    ///
    /// # Errors
    /// When the engine does not do it; `clean` gets at the image later.
    pub async fn put_away(&self, runner: &Runner) -> Result<(), EngineError> {
        if let Some(base) = &self.base {
            runner.engine.remove_image(base).await?;
        }
        match &self.order.own_mounts {
            Some(own) => self.empty_mounts(runner, own).await,
            None => Ok(()),
        }
    }

    /// No engine has a call to remove one cache mount by its id: a build empties them.
    async fn empty_mounts(&self, runner: &Runner, own: &str) -> Result<(), EngineError> {
        let strategy = &self.order.strategy;
        let tailored = runner
            .catalog
            .tailored_apart(strategy, &runner.app, Some(own));
        let instructions = instructions(&tailored.text);
        let ids = instructions.iter().flat_map(|one| cache_ids(&one.text));
        // Others' mounts are not touched, whatever the Dockerfile says.
        let mut ids: Vec<&str> = ids.filter(|id| id.contains(own)).collect();
        ids.sort_unstable();
        ids.dedup();
        let Some(base) = self.builder(runner).filter(|_| !ids.is_empty()) else {
            return Ok(());
        };
        let small = SmallBuild {
            dockerfile: emptying(&ids),
            files: [].into(),
            base: bases::present_or_upstream(runner, &base).await?.reference,
            tag: names::bench_base_of(&base, u64::from_str_radix(own, 16).unwrap_or_default()),
        };
        let tag = small.build(runner, &CancellationToken::new()).await?;
        runner.engine.remove_image(&tag).await
    }

    /// A base that can empty a folder: the one with the compiler, where there is one.
    fn builder(&self, runner: &Runner) -> Option<BaseId> {
        let builders = runner.catalog.builder_arguments(&self.order.strategy);
        let bases = &self.order.strategy.bases;
        let mut compilers = bases
            .iter()
            .filter(|(argument, _)| builders.contains(argument.as_str()));
        let found = compilers.next().or_else(|| bases.iter().next());
        found.map(|(_, id)| id.clone())
    }
}

/// A Dockerfile whose only step empties these cache mounts.
fn emptying(ids: &[&str]) -> String {
    let mut dockerfile = String::from("ARG BASE=none\nFROM ${BASE}\nRUN");
    for (number, id) in ids.iter().enumerate() {
        // Writing to a string cannot fail.
        let _ = write!(
            dockerfile,
            " --mount=type=cache,id={id},target=/imgtui-mounts/{number}"
        );
    }
    dockerfile.push_str(" find /imgtui-mounts -mindepth 2 -delete\n");
    dockerfile
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_step_empties_all_of_them() {
        assert_eq!(
            emptying(&["a-1", "b-1"]),
            "ARG BASE=none\nFROM ${BASE}\nRUN \
             --mount=type=cache,id=a-1,target=/imgtui-mounts/0 \
             --mount=type=cache,id=b-1,target=/imgtui-mounts/1 \
             find /imgtui-mounts -mindepth 2 -delete\n"
        );
    }
}
