//! Pane 3: its tabs, and the layers of an image.

use ratatui::{buffer::Buffer, layout::Rect, text::Line};

use super::lesson::paragraph;
use crate::domain::{
    event::Subject,
    ids::{Bytes, StrategyId},
    record::{BuildRecord, Layer},
    text,
};
use crate::tui::{
    figures::Standing,
    state::{Pane, State, live::LiveBuild, result::Tab},
    theme::Tone,
    widget::{
        frame::{Titles, frame},
        text::{clean, pad, pad_left, span, width},
    },
};

/// What stands before the tabs, and what is left of it where there is little room.
const NAME: &str = "3 Result";
const NUMBER: &str = "3";

pub(super) fn draw(state: &State, area: Rect, buf: &mut Buffer) {
    if area.area() == 0 {
        return;
    }
    let style = |tone| state.theme.style(tone);
    let (name, tabs) = tabs(state, title_columns(area));
    let mut left = super::title(state, Pane::Result, &name);
    for (tab, text) in tabs {
        let open = state.result.tab == tab;
        let tone = if open { Tone::Strong } else { Tone::Dim };
        left.push(span(text, style(tone)));
    }
    let right = match (state.result.tab, strategy(state)) {
        (Tab::Compare, _) => format!("{} · s", state.result.sort.title()),
        (Tab::Recommend, _) => "from builds on this machine".to_owned(),
        (_, Some(id)) => clean(&id.0),
        (_, None) => String::new(),
    };
    let legend = match state.result.tab {
        Tab::Compare => super::compare::legend(state),
        Tab::Recommend => super::recommend::legend(state),
        Tab::Lesson | Tab::Layers | Tab::Timings => String::new(),
    };
    let lines = lines(state, usize::from(area.width.saturating_sub(2)));
    let last = state.result.top + usize::from(area.height.saturating_sub(2));
    let more = match lines.len().saturating_sub(last) {
        0 => String::new(),
        more => format!("↓ {more} more"),
    };
    // How much there is to see matters more than what the signs mean.
    let room = usize::from(area.width).saturating_sub(width(&more) + 9);
    let legend = Some(legend)
        .filter(|legend| width(legend) <= room)
        .unwrap_or_default();
    let titles = Titles {
        left: Line::from(left),
        right: Line::from(span(right, style(Tone::Dim))),
        bottom: Line::from(span(legend, style(Tone::Dim))),
        bottom_right: Line::from(span(more, style(Tone::Dim))),
    };
    let inside = frame(area, buf, state.theme, state.focus == Pane::Result, titles);
    super::put(
        lines.get(state.result.top..).unwrap_or_default(),
        inside,
        buf,
    );
}

/// The tabs as they fit into so many columns: text before the first one, then each with its own
/// text. Where there is room for one only, it is the open one.
fn tabs(state: &State, columns: usize) -> (String, Vec<(Tab, String)>) {
    let open = state.result.tab;
    let all = |wide: bool| {
        let tabs = Tab::ALL.into_iter().map(|tab| {
            let title = tab.title();
            let text = match (tab == open, wide) {
                (true, _) => format!(" [{title}]"),
                (false, true) => format!("  {title} "),
                (false, false) => format!(" {title}"),
            };
            (tab, text)
        });
        tabs.collect::<Vec<_>>()
    };
    let fits = |name: &str, tabs: &[(Tab, String)]| {
        let wide: usize = tabs.iter().map(|(_, text)| width(text)).sum();
        width(name) + wide <= columns
    };
    for (name, tabs) in [(format!("{NAME} "), all(true)), (NUMBER.into(), all(false))] {
        if fits(&name, &tabs) {
            return (name, tabs);
        }
    }
    let text = format!(
        " [{}] {} of {}",
        open.title(),
        open.number(),
        Tab::ALL.len()
    );
    (NUMBER.into(), vec![(open, text)])
}

/// Columns of the frame's title.
fn title_columns(area: Rect) -> usize {
    usize::from(area.width).saturating_sub(6)
}

/// The tab whose title is in this column.
pub(super) fn tab_at(state: &State, area: Rect, column: u16) -> Option<Tab> {
    let (name, tabs) = tabs(state, title_columns(area));
    let mut start = usize::from(area.x) + 2 + width(&name);
    for (tab, text) in tabs {
        let end = start + width(&text);
        if (start..end).contains(&usize::from(column)) {
            return Some(tab);
        }
        start = end;
    }
    None
}

/// The strategy whose results are shown: that of the shown build, else the selected one.
fn strategy(state: &State) -> Option<StrategyId> {
    match state.shown().map(|live| &live.subject) {
        Some(Subject::Strategy(id)) => Some(id.clone()),
        _ => state.selected().map(|strategy| strategy.id.clone()),
    }
}

