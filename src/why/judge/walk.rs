//! The way through a build's steps.

use super::{Case, Judged, Judgement, twins::Twins};
use crate::{
    domain::{
        build::StepStatus,
        footprint::{Ingredient, StepFootprint},
        reason::{Cause, Certainty, Expected, Reason},
    },
    why::{
        difference::{Difference, difference},
        hit,
        key::{ResultKey, key_of, shape_of},
        memory::{Place, StageKeys, Stages, parent_of},
    },
};

/// Engines do not make the same twice: podman 4.3.1 and BuildKit (docker 20.10) were seen to.
const MADE_ONCE: &str = "which of steps that are the same is made is up to the engine";
/// What of a stage is only known once it was built.
const NOT_BUILT_YET: &str = "what that stage makes is not known before it is built";

/// On the way through a build.
pub(super) struct Walk<'a> {
    case: Case<'a>,
    keys: StageKeys,
    twins: Twins,
    steps: Judgement,
    needed: Vec<bool>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(case: Case<'a>, needed: Vec<bool>) -> Self {
        Self {
            case,
            keys: StageKeys::default(),
            twins: Twins::default(),
            steps: Vec::new(),
            needed,
        }
    }

    /// Through all steps.
    pub(super) fn through(
        mut self,
        done: &dyn Fn(usize, usize) -> Option<StepStatus>,
    ) -> Judgement {
        for (stage, steps) in self.case.footprint.stages.iter().enumerate() {
            self.keys.push_stage();
            self.twins.begin_stage();
            self.steps.push(Vec::new());
            for (step, footprint) in steps.steps.iter().enumerate() {
                let done = done(stage, step);
                let (mut judged, key) = self.step(stage, step, footprint, done);
                let is_new = judged.expected == Expected::Miss && !self.case.cache_off;
                let memory = self.case.memory;
                if let Some(first) = self.twins.first(memory, (stage, step), footprint, is_new) {
                    judged = self.once(first, judged, done);
                }
                self.steps[stage].push(judged);
                self.keys.push(key);
            }
        }
        self.steps
    }

    /// A step that is the same as an earlier one, which is to be made: one of both is.
    fn once(&mut self, first: (usize, usize), judged: Judged, done: Option<StepStatus>) -> Judged {
        let cause = Cause::SameStep {
            stage: self.case.footprint.stages[first.0].name.clone(),
            index: first.1 + 1,
        };
        match done {
            None => {
                let steps = self.steps.get_mut(first.0);
                if let Some(first) = steps.and_then(|steps| steps.get_mut(first.1)) {
                    first.reason.certainty = Certainty::Likely {
                        because: MADE_ONCE.into(),
                    };
                }
                Judged {
                    root: judged.root,
                    ..own(Expected::Hit, Reason::likely(cause, MADE_ONCE))
                }
            }
            Some(StepStatus::Cached) => own(judged.expected, Reason::sure(cause)),
            Some(_) => judged,
        }
    }

    /// One step, and the key of its result where there should be one.
    fn step(
        &self,
        stage: usize,
        step: usize,
        footprint: &StepFootprint,
        done: Option<StepStatus>,
    ) -> (Judged, Option<ResultKey>) {
        if done == Some(StepStatus::NotReached) || (done.is_none() && !self.needed[stage]) {
            let reason = Reason::sure(Cause::NotNeeded);
            return (own(Expected::NotNeeded, reason), None);
        }
        if step == 0 {
            return self.beginning(stage, footprint);
        }
        let parent = parent_of(stage, step, footprint, &self.keys);
        let (judged, key) = match parent {
            None => (self.derived(stage, step), None),
            Some(parent) => self.after(parent, stage, step, footprint),
        };
        match (judged.expected, done) {
            (_, Some(StepStatus::Ran | StepStatus::Failed)) if self.case.cache_off => {
                (own(judged.expected, Reason::sure(Cause::CacheOff)), None)
            }
            (Expected::Hit, Some(StepStatus::Ran | StepStatus::Failed)) => {
                (own(Expected::Hit, self.gone(key)), None)
            }
            (Expected::Miss, Some(StepStatus::Ran | StepStatus::Failed)) => (certain(judged), None),
            (Expected::Miss, Some(StepStatus::Cached)) => self.found(parent, footprint, &judged),
            _ => (judged, key),
        }
    }

    /// A `FROM` costs nothing, but what it names may be another.
    fn beginning(&self, stage: usize, footprint: &StepFootprint) -> (Judged, Option<ResultKey>) {
        let stages = self.stages(None);
        let key = key_of(None, footprint, &stages);
        let before = self.before(stage, 0);
        let changed = before.and_then(|place| self.difference(place, footprint));
        let reason = match (changed, footprint.stages().next()) {
            (Some(found), None) => found,
            (_, Some(earlier)) if key.is_none() => Reason::sure(self.upstream(earlier)),
            _ => Reason::sure(Cause::Unchanged),
        };
        (own(Expected::Hit, reason), key)
    }

    /// A step whose parent's result is there.
    fn after(
        &self,
        parent: Option<ResultKey>,
        stage: usize,
        step: usize,
        footprint: &StepFootprint,
    ) -> (Judged, Option<ResultKey>) {
        if let Some((key, guessed)) = self.result(parent, footprint) {
            let upstream: Vec<Option<ResultKey>> = footprint
                .stages()
                .map(|stage| self.keys.last(stage))
                .collect();
            let reason = hit::reason(self.case, footprint, key, &upstream, guessed);
            let judged = Judged {
                image: self.case.memory.image(key).cloned(),
                ..own(Expected::Hit, reason)
            };
            return (judged, Some(key));
        }
        let new_stage = footprint
            .stages()
            .find(|earlier| self.keys.last(*earlier).is_none());
        let before = self.follower(parent, stage);
        let changed = before.and_then(|place| self.difference(place, footprint));
        // What the step says of itself comes before what it takes from others.
        if let (Some(earlier), None | Some(Cause::Upstream { .. })) =
            (new_stage, changed.as_ref().map(|reason| &reason.cause))
        {
            let root = self.root(earlier);
            let cause = self.upstream(earlier);
            let copies_only = footprint
                .ingredients
                .iter()
                .all(|one| !matches!(one, Ingredient::Stage { .. }));
            let reason = if copies_only {
                Reason::likely(cause, NOT_BUILT_YET)
            } else {
                Reason::sure(cause)
            };
            return (
                Judged {
                    root,
                    ..own(Expected::Miss, reason)
                },
                None,
            );
        }
        let reason = match (changed, before) {
            (Some(reason), _) => reason,
            (None, Some(place)) => Reason {
                compared_with: Some(self.case.memory.builds()[place.build].reference()),
                ..Reason::sure(Cause::Gone)
            },
            (None, None) => self.never(stage, step),
        };
        (own(Expected::Miss, reason), None)
    }

    /// The result that this step should find; `true` where a recipe was taken for the same.
    fn result(
        &self,
        parent: Option<ResultKey>,
        footprint: &StepFootprint,
    ) -> Option<(ResultKey, bool)> {
        let memory = self.case.memory;
        let is_there = |key: &ResultKey| memory.has(*key);
        let known = key_of(parent, footprint, &self.stages(None)).filter(is_there);
        if let Some(key) = known {
            return Some((key, false));
        }
        let recipes = footprint.ingredients.iter().filter_map(|one| match one {
            Ingredient::Copied {
                recipe: Some(recipe),
                stage,
                ..
            } if self.keys.last(*stage).is_none() => Some(*recipe),
            _ => None,
        });
        let mut guesses = recipes.flat_map(|recipe| memory.recipes(recipe).iter().rev());
        guesses.find_map(|guess| {
            let key = key_of(parent, footprint, &self.stages(Some(*guess)))?;
            memory.has(key).then_some((key, true))
        })
    }

    /// The engine found a result where none was expected.
    #[expect(
        clippy::option_option,
        reason = "nothing to follow and nothing known are different answers"
    )]
    fn found(
        &self,
        parent: Option<Option<ResultKey>>,
        footprint: &StepFootprint,
        judged: &Judged,
    ) -> (Judged, Option<ResultKey>) {
        let memory = self.case.memory;
        let alike = parent.and_then(|parent| memory.alike(shape_of(parent, footprint)));
        // That it was found says that there is a result for just what the step depends on.
        let plain = || key_of(parent?, footprint, &self.stages(None));
        let key = alike.and_then(|place| memory.key(place)).or_else(plain);
        let reason = match &judged.reason.cause {
            Cause::Upstream { stage, .. } => Reason::sure(Cause::SameContent {
                stage: stage.clone(),
                recipe: false,
            }),
            // Results of builds that nobody remembers.
            Cause::NeverBuilt => Reason::likely(
                Cause::Earlier,
                "the engine has the result of a build that the history does not know",
            ),
            _ => Reason::likely(Cause::Unexplained, format!("expected: {}", judged.reason)),
        };
        (own(judged.expected, reason), key)
    }

    /// A step behind one with a new result.
    fn derived(&self, stage: usize, step: usize) -> Judged {
        let before = &self.steps[stage][..step];
        let new = (0..step).find(|place| self.keys.at(stage, *place).is_none());
        let index = new.unwrap_or(step - 1);
        // A `FROM` of another stage, or of a new image, is no step that ran.
        let from = before.first().filter(|_| index == 0);
        if let Some(Judged {
            reason:
                reason @ Reason {
                    cause: Cause::Upstream { .. },
                    ..
                },
            ..
        }) = from
        {
            let earlier = self.case.footprint.stages[stage].steps[0].stages().next();
            let root = earlier.and_then(|earlier| self.root(earlier));
            return Judged {
                root,
                ..own(Expected::Miss, reason.clone())
            };
        }
        let root = before.get(index).and_then(|one| one.root);
        let reason = Reason::sure(Cause::Parent {
            stage: self.case.footprint.stages[stage].name.clone(),
            index: index + 1,
        });
        Judged {
            root: root.or(Some((stage, index))),
            ..own(Expected::Miss, reason)
        }
    }

    /// No build of this strategy came here from this result.
    fn never(&self, stage: usize, step: usize) -> Reason {
        let from = self.steps[stage].first().map(|from| &from.reason);
        match from {
            // Another image means other results for all that is based on it.
            Some(
                reason @ Reason {
                    cause: Cause::Image { .. },
                    ..
                },
            ) if step > 0 => reason.clone(),
            _ => Reason::sure(Cause::NeverBuilt),
        }
    }

    fn gone(&self, key: Option<ResultKey>) -> Reason {
        let memory = self.case.memory;
        let place = key.and_then(|key| memory.results(key).next());
        let past = place.map(|place| memory.builds()[place.build].reference());
        Reason {
            compared_with: past,
            ..Reason::likely(Cause::Gone, "all that it depends on is as it was")
        }
    }

    fn upstream(&self, earlier: usize) -> Cause {
        Cause::Upstream {
            stage: self.case.footprint.stages[earlier].name.clone(),
            index: self.first_new(earlier).map(|step| step + 1),
        }
    }

    /// The step because of which a stage has a new result, in whichever stage that is.
    fn root(&self, stage: usize) -> Option<(usize, usize)> {
        let step = self.first_new(stage)?;
        let judged = self.steps.get(stage)?.get(step)?;
        Some(judged.root.unwrap_or((stage, step)))
    }

    /// The first step of a stage whose result is new.
    fn first_new(&self, stage: usize) -> Option<usize> {
        let mut steps = 0..self.case.footprint.stages.get(stage)?.steps.len();
        steps.find(|step| self.keys.at(stage, *step).is_none())
    }

    /// The step of the newest build by this strategy at this place.
    fn before(&self, stage: usize, step: usize) -> Option<Place> {
        let memory = self.case.memory;
        let name = &self.case.footprint.stages[stage].name;
        let build = memory.newest(self.case.strategy)?;
        let stages = &memory.footprint(build)?.stages;
        let stage = stages.iter().position(|stage| stage.name == *name)?;
        (step < stages[stage].steps.len()).then_some(Place { build, stage, step })
    }

    /// What came after the same result in this stage the last time.
    fn follower(&self, parent: Option<ResultKey>, stage: usize) -> Option<Place> {
        let memory = self.case.memory;
        let name = &self.case.footprint.stages[stage].name;
        memory.followers(parent).find(|place| {
            let past = &memory.builds()[place.build];
            let named = past.footprint.stages.get(place.stage);
            past.strategy == self.case.strategy && named.is_some_and(|stage| stage.name == *name)
        })
    }

    fn difference(&self, before: Place, now: &StepFootprint) -> Option<Reason> {
        let memory = self.case.memory;
        let past = &memory.builds()[before.build];
        let cause = difference(Difference {
            before: memory.step(before)?,
            past: &past.footprint,
            now,
            manifest: self.case.manifest,
            footprint: self.case.footprint,
            archive: self.case.archive,
            read: self.case.read,
        })?;
        Some(Reason {
            compared_with: Some(past.reference()),
            ..Reason::sure(cause)
        })
    }

    /// The results of this build's stages, those that are still to be made left out.
    fn stages(&self, guess: Option<ResultKey>) -> Stages<'_> {
        self.case.memory.stages(&self.keys, guess)
    }
}

fn own(expected: Expected, reason: Reason) -> Judged {
    Judged {
        expected,
        reason,
        root: None,
        image: None,
    }
}

/// It ran: what was only likely before is so.
fn certain(judged: Judged) -> Judged {
    let cause = judged.reason.cause;
    Judged {
        reason: Reason {
            cause,
            compared_with: judged.reason.compared_with,
            ..Reason::sure(Cause::NeverBuilt)
        },
        ..judged
    }
}
