//! Patterns and paths: moby's own cases, and the definition as an oracle.

use proptest::prelude::*;

use super::*;

fn matches(pattern: &str, path: &str) -> bool {
    Glob::parse(pattern.as_bytes())
        .unwrap()
        .matches(path.as_bytes())
}

#[test]
fn single_names_match_as_go_matches_them() {
    for (pattern, path, expected) in [
        ("abc", "abc", true),
        ("*c", "abc", true),
        ("a*", "a", true),
        ("a*", "ab/c", false),
        ("a*/b", "abc/b", true),
        ("a*/b", "a/c/b", false),
        ("a*b*c*d*e*/f", "axbxcxdxexxx/f", true),
        ("a*b*c*d*e*/f", "axbxcxdxe/xxx/f", false),
        ("a*b?c*x", "abxbbxdbxebxczzx", true),
        ("a*b?c*x", "abxbbxdbxebxczzy", false),
        ("ab[b-d]", "abc", true),
        ("ab[^b-d]", "abc", false),
        ("ab[^e-g]", "abc", true),
        ("a\\*b", "a*b", true),
        ("a\\*b", "ab", false),
        ("a?b", "a☺b", true),
        ("a???b", "a☺b", false),
        ("[a-ζ]*", "α", true),
        ("*[a-ζ]", "A", false),
        ("a?b", "a/b", false),
        ("a[^x]b", "a/b", true),
        ("[\\]a]", "]", true),
        ("[x\\-]", "-", true),
        ("[\\-x]", "a", false),
        ("a]b", "a]b", true),
        ("a.|)$(}+{b^c", "a.|)$(}+{b^c", true),
        ("abc.def", "abcZdef", false),
    ] {
        assert_eq!(matches(pattern, path), expected, "{pattern} on {path}");
    }
}

#[test]
fn two_stars_cross_folders_with_dockers_short_cuts() {
    for (pattern, path, expected) in [
        ("**", "a/b", true),
        ("**/**", "a/b", true),
        ("dir/**", "dir/a/b", true),
        ("dir/**", "dir", false),
        ("**/dir", "dir", true),
        ("**/dir", "xdir", false),
        ("**file", "dir/file", true),
        ("**file", "xfile", true),
        ("**file*", "xfile1", false),
        ("a**", "abc/d", true),
        ("a**b", "axx/b", true),
        ("a**b", "axxb", false),
        ("a**/*.txt", "a/dir/file.txt", true),
        ("a/*.txt**", "a/file.txt", true),
        ("**/dir2/*", "dir/dir2/file", true),
        ("**/**/*.txt", "file.txt", true),
        ("**/**/*.txt2", "dir/dir/file.txt", false),
        ("***", "a/b", true),
    ] {
        assert_eq!(matches(pattern, path), expected, "{pattern} on {path}");
    }
}

#[test]
fn bad_patterns_say_what_is_wrong() {
    for bad in [
        "[]a]", "[-]", "[x-]", "[-x]", "[a-b-c]", "[", "[^", "[^bc", "a[", "a[\\",
    ] {
        assert_eq!(
            Glob::parse(bad.as_bytes()),
            Err(PatternProblem::Class),
            "{bad}"
        );
    }
    let problem = |text: &str| Glob::parse(text.as_bytes()).unwrap_err();
    assert_eq!(problem("\\"), PatternProblem::LoneEscape);
    // `\a` is a bell to docker (asked: 20.10, 28.2), `\d` any digit.
    for bad in ["\\a", "\\d", "[\\w]", "x\\é"] {
        assert_eq!(problem(bad), PatternProblem::LetterEscape, "{bad}");
    }
    assert_eq!(problem("[Local-Only]"), PatternProblem::BackwardRange);
    assert_eq!(problem("[[:alpha:]]"), PatternProblem::NamedClass);
    assert_eq!(problem(&"a".repeat(5000)), PatternProblem::TooLong);
}

#[test]
fn a_hostile_pattern_is_matched_in_bounded_time() {
    let pattern = "*a".repeat(PATTERN_LIMIT / 2);
    assert!(matches(&pattern, &"a".repeat(3000)));
    assert!(!matches(&pattern, &"a".repeat(2000)));
    let deep = format!("{}b", "**/*".repeat(500));
    assert!(!matches(&deep, &"a/".repeat(1000)));
}

#[test]
fn only_folders_on_the_way_are_worth_a_look() {
    let beneath = |pattern: &str, folder: &str| {
        Glob::parse(pattern.as_bytes())
            .unwrap()
            .may_match_beneath(folder.as_bytes())
    };
    assert!(beneath("docs/README.md", "docs"));
    assert!(beneath("docs/*/x", "docs/a"));
    assert!(beneath("**/x", "docs"));
    assert!(!beneath("docs/README.md", "target"));
    assert!(!beneath("docs/*", "docs2"));
    assert!(!beneath("docs", "docs"));
}

/// The same language, written as the definition reads: exponential, so for short texts only.
fn by_definition(tokens: &[Token], path: &[char]) -> bool {
    let Some((token, rest)) = tokens.split_first() else {
        return path.is_empty();
    };
    match token {
        Token::Many => (0..=path.len())
            .take_while(|n| !path[..*n].contains(&'/'))
            .any(|n| by_definition(rest, &path[n..])),
        Token::Folders => (0..=path.len())
            .filter(|n| *n == 0 || path[n - 1] == '/')
            .any(|n| by_definition(rest, &path[n..])),
        Token::Rest => true,
        one => {
            let alone = |char: &char| matches_tokens(std::slice::from_ref(one), &[*char]);
            path.first().is_some_and(alone) && by_definition(rest, &path[1..])
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_are_taken(pattern in proptest::collection::vec(any::<u8>(), 0..80),
                           path in proptest::collection::vec(any::<u8>(), 0..80)) {
        if let Ok(glob) = Glob::parse(&pattern) {
            let _ = glob.matches(&path);
            let _ = glob.may_match_beneath(&path);
        }
    }

    #[test]
    fn the_matcher_agrees_with_the_definition(pattern in "[ab*?/\\[\\]^]{0,9}", path in "[ab/]{0,9}") {
        let runes: Vec<char> = pattern.chars().collect();
        if let Ok(tokens) = tokens(&runes) {
            let path: Vec<char> = path.chars().collect();
            prop_assert_eq!(matches_tokens(&tokens, &path), by_definition(&tokens, &path));
        }
    }

    #[test]
    fn a_folder_above_a_match_is_never_pruned(pattern in "[ab*?/]{1,8}", path in "[ab]{1,3}(/[ab]{1,3}){1,3}") {
        if let Ok(glob) = Glob::parse(pattern.as_bytes()) && glob.matches(path.as_bytes()) {
            for (index, _) in path.match_indices('/') {
                prop_assert!(glob.may_match_beneath(&path.as_bytes()[..index]), "{pattern} {path}");
            }
        }
    }
}
