//! Pane 2: the build as a tree, its headline above, where its log is below.

use std::time::Duration;

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use super::tree;
use crate::domain::{
    build::StepStatus,
    event::{Outcome, Subject, Trigger},
    record::BuildRecord,
    text,
};
use crate::tui::{
    state::{Mode, Pane, Prompt, State, live::LiveBuild, log::Scroll},
    theme::Tone,
    update,
    widget::{
        frame::{Titles, frame},
        text::{clean, cut, cut_start, edges, span, wrap},
    },
};

pub(super) fn draw(state: &State, area: Rect, buf: &mut Buffer) {
    if area.area() == 0 {
        return;
    }
    let live = state.shown();
    let focused = state.focus == Pane::Build;
    let inside = frame(area, buf, state.theme, focused, titles(state, live, area));
    if inside.area() == 0 {
        return;
    }
    let Some(live) = live else {
        super::checklist::draw_hint(state, inside, buf);
        return;
    };
    super::put(&head(state, live, inside), inside, buf);
    tree::draw(state, live, crate::tui::areas::tree(state, inside), buf);
}

fn titles(state: &State, live: Option<&LiveBuild>, area: Rect) -> Titles {
    let style = |tone| state.theme.style(tone);
    let mut left = super::title(state, Pane::Build, "2 Build");
    let Some(live) = live else {
        if let (false, Some(selected)) = (state.needs_setup(), state.selected()) {
            left.push(span(
                format!("  {}", clean(&selected.id.0)),
                style(Tone::Strong),
            ));
        }
        return Titles {
            left: Line::from(left),
            ..Titles::default()
        };
    };
    let subject = clean(&live.subject.to_string());
    left.push(span(
        format!("  {subject} {}", live.id),
        style(Tone::Strong),
    ));
    let why = clean(&why(&live.trigger));
    left.push(span(format!("  {why}"), style(Tone::Dim)));
    let log = live.log.display().to_string();
    let room = usize::from(area.width).saturating_sub(10);
    // The set-up may have none.
    let bottom = match log.as_str() {
        "" => String::new(),
        log => format!("log {}", cut_start(&clean(log), room)),
    };
    Titles {
        left: Line::from(left),
        right: right_title(state, live),
        bottom: Line::from(span(bottom, style(Tone::Dim))),
        bottom_right: Line::from(span(tree::position(state, live), style(Tone::Dim))),
    }
}

fn right_title(state: &State, live: &LiveBuild) -> Line<'static> {
    let style = |tone| state.theme.style(tone);
    let typing = matches!(
        state.mode,
        Mode::Type {
            prompt: Prompt::Search,
            ..
        }
    );
    if typing || !state.log.search.is_empty() {
        let cursor = if typing { "▏" } else { "" };
        let found = match state.log.found {
            Some(1) => "  1 match".to_owned(),
            Some(count) => format!("  {count} matches"),
            None => String::new(),
        };
        let text = cut(&format!("/{}{cursor}{found}", state.log.search), 40);
        return Line::from(span(text, style(Tone::Accent)));
    }
    let mut words = Vec::new();
    if state.log.wrap {
        words.push(span("wrap ", style(Tone::Dim)));
    }
    if live.is_running() {
        let following = state.log.scroll == Scroll::Follow;
        let (word, tone) = if following {
            ("follow ●", Tone::Good)
        } else {
            ("follow ○ f", Tone::Dim)
        };
        words.push(span(word, style(tone)));
    }
    Line::from(words)
}

/// Why the build was started, in a few words.
fn why(trigger: &Trigger) -> String {
    match trigger {
        Trigger::Asked => "asked".to_owned(),
        Trigger::Changed { files } => {
            let files = files.iter().map(std::path::PathBuf::as_path);
            format!("changed {}", update::watch_names(files))
        }
        Trigger::Edited { file, line, .. } => {
            format!("source edit · {}", update::watch_place(file, *line))
        }
        Trigger::NeededBy { strategy } => format!("needed by {strategy}"),
    }
}

/// What stands above the tree.
pub(super) fn head(state: &State, live: &LiveBuild, inside: Rect) -> Vec<Line<'static>> {
    let columns = usize::from(inside.width);
    let mut lines = vec![headline(state, live, columns)];
    if let (Subject::Base(base), Trigger::NeededBy { strategy }) = (&live.subject, &live.trigger)
        && live.is_running()
    {
        let text = format!("making base {base} (equivalent) for {strategy} first");
        let text = cut(&clean(&text), columns.saturating_sub(2));
        lines.push(Line::from(span(
            format!(" {text}"),
            state.theme.style(Tone::Warm),
        )));
    }
    if let Some(Outcome::Failed { message }) = &live.build.outcome {
        let message: Vec<String> = message.lines().map(clean).collect();
        let wrapped = wrap(&message.join("\n"), columns.saturating_sub(2), 4);
        let style = state.theme.style(Tone::Bad);
        lines.extend(
            wrapped
                .into_iter()
                .map(|line| Line::from(span(format!(" {line}"), style))),
        );
    }
    if inside.height >= 14 {
        lines.push(Line::default());
    }
    lines.truncate(usize::from(inside.height / 2).max(1));
    lines
}

