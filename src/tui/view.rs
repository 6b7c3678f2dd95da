//! Draws a [`State`]. Reads only, and touches no more of a log than is visible.

use ratatui::{Frame, buffer::Buffer, layout::Rect, text::Line};

use super::{
    areas::Areas,
    state::{Mode, Pane, State, result::Tab},
};

mod bench;
mod build;
mod by_engine;
mod checklist;
mod compare;
mod engines;
mod footer;
mod headline;
mod lesson;
mod overlay;
mod recommend;
mod result;
mod status;
mod strategies;
mod table;
mod timeline;
mod timings;
mod tree;

/// Draws the screen into a terminal's frame.
pub fn view(state: &State, frame: &mut Frame<'_>) {
    let area = frame.area();
    draw(state, area, frame.buffer_mut());
}

/// Draws the screen into a buffer that begins at 0, 0 and has the size which the last
/// [`super::Msg::Resize`] told; in between two sizes nothing is drawn.
pub fn draw(state: &State, area: Rect, buf: &mut Buffer) {
    if (area.width, area.height) != state.size || area.area() == 0 {
        return;
    }
    let areas = Areas::of(state);
    status::draw(state, areas.status, buf);
    strategies::draw(state, areas.list, buf);
    build::draw(state, areas.build, buf);
    result::draw(state, areas.result, buf);
    bench::draw(state, areas.bench, buf);
    footer::draw(state, areas.footer, buf);
    footer::draw_notices(state, &areas, buf);
    if let Mode::Overlay { overlay, top } = &state.mode {
        overlay::draw(state, overlay, *top, area, buf);
    }
}

/// Rows above the tree in the pane of the build.
pub(super) fn build_head_rows(state: &State, inside: Rect) -> u16 {
    let rows = state
        .shown()
        .map_or(0, |live| build::head(state, live, inside).len());
    u16::try_from(rows).unwrap_or(u16::MAX)
}

/// Rows of the pane of results.
pub(super) fn result_rows(state: &State, inside: Rect) -> usize {
    result::lines(state, usize::from(inside.width)).len()
}

/// How many rows the open dialog can be scrolled.
pub(super) fn overlay_surplus(state: &State) -> usize {
    match &state.mode {
        Mode::Overlay { overlay, .. } => overlay::surplus(state, overlay),
        _ => 0,
    }
}

/// The tab whose title is in this column of the frame.
pub(super) fn tab_at(state: &State, area: Rect, column: u16) -> Option<Tab> {
    result::tab_at(state, area, column)
}

/// Puts the cursor of the benchmark's grid on the cell at this place.
pub(super) fn bench_click(state: &mut State, inside: Rect, column: u16, row: u16) {
    bench::click(state, inside, column, row);
}

/// The spinner's sign at this moment.
fn spinner(state: &State) -> &'static str {
    const SIGNS: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
    let turn = state.now.as_millis() / 100 % 10;
    SIGNS[usize::try_from(turn).unwrap_or(0)]
}

/// Writes lines from the top of an area on; what does not fit is left out.
fn put(lines: &[Line<'static>], area: Rect, buf: &mut Buffer) {
    for (line, y) in lines.iter().zip(area.y..area.bottom()) {
        let line = super::widget::text::fit(line.clone(), usize::from(area.width));
        buf.set_line(area.x, y, &line, area.width);
    }
}

/// Title of a pane: its number and name, strong where the keys go.
fn title(state: &State, pane: Pane, name: &str) -> Vec<ratatui::text::Span<'static>> {
    use super::theme::Tone;
    let focused = state.focus == pane;
    let tone = if focused { Tone::Accent } else { Tone::Plain };
    vec![super::widget::text::span(name, state.theme.style(tone))]
}
