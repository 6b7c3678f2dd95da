//! How figures are written for people: three significant digits, a unit, and `n/a` for what
//! is not known. One place, so that the screen, the reports and the messages agree.

use std::{fmt::Write, time::Duration};

use humansize::DECIMAL;

use super::ids::Bytes;

/// What stands where there is no figure.
pub const NOT_AVAILABLE: &str = "n/a";

/// `1.07 GB`, `878 kB`, `12 B`: decimal units, as `podman images` and the article print them.
#[must_use]
pub fn bytes(value: Bytes) -> String {
    let rounded = to_three_digits(value.0);
    // 1.23, 12.3, 123: as many decimals as make three digits.
    let decimals = match rounded.checked_ilog10() {
        Some(power) if power >= 3 => 2 - power as usize % 3,
        _ => 0,
    };
    let format = DECIMAL.decimal_places(decimals).decimal_zeroes(decimals);
    humansize::format_size(rounded, format)
}

/// Rounded before a unit is chosen, so that 999,500 is `1.00 MB` and not `1000 kB`.
fn to_three_digits(value: u64) -> u64 {
    match value.checked_ilog10() {
        Some(power) if power >= 3 => {
            let unit = 10_u64.pow(power - 2);
            value.saturating_add(unit / 2) / unit * unit
        }
        _ => value,
    }
}

/// [`bytes()`], or `n/a`.
#[must_use]
pub fn bytes_or_na(value: Option<Bytes>) -> String {
    value.map_or_else(|| NOT_AVAILABLE.into(), bytes)
}

/// `0.42 s`, `14.2 s`, `101 s`, `12 min`.
#[must_use]
pub fn seconds(value: Duration) -> String {
    let amount = value.as_secs_f64();
    if amount < 9.995 {
        format!("{amount:.2} s")
    } else if amount < 600.0 {
        format!("{} s", three_digits(amount))
    } else {
        format!("{:.0} min", amount / 60.0)
    }
}

/// [`seconds`] of a record's figure.
#[must_use]
pub fn seconds_of(value: f64) -> String {
    seconds(Duration::try_from_secs_f64(value).unwrap_or_default())
}

/// [`seconds`], or `n/a`.
#[must_use]
pub fn seconds_or_na(value: Option<Duration>) -> String {
    value.map_or_else(|| NOT_AVAILABLE.into(), seconds)
}

/// Three significant digits of a number from 1 to 999.
fn three_digits(amount: f64) -> String {
    if amount < 9.995 {
        format!("{amount:.2}")
    } else if amount < 99.95 {
        format!("{amount:.1}")
    } else {
        format!("{amount:.0}")
    }
}

/// The text with at most `width` characters, the last one an ellipsis where something was cut.
#[must_use]
pub fn ellipsis(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let Some(keep) = width.checked_sub(1) else {
        return String::new();
    };
    let mut cut: String = text.chars().take(keep).collect();
    cut.push('…');
    cut
}

/// Bytes as hexadecimal digits, two each.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut digits, byte| {
        // Writing to a string cannot fail.
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_keep_three_digits_and_never_print_a_thousand() {
        let shown = [
            0,
            999,
            1000,
            878_000,
            999_499,
            999_500,
            8_500_000,
            1_120_000_000,
        ]
        .map(|value| bytes(Bytes(value)));
        assert_eq!(
            shown,
            [
                "0 B", "999 B", "1.00 kB", "878 kB", "999 kB", "1.00 MB", "8.50 MB", "1.12 GB"
            ]
        );
    }

    #[test]
    fn times_keep_three_digits() {
        let shown = [0.0, 0.42, 9.99, 14.23, 101.4, 720.0]
            .map(|value| seconds(Duration::from_secs_f64(value)));
        assert_eq!(
            shown,
            ["0.00 s", "0.42 s", "9.99 s", "14.2 s", "101 s", "12 min"]
        );
    }

    #[test]
    fn nothing_is_cut_without_an_ellipsis() {
        assert_eq!(ellipsis("distroless", 10), "distroless");
        assert_eq!(ellipsis("distroless", 6), "distr…");
        assert_eq!(ellipsis("distroless", 0), "");
    }
}
