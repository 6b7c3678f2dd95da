//! Dialogs above the panes.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
    widgets::{Clear, Widget},
};

use crate::domain::{event::Subject, ids::StrategyId};
use crate::tui::{
    keymap,
    state::{Overlay, State},
    theme::Tone,
    widget::{
        frame::{Titles, frame},
        text::{clean, pad, span, wrap},
    },
};

/// Columns of the keys in the help.
const KEYS: usize = 13;

pub(super) fn draw(state: &State, overlay: &Overlay, top: usize, screen: Rect, buf: &mut Buffer) {
    let area = area(state, overlay, screen);
    let lines = lines(state, overlay, usize::from(area.width.saturating_sub(4)));
    let surplus = lines
        .len()
        .saturating_sub(usize::from(area.height.saturating_sub(2)));
    Clear.render(area, buf);
    let more = if surplus > 0 {
        format!("{} of {}  ↑ ↓", top.min(surplus) + 1, surplus + 1)
    } else {
        String::new()
    };
    let titles = Titles {
        left: Line::from(span(title(overlay), state.theme.style(Tone::Accent))),
        bottom: Line::from(span(keys(overlay), state.theme.style(Tone::Dim))),
        bottom_right: Line::from(span(more, state.theme.style(Tone::Dim))),
        ..Titles::default()
    };
    let inside = frame(area, buf, state.theme, true, titles);
    let inside = Rect {
        x: inside.x + inside.width.min(1),
        width: inside.width.saturating_sub(2),
        ..inside
    };
    super::put(lines.get(top..).unwrap_or_default(), inside, buf);
}

/// How many rows do not fit.
pub(super) fn surplus(state: &State, overlay: &Overlay) -> usize {
    let screen = Rect::new(0, 0, state.size.0, state.size.1);
    let area = area(state, overlay, screen);
    let lines = lines(state, overlay, usize::from(area.width.saturating_sub(4)));
    lines
        .len()
        .saturating_sub(usize::from(area.height.saturating_sub(2)))
}

fn area(state: &State, overlay: &Overlay, screen: Rect) -> Rect {
    let widest = match overlay {
        Overlay::Help if screen.width >= 116 => 116,
        Overlay::Help => 66,
        Overlay::Quit => 50,
        Overlay::StopBench => 62,
        Overlay::Bench(_) => 84,
        Overlay::Checklist
        | Overlay::Faults
        | Overlay::Command { .. }
        | Overlay::Engines { .. } => 100,
        Overlay::Explanation { .. } => 130,
    };
    let margin = if screen.width < 60 { 0 } else { 4 };
    let width = screen.width.saturating_sub(margin).min(widest);
    let rows = lines(state, overlay, usize::from(width.saturating_sub(4))).len();
    let margin = if screen.height < 16 { 0 } else { 2 };
    let rows = u16::try_from(rows).unwrap_or(u16::MAX).saturating_add(2);
    let height = screen.height.saturating_sub(margin).min(rows);
    Rect {
        x: screen.x + (screen.width - width) / 2,
        y: screen.y + (screen.height - height) / 2,
        width,
        height,
    }
}

fn title(overlay: &Overlay) -> &'static str {
    match overlay {
        Overlay::Help => "Keys",
        Overlay::Checklist => "Checklist",
        Overlay::Faults => "Faults in strategies",
        Overlay::Command { .. } => "The command by hand, copied to the clipboard",
        Overlay::Explanation { .. } => "Why each step was cached, or ran",
        Overlay::Engines { .. } => "Engines",
        Overlay::Bench(_) => "New benchmark: what is different before each run",
        Overlay::StopBench => "Stop the benchmark",
        Overlay::Quit => "Quit",
    }
}

fn keys(overlay: &Overlay) -> &'static str {
    match overlay {
        Overlay::Quit => "y yes   n no",
        Overlay::StopBench => "⏎ after this run   x now   esc go on",
        Overlay::Bench(_) => "⏎ begin   space choose   ← → rounds   esc close",
        Overlay::Checklist => "⏎ set up   r look again   esc close",
        Overlay::Engines { .. } => "⏎ take it   ↑ ↓   esc close",
        Overlay::Command { .. } => "m lets you select text   esc close",
        Overlay::Explanation { .. } => "↑ ↓   esc close",
        Overlay::Help | Overlay::Faults => "esc close",
    }
}

fn lines(state: &State, overlay: &Overlay, columns: usize) -> Vec<Line<'static>> {
    match overlay {
        Overlay::Help => help(state, columns),
        Overlay::Checklist => checklist(state, columns),
        Overlay::Engines { cursor } => super::engines::lines(state, *cursor, columns),
        Overlay::Faults => faults(state, columns),
        Overlay::Explanation { text } => explanation(state, text, columns),
        Overlay::Command { strategy, text } => command(state, strategy, text, columns),
        Overlay::Bench(form) => super::bench::form::lines(state, form, columns),
        Overlay::StopBench => sentence(
            "⏎ lets the run at work end. x breaks it off: that run alone is lost. Either way all \
             others are kept, and B goes on where it was.",
            columns,
        ),
        Overlay::Quit => quit(state, columns),
    }
}

