//! Follows what builds depend on: a manifest of what is sent, a footprint of the steps, and from
//! those of the past why each step came from the cache or did not.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use tokio::task::JoinHandle;

use super::{Order, Runner};
use crate::{
    context::{
        Context, ContextError, Layout,
        manifest::{Index, manifest},
    },
    domain::{
        build::StepStatus,
        digest::ContentDigest,
        event::{StagePlan, Trigger},
        footprint::Footprint,
        ids::ImageId,
        manifest::{Change, ChangeKind, Manifest, What, changes_but_times},
        reason::StepWhy,
        record::BuildRecord,
    },
    engine::{Engine, IMAGE, LABEL},
    parse::dockerfile,
    store::{
        StateFolder, StoreError,
        footprints::{Kept, Traced},
        history::History,
    },
    why::{
        Case, IgnoredFile, Inputs, Judgement, Memory, Past, estimate::estimate, footprint, judge,
        recipe::recipe, rules::Rules,
    },
};

/// Larger files are not kept.
const CONTENT_LIMIT: u64 = 256 << 10;
/// Not more than so many bytes are kept of one build's changes.
const CONTENTS_LIMIT: u64 = 16 << 20;

/// What is remembered between builds by one engine.
#[derive(Debug, Default)]
pub(super) struct Traces(Mutex<Remembered>);

#[derive(Debug, Default)]
struct Remembered {
    /// Where the engine keeps results; `None` until it was asked.
    store: Option<String>,
    memory: Option<Memory>,
    index: Option<Index>,
    /// What was sent last.
    last: Option<Manifest>,
}

/// A build of which a trace is taken.
pub(super) struct Tracing {
    manifest: JoinHandle<Result<Manifest, ContextError>>,
    made: Made,
}

/// What a build is made from.
struct Made {
    context: Arc<Context>,
    layout: Arc<Layout>,
    arguments: BTreeMap<String, String>,
    plan: Vec<StagePlan>,
}

impl Traces {
    fn lock(&self) -> MutexGuard<'_, Remembered> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tracing {
    /// Begins to list what is sent, beside the sending.
    pub(super) fn begin(
        runner: &Runner,
        context: &Arc<Context>,
        layout: &Arc<Layout>,
        arguments: &BTreeMap<String, String>,
    ) -> Self {
        let traces = Arc::clone(&runner.traces);
        let file = index_of(&runner.state, &context.root);
        let (of, laid_over) = (Arc::clone(context), Arc::clone(layout));
        let manifest = tokio::task::spawn_blocking(move || {
            let now = SystemTime::now();
            let mut index = traces.lock().index.take();
            let known = index.get_or_insert_with(|| Index::load(&file));
            let made = manifest(&of, &laid_over, known, now);
            // It is nothing but time saved.
            let _ = known.save(&file);
            traces.lock().index = index;
            made
        });
        Self {
            manifest,
            made: Made {
                context: Arc::clone(context),
                layout: Arc::clone(layout),
                arguments: arguments.clone(),
                plan: runner.plan(&layout.dockerfile),
            },
        }
    }

    /// Ends the trace of a build that is over: its record gets the reasons. What is to be kept with
    /// it; `None` where no trace could be taken.
    pub(super) async fn end(
        self,
        runner: &Runner,
        order: &Order,
        record: &mut BuildRecord,
    ) -> Option<Kept> {
        let manifest = self.manifest.await.ok()?.ok()?;
        let store = store_of(runner).await;
        let footprint = self.made.footprint(runner, &manifest, &store).await?;
        let changed = match &record.trigger {
            Trigger::Changed { files } => files.as_slice(),
            _ => &[],
        };
        let traced = Arc::new(TracedBuild {
            traces: Arc::clone(&runner.traces),
            history: runner.state.history(),
            record: record.clone(),
            ignored: ignored(&self.made.context, changed),
            cache_off: order.no_cache,
            footprint,
            manifest,
            made: self.made,
        });
        // What was expected to be there, and was made again.
        let doubted = traced.blocking(TracedBuild::doubted).await?;
        let mut gone = Vec::new();
        for image in doubted {
            if let Ok(None) = runner.engine.image(&image.0).await {
                gone.push(image);
            }
        }
        let why = traced.blocking(move |traced| traced.explain(&gone)).await?;
        record.why = why.steps;
        record.expected_s = why.expected_s;
        let contents = traced.blocking(TracedBuild::contents).await?;
        Some(Kept {
            footprint: traced.footprint.clone(),
            manifest: traced.manifest.clone(),
            contents,
        })
    }
}

