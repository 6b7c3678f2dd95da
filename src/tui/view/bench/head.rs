//! Where a benchmark stands, and when it will be over.

use std::time::Duration;

use ratatui::text::{Line, Span};

use crate::domain::{
    bench::{AtWork, Ending},
    text,
};
use crate::tui::{
    state::{State, bench::BenchPane},
    theme::Tone,
    widget::text::{clean, span, width},
};

/// Columns of the bar.
const BAR: usize = 14;

/// The bar with its figures, and what is at work.
pub(super) fn lines(state: &State, pane: &BenchPane, columns: usize) -> Vec<Line<'static>> {
    vec![figures(state, pane, columns), at_work(state, pane)]
}

/// As many figures as there is room for, the most telling first.
fn figures(state: &State, pane: &BenchPane, columns: usize) -> Line<'static> {
    let style = |tone| state.theme.style(tone);
    let progress = &pane.matrix.progress;
    let (done, planned) = (progress.done(), pane.planned);
    let mut words = Vec::new();
    if pane.is_live && progress.is_paused {
        words.push(("‖ paused".to_owned(), Tone::Warm));
    }
    if pane.is_live {
        let now = (done + 1).min(planned);
        words.push((format!("run {now}/{planned}"), Tone::Strong));
        words.push((left(state, pane), Tone::Plain));
    } else {
        words.push((counted(done, "run"), Tone::Strong));
    }
    words.push((round(pane), Tone::Plain));
    let noisy = progress.runs.iter().filter(|run| run.is_noisy()).count();
    if noisy > 0 {
        words.push((format!("! noisy: {}", counted(noisy, "run")), Tone::Warm));
    }
    let mut spans = vec![span(" ", style(Tone::Plain))];
    if pane.is_live && columns >= 60 {
        let full = (done * BAR).checked_div(planned).unwrap_or(0).min(BAR);
        spans.push(span("▰".repeat(full), style(Tone::Good)));
        spans.push(span("▱".repeat(BAR - full), style(Tone::Dim)));
        spans.push(span("  ", style(Tone::Plain)));
    }
    let mut used: usize = spans.iter().map(Span::width).sum();
    for (at, (word, tone)) in words.into_iter().enumerate() {
        let gap = if at == 0 { "" } else { " · " };
        used += width(gap) + width(&word);
        if used > columns {
            break;
        }
        spans.push(span(gap, style(Tone::Dim)));
        spans.push(span(word, style(tone)));
    }
    Line::from(spans)
}

/// When it will be over, by what runs took before.
fn left(state: &State, pane: &BenchPane) -> String {
    match pane.left {
        Some(Duration::ZERO) => "ends when enough is known".to_owned(),
        Some(left) => {
            let spent = pane.since.map(|since| state.now.saturating_sub(since));
            let left = left.saturating_sub(spent.unwrap_or_default());
            // What runs longer than it did before ends any moment.
            if left.is_zero() {
                return "≈ a moment left".to_owned();
            }
            format!("≈ {} left", text::seconds(left))
        }
        None => format!("time left {}", text::NOT_AVAILABLE),
    }
}

fn round(pane: &BenchPane) -> String {
    let progress = &pane.matrix.progress;
    if let Some(AtWork::Run { round, .. }) = progress.at_work {
        return format!("round {} of ≥{}", round + 1, progress.rounds);
    }
    let made = progress.runs.iter().map(|run| run.round + 1).max();
    match made.unwrap_or(0) {
        made if pane.is_live => format!("{made} of ≥{} rounds", progress.rounds),
        made => counted(usize::try_from(made).unwrap_or(usize::MAX), "round"),
    }
}

/// `1 run`, `2 runs`.
fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}

fn at_work(state: &State, pane: &BenchPane) -> Line<'static> {
    let style = |tone| state.theme.style(tone);
    let progress = &pane.matrix.progress;
    let name = |place| clean(&progress.header.plan.name(place));
    if let Some(ending) = &progress.ending {
        let (text, tone) = ended(ending);
        return Line::from(span(format!(" {text}"), style(tone)));
    }
    if !pane.is_live {
        let text = " kept from an earlier benchmark; B measures anew, or goes on";
        return Line::from(span(text, style(Tone::Dim)));
    }
    let spent = pane.since.map(|since| state.now.saturating_sub(since));
    let spent = spent.map_or_else(String::new, |spent| format!("  {}", text::seconds(spent)));
    let what = match progress.at_work {
        Some(AtWork::WarmUp { place }) => {
            format!("warming up {}, not measured{spent}", name(place))
        }
        Some(AtWork::Run { cell, .. }) => {
            format!("{} after {}{spent}", name(cell.place), cell.prior)
        }
        None if progress.is_paused => "nothing is at work; p goes on".to_owned(),
        None => "the next run is prepared".to_owned(),
    };
    let sign = if progress.at_work.is_some() {
        super::super::spinner(state)
    } else {
        "·"
    };
    let mut spans = vec![
        span(format!(" {sign} "), style(Tone::Accent)),
        span(what, style(Tone::Plain)),
    ];
    if let Some(busy) = progress.waiting {
        let text = format!(" · waits: other programs use {:.0} %", busy * 100.0);
        spans.push(span(text, style(Tone::Warm)));
    }
    let soon = if pane.is_cancelling {
        Some("is being broken off")
    } else if pane.is_stopping {
        Some("stops after this run")
    } else if progress.is_paused && progress.at_work.is_some() {
        Some("pauses after this run")
    } else {
        None
    };
    if let Some(soon) = soon {
        spans.push(span(format!(" · {soon}"), style(Tone::Warm)));
    }
    Line::from(spans)
}

fn ended(ending: &Ending) -> (String, Tone) {
    match ending {
        Ending::Enough => ("✓ done: enough is known".to_owned(), Tone::Good),
        Ending::Budget => (
            "! the time is spent: B goes on with it".to_owned(),
            Tone::Warm,
        ),
        Ending::Stopped | Ending::Cancelled => (
            "! stopped: nothing is lost, B goes on with it".to_owned(),
            Tone::Warm,
        ),
        Ending::Failed(why) => (format!("✗ failed: {}", clean(why)), Tone::Bad),
    }
}