fn help(state: &State, columns: usize) -> Vec<Line<'static>> {
    // Two columns: the panes at the left, what works everywhere at the right, dialogs below.
    let two = columns >= 106;
    let half = columns / 2;
    let room = if two { half - 2 } else { columns };
    let chapters: Vec<Vec<Line<'static>>> = keymap::chapters()
        .map(|(title, rows)| chapter(state, title, &rows, room))
        .collect();
    if !two {
        return chapters.concat();
    }
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for (chapter, (title, _)) in chapters.into_iter().zip(keymap::chapters()) {
        let is_after = !right.is_empty() && right.len() < left.len();
        let side = if title == keymap::EVERYWHERE || is_after {
            &mut right
        } else {
            &mut left
        };
        side.extend(chapter);
    }
    let rows = left.len().max(right.len());
    left.resize(rows, Line::default());
    right.resize(rows, Line::default());
    let both = left.into_iter().zip(right);
    both.map(|(left, right)| {
        let mut line = crate::tui::widget::text::fit(left, half - 2);
        line.spans.push(Span::raw(" ".repeat(half - line.width())));
        line.spans.extend(right.spans);
        line
    })
    .collect()
}

fn chapter(
    state: &State,
    title: &str,
    rows: &[&keymap::Binding],
    columns: usize,
) -> Vec<Line<'static>> {
    let style = |tone| state.theme.style(tone);
    let mut lines = vec![Line::from(span(title.to_owned(), style(Tone::Strong)))];
    for binding in rows {
        let room = columns.saturating_sub(KEYS + 2).max(8);
        let texts = wrap(&binding.help.replace('`', ""), room, 4);
        for (number, text) in texts.into_iter().enumerate() {
            let keys = if number == 0 {
                keymap::names(binding)
            } else {
                String::new()
            };
            lines.push(Line::from(vec![
                span(format!(" {} ", pad(&keys, KEYS)), style(Tone::Accent)),
                span(text, style(Tone::Plain)),
            ]));
        }
    }
    lines.push(Line::default());
    lines
}

fn checklist(state: &State, columns: usize) -> Vec<Line<'static>> {
    let Some(checklist) = &state.checklist else {
        return vec![Line::from("looking at this machine…")];
    };
    let mut lines = super::checklist::lines(state, checklist, columns);
    let commands = checklist.commands().len();
    let (text, tone) = match (checklist.is_ready(), commands) {
        (true, 0) => ("Nothing is in the way of a build.".to_owned(), Tone::Good),
        (false, 0) => (
            "imgtui cannot mend this itself: see above.".to_owned(),
            Tone::Warm,
        ),
        (_, 1) => ("⏎ runs the command above.".to_owned(), Tone::Accent),
        (_, count) => (format!("⏎ runs the {count} commands above."), Tone::Accent),
    };
    lines.push(Line::default());
    lines.push(Line::from(span(
        format!(" {text}"),
        state.theme.style(tone),
    )));
    lines
}

fn faults(state: &State, columns: usize) -> Vec<Line<'static>> {
    if state.faults.is_empty() {
        return vec![Line::from("All strategies were read without a fault.")];
    }
    let style = |tone| state.theme.style(tone);
    let mut lines = Vec::new();
    for fault in &state.faults {
        let file = fault.file.display();
        let place = match fault.line {
            Some(line) => format!("{file}:{line}"),
            None => file.to_string(),
        };
        let place = crate::tui::widget::text::cut_start(&clean(&place), columns);
        lines.push(Line::from(span(place, style(Tone::Strong))));
        let message = wrap(&clean(&fault.message), columns.saturating_sub(2), 6).into_iter();
        lines.extend(message.map(|text| Line::from(span(format!("  {text}"), style(Tone::Bad)))));
    }
    lines
}

/// Reasons stand below their steps, indented; what is indented most is grey.
fn explanation(state: &State, text: &str, columns: usize) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    for line in text.lines() {
        let indent = line.len() - line.trim_start().len();
        let tone = match indent {
            8.. => Tone::Dim,
            _ => Tone::Plain,
        };
        let room = columns.saturating_sub(indent);
        let wrapped = wrap(&clean(line.trim_start()), room, 8);
        if wrapped.is_empty() {
            lines.push(Line::default());
        }
        lines.extend(wrapped.into_iter().map(|text| {
            let text = format!("{}{text}", " ".repeat(indent));
            Line::from(span(text, state.theme.style(tone)))
        }));
    }
    lines
}

fn command(state: &State, strategy: &StrategyId, text: &str, columns: usize) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    for line in text.lines() {
        let wrapped = wrap(&clean(line), columns, 40).into_iter();
        lines.extend(wrapped.map(Line::from));
    }
    lines.push(Line::default());
    let note = format!("Builds {strategy}. Terminals without OSC 52: select it above.");
    let note = wrap(&clean(&note), columns, 3).into_iter();
    lines.extend(note.map(|line| Line::from(span(line, state.theme.style(Tone::Dim)))));
    lines
}

fn quit(state: &State, columns: usize) -> Vec<Line<'static>> {
    let what = match state.runs.at_work().map(|live| &live.subject) {
        Some(Subject::Setup) => "the set-up".to_owned(),
        Some(subject) => format!("the build of {subject}"),
        None => "the waiting builds".to_owned(),
    };
    let text = if state.bench.live().is_some() {
        "Quit and break the benchmark off? Its runs are kept: B goes on where it was.".to_owned()
    } else {
        format!("Quit and cancel {what}?")
    };
    sentence(&text, columns)
}

fn sentence(text: &str, columns: usize) -> Vec<Line<'static>> {
    wrap(&clean(text), columns, 4)
        .into_iter()
        .map(Line::from)
        .collect()
}
