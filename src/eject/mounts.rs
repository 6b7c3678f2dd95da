//! Cache mounts: what the engine keeps beside its layers, and a new machine does not have.

use crate::parse::dockerfile::Instruction;

/// One `RUN --mount=type=cache,…`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CacheMount {
    /// Where it is in the build.
    pub target: String,
    /// Its name; `None` where it is named by its target.
    pub id: Option<String>,
}

/// The cache mounts of a Dockerfile, each once, in the order of their targets.
pub(super) fn cache_mounts(instructions: &[Instruction]) -> Vec<CacheMount> {
    let runs = instructions.iter().filter(|found| found.is("RUN"));
    let words = runs.flat_map(|run| run.rest().split_whitespace());
    let mut mounts: Vec<CacheMount> = words
        .filter_map(|word| mount(word.strip_prefix("--mount=")?))
        .collect();
    mounts.sort();
    mounts.dedup();
    mounts
}

fn mount(options: &str) -> Option<CacheMount> {
    let value = |names: &[&str]| {
        let mut pairs = options.split(',').filter_map(|part| part.split_once('='));
        pairs
            .find(|(name, _)| names.contains(name))
            .map(|(_, value)| value.to_owned())
    };
    (value(&["type"])? == "cache").then_some(())?;
    Some(CacheMount {
        target: value(&["target", "dst", "destination"])?,
        id: value(&["id"]),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::dockerfile::instructions;

    #[test]
    fn cache_mounts_are_found_once_and_no_other_mounts() {
        let text = "FROM a\nRUN --mount=type=cache,target=/b --mount=id=x,type=cache,dst=/a \\\n  --mount=type=bind,target=/c true\nRUN --mount=type=cache,target=/b true\nRUN echo --mount\n";
        let found = cache_mounts(&instructions(text));
        let found: Vec<_> = found
            .iter()
            .map(|mount| (mount.target.as_str(), mount.id.as_deref()))
            .collect();
        assert_eq!(found, [("/a", Some("x")), ("/b", None)]);
    }
}
