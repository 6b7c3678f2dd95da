//! Lists what would be sent: everything in the app that its ignore file lets through.

use std::{
    cmp::Ordering,
    collections::HashSet,
    fs::{self, File, Metadata},
    io::{self, Read},
    iter,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

use super::{
    error::ContextError,
    ignore_file::{IgnoreFile, Inherited},
    layout::DOCKERFILE_NAME,
    listing::{Context, Entry, EntryKind, Ignored, Skipped},
    parallel,
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
    let rules = rules.read(root)?;
    let tour = Tour {
        root,
        rules: &rules,
    };
    let mut found = Found::default();
    let mut pending = vec![(PathBuf::new(), Inherited::default())];
    // A level of folders at a time, as deep folders are no reason to run out of stack.
    while !pending.is_empty() {
        let visited = parallel::each(
            &pending,
            || (),
            |(), (folder, above)| tour.visit(folder, above),
        )?;
        pending.clear();
        for (folders, inside) in visited {
            pending.extend(folders);
            found.add(inside);
        }
    }
    Ok(found.finish(root))
}

impl IgnoreRules {
    /// The rules themselves.
    ///
    /// # Errors
    /// When they cannot be read, or have a fault.
    pub(super) fn read(&self, root: &Path) -> Result<IgnoreFile, ContextError> {
        match self {
            Self::App => load_ignore_file(root),
            Self::Strategy { name, text } => Ok(IgnoreFile::parse(name, text.as_bytes())?),
        }
    }
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
}

/// Folders to be visited, and what their inside inherits.
type Folders = Vec<(PathBuf, Inherited)>;

/// What was met so far.
#[derive(Default)]
struct Found {
    entries: Vec<Entry>,
    /// With the entry that a folder becomes if something inside it is sent after all.
    ignored: Vec<(Ignored, Option<Entry>)>,
    skipped: Vec<Skipped>,
}

impl Tour<'_> {
    /// The folders in a folder, and everything else.
    fn visit(&self, folder: &Path, above: &Inherited) -> Result<(Folders, Found), ContextError> {
        let unreadable = |source| ContextError::Unreadable {
            path: self.root.join(folder),
            source,
        };
        let mut folders = Folders::new();
        let mut inside = Found::default();
        for one in fs::read_dir(self.root.join(folder)).map_err(unreadable)? {
            let one = one.map_err(unreadable)?;
            let path = folder.join(one.file_name());
            // Asked of the open folder: quicker than by the whole path.
            match one.metadata() {
                Ok(found) => folders.extend(self.meet(path, &found, above, &mut inside)?),
                // Gone since the folder was listed.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(source) => {
                    let path = self.root.join(path);
                    return Err(ContextError::Unreadable { path, source });
                }
            }
        }
        Ok((folders, inside))
    }

    /// Puts one thing where it belongs; a folder that must be visited is given back.
    fn meet(
        &self,
        path: PathBuf,
        found: &Metadata,
        above: &Inherited,
        inside: &mut Found,
    ) -> Result<Option<(PathBuf, Inherited)>, ContextError> {
        if is_reserved(&path) {
            let why = "its name is taken by the tar itself";
            inside.skipped.push(Skipped { path, why });
            return Ok(None);
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
            inside.ignored.push((ignored, entry));
            return Ok(beneath.then_some((path, verdict.inherited)));
        }
        let Some(kind) = kind(self.root, &path, found)? else {
            let why = "a socket, pipe or device cannot be sent";
            inside.skipped.push(Skipped { path, why });
            return Ok(None);
        };
        let folder = (kind == EntryKind::Folder).then(|| (path.clone(), verdict.inherited));
        inside.entries.push(Entry::new(path, kind, found));
        Ok(folder)
    }
}

/// What is at `path`; `None` where that cannot be sent.
pub(super) fn kind(
    root: &Path,
    path: &Path,
    found: &Metadata,
) -> Result<Option<EntryKind>, ContextError> {
    Ok(Some(if found.is_dir() {
        EntryKind::Folder
    } else if found.is_symlink() {
        let full = root.join(path);
        let target = fs::read_link(&full)
            .map_err(|source| ContextError::Unreadable { path: full, source })?;
        EntryKind::Link { target }
    } else if found.is_file() {
        EntryKind::File {
            bytes: Bytes(found.len()),
        }
    } else {
        return Ok(None);
    }))
}

impl Found {
    fn add(&mut self, other: Self) {
        self.entries.extend(other.entries);
        self.ignored.extend(other.ignored);
        self.skipped.extend(other.skipped);
    }

    /// Sorts, sends ignored folders that something inside needs, and drops what is beneath
    /// those that nothing needs.
    fn finish(self, root: &Path) -> Context {
        let mut entries = self.entries;
        let (parents, ignored) = {
            let needed = folders_above(&entries);
            let is_needed =
                |one: &(Ignored, Option<Entry>)| needed.contains(one.0.path.as_os_str().as_bytes());
            self.ignored.into_iter().partition::<Vec<_>, _>(is_needed)
        };
        entries.extend(parents.into_iter().filter_map(|(_, entry)| entry));
        let mut ignored: Vec<Ignored> = ignored.into_iter().map(|(ignored, _)| ignored).collect();
        let whole: HashSet<Vec<u8>> = ignored
            .iter()
            .filter(|ignored| ignored.folder)
            .map(|ignored| ignored.path.as_os_str().as_bytes().to_vec())
            .collect();
        let stands_alone = |path: &Path| !above(path).any(|folder| whole.contains(folder));
        ignored.retain(|ignored| stands_alone(&ignored.path));
        let mut skipped = self.skipped;
        // A socket in a folder that is not sent is of no interest.
        skipped.retain(|skipped| stands_alone(&skipped.path));
        entries.sort_by(|a, b| by_bytes(&a.path, &b.path));
        ignored.sort_by(|a, b| by_bytes(&a.path, &b.path));
        skipped.sort_by(|a, b| by_bytes(&a.path, &b.path));
        Context {
            root: root.to_owned(),
            entries,
            ignored,
            skipped,
        }
    }
}

/// All folders that something is in.
fn folders_above(entries: &[Entry]) -> HashSet<&[u8]> {
    let mut folders = HashSet::new();
    for entry in entries {
        // Where a folder is known, so are those above it.
        above(&entry.path).all(|folder| folders.insert(folder));
    }
    folders
}

/// The folders above a path, from the nearest to the one at the top.
pub(super) fn above(path: &Path) -> impl Iterator<Item = &[u8]> {
    fn parent(path: &[u8]) -> Option<&[u8]> {
        let end = path.iter().rposition(|byte| *byte == b'/')?;
        Some(&path[..end])
    }
    iter::successors(parent(path.as_os_str().as_bytes()), |path| parent(path))
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