impl Made {
    async fn footprint(
        &self,
        runner: &Runner,
        manifest: &Manifest,
        store: &str,
    ) -> Option<Footprint> {
        let read = dockerfile::read(&self.layout.dockerfile).ok()?;
        let labels = [(LABEL.to_owned(), IMAGE.to_owned())].into();
        let recipe = recipe(manifest, &mut |path| {
            bytes_of(&self.context, &self.layout, path)
        });
        let with = |images: &BTreeMap<String, String>| {
            footprint(Inputs {
                rules: Rules::of(runner.engine.info()),
                dockerfile: &read,
                plan: &self.plan,
                arguments: &self.arguments,
                labels: &labels,
                images,
                manifest,
                recipe,
                store,
            })
        };
        // Which images they are follows from the Dockerfile, and their ids from the engine.
        let named = with(&BTreeMap::new());
        Some(with(&images(runner.engine.as_ref(), &named).await))
    }
}

/// A build that is over, with what its steps depended on.
struct TracedBuild {
    traces: Arc<Traces>,
    history: History,
    record: BuildRecord,
    ignored: Vec<IgnoredFile>,
    cache_off: bool,
    footprint: Footprint,
    manifest: Manifest,
    made: Made,
}

impl TracedBuild {
    /// On a thread for blocking work.
    async fn blocking<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> T + Send + 'static,
    ) -> Option<T> {
        let traced = Arc::clone(self);
        tokio::task::spawn_blocking(move || work(&traced))
            .await
            .ok()
    }

    fn with_memory<T>(&self, work: impl FnOnce(&mut Memory) -> T) -> T {
        let mut remembered_now = self.traces.lock();
        let memory = remembered_now.memory.get_or_insert_with(|| {
            let record = &self.record;
            let store = &self.footprint.store;
            // A history that cannot be read is told of when the build is put into it.
            remembered(&self.history, &record.app, &record.engine.kind, store).unwrap_or_default()
        });
        work(memory)
    }

    fn judge(
        &self,
        memory: &Memory,
        done: &dyn Fn(usize, usize) -> Option<StepStatus>,
    ) -> Judgement {
        let case = Case {
            memory,
            archive: &self.history.archive(),
            strategy: &self.record.strategy,
            footprint: &self.footprint,
            manifest: &self.manifest,
            read: &|path| bytes_of(&self.made.context, &self.made.layout, path),
            ignored: &self.ignored,
            cache_off: self.cache_off,
        };
        judge(case, done)
    }

    fn status(&self, stage: usize, step: usize) -> Option<StepStatus> {
        let place = place(&self.record, &self.footprint, stage, step)?;
        Some(self.record.steps[place].status)
    }

    /// Images of results that were expected to be there, of steps that ran.
    fn doubted(&self) -> Vec<ImageId> {
        let expected = self.with_memory(|memory| self.judge(memory, &|_, _| None));
        let mut doubted = Vec::new();
        for (stage, steps) in expected.into_iter().enumerate() {
            for (step, judged) in steps.into_iter().enumerate() {
                let has_run = self.status(stage, step) == Some(StepStatus::Ran);
                doubted.extend(judged.image.filter(|_| has_run));
            }
        }
        doubted
    }

    fn explain(&self, gone: &[ImageId]) -> Explained {
        self.with_memory(|memory| {
            memory.are_gone(gone);
            let expected = self.judge(memory, &|_, _| None);
            let strategy = &self.record.strategy;
            let seconds = estimate(memory, strategy, &self.footprint, &expected);
            let judged = self.judge(memory, &|stage, step| self.status(stage, step));
            Explained {
                steps: in_order(&self.record, &self.footprint, &expected, &judged),
                expected_s: seconds.map(|time| time.as_secs_f64()),
            }
        })
    }

    /// The bytes of what people edit, of those files that are new or changed.
    fn contents(&self) -> Vec<(ContentDigest, Vec<u8>)> {
        let last = self.traces.lock().last.replace(self.manifest.clone());
        let changed = changes_but_times(&last.unwrap_or_default(), &self.manifest);
        contents(
            &changed,
            &self.manifest,
            &self.made.context,
            &self.made.layout,
        )
    }
}

/// What a build's steps are told.
struct Explained {
    steps: Vec<Option<StepWhy>>,
    expected_s: Option<f64>,
}

/// Reasons in the order of the record's steps.
fn in_order(
    record: &BuildRecord,
    footprint: &Footprint,
    expected: &Judgement,
    judged: &Judgement,
) -> Vec<Option<StepWhy>> {
    let mut steps = vec![None; record.steps.len()];
    for (stage, all) in judged.iter().enumerate() {
        for (step, judged) in all.iter().enumerate() {
            let Some(at) = place(record, footprint, stage, step) else {
                continue;
            };
            let is_over = matches!(
                record.steps[at].status,
                StepStatus::Cached | StepStatus::Ran | StepStatus::Failed
            );
            let root = judged
                .root
                .and_then(|(stage, step)| place(record, footprint, stage, step));
            let why = StepWhy {
                expected: expected[stage][step].expected,
                reason: judged.reason.clone(),
                root,
            };
            steps[at] = Some(why).filter(|_| is_over);
        }
    }
    steps
}

