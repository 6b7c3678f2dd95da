//! The figures of one finished build: what `--json` prints and the history keeps.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use serde::{Deserialize, Serialize};

use super::{
    base::ResolvedBase,
    bench::Prior,
    build::StepStatus,
    crates::Crates,
    edit::{EditKind, Stamp},
    event::{Outcome, Subject, Trigger},
    ids::{Bytes, ImageId, StrategyId},
    purpose::Purpose,
    reason::StepWhy,
    shared_cache::SharedCache,
    verdict::Verdict,
};

/// Version of [`BuildRecord`] as written to JSON; raised when a field changes its meaning.
pub const RECORD_SCHEMA: u32 = 1;

/// User and system CPU time of a whole build, all processes of the engine together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct CpuTime {
    /// Seconds in user mode.
    pub user_s: f64,
    /// Seconds in the kernel.
    pub system_s: f64,
}

impl CpuTime {
    /// `25.80s user 3.60s system 131% cpu 22.300 total`, as `time` prints it.
    #[must_use]
    pub fn time_line(&self, wall_s: f64) -> String {
        let Self { user_s, system_s } = self;
        let share = 100.0 * (user_s + system_s) / wall_s;
        format!("{user_s:.2}s user {system_s:.2}s system {share:.0}% cpu {wall_s:.3} total")
    }
}

/// The engine that built.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngineInfo {
    /// `podman`, `docker-classic` or `docker-buildkit`.
    pub kind: String,
    /// Version as the engine tells it.
    pub version: String,
}

impl EngineInfo {
    /// Whether it is podman, whichever version.
    #[must_use]
    pub fn is_podman(&self) -> bool {
        self.kind == "podman"
    }

    /// The first two numbers of its version; `None` where it does not begin with two.
    #[must_use]
    pub fn release(&self) -> Option<(u32, u32)> {
        let mut numbers = self.version.split('.').map(str::parse);
        Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
    }
}

/// `podman 4.3.1`.
impl std::fmt::Display for EngineInfo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.kind, self.version)
    }
}

/// The image that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageInfo {
    /// Its id.
    pub id: ImageId,
    /// Unpacked bytes, as the engine's image list tells them; `None` when it could not be asked.
    pub bytes: Option<Bytes>,
    /// Digests of the layers' unpacked content, the lowest first (`rootfs.diff_ids` of the OCI
    /// image specification); empty where the engine does not tell them.
    #[serde(default)]
    pub diff_ids: Vec<String>,
    /// Bytes of each of these layers as gzip makes them, in the same order; empty where they were
    /// not measured.
    #[serde(default)]
    pub compressed: Vec<Bytes>,
}

impl ImageInfo {
    /// Bytes of all layers as gzip makes them; `None` where they were not measured.
    #[must_use]
    pub fn compressed_bytes(&self) -> Option<Bytes> {
        let is_measured = !self.compressed.is_empty();
        is_measured.then(|| Bytes(self.compressed.iter().map(|bytes| bytes.0).sum()))
    }

    /// Each layer's digest with its compressed bytes, as far as they were measured.
    pub fn measured_layers(&self) -> impl Iterator<Item = (&str, Bytes)> {
        let digests = self.diff_ids.iter().map(String::as_str);
        digests.zip(self.compressed.iter().copied())
    }
}

/// Layers that a registry and another machine exchange for an image, where both have the one
/// before it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Push {
    /// How many.
    pub layers: usize,
    /// Their size, compressed by gzip as registries keep them.
    pub bytes: Bytes,
}

/// One layer, the lowest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layer {
    /// Unpacked bytes as the engine's history tells them.
    pub bytes: Bytes,
    /// The instruction that made it.
    pub created_by: String,
}

