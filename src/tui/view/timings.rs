//! All builds of a strategy, the newest first, beside the published figures.

use std::time::Duration;

use ratatui::text::Line;

use super::timeline;
use crate::domain::{
    edit::EditKind, event::Outcome, history::sparkline, ids::StrategyId, record::BuildRecord,
    strategy::Published, text, verdict::Verdict,
};
use crate::tui::{
    figures::is_verified,
    state::State,
    theme::Tone,
    widget::text::{clean, pad, span, width},
};

/// Columns of what kind a build was, with what the gate said.
const KIND: usize = 11;

/// Builds of a sparkline that are worth more than their range in words.
const FEWEST: usize = 10;

pub(super) fn lines(state: &State, id: &StrategyId, columns: usize) -> Vec<Line<'static>> {
    let mut lines: Vec<Line<'static>> = published(state, id, columns).into_iter().collect();
    lines.extend(trend(state, id, columns));
    for (age, record) in state.history.of(id).iter().rev().enumerate() {
        let newest = age == 0;
        lines.push(if columns < 76 {
            short_timing(state, record)
        } else {
            timing(state, record, newest, columns)
        });
        if newest {
            lines.extend(timeline::lines(state, record, columns));
        }
    }
    let mut records = state.history.of(id).iter();
    let is_unverified = |record: &BuildRecord| {
        record.outcome == Outcome::Built && !is_verified(record) && record.counts()
    };
    if records.any(is_unverified) {
        let text = " ? unverified: nobody asked that image whether it is right";
        lines.push(Line::from(span(text, state.theme.style(Tone::Dim))));
    }
    lines
}

/// How the builds after an edit went, where there is more than one to see.
fn trend(state: &State, id: &StrategyId, columns: usize) -> Option<Line<'static>> {
    let edits = state.history.edits(id);
    if edits.len() < 2 {
        return None;
    }
    let figure = |seconds: f64| text::seconds_or_na(Duration::try_from_secs_f64(seconds).ok());
    let shortest = edits.iter().copied().fold(f64::INFINITY, f64::min);
    let longest = edits.iter().copied().fold(0.0, f64::max);
    let mut range = format!("  {} … {}", figure(shortest), figure(longest));
    let room = columns.saturating_sub(2 + KIND);
    if room < width(&range) + edits.len().min(FEWEST) {
        range.clear();
    }
    let style = |tone| state.theme.style(tone);
    Some(Line::from(vec![
        span(format!(" {}", pad("edits", KIND)), style(Tone::Dim)),
        span(
            sparkline(edits, room.saturating_sub(width(&range))),
            style(Tone::Accent),
        ),
        span(range, style(Tone::Dim)),
    ]))
}

/// The published figures of a strategy, where there are some.
pub(super) fn published(state: &State, id: &StrategyId, columns: usize) -> Option<Line<'static>> {
    let mut strategies = state.strategies.iter();
    let strategy = strategies.find(|strategy| strategy.id == *id)?;
    let published = strategy.published.as_ref()?;
    if columns >= 76 {
        return Some(published_line(state, published));
    }
    let total = text::seconds_or_na(published.build());
    let text = format!(" {}{total} total", pad("published", KIND));
    Some(Line::from(span(text, state.theme.style(Tone::Dim))))
}

fn timing(state: &State, record: &BuildRecord, newest: bool, columns: usize) -> Line<'static> {
    let style = |tone| state.theme.style(tone);
    let when = record.started.get(5..16).unwrap_or("").replace('T', " ");
    let (kind, tone) = kind(record);
    let figures = match (record.counts(), newest) {
        (false, _) => Tone::Dim,
        (true, true) => Tone::Strong,
        (true, false) => Tone::Plain,
    };
    let mut spans = vec![
        span(format!(" {} ", pad(&when, 12)), style(Tone::Dim)),
        span(pad(&kind, KIND), style(tone)),
        span(record.time_line(), style(figures)),
    ];
    if columns >= 84 {
        let (cached, of) = record.cached_of();
        spans.push(span(format!("  {cached}/{of} cached"), style(Tone::Dim)));
    }
    Line::from(spans)
}

/// A record where there is no room for the whole line.
fn short_timing(state: &State, record: &BuildRecord) -> Line<'static> {
    let style = |tone| state.theme.style(tone);
    let (kind, tone) = kind(record);
    let cpu = record
        .cpu
        .map(|cpu| Duration::try_from_secs_f64(cpu.user_s + cpu.system_s));
    let cpu = text::seconds_or_na(cpu.and_then(Result::ok));
    Line::from(vec![
        span(format!(" {}", pad(&kind, KIND)), style(tone)),
        span(
            format!("{} total", text::seconds(record.wall())),
            style(if record.counts() {
                Tone::Plain
            } else {
                Tone::Dim
            }),
        ),
        span(format!(" · {cpu} cpu"), style(Tone::Dim)),
    ])
}

/// What kind of build a record is of, and what the gate says of it.
fn kind(record: &BuildRecord) -> (String, Tone) {
    let (sign, tone) = match (&record.outcome, &record.verdict) {
        (Outcome::Failed { .. }, _) => return ("✗ failed".into(), Tone::Bad),
        (Outcome::Cancelled, _) => return ("! cancel".into(), Tone::Warm),
        (Outcome::Built, Some(Verdict::Invalid { .. })) => {
            return ("✗ INVALID".into(), Tone::Bad);
        }
        (Outcome::Built, Some(Verdict::Verified { .. })) => ("✓", Tone::Plain),
        (Outcome::Built, Some(Verdict::Unverified { .. }) | None) => ("?", Tone::Warm),
    };
    let (cached, of) = record.cached_of();
    let word = match record.edit {
        _ if record.purpose.is_look() => "look",
        _ if record.no_cache => "no cache",
        Some(EditKind::Source) => "edit",
        Some(EditKind::Touch) => "touch",
        None if cached == of => "cached",
        None => "build",
    };
    (format!("{sign} {word}"), tone)
}

/// The published row, in the form of the measured ones.
fn published_line(state: &State, published: &Published) -> Line<'static> {
    let style = |tone| state.theme.style(tone);
    let figure = |seconds: Option<f64>, digits: usize| {
        seconds.map_or_else(
            || text::NOT_AVAILABLE.to_owned(),
            |s| format!("{s:.digits$}s"),
        )
    };
    let cpu = match (
        published.user_seconds,
        published.system_seconds,
        published.build_seconds,
    ) {
        (Some(user), Some(system), Some(wall)) if wall > 0.0 => {
            format!("{:.0}%", 100.0 * (user + system) / wall)
        }
        _ => text::NOT_AVAILABLE.to_owned(),
    };
    let total = published.build_seconds.map_or_else(
        || text::NOT_AVAILABLE.to_owned(),
        |seconds| format!("{seconds:.3}"),
    );
    let line = format!(
        "{} user {} system {cpu} cpu {total} total",
        figure(published.user_seconds, 2),
        figure(published.system_seconds, 2),
    );
    Line::from(vec![
        span(
            format!(" {} ", pad("published", 12 + KIND)),
            style(Tone::Dim),
        ),
        span(
            format!("{line}  {}", clean(&published.source)),
            style(Tone::Dim),
        ),
    ])
}
