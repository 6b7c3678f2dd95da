//! Pane 1: strategies by group, each with its state and figures.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use super::table;
use crate::domain::{event::Outcome, ids::StrategyId, strategy::Strategy, text, verdict::Verdict};
use crate::tui::{
    areas::list_rows,
    figures::{Figures, Standing},
    state::{Mode, Pane, Prompt, State, list::Row},
    theme::Tone,
    widget::{
        frame::{Titles, frame},
        text::{clean, cut, cut_start, pad, pad_left, span, wrap},
    },
};

/// Columns of a figure, the gap before it included.
const FIGURE: usize = 8;

pub(super) fn draw(state: &State, area: Rect, buf: &mut Buffer) {
    if area.area() == 0 {
        return;
    }
    let titles = Titles {
        left: Line::from(super::title(state, Pane::Strategies, "1 Strategies")),
        right: filter(state, usize::from(area.width) / 2),
        bottom: app(state, usize::from(area.width)),
        ..Titles::default()
    };
    let focused = state.focus == Pane::Strategies;
    let inside = frame(area, buf, state.theme, focused, titles);
    let (header, height, faults) = list_rows(state, inside);
    let columns = usize::from(inside.width);
    let rows = state.list.rows(&state.strategies);
    if rows.is_empty() {
        super::put(&hint(state, columns), inside, buf);
    } else if header > 0 {
        super::put(&[heading(state, columns)], inside, buf);
    }
    let best = Best::of(state);
    let visible = rows.iter().skip(state.list.top).take(usize::from(height));
    for (row, y) in visible.zip(inside.y + header..) {
        let line = match row {
            Row::Group(group) => {
                let group = format!(" {}", clean(group));
                Line::from(span(cut(&group, columns), state.theme.style(Tone::Dim)))
            }
            Row::Strategy(strategy) => strategy_line(state, strategy, &best, columns),
        };
        buf.set_line(inside.x, y, &line, inside.width);
    }
    if faults > 0 {
        let count = state.faults.len();
        let text = format!(
            " ! {count} fault{}: F shows",
            if count == 1 { "" } else { "s" }
        );
        let line = Line::from(span(cut(&text, columns), state.theme.style(Tone::Bad)));
        buf.set_line(inside.x, inside.bottom() - 1, &line, inside.width);
    }
}

/// Where the app is that is built.
fn app(state: &State, columns: usize) -> Line<'static> {
    let root = clean(&state.app_root.display().to_string());
    let text = format!("app {}", cut_start(&root, columns.saturating_sub(10)));
    Line::from(span(text, state.theme.style(Tone::Dim)))
}

fn filter(state: &State, columns: usize) -> Line<'static> {
    let typing = matches!(
        state.mode,
        Mode::Type {
            prompt: Prompt::Filter,
            ..
        }
    );
    if !typing && state.list.filter.is_empty() {
        return Line::default();
    }
    let cursor = if typing { "▏" } else { "" };
    let text = cut(&format!("/{}{cursor}", state.list.filter), columns);
    Line::from(span(text, state.theme.style(Tone::Accent)))
}

fn hint(state: &State, columns: usize) -> Vec<Line<'static>> {
    let text = if state.list.filter.is_empty() {
        "There is no strategy. A strategy is a folder with strategy.toml and Dockerfile; \
         name the folder that holds them with --strategies."
    } else {
        "No strategy matches the filter. Esc clears it."
    };
    let lines = wrap(text, columns.saturating_sub(2), 6).into_iter();
    lines
        .map(|line| Line::from(span(format!(" {line}"), state.theme.style(Tone::Dim))))
        .collect()
}

/// How many figures there is room for: size, edit, now, last.
fn figures_shown(columns: usize) -> usize {
    match columns {
        53.. => 4,
        45.. => 3,
        36.. => 2,
        20.. => 1,
        _ => 0,
    }
}

/// Columns of what stands before the name: cursor, mark, sign and a gap.
const BEFORE: usize = 4;

/// Columns of the name, and of the signs behind it.
fn name_columns(columns: usize) -> usize {
    columns.saturating_sub(BEFORE + 1 + signs_columns(columns) + FIGURE * figures_shown(columns))
}

/// Columns of the signs behind a name: `≈`, `?`, or both where there is room.
fn signs_columns(columns: usize) -> usize {
    if columns >= 36 { 2 } else { 1 }
}

fn heading(state: &State, columns: usize) -> Line<'static> {
    let names = ["size", "edit", "now", "last"];
    let mut text = " ".repeat(columns.saturating_sub(FIGURE * figures_shown(columns) + 1));
    for name in names.iter().take(figures_shown(columns)) {
        text.push_str(&pad_left(name, FIGURE));
    }
    Line::from(span(text, state.theme.style(Tone::Dim)))
}

/// The best figures of all strategies, shown bold.
struct Best {
    size: Option<crate::domain::ids::Bytes>,
    edit: Option<std::time::Duration>,
}

