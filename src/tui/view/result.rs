//! Pane 3: layers, timings, comparison.

use std::time::Duration;

use ratatui::{buffer::Buffer, layout::Rect, text::Line, text::Span};

use crate::domain::{
    edit::EditKind,
    event::{Outcome, Subject},
    ids::{Bytes, StrategyId},
    record::{BuildRecord, Layer},
    strategy::Published,
    text,
};
use crate::tui::{
    state::{Pane, State, live::LiveBuild, result::Tab},
    theme::Tone,
    widget::{
        frame::{Titles, frame},
        text::{clean, pad, pad_left, span, width, wrap},
    },
};

/// The name before the tabs; [`tab_at`] counts its columns.
const NAME: &str = "3 Result";

pub(super) fn draw(state: &State, area: Rect, buf: &mut Buffer) {
    if area.area() == 0 {
        return;
    }
    let style = |tone| state.theme.style(tone);
    let mut left = super::title(state, Pane::Result, NAME);
    left.push(Span::raw(" "));
    for tab in Tab::ALL {
        let open = state.result.tab == tab;
        let (text, tone) = if open {
            (format!(" [{}]", tab.title()), Tone::Strong)
        } else {
            (format!("  {} ", tab.title()), Tone::Dim)
        };
        left.push(span(text, style(tone)));
    }
    let right = match (state.result.tab, strategy(state)) {
        (Tab::Compare, _) => format!("{} · s", state.result.sort.title()),
        (_, Some(id)) => clean(&id.0),
        (_, None) => String::new(),
    };
    let titles = Titles {
        left: Line::from(left),
        right: Line::from(span(right, style(Tone::Dim))),
        ..Titles::default()
    };
    let inside = frame(area, buf, state.theme, state.focus == Pane::Result, titles);
    let lines = lines(state, usize::from(inside.width));
    super::put(
        lines.get(state.result.top..).unwrap_or_default(),
        inside,
        buf,
    );
}

/// The tab whose title is in this column.
pub(super) fn tab_at(area: Rect, column: u16) -> Option<Tab> {
    let mut start = usize::from(area.x) + 2 + width(NAME) + 1;
    for tab in Tab::ALL {
        let end = start + 3 + tab.title().len();
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
    if state.result.tab == Tab::Compare {
        return super::compare::lines(state, columns);
    }
    let Some(id) = strategy(state) else {
        return hint(state, "Select a strategy to see its results.", columns);
    };
    let Some(record) = state.history.built(&id) else {
        return not_built(state, &id, columns);
    };
    match state.result.tab {
        Tab::Layers => layers(state, record, columns),
        _ => timings(state, &id, columns),
    }
}

fn not_built(state: &State, id: &StrategyId, columns: usize) -> Vec<Line<'static>> {
    let building = state.runs.latest(id).is_some_and(LiveBuild::is_running);
    let text = if building {
        format!("Layers and timings of {id} come when its build is done.")
    } else {
        format!("No image of {id} yet. ⏎ in Strategies builds it.")
    };
    let mut lines = hint(state, &text, columns);
    if let Some(published) = published(state, id) {
        lines.push(Line::default());
        lines.push(published_line(state, published));
    }
    lines
}

fn hint(state: &State, text: &str, columns: usize) -> Vec<Line<'static>> {
    let wrapped = wrap(&clean(text), columns.saturating_sub(2), 4).into_iter();
    let style = state.theme.style(Tone::Dim);
    wrapped
        .map(|line| Line::from(span(format!(" {line}"), style)))
        .collect()
}

fn published<'a>(state: &'a State, id: &StrategyId) -> Option<&'a Published> {
    let mut strategies = state.strategies.iter();
    strategies
        .find(|strategy| strategy.id == *id)?
        .published
        .as_ref()
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

