//! A rounded, dim frame with titles that never run into each other.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::{Line, Span},
    widgets::{Block, BorderType, Borders, Widget},
};

use super::text::fit;
use crate::tui::theme::{Theme, Tone};

/// What is written into a frame's edges.
#[derive(Debug, Default)]
pub(crate) struct Titles {
    /// Top left; cut last.
    pub(crate) left: Line<'static>,
    /// Top right; left out where it does not fit.
    pub(crate) right: Line<'static>,
    /// Bottom left.
    pub(crate) bottom: Line<'static>,
    /// Bottom right; left out where it does not fit.
    pub(crate) bottom_right: Line<'static>,
}

/// Draws the frame and gives back what is inside.
pub(crate) fn frame(
    area: Rect,
    buf: &mut Buffer,
    theme: Theme,
    focused: bool,
    titles: Titles,
) -> Rect {
    if area.width < 2 || area.height < 2 {
        return Rect::new(area.x, area.y, 0, 0);
    }
    let tone = if focused { Tone::Accent } else { Tone::Dim };
    let block = Block::new()
        .borders(Borders::ALL)
        .border_type(BorderType::Rounded)
        .border_style(theme.style(tone));
    let inner = block.inner(area);
    block.render(area, buf);
    let bottom = area.bottom() - 1;
    edge(area, area.y, buf, titles.left, titles.right);
    edge(area, bottom, buf, titles.bottom, titles.bottom_right);
    inner
}

fn edge(area: Rect, y: u16, buf: &mut Buffer, left: Line<'static>, right: Line<'static>) {
    let room = usize::from(area.width).saturating_sub(4);
    // A title does not take the border's colour on.
    let write = |buf: &mut Buffer, x: u16, line: &Line<'static>, columns: u16| {
        let wide = u16::try_from(line.width()).unwrap_or(columns).min(columns);
        buf.set_style(Rect::new(x, y, wide, 1), Style::reset());
        buf.set_line(x, y, line, columns).0
    };
    let mut left_end = area.x + 1;
    if left.width() > 0 && room > 2 {
        let line = padded(fit(left, room - 2));
        left_end = write(buf, area.x + 1, &line, area.width.saturating_sub(2));
    }
    let wide = right.width() + 2;
    let Ok(columns) = u16::try_from(wide) else {
        return;
    };
    if right.width() > 0 && usize::from(left_end - area.x) + wide + 3 <= usize::from(area.width) {
        let x = area.right() - 2 - columns;
        write(buf, x, &padded(right), columns);
    }
}

fn padded(mut line: Line<'static>) -> Line<'static> {
    line.spans.insert(0, Span::raw(" "));
    line.spans.push(Span::raw(" "));
    line
}