/// One step with what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepRecord {
    /// Name of the stage.
    pub stage: String,
    /// Step within the stage, from 1.
    pub index: usize,
    /// How many steps the stage has.
    pub of: usize,
    /// The instruction.
    pub instruction: String,
    /// What became of it.
    pub status: StepStatus,
    /// Seconds it took; `None` when it never began.
    pub seconds: Option<f64>,
    /// Seconds from the build's start to the step's; `None` when it never began, and in records
    /// of versions that did not keep it.
    #[serde(default)]
    pub started_s: Option<f64>,
    /// The intermediate image that holds its result, perhaps shortened. Of a step that ran, it
    /// is ours to remove.
    #[serde(default)]
    pub image: Option<ImageId>,
    /// What cargo did in it, by its own words; `None` where it said nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crates: Option<Crates>,
}

/// Everything about one finished build.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BuildRecord {
    /// [`RECORD_SCHEMA`].
    pub schema: u32,
    /// The strategy's id, or `base-` and the base's.
    pub strategy: String,
    /// What was built.
    pub subject: Subject,
    /// The app's folder.
    pub app: PathBuf,
    /// Start in UTC, RFC 3339.
    pub started: String,
    /// Which engine.
    pub engine: EngineInfo,
    /// Why it was built.
    pub trigger: Trigger,
    /// How it ended.
    pub outcome: Outcome,
    /// The edit before this build, if imgtui made one.
    pub edit: Option<EditKind>,
    /// Whether the layer cache was switched off.
    pub no_cache: bool,
    /// What it was made for.
    #[serde(default, skip_serializing_if = "Purpose::is_image")]
    pub purpose: Purpose,
    /// What a benchmark changed before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prior: Option<Prior>,
    /// The stamp of the source that was sent; `None` where the sources hold none and none could
    /// be put in.
    #[serde(default)]
    pub stamp: Option<Stamp>,
    /// What the gate says of the image; `None` where no image was made, or it is not one to be
    /// compared.
    #[serde(default)]
    pub verdict: Option<Verdict>,
    /// The image, where one was made.
    pub image: Option<ImageInfo>,
    /// Wall clock seconds from listing the app's files to the engine's last word. The time to
    /// make base images is not in it.
    pub wall_s: f64,
    /// CPU time; `None` where it cannot be had, never zero.
    pub cpu: Option<CpuTime>,
    /// Bytes of the context's files.
    pub context_bytes: Option<Bytes>,
    /// The bases it started from.
    pub bases: Vec<ResolvedBase>,
    /// In the Dockerfile's order.
    pub steps: Vec<StepRecord>,
    /// Why each of the steps came from the cache or did not, in the same order; empty where that is
    /// not known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub why: Vec<Option<StepWhy>>,
    /// Seconds that it was expected to take before it began; `None` where too little was known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_s: Option<f64>,
    /// The lowest first; empty when there is no image.
    pub layers: Vec<Layer>,
    /// What a push would send after a push of the last image of this strategy; `None` where it
    /// was not measured.
    #[serde(default)]
    pub push: Option<Push>,
    /// What a pull by an engine of the same kind would fetch where it has the last image of this
    /// strategy: docker keeps a layer by all below it too, so from the first new one on it fetches
    /// everything (moby's chain id); podman only layers that it does not have. `None` where it was
    /// not measured.
    #[serde(default)]
    pub pull: Option<Push>,
    /// Where it took steps from and put its own.
    #[serde(default, skip_serializing_if = "SharedCache::is_none")]
    pub shared_cache: SharedCache,
    /// How putting its steps there ended; `None` where that was not asked for, or the engine does
    /// so while it builds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sharing: Option<Outcome>,
    /// The whole log.
    pub log: PathBuf,
}

impl BuildRecord {
    /// Wall clock time.
    #[must_use]
    pub fn wall(&self) -> Duration {
        Duration::try_from_secs_f64(self.wall_s).unwrap_or_default()
    }

    /// Unpacked size of the image.
    #[must_use]
    pub fn image_bytes(&self) -> Option<Bytes> {
        self.image.as_ref().and_then(|image| image.bytes)
    }

    /// Size of the image's layers as gzip makes them, as a registry keeps them.
    #[must_use]
    pub fn compressed_bytes(&self) -> Option<Bytes> {
        self.image.as_ref().and_then(ImageInfo::compressed_bytes)
    }

