//! Where a value lies on an axis, and which values get a tick. Pure geometry.

/// How values are spread over an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spread {
    /// Equal differences are equally far.
    Linear,
    /// Equal ratios are equally far; only for positive values.
    Logarithmic,
}

/// An axis from its lower to its upper end.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Axis {
    spread: Spread,
    low: f64,
    high: f64,
    /// Values that get a tick, in their order.
    pub(super) ticks: Vec<f64>,
}

/// Values this many times apart are easier to read on a logarithmic axis.
const FAR_APART: f64 = 12.0;
/// Room at both ends, as a share of what is shown.
const ROOM: f64 = 0.06;

impl Axis {
    /// From zero to a round number above `high`, with about `wanted` ticks.
    #[must_use]
    pub(super) fn from_zero(high: f64, wanted: u32) -> Self {
        let high = if high > 0.0 && high.is_finite() {
            high
        } else {
            1.0
        };
        let step = nice_step(high / f64::from(wanted.max(1)));
        let last = (high / step).ceil().max(1.0);
        Self {
            spread: Spread::Linear,
            low: 0.0,
            high: last * step,
            ticks: multiples(step, 0.0, last * step),
        }
    }

    /// Around positive values, logarithmic where they are far apart; `None` without any.
    #[must_use]
    pub(super) fn around(values: impl Iterator<Item = f64>, wanted: u32) -> Option<Self> {
        let (low, high) = ends(values)?;
        if high / low > FAR_APART {
            return Some(Self::logarithmic_between(low, high, wanted));
        }
        let room = ((high - low) * ROOM).max(high * 0.02);
        let (low, high) = ((low - room).max(0.0), high + room);
        let step = nice_step((high - low) / f64::from(wanted.max(1)));
        Some(Self {
            spread: Spread::Linear,
            low,
            high,
            ticks: multiples(step, low, high),
        })
    }

    /// Around positive values, logarithmic; `None` without any.
    #[must_use]
    pub(super) fn logarithmic(values: impl Iterator<Item = f64>, wanted: u32) -> Option<Self> {
        let (low, high) = ends(values)?;
        Some(Self::logarithmic_between(low, high, wanted))
    }

    fn logarithmic_between(low: f64, high: f64, wanted: u32) -> Self {
        let room = (high / low).powf(ROOM).max(1.15);
        let (low, high) = (low / room, high * room);
        Self {
            spread: Spread::Logarithmic,
            low,
            high,
            ticks: logarithmic_ticks(low, high, wanted),
        }
    }

    /// Whether it is logarithmic.
    #[must_use]
    pub(super) fn is_logarithmic(&self) -> bool {
        self.spread == Spread::Logarithmic
    }

    /// From 0 at the lower end to 1 at the upper one.
    #[must_use]
    pub(super) fn share(&self, value: f64) -> f64 {
        let share = match self.spread {
            Spread::Linear => (value - self.low) / (self.high - self.low),
            Spread::Logarithmic => (value / self.low).ln() / (self.high / self.low).ln(),
        };
        if share.is_finite() {
            share.clamp(0.0, 1.0)
        } else {
            0.0
        }
    }
}

fn ends(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    values
        .filter(|value| value.is_finite() && *value > 0.0)
        .fold(None, |ends, value| {
            let (low, high) = ends.unwrap_or((value, value));
            Some((low.min(value), high.max(value)))
        })
}

/// 1, 2 or 5 times a power of ten, the next one that is not smaller.
fn nice_step(rough: f64) -> f64 {
    let power = 10_f64.powf(rough.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].into_iter();
    let mut fitting = steps.map(|step| step * power);
    // The last one always fits; rounding may say otherwise.
    fitting
        .find(|step| *step >= rough * 0.999)
        .unwrap_or(10.0 * power)
}

/// At most so many: whatever is asked for, an axis has a bounded number of ticks.
const MOST_TICKS: usize = 20;

