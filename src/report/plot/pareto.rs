//! Image size against the time of an edit: what nothing beats in both is joined by a step line.

use maud::{Markup, html};

use super::{
    LINE, Plot, fitted,
    labels::{Area, LINED, Place, Wanted, place},
    px,
    scale::Axis,
    short, tick, width_of,
};
use crate::domain::{
    bench::pareto::{Costs, dominated, front},
    ids::Bytes,
    text,
};

/// Who says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MarkKind {
    /// Measured here.
    Measured,
    /// Published by somebody else; beats nothing and is not beaten.
    Published,
}

/// A strategy in the plot.
#[derive(Debug, Clone)]
pub struct Mark {
    /// Its name.
    pub name: String,
    /// Where it lies.
    pub costs: Costs,
    /// Whose figures.
    pub kind: MarkKind,
}

const HEIGHT: f64 = 340.0;
const LEFT: f64 = 58.0;
const TOP: f64 = 30.0;
const FOOT: f64 = 84.0;
/// Where the legend's first sign is.
const LEGEND: f64 = 6.0;

/// Where things are.
struct Frame {
    time: Axis,
    size: Axis,
    within: Area,
}

impl Frame {
    fn of(marks: &[Mark], width: f64) -> Option<Self> {
        let wanted = if width > 420.0 { 6 } else { 4 };
        Some(Self {
            time: Axis::around(marks.iter().map(|mark| mark.costs.seconds), wanted)?,
            size: Axis::logarithmic(marks.iter().map(|mark| as_f64(mark.costs.image)), 6)?,
            within: Area {
                x: LEFT,
                y: TOP,
                width: width - LEFT - 4.0,
                height: HEIGHT,
            },
        })
    }

    fn x(&self, seconds: f64) -> f64 {
        self.within.x + self.time.share(seconds) * self.within.width
    }

    fn y(&self, bytes: f64) -> f64 {
        self.within.y + (1.0 - self.size.share(bytes)) * self.within.height
    }

    fn at(&self, costs: &Costs) -> (f64, f64) {
        (self.x(costs.seconds), self.y(as_f64(costs.image)))
    }
}

#[expect(clippy::cast_precision_loss, reason = "a place in a picture")]
fn as_f64(bytes: Bytes) -> f64 {
    bytes.0 as f64
}

/// Draws the marks; `None` without any.
#[must_use]
pub fn pareto(marks: &[Mark], edit: &str, width: f64) -> Option<Plot> {
    let frame = Frame::of(marks, width)?;
    let measured: Vec<&Mark> = of_kind(marks, MarkKind::Measured);
    let costs: Vec<Costs> = measured.iter().map(|mark| mark.costs).collect();
    let beaten = dominated(&costs);
    // Names of what matters get the best places.
    let mut named: Vec<(&Mark, Standing)> = front(&costs)
        .into_iter()
        .map(|place| (measured[place], Standing::Undominated))
        .collect();
    let rest = measured
        .iter()
        .zip(&beaten)
        .filter(|(_, is_beaten)| **is_beaten);
    named.extend(rest.map(|(mark, _)| (*mark, Standing::Dominated)));
    let published = of_kind(marks, MarkKind::Published).into_iter();
    named.extend(published.map(|mark| (mark, Standing::Published)));
    let wanted: Vec<Wanted> = named
        .iter()
        .map(|(mark, kind)| wanted(&frame, mark, *kind))
        .collect();
    let places = place(frame.within, &wanted, &lines(&frame, &costs));
    let unnamed = places.iter().filter(|place| place.is_none()).count();
    let body = html! {
        text class="head" y="14" { (fitted(&format!("Image size and time after an edit ({edit})"), width)) }
        (grid(&frame))
        path class="front" d=(steps(&frame, &costs)) {}
        @for ((mark, standing), place) in named.iter().zip(&places) {
            (mark_at(&frame, mark, *standing, place.as_ref()))
        }
        (legend(&frame, unnamed, named.iter().any(|(_, standing)| *standing == Standing::Published)))
    };
    Some(Plot {
        width,
        height: TOP + HEIGHT + FOOT,
        title: "Image size against the time of a build after an edit".to_owned(),
        body,
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Undominated,
    Dominated,
    Published,
}

fn of_kind(marks: &[Mark], kind: MarkKind) -> Vec<&Mark> {
    marks.iter().filter(|mark| mark.kind == kind).collect()
}

fn label(mark: &Mark, standing: Standing) -> String {
    match standing {
        Standing::Published => format!("{} published", text::ellipsis(&mark.name, 24)),
        _ => text::ellipsis(&mark.name, 26),
    }
}

fn wanted(frame: &Frame, mark: &Mark, standing: Standing) -> Wanted {
    Wanted {
        mark: frame.at(&mark.costs),
        size: (width_of(&label(mark, standing)), 13.0),
    }
}

fn grid(frame: &Frame) -> Markup {
    let Area {
        x: left,
        y: top,
        width,
        height,
    } = frame.within;
    let (right, bottom) = (left + width, top + height);
    let unit = if frame.time.is_logarithmic() {
        "seconds of a build, logarithmic"
    } else {
        "seconds of a build"
    };
    html! {
        @for value in &frame.size.ticks {
            @let y = frame.y(*value);
            path class="grid" d=(format!("M{} {}H{}", px(left), px(y), px(right))) {}
            text class="dim small end" x=(px(left - 6.0)) y=(px(y + 4.0)) { (size_tick(*value)) }
        }
        @for value in &frame.time.ticks {
            @let x = frame.x(*value);
            path class="grid" d=(format!("M{} {}V{}", px(x), px(top), px(bottom))) {}
            text class="dim small mid" x=(px(x.min(right - 8.0))) y=(px(bottom + 15.0)) { (tick(*value)) }
        }
        text class="dim small end" x=(px(right)) y=(px(bottom + 31.0)) { (unit) }
        text class="dim small" x="0" y=(px(bottom + 31.0)) { "image unpacked" }
    }
}

/// `1 MB`, `50 kB`.
fn size_tick(bytes: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a tick of a size"
    )]
    let shown = text::bytes(Bytes(bytes.round() as u64));
    match shown.split_once(' ') {
        Some((number, unit)) if number.contains('.') => {
            format!(
                "{} {unit}",
                number.trim_end_matches('0').trim_end_matches('.')
            )
        }
        _ => shown,
    }
}

