//! What `cargo test` and `cargo nextest run` print → how many tests passed.

/// Tests that passed, those of all test programs together; `None` when no line says it.
///
/// `cargo test` prints a line a program, with a colour or without:
/// `test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s`
/// and `cargo nextest run` one at its end:
/// `     Summary [   0.052s] 337 tests run: 337 passed, 2 skipped`
#[must_use]
pub fn passed(output: &str) -> Option<u64> {
    let counts = output.lines().filter_map(|line| {
        let says = line.contains("test result: ") || line.contains("Summary [");
        says.then(|| count_before(line, " passed")).flatten()
    });
    // A test may print any number.
    counts.reduce(u64::saturating_add)
}

/// The number in front of a word.
fn count_before(line: &str, word: &str) -> Option<u64> {
    let (before, _) = line.split_once(word)?;
    let digits = before.rsplit(|char: char| !char.is_ascii_digit()).next()?;
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_output_breaks_it(
            text in "(test result: |Summary \\[| passed|18446744073709551615|[0-9]{1,3}|é|\n| ){0,40}",
        ) {
            let _ = passed(&text);
        }
    }

    #[test]
    fn more_than_can_be_counted_is_the_most_that_can() {
        let line = format!("test result: ok. {} passed\n", u64::MAX);
        assert_eq!(passed(&line.repeat(2)), Some(u64::MAX));
    }

    #[test]
    fn the_programs_of_cargo_test_are_added_up() {
        let output = "     Running unittests src/lib.rs (target/debug/deps/a-1)\n\
            test result: ok. 9 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\
            test it_passed ... ok\n\
            test result: ok. 100 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s\n";
        assert_eq!(passed(output), Some(109));
    }

    #[test]
    fn nextest_says_it_once() {
        let output = "        PASS [   0.011s] (1/2) greeting tests::it_passed\n\
            \u{20}    Summary [   0.052s] 337 tests run: 337 passed (1 slow), 2 skipped\n";
        assert_eq!(passed(output), Some(337));
        assert_eq!(
            passed("     Summary [   0.000s] 0 tests run: 0 passed, 0 skipped"),
            Some(0)
        );
    }

    #[test]
    fn what_says_nothing_is_not_taken_for_none() {
        assert_eq!(passed("error: could not compile `a`"), None);
        assert_eq!(passed("test result: passed"), None);
        assert_eq!(passed(""), None);
    }
}
