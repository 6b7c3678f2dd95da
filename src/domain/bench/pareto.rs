//! Which strategies are beaten in everything: for the plot of image size against edit time, in
//! reports and on the screen.

use super::{BenchRun, Cell, CellResult, Plan, Prior};
use crate::domain::ids::Bytes;

/// What a strategy costs: both are better when they are smaller.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Costs {
    /// Unpacked size of the image.
    pub image: Bytes,
    /// Wall clock seconds of a build.
    pub seconds: f64,
}

impl Costs {
    /// Whether it is at least as good in both, and better in one.
    #[must_use]
    pub fn dominates(&self, other: &Self) -> bool {
        let is_as_good = self.image <= other.image && self.seconds <= other.seconds;
        is_as_good && (self.image < other.image || self.seconds < other.seconds)
    }
}

/// Of each, whether another one dominates it.
#[must_use]
pub fn dominated(all: &[Costs]) -> Vec<bool> {
    let is_beaten = |one: &Costs| all.iter().any(|other| other.dominates(one));
    all.iter().map(is_beaten).collect()
}

/// The places of those that nothing dominates, the fastest first: what the step line joins.
#[must_use]
pub fn front(all: &[Costs]) -> Vec<usize> {
    let dominated = dominated(all);
    let mut places: Vec<usize> = (0..all.len()).filter(|place| !dominated[*place]).collect();
    places.sort_by(|one, other| all[*one].seconds.total_cmp(&all[*other].seconds));
    places
}

/// The scenario that stands for an edit: a source of the program, else one of the workspace.
#[must_use]
pub fn edit_scenario(plan: &Plan) -> Option<Prior> {
    let mut edits = [Prior::Source, Prior::Crate].into_iter();
    edits.find(|edit| plan.priors.contains(edit))
}

/// What each strategy costs after an edit, by its place in the plan: the median time, and the
/// image of the last run that counts. Left out is what has no time or no size.
#[must_use]
pub fn costs(
    plan: &Plan,
    edit: Prior,
    results: &[CellResult],
    runs: &[BenchRun],
) -> Vec<(usize, Costs)> {
    let places = 0..plan.strategies.len();
    let of = |place: usize| {
        let cell = Cell { place, prior: edit };
        let result = results.iter().find(|result| result.cell == cell)?;
        let mut of_cell = runs.iter().filter(|run| run.cell == cell && run.counts());
        Some(Costs {
            seconds: result.wall.as_ref()?.median,
            image: of_cell.next_back()?.record.image_bytes()?,
        })
    };
    places
        .filter_map(|place| Some((place, of(place)?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(image: u64, seconds: f64) -> Costs {
        Costs {
            image: Bytes(image),
            seconds,
        }
    }

    #[test]
    fn only_what_is_beaten_in_both_is_dominated() {
        let all = [of(100, 60.0), of(10, 20.0), of(50, 3.0), of(20, 25.0)];
        assert_eq!(dominated(&all), [true, false, false, true]);
        assert_eq!(front(&all), [2, 1]);
    }

    #[test]
    fn equal_ones_do_not_dominate_each_other() {
        let all = [of(10, 3.0), of(10, 3.0), of(10, 4.0)];
        assert_eq!(dominated(&all), [false, false, true]);
        assert_eq!(front(&[]), Vec::<usize>::new());
    }
}
