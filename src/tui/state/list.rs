//! Pane 1: strategies by group, marks, filter.

use std::collections::BTreeSet;

use crate::domain::{ids::StrategyId, strategy::Strategy};

/// What the list of strategies knows.
#[derive(Debug, Default)]
pub(in crate::tui) struct List {
    /// The strategy under the cursor.
    cursor: Option<StrategyId>,
    pub(in crate::tui) marked: BTreeSet<StrategyId>,
    pub(in crate::tui) filter: String,
    /// First row in view.
    pub(in crate::tui) top: usize,
}

/// One row of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tui) enum Row<'a> {
    /// The heading of a group.
    Group(&'a str),
    /// A strategy.
    Strategy(&'a Strategy),
}

impl List {
    pub(in crate::tui) fn new(strategies: &[Strategy]) -> Self {
        Self {
            cursor: in_order(strategies).first().map(|first| first.id.clone()),
            ..Self::default()
        }
    }

    /// Strategies that the filter lets through, group by group.
    pub(in crate::tui) fn visible<'a>(&self, strategies: &'a [Strategy]) -> Vec<&'a Strategy> {
        let wanted = self.filter.to_lowercase();
        let matches = |strategy: &&Strategy| {
            let texts = [&strategy.id.0, &strategy.title, &strategy.group];
            wanted.is_empty()
                || texts
                    .iter()
                    .any(|text| text.to_lowercase().contains(&wanted))
        };
        in_order(strategies).into_iter().filter(matches).collect()
    }

    /// The rows as shown.
    pub(in crate::tui) fn rows<'a>(&self, strategies: &'a [Strategy]) -> Vec<Row<'a>> {
        let mut rows = Vec::new();
        let mut group = None;
        for strategy in self.visible(strategies) {
            if group != Some(&strategy.group) {
                group = Some(&strategy.group);
                rows.push(Row::Group(&strategy.group));
            }
            rows.push(Row::Strategy(strategy));
        }
        rows
    }

    pub(in crate::tui) fn selected<'a>(&self, strategies: &'a [Strategy]) -> Option<&'a Strategy> {
        let visible = self.visible(strategies);
        let wanted = self.cursor.as_ref();
        let found = visible.iter().find(|strategy| Some(&strategy.id) == wanted);
        found.or(visible.first()).copied()
    }

    pub(in crate::tui) fn select(&mut self, id: StrategyId) {
        self.cursor = Some(id);
    }

    /// Moves the cursor by so many strategies.
    pub(in crate::tui) fn step(&mut self, strategies: &[Strategy], by: isize) {
        let visible = self.visible(strategies);
        let Some(current) = self.selected(strategies) else {
            return;
        };
        let at = visible
            .iter()
            .position(|one| one.id == current.id)
            .unwrap_or(0);
        let last = visible.len().saturating_sub(1);
        let to = at.saturating_add_signed(by).min(last);
        self.cursor = visible.get(to).map(|strategy| strategy.id.clone());
    }

    /// Scrolls so that the cursor is in a view of so many rows, with its group's heading where
    /// that is just above.
    pub(in crate::tui) fn reveal(&mut self, strategies: &[Strategy], height: usize) {
        let rows = self.rows(strategies);
        let selected = self.selected(strategies).map(|strategy| &strategy.id);
        let at = rows.iter().position(|row| match row {
            Row::Strategy(strategy) => Some(&strategy.id) == selected,
            Row::Group(_) => false,
        });
        let Some(at) = at else {
            self.top = 0;
            return;
        };
        let heading = usize::from(at > 0 && matches!(rows[at - 1], Row::Group(_)));
        let first = if height > 1 { at - heading } else { at };
        let lowest = (at + 1).saturating_sub(height.max(1));
        self.top = self.top.clamp(lowest.min(first), first);
        self.top = self
            .top
            .min(rows.len().saturating_sub(height.max(1)).max(lowest));
    }
}

/// By the folders' numbers, groups kept together in the order in which they first appear.
fn in_order(strategies: &[Strategy]) -> Vec<&Strategy> {
    let mut sorted: Vec<&Strategy> = strategies.iter().collect();
    sorted.sort_by(|one, other| (one.order, &one.id).cmp(&(other.order, &other.id)));
    let mut groups: Vec<&str> = Vec::new();
    for strategy in &sorted {
        if !groups.contains(&strategy.group.as_str()) {
            groups.push(&strategy.group);
        }
    }
    let place = |strategy: &&Strategy| groups.iter().position(|group| *group == strategy.group);
    sorted.sort_by_key(place);
    sorted
}