/// Where a step of the footprint stands among the record's.
fn place(record: &BuildRecord, footprint: &Footprint, stage: usize, step: usize) -> Option<usize> {
    let name = &footprint.stages.get(stage)?.name;
    let mut steps = record.steps.iter();
    steps.position(|one| one.stage == *name && one.index == step + 1)
}

/// The builds of an app that the history knows of one store.
pub(super) fn remembered(
    history: &History,
    app: &Path,
    kind: &str,
    store: &str,
) -> Result<Memory, StoreError> {
    let mut memory = Memory::default();
    for Traced {
        number,
        record,
        footprint,
    } in history.traced(app, kind, store)?
    {
        memory.add(Past::new(number, &record, footprint));
    }
    Ok(memory)
}

impl Runner {
    /// Remembers a build that is in the history now.
    pub(super) fn remember(&self, number: i64, record: &BuildRecord, footprint: Footprint) {
        if let Some(memory) = &mut self.traces.lock().memory {
            memory.add(Past::new(number, record, footprint));
        }
    }
}

/// Where the engine keeps results.
async fn store_of(runner: &Runner) -> String {
    if let Some(store) = &runner.traces.lock().store {
        return store.clone();
    }
    let facts = runner.engine.facts().await.ok();
    let store = match facts.and_then(|facts| facts.store) {
        Some(folder) => folder.display().to_string(),
        None => runner.engine.how().to_owned(),
    };
    runner.traces.lock().store = Some(store.clone());
    store
}

/// The ids of the images that a build starts or copies from.
async fn images(engine: &dyn Engine, footprint: &Footprint) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for reference in footprint.images() {
        if let Ok(Some(image)) = engine.image(reference).await {
            found.insert(reference.to_owned(), image.id.0);
        }
    }
    found
}

/// The file of what is known of an app's files.
pub(super) fn index_of(state: &StateFolder, root: &Path) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    let name = ContentDigest::of(root.as_os_str().as_bytes()).short(16);
    state.path().join(format!("index-{name}"))
}

/// Files that changed and are not sent.
pub(super) fn ignored(context: &Context, changed: &[PathBuf]) -> Vec<IgnoredFile> {
    let mut found = Vec::new();
    for file in changed {
        let mut left_out = context.ignored.iter();
        let by = left_out.find(|one| file == &one.path || file.starts_with(&one.path));
        found.extend(by.map(|by| IgnoredFile {
            path: file.clone(),
            file: by.file.clone(),
            line: by.line,
        }));
    }
    found
}

/// A file's bytes as they are sent.
pub(super) fn bytes_of(context: &Context, layout: &Layout, path: &Path) -> Option<Vec<u8>> {
    if let Some(edit) = layout.edit.as_ref().filter(|edit| edit.path == path) {
        return Some(edit.bytes.clone());
    }
    if let Some(bytes) = path.to_str().and_then(|path| layout.overlay.get(path)) {
        return Some(bytes.clone());
    }
    context.entry(path)?;
    std::fs::read(context.root.join(path)).ok()
}

/// The bytes of what people edit, of those files that are new or changed.
fn contents(
    changed: &[Change],
    manifest: &Manifest,
    context: &Context,
    layout: &Layout,
) -> Vec<(ContentDigest, Vec<u8>)> {
    let mut found = Vec::new();
    let mut total = 0;
    for change in changed {
        let is_new = matches!(
            change.kind,
            ChangeKind::Added | ChangeKind::Content { .. } | ChangeKind::Kind
        );
        let Some(What::File { bytes, content }) = manifest.get(&change.path).map(|node| &node.what)
        else {
            continue;
        };
        if !is_new || bytes.0 > CONTENT_LIMIT || !is_edited_by_people(&change.path) {
            continue;
        }
        total += bytes.0;
        if total > CONTENTS_LIMIT {
            break;
        }
        // It may have changed since it was listed.
        let read = bytes_of(context, layout, &change.path);
        found.extend(
            read.filter(|read| ContentDigest::of(read) == *content)
                .map(|read| (*content, read)),
        );
    }
    found
}

/// Sources and manifests. Anything else could be a secret that nobody wants to find in a history.
fn is_edited_by_people(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    let has_ending = |ending: &str| path.extension().is_some_and(|found| found == ending);
    has_ending("rs") || matches!(name, Some("Cargo.toml" | "Cargo.lock"))
}