impl Best {
    fn of(state: &State) -> Self {
        let all: Vec<Figures> = state
            .strategies
            .iter()
            .map(|one| state.figures(&one.id))
            .collect();
        Self {
            size: all.iter().filter_map(|one| one.size).min(),
            edit: all.iter().filter_map(|one| one.edit).min(),
        }
    }
}

fn strategy_line(state: &State, strategy: &Strategy, best: &Best, columns: usize) -> Line<'static> {
    let style = |tone| state.theme.style(tone);
    let selected = state.selected().is_some_and(|one| one.id == strategy.id);
    let marked = state.list.marked.contains(&strategy.id);
    let (sign, tone) = sign(state, &strategy.id);
    let is_available = state.why_unavailable(&strategy.id).is_none();
    let name_tone = match (selected, state.focus) {
        (true, Pane::Strategies) => Tone::Accent,
        (true, _) => Tone::Strong,
        (false, _) if is_available => Tone::Plain,
        (false, _) => Tone::Dim,
    };
    let name = pad(&clean(&strategy.id.0), name_columns(columns));
    let mut spans = vec![
        span(if selected { "▌" } else { " " }, style(Tone::Accent)),
        span(if marked { "◆" } else { " " }, style(Tone::Accent)),
        span(sign, style(tone)),
        span(" ", style(Tone::Plain)),
        span(name, style(name_tone)),
    ];
    spans.extend(findings(state, &strategy.id, best, columns));
    crate::tui::widget::text::fit(Line::from(spans), columns)
}

/// The signs and figures behind the name, or the words in their place.
fn findings(state: &State, id: &StrategyId, best: &Best, columns: usize) -> Vec<Span<'static>> {
    let style = |tone| state.theme.style(tone);
    let wide = signs_columns(columns) + FIGURE * figures_shown(columns);
    match (state.why_unavailable(id), state.history.standing(id)) {
        (Some(why), _) => return vec![table::here(state, why, wide)],
        (None, Standing::Invalid(reason)) => {
            return vec![table::words(
                state,
                "INVALID",
                Some(reason),
                wide,
                Tone::Bad,
            )];
        }
        _ => {}
    }
    let figures = state.figures(id);
    let mut signs = String::new();
    if figures.equivalent {
        signs.push('≈');
    }
    // The sign before the name says it as well.
    if figures.unverified && signs.chars().count() < signs_columns(columns) {
        signs.push('?');
    }
    let signs = pad_left(&signs, signs_columns(columns));
    let mut spans = vec![span(signs, style(Tone::Dim))];
    let shown = [
        (figures.size.map(text::bytes), figures.size == best.size),
        (figures.edit.map(text::seconds), figures.edit == best.edit),
        // What it would cost if it were built now.
        (now(state, id), false),
        // Of whatever kind it was, so no best one.
        (figures.last.map(text::seconds), false),
    ];
    for (figure, is_best) in shown.into_iter().take(figures_shown(columns)) {
        let tone = match (&figure, is_best) {
            (None, _) => Tone::Dim,
            (Some(_), true) => Tone::Strong,
            (Some(_), false) => Tone::Plain,
        };
        let figure = figure.unwrap_or_else(|| text::NOT_AVAILABLE.to_owned());
        spans.push(span(pad_left(&figure, FIGURE), style(tone)));
    }
    spans
}

/// What a build would cost if it were started now, from the history.
fn now(state: &State, id: &StrategyId) -> Option<String> {
    let takes = state.foreseen.get(id)?.takes?;
    Some(match takes.as_secs_f64() {
        // All steps would come from the cache.
        ..0.05 => "0 s".to_owned(),
        _ => text::seconds(takes),
    })
}

/// The state of a strategy, as a sign.
fn sign(state: &State, id: &StrategyId) -> (&'static str, Tone) {
    let latest = state.runs.latest(id);
    if latest.is_some_and(|live| live.is_running() || live.is_checking()) {
        return (super::spinner(state), Tone::Accent);
    }
    if state.is_queued(id) {
        return ("◌", Tone::Accent);
    }
    if state.why_unavailable(id).is_some() {
        return ("–", Tone::Dim);
    }
    let outcome = latest.and_then(|live| live.build.outcome.as_ref());
    let recorded = || state.history.of(id).last().map(|record| &record.outcome);
    match outcome.or_else(recorded) {
        None => ("·", Tone::Dim),
        Some(Outcome::Built) => match state.history.of(id).last().map(|last| &last.verdict) {
            Some(Some(Verdict::Verified { .. })) => ("✓", Tone::Good),
            Some(Some(Verdict::Invalid { .. })) => ("✗", Tone::Bad),
            _ => ("?", Tone::Warm),
        },
        Some(Outcome::Failed { .. }) => ("✗", Tone::Bad),
        Some(Outcome::Cancelled) => ("!", Tone::Warm),
    }
}
