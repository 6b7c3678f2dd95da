//! A history of builds to find something in, and one file a kind of finding.

mod arguments;
mod before;
mod files;
mod layers;
mod lto;
mod recipe;
mod told;

use std::collections::{BTreeMap, HashMap};

use super::{Evidence, Finding, FindingKind, Known, Listed, Proof, findings, layers::Opened};
use crate::{
    catalog::{Catalog, embedded},
    domain::{
        archive::Archive,
        build::StepStatus,
        digest::ContentDigest,
        footprint::Footprint,
        history::{Owner, PastBuild},
        ids::Bytes,
        manifest::{Manifest, Node},
        reason::{Cause, Expected, FileChange, FileEvent, PastBuildRef, Reason, StepWhy},
        record::{StepRecord, sample},
    },
    parse::dockerfile::outline,
    why::profiles::profiles,
};

const LOCK: &str = "[[package]]\nname = \"app\"\nversion = \"0.1.0\"\n\n[[package]]\nname = \"itoa\"\nversion = \"1.0.0\"\nsource = \"registry\"\n";
const MANIFEST: &str = "[package]\nname = \"app\"\n";
/// An app with one dependency.
const APP: [(&str, &str); 4] = [
    ("Cargo.toml", MANIFEST),
    ("Cargo.lock", LOCK),
    ("src/main.rs", "fn main() {}"),
    ("README.md", "words"),
];

/// What became of a step.
enum Was {
    /// Cached, and nothing to say of it.
    Kept,
    /// Cached for this reason.
    Cached(Cause),
    /// It ran so many seconds, for a reason of its own.
    Ran(f64, Cause),
    /// It ran so many seconds because of the step at this place, from 0.
    Because(usize, f64),
}

/// Builds of an app, the newest last.
#[derive(Default)]
struct History {
    builds: Vec<PastBuild>,
    contexts: BTreeMap<i64, Manifest>,
    contents: Contents,
    footprints: BTreeMap<i64, Footprint>,
}

#[derive(Default)]
struct Contents(HashMap<ContentDigest, Vec<u8>>);

impl Archive for Contents {
    fn manifest(&self, _: &ContentDigest) -> Option<Manifest> {
        None
    }

    fn content(&self, content: &ContentDigest) -> Option<Vec<u8>> {
        self.0.get(content).cloned()
    }
}

impl History {
    /// One build more, of an app with these files; its number.
    fn add(
        &mut self,
        strategy: &str,
        files: &[(&str, &str)],
        steps: Vec<(&str, &str, Was)>,
    ) -> i64 {
        let id = i64::try_from(self.builds.len()).unwrap() + 1;
        let mut record = sample(strategy, 20.0);
        for (place, (stage, instruction, was)) in steps.into_iter().enumerate() {
            let (status, seconds, cause, root) = match was {
                Was::Kept => (StepStatus::Cached, 0.0, None, None),
                Was::Cached(cause) => (StepStatus::Cached, 0.0, Some(cause), None),
                Was::Ran(seconds, cause) => (StepStatus::Ran, seconds, Some(cause), None),
                Was::Because(root, seconds) => {
                    let cause = Cause::Parent {
                        stage: stage.to_owned(),
                        index: root + 1,
                    };
                    (StepStatus::Ran, seconds, Some(cause), Some(root))
                }
            };
            record.steps.push(StepRecord {
                stage: stage.to_owned(),
                index: place + 1,
                of: 9,
                instruction: instruction.to_owned(),
                status,
                seconds: Some(seconds),
                started_s: None,
                image: None,
                crates: None,
            });
            record.why.push(cause.map(|cause| StepWhy {
                expected: Expected::Miss,
                reason: Reason::sure(cause),
                root,
            }));
        }
        let machine = Owner {
            id: "1".into(),
            name: "here".into(),
            is_own: true,
        };
        self.builds.push(PastBuild {
            id,
            machine,
            record,
        });
        let mut context = Manifest::default();
        for (path, text) in files {
            let bytes = text.as_bytes();
            context = context.with(path.as_ref(), Node::file(bytes, 0o644, 0));
            self.contents
                .0
                .insert(ContentDigest::of(bytes), bytes.to_vec());
        }
        self.contexts.insert(id, context);
        id
    }

