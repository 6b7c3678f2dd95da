//! Pane 2: the build as a tree, its headline above, where its log is below.

use ratatui::{buffer::Buffer, layout::Rect, text::Line};

use super::{headline, lesson::multiline, tree};
use crate::domain::{
    chain::chains,
    event::{Outcome, Subject, Trigger},
    verdict::Verdict,
};
use crate::tui::{
    state::{Mode, Pane, Prompt, State, live::LiveBuild, log::Scroll},
    theme::Tone,
    update,
    widget::{
        frame::{Titles, frame},
        text::{clean, cut, cut_start, span, wrap},
    },
};

pub(super) fn draw(state: &State, area: Rect, buf: &mut Buffer) {
    if area.area() == 0 {
        return;
    }
    let live = state.shown();
    let focused = state.focus == Pane::Build;
    let inside = frame(area, buf, state.theme, focused, titles(state, live, area));
    if inside.area() == 0 {
        return;
    }
    let Some(live) = live else {
        super::checklist::draw_hint(state, inside, buf);
        return;
    };
    super::put(&head(state, live, inside), inside, buf);
    tree::draw(state, live, crate::tui::areas::tree(state, inside), buf);
}

fn titles(state: &State, live: Option<&LiveBuild>, area: Rect) -> Titles {
    let style = |tone| state.theme.style(tone);
    let mut left = super::title(state, Pane::Build, "2 Build");
    let Some(live) = live else {
        if let (false, Some(selected)) = (state.needs_setup(), state.selected()) {
            left.push(span(
                format!("  {}", clean(&selected.id.0)),
                style(Tone::Strong),
            ));
        }
        return Titles {
            left: Line::from(left),
            ..Titles::default()
        };
    };
    let subject = clean(&live.subject.to_string());
    left.push(span(
        format!("  {subject} {}", live.id),
        style(Tone::Strong),
    ));
    let why = clean(&why(&live.trigger));
    left.push(span(format!("  {why}"), style(Tone::Dim)));
    let log = live.log.display().to_string();
    let room = usize::from(area.width).saturating_sub(10);
    // The set-up may have none.
    let bottom = match log.as_str() {
        "" => String::new(),
        log => format!("log {}", cut_start(&clean(log), room)),
    };
    Titles {
        left: Line::from(left),
        right: right_title(state, live),
        bottom: Line::from(span(bottom, style(Tone::Dim))),
        bottom_right: Line::from(span(tree::position(state, live), style(Tone::Dim))),
    }
}

fn right_title(state: &State, live: &LiveBuild) -> Line<'static> {
    let style = |tone| state.theme.style(tone);
    let typing = matches!(
        state.mode,
        Mode::Type {
            prompt: Prompt::Search,
            ..
        }
    );
    if typing || !state.log.search.is_empty() {
        let cursor = if typing { "▏" } else { "" };
        let found = match state.log.found {
            Some(1) => "  1 match".to_owned(),
            Some(count) => format!("  {count} matches"),
            None => String::new(),
        };
        let text = cut(&format!("/{}{cursor}{found}", state.log.search), 40);
        return Line::from(span(text, style(Tone::Accent)));
    }
    let mut words = Vec::new();
    if state.log.wrap {
        words.push(span("wrap ", style(Tone::Dim)));
    }
    if live.is_running() {
        let following = state.log.scroll == Scroll::Follow;
        let (word, tone) = if following {
            ("follow ●", Tone::Good)
        } else {
            ("follow ○ f", Tone::Dim)
        };
        words.push(span(word, style(tone)));
    }
    Line::from(words)
}

/// Why the build was started, in a few words.
fn why(trigger: &Trigger) -> String {
    match trigger {
        Trigger::Asked => "asked".to_owned(),
        Trigger::Changed { files } => {
            let files = files.iter().map(std::path::PathBuf::as_path);
            format!("changed {}", update::watch_names(files))
        }
        Trigger::Edited { file, line, .. } => {
            format!("source edit · {}", update::watch_place(file, *line))
        }
        Trigger::NeededBy { strategy } => format!("needed by {strategy}"),
    }
}

/// What stands above the tree.
pub(super) fn head(state: &State, live: &LiveBuild, inside: Rect) -> Vec<Line<'static>> {
    let columns = usize::from(inside.width);
    let mut lines = vec![headline::headline(state, live, columns)];
    if let (Subject::Base(base), Trigger::NeededBy { strategy }) = (&live.subject, &live.trigger)
        && live.is_running()
    {
        let text = format!("making base {base} (equivalent) for {strategy} first");
        let text = cut(&clean(&text), columns.saturating_sub(2));
        lines.push(Line::from(span(
            format!(" {text}"),
            state.theme.style(Tone::Warm),
        )));
    }
    // Of a wrong image the reason matters more than its steps.
    let share = if is_wrong(live) { 3 } else { 2 };
    let most = (usize::from(inside.height) * share / 4).max(1);
    if let Some((text, tone, rows)) = judgement(live) {
        let rows = most.saturating_sub(lines.len()).min(rows);
        let style = state.theme.style(tone);
        let wrapped = wrap(&multiline(text), columns.saturating_sub(2), rows).into_iter();
        lines.extend(wrapped.map(|line| Line::from(span(format!(" {line}"), style))));
    }
    lines.extend(chain(state, live, columns));
    if inside.height >= 14 {
        lines.push(Line::default());
    }
    lines.truncate(most);
    lines
}

/// From the dearest cause to what it cost.
fn chain(state: &State, live: &LiveBuild, columns: usize) -> Option<Line<'static>> {
    let chains = chains(live.record.as_ref()?);
    let dearest = chains.first()?;
    let others = match chains.len() - 1 {
        0 => "",
        _ => "  · y shows all",
    };
    let text = clean(&format!("{dearest}{others}"));
    let text = cut(&text, columns.saturating_sub(2));
    Some(Line::from(span(
        format!(" {text}"),
        state.theme.style(Tone::Accent),
    )))
}

fn is_wrong(live: &LiveBuild) -> bool {
    let record = live.record.as_ref();
    record.is_some_and(|record| matches!(record.verdict, Some(Verdict::Invalid { .. })))
}

/// What went wrong, or could not be asked: the text, its tone and how many rows of it are shown.
fn judgement(live: &LiveBuild) -> Option<(&str, Tone, usize)> {
    if let Some(Outcome::Failed { message }) = &live.build.outcome {
        return Some((message, Tone::Bad, 4));
    }
    match live.record.as_ref()?.verdict.as_ref()? {
        Verdict::Verified { .. } => None,
        Verdict::Invalid { reason } => Some((reason, Tone::Bad, 6)),
        Verdict::Unverified { why } => Some((why, Tone::Warm, 2)),
    }
}
