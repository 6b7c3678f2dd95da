//! The line at the top: what is built, by which engine, who watches.

use ratatui::{buffer::Buffer, layout::Rect, text::Line, text::Span};

use crate::domain::text;
use crate::tui::{
    state::{Engine, State},
    theme::Tone,
    widget::text::{clean, edges, span},
};

pub(super) fn draw(state: &State, area: Rect, buf: &mut Buffer) {
    if area.area() == 0 {
        return;
    }
    let columns = usize::from(area.width);
    let right = Line::from(span("q quit  ? help ", state.theme.style(Tone::Dim)));
    let wide = columns >= 100;
    let line = edges(line(state, wide), right, columns, 30);
    buf.set_line(area.x, area.y, &line, area.width);
}

fn line(state: &State, wide: bool) -> Line<'static> {
    let style = |tone| state.theme.style(tone);
    let gap = if wide { "   " } else { "  " };
    let mut spans = vec![
        span(" imgtui", style(Tone::Accent)),
        span("  ", style(Tone::Plain)),
        span(clean(&state.app_name), style(Tone::Strong)),
    ];
    if state.edits.made > 0 {
        let edits = format!(" ✎{}", state.edits.made);
        spans.push(span(edits, style(Tone::Warm)));
    }
    spans.push(Span::raw(gap));
    spans.extend(engine(state, wide));
    spans.push(Span::raw(gap));
    spans.extend(watch(state));
    if !state.list.marked.is_empty() {
        let marked = format!("  ◆ {} marked", state.list.marked.len());
        spans.push(span(marked, style(Tone::Plain)));
    }
    if let Some(free) = state.disk {
        let low = free.0 < 5_000_000_000;
        let tone = if low { Tone::Bad } else { Tone::Dim };
        let sign = if low { "! " } else { "" };
        let disk = format!("{gap}{sign}disk {} free", text::bytes(free));
        spans.push(span(disk, style(tone)));
    }
    if !state.mouse {
        spans.push(span(format!("{gap}mouse off"), style(Tone::Dim)));
    }
    Line::from(spans)
}

fn engine(state: &State, wide: bool) -> Vec<Span<'static>> {
    let style = |tone| state.theme.style(tone);
    match &state.engine {
        Engine::Ready { name, how } => {
            let mut spans = vec![
                span(format!("{} ", clean(name)), style(Tone::Plain)),
                span("●", style(Tone::Good)),
            ];
            if wide {
                spans.push(span(format!(" {}", clean(how)), style(Tone::Dim)));
            }
            spans
        }
        Engine::Looking { ready: false } if state.checklist.is_some() => vec![
            span("set-up needed ", style(Tone::Plain)),
            span("✗", style(Tone::Bad)),
        ],
        Engine::Looking { .. } => vec![span("engine ◌ looking", style(Tone::Dim))],
        Engine::Missing { .. } => vec![
            span("no engine ", style(Tone::Plain)),
            span("✗", style(Tone::Bad)),
        ],
    }
}

fn watch(state: &State) -> [Span<'static>; 2] {
    let style = |tone| state.theme.style(tone);
    if state.watch {
        [
            span("watch ", style(Tone::Plain)),
            span("●", style(Tone::Good)),
        ]
    } else {
        [
            span("watch ", style(Tone::Dim)),
            span("○", style(Tone::Dim)),
        ]
    }
}
