//! Colours. Only the terminal's own sixteen, so that light and dark terminals both keep their
//! contrast; colour says status and nothing else, and every colour has a sign beside it.

use ratatui::style::{Color, Modifier, Style};

use crate::domain::build::StepStatus;

/// Whether colours are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// The terminal's sixteen colours.
    On,
    /// `NO_COLOR`: signs, bold and dim only.
    Off,
}

/// What a piece of text wants to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    /// Nothing in particular.
    Plain,
    /// Structure, labels, what can be overlooked.
    Dim,
    /// A title or the best figure.
    Strong,
    /// The focus, the selection, the mark.
    Accent,
    /// From the cache, there, built.
    Good,
    /// Ran, waits, should be looked at.
    Warm,
    /// Failed, missing.
    Bad,
}

/// Turns tones into styles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Theme {
    pub(super) colour: Colour,
}

impl Theme {
    pub(super) fn style(self, tone: Tone) -> Style {
        let (colour, modifier) = match tone {
            Tone::Plain => (None, Modifier::empty()),
            Tone::Dim => (None, Modifier::DIM),
            Tone::Strong => (None, Modifier::BOLD),
            Tone::Accent => (Some(Color::Cyan), Modifier::BOLD),
            Tone::Good => (Some(Color::Green), Modifier::empty()),
            Tone::Warm => (Some(Color::Yellow), Modifier::empty()),
            Tone::Bad => (Some(Color::Red), Modifier::BOLD),
        };
        let style = Style::new().add_modifier(modifier);
        match (self.colour, colour) {
            (Colour::On, Some(colour)) => style.fg(colour),
            _ => style,
        }
    }
}

/// How a found text stands out.
pub(super) fn found() -> Style {
    Style::new().add_modifier(Modifier::REVERSED)
}

/// Tone of a step's sign and badge.
pub(super) fn step_tone(status: StepStatus) -> Tone {
    match status {
        StepStatus::Waiting | StepStatus::NotReached => Tone::Dim,
        StepStatus::Running => Tone::Accent,
        StepStatus::Cached => Tone::Good,
        StepStatus::Ran | StepStatus::Cancelled => Tone::Warm,
        StepStatus::Failed => Tone::Bad,
    }
}

/// Sign of a step; a running one has the spinner instead.
pub(super) fn step_sign(status: StepStatus) -> &'static str {
    match status {
        StepStatus::Waiting => "◌",
        StepStatus::Running => "▶",
        StepStatus::Cached => "●",
        StepStatus::Ran => "○",
        StepStatus::Failed => "✗",
        StepStatus::Cancelled => "!",
        StepStatus::NotReached => "·",
    }
}
