//! What an edit of sources cost in each build, and what kept dependencies from being compiled again.

use super::{Evidence, Known, profile::Profile};
use crate::domain::{
    bench::Prior,
    build::StepStatus,
    chain::{Chain, chains, members},
    mounts::cache_mounts,
    reason::{Cause, FileChange},
    recommend::Median,
    record::{BuildRecord, StepRecord},
};

/// Of the time of all that ran, other causes than the edit may have taken this share.
const OTHER_CAUSES: f64 = 0.1;

/// One must take so many times as long as the other: less could be the machine's own doing.
pub(super) const NOTABLY: f64 = 1.2;

/// What an edit of sources cost in all builds that began with one.
pub(super) struct Costs<'a>(Vec<Edited<'a>>);

/// A build that began with an edit of the app's own sources, and with nothing else.
pub(super) struct Edited<'a> {
    pub(super) known: &'a Known<'a>,
    /// Where sources come in that lead to the dearest step, and that step: cargo compiles in it.
    pub(super) chain: Chain<'a>,
    /// Seconds of all steps that ran because of the edit.
    pub(super) seconds: f64,
    /// What kept compiled dependencies.
    pub(super) keeping: Keeping,
    /// By which profile cargo compiled; `None` where it is not known.
    pub(super) profile: Option<Profile>,
}

/// What kept compiled dependencies from one build to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keeping {
    /// A layer: an earlier step compiled them, and came from the cache.
    Layers,
    /// A folder of the engine that was mounted.
    Mounts,
    /// A wrapper of the compiler, which may find them elsewhere.
    Wrapper,
    /// Nothing that can be seen.
    Nothing,
}

impl<'a> Costs<'a> {
    pub(super) fn of(evidence: &'a Evidence<'a>) -> Self {
        Self(evidence.builds.iter().filter_map(edited).collect())
    }

    /// Builds that began with an edit, the newest first.
    pub(super) fn all(&self) -> &[Edited<'a>] {
        &self.0
    }

    /// The one of this build.
    pub(super) fn at(&self, known: &Known<'_>) -> Option<&Edited<'a>> {
        self.0.iter().find(|one| one.known.past.id == known.past.id)
    }
}

impl Edited<'_> {
    pub(super) fn record(&self) -> &BuildRecord {
        &self.known.past.record
    }
}

