//! What is best of both: the image's size against the time after a change.

use std::collections::BTreeMap;

use ratatui::text::{Line, Span};

use super::scale::{Scale, axis};
use crate::domain::{
    bench::{
        CellResult, Prior,
        pareto::{Costs, costs, dominated},
    },
    ids::Bytes,
    strategy::Published,
    text,
};
use crate::tui::{
    state::{State, bench::BenchPane},
    theme::Tone,
    widget::text::{clean, cut, pad_left, span, width},
};

/// Columns of the sizes at the left edge.
const SIZE: usize = 8;
/// A smaller canvas tells nothing.
const NARROWEST: usize = 16;
const LOWEST: usize = 3;

struct Point {
    name: String,
    seconds: f64,
    bytes: u64,
    mark: Mark,
}

/// The later ones are drawn above the earlier ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Mark {
    Published,
    Dominated,
    Best,
}

impl Mark {
    fn sign(self) -> (char, Tone) {
        match self {
            Self::Published => ('◇', Tone::Dim),
            Self::Dominated => ('•', Tone::Dim),
            Self::Best => ('●', Tone::Good),
        }
    }
}

/// The canvas, the scale below it, and what the marks mean.
pub(super) fn lines(
    state: &State,
    pane: &BenchPane,
    columns: usize,
    rows: usize,
) -> Vec<Line<'static>> {
    let Some(prior) = pane.prior() else {
        return Vec::new();
    };
    let (wide, high) = (columns.saturating_sub(SIZE + 2), rows.saturating_sub(2));
    if wide < NARROWEST || high < LOWEST {
        return super::nothing(state, "Too little room for this plot.", columns);
    }
    let points = points(state, pane, prior);
    if points.iter().all(|point| point.mark == Mark::Published) {
        let text = format!("No run after {prior} has both a time and an image's size yet.");
        return super::nothing(state, &text, columns);
    }
    let across = Scale::over(points.iter().map(|point| point.seconds), wide);
    let upwards = Scale::over(points.iter().map(|point| size(point.bytes)), high);
    let mut canvas = Canvas::new(wide, high);
    let unnamed = canvas.draw(&points, across, upwards);
    let mut lines = canvas.lines(state, upwards);
    let before = format!("{}└", " ".repeat(SIZE + 1));
    lines.push(axis(state, across, &before, wide));
    lines.push(legend(state, &points, &unnamed, columns));
    lines
}

/// Sizes go from kilobytes to gigabytes.
fn size(bytes: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a place on a plot")]
    let bytes = bytes.max(1) as f64;
    bytes.log10()
}

fn points(state: &State, pane: &BenchPane, prior: Prior) -> Vec<Point> {
    let matrix = &pane.matrix;
    let results: Vec<CellResult> = matrix.column(prior).cloned().collect();
    let found = costs(matrix.plan(), prior, &results, &matrix.progress.runs);
    let figures: Vec<Costs> = found.iter().map(|(_, costs)| *costs).collect();
    let beaten = dominated(&figures).into_iter();
    let mut points: Vec<Point> = found
        .into_iter()
        .zip(beaten)
        .map(|((place, costs), is_beaten)| Point {
            name: clean(&matrix.plan().name(place)),
            seconds: costs.seconds,
            bytes: costs.image.0,
            mark: if is_beaten {
                Mark::Dominated
            } else {
                Mark::Best
            },
        })
        .collect();
    // What was published is what an edited source costs.
    if prior == Prior::Source {
        points.extend(published(state, pane));
    }
    points.sort_by_key(|point| point.mark);
    points
}

fn published<'a>(state: &'a State, pane: &'a BenchPane) -> impl Iterator<Item = Point> + 'a {
    let ids = pane.matrix.plan().strategies.iter();
    ids.filter_map(|id| {
        let mut strategies = state.strategies.iter();
        let strategy = strategies.find(|strategy| strategy.id == *id)?;
        let published = strategy.published.as_ref()?;
        Some(Point {
            name: clean(&id.0),
            seconds: Published::build(published)?.as_secs_f64(),
            bytes: Published::image(published)?.0,
            mark: Mark::Published,
        })
    })
}

/// Signs and their tones, row by row from above.
struct Canvas {
    cells: Vec<Vec<Option<(char, Tone)>>>,
    wide: usize,
}