/// All rows of the open tab.
pub(super) fn lines(state: &State, columns: usize) -> Vec<Line<'static>> {
    match state.result.tab {
        Tab::Compare => return super::compare::lines(state, columns),
        Tab::Recommend => return super::recommend::lines(state, columns),
        Tab::Lesson | Tab::Layers | Tab::Timings => {}
    }
    let Some(id) = strategy(state) else {
        return hint(state, "Select a strategy to see its results.", columns);
    };
    match (state.result.tab, state.history.standing(&id)) {
        (Tab::Lesson, _) => lesson(state, &id, columns),
        (_, Standing::NotBuilt) => not_built(state, &id, columns),
        (Tab::Timings, _) => super::timings::lines(state, &id, columns),
        (_, Standing::Valid(record)) => layers(state, record, columns),
        (_, Standing::Invalid(reason)) => {
            let text =
                format!("The newest image is INVALID, so its layers count for nothing. {reason}");
            paragraph(state, &text, columns, Tone::Bad)
        }
    }
}

fn lesson(state: &State, id: &StrategyId, columns: usize) -> Vec<Line<'static>> {
    let mut strategies = state.strategies.iter();
    let found = strategies.find(|strategy| strategy.id == *id);
    found.map_or_else(Vec::new, |strategy| {
        super::lesson::lines(state, strategy, columns)
    })
}

fn not_built(state: &State, id: &StrategyId, columns: usize) -> Vec<Line<'static>> {
    let building = state.runs.latest(id).is_some_and(LiveBuild::is_running);
    let text = match state.why_unavailable(id) {
        Some(reason) => format!("{id} is not available here: {reason}"),
        None if building => format!("Layers and timings of {id} come when its build is done."),
        None => format!("No image of {id} yet. ⏎ in Strategies builds it."),
    };
    let mut lines = hint(state, &text, columns);
    if let Some(published) = super::timings::published(state, id, columns) {
        lines.push(Line::default());
        lines.push(published);
    }
    lines
}

fn hint(state: &State, text: &str, columns: usize) -> Vec<Line<'static>> {
    paragraph(state, text, columns, Tone::Dim)
}

fn layers(state: &State, record: &BuildRecord, columns: usize) -> Vec<Line<'static>> {
    let style = |tone| state.theme.style(tone);
    let full: Vec<&Layer> = record
        .layers
        .iter()
        .filter(|layer| layer.bytes.0 > 0)
        .collect();
    let empty = record.layers.len() - full.len();
    let sum: u64 = full.iter().map(|layer| layer.bytes.0).sum();
    let size = record.image_bytes();
    let count = full.len();
    let mut total = vec![
        span(format!(" {}", text::bytes_or_na(size)), style(Tone::Strong)),
        span(
            format!(" unpacked in {count} layer{}", plural(count)),
            style(Tone::Plain),
        ),
    ];
    if empty > 0 {
        total.push(span(format!(" and {empty} empty"), style(Tone::Dim)));
    }
    if record.has_equivalent_base() {
        total.push(span(" · ≈ on an equivalent base", style(Tone::Dim)));
    }
    let mut lines = vec![Line::from(total)];
    if let Some(push) = record.push {
        let sent = match push.layers {
            0 => " a push after the last one sends nothing".to_owned(),
            layers => format!(
                " a push after the last one sends {} compressed, {layers} layer{}",
                text::bytes(push.bytes),
                plural(layers)
            ),
        };
        lines.push(Line::from(span(sent, style(Tone::Dim))));
    }
    let cells = (columns / 5).clamp(4, 24);
    for layer in full {
        lines.push(Line::from(vec![
            span(" ", style(Tone::Plain)),
            span(share_bar(layer.bytes.0, sum, cells), style(Tone::Plain)),
            span(pad_left(&text::bytes(layer.bytes), 9), style(Tone::Plain)),
            span(pad_left(&percent(layer.bytes, sum), 6), style(Tone::Dim)),
            span(
                format!("  {}", instruction(&layer.created_by)),
                style(Tone::Plain),
            ),
        ]));
    }
    lines
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

fn percent(bytes: Bytes, sum: u64) -> String {
    match (u128::from(bytes.0) * 100).checked_div(u128::from(sum)) {
        None => String::new(),
        Some(0) => "<1 %".to_owned(),
        Some(share) => format!("{share} %"),
    }
}

/// A bar in eighths of a column.
fn share_bar(part: u64, whole: u64, cells: usize) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = u128::from(part) * 8 * (cells as u128);
    let eighths = eighths.checked_div(u128::from(whole)).unwrap_or(0);
    let eighths = usize::try_from(eighths).unwrap_or(0).clamp(1, cells * 8);
    let bar = format!("{}{}", "█".repeat(eighths / 8), EIGHTHS[eighths % 8]);
    pad(&bar, cells)
}

/// What made a layer, without the shell that engines put before it.
fn instruction(created_by: &str) -> String {
    let text = clean(created_by);
    let bare = text.strip_prefix("/bin/sh -c ").unwrap_or(&text);
    let text = match bare.strip_prefix("#(nop) ") {
        Some(rest) => rest.trim().to_owned(),
        None if bare.len() < text.len() => format!("RUN {bare}"),
        None => text,
    };
    if text.is_empty() {
        "(base image)".to_owned()
    } else {
        text
    }
}