/// The middle of these builds' seconds; `None` of none.
pub(super) fn median(builds: &[&Edited<'_>]) -> Option<f64> {
    Median::of(builds.iter().map(|one| one.seconds).collect()).map(|median| median.seconds)
}

fn edited<'a>(known: &'a Known<'a>) -> Option<Edited<'a>> {
    let record = &known.past.record;
    let is_plain = record.counts() && !record.no_cache && record.shared_cache.is_none();
    if !is_plain || !matches!(record.prior, None | Some(Prior::Source)) {
        return None;
    }
    let (own, others): (Vec<_>, Vec<_>) = chains(record).into_iter().partition(is_of_sources);
    let sum = |chains: &[Chain<'_>]| chains.iter().map(|chain| chain.took_s).sum::<f64>();
    let (seconds, rest) = (sum(&own), sum(&others));
    if rest > OTHER_CAUSES * (seconds + rest) {
        return None;
    }
    let chain = own.into_iter().next()?;
    compiles(&chain.dearest.instruction).then(|| Edited {
        known,
        seconds,
        keeping: keeping(record, chain.dearest),
        profile: Profile::of(known, &chain.dearest.instruction),
        chain,
    })
}

/// Whether nothing but sources of the app itself changed.
fn is_of_sources(chain: &Chain<'_>) -> bool {
    let is_source = |change: &FileChange| {
        let is_vendored = change
            .path
            .components()
            .any(|part| part.as_os_str() == "vendor");
        !is_vendored && change.path.extension().is_some_and(|ending| ending == "rs")
    };
    match &chain.reason.cause {
        Cause::Files { changes, more: 0 } => !changes.is_empty() && changes.iter().all(is_source),
        _ => false,
    }
}

/// Whether cargo compiles the app or its dependencies in it. `cargo install` brings tools.
pub(super) fn compiles(instruction: &str) -> bool {
    const COMMANDS: [&str; 10] = [
        "build", "b", "check", "test", "t", "nextest", "rustc", "run", "zigbuild", "cook",
    ];
    let words: Vec<&str> = instruction.split_whitespace().collect();
    let is_run = words
        .first()
        .is_some_and(|word| word.eq_ignore_ascii_case("RUN"));
    let mut places = (0..words.len()).filter(|at| is_cargo(words[*at]));
    let follows = |at: usize| {
        let mut rest = words[at + 1..].iter();
        rest.find(|word| !word.starts_with(['-', '+']) && **word != "chef")
    };
    is_run && places.any(|at| follows(at).is_some_and(|word| COMMANDS.contains(word)))
}

fn is_cargo(word: &str) -> bool {
    word.trim_start_matches(['(', '{', '"', '\'']) == "cargo" || word.ends_with("/cargo")
}

/// Whether the command makes a step of dependencies alone, from a recipe.
pub(super) fn cooks(instruction: &str) -> bool {
    instruction.contains("cargo chef cook")
}

fn keeping(record: &BuildRecord, dearest: &StepRecord) -> Keeping {
    let mut texts = record.steps.iter().map(|step| &step.instruction);
    let wraps = |text: &String| text.contains("sccache") || text.contains("RUSTC_WRAPPER");
    let mut steps = record.steps.iter();
    let is_kept =
        |step: &StepRecord| step.status == StepStatus::Cached && compiles(&step.instruction);
    if texts.any(wraps) {
        Keeping::Wrapper
    } else if mounts_results(&dearest.instruction) {
        Keeping::Mounts
    } else if steps.any(is_kept) {
        Keeping::Layers
    } else {
        Keeping::Nothing
    }
}

/// Whether a cache is mounted that can hold compiled crates: those of downloads cannot.
pub(super) fn mounts_results(instruction: &str) -> bool {
    cache_mounts(instruction).any(|target| {
        let target = target.trim_end_matches('/');
        let holds_downloads = [
            "/registry",
            "/git",
            "/cargo",
            "/.cargo",
            "/registry/cache",
            "/registry/index",
        ]
        .iter()
        .any(|end| target.ends_with(end));
        !holds_downloads
    })
}

/// Seconds that this command took when no build had its result and no edit led to it: the shortest
/// of these times, with the build's number.
pub(super) fn first_time(evidence: &Evidence<'_>, edited: &Edited<'_>) -> Option<(f64, i64)> {
    let record = edited.record();
    let is_alike = |past: &&Known<'_>| {
        let other = &past.past.record;
        other.strategy == record.strategy && other.engine.kind == record.engine.kind
    };
    let times = evidence.builds.iter().filter(is_alike).flat_map(|past| {
        let record = &past.past.record;
        let begun = chains(record).into_iter().filter(|chain| {
            matches!(
                chain.reason.cause,
                Cause::NeverBuilt
                    | Cause::CacheOff
                    | Cause::Gone
                    | Cause::Image { .. }
                    // What builds of others left in the engine: this one began in the middle.
                    | Cause::Earlier
                    | Cause::Shared { .. }
            )
        });
        let steps = begun.flat_map(|chain| members(record, chain.place));
        let same = steps.filter(|(_, step)| step.instruction == edited.chain.dearest.instruction);
        let times = same.filter_map(|(_, step)| Some((step.seconds?, past.past.id)));
        times.collect::<Vec<_>>()
    });
    times.min_by(|one, two| one.0.total_cmp(&two.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_that_compile_are_known() {
        for text in [
            "RUN cargo build --release",
            "RUN --mount=type=cache,target=/t cd a && cargo +nightly --locked build",
            "RUN cargo chef cook --release",
            "run /usr/local/cargo/bin/cargo test",
        ] {
            assert!(compiles(text), "{text}");
        }
        for text in [
            "RUN cargo install cargo-chef",
            "RUN cargo chef prepare --recipe-path recipe.json",
            "RUN cargo fetch",
            "COPY cargo build",
            "RUN echo built",
        ] {
            assert!(!compiles(text), "{text}");
        }
    }

    #[test]
    fn a_cache_of_downloads_keeps_no_results() {
        let run = |target: &str| format!("RUN --mount=type=cache,target={target} cargo build");
        assert!(!mounts_results(&run("/usr/local/cargo/registry")));
        assert!(!mounts_results(&run("/usr/local/cargo/git/")));
        assert!(mounts_results(&run("/app/target")));
        assert!(!mounts_results("RUN cargo build"));
    }
}