    /// Whether it made an image of this strategy for this app. That of a look at cargo is another.
    #[must_use]
    pub fn has_built(&self, strategy: &StrategyId, app: &Path) -> bool {
        self.outcome == Outcome::Built
            && !self.purpose.is_look()
            && self.app == app
            && self.subject == Subject::Strategy(strategy.clone())
    }

    /// Whether it made an image that may be compared with others: built, and not found wrong.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.outcome == Outcome::Built && self.verdict.as_ref().is_none_or(Verdict::counts)
    }

    /// How it ended in a word for tables, with what the gate says of its image.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match (&self.outcome, &self.verdict) {
            (Outcome::Failed { .. }, _) => "FAILED",
            (Outcome::Cancelled, _) => "cancelled",
            (Outcome::Built, Some(verdict)) => verdict.word(),
            (Outcome::Built, None) => "unverified",
        }
    }

    /// Whether its steps were put into the shared cache, where they should be.
    #[must_use]
    pub fn is_shared_as_asked(&self) -> bool {
        self.sharing
            .as_ref()
            .is_none_or(|sharing| *sharing == Outcome::Built)
    }

    /// How many steps were cached, and how many there are.
    #[must_use]
    pub fn cached_of(&self) -> (usize, usize) {
        let cached = self
            .steps
            .iter()
            .filter(|step| step.status == StepStatus::Cached)
            .count();
        (cached, self.steps.len())
    }

    /// How many crates cargo compiled in all steps; `None` where it said nothing.
    #[must_use]
    pub fn compiled_crates(&self) -> Option<u32> {
        let steps = self.steps.iter();
        let compiled = steps.filter_map(|step| Some(step.crates.as_ref()?.compiled));
        let all = compiled.reduce(|sum, compiled| sum + compiled)?;
        u32::try_from(all).ok()
    }

    /// Whether a base was built locally instead of being the upstream image.
    #[must_use]
    pub fn has_equivalent_base(&self) -> bool {
        self.bases
            .iter()
            .any(|base| base.source == super::base::BaseSource::Equivalent)
    }

    /// `25.8s user 3.6s system 131% cpu 22.3 total`, as `time` prints it and the article shows
    /// it. Figures that are not known are `n/a`.
    #[must_use]
    pub fn time_line(&self) -> String {
        match self.cpu {
            Some(cpu) if self.wall_s > 0.0 => cpu.time_line(self.wall_s),
            _ => format!("n/a user n/a system n/a cpu {:.3} total", self.wall_s),
        }
    }
}

/// A record for tests of other modules.
#[cfg(test)]
#[must_use]
pub(crate) fn sample(strategy: &str, wall_s: f64) -> BuildRecord {
    BuildRecord {
        schema: RECORD_SCHEMA,
        strategy: strategy.to_owned(),
        subject: Subject::Strategy(StrategyId(strategy.to_owned())),
        app: PathBuf::from("/app"),
        started: "2026-01-02T03:04:05Z".into(),
        engine: EngineInfo {
            kind: "podman".into(),
            version: "4.3.1".into(),
        },
        trigger: Trigger::Asked,
        outcome: Outcome::Built,
        edit: None,
        no_cache: false,
        purpose: Purpose::Image,
        prior: None,
        stamp: None,
        verdict: None,
        image: None,
        wall_s,
        cpu: None,
        context_bytes: None,
        bases: Vec::new(),
        steps: Vec::new(),
        why: Vec::new(),
        expected_s: None,
        layers: Vec::new(),
        push: None,
        pull: None,
        shared_cache: SharedCache::default(),
        sharing: None,
        log: PathBuf::from("/log"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_line_is_the_articles_and_unknown_cpu_is_never_zero() {
        let mut record = sample("basic", 48.012);
        assert_eq!(
            record.time_line(),
            "n/a user n/a system n/a cpu 48.012 total"
        );
        record.cpu = Some(CpuTime {
            user_s: 98.97,
            system_s: 12.84,
        });
        assert_eq!(
            record.time_line(),
            "98.97s user 12.84s system 233% cpu 48.012 total"
        );
    }
}
