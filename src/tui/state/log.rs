//! Pane 2: where the view stands.
//!
//! The cursor names a row by what it shows, so that rows which come or go above it do not move
//! what the user reads.

use super::live::Block;

/// What the pane knows.
#[derive(Debug)]
pub(in crate::tui) struct LogPane {
    /// Shows the newest build, whatever is selected in the list.
    pub(in crate::tui) live: bool,
    pub(in crate::tui) scroll: Scroll,
    pub(in crate::tui) wrap: bool,
    pub(in crate::tui) search: String,
    /// How many lines matched when it was last looked for.
    pub(in crate::tui) found: Option<usize>,
}

impl Default for LogPane {
    fn default() -> Self {
        Self {
            live: true,
            scroll: Scroll::Follow,
            wrap: false,
            search: String::new(),
            found: None,
        }
    }
}

/// Where the view stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tui) enum Scroll {
    /// At whatever happens.
    Follow,
    /// Where the user put it: the cursor, and how many rows are in view above it.
    At { cursor: RowId, above: usize },
}

/// Names a row by what it shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tui) enum RowId {
    /// The heading of a stage.
    Stage(usize),
    /// A step, or the heading of what the build as a whole printed.
    Block(Block),
    /// A line of output by its number, within its block; row of a wrapped line from 0.
    Line(Block, u64, usize),
    /// The row which says how many earlier lines are not shown.
    Earlier(Block),
}
