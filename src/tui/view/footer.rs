//! The line at the bottom with the keys that work now, and the notices above it.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Modifier,
    text::{Line, Span},
    widgets::{Clear, Widget},
};

use crate::tui::{
    areas::{Areas, Room},
    keymap::{self, Action, BINDINGS},
    msg::Level,
    state::{Mode, Pane, Prompt, State, bench::BenchPane},
    theme::Tone,
    update::keys,
    widget::text::{clean, span, width, wrap},
};

pub(super) fn draw(state: &State, area: Rect, buf: &mut Buffer) {
    if area.area() == 0 {
        return;
    }
    let columns = usize::from(area.width);
    let mut spans = Vec::new();
    let mut used = 0;
    for (key, word) in hints(state) {
        let wide = 3 + width(&key) + width(&word);
        if used + wide > columns {
            break;
        }
        used += wide;
        spans.push(Span::raw(" "));
        spans.push(span(key, state.theme.style(Tone::Accent)));
        spans.push(span(format!(" {word} "), state.theme.style(Tone::Dim)));
    }
    buf.set_line(area.x, area.y, &Line::from(spans), area.width);
}

/// Keys that work now, with what they do.
fn hints(state: &State) -> Vec<(String, String)> {
    if let Mode::Type { prompt, .. } = &state.mode {
        let (done, left) = match prompt {
            Prompt::Filter => ("keep the filter", "clear it"),
            Prompt::Search => ("find", "leave"),
        };
        return [("⏎", done), ("esc", left), ("ctrl-u", "empty")]
            .map(|(key, word)| (key.to_owned(), word.to_owned()))
            .to_vec();
    }
    let scopes = keys::scopes(state);
    // The line at the top says this too, where it has room.
    let first = |action| action == Action::Help && Areas::of(state).room == Room::Small;
    let mut hints = Vec::new();
    let rows = BINDINGS
        .iter()
        .filter(|binding| scopes.contains(&binding.scope));
    for binding in rows.filter(|binding| keys::works(state, binding.action)) {
        let (Some(key), Some(hint)) = (binding.keys.first(), binding.hint) else {
            continue;
        };
        let hint = (keymap::name(*key), word(state, binding.action, hint));
        let at = if first(binding.action) {
            0
        } else {
            hints.len()
        };
        hints.insert(at, hint);
    }
    hints
}

fn word(state: &State, action: Action, hint: &str) -> String {
    match action {
        Action::ToggleWatch if state.watch => "stop watching".to_owned(),
        Action::BuildSelected if state.needs_setup() && state.set_up().is_none() => {
            "set up and build".to_owned()
        }
        Action::Pause if state.bench.live().is_some_and(BenchPane::is_paused) => "go on".to_owned(),
        Action::AddToBench => {
            let id = state.selected().map(|one| clean(&one.id.0));
            format!("add {}", id.unwrap_or_default())
        }
        Action::Cancel if state.bench.live().is_some() => "stop".to_owned(),
        Action::Bench if !state.list.marked.is_empty() => {
            format!("bench {}", state.list.marked.len())
        }
        Action::BuildMarked => format!("build {} marked", state.list.marked.len()),
        Action::Mark => {
            let selected = state.selected();
            let marked = selected.is_some_and(|one| state.list.marked.contains(&one.id));
            if marked { "unmark" } else { "mark" }.to_owned()
        }
        _ => hint.to_owned(),
    }
}

/// Notices, the newest lowest, above the footer at the right.
pub(super) fn draw_notices(state: &State, areas: &Areas, buf: &mut Buffer) {
    let body = [Pane::Strategies, Pane::Build, Pane::Result, Pane::Bench]
        .into_iter()
        .map(|pane| areas.pane(pane))
        .filter(|area| area.area() > 0)
        .reduce(Rect::union)
        .unwrap_or_default();
    let mut bottom = body.bottom().saturating_sub(1);
    for notice in state.notices.iter().rev() {
        let (sign, tone) = match notice.level {
            Level::Info => ("i", Tone::Accent),
            Level::Warning => ("!", Tone::Warm),
            Level::Error => ("✗", Tone::Bad),
        };
        let room = usize::from(body.width).saturating_sub(8).min(90);
        let lines = wrap(&clean(&notice.text), room, 3);
        let wide = lines.iter().map(|line| width(line)).max().unwrap_or(0) + 5;
        let (Ok(wide), Ok(high)) = (u16::try_from(wide), u16::try_from(lines.len())) else {
            return;
        };
        if room == 0 || wide > body.width || bottom < body.y + high {
            return;
        }
        bottom -= high;
        let area = Rect::new(
            body.right().saturating_sub(wide + 1).max(body.x),
            bottom,
            wide,
            high,
        );
        Clear.render(area, buf);
        let style = state.theme.style(tone).add_modifier(Modifier::REVERSED);
        for (number, (line, y)) in lines.into_iter().zip(bottom..).enumerate() {
            let sign = if number == 0 { sign } else { " " };
            let text = crate::tui::widget::text::pad(&format!(" {sign} {line}"), wide.into());
            buf.set_line(area.x, y, &Line::from(span(text, style)), wide);
        }
    }
}
