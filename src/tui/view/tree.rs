//! The tree of stages and steps with the output below each step.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

use crate::domain::{
    build::{Step, StepStatus},
    event::StepKey,
    text,
};
use crate::tui::{
    areas::{Areas, LOG_INDENT, log_columns, tree},
    state::{
        Pane, State,
        live::{Block, Fold, LiveBuild},
        log::RowId,
        rows::Rows,
    },
    theme::{self, Colour, Tone, step_sign, step_tone},
    widget::{
        sgr::{self, Paint},
        text::{clean, cut, edges, fit, pad, span, width},
    },
};

pub(super) fn draw(state: &State, live: &LiveBuild, area: Rect, buf: &mut Buffer) {
    if area.area() == 0 {
        return;
    }
    let height = usize::from(area.height);
    let rows = Rows::new(live, log_columns(area), height, state.log.wrap);
    let (top, cursor) = rows.view(state.log.scroll, height);
    if rows.len() == 0 {
        let waiting = Line::from(span(
            "  waiting for the engine…",
            state.theme.style(Tone::Dim),
        ));
        super::put(&[waiting], area, buf);
        return;
    }
    let columns = usize::from(area.width);
    for (row, at) in rows.range(top..top + height).into_iter().zip(top..) {
        let Ok(y) = u16::try_from(at - top) else {
            return;
        };
        let shown = match row {
            RowId::Stage(number) => stage_line(state, live, number),
            RowId::Block(block) => block_line(state, live, block, columns),
            RowId::Earlier(block) => earlier_line(state, live, block, area, height),
            RowId::Line(_, number, part) => log_line(state, live, number, part, area),
        };
        let y = area.y + y;
        buf.set_line(area.x, y, &fit(shown, columns), area.width);
        if at == cursor && state.focus == Pane::Build {
            buf.set_string(area.x, y, "▌", state.theme.style(Tone::Accent));
        }
        mark_found(state, Rect::new(area.x, y, area.width, 1), buf);
    }
}

/// Which rows are in view, where not all are.
pub(super) fn position(state: &State, live: &LiveBuild) -> String {
    let area = tree(state, Areas::of(state).inside(Pane::Build));
    let height = usize::from(area.height);
    let rows = Rows::new(live, log_columns(area), height, state.log.wrap);
    let len = rows.len();
    if len <= height {
        return String::new();
    }
    let (top, _) = rows.view(state.log.scroll, height);
    let last = thousands((top + height).min(len) as u64);
    format!(
        "{}–{last} of {}",
        thousands(top as u64 + 1),
        thousands(len as u64)
    )
}

fn stage_line(state: &State, live: &LiveBuild, number: usize) -> Line<'static> {
    let name = live
        .build
        .stages
        .get(number)
        .map_or("", |stage| &stage.name);
    let bare = name.bytes().all(|byte| byte.is_ascii_digit());
    let name = if bare {
        format!("stage {name}")
    } else {
        clean(name)
    };
    Line::from(span(format!(" {name}"), state.theme.style(Tone::Strong)))
}

fn block_line(state: &State, live: &LiveBuild, block: Block, columns: usize) -> Line<'static> {
    let style = |tone| state.theme.style(tone);
    let Some((key, step)) = block.and_then(|key| Some((key, live.build.step(key)?))) else {
        let left = Line::from(span("  · messages", style(Tone::Dim)));
        return edges(left, folded(state, live, block), columns, 12);
    };
    let sign = match step.status {
        StepStatus::Running => super::spinner(state),
        status => step_sign(status),
    };
    let tone = step_tone(step.status);
    let text_tone = match step.status {
        StepStatus::Waiting | StepStatus::NotReached => Tone::Dim,
        StepStatus::Running | StepStatus::Failed => Tone::Strong,
        _ => Tone::Plain,
    };
    let narrow = columns < 40;
    let badge = badge(state, live, step, narrow);
    let columns_of_badge = if narrow { 7 } else { 12 };
    let mut right = note(state, live, key, step);
    right.extend(folded(state, live, block).spans);
    let right = Line::from(right);
    let mut left = vec![
        span(format!("  {sign} "), style(tone)),
        span(pad(&badge, columns_of_badge), style(tone)),
    ];
    let instruction = clean(&step.instruction);
    match remark(live, key, step, columns).filter(|_| !narrow) {
        // A reason is worth more than the end of a long instruction.
        Some(reason) => {
            let room = columns.saturating_sub(columns_of_badge + right.width() + 6);
            let share = room.saturating_sub(width(&reason) + 3).max(room / 2);
            left.push(span(
                format!(" {}", cut(&instruction, share)),
                style(text_tone),
            ));
            left.push(span(format!(" · {reason}"), style(Tone::Dim)));
        }
        None => left.push(span(format!(" {instruction}"), style(text_tone))),
    }
    edges(Line::from(left), right, columns, 32)
}

/// Why a step came as it did, and where there is room what cargo did in it.
fn remark(live: &LiveBuild, key: StepKey, step: &Step, columns: usize) -> Option<String> {
    let reason = live.why(key).map(|why| clean(&why.to_string()));
    let is_told = columns >= 60 && step.status.is_final();
    let crates = step.cargo.crates().filter(|_| is_told);
    let crates = crates.map(|crates| crates.to_string());
    let words: Vec<String> = reason.into_iter().chain(crates).collect();
    (!words.is_empty()).then(|| words.join(" · "))
}

