//! The checklist of `imgtui doctor`: what is there, what is missing, what to do about it.

use serde::Serialize;

/// One line of the checklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was looked at, e.g. `runtime`.
    pub name: String,
    /// How it stands.
    pub status: CheckStatus,
    /// What was seen, e.g. `runc 1.1.5 works; crun is not installed`.
    pub detail: String,
    /// What to do about a problem; exact commands where there are any.
    pub remedy: Option<Remedy>,
}

/// How one check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckStatus {
    /// As it should be.
    Ok,
    /// Works, but the reader should know.
    Note,
    /// In the way of a build.
    Problem,
    /// Could not be looked at, e.g. because an earlier check failed.
    NotChecked,
}

/// What would mend a problem.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Remedy {
    /// Commands that `imgtui setup --yes` (or one key) runs, in this order.
    Commands {
        /// Each an argument vector.
        commands: Vec<Vec<String>>,
    },
    /// Something that only a person can do, in words; with exact commands inside where possible.
    Advice {
        /// The advice.
        text: String,
    },
}

/// The whole checklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Default)]
pub struct Checklist {
    /// In the order in which they were looked at.
    pub checks: Vec<Check>,
}

impl Checklist {
    /// Whether nothing is in the way of a build.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.checks
            .iter()
            .all(|check| check.status != CheckStatus::Problem)
    }

    /// All commands that set-up would run, in order.
    #[must_use]
    pub fn commands(&self) -> Vec<Vec<String>> {
        self.checks
            .iter()
            .filter_map(|check| match &check.remedy {
                Some(Remedy::Commands { commands }) => Some(commands.clone()),
                _ => None,
            })
            .flatten()
            .collect()
    }
}
