//! A Dockerfile, files and builds of the past for tests.

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
    sync::Mutex,
};

use crate::{
    domain::{
        archive::Archive,
        build::StepStatus,
        digest::ContentDigest,
        footprint::Footprint,
        manifest::{Manifest, Node},
        reason::{Expected, Reason},
        record::{BuildRecord, EngineInfo, StepRecord, sample},
    },
    parse::{dockerfile, steps::steps_of},
    why::{Case, Inputs, Judgement, Memory, Past, footprint, judge, rules::Rules},
};

#[derive(Default)]
struct Kept {
    manifests: Mutex<HashMap<ContentDigest, Manifest>>,
    contents: Mutex<HashMap<ContentDigest, Vec<u8>>>,
}

impl Archive for Kept {
    fn manifest(&self, whole: &ContentDigest) -> Option<Manifest> {
        self.manifests.lock().unwrap().get(whole).cloned()
    }

    fn content(&self, content: &ContentDigest) -> Option<Vec<u8>> {
        self.contents.lock().unwrap().get(content).cloned()
    }
}

/// What a build is given, and what was built before.
pub(super) struct Given {
    dockerfile: String,
    files: BTreeMap<String, String>,
    times: BTreeMap<String, u64>,
    arguments: BTreeMap<String, String>,
    images: BTreeMap<String, String>,
    memory: Memory,
    kept: Kept,
    pub(super) cache_off: bool,
}

pub(super) fn files(files: &[(&str, &str)]) -> BTreeMap<String, String> {
    let owned = files
        .iter()
        .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
    owned.collect()
}

/// Steps with what was said of them.
pub(super) struct Said {
    steps: Vec<(String, Expected, Reason, String)>,
    roots: Vec<Option<(usize, usize)>>,
}

impl Said {
    pub(super) fn all(&self) -> impl Iterator<Item = (&str, Expected, &Reason)> {
        self.steps
            .iter()
            .map(|(step, expected, reason, _)| (step.as_str(), *expected, reason))
    }

    fn find(&self, step: &str) -> &(String, Expected, Reason, String) {
        let found = self.steps.iter().find(|(text, ..)| text.starts_with(step));
        found.unwrap_or_else(|| panic!("no step {step}"))
    }

    pub(super) fn words(&self, step: &str) -> (Expected, &str) {
        let (_, expected, _, words) = self.find(step);
        (*expected, words)
    }

    pub(super) fn root(&self, step: &str) -> Option<(usize, usize)> {
        let at = self
            .steps
            .iter()
            .position(|(text, ..)| text.starts_with(step));
        self.roots[at.unwrap()]
    }

    pub(super) fn reason(&self, step: &str) -> &Reason {
        &self.find(step).2
    }
}

impl Given {
    pub(super) fn new(dockerfile: &str, files: BTreeMap<String, String>) -> Self {
        Self {
            dockerfile: dockerfile.to_owned(),
            files,
            times: BTreeMap::new(),
            arguments: BTreeMap::new(),
            images: [("rust".to_owned(), "a".repeat(64))].into(),
            memory: Memory::default(),
            kept: Kept::default(),
            cache_off: false,
        }
    }

    pub(super) fn put(&mut self, path: &str, text: &str) {
        self.files.insert(path.to_owned(), text.to_owned());
    }

    pub(super) fn touch(&mut self, path: &str) {
        *self.times.entry(path.to_owned()).or_default() += 1;
    }

    pub(super) fn argument(&mut self, name: &str, value: &str) {
        self.arguments.insert(name.to_owned(), value.to_owned());
    }

    pub(super) fn image(&mut self, reference: &str, id: &str) {
        self.images.insert(reference.to_owned(), id.to_owned());
    }

    pub(super) fn dockerfile(&mut self, text: &str) {
        text.clone_into(&mut self.dockerfile);
    }

