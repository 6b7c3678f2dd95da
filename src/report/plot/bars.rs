//! Bars of the medians with their intervals: a row for each strategy, a column for each scenario.

use maud::{Markup, html};

use super::{
    LINE, Plot, behind, fitted, px,
    scale::Axis,
    short,
    strips::{Lane, Panel, word_class},
    tick, width_of,
};

const ROW: f64 = 26.0;
const BAR: f64 = 12.0;
const HEAD: f64 = 22.0;
const FOOT: f64 = 22.0;
const GAP: f64 = 16.0;
/// No column is narrower: as many as fit stand beside each other, the others below.
const NARROWEST: f64 = 120.0;
/// Room for the median at the end of a column.
const FIGURE: f64 = 48.0;
/// Where names may be longer than this, they are cut.
const NAMES: (f64, f64) = (80.0, 170.0);

/// Draws the panels; `names` is the order of the rows.
#[must_use]
pub fn bars(panels: &[Panel], names: &[String], width: f64) -> Plot {
    let longest = names
        .iter()
        .map(|name| width_of(name))
        .fold(NAMES.0, f64::max);
    let side = longest.min(NAMES.1).min(width * 0.4) + 8.0;
    let room = width - side;
    let fitting = beside(room, panels.len().max(1));
    let blocks: Vec<&[Panel]> = panels.chunks(fitting).collect();
    let count = f64::from(u32::try_from(fitting).unwrap_or(1));
    let column = (room - GAP * (count - 1.0)) / count;
    let rows = f64::from(u32::try_from(names.len()).unwrap_or(0)) * ROW;
    let block = HEAD + rows + FOOT;
    let below = block + 10.0;
    let tops = behind(0.0, blocks.iter().map(|_| below));
    let bottom = behind(0.0, blocks.iter().map(|_| below)).last();
    let body = html! {
        @for (panels, top) in blocks.iter().zip(tops) {
            (row_names(names, top + HEAD, side - 8.0))
            @for (panel, left) in panels.iter().zip(behind(side, panels.iter().map(|_| column + GAP))) {
                (column_at(panel, names, (left, top), column))
            }
        }
    };
    Plot {
        width,
        height: bottom.map_or(0.0, |top| top + block),
        title: "Median seconds of each strategy after each change".to_owned(),
        body,
    }
}

/// How many columns stand beside each other: as many as fit, in rows of about the same length.
fn beside(room: f64, panels: usize) -> usize {
    let mut most = 1;
    let mut width = 2.0 * NARROWEST + GAP;
    while width <= room && most < panels {
        most += 1;
        width += NARROWEST + GAP;
    }
    panels.div_ceil(panels.div_ceil(most))
}

fn row_names(names: &[String], top: f64, width: f64) -> Markup {
    let bases = behind(top + LINE, names.iter().map(|_| ROW));
    html! {
        @for (name, base) in names.iter().zip(bases) {
            text y=(px(base)) { (fitted(name, width)) }
        }
    }
}

fn column_at(panel: &Panel, names: &[String], (left, top): (f64, f64), width: f64) -> Markup {
    let ends = panel.lanes.iter().filter_map(|lane| {
        let summary = lane.summary.as_ref()?;
        Some(
            summary
                .interval
                .map_or(summary.median, |one| one.high.max(summary.median)),
        )
    });
    let highest = ends.fold(0.0, f64::max);
    let axis = Axis::from_zero(highest, 2);
    let bottom = top + HEAD + f64::from(u32::try_from(names.len()).unwrap_or(0)) * ROW;
    let lane_of = |name: &String| panel.lanes.iter().position(|lane| lane.name == *name);
    let tops = behind(top + HEAD, names.iter().map(|_| ROW));
    html! {
        text class="head" x=(px(left)) y=(px(top + 13.0)) { (fitted(&panel.title, width)) }
        @if highest > 0.0 { (grid(&axis, (left, width - FIGURE), (top + HEAD, bottom))) }
        @for (name, y) in names.iter().zip(tops) {
            @if let Some(rank) = lane_of(name) {
                (bar(&panel.lanes[rank], rank == 0, &axis, (left, y), width))
            }
        }
    }
}

fn grid(axis: &Axis, (left, width): (f64, f64), (top, bottom): (f64, f64)) -> Markup {
    let last = axis.ticks.len().saturating_sub(1);
    html! {
        @for (place, value) in axis.ticks.iter().enumerate() {
            @let x = left + axis.share(*value) * width;
            @let words = if place == last { format!("{} s", tick(*value)) } else { tick(*value) };
            // The outer ones stay within their column.
            @let class = if place == 0 { "dim small" } else if place == last { "dim small end" } else { "dim small mid" };
            path class="grid" d=(format!("M{} {}V{}", px(x), px(top), px(bottom + 2.0))) {}
            text class=(class) x=(px(x)) y=(px(bottom + 14.0)) { (words) }
        }
    }
}

fn bar(lane: &Lane, is_best: bool, axis: &Axis, (left, top): (f64, f64), width: f64) -> Markup {
    let Some(summary) = &lane.summary else {
        let class = word_class(lane.word).trim_end_matches(" end");
        return html! {
            text class=(class) x=(px(left + 4.0)) y=(px(top + LINE)) { (lane.word) }
        };
    };
    let x = |value: f64| left + axis.share(value) * (width - FIGURE);
    let (y, middle) = (top + (ROW - BAR) / 2.0, top + ROW / 2.0);
    let sign = if is_best { "▲ " } else { "" };
    let told = format!("{sign}{}", short(summary.median));
    html! {
        g class=[(is_best && lane.summary.is_some()).then_some("best")] {
            title { (lane.name) ": " (short(summary.median)) " s" }
            rect class="band" x=(px(left)) y=(px(y)) width=(px((x(summary.median) - left).max(1.0))) height=(px(BAR)) rx="2" {}
            @if let Some(one) = summary.interval {
                path class="whisker" d=(format!(
                    "M{low} {up}V{down}M{low} {middle}H{high}M{high} {up}V{down}",
                    low = px(x(one.low)), high = px(x(one.high)),
                    up = px(middle - 4.0), down = px(middle + 4.0), middle = px(middle)
                )) {}
            }
            text class="small end" x=(px(left + width)) y=(px(middle + 4.0)) { (told) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_spread_evenly_over_rows() {
        let room = 4.0 * NARROWEST + 3.0 * GAP;
        assert_eq!(
            [1, 4, 5, 6, 10].map(|panels| beside(room, panels)),
            [1, 4, 3, 3, 4]
        );
        assert_eq!(beside(10.0, 6), 1);
    }
}
