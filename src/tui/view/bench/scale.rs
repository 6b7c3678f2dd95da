//! Figures become columns.

use ratatui::text::Line;

use crate::domain::text;
use crate::tui::{
    state::State,
    theme::Tone,
    widget::text::{pad_left, span, width},
};

/// A stretch of figures laid over some columns or rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Scale {
    pub(super) low: f64,
    pub(super) high: f64,
    /// At least 1.
    pub(super) places: usize,
}

impl Scale {
    /// From the smallest to the largest of these figures; of none, or of one alone, with room
    /// around it.
    pub(super) fn over(figures: impl Iterator<Item = f64>, places: usize) -> Self {
        let (low, high) = figures
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), figure| {
                (low.min(figure), high.max(figure))
            });
        let (low, high) = match low.partial_cmp(&high) {
            Some(std::cmp::Ordering::Less) => (low, high),
            Some(std::cmp::Ordering::Equal) => (low - 0.5, high + 0.5),
            _ => (0.0, 1.0),
        };
        let places = places.max(1);
        Self { low, high, places }
    }

    /// The place of a figure, from 0.
    pub(super) fn place(&self, figure: f64) -> usize {
        let last = self.places - 1;
        let share = (figure - self.low) / (self.high - self.low);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a share of some columns; what is no number is 0"
        )]
        let place = (share * last as f64).round().max(0.0) as usize;
        place.min(last)
    }
}

/// Both ends of a scale of seconds, below a plot that begins after `before` columns.
pub(super) fn axis(state: &State, scale: Scale, before: &str, columns: usize) -> Line<'static> {
    let seconds = |value: f64| {
        let value = std::time::Duration::try_from_secs_f64(value.max(0.0)).ok();
        text::seconds_or_na(value)
    };
    let (low, high) = (seconds(scale.low), seconds(scale.high));
    let room = columns.saturating_sub(width(&low));
    let text = if room > width(&high) + 1 {
        format!("{before}{low}{}", pad_left(&high, room))
    } else {
        format!("{before}{low}")
    };
    Line::from(span(text, state.theme.style(Tone::Dim)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_laid_from_the_first_place_to_the_last() {
        let scale = Scale::over([10.0, 30.0, 20.0].into_iter(), 21);
        assert_eq!([10.0, 20.0, 30.0].map(|one| scale.place(one)), [0, 10, 20]);
        assert_eq!([-5.0, 99.0].map(|one| scale.place(one)), [0, 20]);
        let one = Scale::over([4.0].into_iter(), 11);
        assert_eq!(one.place(4.0), 5);
        let none = Scale::over(std::iter::empty(), 0);
        assert_eq!(none.place(f64::NAN), 0);
    }
}