impl Canvas {
    fn new(wide: usize, high: usize) -> Self {
        Self {
            cells: vec![vec![None; wide]; high],
            wide,
        }
    }

    /// Marks first, then as many names as find room; gives back the measured ones that have
    /// none.
    fn draw(&mut self, points: &[Point], across: Scale, upwards: Scale) -> Vec<String> {
        let mut names: BTreeMap<(usize, usize), (Mark, Vec<&str>)> = BTreeMap::new();
        for point in points {
            let row = upwards.places - 1 - upwards.place(size(point.bytes));
            let at = (row, across.place(point.seconds));
            self.cells[at.0][at.1] = Some(point.mark.sign());
            let (mark, names) = names.entry(at).or_insert((point.mark, Vec::new()));
            if point.mark > *mark {
                // What is measured is named, not what was published at the same place.
                if *mark == Mark::Published {
                    names.clear();
                }
                *mark = point.mark;
            }
            names.push(&point.name);
        }
        let mut names: Vec<_> = names.into_iter().collect();
        names.sort_by_key(|(_, (mark, _))| std::cmp::Reverse(*mark));
        let mut unnamed = Vec::new();
        for ((row, column), (mark, of)) in names {
            let name = of.join(", ");
            if !self.write(row, column, &name, mark) && mark != Mark::Published {
                unnamed.push(name);
            }
        }
        unnamed
    }

    /// Writes a name beside its mark, above or below it, where nothing else stands.
    fn write(&mut self, row: usize, column: usize, name: &str, mark: Mark) -> bool {
        let wide = width(name);
        let tone = match mark {
            Mark::Best => Tone::Strong,
            Mark::Dominated | Mark::Published => Tone::Dim,
        };
        let mark_at = (row, column);
        let before = column.checked_sub(wide + 1);
        let after = column + 2;
        let tries = [
            (Some(row), Some(after)),
            (Some(row), before),
            (row.checked_sub(1), Some(after)),
            (Some(row + 1), Some(after)),
            (row.checked_sub(1), before),
            (Some(row + 1), before),
        ];
        let free = tries.into_iter().find_map(|(row, from)| {
            let (row, from) = (row?, from?);
            // A column is free at either end, so that no name runs into another one.
            let cells = self.cells.get(row)?;
            cells.get(from..from + wide)?;
            let around = from.saturating_sub(1)..(from + wide + 1).min(cells.len());
            let is_free = |at: usize| cells[at].is_none() || (row, at) == mark_at;
            around.into_iter().all(is_free).then_some((row, from))
        });
        let Some((row, from)) = free else {
            return false;
        };
        for (cell, symbol) in self.cells[row][from..].iter_mut().zip(name.chars()) {
            *cell = Some((symbol, tone));
        }
        true
    }

    fn lines(&self, state: &State, upwards: Scale) -> Vec<Line<'static>> {
        let last = self.cells.len() - 1;
        let rows = self.cells.iter().enumerate();
        rows.map(|(at, row)| {
            let label = match at {
                0 => bytes(upwards.high),
                at if at == last => bytes(upwards.low),
                _ => String::new(),
            };
            let label = format!("{} │", pad_left(&label, SIZE));
            let mut spans: Vec<Span<'static>> = vec![span(label, state.theme.style(Tone::Dim))];
            spans.extend(row.iter().map(|cell| {
                let (symbol, tone) = cell.unwrap_or((' ', Tone::Plain));
                span(symbol.to_string(), state.theme.style(tone))
            }));
            debug_assert_eq!(row.len(), self.wide);
            Line::from(spans)
        })
        .collect()
    }
}

/// An end of the scale of sizes.
fn bytes(log: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "sizes of images, rounded"
    )]
    let value = 10_f64.powf(log).round() as u64;
    text::bytes(Bytes(value))
}

fn legend(state: &State, points: &[Point], unnamed: &[String], columns: usize) -> Line<'static> {
    let mut words = vec!["● best of both".to_owned(), "• dominated".to_owned()];
    if points.iter().any(|point| point.mark == Mark::Published) {
        words.push("◇ published".to_owned());
    }
    if !unnamed.is_empty() {
        words.push(format!("not named: {}", unnamed.join(", ")));
    }
    words.push("↑ image, log  → time".to_owned());
    let text = cut(&format!(" {}", words.join("  ")), columns);
    Line::from(span(text, state.theme.style(Tone::Dim)))
}
