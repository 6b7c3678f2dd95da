//! Puts the cause behind the message of a failed build, where the step's last lines tell it.

use std::path::{Component, Path, PathBuf};

use super::{Runner, ignore_rules};
use crate::{
    context::{IgnoreRules, ignore_file::IgnoreFile, load_ignore_file},
    domain::{
        explain::{Cause, explain},
        strategy::Strategy,
    },
    engine::EngineError,
};

/// The folder in which strategies build.
const FOLDER: &str = "/app";

/// The error with one sentence more, or as it was.
pub(super) fn explained(
    error: EngineError,
    runner: &Runner,
    strategy: &Strategy,
    lines: &[String],
) -> EngineError {
    let EngineError::BuildFailed { step, message } = error else {
        return error;
    };
    let sentence = match explain(lines.iter().map(String::as_str)) {
        Some(Cause::Plain(sentence)) => Some(sentence),
        Some(Cause::Missing { path }) => missing(&path, &runner.app.root, &ignore_rules(strategy)),
        None => None,
    };
    let message = match sentence {
        Some(sentence) => format!("{message}\n{sentence}"),
        None => message,
    };
    EngineError::BuildFailed { step, message }
}

/// Why a file is not there in the build: `None` for one that was sent.
fn missing(named: &str, root: &Path, rules: &IgnoreRules) -> Option<String> {
    let path = in_context(named)?;
    let shown = path.display();
    let file = match rules {
        IgnoreRules::App => load_ignore_file(root).ok()?,
        IgnoreRules::Strategy { name, text } => IgnoreFile::parse(name, text.as_bytes()).ok()?,
    };
    if let Some(found) = file.judge_path(path.to_str()?.as_bytes()).ignored_by {
        return Some(format!(
            "{}:{} `{}` leaves {shown} out: put the line `!{shown}` below it.",
            file.name, found.line, found.text
        ));
    }
    let is_there = root.join(&path).exists();
    (!is_there).then(|| {
        format!(
            "There is no {shown} in {}: what the build needs must be in the folder that is sent, made by hand or by another program before.",
            root.display()
        )
    })
}

/// The path in the context; `None` for one elsewhere in the image.
fn in_context(named: &str) -> Option<PathBuf> {
    let path = Path::new(named);
    let path = match path.strip_prefix(FOLDER) {
        Ok(inner) => inner,
        Err(_) if path.is_absolute() => return None,
        Err(_) => path,
    };
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::Normal(name) => plain.push(name),
            Component::ParentDir if plain.pop() => {}
            Component::CurDir => {}
            _ => return None,
        }
    }
    (!plain.as_os_str().is_empty()).then_some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(named: &str, ignore: &str) -> Option<String> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("templates")).unwrap();
        std::fs::write(folder.path().join("templates/a.html"), "").unwrap();
        let rules = IgnoreRules::Strategy {
            name: ".dockerignore".into(),
            text: ignore.into(),
        };
        missing(named, folder.path(), &rules)
    }

    #[test]
    fn the_ignore_line_is_named() {
        for named in [
            "src/../templates/a.html",
            "/app/templates/a.html",
            "/app/./templates/a.html",
        ] {
            assert_eq!(
                said(named, "target\ntemplates\n").unwrap(),
                ".dockerignore:2 `templates` leaves templates/a.html out: put the line `!templates/a.html` below it."
            );
        }
    }

    #[test]
    fn what_was_sent_or_is_elsewhere_is_not_guessed_about() {
        assert_eq!(said("templates/a.html", ""), None);
        assert_eq!(said("/usr/lib/x", ""), None);
        assert_eq!(said("../x", ""), None);
        assert!(
            said("static", "")
                .unwrap()
                .starts_with("There is no static in /")
        );
    }
}