fn multiples(step: f64, low: f64, high: f64) -> Vec<f64> {
    // Not the negative zero, which is written with its sign.
    let first = (low / step - 1e-9).ceil() + 0.0;
    let values = std::iter::successors(Some(first), |place| Some(place + 1.0));
    values
        .map(|place| place * step)
        .take_while(|value| *value <= high + step * 1e-6)
        .take(MOST_TICKS)
        .collect()
}

/// 1, 2 and 5 times powers of ten; only the powers where those are enough.
fn logarithmic_ticks(low: f64, high: f64, wanted: u32) -> Vec<f64> {
    let wanted = usize::try_from(wanted).unwrap_or(MOST_TICKS);
    let powers: Vec<f64> =
        std::iter::successors(Some(low.log10().floor()), |power| Some(power + 1.0))
            .take_while(|power| *power <= high.log10().ceil())
            .take(MOST_TICKS)
            .map(|power| 10_f64.powf(power))
            .collect();
    let of = |factors: &[f64]| -> Vec<f64> {
        let all = powers.iter();
        let all = all.flat_map(|power| factors.iter().map(move |factor| factor * power));
        all.filter(|value| (low..=high).contains(value)).collect()
    };
    let choices: [&[f64]; 3] = [&[1.0, 2.0, 5.0], &[1.0, 3.0], &[1.0]];
    let mut ticks = choices.map(of).into_iter();
    let fine = ticks.next().unwrap_or_default();
    if fine.len() <= wanted + 1 {
        if fine.len() < 2 {
            return multiples(nice_step((high - low) / 3.0), low, high);
        }
        return fine;
    }
    let mut coarser: Vec<Vec<f64>> = ticks.collect();
    coarser.retain(|ticks| ticks.len() >= 2);
    let fits = coarser.iter().position(|ticks| ticks.len() <= wanted + 1);
    let place = fits.unwrap_or(coarser.len().saturating_sub(1));
    coarser.into_iter().nth(place).unwrap_or(fine)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_the_end_lies_above_the_values() {
        let axis = Axis::from_zero(61.6, 4);
        assert_eq!(axis.ticks, [0.0, 20.0, 40.0, 60.0, 80.0]);
        assert!((axis.share(40.0) - 0.5).abs() < 1e-9);
        assert_eq!(Axis::from_zero(0.0, 4).ticks.first(), Some(&0.0));
    }

    #[test]
    fn far_values_are_on_a_logarithmic_axis() {
        let axis = Axis::around([1.4, 61.0].into_iter(), 5).unwrap();
        assert!(axis.is_logarithmic());
        assert_eq!(axis.ticks, [2.0, 5.0, 10.0, 20.0, 50.0]);
        let near = Axis::around([60.0, 61.0].into_iter(), 4).unwrap();
        assert!(!near.is_logarithmic() && near.ticks.len() >= 2, "{near:?}");
        assert_eq!(Axis::around([0.0, f64::NAN].into_iter(), 4), None);
    }

    #[test]
    fn sizes_get_powers_of_ten() {
        let axis = Axis::logarithmic([786e3, 1.05e9].into_iter(), 5).unwrap();
        assert_eq!(axis.ticks, [1e6, 1e7, 1e8, 1e9]);
        let one = Axis::logarithmic([17.4e6].into_iter(), 5).unwrap();
        assert!(one.ticks.len() >= 2, "{one:?}");
    }

    proptest::proptest! {
        #[test]
        fn every_value_lies_on_its_axis(values in proptest::collection::vec(1e-6..1e12_f64, 1..20)) {
            let axis = Axis::around(values.iter().copied(), 5).unwrap();
            for value in values {
                let share = axis.share(value);
                proptest::prop_assert!(share > 0.0 && share < 1.0, "{} of {:?}", share, axis);
            }
            proptest::prop_assert!(axis.ticks.len() <= MOST_TICKS * 3);
        }
    }
}
