//! From a Dockerfile, its arguments and the files that are sent to what each step depends on.
//!
//! The rules of an engine are in [`Rules`]: which words of an instruction it compares, which
//! settings a command's result depends on, what of a file counts.

use std::collections::BTreeMap;

use super::{
    rules::Rules,
    scope::Scope,
    selection::{Compared, Selection},
};
use crate::domain::{
    digest::ContentDigest,
    dockerfile::{Copy, Dockerfile, Instruction, Kind, Mount, MountKind, Run, Source, Stage},
    event::StagePlan,
    footprint::{FOOTPRINT_SCHEMA, Footprint, Ingredient, StageFootprint, StepFootprint},
    manifest::Manifest,
};

/// All that a build depends on.
#[derive(Clone, Copy)]
pub struct Inputs<'a> {
    /// How the engine compares.
    pub rules: Rules,
    /// What is built.
    pub dockerfile: &'a Dockerfile,
    /// The steps that the engine makes of it.
    pub plan: &'a [StagePlan],
    /// Build arguments that the build is called with.
    pub arguments: &'a BTreeMap<String, String>,
    /// Labels that the build is called with.
    pub labels: &'a BTreeMap<String, String>,
    /// What is sent.
    pub manifest: &'a Manifest,
    /// Digest of what cargo-chef would make its recipe from; asked for where one is made.
    pub recipe: &'a dyn Fn() -> Option<ContentDigest>,
    /// Where the engine keeps results.
    pub store: &'a str,
}

/// What each step depends on. Images have no ids yet: [`Footprint::identify`] puts them in.
#[must_use]
pub fn footprint(inputs: Inputs<'_>) -> Footprint {
    let mut stages = inputs.dockerfile.stages.iter();
    let recipe = stages.any(prepares_recipe).then(inputs.recipe).flatten();
    let mut scopes: Vec<Scope> = Vec::new();
    let mut stages = Vec::new();
    for (number, stage) in inputs.dockerfile.stages.iter().enumerate() {
        let begun = Begun {
            inputs,
            number,
            stage,
            scopes: &scopes,
            recipe,
        };
        let (footprint, scope) = begun.walk();
        stages.push(footprint);
        scopes.push(scope);
    }
    Footprint {
        schema: FOOTPRINT_SCHEMA,
        store: inputs.store.to_owned(),
        context: inputs.manifest.whole(),
        arguments: inputs.arguments.clone(),
        skips_stages: inputs.rules.skips_stages,
        stages,
    }
}

/// One stage, and the scopes of those before it.
struct Begun<'a> {
    inputs: Inputs<'a>,
    number: usize,
    stage: &'a Stage,
    scopes: &'a [Scope],
    /// Digest of what a recipe is made from, where one is.
    recipe: Option<ContentDigest>,
}