fn headline(state: &State, live: &LiveBuild, columns: usize) -> Line<'static> {
    let style = |tone| state.theme.style(tone);
    let total = live.build.steps().count();
    let done = live
        .build
        .steps()
        .filter(|(_, step)| step.status.is_final())
        .count();
    // The record's time leaves out the making of bases, as the figures elsewhere do.
    let recorded = live.record.as_ref().map(BuildRecord::wall);
    let elapsed = recorded.unwrap_or_else(|| live.elapsed(state.now));
    let mut spans = match &live.build.outcome {
        None => {
            let mut spans = bar(state, done, total, columns);
            let steps = if columns < 60 { "" } else { " steps" };
            spans.push(Span::raw(format!("  {done}/{total}{steps}")));
            spans
        }
        Some(Outcome::Built) => vec![
            span(" ✓ ", style(Tone::Good)),
            span(
                format!("done in {}", text::seconds(elapsed)),
                style(Tone::Strong),
            ),
        ],
        Some(Outcome::Failed { .. }) => vec![
            span(" ✗ ", style(Tone::Bad)),
            span(
                format!("failed after {}", text::seconds(elapsed)),
                style(Tone::Bad),
            ),
        ],
        Some(Outcome::Cancelled) => vec![
            span(" ! ", style(Tone::Warm)),
            span(
                format!("cancelled after {}", text::seconds(elapsed)),
                style(Tone::Strong),
            ),
        ],
    };
    let cached = live.build.count(StepStatus::Cached);
    if cached > 0 {
        let of = if live.is_running() {
            String::new()
        } else {
            format!(" of {total}")
        };
        spans.push(span(" · ", style(Tone::Dim)));
        spans.push(span(format!("{cached}{of} cached"), style(Tone::Good)));
    }
    // Where there is no room for all, the size of the image says more.
    let roomy = columns >= 60 || live.is_running();
    if let Some(saved) = state.history.saved(live).filter(|_| roomy) {
        spans.push(span(
            format!(" · saved {}", text::seconds(saved)),
            style(Tone::Plain),
        ));
    }
    if let Some(bytes) = live.record.as_ref().and_then(BuildRecord::image_bytes) {
        spans.push(span(" · ", style(Tone::Dim)));
        spans.push(span(text::bytes(bytes), style(Tone::Strong)));
    }
    edges(
        Line::from(spans),
        ending(state, live, elapsed, columns),
        columns,
        20,
    )
}

/// The right end of the headline: how much longer, and how long so far.
fn ending(state: &State, live: &LiveBuild, elapsed: Duration, columns: usize) -> Line<'static> {
    let style = |tone| state.theme.style(tone);
    if !live.is_running() {
        let waiting = state.runs.queue.len();
        let text = if waiting > 0 {
            format!("{waiting} waiting ")
        } else {
            String::new()
        };
        return Line::from(span(text, style(Tone::Dim)));
    }
    if state.runs.cancelling == Some(live.id) {
        return Line::from(span("cancelling… ", style(Tone::Warm)));
    }
    let mut spans = Vec::new();
    let known = !live.build.stages.is_empty();
    if let Some(left) = state.history.left(live, state.now).filter(|_| known) {
        spans.push(span(
            format!("≈ {:.0} s left ", left.as_secs_f64().ceil()),
            style(Tone::Plain),
        ));
        if columns < 60 {
            return Line::from(spans);
        }
        spans.push(Span::raw(" "));
    }
    spans.push(span(
        format!("{:.1} s ", elapsed.as_secs_f64()),
        style(Tone::Dim),
    ));
    Line::from(spans)
}

fn bar(state: &State, done: usize, total: usize, columns: usize) -> Vec<Span<'static>> {
    let cells = (columns / 6).clamp(4, 20);
    let full = (done * cells).checked_div(total).unwrap_or(0);
    vec![
        Span::raw(" "),
        span("▰".repeat(full), state.theme.style(Tone::Good)),
        span("▱".repeat(cells - full), state.theme.style(Tone::Dim)),
    ]
}
