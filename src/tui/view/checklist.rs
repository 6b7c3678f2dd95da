//! The checklist of `imgtui doctor`, and what pane 2 shows before there is a build.

use ratatui::{buffer::Buffer, layout::Rect, text::Line};

use super::lesson::{self, multiline, paragraph};
use crate::domain::{
    check::{Check, CheckStatus, Checklist, Remedy},
    strategy::Strategy,
};
use crate::tui::{
    areas::Areas,
    state::{Engine, Pane, State, result::Tab},
    theme::Tone,
    widget::text::{clean, span, wrap},
};

/// Fills pane 2 while there is no build in it.
pub(super) fn draw_hint(state: &State, inside: Rect, buf: &mut Buffer) {
    let columns = usize::from(inside.width);
    let mut lines = if state.needs_setup() {
        first_run(state, columns, usize::from(inside.height))
    } else if let Some(strategy) = state.selected() {
        about(state, strategy, columns)
    } else {
        paragraph(
            state,
            "Select a strategy to see what it does.",
            columns,
            Tone::Dim,
        )
    };
    let height = usize::from(inside.height);
    if lines.len() > height && height > 1 {
        lines.truncate(height - 1);
        lines.push(Line::from(span(" …", state.theme.style(Tone::Dim))));
    }
    super::put(&lines, inside, buf);
}

fn first_run(state: &State, columns: usize, height: usize) -> Vec<Line<'static>> {
    let mut lines = vec![Line::default()];
    if let Engine::Missing { message } = &state.engine {
        lines.extend(paragraph(state, message, columns, Tone::Bad));
        lines.push(Line::default());
    }
    let Some(checklist) = &state.checklist else {
        let text = format!("{} looking at this machine…", super::spinner(state));
        lines.extend(paragraph(state, &text, columns, Tone::Plain));
        return lines;
    };
    let promise = promise(state, checklist, columns);
    lines.extend(self::lines(state, checklist, columns));
    // The promise must be in view even where the commands are not.
    lines.truncate(height.saturating_sub(promise.len()).max(1));
    lines.extend(promise);
    lines
}

/// What Enter will do.
fn promise(state: &State, checklist: &Checklist, columns: usize) -> Vec<Line<'static>> {
    let selected = state
        .selected()
        .map_or_else(String::new, |one| one.id.to_string());
    let commands = checklist.commands().len();
    let text = if commands > 0 {
        let s = if commands == 1 { "" } else { "s" };
        format!("⏎ runs the {commands} command{s} above, then builds {selected}.")
    } else if checklist.is_ready() {
        format!("⏎ builds {selected} as soon as the engine answers.")
    } else {
        "imgtui cannot mend this itself. Do what is said above, then D r looks again.".to_owned()
    };
    let mut lines = vec![Line::default()];
    lines.extend(paragraph(state, &text, columns, Tone::Accent));
    lines
}

/// The checks, each with its remedy.
pub(super) fn lines(state: &State, checklist: &Checklist, columns: usize) -> Vec<Line<'static>> {
    checklist
        .checks
        .iter()
        .flat_map(|check| check_lines(state, check, columns))
        .collect()
}

fn check_lines(state: &State, check: &Check, columns: usize) -> Vec<Line<'static>> {
    const NAME: usize = 13;
    let style = |tone| state.theme.style(tone);
    let (sign, tone) = match check.status {
        CheckStatus::Ok => ("✓", Tone::Good),
        CheckStatus::Note => ("!", Tone::Warm),
        CheckStatus::Problem => ("✗", Tone::Bad),
        CheckStatus::NotChecked => ("·", Tone::Dim),
    };
    let indent = NAME + 4;
    let room = columns.saturating_sub(indent + 1).max(8);
    let name = crate::tui::widget::text::pad(&clean(&check.name), NAME);
    let mut lines = Vec::new();
    for (number, detail) in wrap(&multiline(&check.detail), room, 4)
        .into_iter()
        .enumerate()
    {
        let mut spans = vec![span(" ".repeat(indent), style(Tone::Plain))];
        if number == 0 {
            spans = vec![
                span(format!(" {sign} "), style(tone)),
                span(format!("{name} "), style(Tone::Strong)),
            ];
        }
        spans.push(span(detail, style(Tone::Plain)));
        lines.push(Line::from(spans));
    }
    let remedy = match &check.remedy {
        None => Vec::new(),
        Some(Remedy::Advice { text }) => vec![multiline(text)],
        Some(Remedy::Commands { commands }) => commands
            .iter()
            .map(|command| format!("$ {}", clean(&shell_words(command))))
            .collect(),
    };
    for text in remedy {
        for line in wrap(&text, room, 6) {
            let text = format!("{}{line}", " ".repeat(indent));
            lines.push(Line::from(span(text, style(Tone::Warm))));
        }
    }
    lines
}

/// An argument vector as a shell reads it.
fn shell_words(command: &[String]) -> String {
    let safe = |symbol: char| symbol.is_ascii_alphanumeric() || "-_./:=@%+,".contains(symbol);
    let quote = |word: &String| {
        if !word.is_empty() && word.chars().all(safe) {
            word.clone()
        } else {
            format!("'{}'", word.replace('\'', r"'\''"))
        }
    };
    let words: Vec<String> = command.iter().map(quote).collect();
    words.join(" ")
}

/// What a strategy does and teaches, and its Dockerfile: there is no build of it yet.
fn about(state: &State, strategy: &Strategy, columns: usize) -> Vec<Line<'static>> {
    let mut lines = vec![Line::default()];
    if lesson_in_view(state) {
        lines.extend(paragraph(state, &strategy.title, columns, Tone::Strong));
        lines.extend(paragraph(state, &strategy.summary, columns, Tone::Plain));
        lines.extend(lesson::troubles(state, strategy, columns));
    } else {
        lines.extend(lesson::lines(state, strategy, columns));
    }
    let text = if state.is_queued(&strategy.id) {
        Some("It waits in the queue.")
    } else if state.why_unavailable(&strategy.id).is_some() {
        None
    } else {
        Some("Not built by this session yet: ⏎ builds it.")
    };
    if let Some(text) = text {
        lines.push(Line::default());
        lines.extend(paragraph(state, text, columns, Tone::Accent));
    }
    lines.push(Line::default());
    for line in strategy.dockerfile.lines().take(200) {
        lines.push(Line::from(span(
            format!("  {}", clean(line)),
            state.theme.style(Tone::Dim),
        )));
    }
    lines
}

/// Whether pane 3 shows the lesson already.
fn lesson_in_view(state: &State) -> bool {
    state.result.tab == Tab::Lesson && Areas::of(state).pane(Pane::Result).area() > 0
}
