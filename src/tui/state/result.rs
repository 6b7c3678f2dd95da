//! Pane 3: tabs and order.

/// Pane 3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::tui) struct ResultPane {
    pub(in crate::tui) tab: Tab,
    pub(in crate::tui) sort: Sort,
    pub(in crate::tui) top: usize,
}

/// The tabs of pane 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tui) enum Tab {
    /// First, so that whoever builds for the first time reads what to look at in the log above.
    Lesson,
    Layers,
    Timings,
    Compare,
    Recommend,
}

impl Tab {
    pub(in crate::tui) const ALL: [Self; 5] = [
        Self::Lesson,
        Self::Layers,
        Self::Timings,
        Self::Compare,
        Self::Recommend,
    ];

    pub(in crate::tui) fn title(self) -> &'static str {
        match self {
            Self::Lesson => "lesson",
            Self::Layers => "layers",
            Self::Timings => "timings",
            Self::Compare => "compare",
            Self::Recommend => "recommend",
        }
    }

    pub(in crate::tui) fn next(self) -> Self {
        self.turn(1)
    }

    pub(in crate::tui) fn previous(self) -> Self {
        self.turn(Self::ALL.len() - 1)
    }

    /// Its place among all tabs, from 1.
    pub(in crate::tui) fn number(self) -> usize {
        let at = Self::ALL.iter().position(|tab| *tab == self);
        at.map_or(1, |at| at + 1)
    }

    fn turn(self, by: usize) -> Self {
        Self::ALL[(self.number() - 1 + by) % Self::ALL.len()]
    }
}

/// Order of the comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tui) enum Sort {
    List,
    Size,
    Time,
    Name,
}

impl Sort {
    pub(in crate::tui) fn next(self) -> Self {
        match self {
            Self::List => Self::Size,
            Self::Size => Self::Time,
            Self::Time => Self::Name,
            Self::Name => Self::List,
        }
    }

    pub(in crate::tui) fn title(self) -> &'static str {
        match self {
            Self::List => "list order",
            Self::Size => "by size",
            Self::Time => "by edit time",
            Self::Name => "by name",
        }
    }
}

impl Default for ResultPane {
    fn default() -> Self {
        Self {
            tab: Tab::Lesson,
            sort: Sort::List,
            top: 0,
        }
    }
}
