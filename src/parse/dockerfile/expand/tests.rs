//! Cases after those of BuildKit's own lexer (`shell/envVarTest`, `lex_test.go`).

use proptest::prelude::*;

use super::*;

/// Values in the order of their names, as each table below says.
type Values = &'static [(&'static str, &'static str)];

const HOME: Values = &[
    ("PWD", "/home"),
    ("SHELL", "bash"),
    ("KOREAN", "한국어"),
    ("NULL", ""),
];

fn with(values: Values, word: &str) -> Result<String, ExpandFault> {
    expand(word, '\\', &|name| {
        let found = values.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    })
}

fn all_are(values: Values, table: &[(&str, &str)]) {
    for (word, expected) in table {
        assert_eq!(with(values, word).as_deref(), Ok(*expected), "{word}");
    }
}

fn all_fail(values: Values, table: &[&str]) {
    for word in table {
        let found = with(values, word);
        assert!(found.is_err(), "{word}: {found:?}");
    }
}

#[test]
fn quotes_and_escapes_go() {
    let table = [
        ("hello", "hello"),
        ("he'll'o", "hello"),
        (r"he\'llo", "he'llo"),
        (r"abc\tdef", "abctdef"),
        (r#""abc\tdef""#, r"abc\tdef"),
        (r#""abc\\tdef""#, r"abc\tdef"),
        (r"'abc\tdef'", r"abc\tdef"),
        (r"hello\", "hello"),
        (r"hello\\", r"hello\"),
        (r#""hel'lo""#, "hel'lo"),
        (r"'hello\'", r"hello\"),
        (r"'hello\\there'", r"hello\\there"),
        (r#""''""#, "''"),
        (r#"'"hello"'"#, r#""hello""#),
        ("a b  c", "a b  c"),
        ("안'녕'하세요", "안녕하세요"),
        (r"안녕\'하세요", "안녕'하세요"),
        ("", ""),
    ];
    all_are(HOME, &table);
    let broken = [
        "he'llo",
        r"he\\'llo",
        r#""hello"#,
        r#""hello\""#,
        r#""a\"#,
        "'녕",
    ];
    all_fail(HOME, &broken);
    assert_eq!(with(HOME, "'a"), Err(ExpandFault::OpenQuote('\'')));
}

#[test]
fn another_escape_leaves_this_one_alone() {
    let with = |word| expand(word, '`', &|_| Some("v".to_owned()));
    assert_eq!(with(r"C:\a`$X`` `'"), Ok(r"C:\a$X` '".to_owned()));
    assert_eq!(with("\"`$X \\$X `a\""), Ok(r"$X \v `a".to_owned()));
}

#[test]
fn variables_are_replaced() {
    let table = [
        ("$.", "$."),
        ("a$", "a$"),
        ("he$1x", "hex"),
        ("he$.x", "he$.x"),
        ("he$pwd.", "he."),
        ("he$PWD", "he/home"),
        ("he$PWD/$SHELL", "he/home/bash"),
        (r"he\$PWD", "he$PWD"),
        (r"he\\$PWD", r"he\/home"),
        (r#""he\$PWD""#, "he$PWD"),
        (r#""he\\$PWD""#, r"he\/home"),
        (r"he\${}xx", "he${}xx"),
        ("he${hi}xx", "hexx"),
        ("he${PWD}", "he/home"),
        ("'he${XX}'", "he${XX}"),
        (r#""he'$PWD'""#, "he'/home'"),
        (r"'\$PWD'", r"\$PWD"),
        ("안녕$KOREAN", "안녕한국어"),
        ("${aaa}}", "}"),
        ("$999aaa", "aaa"),
        ("${001}aaa", "aaa"),
        ("$@@@", "@@"),
        ("$$", ""),
        ("${*}${#}${?}${-}${!}${0}", ""),
        ("$NULL", ""),
    ];
    all_are(HOME, &table);
    all_fail(
        HOME,
        &[
            "${}", "he${}xx", "he${.}", "he${PWD", "${{aaa}", "${aaa", "${:}", "${",
        ],
    );
}

#[test]
fn words_stand_in_for_variables() {
    let table = [
        ("he${XXX:-000}xx", "he000xx"),
        ("he${PWD:-000}xx", "he/homexx"),
        ("he${XXX:-$PWD}xx", "he/homexx"),
        ("he${XXX:-${PWD:-yyy}}xx", "he/homexx"),
        ("he${XXX:-${YYY:-yyy}}xx", "heyyyxx"),
        ("${NULL:-a}${NULL-b}${XXX-c}", "ac"),
        ("he${XXX:+${PWD}}xx", "hexx"),
        ("he${PWD:+${XXX}}xx", "hexx"),
        ("he${PWD:+${SHELL}}xx", "hebashxx"),
        ("he${PWD:+${PWD}:}xx", "he/home:xx"),
        ("${NULL:+a}${NULL+b}${XXX+c}", "b"),
        (r"he${XXX:-\$PWD:}xx", "he$PWD:xx"),
        (r"he${XXX:-\${PWD}z}xx", "he${PWDz}xx"),
        ("${aaa:-bbb}}", "bbb}"),
        ("${aaa:-bbb {foo}", "bbb {foo"),
        (r#"${aaa:-"b }"'$c'}"#, "b }$c"),
        ("${1:+bbb}|${1:-bbb}|${@:-bbb}aaa", "|bbb|bbbaaa"),
        ("${FOO:-}", ""),
    ];
    all_are(HOME, &table);
    let broken = [
        "he${XXX:YYY}",
        "he${PWD:=000}xx",
        "${PWD=a}",
        "${aaa:-bbb",
        "${aaa:-bbb ${foo}",
        "${{aaa:-bbb}",
        "${:-bbb}",
        "${:+bbb}",
        "${PWD:",
        "${PWD:}",
    ];
    all_fail(HOME, &broken);
}

#[test]
fn a_variable_can_be_demanded() {
    let values: Values = &[("EMPTY", ""), ("A", "x"), ("SET", "plain")];
    all_are(
        values,
        &[
            ("${SET:?m}", "plain"),
            ("${SET?m}", "plain"),
            ("${EMPTY?m}", ""),
        ],
    );
    let unset = |name: &str, message: &str| {
        Err(ExpandFault::Unset {
            name: name.to_owned(),
            message: message.to_owned(),
        })
    };
    assert_eq!(
        with(values, "${NO:?message here$A}"),
        unset("NO", "message herex")
    );
    assert_eq!(
        with(values, "${NO?}"),
        unset("NO", "is not allowed to be unset")
    );
    assert_eq!(
        with(values, "${EMPTY:?}"),
        unset("EMPTY", "is not allowed to be empty")
    );
    let fault = with(values, "${NO?}").unwrap_err();
    assert_eq!(fault.to_string(), "NO: is not allowed to be unset");
}

#[test]
fn ends_are_trimmed() {
    let values: Values = &[
        ("F", "xxyy"),
        ("S", "xx**"),
        ("Q", "???y"),
        ("X", "x"),
        ("E", ""),
        ("G", "()[]{}^$.*?|\\x"),
        ("H", "a***yy*"),
        ("TWICE", "#*x"),
    ];
    let table = [
        (r"${G#()[]{\}^$.\*\?|\\}", "x"),
        (r"${S%%\**}", "xx"),
        ("${F#*x*y}", "y"),
        ("${F#*}", "xxyy"),
        ("${F#$X}", "xyy"),
        ("${F#$E}", "xxyy"),
        ("${F#}", "xxyy"),
        ("${F##*x}", "yy"),
        ("${F##}", "xxyy"),
        (r"${Q#?\?}", "?y"),
        ("${NO:-.}${F%x}${NO:-.}", ".xxyy."),
        (r"${H%%\**\*}", "a"),
        ("${F%}", "xxyy"),
        ("${F%y*}", "xxy"),
        ("${F%%y*}", "xx"),
        ("${NO#a}", ""),
        // BuildKit looks at the pattern after variables are in it.
        ("${F#$TWICE}", "yy"),
        // In a pattern single quotes quote, and are no part of it.
        ("${F#'x'}", "xyy"),
    ];
    all_are(values, &table);
    all_fail(
        values,
        &["${F:#}", "${F:##}", "${F:%}", "${F:%%}", r"${F#\x}"],
    );
}

#[test]
fn parts_are_replaced() {
    let values: Values = &[
        ("P", "/foo*/*/*.txt"),
        ("STAR", "\\*/"),
        ("T", "/tmp/tmp/bar.txt"),
        ("TMP", "/tmp"),
        ("URL", "http://google.de"),
        ("OLD", "http://"),
        ("NEW", "https://"),
        ("F", "xxyy"),
        ("E", ""),
    ];
    let table = [
        ("${P/$STAR/.} - ${P//$STAR/.}", "/foo.*/*.txt - /foo..*.txt"),
        ("${T/$TMP/} - ${T//$TMP/}", "/tmp/bar.txt - /bar.txt"),
        ("${URL/$OLD/$NEW}", "https://google.de"),
        (r"${TMP//\//\/}", r"\/tmp"),
        ("${F/$E/ww}", "wwxxyy"),
        ("${F///}", "xxyy"),
        ("${NO///}", ""),
        ("${F/x*y/-}", "-"),
    ];
    all_are(values, &table);
    all_fail(values, &["${F//ww}", "${F//}", "${F/x/y", r"${F/\q/y}"]);
    assert_eq!(with(values, "${F/x}"), Err(ExpandFault::MissingSlash));
}

#[test]
fn the_body_of_a_heredoc_keeps_its_quotes() {
    let lookup = |name: &str| (name == "A").then(|| "x".to_owned());
    let body = "it's \"$A\" '${A}' \\$A \\n ${B:-\"c\"}\n";
    let expanded = "it's \"x\" 'x' $A n \"c\"\n";
    assert_eq!(expand_body(body, &lookup).as_deref(), Ok(expanded));
    assert_eq!(names_of_body(body), ["A", "B"]);
}

#[test]
fn all_variables_of_a_word_are_named() {
    let named = |word| names(word, '\\');
    let word = r#"$A${B:-$C}"${D:?$E}"'$F'\$G${H#${I}}${J/$K/$L}$A"#;
    let expected = ["A", "C", "B", "E", "D", "I", "H", "K", "L", "J"];
    assert_eq!(named(word), expected.map(str::to_owned));
    assert_eq!(named("$A ${B"), ["A"]);
    assert_eq!(
        named("${TARGETVARIANT:+-${TARGETVARIANT}}"),
        ["TARGETVARIANT"]
    );
    assert_eq!(named("$."), Vec::<String>::new());
    assert_eq!(names("`$A$B", '`'), ["B"]);
}

#[test]
fn depth_has_an_end() {
    let word = |depth| format!("{}{}", "${A:-".repeat(depth), "}".repeat(depth));
    assert_eq!(with(&[], &word(60)), Ok(String::new()));
    assert_eq!(with(&[], &word(100_000)), Err(ExpandFault::TooDeep));
}

proptest! {
    #[test]
    fn no_word_breaks_it(
        word in "(\\$|\\{|\\}|:|-|\\+|\\?|#|%|/|\\*|\\\\|`|'|\"|<|[A-C한 \n]|\\$\\{A){0,40}",
        escape in "[\\\\`]",
        value in "[A-C/*?\n]{0,6}",
    ) {
        let escape = escape.chars().next().unwrap_or('\\');
        let asked = RefCell::new(Vec::new());
        let found = expand(&word, escape, &|name| {
            asked.borrow_mut().push(name.to_owned());
            (name != "C").then(|| value.clone())
        });
        // A word's names are what it is asked for, whatever the values.
        let named = names(&word, escape);
        let asked = asked.into_inner();
        prop_assert!(asked.iter().all(|name| named.contains(name)));
        if found.is_ok() {
            prop_assert!(named.iter().all(|name| asked.contains(name)));
        }
        let _ = (expand_body(&word, &|_| Some(value.clone())), names_of_body(&word));
    }

    #[test]
    fn any_text_breaks_nothing(word in any::<String>()) {
        let _ = expand(&word, '\\', &|name| Some(name.to_owned()));
    }

    #[test]
    fn a_plain_word_stays_as_it_is(word in "[^$'\"\\\\]*") {
        prop_assert_eq!(expand(&word, '\\', &|_| None), Ok(word.clone()));
    }

    #[test]
    fn a_value_is_never_expanded_again(value in any::<String>()) {
        prop_assert_eq!(expand("${A}", '\\', &|_| Some(value.clone())), Ok(value.clone()));
    }
}
