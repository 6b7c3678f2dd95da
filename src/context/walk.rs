//! Lists what would be sent: everything in the app that its ignore file lets through.

use std::{
    cmp::Ordering,
    collections::BTreeSet,
    fs::{self, File, Metadata},
    io::{self, Read},
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

use super::{
    error::ContextError,
    ignore_file::{IgnoreFile, Inherited},
    layout::DOCKERFILE_NAME,
    listing::{Context, Entry, EntryKind, Ignored, Skipped},
};
use crate::domain::ids::Bytes;

/// Ignore files that an app may have; the first one found counts. The second is podman's name.
pub const IGNORE_FILES: [&str; 2] = [".dockerignore", ".containerignore"];

const IGNORE_LIMIT: u64 = 1 << 20;

/// Where the rules come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IgnoreRules {
    /// From the app's own ignore file, if it has one.
    App,
    /// From a strategy's ignore file, which replaces the app's.
    Strategy {
        /// Name for messages, e.g. `Dockerfile.dockerignore`.
        name: String,
        /// Its text.
        text: String,
    },
}

/// Lists the app at `root`.
///
/// Sockets, pipes and devices are skipped, and so are the names at the top that the tar needs
/// for itself: the ignore files, and whatever begins with [`DOCKERFILE_NAME`].
///
/// # Errors
/// When `root` is no folder, something in it cannot be read, or the ignore file has a fault.
pub fn walk(root: &Path, rules: &IgnoreRules) -> Result<Context, ContextError> {
    if !fs::metadata(root).is_ok_and(|found| found.is_dir()) {
        return Err(ContextError::NotAFolder {
            path: root.to_owned(),
        });
    }
    let rules = match rules {
        IgnoreRules::App => load_ignore_file(root)?,
        IgnoreRules::Strategy { name, text } => IgnoreFile::parse(name, text.as_bytes())?,
    };
    let mut tour = Tour {
        root,
        rules: &rules,
        pending: vec![(PathBuf::new(), Inherited::default())],
        entries: Vec::new(),
        ignored: Vec::new(),
        skipped: Vec::new(),
    };
    while let Some((folder, inherited)) = tour.pending.pop() {
        tour.visit(&folder, &inherited)?;
    }
    Ok(tour.finish())
}

/// Reads the app's ignore file, if there is one.
///
/// # Errors
/// When it is there and cannot be read, or has a fault.
pub fn load_ignore_file(root: &Path) -> Result<IgnoreFile, ContextError> {
    for name in IGNORE_FILES {
        let path = root.join(name);
        if !fs::metadata(&path).is_ok_and(|found| found.is_file()) {
            continue;
        }
        let mut text = Vec::new();
        File::open(&path)
            .and_then(|file| file.take(IGNORE_LIMIT + 1).read_to_end(&mut text))
            .map_err(|source| ContextError::Unreadable {
                path: path.clone(),
                source,
            })?;
        if text.len() as u64 > IGNORE_LIMIT {
            return Err(ContextError::IgnoreTooLarge {
                path,
                limit: IGNORE_LIMIT,
            });
        }
        return Ok(IgnoreFile::parse(name, &text)?);
    }
    Ok(IgnoreFile::default())
}

struct Tour<'a> {
    root: &'a Path,
    rules: &'a IgnoreFile,
    pending: Vec<(PathBuf, Inherited)>,
    entries: Vec<Entry>,
    /// With the entry that a folder becomes if something inside it is sent after all.
    ignored: Vec<(Ignored, Option<Entry>)>,
    skipped: Vec<Skipped>,
}

