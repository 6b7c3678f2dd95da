//! Strategies that cannot be built here are left out, and said to be.

use std::collections::BTreeMap;

use crate::domain::ids::StrategyId;
use crate::tui::{msg::Level, state::State};

/// Takes in what cannot be built here, in place of what was known before.
pub(super) fn learn(state: &mut State, unavailable: BTreeMap<StrategyId, String>) {
    state.unavailable = unavailable;
    state.weigh();
    let marked = std::mem::take(&mut state.list.marked).into_iter().collect();
    state.list.marked = available(state, marked).into_iter().collect();
    let waiting = std::mem::take(&mut state.waiting);
    state.waiting = available(state, waiting);
}

/// Those of the strategies that can be built here; the others are told of.
pub(super) fn available(state: &mut State, wanted: Vec<StrategyId>) -> Vec<StrategyId> {
    let is_left_out = |id: &StrategyId| state.unavailable.contains_key(id);
    let (left_out, kept): (Vec<_>, Vec<_>) = wanted.into_iter().partition(is_left_out);
    match left_out.as_slice() {
        [] => {}
        [one] => tell_why(state, one),
        several => {
            let names: Vec<&str> = several.iter().map(|id| id.0.as_str()).collect();
            let text = format!("not available here, left out: {}", names.join(", "));
            state.notify(Level::Warning, text);
        }
    }
    kept
}

/// Says why a strategy cannot be built here.
pub(super) fn tell_why(state: &mut State, id: &StrategyId) {
    if let Some(reason) = state.why_unavailable(id) {
        let text = format!("{id} is not available: {reason}");
        state.notify(Level::Warning, text);
    }
}
