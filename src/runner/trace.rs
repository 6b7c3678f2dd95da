//! Follows what builds depend on: a manifest of what is sent, a footprint of the steps, and from
//! those of the past why each step came from the cache or did not.

mod contents;
mod over;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use tokio::task::JoinHandle;

use self::over::TracedBuild;
use super::{Order, Runner};
use crate::{
    context::{Context, ContextError, Index, Layout, manifest},
    domain::{
        digest::ContentDigest,
        event::{StagePlan, Trigger},
        footprint::Footprint,
        manifest::Manifest,
        record::BuildRecord,
    },
    engine::{Engine, IMAGE, LABEL},
    parse::dockerfile,
    store::{
        StateFolder, StoreError,
        footprints::{Kept, Traced},
        history::History,
    },
    why::{IgnoredFile, Inputs, Memory, Past, footprint, recipe::recipe, rules::Rules},
};

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
            let _ = known.save_news(&file);
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
            archive: runner.state.history().archive(),
            record: record.clone(),
            ignored: ignored(&self.made.context, changed),
            cache_off: order.no_cache,
            footprint,
            manifest,
            made: self.made,
        });
        let mut expected = traced.blocking(TracedBuild::expected).await?;
        // What was expected to be there, and was made again.
        let mut gone = Vec::new();
        for image in traced.doubted(&expected) {
            if let Ok(None) = runner.engine.image(&image.0).await {
                gone.push(image);
            }
        }
        if !gone.is_empty() {
            traced.with_memory(|memory| memory.are_gone(&gone));
            expected = traced.blocking(TracedBuild::expected).await?;
        }
        let why = traced.blocking(move |traced| traced.explain(&expected));
        let why = why.await?;
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
        let recipe = || {
            recipe(manifest, &mut |path| {
                self.layout.bytes_of(&self.context, path)
            })
        };
        let mut footprint = footprint(Inputs {
            rules: Rules::of(runner.engine.info()),
            dockerfile: &read,
            plan: &self.plan,
            arguments: &self.arguments,
            labels: &labels,
            manifest,
            recipe: &recipe,
            store,
        });
        let ids = images(runner.engine.as_ref(), &footprint).await;
        footprint.identify(&ids);
        Some(footprint)
    }
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
    let name = ContentDigest::name_for(root);
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
