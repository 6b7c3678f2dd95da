//! The steps of two builds above each other, on one axis of time: what came from the cache in one
//! and ran in the other.

use maud::{Markup, html};

use super::{LINE, Plot, behind, fitted, px, scale::Axis, short, tick, width_of};
use crate::domain::{
    build::StepStatus,
    record::{BuildRecord, StepRecord},
};

const BAR: f64 = 9.0;
const ROW: f64 = LINE + BAR + 7.0;
const HEAD: f64 = 24.0;
const FOOT: f64 = 34.0;

/// Draws two builds, each with a heading; `None` where it is not known when steps began.
#[must_use]
pub fn timeline(builds: [(&str, &BuildRecord); 2], width: f64) -> Option<Plot> {
    let ends = builds.map(|(_, record)| record.steps.iter().filter_map(end).fold(0.0, f64::max));
    if builds
        .iter()
        .any(|(_, record)| !record.steps.iter().any(|step| step.started_s.is_some()))
    {
        return None;
    }
    let axis = Axis::from_zero(ends[0].max(ends[1]), if width > 420.0 { 8 } else { 4 });
    let heights = builds.map(|(_, record)| height(record));
    let tops = behind(0.0, heights.into_iter());
    let body = html! {
        @for ((at, (heading, record)), top) in builds.iter().enumerate().zip(tops) {
            @let other = (at == 1).then_some(builds[0].1);
            (build(heading, record, other, &axis, (top, width)))
        }
    };
    Some(Plot {
        width,
        height: heights.iter().sum(),
        title: format!("Steps of two builds: {}, and {}", builds[0].0, builds[1].0),
        body,
    })
}

fn end(step: &StepRecord) -> Option<f64> {
    Some(step.started_s? + step.seconds.unwrap_or(0.0))
}

fn height(record: &BuildRecord) -> f64 {
    HEAD + f64::from(u32::try_from(record.steps.len()).unwrap_or(0)) * ROW + FOOT
}

fn build(
    heading: &str,
    record: &BuildRecord,
    above: Option<&BuildRecord>,
    axis: &Axis,
    (top, width): (f64, f64),
) -> Markup {
    let bottom = top + height(record) - FOOT;
    let (cached, all) = record.cached_of();
    let told = format!("{cached} of {all} cached, {} s", short(record.wall_s));
    let last = axis.ticks.len().saturating_sub(1);
    let tops = behind(top + HEAD, record.steps.iter().map(|_| ROW));
    html! {
        text class="head" y=(px(top + 14.0)) { (fitted(heading, width - width_of(&told) - 10.0)) }
        text class="dim end" x=(px(width)) y=(px(top + 14.0)) { (told) }
        @for (place, value) in axis.ticks.iter().enumerate() {
            @let x = axis.share(*value) * width;
            @let class = if place == 0 { "dim small" } else if place == last { "dim small end" } else { "dim small mid" };
            path class="grid" d=(format!("M{} {}V{}", px(x), px(top + HEAD), px(bottom + 2.0))) {}
            text class=(class) x=(px(x)) y=(px(bottom + 14.0)) {
                (tick(*value)) @if place == last { " s" }
            }
        }
        @for (step, y) in record.steps.iter().zip(tops) {
            (step_at(step, above, axis, (y, width)))
        }
    }
}

/// What became of the same step in the build above, where that is another thing.
fn change(step: &StepRecord, above: Option<&BuildRecord>) -> Option<StepStatus> {
    let same = |other: &&StepRecord| other.stage == step.stage && other.index == step.index;
    let before = above?.steps.iter().find(same)?.status;
    (before != step.status).then_some(before)
}

fn step_at(
    step: &StepRecord,
    above: Option<&BuildRecord>,
    axis: &Axis,
    (top, width): (f64, f64),
) -> Markup {
    let took = match (step.status, step.seconds) {
        (StepStatus::Ran | StepStatus::Failed | StepStatus::Cancelled, Some(seconds)) => {
            format!("{} {} s", step.status.word(), short(seconds))
        }
        (status, _) => status.word().to_owned(),
    };
    let before = change(step, above).map(|status| format!(", {} above", status.word()));
    let told = format!(
        "{}{took}{}",
        sign(step.status),
        before.clone().unwrap_or_default()
    );
    let name = format!(
        "{} {}/{} {}",
        step.stage, step.index, step.of, step.instruction
    );
    let class = if step.status == StepStatus::Failed {
        "wrong end small"
    } else if before.is_some() {
        "strong end small"
    } else {
        "dim end small"
    };
    let start = axis.share(step.started_s.unwrap_or(0.0)) * width;
    let wide = end(step)
        .map_or(0.0, |end| axis.share(end) * width - start)
        .max(3.0);
    let y = top + LINE;
    html! {
        g {
            title { (name) ": " (told) }
            text class="small" y=(px(top + LINE - 4.0)) { (fitted(&name, width - width_of(&told) - 10.0)) }
            text class=(class) x=(px(width)) y=(px(top + LINE - 4.0)) { (told) }
            @if step.started_s.is_some() {
                @match step.status {
                    StepStatus::Cached => { rect class="step-cached" x=(px(start + 1.0)) y=(px(y + 1.0)) width=(px(wide.max(6.0))) height=(px(BAR - 2.0)) rx="2" {} }
                    StepStatus::Failed | StepStatus::Cancelled => { rect class="step-failed" x=(px(start)) y=(px(y)) width=(px(wide)) height=(px(BAR)) rx="2" {} }
                    _ => { rect class="step-ran" x=(px(start)) y=(px(y)) width=(px(wide)) height=(px(BAR)) rx="2" {} }
                }
            }
        }
    }
}

fn sign(status: StepStatus) -> &'static str {
    match status {
        StepStatus::Cached => "□ ",
        StepStatus::Ran => "■ ",
        StepStatus::Failed | StepStatus::Cancelled => "✗ ",
        StepStatus::Waiting | StepStatus::Running | StepStatus::NotReached => "· ",
    }
}
