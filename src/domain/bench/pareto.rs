//! What is best of both of two figures.

/// Which points another one beats: it is smaller in one figure and not larger in the other.
/// Smaller is better in both; equal points do not dominate each other.
#[must_use]
pub fn dominated(points: &[(f64, f64)]) -> Vec<bool> {
    let beats = |one: &(f64, f64), other: &(f64, f64)| {
        one.0 <= other.0 && one.1 <= other.1 && (one.0 < other.0 || one.1 < other.1)
    };
    let is_beaten = |point: &(f64, f64)| points.iter().any(|other| beats(other, point));
    points.iter().map(is_beaten).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_larger_in_one_figure_and_not_smaller_in_the_other_is_dominated() {
        let points = [(1.0, 9.0), (2.0, 5.0), (2.0, 5.0), (2.0, 6.0), (9.0, 1.0)];
        assert_eq!(dominated(&points), [false, false, false, true, false]);
        assert!(dominated(&[]).is_empty());
    }
}
