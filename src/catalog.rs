//! The strategies and bases there are: read from folders, every fault told with file and line.
//!
//! A fault hides what it is in and nothing else. Later sources add to earlier ones and replace
//! by id; where the replacement has a fault, what it would have replaced stays.

pub mod app;
mod base_file;
mod check;
mod contents;
pub mod digest;
pub mod sample;
pub mod shelf;
mod strategy_file;
pub mod tailor;
mod text_file;

use std::collections::{BTreeMap, BTreeSet};

pub use app::{App, AppError};
pub use digest::recipe_digest;
pub use shelf::{Shelf, embedded};
pub use tailor::{Tailored, tailor};

use crate::domain::{
    base::BaseRecipe,
    ids::{BaseId, StrategyId},
    strategy::{CatalogFault, Strategy},
};

/// What can be built, and on what.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Catalog {
    /// Sorted by order, then id.
    pub strategies: Vec<Strategy>,
    /// Parents before the bases that are made from them.
    pub bases: Vec<BaseRecipe>,
    /// Everything that is wrong, in the order in which it was met.
    pub faults: Vec<CatalogFault>,
}

impl Catalog {
    /// Reads sources that are in memory already; see [`embedded`] and [`Shelf::load`].
    #[must_use]
    pub fn parse(shelves: &[Shelf]) -> Self {
        let mut faults = Vec::new();
        let mut bases = BTreeMap::new();
        let mut drafts: BTreeMap<StrategyId, strategy_file::Draft> = BTreeMap::new();
        for shelf in shelves {
            faults.extend(shelf.faults.iter().cloned());
            // A later base takes the place of an earlier one, in the order of the later file.
            for draft in base_file::parse(shelf, &mut faults) {
                bases.insert(draft.recipe.base.id.clone(), draft);
            }
            let mut here = BTreeSet::new();
            for draft in strategy_file::parse_all(shelf, &mut faults) {
                let id = draft.strategy.id.clone();
                if here.insert(id.clone()) {
                    drafts.insert(id, draft);
                } else {
                    faults.push(draft.id_fault(format!(
                        "`{id}` is the id of another folder here; ids must be unique"
                    )));
                }
            }
        }
        let bases = base_file::parents_first(bases, &mut faults);
        let known: BTreeSet<&BaseId> = bases.iter().map(|recipe| &recipe.base.id).collect();
        let mut strategies: Vec<Strategy> = drafts
            .into_values()
            .filter(|draft| draft.check_bases(&known, &mut faults))
            .map(|draft| draft.strategy)
            .collect();
        strategies.sort_by(|a, b| (a.order, &a.id).cmp(&(b.order, &b.id)));
        Self {
            strategies,
            bases,
            faults,
        }
    }

    /// The strategy with this id.
    #[must_use]
    pub fn strategy(&self, id: &StrategyId) -> Option<&Strategy> {
        self.strategies.iter().find(|strategy| strategy.id == *id)
    }

    /// The base with this id.
    #[must_use]
    pub fn base(&self, id: &BaseId) -> Option<&BaseRecipe> {
        self.bases.iter().find(|recipe| recipe.base.id == *id)
    }

    /// The digest of each base's recipe, its parents' included: the tag of the equivalent.
    #[must_use]
    pub fn digests(&self) -> BTreeMap<BaseId, String> {
        let mut digests = BTreeMap::new();
        // Parents come first, so theirs are known.
        for recipe in &self.bases {
            let digest = recipe_digest(recipe, &digests);
            digests.insert(recipe.base.id.clone(), digest);
        }
        digests
    }
}

#[cfg(test)]
mod tests;