/// From each that is not beaten to the right, where it is the smallest, then down to the next.
fn steps(frame: &Frame, costs: &[Costs]) -> String {
    let places = front(costs);
    let places = places.iter().map(|place| frame.at(&costs[*place]));
    let mut path: Vec<String> = places
        .enumerate()
        .map(|(at, (x, y))| match at {
            0 => format!("M{} {}V{}", px(x), px(frame.within.y), px(y)),
            _ => format!("H{}V{}", px(x), px(y)),
        })
        .collect();
    if !path.is_empty() {
        path.push(format!("H{}", px(frame.within.x + frame.within.width)));
    }
    path.concat()
}

/// What the step line covers.
fn lines(frame: &Frame, costs: &[Costs]) -> Vec<Area> {
    let at: Vec<(f64, f64)> = front(costs)
        .iter()
        .map(|place| frame.at(&costs[*place]))
        .collect();
    let right = frame.within.x + frame.within.width;
    let mut above = frame.within.y;
    let mut out = Vec::new();
    for (number, (x, y)) in at.iter().enumerate() {
        let next = at.get(number + 1).map_or(right, |next| next.0);
        out.push(Area {
            x: x - 1.0,
            y: above,
            width: 2.0,
            height: y - above,
        });
        out.push(Area {
            x: *x,
            y: y - 1.0,
            width: next - x,
            height: 2.0,
        });
        above = *y;
    }
    out
}

fn shape(standing: Standing, (x, y): (f64, f64)) -> Markup {
    let (x, y) = (px(x), px(y));
    html! {
        @match standing {
            Standing::Undominated => { circle class="undominated" cx=(x) cy=(y) r="5" {} }
            Standing::Dominated => { path class="dominated" d=(format!("M{x} {y}m-3.5 -3.5l7 7m0 -7l-7 7")) {} }
            Standing::Published => { path class="published" d=(format!("M{x} {y}m0 -5l5 5l-5 5l-5 -5z")) {} }
        }
    }
}

fn mark_at(frame: &Frame, mark: &Mark, standing: Standing, place: Option<&Place>) -> Markup {
    let at = frame.at(&mark.costs);
    let class = match standing {
        Standing::Undominated => "strong",
        Standing::Dominated => "dim",
        Standing::Published => "foreign small",
    };
    html! {
        g {
            title { (label(mark, standing)) ": " (text::bytes(mark.costs.image)) ", " (short(mark.costs.seconds)) " s" }
            (shape(standing, at))
            @if let Some(Place { area, distance }) = place {
                @let middle = area.x + area.width / 2.0;
                @if *distance > LINED {
                    @let edge = if area.y > at.1 { area.y } else { area.y + area.height };
                    path class="leader" d=(format!("M{} {}L{} {}", px(at.0), px(at.1), px(middle), px(edge))) {}
                }
                text class=(format!("{class} mid")) x=(px(middle)) y=(px(area.y + area.height - 3.0)) { (label(mark, standing)) }
            }
        }
    }
}

fn legend(frame: &Frame, unnamed: usize, has_published: bool) -> Markup {
    let mut entries = vec![
        (Standing::Undominated, "nothing is better in both"),
        (Standing::Dominated, "something beats it"),
    ];
    if has_published {
        entries.push((
            Standing::Published,
            "published by others, not measured here",
        ));
    }
    let right = frame.within.x + frame.within.width;
    let (mut x, mut y) = (LEGEND, frame.within.y + frame.within.height + 50.0);
    let mut placed = Vec::new();
    for (standing, words) in entries {
        let width = 14.0 + width_of(words) * 0.92;
        if x > LEGEND && x + width > right {
            (x, y) = (LEGEND, y + LINE);
        }
        placed.push((standing, words, x, y));
        x += width + 14.0;
    }
    html! {
        @for (standing, words, x, y) in placed {
            (shape(standing, (x, y - 4.0)))
            text class="dim small" x=(px(x + 10.0)) y=(px(y)) { (words) }
        }
        @if unnamed > 0 {
            text class="dim small" x="0" y=(px(y + LINE)) { (unnamed) " without room for a name" }
        }
    }
}
