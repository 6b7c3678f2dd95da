//! The line above a build's tree.

use std::time::Duration;

use ratatui::text::{Line, Span};

use crate::domain::{
    build::StepStatus,
    event::{Outcome, Subject},
    record::BuildRecord,
    text,
    verdict::Verdict,
};
use crate::tui::{
    state::{State, live::LiveBuild},
    theme::Tone,
    widget::text::{edges, span},
};

/// How far the build is, how it ended and what came out of it.
pub(super) fn headline(state: &State, live: &LiveBuild, columns: usize) -> Line<'static> {
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
        Some(Outcome::Built) => built(state, live, elapsed, columns),
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
    if cached > 0 && (columns >= 60 || !live.is_checking()) {
        let of = if live.is_running() {
            String::new()
        } else {
            format!(" of {total}")
        };
        spans.push(span(" · ", style(Tone::Dim)));
        spans.push(span(format!("{cached}{of} cached"), style(Tone::Good)));
    }
    // Where there is no room for all, the size of the image says more.
    let roomy = (columns >= 60 && !live.is_checking()) || live.is_running();
    if let Some(saved) = state.history.saved(live).filter(|_| roomy) {
        spans.push(span(
            format!(" · saved {}", text::seconds(saved)),
            style(Tone::Plain),
        ));
    }
    let record = live.record.as_ref().filter(|record| record.counts());
    if let Some(bytes) = record.and_then(BuildRecord::image_bytes) {
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

/// The beginning of the headline of a build that made an image.
fn built(state: &State, live: &LiveBuild, elapsed: Duration, columns: usize) -> Vec<Span<'static>> {
    let style = |tone| state.theme.style(tone);
    let took = text::seconds(elapsed);
    if live.is_checking() {
        return vec![
            span(format!(" {} ", super::spinner(state)), style(Tone::Accent)),
            span("checking the image…", style(Tone::Accent)),
            span(format!(" · built in {took}"), style(Tone::Plain)),
        ];
    }
    let verdict = live.record.as_ref().map(|record| &record.verdict);
    // Where there is little room, the sign says it.
    let mut word = None;
    let (sign, tone) = match verdict {
        Some(Some(Verdict::Invalid { .. })) => {
            return vec![
                span(" ✗ INVALID", style(Tone::Bad)),
                span(format!(" · built in {took}"), style(Tone::Plain)),
            ];
        }
        Some(Some(Verdict::Verified { .. })) => {
            word = Some((" · verified", Tone::Dim));
            (" ✓ ", Tone::Good)
        }
        Some(Some(Verdict::Unverified { .. }) | None) if is_compared(live) => {
            word = Some((" · unverified", Tone::Warm));
            (" ? ", Tone::Warm)
        }
        _ => (" ✓ ", Tone::Good),
    };
    let mut spans = vec![
        span(sign, style(tone)),
        span(format!("done in {took}"), style(Tone::Strong)),
    ];
    if let Some((word, tone)) = word.filter(|_| columns >= 60) {
        spans.push(span(word, style(tone)));
    }
    spans
}

/// Bases and the set-up are no images to compare.
fn is_compared(live: &LiveBuild) -> bool {
    matches!(live.subject, Subject::Strategy(_))
}

/// The right end of the headline: how much longer, and how long so far.
fn ending(state: &State, live: &LiveBuild, elapsed: Duration, columns: usize) -> Line<'static> {
    let style = |tone| state.theme.style(tone);
    let cancelling = state.runs.cancelling == Some(live.id);
    let moves = live.is_running() || (live.is_checking() && cancelling);
    if !moves {
        let waiting = state.runs.queue.len();
        let text = if waiting > 0 {
            format!("{waiting} waiting ")
        } else {
            String::new()
        };
        return Line::from(span(text, style(Tone::Dim)));
    }
    if cancelling {
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
