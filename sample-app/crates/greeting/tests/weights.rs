//! Two languages with weights: the greater wins, of equals the first. A test for each pair.

use greeting::Language;

/// Weight as in a header, and its rank among these.
const WEIGHTS: [(&str, u8); 4] = [("0.1", 0), ("0.25", 1), ("0.5", 2), ("0.75", 3)];

macro_rules! pairs {
    ($($pair:ident: $first:literal $second:literal => $one:ident $two:ident;)*) => {
        $(
            mod $pair {
                use super::*;

                orders! {
                    tenth_tenth: 0 0; tenth_quarter: 0 1; tenth_half: 0 2; tenth_most: 0 3;
                    quarter_tenth: 1 0; quarter_quarter: 1 1; quarter_half: 1 2; quarter_most: 1 3;
                    half_tenth: 2 0; half_quarter: 2 1; half_half: 2 2; half_most: 2 3;
                    most_tenth: 3 0; most_quarter: 3 1; most_half: 3 2; most_most: 3 3;
                }

                fn check(one: usize, two: usize) {
                    let ((first, rank), (second, other)) = (WEIGHTS[one], WEIGHTS[two]);
                    let header = format!("{};q={first}, {};q={second}", $first, $second);
                    let best = if other > rank { Language::$two } else { Language::$one };
                    assert_eq!(Language::accepted(&header), best, "{header}");
                }
            }
        )*
    };
}

macro_rules! orders {
    ($($name:ident: $one:literal $two:literal;)*) => {
        $(
            #[test]
            fn $name() {
                check($one, $two);
            }
        )*
    };
}

pairs! {
    english_german: "en" "de" => English German;
    german_english: "de" "en" => German English;
    french_spanish: "fr" "es" => French Spanish;
    spanish_french: "es" "fr" => Spanish French;
    german_french: "de" "fr" => German French;
    spanish_english: "es" "en" => Spanish English;
}
