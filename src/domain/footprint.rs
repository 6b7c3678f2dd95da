//! What each step of a build depended on, as far as it can be known from outside the engine.
//!
//! A step's result is found again when everything that it depends on is the same: the result of
//! the step before it, and its [`Ingredient`]s. Which ingredients a step has differs from engine to
//! engine; who makes a footprint knows that, and who compares two of them need not.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::digest::ContentDigest;

/// Version of [`Footprint`] as it is kept; raised when an ingredient changes its meaning. Those of
/// other versions are not compared.
pub const FOOTPRINT_SCHEMA: u32 = 1;

/// What all steps of one build depended on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Footprint {
    /// [`FOOTPRINT_SCHEMA`].
    pub schema: u32,
    /// Where the engine keeps results: what one has, another does not.
    pub store: String,
    /// Whole digest of the manifest of what was sent.
    pub context: ContentDigest,
    /// The build arguments that it was called with.
    pub arguments: BTreeMap<String, String>,
    /// Whether stages that the last one does not need are left out.
    pub skips_stages: bool,
    /// In the Dockerfile's order.
    pub stages: Vec<StageFootprint>,
}

/// What the steps of one stage depended on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageFootprint {
    /// `AS name`, or the stage's number.
    pub name: String,
    /// The engine's steps in order, the `FROM` first.
    pub steps: Vec<StepFootprint>,
}

/// What one step depended on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepFootprint {
    /// The instruction as the Dockerfile writes it, on one line.
    pub instruction: String,
    /// Its line in the Dockerfile that was sent, from 1; `None` for a step that the engine adds.
    pub line: Option<usize>,
    /// Whether it depends on the result of the step before it; `COPY --link` does not.
    pub follows: bool,
    /// What else it depends on.
    pub ingredients: Vec<Ingredient>,
}

/// One thing that a step depends on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Ingredient {
    /// The image of a `FROM`, or one that files are copied from.
    Image {
        /// As the Dockerfile names it, arguments put in.
        reference: String,
        /// Its id; `None` where the engine did not have it yet.
        id: Option<String>,
    },
    /// The whole result of an earlier stage.
    Stage {
        /// Its place, from 0.
        stage: usize,
    },
    /// Words of the instruction, as far as the engine compares them.
    Text {
        /// Those words.
        text: String,
    },
    /// A build argument that is in force.
    Argument {
        /// Its name.
        name: String,
        /// Its value; `None` where it is declared and has none.
        value: Option<String>,
    },
    /// A variable of the environment.
    Environment {
        /// Its name.
        name: String,
        /// Its value.
        value: String,
    },
    /// A setting that commands run under: the folder, the user, the shell.
    Setting {
        /// The instruction that sets it, e.g. `WORKDIR`.
        keyword: String,
        /// What it is set to.
        value: String,
    },
    /// Files of the context.
    Files {
        /// Paths and patterns, arguments put in.
        sources: Vec<String>,
        /// Digest of all that they name.
        digest: ContentDigest,
    },
    /// Files of an earlier stage. Engines compare what is in them, which is not known before that
    /// stage was built.
    Copied {
        /// The stage's place, from 0.
        stage: usize,
        /// Their paths.
        paths: Vec<String>,
        /// Digest of what cargo-chef makes a recipe from, where that is what is copied: with the
        /// same manifests the recipe is the same.
        recipe: Option<ContentDigest>,
    },
}

impl Footprint {
    /// References of the images that the build starts or copies from.
    pub fn images(&self) -> impl Iterator<Item = &str> {
        let steps = self.stages.iter().flat_map(|stage| &stage.steps);
        let ingredients = steps.flat_map(|step| &step.ingredients);
        ingredients.filter_map(|one| match one {
            Ingredient::Image { reference, .. } => Some(reference.as_str()),
            _ => None,
        })
    }

    /// Puts in the ids of images, by their references.
    pub fn identify(&mut self, ids: &BTreeMap<String, String>) {
        let steps = self.stages.iter_mut().flat_map(|stage| &mut stage.steps);
        for ingredient in steps.flat_map(|step| &mut step.ingredients) {
            if let Ingredient::Image { reference, id } = ingredient {
                *id = ids.get(reference).cloned();
            }
        }
    }

    /// The ids of those images, as far as they were known.
    #[must_use]
    pub fn image_ids(&self) -> BTreeMap<String, String> {
        let steps = self.stages.iter().flat_map(|stage| &stage.steps);
        let ingredients = steps.flat_map(|step| &step.ingredients);
        let ids = ingredients.filter_map(|one| match one {
            Ingredient::Image { reference, id } => Some((reference.clone(), id.clone()?)),
            _ => None,
        });
        ids.collect()
    }

    /// The step, if there is one.
    #[must_use]
    pub fn step(&self, stage: usize, index: usize) -> Option<&StepFootprint> {
        self.stages.get(stage)?.steps.get(index)
    }
}

impl StepFootprint {
    /// The stage from which it copies, or whose result it starts from or mounts.
    pub fn stages(&self) -> impl Iterator<Item = usize> {
        self.ingredients.iter().filter_map(Ingredient::stage)
    }
}

impl Ingredient {
    /// The earlier stage that it is a part of.
    #[must_use]
    pub fn stage(&self) -> Option<usize> {
        match self {
            Self::Stage { stage } | Self::Copied { stage, .. } => Some(*stage),
            _ => None,
        }
    }
}
