//! The steps of two runs above each other: what was cached in one of them, and ran in the other.

use std::time::Duration;

use ratatui::text::{Line, Span};

use super::scale::Scale;
use crate::domain::{
    build::StepStatus,
    record::StepRecord,
    text,
    timeline::{StepPair, step_pairs},
};
use crate::tui::{
    state::{State, bench::BenchPane},
    theme::{Tone, step_sign, step_tone},
    widget::text::{clean, cut, pad, pad_left, span},
};

/// Columns of a step's name, of its sign and time.
const NAME: usize = 15;
const TIME: usize = 10;
/// Shorter bars tell nothing.
const SHORTEST: usize = 6;

pub(super) fn lines(
    state: &State,
    pane: &BenchPane,
    columns: usize,
    rows: usize,
) -> Vec<Line<'static>> {
    let Some((before, after)) = pane.pair() else {
        let text = "Two runs of the cell under the cursor are compared here, when there are two.";
        return super::nothing(state, text, columns);
    };
    let pairs = step_pairs(&before.record.steps, &after.record.steps);
    let (worked, idle): (Vec<StepPair<'_>>, Vec<StepPair<'_>>) =
        pairs.into_iter().partition(StepPair::took_time);
    let changed = worked.iter().filter(|pair| pair.change().is_some()).count();
    let seconds = |wall_s: f64| text::seconds_or_na(Duration::try_from_secs_f64(wall_s).ok());
    let differ = match changed {
        0 => "no step differs".to_owned(),
        1 => "1 step differs".to_owned(),
        changed => format!("{changed} steps differ"),
    };
    let head = format!(
        " round {} {} above, round {} {} below · {differ} · {} cached in both",
        before.round + 1,
        seconds(before.record.wall_s),
        after.round + 1,
        seconds(after.record.wall_s),
        idle.len(),
    );
    let mut lines = vec![Line::from(span(
        cut(&head, columns),
        state.theme.style(Tone::Dim),
    ))];
    let room = columns.saturating_sub(NAME + TIME + 3);
    let ends = worked.iter().flat_map(|pair| [pair.before, pair.after]);
    let ends = ends.flatten().filter_map(end);
    let scale = Scale::over(ends.chain([0.0]), room.max(1) + 1);
    // What differs is seen even where there is little room.
    let mut order: Vec<&StepPair<'_>> = worked.iter().collect();
    let fits = rows.saturating_sub(1) / 2;
    if order.len() > fits {
        order.sort_by(|one, other| {
            let longest = other.seconds().total_cmp(&one.seconds());
            let changed = one.change().is_none().cmp(&other.change().is_none());
            changed.then(longest)
        });
    }
    let hidden = order.len().saturating_sub(fits);
    let shown = match hidden {
        0 => fits,
        _ => rows.saturating_sub(2) / 2,
    };
    let hidden = order.len().saturating_sub(shown);
    for pair in order.into_iter().take(shown) {
        let name = pair.after.or(pair.before).map_or_else(String::new, named);
        lines.push(lane(state, &name, pair.before, None, room, scale));
        lines.push(lane(state, "", pair.after, pair.change(), room, scale));
    }
    if hidden > 0 {
        let text = format!(" … {hidden} steps more");
        lines.push(Line::from(span(text, state.theme.style(Tone::Dim))));
    }
    lines
}

fn named(step: &StepRecord) -> String {
    let words: Vec<&str> = step.instruction.split_whitespace().take(1).collect();
    let stage = match step.stage.parse::<usize>() {
        Ok(number) => format!("stage {number}"),
        Err(_) => clean(&step.stage),
    };
    format!("{stage} {} {}", step.index, clean(&words.concat()))
}

fn end(step: &StepRecord) -> Option<f64> {
    Some(step.started_s? + step.seconds?)
}

fn lane(
    state: &State,
    name: &str,
    step: Option<&StepRecord>,
    change: Option<&'static str>,
    room: usize,
    scale: Scale,
) -> Line<'static> {
    let style = |tone| state.theme.style(tone);
    let mut spans = vec![span(format!(" {} ", pad(name, NAME)), style(Tone::Plain))];
    let Some(step) = step else {
        spans.push(span("not there", style(Tone::Dim)));
        return Line::from(spans);
    };
    let ran = matches!(step.status, StepStatus::Ran | StepStatus::Failed);
    let time = match (step.status, step.seconds) {
        (StepStatus::Cached, _) => "cached".to_owned(),
        (_, seconds) => {
            text::seconds_or_na(seconds.and_then(|s| Duration::try_from_secs_f64(s).ok()))
        }
    };
    let tone = step_tone(step.status);
    let sign = step_sign(step.status);
    spans.push(span(
        format!("{sign} {}", pad_left(&time, TIME - 3)),
        style(tone),
    ));
    spans.push(span(" ", style(Tone::Plain)));
    let mut left = room;
    if let (true, Some(from), Some(to), true) = (ran, step.started_s, end(step), room >= SHORTEST) {
        let from = scale.place(from).min(room - 1);
        let to = scale.place(to).clamp(from + 1, room);
        spans.push(Span::raw(" ".repeat(from)));
        spans.push(span("━".repeat(to - from), style(tone)));
        left = room - to;
    }
    if let Some(change) = change {
        spans.push(span(
            cut(&format!(" ◂ {change}"), left),
            style(Tone::Strong),
        ));
    }
    Line::from(spans)
}