impl Begun<'_> {
    fn walk(&self) -> (StageFootprint, Scope) {
        let Self { inputs, stage, .. } = self;
        let global = Scope::global(inputs.dockerfile, inputs.arguments);
        let image = global.expand(&stage.image);
        let earlier = self.place(&image);
        let mut scope = match earlier.and_then(|earlier| self.scopes.get(earlier)) {
            Some(scope) => scope.inherited(inputs.rules),
            None => Scope::empty(inputs.dockerfile.escape),
        };
        let planned = inputs.plan.get(self.number);
        let planned = planned.map_or(&[][..], |plan| &plan.instructions);
        let mut steps = vec![StepFootprint {
            instruction: planned.first().cloned().unwrap_or_default(),
            line: Some(stage.line),
            follows: false,
            ingredients: vec![match earlier {
                Some(stage) => Ingredient::Stage { stage },
                None => named(image),
            }],
        }];
        let mut next = 1;
        for instruction in &stage.instructions {
            let is_step = planned.get(next) == Some(&instruction.text);
            // `ENV A=$A` means the former one; an argument and a folder are in force at once.
            let before = scope.clone();
            scope.apply(&instruction.kind, inputs.arguments, &global);
            if is_step {
                let in_force = match instruction.kind {
                    Kind::Argument(_) | Kind::WorkingFolder(_) => &scope,
                    _ => &before,
                };
                steps.push(self.step(instruction, in_force));
                next += 1;
            }
        }
        // Steps that the engine adds: the labels of the call.
        for added in planned.iter().skip(next) {
            let labels = inputs.labels.iter();
            let words = labels.map(|(name, value)| format!("{name}={value}"));
            steps.push(StepFootprint {
                instruction: added.clone(),
                line: None,
                follows: true,
                ingredients: vec![Ingredient::Text {
                    text: words.collect::<Vec<_>>().join(" "),
                }],
            });
        }
        let name = stage.name.clone();
        let footprint = StageFootprint {
            name: name.unwrap_or_else(|| self.number.to_string()),
            steps,
        };
        (footprint, scope)
    }

    /// The earlier stage of this name or number.
    fn place(&self, name: &str) -> Option<usize> {
        let stages = &self.inputs.dockerfile.stages[..self.number];
        let is_named = |stage: &Stage| {
            let own = stage.name.as_deref();
            own.is_some_and(|own| own.eq_ignore_ascii_case(name))
        };
        let by_name = stages.iter().rposition(is_named);
        by_name.or_else(|| name.parse().ok().filter(|place| *place < self.number))
    }

    fn step(&self, instruction: &Instruction, scope: &Scope) -> StepFootprint {
        let rules = self.inputs.rules;
        let mut follows = true;
        let ingredients = match &instruction.kind {
            Kind::Run(run) => self.run(instruction, run, scope),
            Kind::Copy(copy) | Kind::Add(copy) => {
                follows = !(copy.link && rules.links_stand_alone);
                self.copy(instruction, copy, scope)
            }
            _ => vec![Ingredient::Text {
                text: rules.setting(instruction, scope),
            }],
        };
        StepFootprint {
            instruction: instruction.text.clone(),
            line: Some(instruction.line),
            follows,
            ingredients,
        }
    }

    fn run(&self, instruction: &Instruction, run: &Run, scope: &Scope) -> Vec<Ingredient> {
        let rules = self.inputs.rules;
        let text = rules.command(instruction, run, scope);
        let mut found = vec![Ingredient::Text { text }];
        found.extend(rules.arguments(scope));
        if rules.commands_see_settings {
            found.extend(scope.environment());
            found.extend(scope.settings());
        }
        let mounts = run.mounts.iter();
        found.extend(mounts.filter_map(|mount| self.mount(mount, scope)));
        found
    }

    /// What a command sees of elsewhere through a mount. Cache mounts, secrets and the like are no
    /// part of a result for any engine.
    fn mount(&self, mount: &Mount, scope: &Scope) -> Option<Ingredient> {
        let rules = self.inputs.rules;
        if mount.kind != MountKind::Bind || !rules.bind_mounts_count {
            return None;
        }
        let path = mount.source.as_deref().unwrap_or(".");
        let path = scope.expand(path);
        let Some(from) = &mount.from else {
            return Some(self.files(&[path], &[], rules.compared));
        };
        Some(match self.place(&scope.expand(from)) {
            Some(stage) if rules.bind_mounts_by_content => Ingredient::Copied {
                stage,
                paths: vec![path],
                recipe: None,
            },
            Some(stage) => Ingredient::Stage { stage },
            None => named(scope.expand(from)),
        })
    }

    fn copy(&self, instruction: &Instruction, copy: &Copy, scope: &Scope) -> Vec<Ingredient> {
        let rules = self.inputs.rules;
        let mut found = vec![Ingredient::Text {
            text: rules.target(instruction, copy, scope),
        }];
        let mut paths = Vec::new();
        for source in &copy.sources {
            match source {
                Source::Path(path) => paths.push(scope.expand(path)),
                Source::Heredoc(heredoc) => found.push(Ingredient::Text {
                    text: if heredoc.expand {
                        scope.expand_body(&heredoc.body())
                    } else {
                        heredoc.body().into_owned()
                    },
                }),
            }
        }
        let exclude: Vec<String> = copy.exclude.iter().map(|one| scope.expand(one)).collect();
        match &copy.from {
            Some(from) => found.push(self.from(&scope.expand(from), paths)),
            None if paths.is_empty() => {}
            None => found.push(self.files(&paths, &exclude, rules.compared(copy, scope))),
        }
        found
    }

    fn from(&self, from: &str, paths: Vec<String>) -> Ingredient {
        let Some(stage) = self.place(from) else {
            return named(from.to_owned());
        };
        let from = &self.inputs.dockerfile.stages[stage];
        let recipe = self.recipe.filter(|_| prepares_recipe(from));
        Ingredient::Copied {
            stage,
            paths,
            recipe,
        }
    }

    fn files(&self, sources: &[String], exclude: &[String], compared: Compared) -> Ingredient {
        let selection = Selection::new(sources, exclude);
        let digest = selection.digest(self.inputs.manifest, compared);
        Ingredient::Files {
            sources: sources.to_vec(),
            digest,
        }
    }
}

fn named(reference: String) -> Ingredient {
    Ingredient::Image {
        reference,
        id: None,
    }
}

/// Whether the last command of a stage is cargo-chef's first half.
fn prepares_recipe(stage: &Stage) -> bool {
    let mut instructions = stage.instructions.iter().rev();
    let last = instructions.find(|one| matches!(one.kind, Kind::Run(_)));
    last.is_some_and(|run| run.text.contains("cargo chef prepare"))
}
