//! Where a change is made: a folder of the app, and lines of a Dockerfile.

use std::{
    cell::RefCell,
    fs,
    io::Write,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use anyhow::ensure;
use imgtui::domain::record::StepRecord;

use super::{changes::Change, seen::Wanted};
use crate::Done;

/// What each folder holds besides an empty folder and a link.
const FILES: [(&str, &str); 8] = [
    ("lib.rs", "pub fn answer() -> u32 {\n    42\n}\n"),
    ("main.rs", "fn main() { }\n"),
    ("inner/deep.rs", "// deep\n"),
    ("a.txt", "one\ntwo\nthree\n"),
    ("b.txt", "b\n"),
    ("run.sh", "echo run\n"),
    (
        "Cargo.toml",
        "[package]\nname = \"a\"\nversion = \"0.1.0\"\n",
    ),
    ("ignored.md", "nobody is sent this\n"),
];

/// Puts a change's files into a folder.
pub(super) fn furnish(folder: &Path) -> Done {
    fs::create_dir_all(folder.join("inner"))?;
    for (path, text) in FILES {
        fs::write(folder.join(path), text)?;
    }
    fs::create_dir(folder.join("empty"))?;
    Ok(symlink("lib.rs", folder.join("link.rs"))?)
}

/// A change and its place.
#[derive(Debug)]
pub(super) struct Site {
    pub(super) change: Change,
    /// Its folder in the app, and its stage if it has one: no other's name has this in it.
    id: String,
    app: PathBuf,
    lines: RefCell<String>,
}

impl Site {
    pub(super) fn set(change: Change, id: String, app: &Path) -> anyhow::Result<Self> {
        furnish(&app.join(&id))?;
        let site = Self {
            change,
            lines: RefCell::default(),
            app: app.to_owned(),
            id,
        };
        site.reset_lines();
        Ok(site)
    }

    /// Its lines as they were before the change.
    pub(super) fn reset_lines(&self) {
        *self.lines.borrow_mut() = self.change.lines.replace("{}", &self.id);
    }

    /// Its stages; empty where its lines are a part of the last one.
    pub(super) fn stages(&self, has_own: bool) -> String {
        let lines = self.lines.borrow();
        if lines.starts_with("FROM ") {
            lines.clone()
        } else if has_own {
            format!("FROM ${{BASE_IMAGE}} AS {}\n{lines}", self.id)
        } else {
            String::new()
        }
    }

    /// What the last stage has of it; `takes_stages` is false where it is to leave out whole stages.
    pub(super) fn in_last(&self, has_own: bool, takes_stages: bool) -> String {
        let lines = self.lines.borrow();
        let has_stage = has_own || lines.starts_with("FROM ");
        match (has_stage, takes_stages) {
            (true, true) => {
                let id = &self.id;
                format!("COPY --from={id} /{id} /all/{id}\n")
            }
            (true, false) => String::new(),
            (false, _) => lines.clone(),
        }
    }

    /// Whether a step is one of its own: in its stage, or in the last one about its folder.
    pub(super) fn has(&self, step: &StepRecord) -> bool {
        let is_taken_together = step
            .instruction
            .starts_with(&format!("COPY --from={} ", self.id));
        let is_named = |text: &str| text.contains(&self.id);
        is_named(&step.stage) || (is_named(&step.instruction) && !is_taken_together)
    }

    pub(super) fn wanted(&self) -> Wanted {
        let own = |text: &str| text.replace("{}", &self.id);
        Wanted {
            name: self.change.name,
            step: own(self.change.step),
            runs: self.change.runs,
            words: self.change.words.iter().map(|word| own(word)).collect(),
            is_behind: false,
        }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.app.join(&self.id).join(path)
    }

    pub(super) fn write(&self, path: &str, text: &str) -> Done {
        let text = text.replace("{}", &self.id);
        Ok(fs::write(self.path(path), text)?)
    }

    pub(super) fn make_folder(&self, path: &str) -> Done {
        Ok(fs::create_dir(self.path(path))?)
    }

    pub(super) fn remove(&self, path: &str) -> Done {
        let path = self.path(path);
        let removed = if path.is_dir() {
            fs::remove_dir(path)
        } else {
            fs::remove_file(path)
        };
        Ok(removed?)
    }

    pub(super) fn mode(&self, path: &str, mode: u32) -> Done {
        let mode = fs::Permissions::from_mode(mode);
        Ok(fs::set_permissions(self.path(path), mode)?)
    }

    pub(super) fn touch(&self, path: &str) -> Done {
        let file = fs::File::open(self.path(path))?;
        Ok(file.set_modified(SystemTime::now() - Duration::from_secs(1000))?)
    }

    /// Gives a file to somebody else; an ordinary user can do so with a group at most, and then
    /// nothing is done.
    pub(super) fn give_away(&self, path: &str) -> Done {
        let given = std::os::unix::fs::chown(self.path(path), Some(1000), Some(1000));
        let is_root = rustix::process::geteuid().is_root();
        Ok(given.or_else(|error| if is_root { Err(error) } else { Ok(()) })?)
    }

    pub(super) fn rename(&self, from: &str, to: &str) -> Done {
        Ok(fs::rename(self.path(from), self.path(to))?)
    }

    pub(super) fn link(&self, path: &str, target: &str) -> Done {
        fs::remove_file(self.path(path))?;
        Ok(symlink(target, self.path(path))?)
    }

    /// Puts something else in the place of its lines.
    pub(super) fn reword(&self, from: &str, to: &str) -> Done {
        let own = |text: &str| text.replace("{}", &self.id);
        let mut lines = self.lines.borrow_mut();
        let changed = lines.replace(&own(from), &own(to));
        ensure!(*lines != changed, "no `{from}` in {lines}");
        *lines = changed;
        Ok(())
    }

    /// One line more in the ignore file.
    pub(super) fn ignore(&self, line: &str) -> Done {
        let line = line.replace("{}", &self.id);
        self.append(".dockerignore", &format!("{line}\n"))
    }

    /// A value for a build argument.
    pub(super) fn argument(&self, name: &str, value: &str) -> Done {
        self.append("imgtui.toml", &format!("{name} = \"{value}\"\n"))
    }

    fn append(&self, file: &str, text: &str) -> Done {
        let mut file = fs::File::options().append(true).open(self.app.join(file))?;
        Ok(file.write_all(text.as_bytes())?)
    }
}
