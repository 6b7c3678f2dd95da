//! Steps of one build that are the same.

use std::collections::HashMap;

use crate::{
    domain::footprint::StepFootprint,
    why::{
        key::{ResultKey, key_of},
        memory::{Memory, StageKeys, parent_of},
    },
};

/// The steps on the way through a build, by what their results are going to be.
#[derive(Default)]
pub(super) struct Twins {
    /// The keys of all steps, also of those that are still to be made.
    planned: StageKeys,
    /// Those that are still to be made, each where it stands first: stage and step, from 0.
    new: HashMap<ResultKey, (usize, usize)>,
}

impl Twins {
    pub(super) fn begin_stage(&mut self) {
        self.planned.push_stage();
    }

    /// Takes the next step in. Where it is to be made, and an earlier one makes the same: that one.
    pub(super) fn first(
        &mut self,
        memory: &Memory,
        (stage, step): (usize, usize),
        footprint: &StepFootprint,
        is_new: bool,
    ) -> Option<(usize, usize)> {
        let parent = parent_of(stage, step, footprint, &self.planned);
        let key = parent.and_then(|parent| {
            let stages = memory.stages(&self.planned, None);
            key_of(parent, footprint, &stages)
        });
        self.planned.push(key);
        let key = key.filter(|_| is_new)?;
        let first = self.new.get(&key).copied();
        if first.is_none() {
            self.new.insert(key, (stage, step));
        }
        first
    }
}
