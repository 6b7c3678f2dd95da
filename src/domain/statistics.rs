//! What some runs say, and how sure that is. Nothing is thrown away, and no luck is taken for a
//! difference.

use serde::Serialize;

/// What a level of confidence means here.
pub const CONFIDENCE: f64 = 0.95;

/// Resamples of the bootstrap: more move the interval's ends by less than a run's noise.
const RESAMPLES: usize = 2000;
/// Fewer runs than this have no interval narrower than their range: the chance that all lie on
/// one side of the true median is `2 * 0.5^n`, over 5 % for five.
pub const FEWEST_FOR_INTERVAL: usize = 6;
/// Modified z-score from which a run is told as an outlier (Iglewicz and Hoaglin, 1993).
const OUTLYING: f64 = 3.5;
/// Makes the median absolute deviation comparable to a standard deviation (the same source).
const NORMAL_SCALE: f64 = 0.6745;

/// An interval that holds the true value with [`CONFIDENCE`], or as near to it as the runs allow.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Interval {
    /// Whether the value lies in it, its ends included.
    #[must_use]
    pub fn holds(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }

    /// Half its width, as a share of a value.
    #[must_use]
    pub fn relative_to(&self, value: f64) -> f64 {
        (self.high - self.low) / 2.0 / value
    }
}

/// Some runs' figures in one unit.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// How many runs.
    pub runs: usize,
    /// The middle one, or the mean of the two in the middle.
    pub median: f64,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
    /// Their mean.
    pub mean: f64,
    /// Standard deviation of the sample; `None` of a single run.
    pub deviation: Option<f64>,
    /// Of the median: by bootstrap, or the whole range where there are too few runs for that.
    /// `None` of a single run.
    pub interval: Option<Interval>,
}

impl Summary {
    /// `None` without runs. `seed` makes the bootstrap's draws repeatable.
    #[must_use]
    pub fn of(runs: &[f64], seed: u64) -> Option<Self> {
        let sorted = sorted(runs);
        let (min, max) = (*sorted.first()?, *sorted.last()?);
        let count = as_f64(sorted.len());
        let mean = sorted.iter().sum::<f64>() / count;
        let deviation = (sorted.len() > 1).then(|| {
            let squares = sorted.iter().map(|run| (run - mean).powi(2)).sum::<f64>();
            (squares / (count - 1.0)).sqrt()
        });
        let interval = match sorted.len() {
            1 => None,
            few if few < FEWEST_FOR_INTERVAL => Some(Interval {
                low: min,
                high: max,
            }),
            _ => Some(bootstrap(&sorted, seed)),
        };
        Some(Self {
            runs: sorted.len(),
            median: middle(&sorted),
            min,
            max,
            mean,
            deviation,
            interval,
        })
    }
}

/// The percentile interval of the median over resamples.
fn bootstrap(sorted: &[f64], seed: u64) -> Interval {
    let mut random = Random(seed);
    let mut medians: Vec<f64> = (0..RESAMPLES)
        .map(|_| {
            let drawn: Vec<f64> = sorted
                .iter()
                .map(|_| sorted[random.below(sorted.len())])
                .collect();
            middle(&self::sorted(&drawn))
        })
        .collect();
    medians.sort_by(f64::total_cmp);
    let tail = RESAMPLES / 40;
    Interval {
        low: medians[tail],
        high: medians[RESAMPLES - 1 - tail],
    }
}

/// The median alone, without what makes a [`Summary`] take its time; `None` without figures.
#[must_use]
pub fn median(figures: &[f64]) -> Option<f64> {
    (!figures.is_empty()).then(|| middle(&sorted(figures)))
}

/// The middle of sorted figures; 0 of none.
fn middle(sorted: &[f64]) -> f64 {
    let half = sorted.len() / 2;
    match sorted.len() {
        0 => 0.0,
        odd if odd % 2 == 1 => sorted[half],
        _ => f64::midpoint(sorted[half - 1], sorted[half]),
    }
}

