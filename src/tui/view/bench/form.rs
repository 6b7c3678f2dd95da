//! What a benchmark is to be made of, in its dialog.

use ratatui::text::Line;

use crate::domain::bench::Prior;
use crate::tui::{
    state::{State, bench::BenchForm},
    theme::Tone,
    widget::text::{clean, cut, pad, span, wrap},
};

/// Rounds that are sure to come where no number was chosen.
const ADAPTIVE: &str = "until each median is known within 5 % (4 to 30, 20 min)";
/// Columns of a scenario's word.
const WORD: usize = 11;

pub(in crate::tui::view) fn lines(
    state: &State,
    form: &BenchForm,
    columns: usize,
) -> Vec<Line<'static>> {
    let row = |at: usize, text: String, is_on: bool| {
        let is_selected = form.cursor == at;
        let tone = match (is_selected, is_on) {
            (true, _) => Tone::Accent,
            (false, true) => Tone::Plain,
            (false, false) => Tone::Dim,
        };
        let mark = if is_selected { '▸' } else { ' ' };
        let text = cut(&format!("{mark} {text}"), columns);
        Line::from(span(text, state.theme.style(tone)))
    };
    let mut lines: Vec<Line<'static>> = Prior::ALL
        .into_iter()
        .enumerate()
        .map(|(at, prior)| {
            let is_on = form.priors.contains(&prior);
            let sign = if is_on { "◆" } else { "·" };
            let word = pad(prior.word(), WORD);
            row(at, format!("{sign} {word}{}", prior.sentence()), is_on)
        })
        .collect();
    let rounds = match form.rounds {
        None => ADAPTIVE.to_owned(),
        Some(1) => "exactly 1: no interval, no difference can be seen".to_owned(),
        Some(rounds) => format!("exactly {rounds}"),
    };
    lines.push(row(
        BenchForm::ROUNDS,
        format!("  {}‹ {rounds} ›", pad("rounds", WORD)),
        true,
    ));
    if let Some(runs) = state.bench.unfinished {
        let what = if form.anew {
            format!("‹ begin anew; what there is of this plan ({runs}) stays as it is ›")
        } else {
            format!("‹ go on: runs of this plan that are there already: {runs} ›")
        };
        let text = format!("  {}{what}", pad("broken off", WORD));
        lines.push(row(BenchForm::RESUME, text, true));
    }
    lines.push(Line::default());
    lines.extend(summary(state, form, columns));
    lines
}

fn summary(state: &State, form: &BenchForm, columns: usize) -> Vec<Line<'static>> {
    let names: Vec<&str> = form.strategies.iter().map(|id| id.0.as_str()).collect();
    let count = names.len() * form.priors.len();
    let rounds = form.rounds.unwrap_or(4);
    let least = if form.rounds.is_none() {
        "at least "
    } else {
        ""
    };
    let cells = format!(
        "strategies {} × scenarios {} × rounds {least}{rounds} = runs {least}{}: ",
        names.len(),
        form.priors.len(),
        count * usize::try_from(rounds).unwrap_or(usize::MAX),
    );
    let text = clean(&format!("{cells}{}", names.join(", ")));
    let lines = wrap(&text, columns, 3).into_iter();
    lines
        .map(|line| Line::from(span(line, state.theme.style(Tone::Dim))))
        .collect()
}
