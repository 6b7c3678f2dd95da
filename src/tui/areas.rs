//! Where everything is on a screen of a certain size. The view draws by it and the mouse is
//! understood by it, so the two cannot disagree.

use ratatui::layout::Rect;

use super::state::{Pane, State, result::Tab};

/// The parts of the screen; a part without room has no area.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Areas {
    pub(super) status: Rect,
    pub(super) list: Rect,
    pub(super) build: Rect,
    pub(super) result: Rect,
    pub(super) bench: Rect,
    pub(super) footer: Rect,
    /// How much room there is.
    pub(super) room: Room,
}

/// How much room there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Room {
    /// One pane at a time.
    #[default]
    Small,
    /// The list, and one pane beside it.
    Medium,
    /// All three panes.
    Large,
}

impl Areas {
    /// The parts of this state's screen.
    pub(super) fn of(state: &State) -> Self {
        let (width, height) = state.size;
        Self::new(Rect::new(0, 0, width, height), state)
    }

    fn new(screen: Rect, state: &State) -> Self {
        let room = if screen.width >= 100 && screen.height >= 28 {
            Room::Large
        } else if screen.width >= 60 && screen.height >= 16 {
            Room::Medium
        } else {
            Room::Small
        };
        let status = u16::from(screen.height >= 4);
        let footer = u16::from(screen.height >= 5);
        let body = Rect {
            y: screen.y + status,
            height: screen.height - status - footer,
            ..screen
        };
        let mut areas = Self {
            status: Rect {
                height: status,
                ..screen
            },
            footer: Rect {
                y: body.bottom(),
                height: footer,
                ..screen
            },
            room,
            ..Self::default()
        };
        areas.place(body, state);
        areas
    }

    fn place(&mut self, body: Rect, state: &State) {
        if self.room == Room::Small {
            *self.slot(state.focus) = body;
            return;
        }
        // The grid and the plots need the columns more than a second figure does.
        let is_bench = state.right == Pane::Bench;
        let list = match self.room {
            Room::Large if !is_bench => (body.width * 36 / 100)
                .clamp(40, 56)
                .max(if body.width >= 118 { 48 } else { 0 }),
            _ => (body.width * 3 / 8).clamp(24, 34),
        };
        self.list = Rect {
            width: list,
            ..body
        };
        let right = Rect {
            x: body.x + list,
            width: body.width - list,
            ..body
        };
        if self.room == Room::Medium || is_bench {
            *self.slot(state.right) = right;
            return;
        }
        let usual = (body.height * 3 / 10).clamp(9, 16);
        // A comparison is whole or it is none; the log keeps half of the room all the same.
        let matrix = state.bench.pane.as_ref();
        let matrix = matrix.map_or(0, |pane| pane.matrix.plan().strategies.len() + 4);
        let table = u16::try_from(state.strategies.len() + matrix).unwrap_or(u16::MAX);
        let half = body.height / 2;
        let result = match state.result.tab {
            // The matrix is the centre, and the log is one key away.
            Tab::Compare if matrix > 0 => table.saturating_add(3).clamp(usual, body.height * 2 / 3),
            Tab::Compare => table.saturating_add(3).clamp(usual, half),
            Tab::Recommend => half,
            Tab::Lesson => (body.height * 2 / 5).clamp(9, 18),
            Tab::Layers | Tab::Timings => usual,
        };
        self.build = Rect {
            height: body.height - result,
            ..right
        };
        self.result = Rect {
            y: self.build.bottom(),
            height: result,
            ..right
        };
    }

    fn slot(&mut self, pane: Pane) -> &mut Rect {
        match pane {
            Pane::Strategies => &mut self.list,
            Pane::Build => &mut self.build,
            Pane::Result => &mut self.result,
            Pane::Bench => &mut self.bench,
        }
    }

    /// The area of a pane, its frame included; empty where it is not shown.
    pub(super) fn pane(&self, pane: Pane) -> Rect {
        match pane {
            Pane::Strategies => self.list,
            Pane::Build => self.build,
            Pane::Result => self.result,
            Pane::Bench => self.bench,
        }
    }

    /// Rows and columns inside a pane's frame.
    pub(super) fn inside(&self, pane: Pane) -> Rect {
        let area = self.pane(pane);
        if area.width < 2 || area.height < 2 {
            return Rect::new(area.x, area.y, 0, 0);
        }
        Rect::new(area.x + 1, area.y + 1, area.width - 2, area.height - 2)
    }

    /// Which pane is at this place.
    pub(super) fn at(&self, column: u16, row: u16) -> Option<Pane> {
        let place = ratatui::layout::Position::new(column, row);
        let panes = [Pane::Strategies, Pane::Build, Pane::Result, Pane::Bench];
        panes
            .into_iter()
            .find(|pane| self.pane(*pane).contains(place))
    }
}

/// Rows of the pane of strategies: of the header, of the list, of the foot (filter, faults).
pub(super) fn list_rows(state: &State, inside: Rect) -> (u16, u16, u16) {
    let header = u16::from(inside.height >= 4);
    let faults = u16::from(!state.faults.is_empty() && inside.height >= 6);
    (
        header,
        inside.height.saturating_sub(header + faults),
        faults,
    )
}

/// Where the rows of the build's tree are within the pane, below headline and cause.
pub(super) fn tree(state: &State, inside: Rect) -> Rect {
    let head = super::view::build_head_rows(state, inside);
    let head = head.min(inside.height);
    Rect {
        y: inside.y + head,
        height: inside.height - head,
        ..inside
    }
}

/// Columns before a log line in the tree.
pub(super) const LOG_INDENT: u16 = 6;

/// Columns of a log line.
pub(super) fn log_columns(tree: Rect) -> usize {
    usize::from(tree.width.saturating_sub(LOG_INDENT + 1))
}
