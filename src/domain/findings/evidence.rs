//! What findings are based on.

use std::path::{Path, PathBuf};

use super::{Finding, FindingKind, Profiles};
use crate::domain::{
    archive::Archive,
    chain::{Chain, members},
    event::StagePlan,
    footprint::{Footprint, Ingredient, StepFootprint},
    history::PastBuild,
    manifest::{Manifest, What},
    reason::Certainty,
    record::StepRecord,
    strategy::Strategy,
};

/// What findings are based on.
pub struct Evidence<'a> {
    /// Builds of one app on this machine, the newest first.
    pub builds: Vec<Known<'a>>,
    /// The strategies of the list, in its order.
    pub strategies: Vec<Listed<'a>>,
    /// Former contents of files.
    pub archive: &'a dyn Archive,
}

/// A build, and what is known of it besides its record.
pub struct Known<'a> {
    /// Number and record.
    pub past: &'a PastBuild,
    /// What its steps depended on, where that was kept.
    pub footprint: Option<&'a Footprint>,
    /// What was sent, where that was kept.
    pub context: Option<Manifest>,
    /// The profiles of the `Cargo.toml` that was sent, where it was kept and could be read.
    pub profiles: Option<Profiles>,
}

/// A strategy of the list.
pub struct Listed<'a> {
    /// The strategy.
    pub strategy: &'a Strategy,
    /// The outline of its Dockerfile.
    pub stages: Vec<StagePlan>,
}

impl Known<'_> {
    /// A finding in this build that says no more yet than what was seen.
    pub(super) fn finding(&self, kind: FindingKind, seen: String, remedy: String) -> Finding {
        let record = &self.past.record;
        Finding {
            kind,
            strategy: record.strategy.clone(),
            engine: record.engine.kind.clone(),
            seen,
            certainty: Certainty::Sure,
            remedy,
            seconds: None,
            bytes: None,
            builds: vec![self.past.id],
            avoided_by: None,
        }
    }
}

impl Evidence<'_> {
    /// The sources and manifests that were sent, with their texts; `None` where one of them was not
    /// kept, so that nothing can be said of all.
    pub(super) fn sources(&self, known: &Known<'_>) -> Option<Vec<(PathBuf, String)>> {
        let context = known.context.as_ref()?;
        let mut found = Vec::new();
        for (path, node) in context {
            let is_source = path.extension().is_some_and(|ending| ending == "rs");
            let is_ours = !path.starts_with("target") && !path.starts_with("node_modules");
            let is_manifest = path.file_name().is_some_and(|name| name == "Cargo.toml");
            if let (true, What::File { content, .. }) =
                (is_ours && (is_source || is_manifest), &node.what)
            {
                let bytes = self.archive.content(content)?;
                found.push((path, String::from_utf8_lossy(&bytes).into_owned()));
            }
        }
        Some(found)
    }

    /// Of the steps that ran because of a chain, its first one among them, those that would not have
    /// run without it: up to the first one that takes something of itself that is another than in the
    /// build that the cause was compared with. The argument `but` does not count.
    pub(super) fn only_by<'r>(
        &self,
        known: &'r Known<'_>,
        chain: &Chain<'_>,
        but: Option<&str>,
    ) -> Vec<&'r StepRecord> {
        let members = members(&known.past.record, chain.place).into_iter();
        let is_only_by = |(at, _): &(usize, &StepRecord)| {
            *at == chain.place || !self.has_own_change(known, chain, *at, but)
        };
        members
            .take_while(is_only_by)
            .map(|(_, step)| step)
            .collect()
    }

    /// `false` where one of the two builds is not known well enough.
    pub(super) fn has_own_change(
        &self,
        known: &Known<'_>,
        chain: &Chain<'_>,
        place: usize,
        but: Option<&str>,
    ) -> bool {
        let number = chain.reason.compared_with.as_ref().map(|past| past.number);
        let past = self.builds.iter().find(|past| Some(past.past.id) == number);
        let footprints = past.and_then(|past| past.footprint.zip(known.footprint));
        let Some((before, now)) = footprints else {
            return false;
        };
        let steps = now
            .stages
            .iter()
            .flat_map(|stage| stage.steps.iter().map(move |step| (stage, step)));
        let Some((stage, step)) = steps.into_iter().nth(place) else {
            return false;
        };
        let mut stages = before.stages.iter();
        let former = stages.find(|former| former.name == stage.name);
        let mut former = former.into_iter().flat_map(|former| &former.steps);
        let own = |step: &StepFootprint| -> Vec<Ingredient> {
            let counts = |one: &&Ingredient| match one {
                Ingredient::Argument { name, .. } => Some(name.as_str()) != but,
                one => one.stage().is_none(),
            };
            step.ingredients.iter().filter(counts).cloned().collect()
        };
        let former = former.find(|former| former.instruction == step.instruction);
        former.is_none_or(|former| own(former) != own(step))
    }

    /// The packages that were locked; `None` where the lock file was not kept.
    pub(super) fn locked(&self, known: &Known<'_>) -> Option<Locked> {
        let node = known.context.as_ref()?.get(Path::new("Cargo.lock"))?;
        let What::File { content, .. } = &node.what else {
            return None;
        };
        let bytes = self.archive.content(content)?;
        Some(Locked::read(&String::from_utf8_lossy(&bytes)))
    }
}

/// The packages of a `Cargo.lock`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Locked {
    /// Names of those that are part of the app.
    pub(super) own: Vec<String>,
    /// How many come from elsewhere.
    pub(super) foreign: usize,
}

impl Locked {
    /// Cargo writes one key a line, and `source` for whatever comes from elsewhere.
    fn read(text: &str) -> Self {
        let mut locked = Self::default();
        let packages = text.split("[[package]]").skip(1);
        for package in packages {
            let value = |key: &str| {
                let mut lines = package.lines();
                lines.find_map(|line| line.strip_prefix(key)?.strip_prefix(" = "))
            };
            match (value("source"), value("name")) {
                (Some(_), _) => locked.foreign += 1,
                (None, Some(name)) => locked.own.push(name.trim_matches('"').to_owned()),
                (None, None) => {}
            }
        }
        locked
    }
}

/// Whether a text holds a name as a word of its own: `VERSION` is not in `$VERSION_FULL`.
pub(super) fn names(text: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    !word.is_empty()
        && text.match_indices(word).any(|(at, _)| {
            let (before, after) = (&text[..at], &text[at + word.len()..]);
            !before.ends_with(is_part) && !after.starts_with(is_part)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_word_of_its_own() {
        assert!(names("echo $VERSION", "VERSION"));
        assert!(names("echo ${VERSION:-1}.0", "VERSION"));
        assert!(names("include_str!(\"../README.md\")", "README.md"));
        assert!(!names("echo $VERSION_FULL $MY_VERSION", "VERSION"));
        assert!(!names("", "VERSION"));
    }

    #[test]
    fn what_comes_from_elsewhere_has_a_source() {
        let lock = "version = 4\n\n[[package]]\nname = \"app\"\nversion = \"0.1.0\"\ndependencies = [\n \"itoa\",\n]\n\n[[package]]\nname = \"itoa\"\nversion = \"1.0.0\"\nsource = \"registry+https://example.org\"\n";
        let locked = Locked::read(lock);
        assert_eq!((locked.own, locked.foreign), (vec!["app".to_owned()], 1));
        assert_eq!(Locked::read(""), Locked::default());
    }
}
