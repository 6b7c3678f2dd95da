//! What a build would cost if it were started now, from the history alone. An engine may be asked
//! whether it still has the results that a forecast relies on.

mod asked;
mod sight;

pub use self::{asked::Asked, sight::Sight};

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use self::sight::{Seen, put_in};
use super::{
    arguments::arguments,
    host::Host,
    stamp::Change,
    trace::{ignored, remembered},
};
use crate::{
    catalog::{Catalog, app::App},
    context::{ContextError, Layout, lay_over, with_own_files},
    domain::{
        dockerfile::Dockerfile,
        footprint::Footprint,
        foreseen::{Foreseen, ForeseenStage, ForeseenStep},
        manifest::Manifest,
        record::EngineInfo,
        strategy::Strategy,
    },
    engine::{IMAGE, LABEL},
    parse::{dockerfile, steps::steps_of},
    store::{StateFolder, StoreError, footprints::KeptContexts},
    why::{Case, Inputs, Memory, estimate, footprint, judge, recipe::recipe, rules::Rules},
};

/// The builds of an app on one engine, and what is on the disk now.
pub struct Foresight {
    memory: Memory,
    archive: KeptContexts,
    engine: EngineInfo,
    store: String,
    host: Host,
    /// Ids of images that the engine was asked for, by name.
    images: BTreeMap<String, String>,
}

/// What is different from what is on the disk.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Supposed {
    /// Files with other bytes.
    pub files: BTreeMap<String, Vec<u8>>,
    /// Build arguments.
    pub arguments: BTreeMap<String, String>,
    /// Files that changed, for those that are not sent.
    pub changed: Vec<PathBuf>,
    /// What is changed in the source with the stamp.
    pub change: Change,
}

/// Why nothing can be foreseen.
#[derive(Debug, thiserror::Error)]
pub enum NotForeseen {
    /// Nothing is known of this strategy.
    #[error("it was not built here yet: `imgtui build {0}` does")]
    NeverBuilt(String),
    /// The app cannot be listed.
    #[error(transparent)]
    Context(#[from] ContextError),
    /// Its Dockerfile cannot be read.
    #[error("its Dockerfile cannot be read: {0}")]
    Dockerfile(#[from] dockerfile::Fault),
}

impl Foresight {
    /// Reads the builds of an app by engines of this kind, or by the one that built last; `None`
    /// where there are none.
    ///
    /// # Errors
    /// When the history cannot be read.
    pub fn load(
        state: &StateFolder,
        app: &Path,
        kind: Option<&str>,
    ) -> Result<Option<Self>, StoreError> {
        let history = state.history();
        let Some((engine, store)) = history.last_traced(app, kind)? else {
            return Ok(None);
        };
        Ok(Some(Self {
            memory: remembered(&history, app, &engine.kind, &store)?,
            archive: history.archive(),
            engine,
            store,
            host: Host::of_this_machine(),
            images: BTreeMap::new(),
        }))
    }

    /// The engine that is meant.
    #[must_use]
    pub fn engine(&self) -> &EngineInfo {
        &self.engine
    }

    /// What a build by this strategy would come to.
    ///
    /// # Errors
    /// Why nothing can be foreseen.
    pub fn foresee(
        &self,
        sight: &mut Sight,
        catalog: &Catalog,
        strategy: &Strategy,
        supposed: &Supposed,
    ) -> Result<Foreseen, NotForeseen> {
        let newest = self.memory.newest(&strategy.id.0);
        let Some(last) = newest.and_then(|build| self.memory.footprint(build)) else {
            return Err(NotForeseen::NeverBuilt(strategy.id.0.clone()));
        };
        let (app, seen) = sight.look(strategy)?;
        let tailored = catalog.tailored(strategy, app);
        let layout = Layout {
            dockerfile: tailored.text.clone(),
            ..layout(app, strategy, seen, supposed)
        };
        let mut manifest = lay_over(&seen.manifest, &layout)?;
        if Rules::of(&self.engine).sees_own_files {
            manifest = with_own_files(&manifest, &layout);
        }
        let read = dockerfile::read(&tailored.text)?;
        let mut strategy_now = strategy.clone();
        strategy_now.dockerfile.clone_from(&tailored.text);
        let arguments = self.arguments(app, &strategy_now, last, supposed);
        let footprint = self.footprint(
            &read,
            &tailored.text,
            &arguments,
            &manifest,
            last,
            &|path| layout.bytes_of(&seen.context, path),
        );
        let ignored = ignored(&seen.context, &supposed.changed);
        let case = Case {
            memory: &self.memory,
            archive: &self.archive,
            strategy: &strategy.id.0,
            footprint: &footprint,
            manifest: &manifest,
            read: &|path| layout.bytes_of(&seen.context, path),
            ignored: &ignored,
            cache_off: false,
        };
        let judgement = judge(case, &|_, _| None);
        let takes = estimate::estimate(&self.memory, &strategy.id.0, &footprint, &judgement);
        let time =
            |stage, step| estimate::time(&self.memory, &strategy.id.0, &footprint, stage, step);
        let stages = judgement.into_iter().enumerate().map(|(stage, steps)| {
            let named = &footprint.stages[stage];
            let steps = steps
                .into_iter()
                .enumerate()
                .map(|(step, judged)| ForeseenStep {
                    instruction: named.steps[step].instruction.clone(),
                    expected: judged.expected,
                    reason: judged.reason,
                    root: judged.root,
                    result: judged.image,
                    takes: time(stage, step),
                });
            ForeseenStage {
                name: named.name.clone(),
                steps: steps.collect(),
            }
        });
        Ok(Foreseen {
            stages: stages.collect(),
            takes,
        })
    }

    fn footprint(
        &self,
        read: &Dockerfile,
        text: &str,
        arguments: &BTreeMap<String, String>,
        manifest: &Manifest,
        last: &Footprint,
        bytes: &dyn Fn(&Path) -> Option<Vec<u8>>,
    ) -> Footprint {
        let plan = steps_of(&self.engine, dockerfile::outline(text));
        let labels = [(LABEL.to_owned(), IMAGE.to_owned())].into();
        let mut footprint = footprint(Inputs {
            rules: Rules::of(&self.engine),
            dockerfile: read,
            plan: &plan,
            arguments,
            labels: &labels,
            manifest,
            recipe: &|| recipe(manifest, &mut |path| bytes(path)),
            store: &self.store,
        });
        let mut images = last.image_ids();
        images.extend(self.images.clone());
        footprint.identify(&images);
        footprint
    }

    /// The arguments of the last build's bases, and those of now.
    fn arguments(
        &self,
        app: &App,
        strategy: &Strategy,
        last: &Footprint,
        supposed: &Supposed,
    ) -> BTreeMap<String, String> {
        let bases = strategy.bases.keys().filter_map(|argument| {
            let value = last.arguments.get(argument)?;
            Some((argument.clone(), value.clone()))
        });
        let mut all = arguments(app, &self.host, strategy, bases.collect());
        all.extend(supposed.arguments.clone());
        all
    }
}

fn layout(app: &App, strategy: &Strategy, seen: &Seen, supposed: &Supposed) -> Layout {
    let mut overlay = strategy.overlay.clone();
    overlay.extend(supposed.files.clone());
    let edit = if strategy.check.is_some() {
        None
    } else if overlay.is_empty() && supposed.change == Change::Nothing {
        seen.stamped.clone()
    } else {
        put_in(&seen.context, &overlay, app, supposed.change)
    };
    Layout {
        overlay,
        edit,
        ..Layout::default()
    }
}