    fn engine() -> EngineInfo {
        EngineInfo {
            kind: "podman".into(),
            version: "4.3.1".into(),
        }
    }

    fn manifest(&self) -> Manifest {
        let nodes = self.files.iter().map(|(path, text)| {
            let time = self.times.get(path).copied().unwrap_or(0);
            (
                Path::new(path.as_str()),
                Node::file(text.as_bytes(), 0o644, time),
            )
        });
        Manifest::of(nodes)
    }

    fn footprint(&self, manifest: &Manifest) -> Footprint {
        let read = dockerfile::read(&self.dockerfile).unwrap();
        let plan = steps_of(&Self::engine(), dockerfile::outline(&self.dockerfile));
        let mut footprint = footprint(Inputs {
            rules: Rules::of(&Self::engine()),
            dockerfile: &read,
            plan: &plan,
            arguments: &self.arguments,
            labels: &BTreeMap::new(),
            manifest,
            recipe: &|| None,
            store: "store",
        });
        footprint.identify(&self.images);
        footprint
    }

    fn said(&self, done: &dyn Fn(&str) -> Option<StepStatus>) -> Said {
        let manifest = self.manifest();
        let footprint = self.footprint(&manifest);
        let case = Case {
            memory: &self.memory,
            archive: &self.kept,
            strategy: "mine",
            footprint: &footprint,
            manifest: &manifest,
            read: &|path| {
                let text = self.files.get(path.to_str()?)?;
                Some(text.as_bytes().to_vec())
            },
            ignored: &[],
            cache_off: self.cache_off,
        };
        let status = |stage: usize, step: usize| done(&footprint.step(stage, step)?.instruction);
        let judgement: Judgement = judge(case, &status);
        let (mut said, mut roots) = (Vec::new(), Vec::new());
        for (stage, steps) in judgement.into_iter().enumerate() {
            for (step, judged) in steps.into_iter().enumerate() {
                let instruction = footprint.step(stage, step).unwrap().instruction.clone();
                let words = judged.reason.to_string();
                roots.push(judged.root);
                said.push((instruction, judged.expected, judged.reason, words));
            }
        }
        Said { steps: said, roots }
    }

    /// Before a build.
    pub(super) fn judged(&self) -> Said {
        self.said(&|_| None)
    }

    /// After a build of these ends.
    pub(super) fn judged_after(&self, status: impl Fn(&str) -> StepStatus) -> Said {
        self.said(&|instruction| Some(status(instruction)))
    }

    /// A build in which each step ran that was expected to.
    pub(super) fn built(&mut self) {
        let said = self.judged();
        self.built_as(|instruction| match said.words(instruction).0 {
            Expected::Hit => StepStatus::Cached,
            _ => StepStatus::Ran,
        });
    }

    /// A build of these ends, remembered.
    pub(super) fn built_as(&mut self, status: impl Fn(&str) -> StepStatus) {
        let manifest = self.manifest();
        let footprint = self.footprint(&manifest);
        let mut record: BuildRecord = sample("mine", 1.0);
        for stage in &footprint.stages {
            let steps = stage.steps.iter().enumerate();
            record.steps.extend(steps.map(|(place, step)| StepRecord {
                stage: stage.name.clone(),
                index: place + 1,
                of: stage.steps.len(),
                instruction: step.instruction.clone(),
                status: status(&step.instruction),
                seconds: Some(1.0),
                started_s: None,
                image: None,
                crates: None,
            }));
        }
        let number = i64::try_from(self.memory.builds().len()).unwrap();
        for text in self.files.values() {
            let bytes = text.as_bytes().to_vec();
            let mut contents = self.kept.contents.lock().unwrap();
            contents.insert(ContentDigest::of(&bytes), bytes);
        }
        let mut manifests = self.kept.manifests.lock().unwrap();
        manifests.insert(manifest.whole(), manifest);
        drop(manifests);
        self.memory.add(Past::new(number, &record, footprint));
    }
}
