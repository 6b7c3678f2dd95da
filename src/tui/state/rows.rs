//! The rows of pane 2: which there are, and which of them are in view.
//!
//! Rows are counted, not made: of a log of thousands of lines only the visible ones are looked at.

use std::ops::Range;

use crate::domain::{build::StepStatus, event::StepKey};

use super::{
    live::{Block, Fold, LiveBuild},
    log::{RowId, Scroll},
};

/// Least lines of a step at work that are in view.
const LEAST_TAIL: usize = 4;

/// A stretch of rows of one kind.
#[derive(Debug, Clone)]
enum Stretch {
    Stage(usize),
    Block(Block),
    Earlier(Block),
    /// Lines `skip..` of a block, so many rows.
    Lines {
        block: Block,
        skip: usize,
        rows: usize,
    },
}

impl Stretch {
    fn rows(&self) -> usize {
        match self {
            Self::Lines { rows, .. } => *rows,
            _ => 1,
        }
    }
}

/// All rows of one build in a view of a certain size.
#[derive(Debug)]
pub(in crate::tui) struct Rows<'a> {
    live: &'a LiveBuild,
    stretches: Vec<Stretch>,
    columns: usize,
    wrap: bool,
}

impl<'a> Rows<'a> {
    /// Counts the rows for a view of `height` rows whose output has `columns` columns.
    pub(in crate::tui) fn new(
        live: &'a LiveBuild,
        columns: usize,
        height: usize,
        wrap: bool,
    ) -> Self {
        let mut rows = Self {
            live,
            stretches: Vec::new(),
            columns: columns.max(1),
            wrap,
        };
        let tail = rows.tail(height);
        if live.marks(None).is_some() {
            rows.push_block(None, tail);
        }
        let with_headings = live.build.stages.len() > 1;
        for (number, stage) in live.build.stages.iter().enumerate() {
            if with_headings {
                rows.stretches.push(Stretch::Stage(number));
            }
            for index in 1..=stage.steps.len() {
                let key = StepKey {
                    stage: number,
                    index,
                };
                rows.push_block(Some(key), tail);
            }
        }
        rows
    }

    /// How many lines of a [`Fold::Tail`] fit beside the tree.
    fn tail(&self, height: usize) -> usize {
        let build = &self.live.build;
        let headings = if build.stages.len() > 1 {
            build.stages.len()
        } else {
            0
        };
        let tree = headings + build.steps().count() + 1;
        height
            .saturating_sub(tree)
            .max(LEAST_TAIL.min(height / 2))
            .max(1)
    }

    fn push_block(&mut self, block: Block, tail: usize) {
        self.stretches.push(Stretch::Block(block));
        let Some(marks) = self.live.marks(block) else {
            return;
        };
        let skip = match self.live.fold(block) {
            Fold::Closed => return,
            Fold::Open => 0,
            Fold::Tail => marks.len().saturating_sub(tail),
        };
        if skip > 0 {
            self.stretches.push(Stretch::Earlier(block));
        }
        let rows = if self.wrap {
            let lines = marks.iter().skip(skip);
            lines.map(|mark| self.rows_of_line(mark.columns)).sum()
        } else {
            marks.len() - skip
        };
        self.stretches.push(Stretch::Lines { block, skip, rows });
    }

    /// Rows that a line takes. A wide letter may not fit at the end of a row, so one column is
    /// held back where lines are long: rather an empty row than a lost one.
    fn rows_of_line(&self, columns: usize) -> usize {
        if !self.wrap || columns <= self.columns {
            return 1;
        }
        columns.div_ceil(self.columns.saturating_sub(1).max(1))
    }

    /// How many lines of a block are not shown though it is unfolded.
    pub(in crate::tui) fn hidden(&self, block: Block) -> usize {
        let mut stretches = self.stretches.iter();
        let hidden = stretches.find_map(|stretch| match stretch {
            Stretch::Lines {
                block: own, skip, ..
            } if *own == block => Some(*skip),
            _ => None,
        });
        hidden.unwrap_or(0)
    }

    pub(in crate::tui) fn len(&self) -> usize {
        self.stretches.iter().map(Stretch::rows).sum()
    }

    /// The rows of a range.
    pub(in crate::tui) fn range(&self, range: Range<usize>) -> Vec<RowId> {
        let mut found = Vec::with_capacity(range.len());
        let mut start = 0;
        for stretch in &self.stretches {
            let end = start + stretch.rows();
            let from = range.start.max(start);
            let to = range.end.min(end);
            if from < to {
                match stretch {
                    Stretch::Stage(stage) => found.push(RowId::Stage(*stage)),
                    Stretch::Block(block) => found.push(RowId::Block(*block)),
                    Stretch::Earlier(block) => found.push(RowId::Earlier(*block)),
                    Stretch::Lines { block, skip, .. } => {
                        self.push_lines(&mut found, *block, *skip, from - start..to - start);
                    }
                }
            }
            start = end;
            if start >= range.end {
                break;
            }
        }
        found
    }