fn timings(state: &State, id: &StrategyId, columns: usize) -> Vec<Line<'static>> {
    let style = |tone| state.theme.style(tone);
    let mut lines = Vec::new();
    if let Some(published) = published(state, id) {
        lines.push(if columns < 76 {
            let total = text::seconds_or_na(published.build());
            let text = format!(" {}{total} total", pad("published", 10));
            Line::from(span(text, style(Tone::Dim)))
        } else {
            published_line(state, published)
        });
    }
    for (age, record) in state.history.of(id).iter().rev().enumerate() {
        let when = record.started.get(5..16).unwrap_or("").replace('T', " ");
        let (kind, tone) = kind(record);
        let (cached, of) = record.cached_of();
        if columns < 76 {
            lines.push(short_timing(state, record));
            continue;
        }
        let newest = if age == 0 { Tone::Strong } else { Tone::Plain };
        let mut spans = vec![
            span(format!(" {} ", pad(&when, 12)), style(Tone::Dim)),
            span(pad(kind, 10), style(tone)),
            span(record.time_line(), style(newest)),
        ];
        if columns >= 84 {
            spans.push(span(format!("  {cached}/{of} cached"), style(Tone::Dim)));
        }
        lines.push(Line::from(spans));
    }
    lines
}

/// A record where there is no room for the whole line.
fn short_timing(state: &State, record: &BuildRecord) -> Line<'static> {
    let style = |tone| state.theme.style(tone);
    let (kind, tone) = kind(record);
    let cpu = record
        .cpu
        .map(|cpu| Duration::try_from_secs_f64(cpu.user_s + cpu.system_s));
    let cpu = text::seconds_or_na(cpu.and_then(Result::ok));
    Line::from(vec![
        span(format!(" {}", pad(kind, 10)), style(tone)),
        span(
            format!("{} total", text::seconds(record.wall())),
            style(Tone::Plain),
        ),
        span(format!(" · {cpu} cpu"), style(Tone::Dim)),
    ])
}

/// What kind of build a record is of.
fn kind(record: &BuildRecord) -> (&'static str, Tone) {
    let (cached, of) = record.cached_of();
    match (&record.outcome, record.edit) {
        (Outcome::Failed { .. }, _) => ("✗ failed", Tone::Bad),
        (Outcome::Cancelled, _) => ("! cancel", Tone::Warm),
        (Outcome::Built, _) if record.no_cache => ("no cache", Tone::Plain),
        (Outcome::Built, Some(EditKind::Source)) => ("edit", Tone::Plain),
        (Outcome::Built, Some(EditKind::Touch)) => ("touch", Tone::Plain),
        (Outcome::Built, None) if cached == of => ("cached", Tone::Good),
        (Outcome::Built, None) => ("build", Tone::Plain),
    }
}

/// The published row, in the form of the measured ones.
fn published_line(state: &State, published: &Published) -> Line<'static> {
    let style = |tone| state.theme.style(tone);
    let figure = |seconds: Option<f64>, digits: usize| {
        seconds.map_or_else(
            || text::NOT_AVAILABLE.to_owned(),
            |s| format!("{s:.digits$}s"),
        )
    };
    let cpu = match (
        published.user_seconds,
        published.system_seconds,
        published.build_seconds,
    ) {
        (Some(user), Some(system), Some(wall)) if wall > 0.0 => {
            format!("{:.0}%", 100.0 * (user + system) / wall)
        }
        _ => text::NOT_AVAILABLE.to_owned(),
    };
    let total = published.build_seconds.map_or_else(
        || text::NOT_AVAILABLE.to_owned(),
        |seconds| format!("{seconds:.3}"),
    );
    let line = format!(
        "{} user {} system {cpu} cpu {total} total",
        figure(published.user_seconds, 2),
        figure(published.system_seconds, 2),
    );
    Line::from(vec![
        span(format!(" {} ", pad("published", 22)), style(Tone::Dim)),
        span(
            format!("{line}  {}", clean(&published.source)),
            style(Tone::Dim),
        ),
    ])
}