fn badge(state: &State, live: &LiveBuild, step: &Step, narrow: bool) -> String {
    let time = live
        .step_time(step, state.now)
        .map(|time| time.as_secs_f64());
    match (step.status, time) {
        (StepStatus::Running, Some(time)) => format!("{time:.1} s"),
        // The sign says the rest.
        (StepStatus::Ran | StepStatus::Failed, Some(time)) if narrow => short(time),
        (StepStatus::NotReached | StepStatus::Cancelled, _) if narrow => String::new(),
        (StepStatus::Failed, Some(time)) if time >= 9.95 => format!("failed {time:.0} s"),
        (StepStatus::Ran, Some(time)) => format!("ran {}", short(time)),
        (StepStatus::Failed, Some(time)) => format!("failed {}", short(time)),
        (status, _) => status.word().to_owned(),
    }
}

/// Seconds in at most six columns.
fn short(seconds: f64) -> String {
    if seconds < 99.95 {
        format!("{seconds:.1} s")
    } else {
        format!("{seconds:.0} s")
    }
}

/// What is worth knowing of a step, at the right edge.
fn note(state: &State, live: &LiveBuild, key: StepKey, step: &Step) -> Vec<Span<'static>> {
    let known = state.history.ran(live, key);
    let dim = state.theme.style(Tone::Dim);
    let worth = |time: &std::time::Duration| time.as_secs_f64() >= 0.5;
    match step.status {
        _ if key.index == 1 && is_equivalent(live, step) => vec![span("≈ equivalent ", dim)],
        StepStatus::Cached => {
            let saved = known.filter(worth);
            saved
                .map(|time| span(format!("saved {} ", text::seconds(time)), dim))
                .into_iter()
                .collect()
        }
        StepStatus::Running => {
            let elapsed = live.step_time(step, state.now).unwrap_or_default();
            let Some(known) = known else {
                return Vec::new();
            };
            let left = known.saturating_sub(elapsed).as_secs_f64().ceil();
            let text = if left > 0.0 {
                format!("≈ {left:.0} s left ")
            } else {
                format!("took {} before ", text::seconds(known))
            };
            vec![span(text, dim)]
        }
        _ => Vec::new(),
    }
}

/// Whether a `FROM` starts from a base that was built locally.
fn is_equivalent(live: &LiveBuild, step: &Step) -> bool {
    use crate::domain::base::BaseSource;
    let mut bases = live.build.bases.iter();
    bases.any(|base| {
        base.source == BaseSource::Equivalent && step.instruction.contains(&base.reference)
    })
}

/// How many lines are folded away, and the sign of the fold.
fn folded(state: &State, live: &LiveBuild, block: Block) -> Line<'static> {
    let Some(marks) = live.marks(block) else {
        return Line::default();
    };
    let text = match live.fold(block) {
        Fold::Closed if marks.len() == 1 => "1 line ▸ ".to_owned(),
        Fold::Closed => format!("{} lines ▸ ", thousands(marks.len() as u64)),
        Fold::Tail | Fold::Open => "▾ ".to_owned(),
    };
    Line::from(span(text, state.theme.style(Tone::Dim)))
}

fn earlier_line(
    state: &State,
    live: &LiveBuild,
    block: Block,
    area: Rect,
    height: usize,
) -> Line<'static> {
    let rows = Rows::new(live, log_columns(area), height, state.log.wrap);
    let hidden = rows.hidden(block);
    let indent = " ".repeat(usize::from(LOG_INDENT));
    let text = format!(
        "{indent}… {} earlier lines · ⏎ shows them",
        thousands(hidden as u64)
    );
    Line::from(span(text, state.theme.style(Tone::Dim)))
}

fn log_line(
    state: &State,
    live: &LiveBuild,
    number: u64,
    part: usize,
    area: Rect,
) -> Line<'static> {
    let text = live.text(number).unwrap_or_default();
    let paint = Paint {
        base: Style::new(),
        colour: state.theme.colour == Colour::On,
    };
    let columns = log_columns(area);
    let cut = !state.log.wrap;
    let skip = if cut { 0 } else { part };
    let mut rows = sgr::rows(text, paint, columns, skip, 1, cut);
    let mut shown = rows.pop().unwrap_or_default();
    let indent = " ".repeat(usize::from(LOG_INDENT));
    shown.spans.insert(0, Span::raw(indent));
    shown
}

/// Makes the searched text stand out in a row that is drawn already.
fn mark_found(state: &State, row: Rect, buf: &mut Buffer) {
    let wanted: Vec<char> = state.log.search.to_lowercase().chars().collect();
    if wanted.is_empty() {
        return;
    }
    let lower = |x: u16| {
        let cell = buf.cell((x, row.y));
        let symbol = cell
            .and_then(|cell| cell.symbol().chars().next())
            .unwrap_or(' ');
        symbol.to_lowercase().next().unwrap_or(symbol)
    };
    let shown: Vec<char> = (row.x..row.right()).map(lower).collect();
    let hits: Vec<usize> = shown
        .windows(wanted.len())
        .enumerate()
        .filter(|(_, window)| *window == wanted)
        .map(|(at, _)| at)
        .collect();
    let long = u16::try_from(wanted.len()).unwrap_or(u16::MAX);
    for hit in hits {
        let x = row.x + u16::try_from(hit).unwrap_or(0);
        buf.set_style(Rect::new(x, row.y, long, 1), theme::found());
    }
}

/// `1,234`
pub(super) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
