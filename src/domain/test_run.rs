//! Runs of an app's tests on this machine: by which command, of which set, and what they took.

use std::fmt;

use serde::Serialize;

use super::record::CpuTime;

/// The command that runs the tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TestCommand {
    /// `cargo test`, as people type it: documentation's examples included.
    CargoTest,
    /// `cargo test --tests`: the tests that nextest runs too.
    CargoTestTests,
    /// `cargo nextest run`.
    Nextest,
}

impl TestCommand {
    /// All of them, in the order in which a round runs them.
    pub const ALL: [Self; 3] = [Self::CargoTest, Self::CargoTestTests, Self::Nextest];

    /// What cargo is told.
    #[must_use]
    pub fn words(self) -> &'static [&'static str] {
        match self {
            Self::CargoTest => &["test"],
            Self::CargoTestTests => &["test", "--tests"],
            Self::Nextest => &["nextest", "run"],
        }
    }
}

/// Which tests are run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TestSet {
    /// Those that cargo runs in the app's folder without more words.
    Usual,
    /// Those of every member of the workspace.
    Workspace,
}

impl TestSet {
    /// What cargo is told for it.
    #[must_use]
    pub fn words(self) -> &'static [&'static str] {
        match self {
            Self::Usual => &[],
            Self::Workspace => &["--workspace"],
        }
    }
}

impl fmt::Display for TestSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Usual => "usual tests",
            Self::Workspace => "tests of the whole workspace",
        })
    }
}

/// What a command took, its children included.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Taken {
    /// User and system time.
    #[serde(flatten)]
    pub cpu: CpuTime,
    /// Wall clock seconds.
    pub wall_s: f64,
}

impl fmt::Display for Taken {
    /// As `time` prints it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.cpu.time_line(self.wall_s))
    }
}

/// One run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TestRun {
    /// By which command.
    pub command: TestCommand,
    /// Of which set.
    pub set: TestSet,
    /// The round, from 1.
    pub round: u32,
    /// Tests that passed; `None` when the output did not say.
    pub passed: Option<u64>,
    /// What it took.
    #[serde(flatten)]
    pub taken: Taken,
}

/// The middle of several runs of one command on one set: each figure's own median.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TestMedian {
    /// By which command.
    pub command: TestCommand,
    /// Of which set.
    pub set: TestSet,
    /// Of how many runs.
    pub runs: usize,
    /// Tests that passed in the last of them.
    pub passed: Option<u64>,
    /// The medians.
    #[serde(flatten)]
    pub taken: Taken,
    /// The shortest and the longest run, wall clock seconds.
    pub range_s: (f64, f64),
}

/// The median of each command on each set, in the order of sets and commands.
#[must_use]
pub fn medians(runs: &[TestRun]) -> Vec<TestMedian> {
    let mut kinds: Vec<(TestSet, TestCommand)> =
        runs.iter().map(|run| (run.set, run.command)).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let of = |kind| {
        runs.iter()
            .filter(move |run| (run.set, run.command) == kind)
    };
    let found = kinds.into_iter().filter_map(|kind| {
        let figures = |figure: fn(&Taken) -> f64| {
            let mut figures: Vec<f64> = of(kind).map(|run| figure(&run.taken)).collect();
            figures.sort_by(f64::total_cmp);
            figures
        };
        let walls = figures(|taken| taken.wall_s);
        Some(TestMedian {
            command: kind.1,
            set: kind.0,
            runs: walls.len(),
            passed: of(kind).next_back()?.passed,
            taken: Taken {
                cpu: CpuTime {
                    user_s: median(&figures(|taken| taken.cpu.user_s))?,
                    system_s: median(&figures(|taken| taken.cpu.system_s))?,
                },
                wall_s: median(&walls)?,
            },
            range_s: (*walls.first()?, *walls.last()?),
        })
    });
    found.collect()
}

/// The middle of sorted figures, or the mean of the two in the middle.
fn median(sorted: &[f64]) -> Option<f64> {
    let upper = *sorted.get(sorted.len() / 2)?;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = *sorted.get(sorted.len() / 2 - 1)?;
    Some(f64::midpoint(lower, upper))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(command: TestCommand, round: u32, wall_s: f64) -> TestRun {
        TestRun {
            command,
            set: TestSet::Usual,
            round,
            passed: Some(7),
            taken: Taken {
                cpu: CpuTime {
                    user_s: wall_s / 2.0,
                    system_s: 0.05,
                },
                wall_s,
            },
        }
    }

    #[test]
    fn each_command_has_its_median_and_range() {
        let runs = [
            run(TestCommand::Nextest, 1, 0.5),
            run(TestCommand::CargoTest, 1, 0.3),
            run(TestCommand::CargoTest, 2, 0.1),
            run(TestCommand::CargoTest, 3, 0.2),
            run(TestCommand::Nextest, 2, 0.7),
        ];
        let medians = medians(&runs);
        assert_eq!(medians.len(), 2);
        assert_eq!(medians[0].command, TestCommand::CargoTest);
        assert!((medians[0].taken.wall_s - 0.2).abs() < 1e-9);
        assert_eq!(medians[0].range_s, (0.1, 0.3));
        assert_eq!(medians[0].runs, 3);
        assert!((medians[1].taken.wall_s - 0.6).abs() < 1e-9);
        assert!((medians[1].taken.cpu.user_s - 0.3).abs() < 1e-9);
    }

    #[test]
    fn a_run_is_written_as_time_writes_it() {
        let taken = Taken {
            cpu: CpuTime {
                user_s: 0.10,
                system_s: 0.07,
            },
            wall_s: 0.130,
        };
        assert_eq!(
            taken.to_string(),
            "0.10s user 0.07s system 131% cpu 0.130 total"
        );
        assert_eq!(medians(&[]), []);
    }
}
