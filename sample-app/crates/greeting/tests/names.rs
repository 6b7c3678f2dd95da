//! Names as people, and those who try things, put them into an address: a test each.

use greeting::{Language, greet};

macro_rules! names {
    ($($module:ident $language:ident $hello:literal $world:literal;)*) => {
        $(
            mod $module {
                use super::*;

                greeted! {
                    plain: "Ada" => "Ada";
                    with_a_surname: "Ada Lovelace" => "Ada Lovelace";
                    with_blanks_around: "  Ada  " => "Ada";
                    with_blanks_within: "Ada   Lovelace" => "Ada Lovelace";
                    with_a_tab: "Ada\tLovelace" => "Ada Lovelace";
                    with_a_line_break: "Ada\nLovelace" => "Ada Lovelace";
                    with_a_carriage_return: "Ada\r\nLovelace" => "Ada Lovelace";
                    with_an_escape: "Ada\u{1b}[31m" => "Ada [31m";
                    with_a_bell: "\u{7}Ada" => "Ada";
                    with_a_nul: "Ada\0" => "Ada";
                    with_a_next_line: "Ada\u{85}Lovelace" => "Ada Lovelace";
                    with_an_accent: "Zoé" => "Zoé";
                    with_an_apostrophe: "O'Neill" => "O'Neill";
                    with_a_hyphen: "Jean-Luc" => "Jean-Luc";
                    in_greek: "Σοφία" => "Σοφία";
                    in_cyrillic: "Ольга" => "Ольга";
                    in_japanese: "さくら" => "さくら";
                    in_arabic: "ليلى" => "ليلى";
                    of_one_letter: "A" => "A";
                    of_digits: "4711" => "4711";
                    with_a_picture: "Ada 🦀" => "Ada 🦀";
                    with_marks_of_html: "<b>Ada</b>" => "<b>Ada</b>";
                    with_quotes: "\"Ada\"" => "\"Ada\"";
                    with_a_percent_sign: "100 %" => "100 %";
                    as_long_as_may_be: "abcdefghijklmnopqrstuvwxyzabcdefghijklmn" => "abcdefghijklmnopqrstuvwxyzabcdefghijklmn";
                    too_long_by_one: "abcdefghijklmnopqrstuvwxyzabcdefghijklmno" => "abcdefghijklmnopqrstuvwxyzabcdefghijklmn";
                    cut_at_a_blank: "abcdefghijklmnopqrstuvwxyzabcdefghijklm no" => "abcdefghijklmnopqrstuvwxyzabcdefghijklm";
                    empty: "" => $world;
                    of_blanks: "   " => $world;
                    of_control_characters: "\r\n\t" => $world;
                }

                #[test]
                fn nobody() {
                    assert_eq!(greet(Language::$language, None), concat!($hello, ", ", $world, "!"));
                }

                fn check(name: &str, greeted: &str) {
                    let expected = format!("{}, {greeted}!", $hello);
                    assert_eq!(greet(Language::$language, Some(name)), expected);
                }
            }
        )*
    };
}

macro_rules! greeted {
    ($($kind:ident: $name:literal => $greeted:expr;)*) => {
        $(
            #[test]
            fn $kind() {
                check($name, $greeted);
            }
        )*
    };
}

names! {
    in_english English "Hello" "world";
    in_german German "Hallo" "Welt";
    in_french French "Bonjour" "le monde";
    in_spanish Spanish "Hola" "mundo";
}
