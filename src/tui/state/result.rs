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
    Layers,
    Timings,
    Compare,
}

impl Tab {
    pub(in crate::tui) const ALL: [Self; 3] = [Self::Layers, Self::Timings, Self::Compare];

    pub(in crate::tui) fn title(self) -> &'static str {
        match self {
            Self::Layers => "layers",
            Self::Timings => "timings",
            Self::Compare => "compare",
        }
    }

    pub(in crate::tui) fn next(self) -> Self {
        match self {
            Self::Layers => Self::Timings,
            Self::Timings => Self::Compare,
            Self::Compare => Self::Layers,
        }
    }

    pub(in crate::tui) fn previous(self) -> Self {
        self.next().next()
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
            tab: Tab::Layers,
            sort: Sort::List,
            top: 0,
        }
    }
}