fn sorted(runs: &[f64]) -> Vec<f64> {
    let mut sorted = runs.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

#[expect(clippy::cast_precision_loss, reason = "counts of runs are small")]
fn as_f64(count: usize) -> f64 {
    count as f64
}

/// Whether two sets of runs differ, and by how much.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "says")]
pub enum Difference {
    /// The interval does not hold 1.
    Seen {
        /// The other's figures by these ones'.
        ratio: f64,
        /// Of the ratio.
        interval: Interval,
    },
    /// The interval holds 1: no difference was seen, which is not to say that there is none.
    NotSeen {
        /// The other's figures by these ones'.
        ratio: f64,
        /// Of the ratio.
        interval: Interval,
    },
    /// So few runs that even the clearest of them could be luck.
    TooFew {
        /// The other's median by this one's.
        ratio: f64,
    },
    /// One of them has no runs, or figures that are not positive.
    Unknown,
}

/// Compares by ranks, so that no outlier and no shape of the noise matters: the ratio is the middle
/// of all ratios of a run to another's (Hodges and Lehmann), its interval that of the
/// Mann-Whitney test, which is exact for any number of runs. A difference of two equal things is
/// seen in at most one of 20 comparisons.
#[must_use]
pub fn difference(these: &[f64], others: &[f64]) -> Difference {
    if these.is_empty() || others.is_empty() || these.iter().chain(others).any(|run| *run <= 0.0) {
        return Difference::Unknown;
    }
    let mut ratios: Vec<f64> = others
        .iter()
        .flat_map(|other| these.iter().map(move |this| other / this))
        .collect();
    ratios.sort_by(f64::total_cmp);
    let Some(cut) = cut(these.len(), others.len()) else {
        let medians = middle(&sorted(others)) / middle(&sorted(these));
        return Difference::TooFew { ratio: medians };
    };
    let interval = Interval {
        low: ratios[cut],
        high: ratios[ratios.len() - 1 - cut],
    };
    let ratio = middle(&ratios);
    if interval.holds(1.0) {
        Difference::NotSeen { ratio, interval }
    } else {
        Difference::Seen { ratio, interval }
    }
}

/// How many of the sorted ratios lie outside the interval at each end; `None` where the whole
/// range is not sure enough. From the exact distribution of the Mann-Whitney statistic: how many
/// ways there are to order the runs so that a given number of pairs is the wrong way round.
fn cut(these: usize, others: usize) -> Option<usize> {
    let ways = ways(these, others);
    let all: f64 = ways.iter().sum();
    let tail = (1.0 - CONFIDENCE) / 2.0;
    let mut below = 0.0;
    let mut cut = None;
    for (statistic, count) in ways.iter().enumerate() {
        below += count / all;
        if below > tail {
            break;
        }
        cut = Some(statistic);
    }
    cut
}

/// For each value of the statistic, in how many orders it comes out (Mann and Whitney, 1947).
fn ways(these: usize, others: usize) -> Vec<f64> {
    // ways[n][u] for n of the others, built up for more and more of these.
    let size = these * others + 1;
    let mut table = vec![vec![0.0; size]; others + 1];
    for row in &mut table {
        row[0] = 1.0;
    }
    for _ in 0..these {
        for other in 1..=others {
            for statistic in (0..size).rev() {
                // Either the largest run is one of these, above all the others, or one of the others.
                let above = statistic
                    .checked_sub(other)
                    .map_or(0.0, |less| table[other][less]);
                let below = table[other - 1][statistic];
                // Downwards, so that what lies lower is still that of one run fewer of these.
                table[other][statistic] = above + below;
            }
        }
    }
    table.swap_remove(others)
}

/// The runs that lie far from all others, by their place.
#[must_use]
pub fn outliers(runs: &[f64]) -> Vec<usize> {
    let median = middle(&sorted(runs));
    let distances: Vec<f64> = runs.iter().map(|run| (run - median).abs()).collect();
    let usual = middle(&sorted(&distances));
    if usual == 0.0 {
        return Vec::new();
    }
    let is_far = |distance: f64| NORMAL_SCALE * distance / usual > OUTLYING;
    let places = distances.iter().enumerate();
    places
        .filter(|(_, distance)| is_far(**distance))
        .map(|(place, _)| place)
        .collect()
}

/// The generator `SplitMix64` (Steele, Lea and Flood, 2014): small, and the same on every machine.
#[derive(Debug, Clone)]
pub struct Random(pub u64);

impl Random {
    /// The next number.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, which is not 0.
    pub fn below(&mut self, end: usize) -> usize {
        // The remainder's bias is below one in 10^15 for the few things that are drawn here.
        usize::try_from(self.draw() % end as u64).unwrap_or(0)
    }

    /// Puts things into another order.
    pub fn shuffle<T>(&mut self, things: &mut [T]) {
        for last in (1..things.len()).rev() {
            things.swap(last, self.below(last + 1));
        }
    }
}

#[cfg(test)]
mod tests;