    fn push_lines(&self, found: &mut Vec<RowId>, block: Block, skip: usize, range: Range<usize>) {
        let Some(marks) = self.live.marks(block) else {
            return;
        };
        if !self.wrap {
            let lines = marks.range(skip + range.start..(skip + range.end).min(marks.len()));
            found.extend(lines.map(|mark| RowId::Line(block, mark.number, 0)));
            return;
        }
        let mut row = 0;
        for mark in marks.iter().skip(skip) {
            let rows = self.rows_of_line(mark.columns);
            for part in 0..rows {
                if range.contains(&(row + part)) {
                    found.push(RowId::Line(block, mark.number, part));
                }
            }
            row += rows;
            if row >= range.end {
                break;
            }
        }
    }

    /// Where a row is; where it is gone, what comes closest.
    pub(in crate::tui) fn position(&self, row: RowId) -> usize {
        let wanted = match row {
            RowId::Stage(_) => None,
            RowId::Block(block) | RowId::Line(block, ..) | RowId::Earlier(block) => Some(block),
        };
        let mut start = 0;
        let mut heading = 0;
        for stretch in &self.stretches {
            match (stretch, row) {
                (Stretch::Stage(stage), RowId::Stage(other)) if *stage == other => return start,
                (Stretch::Block(block), _) if wanted == Some(*block) => {
                    heading = start;
                    if matches!(row, RowId::Block(_)) {
                        return start;
                    }
                }
                (Stretch::Earlier(block), RowId::Earlier(other)) if *block == other => {
                    return start;
                }
                (Stretch::Lines { block, skip, .. }, RowId::Line(other, number, part))
                    if *block == other =>
                {
                    return start + self.line_position(other, *skip, number, part);
                }
                _ => {}
            }
            start += stretch.rows();
        }
        heading
    }

    fn line_position(&self, block: Block, skip: usize, number: u64, part: usize) -> usize {
        let Some(marks) = self.live.marks(block) else {
            return 0;
        };
        let at = marks.partition_point(|mark| mark.number < number);
        let at = at.min(marks.len().saturating_sub(1)).max(skip);
        if !self.wrap {
            return at - skip;
        }
        let before = marks.iter().take(at).skip(skip);
        let before: usize = before.map(|mark| self.rows_of_line(mark.columns)).sum();
        let own = marks
            .get(at)
            .map_or(1, |mark| self.rows_of_line(mark.columns));
        before + part.min(own - 1)
    }

    /// The row at which things happen: the last line of the step at work, or of the failed one.
    fn happening(&self) -> usize {
        let build = &self.live.build;
        let failed = build
            .steps()
            .find(|(_, step)| step.status == StepStatus::Failed);
        let Some((key, _)) = build.running().or(failed) else {
            return if self.live.is_running() {
                self.last_begun()
            } else {
                self.len().saturating_sub(1)
            };
        };
        let mut start = 0;
        let mut last = 0;
        for stretch in &self.stretches {
            start += stretch.rows();
            match stretch {
                Stretch::Block(block) | Stretch::Lines { block, .. } if *block == Some(key) => {
                    last = start - 1;
                }
                _ => {}
            }
        }
        last
    }

    fn last_begun(&self) -> usize {
        let begun = self
            .live
            .build
            .steps()
            .filter(|(_, step)| step.started.is_some());
        let last = begun.max_by_key(|(_, step)| step.started);
        last.map_or(0, |(key, _)| self.position(RowId::Block(Some(key))))
    }

    /// First row in view, and the cursor's row.
    pub(in crate::tui) fn view(&self, scroll: Scroll, height: usize) -> (usize, usize) {
        let last_top = self.len().saturating_sub(height);
        match scroll {
            Scroll::Follow => {
                let at = self.happening();
                let below = (height / 4).min(self.len().saturating_sub(at + 1));
                let top = (at + 1 + below).saturating_sub(height).min(last_top);
                (top, at)
            }
            Scroll::At { cursor, above } => {
                let at = self.position(cursor);
                let above = above.min(height.saturating_sub(1));
                (at.saturating_sub(above).min(last_top), at)
            }
        }
    }

    /// The view with its cursor at row `at` and, as far as possible, its first row at `top`.
    pub(in crate::tui) fn scroll_to(&self, at: usize, top: usize, height: usize) -> Scroll {
        let len = self.len();
        let at = at.min(len.saturating_sub(1));
        let top = top.min(len.saturating_sub(height));
        let top = top.clamp((at + 1).saturating_sub(height.max(1)), at);
        match self.range(at..at + 1).first() {
            Some(row) => Scroll::At {
                cursor: *row,
                above: at - top,
            },
            None => Scroll::Follow,
        }
    }
}
