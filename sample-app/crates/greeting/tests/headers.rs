//! Every language in every form of header that browsers and scripts send: a test each.

use greeting::Language;

/// A module for each language, a test in it for each form of header. `other` is one more of ours.
macro_rules! headers {
    ($($module:ident $language:ident $tag:literal $other:literal;)*) => {
        $(
            mod $module {
                use super::*;

                forms! {
                    alone: [$tag];
                    in_capitals: [$tag.to_uppercase().as_str()];
                    with_a_region: [$tag, "-XX"];
                    with_script_and_region: [$tag, "-Latn-XX"];
                    with_full_weight: [$tag, ";q=1"];
                    with_full_weight_in_decimals: [$tag, ";q=1.000"];
                    with_half_weight: [$tag, ";q=0.5"];
                    with_the_least_weight: [$tag, ";q=0.001"];
                    with_blanks: ["  ", $tag, "  "];
                    with_blanks_before_the_weight: [$tag, " ; q=0.5"];
                    before_another: [$tag, ",", $other];
                    before_another_with_blanks: [$tag, " , ", $other];
                    before_one_of_less_weight: [$tag, ",", $other, ";q=0.9"];
                    after_one_of_less_weight: [$other, ";q=0.9,", $tag];
                    after_one_that_is_refused: [$other, ";q=0,", $tag, ";q=0.1"];
                    after_one_that_we_have_not: ["ja,", $tag];
                    after_one_that_we_have_not_with_weight: ["ja;q=1,", $tag, ";q=0.2"];
                    after_a_weight_that_cannot_be_read: [$other, ";q=high,", $tag];
                    after_a_weight_above_one: [$other, ";q=1.5,", $tag];
                    after_a_weight_with_too_many_decimals: [$other, ";q=0.1234,", $tag];
                    after_empty_ranges: [",,", $tag];
                    before_empty_ranges: [$tag, ",,"];
                    before_anything_else: [$tag, ",*;q=0.1"];
                    with_another_parameter: [$tag, ";level=1;q=0.5"];
                    as_a_browser_has_it: [$tag, "-XX,", $tag, ";q=0.9,", $other, ";q=0.8,*;q=0.5"];
                }

                fn check(parts: &[&str]) {
                    assert_eq!(Language::accepted(&parts.concat()), Language::$language);
                }
            }
        )*
    };
}

macro_rules! forms {
    ($($form:ident: [$($part:expr),*];)*) => {
        $(
            #[test]
            fn $form() {
                check(&[$($part),*]);
            }
        )*
    };
}

headers! {
    english English "en" "fr";
    german German "de" "en";
    french French "fr" "es";
    spanish Spanish "es" "de";
}