    /// The causes of a build were found by comparing it with an earlier one.
    fn compare(&mut self, now: i64, before: i64) {
        let mut builds = self.builds.iter_mut();
        let build = builds.find(|past| past.id == now).unwrap();
        for why in build.record.why.iter_mut().flatten() {
            why.reason.compared_with = Some(PastBuildRef {
                number: before,
                strategy: build.record.strategy.clone(),
                started: String::new(),
            });
        }
    }

    fn found(&self) -> Vec<Finding> {
        self.found_with(&[])
    }

    fn found_with(&self, images: &[Opened]) -> Vec<Finding> {
        let catalog = Catalog::parse(&[embedded()]);
        let known = self.builds.iter().rev().map(|past| {
            let context = self.contexts.get(&past.id).cloned();
            let content = context.as_ref().and_then(|context| {
                let node = context.get("Cargo.toml".as_ref())?;
                match &node.what {
                    crate::domain::manifest::What::File { content, .. } => {
                        self.contents.content(content)
                    }
                    _ => None,
                }
            });
            Known {
                past,
                footprint: self.footprints.get(&past.id),
                context,
                profiles: content.and_then(|bytes| profiles(&String::from_utf8(bytes).unwrap())),
            }
        });
        let listed = catalog.strategies.iter().map(|strategy| Listed {
            strategy,
            stages: outline(&strategy.dockerfile),
        });
        let evidence = Evidence {
            builds: known.collect(),
            strategies: listed.collect(),
            archive: &self.contents,
        };
        findings(&evidence, images)
    }

    /// Those of one kind.
    fn of(&self, kind: FindingKind) -> Vec<Finding> {
        let mut found = self.found();
        found.retain(|finding| finding.kind == kind);
        found
    }
}

/// Other bytes in a file; `detail` says which.
fn changed(path: &str, detail: Option<&str>) -> FileChange {
    FileChange {
        path: path.into(),
        what: FileEvent::Content {
            before: Bytes(1),
            after: Bytes(1),
        },
        detail: detail.map(str::to_owned),
    }
}

fn files(changes: &[FileChange]) -> Cause {
    Cause::Files {
        changes: changes.to_vec(),
        more: 0,
    }
}

fn edit() -> Cause {
    files(&[changed("src/main.rs", None)])
}

/// The strategy that avoids it, if that was measured.
fn measured(finding: &Finding) -> Option<&str> {
    let avoided = finding.avoided_by.as_ref()?;
    match avoided.proof {
        Proof::Measured { .. } => Some(&avoided.strategy),
        Proof::Described { .. } => None,
    }
}

/// The strategy that avoids it by its description alone.
fn described(finding: &Finding) -> Option<&str> {
    let avoided = finding.avoided_by.as_ref()?;
    match avoided.proof {
        Proof::Described { .. } => Some(&avoided.strategy),
        Proof::Measured { .. } => None,
    }
}

#[test]
fn the_dearest_finding_comes_first_and_equal_ones_are_one() {
    let mut history = History::default();
    for (name, seconds) in [("A", 1.0), ("B", 5.0), ("A", 2.0)] {
        let cause = arguments::argument(name);
        history.add(
            "x",
            &APP,
            vec![("0", "RUN apt-get update", Was::Ran(seconds, cause))],
        );
    }
    let found = history.found();
    let told: Vec<(Option<f64>, &[i64])> = found
        .iter()
        .map(|finding| (finding.seconds, finding.builds.as_slice()))
        .collect();
    assert_eq!(told, [(Some(5.0), &[2][..]), (Some(3.0), &[3, 1][..])]);
}