impl Tour<'_> {
    fn visit(&mut self, folder: &Path, above: &Inherited) -> Result<(), ContextError> {
        let unreadable = |source| ContextError::Unreadable {
            path: self.root.join(folder),
            source,
        };
        let names = fs::read_dir(self.root.join(folder))
            .and_then(|found| {
                found
                    .map(|one| Ok(one?.file_name()))
                    .collect::<io::Result<Vec<_>>>()
            })
            .map_err(unreadable)?;
        for name in names {
            let path = folder.join(name);
            let full = self.root.join(&path);
            match fs::symlink_metadata(&full) {
                Ok(found) => self.meet(path, &found, above)?,
                // Gone since the folder was listed.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(source) => return Err(ContextError::Unreadable { path: full, source }),
            }
        }
        Ok(())
    }

    fn meet(
        &mut self,
        path: PathBuf,
        found: &Metadata,
        above: &Inherited,
    ) -> Result<(), ContextError> {
        if is_reserved(&path) {
            let why = "its name is taken by the tar itself";
            self.skipped.push(Skipped { path, why });
            return Ok(());
        }
        let verdict = self.rules.judge(path.as_os_str().as_bytes(), above);
        if let Some(pattern) = verdict.ignored_by {
            let ignored = Ignored {
                path: path.clone(),
                folder: found.is_dir(),
                file: self.rules.name.clone(),
                line: pattern.line,
                pattern: pattern.text.clone(),
                bytes: found.is_file().then_some(Bytes(found.len())),
            };
            let beneath = found.is_dir()
                && self
                    .rules
                    .may_take_back_beneath(path.as_os_str().as_bytes());
            let entry = beneath.then(|| Entry::new(path.clone(), EntryKind::Folder, found));
            self.ignored.push((ignored, entry));
            if beneath {
                self.pending.push((path, verdict.inherited));
            }
            return Ok(());
        }
        let kind = if found.is_dir() {
            self.pending.push((path.clone(), verdict.inherited));
            EntryKind::Folder
        } else if found.is_symlink() {
            let full = self.root.join(&path);
            let target = fs::read_link(&full)
                .map_err(|source| ContextError::Unreadable { path: full, source })?;
            EntryKind::Link { target }
        } else if found.is_file() {
            EntryKind::File {
                bytes: Bytes(found.len()),
            }
        } else {
            let why = "a socket, pipe or device cannot be sent";
            self.skipped.push(Skipped { path, why });
            return Ok(());
        };
        self.entries.push(Entry::new(path, kind, found));
        Ok(())
    }

    /// Sorts, sends ignored folders that something inside needs, and drops what is beneath
    /// those that nothing needs.
    fn finish(self) -> Context {
        let mut entries = self.entries;
        let above = entries
            .iter()
            .flat_map(|entry| entry.path.ancestors().skip(1));
        let needed: BTreeSet<PathBuf> = above.map(Path::to_owned).collect();
        let (parents, ignored): (Vec<_>, Vec<_>) = self
            .ignored
            .into_iter()
            .partition(|(ignored, _)| needed.contains(&ignored.path));
        entries.extend(parents.into_iter().filter_map(|(_, entry)| entry));
        let mut ignored: Vec<Ignored> = ignored.into_iter().map(|(ignored, _)| ignored).collect();
        let whole: BTreeSet<PathBuf> = ignored
            .iter()
            .filter(|ignored| ignored.folder)
            .map(|ignored| ignored.path.clone())
            .collect();
        let stands_alone =
            |path: &Path| !path.ancestors().skip(1).any(|above| whole.contains(above));
        ignored.retain(|ignored| stands_alone(&ignored.path));
        let mut skipped = self.skipped;
        // A socket in a folder that is not sent is of no interest.
        skipped.retain(|skipped| stands_alone(&skipped.path));
        entries.sort_by(|a, b| by_bytes(&a.path, &b.path));
        ignored.sort_by(|a, b| by_bytes(&a.path, &b.path));
        skipped.sort_by(|a, b| by_bytes(&a.path, &b.path));
        Context {
            root: self.root.to_owned(),
            entries,
            ignored,
            skipped,
        }
    }
}

/// `a-b` before `a/x`, unlike [`Path`]'s own order.
fn by_bytes(a: &Path, b: &Path) -> Ordering {
    a.as_os_str().as_bytes().cmp(b.as_os_str().as_bytes())
}

/// Whether the tar needs this path for itself. Podman prefers a `.containerignore` to the
/// `.dockerignore` that hides our Dockerfile, so it must not be there either.
pub(super) fn is_reserved(path: &Path) -> bool {
    let name = path.as_os_str().as_bytes();
    IGNORE_FILES
        .iter()
        .any(|reserved| name == reserved.as_bytes())
        || (name.starts_with(DOCKERFILE_NAME.as_bytes()) && !name.contains(&b'/'))
}

#[cfg(test)]
mod tests;
