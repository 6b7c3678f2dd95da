//! Lists what would be sent: everything in the app that its ignore file lets through.

mod found;

use std::{
    ffi::OsString,
    fs::{self, File},
    io::{self, Read},
    iter,
    os::unix::ffi::{OsStrExt, OsStringExt},
    path::{Path, PathBuf},
};

use rustix::{
    fs::{FileType, Mode, OFlags, RawDir},
    io::Errno,
};

use self::found::{Found, Inside};
use super::{
    error::ContextError,
    ignore_file::{IgnoreFile, Inherited},
    layout::DOCKERFILE_NAME,
    listing::{Context, Entry, EntryKind, Ignored, Skipped},
    parallel,
    status::Status,
};
use crate::domain::ids::Bytes;

/// Ignore files that an app may have; the first one found counts. The second is podman's name.
pub const IGNORE_FILES: [&str; 2] = [".dockerignore", ".containerignore"];

const IGNORE_LIMIT: u64 = 1 << 20;

/// Bytes of names and what comes with them that the system lists at once, per thread. As much as
/// the C library asks for.
const NAMES: usize = 32 * 1024;

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
            || Vec::with_capacity(NAMES),
            |names, (folder, above)| tour.visit(folder, above, names),
        )?;
        pending.clear();
        for inside in visited {
            pending.extend(found.add(inside));
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

impl Tour<'_> {
    /// Lists one folder. The system's own calls and not the standard library's, which ask for
    /// more and take a copy of each name: with many files, that is a quarter of the time.
    fn visit(
        &self,
        folder: &Path,
        above: &Inherited,
        names: &mut Vec<u8>,
    ) -> Result<Inside, ContextError> {
        let full = self.root.join(folder);
        let unreadable = |error: Errno| ContextError::Unreadable {
            path: full.clone(),
            source: error.into(),
        };
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let open = rustix::fs::open(&full, flags, Mode::empty()).map_err(unreadable)?;
        let mut listing = RawDir::new(&open, names.spare_capacity_mut());
        let mut inside = Inside::default();
        while let Some(one) = listing.next() {
            let one = one.map_err(unreadable)?;
            let name = one.file_name();
            if [c".", c".."].contains(&name) {
                continue;
            }
            match Status::of_name(&open, name) {
                Ok(found) => {
                    let path = joined(folder, name.to_bytes());
                    self.meet(path, &found, above, &mut inside)?;
                }
                // Gone since the folder was listed.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(source) => {
                    let path = self.root.join(joined(folder, name.to_bytes()));
                    return Err(ContextError::Unreadable { path, source });
                }
            }
        }
        inside.sort();
        Ok(inside)
    }

    /// Puts one thing where it belongs.
    fn meet(
        &self,
        path: PathBuf,
        found: &Status,
        above: &Inherited,
        inside: &mut Inside,
    ) -> Result<(), ContextError> {
        if is_reserved(&path) {
            let why = "its name is taken by the tar itself";
            inside.skipped.push(Skipped { path, why });
            return Ok(());
        }
        let verdict = self.rules.judge(path.as_os_str().as_bytes(), above);
        if let Some(pattern) = verdict.ignored_by {
            let ignored = Ignored {
                path: path.clone(),
                folder: found.is_folder(),
                file: self.rules.name.clone(),
                line: pattern.line,
                pattern: pattern.text.clone(),
                bytes: found.is_file().then_some(Bytes(found.version.bytes)),
            };
            let beneath = found.is_folder()
                && self
                    .rules
                    .may_take_back_beneath(path.as_os_str().as_bytes());
            let entry = beneath.then(|| Entry::new(path.clone(), EntryKind::Folder, found));
            inside.ignored.push((ignored, entry));
            if beneath {
                inside.folders.push((path, verdict.inherited));
            }
            return Ok(());
        }
        let Some(kind) = kind(self.root, &path, found)? else {
            let why = "a socket, pipe or device cannot be sent";
            inside.skipped.push(Skipped { path, why });
            return Ok(());
        };
        if kind == EntryKind::Folder {
            inside.folders.push((path.clone(), verdict.inherited));
        }
        inside.entries.push(Entry::new(path, kind, found));
        Ok(())
    }
}

/// A name in a folder, as a path; in one piece, as there are many.
fn joined(folder: &Path, name: &[u8]) -> PathBuf {
    let folder = folder.as_os_str().as_bytes();
    let mut path = Vec::with_capacity(folder.len() + 1 + name.len());
    path.extend_from_slice(folder);
    if !folder.is_empty() {
        path.push(b'/');
    }
    path.extend_from_slice(name);
    OsString::from_vec(path).into()
}

/// What is at `path`; `None` where that cannot be sent.
pub(super) fn kind(
    root: &Path,
    path: &Path,
    found: &Status,
) -> Result<Option<EntryKind>, ContextError> {
    Ok(Some(if found.is_folder() {
        EntryKind::Folder
    } else if found.kind == FileType::Symlink {
        let full = root.join(path);
        let target = fs::read_link(&full)
            .map_err(|source| ContextError::Unreadable { path: full, source })?;
        EntryKind::Link { target }
    } else if found.is_file() {
        EntryKind::File {
            bytes: Bytes(found.version.bytes),
        }
    } else {
        return Ok(None);
    }))
}

/// The folders above a path, from the nearest to the one at the top.
pub(super) fn above(path: &Path) -> impl Iterator<Item = &[u8]> {
    fn parent(path: &[u8]) -> Option<&[u8]> {
        let end = path.iter().rposition(|byte| *byte == b'/')?;
        Some(&path[..end])
    }
    iter::successors(parent(path.as_os_str().as_bytes()), |path| parent(path))
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
