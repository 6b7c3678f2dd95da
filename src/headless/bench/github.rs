//! GitHub Actions around us: what is told there besides the report.

use std::{
    fs::OpenOptions,
    io::{self, Write},
    path::{Path, PathBuf},
};

use super::super::note;
use crate::{
    domain::rules::Ruling,
    report::github::{annotations, fitting},
};

/// The step that we run in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    /// The file of its summary.
    summary: Option<PathBuf>,
}

impl Step {
    /// The one of this process's environment; `None` elsewhere.
    pub(super) fn of_environment() -> Option<Self> {
        Self::of(|name| std::env::var_os(name).map(Into::into))
    }

    fn of(variable: impl Fn(&str) -> Option<PathBuf>) -> Option<Self> {
        let is_there = variable("GITHUB_ACTIONS").is_some_and(|value| value == Path::new("true"));
        is_there.then(|| Self {
            summary: variable("GITHUB_STEP_SUMMARY").filter(|path| !path.as_os_str().is_empty()),
        })
    }

    /// Tells of the rules, and adds to the step's summary. What cannot be written is no reason for
    /// a benchmark to fail.
    pub(super) fn tell(&self, rules: &[Ruling], markdown: &str) {
        for line in annotations(rules) {
            note(&line);
        }
        let Some(path) = &self.summary else {
            return;
        };
        if let Err(error) = append(path, &format!("## imgtui bench\n\n{markdown}\n")) {
            note(&format!(
                "the summary for GitHub could not be written to {}: {error}",
                path.display()
            ));
        }
    }
}

/// In one write, so that nobody else's text comes between.
fn append(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    let taken = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
    let Some(text) = fitting(text, taken) else {
        return Err(io::Error::other("it is full: GitHub takes 1 MiB of a step"));
    };
    file.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::github::SUMMARY_LIMIT;

    #[test]
    fn it_is_seen_by_its_variables() {
        let of = |pairs: &'static [(&str, &str)]| {
            Step::of(|name| {
                let found = pairs.iter().find(|(one, _)| *one == name);
                found.map(|(_, value)| PathBuf::from(value))
            })
        };
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[("GITHUB_ACTIONS", "false")]), None);
        let bare = of(&[("GITHUB_ACTIONS", "true"), ("GITHUB_STEP_SUMMARY", "")]);
        assert_eq!(bare, Some(Step { summary: None }));
        let whole = of(&[("GITHUB_ACTIONS", "true"), ("GITHUB_STEP_SUMMARY", "/s")]);
        let summary = Some(PathBuf::from("/s"));
        assert_eq!(whole, Some(Step { summary }));
    }

    #[test]
    fn the_summary_is_added_to_and_never_grows_over_the_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("summary.md");
        append(&path, "one\n").unwrap();
        append(&path, "two\n").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "one\ntwo\n");
        append(&path, &"a long line of figures\n".repeat(100_000)).unwrap();
        let whole = std::fs::read_to_string(&path).unwrap();
        assert!(whole.len() <= SUMMARY_LIMIT && whole.len() > SUMMARY_LIMIT - 100);
        assert!(whole.contains("figures\n\n\n(cut"), "cut within a line");
        assert!(append(&path, &"x".repeat(100)).is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), whole);
        assert!(append(folder.path(), "x").is_err());
    }
}
