//! A strip plot: every run of each strategy as a point, in lanes of their own.

use maud::{Markup, html};

use super::{LINE, Plot, behind, fitted, px, scale::Axis, short, tick, width_of};
use crate::domain::{statistics::Summary, text::NOT_AVAILABLE};

/// The runs of one strategy.
#[derive(Debug, Clone)]
pub struct Lane {
    /// Its name.
    pub name: String,
    /// Seconds of each run that counts.
    pub runs: Vec<f64>,
    /// Those that lie far from the others.
    pub outliers: Vec<f64>,
    /// Of the runs; `None` where there is nothing to be drawn.
    pub summary: Option<Summary>,
    /// What stands there instead: `INVALID`, `FAILED` or `n/a`.
    pub word: &'static str,
}

/// All strategies after one change.
#[derive(Debug, Clone)]
pub struct Panel {
    /// The scenario.
    pub title: String,
    /// The fastest first, those without figures last.
    pub lanes: Vec<Lane>,
}

const STRIP: f64 = 16.0;
const LANE: f64 = LINE + STRIP + 6.0;
const HEAD: f64 = 24.0;
const FOOT: f64 = 36.0;
/// Between the ends of the axis and those of the picture.
const SIDE: f64 = 4.0;

/// Draws a panel. The axis does not begin at zero; it says so.
#[must_use]
pub fn strips(panel: &Panel, width: f64) -> Plot {
    let runs = panel
        .lanes
        .iter()
        .flat_map(|lane| lane.runs.iter().copied());
    let axis = Axis::around(runs, if width > 420.0 { 7 } else { 5 });
    let lanes = panel.lanes.iter().fold(0.0, |sum, lane| sum + height(lane));
    let bottom = HEAD + lanes;
    let tops = behind(HEAD, panel.lanes.iter().map(height));
    let body = html! {
        text class="head" y="14" { (fitted(&panel.title, width)) }
        @if let Some(axis) = &axis { (grid(axis, width, bottom)) }
        @for ((rank, lane), top) in panel.lanes.iter().enumerate().zip(tops) {
            (lane_at(lane, rank, axis.as_ref(), (top, width)))
        }
    };
    Plot {
        width,
        height: bottom + if axis.is_some() { FOOT } else { 0.0 },
        title: format!("Every run of each strategy, {}", panel.title),
        body,
    }
}

fn height(lane: &Lane) -> f64 {
    if lane.summary.is_some() {
        LANE
    } else {
        LINE + 6.0
    }
}

fn x_of(axis: &Axis, value: f64, width: f64) -> f64 {
    SIDE + axis.share(value) * (width - 2.0 * SIDE)
}

fn grid(axis: &Axis, width: f64, bottom: f64) -> Markup {
    let what = if axis.is_logarithmic() {
        "seconds, logarithmic"
    } else {
        "seconds"
    };
    html! {
        @for value in &axis.ticks {
            @let x = x_of(axis, *value, width);
            @let words = tick(*value);
            @let half = width_of(&words) / 2.0;
            path class="grid" d=(format!("M{} {}V{}", px(x), HEAD, px(bottom + 3.0))) {}
            text class="dim small mid" x=(px(x.clamp(half, width - half))) y=(px(bottom + 15.0)) { (words) }
        }
        text class="dim small end" x=(px(width)) y=(px(bottom + 30.0)) { (what) }
    }
}

fn lane_at(lane: &Lane, rank: usize, axis: Option<&Axis>, (top, width): (f64, f64)) -> Markup {
    let base = px(top + LINE - 4.0);
    let (Some(summary), Some(axis)) = (&lane.summary, axis) else {
        let room = width - width_of(lane.word) - 8.0;
        return html! {
            text class="dim" y=(base) { (fitted(&lane.name, room)) }
            text class=(word_class(lane.word)) x=(px(width)) y=(base) { (lane.word) }
        };
    };
    let interval = summary
        .interval
        .map(|one| format!(" ({} … {})", short(one.low), short(one.high)));
    let sign = if rank == 0 { "fastest, " } else { "" };
    let told = format!("{sign}{} s", short(summary.median));
    let interval = interval.unwrap_or_default();
    let room = width - width_of(&told) - width_of(&interval) - 8.0;
    html! {
        g class=[(rank == 0).then_some("best")] {
            text y=(base) { (fitted(&lane.name, room)) }
            text class="end" x=(px(width)) y=(base) {
                tspan class="strong" { (told) }
                tspan class="dim" { (interval) }
            }
            (strip(lane, summary, axis, (top + LINE, width)))
        }
    }
}

/// `INVALID` and `FAILED` are loud, `n/a` is not.
pub(super) fn word_class(word: &str) -> &'static str {
    if word == NOT_AVAILABLE {
        "dim end"
    } else {
        "wrong end"
    }
}

fn strip(lane: &Lane, summary: &Summary, axis: &Axis, (top, width): (f64, f64)) -> Markup {
    let x = |value: f64| x_of(axis, value, width);
    let middle = px(top + STRIP / 2.0);
    let is_far = |run: &f64| lane.outliers.iter().any(|far| far.total_cmp(run).is_eq());
    html! {
        rect class="lane" y=(px(top)) width=(px(width)) height=(px(STRIP)) rx="3" {}
        @if let Some(one) = summary.interval {
            rect class="band" x=(px(x(one.low) - 0.5)) y=(px(top + 3.0)) rx="2"
                width=(px(x(one.high) - x(one.low) + 1.0)) height=(px(STRIP - 6.0)) {
                title { "interval of the median: " (short(one.low)) " … " (short(one.high)) " s" }
            }
        }
        @for run in &lane.runs {
            circle class=(if is_far(run) { "far" } else { "run" }) cx=(px(x(*run))) cy=(middle) r="3" {
                title { (lane.name) ": " (short(*run)) " s" @if is_far(run) { ", an outlier" } }
            }
        }
        path class="median" d=(format!("M{} {}v{}", px(x(summary.median)), px(top), px(STRIP))) {
            title { "median: " (short(summary.median)) " s" }
        }
    }
}
