//! Runs of an app's tests, a line each.

use std::fmt::Write;

use crate::domain::{
    test_run::{TestCommand, TestMedian, TestRun, TestSet},
    text,
};

/// One run, as it ends.
#[must_use]
pub fn test_run(run: &TestRun) -> String {
    let command = spoken(run.command, run.set);
    let tests = tests(run.passed);
    format!(
        "#{:<3} {command:<33} {tests:>10}   {}",
        run.round, run.taken
    )
}

/// The medians, with a heading for each set.
#[must_use]
pub fn test_medians(medians: &[TestMedian]) -> String {
    let mut out = String::new();
    let mut heading = None;
    for median in medians {
        if heading != Some(median.set) {
            heading = Some(median.set);
            let runs = match median.runs {
                1 => "one run".to_owned(),
                runs => format!("medians of {runs} runs"),
            };
            let _ = writeln!(out, "{}, {runs}", median.set);
        }
        let command = spoken(median.command, median.set);
        let (shortest, longest) = median.range_s;
        let _ = writeln!(
            out,
            "  {command:<35} {:>10}   {}   ({shortest:.3} to {longest:.3})",
            tests(median.passed),
            median.taken
        );
    }
    out
}

fn spoken(command: TestCommand, set: TestSet) -> String {
    let words = command.words().iter().chain(set.words()).copied();
    let words: Vec<&str> = std::iter::once("cargo").chain(words).collect();
    words.join(" ")
}

fn tests(passed: Option<u64>) -> String {
    passed.map_or_else(
        || text::NOT_AVAILABLE.to_owned(),
        |passed| format!("{passed} tests"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        record::CpuTime,
        test_run::{Taken, medians},
    };

    #[test]
    fn a_run_and_its_median_say_the_same() {
        let run = TestRun {
            command: TestCommand::Nextest,
            set: TestSet::Workspace,
            round: 1,
            passed: Some(342),
            taken: Taken {
                cpu: CpuTime {
                    user_s: 0.1,
                    system_s: 0.05,
                },
                wall_s: 0.15,
            },
        };
        let line = test_run(&run);
        let figures = "342 tests   0.10s user 0.05s system 100% cpu 0.150 total";
        assert!(
            line.starts_with("#1   cargo nextest run --workspace "),
            "{line}"
        );
        assert!(line.ends_with(figures), "{line}");
        let table = test_medians(&medians(&[run]));
        assert!(
            table.starts_with("tests of the whole workspace, one run\n"),
            "{table}"
        );
        assert!(table.contains(figures), "{table}");
    }

    #[test]
    fn an_unknown_count_is_not_none() {
        assert_eq!(tests(None), "n/a");
        assert_eq!(tests(Some(0)), "0 tests");
    }
}
