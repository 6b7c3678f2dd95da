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

use self::over::Trace;
use super::{Order, Runner};
use crate::{
    context::{Context, ContextError, Index, Layout, manifest, with_own_files},
    domain::{
        digest::ContentDigest,
        event::{RunEvent, StagePlan, Trigger},
        footprint::Footprint,
        ids::BuildId,
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
    why::{IgnoredFile, Inputs, Judgement, Memory, Past, footprint, recipe::recipe, rules::Rules},
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
pub(super) struct Tracing(JoinHandle<Option<(Arc<Trace>, Judgement)>>);

/// What of a runner a trace needs.
#[derive(Clone)]
struct Asker {
    engine: Arc<dyn Engine>,
    traces: Arc<Traces>,
    history: History,
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
    /// Lists what is sent, beside the sending, and tells what is to be expected of each step.
    pub(super) fn begin(
        runner: &Runner,
        order: &Order,
        build: BuildId,
        (context, layout): (&Arc<Context>, &Arc<Layout>),
        arguments: &BTreeMap<String, String>,
    ) -> Self {
        let asker = Asker {
            engine: Arc::clone(&runner.engine),
            traces: Arc::clone(&runner.traces),
            history: runner.state.history(),
        };
        let file = index_of(&runner.state, &context.root);
        let made = Made {
            context: Arc::clone(context),
            layout: Arc::clone(layout),
            arguments: arguments.clone(),
            plan: runner.plan(&layout.dockerfile),
        };
        let changed = match &order.trigger {
            Trigger::Changed { files } => files.as_slice(),
            _ => &[],
        };
        let ignored = ignored(context, changed);
        let (app, strategy) = (runner.app.root.clone(), order.strategy.id.0.clone());
        let (cache_off, events) = (order.no_cache, runner.events.clone());
        Self(tokio::spawn(async move {
            let manifest = asker.manifest(&made, file).await?;
            let footprint = asker.footprint(&made, &manifest).await?;
            let trace = Arc::new(Trace {
                traces: asker.traces,
                archive: asker.history.archive(),
                history: asker.history,
                app,
                strategy,
                ignored,
                cache_off,
                engine: asker.engine.info().kind.clone(),
                footprint,
                manifest,
                made,
            });
            let expected = trace.blocking(Trace::expected).await?;
            let steps = trace.foretold(&expected);
            // Nobody listens any more: the program is about to end.
            let _ = events.send(RunEvent::BuildForetold { build, steps }).await;
            Some((trace, expected))
        }))
    }

    /// Ends the trace of a build that is over: its record gets the reasons. What is to be kept with
    /// it; `None` where no trace could be taken.
    pub(super) async fn end(self, engine: &dyn Engine, record: &mut BuildRecord) -> Option<Kept> {
        let (trace, mut expected) = self.0.await.ok()??;
        // What was expected to be there, and was made again.
        let mut gone = Vec::new();
        for image in trace.doubted(record, &expected) {
            if let Ok(None) = engine.image(&image.0).await {
                gone.push(image);
            }
        }
        if !gone.is_empty() {
            trace.with_memory(|memory| memory.are_gone(&gone));
            expected = trace.blocking(Trace::expected).await?;
        }
        let of = record.clone();
        let why = trace.blocking(move |trace| trace.explain(&of, &expected));
        let why = why.await?;
        record.why = why.steps;
        record.expected_s = why.expected_s;
        let contents = trace.blocking(Trace::contents).await?;
        Some(Kept {
            footprint: trace.footprint.clone(),
            manifest: trace.manifest.clone(),
            contents,
        })
    }
}

impl Asker {
    /// What is sent; what is known of the files is kept in `file`.
    async fn manifest(&self, made: &Made, file: PathBuf) -> Option<Manifest> {
        let traces = Arc::clone(&self.traces);
        let (context, layout) = (Arc::clone(&made.context), Arc::clone(&made.layout));
        let sees_own_files = Rules::of(self.engine.info()).sees_own_files;
        let manifest = tokio::task::spawn_blocking(move || {
            let now = SystemTime::now();
            let mut index = traces.lock().index.take();
            let known = index.get_or_insert_with(|| Index::load(&file));
            let made = manifest(&context, &layout, known, now);
            // It is nothing but time saved.
            let _ = known.save_news(&file);
            traces.lock().index = index;
            let made = made?;
            Ok::<_, ContextError>(if sees_own_files {
                with_own_files(&made, &layout)
            } else {
                made
            })
        });
        manifest.await.ok()?.ok()
    }

    async fn footprint(&self, made: &Made, manifest: &Manifest) -> Option<Footprint> {
        let store = self.store().await;
        let read = dockerfile::read(&made.layout.dockerfile).ok()?;
        let labels = [(LABEL.to_owned(), IMAGE.to_owned())].into();
        let recipe = || {
            recipe(manifest, &mut |path| {
                made.layout.bytes_of(&made.context, path)
            })
        };
        let mut footprint = footprint(Inputs {
            rules: Rules::of(self.engine.info()),
            dockerfile: &read,
            plan: &made.plan,
            arguments: &made.arguments,
            labels: &labels,
            manifest,
            recipe: &recipe,
            store: &store,
        });
        let ids = images(self.engine.as_ref(), &footprint).await;
        footprint.identify(&ids);
        Some(footprint)
    }

    /// Where the engine keeps results.
    async fn store(&self) -> String {
        if let Some(store) = &self.traces.lock().store {
            return store.clone();
        }
        let facts = self.engine.facts().await.ok();
        let store = match facts.and_then(|facts| facts.store) {
            Some(folder) => folder.display().to_string(),
            None => self.engine.how().to_owned(),
        };
        self.traces.lock().store = Some(store.clone());
        store
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
