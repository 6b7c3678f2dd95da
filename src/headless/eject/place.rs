//! Puts files into a folder of the user: all of them or none, and none in the place of another
//! unless that is wanted.

use std::{
    collections::BTreeSet,
    fs::{self, Permissions},
    io::{self, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use tempfile::{Builder, NamedTempFile};

use crate::eject::File;

/// Paths of files that were there already with the very same content.
pub(super) type Kept = BTreeSet<String>;

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    /// Files of the user are in the way.
    #[error(
        "nothing was written, as these are there already: {}; move them away, give another folder with `--to DIR`, or let them be replaced with `--force`",
        list(.0)
    )]
    Taken(Vec<PathBuf>),
    /// What is in the way is no file.
    #[error(
        "nothing was written, as these are no plain files: {}; move them away, or give another folder with `--to DIR`",
        list(.0)
    )]
    NoFile(Vec<PathBuf>),
    /// The system refused.
    #[error("nothing was written: {} cannot be written ({source})", path.display())]
    Refused {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

fn list(paths: &[PathBuf]) -> String {
    let paths: Vec<String> = paths.iter().map(|p| p.display().to_string()).collect();
    paths.join(", ")
}

/// What is at a path.
enum Found {
    Nothing,
    Same,
    Other,
    NoFile,
}

/// Writes the files below `to`.
///
/// # Errors
/// When something is in the way, or the system refuses; the folder is then as it was.
pub(super) fn write(to: &Path, files: &[File], force: bool) -> Result<Kept, Fault> {
    let mut kept = Kept::new();
    let mut taken = Vec::new();
    let mut no_files = Vec::new();
    for file in files {
        let path = to.join(&file.path);
        match look(&path, &file.content).map_err(|source| refused(&path, source))? {
            Found::Nothing => {}
            Found::Same => {
                kept.insert(file.path.clone());
            }
            Found::Other if force => {}
            Found::Other => taken.push(path),
            Found::NoFile => no_files.push(path),
        }
    }
    if !no_files.is_empty() {
        return Err(Fault::NoFile(no_files));
    }
    if !taken.is_empty() {
        return Err(Fault::Taken(taken));
    }
    let mut work = Work::default();
    let new = files.iter().filter(|file| !kept.contains(&file.path));
    let written = new
        .map(|file| (to.join(&file.path), file.content.as_slice()))
        .try_for_each(|(path, content)| {
            let staged = work.stage(&path, content);
            staged.map_err(|source| refused(&path, source))
        })
        .and_then(|()| work.put(force));
    match written {
        Ok(()) => Ok(kept),
        Err(fault) => {
            work.take_back();
            Err(fault)
        }
    }
}

fn refused(path: &Path, source: io::Error) -> Fault {
    Fault::Refused {
        path: path.to_path_buf(),
        source,
    }
}

fn look(path: &Path, content: &[u8]) -> io::Result<Found> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Found::Nothing),
        Err(error) => Err(error),
        Ok(found) if !found.is_file() => Ok(Found::NoFile),
        Ok(_) if fs::read(path)? == content => Ok(Found::Same),
        Ok(_) => Ok(Found::Other),
    }
}

/// A file of the user that was replaced.
struct Old {
    content: Vec<u8>,
    permissions: Permissions,
}

/// What was done so far, so that it can be taken back.
#[derive(Default)]
struct Work {
    /// Folders that were not there, the outer ones first.
    folders: Vec<PathBuf>,
    /// Files with their whole content, under other names beside their places.
    staged: Vec<(NamedTempFile, PathBuf)>,
    /// Files in their places, and what was there.
    placed: Vec<(PathBuf, Option<Old>)>,
}

impl Work {
    /// Makes the file whole, but for its name.
    fn stage(&mut self, path: &Path, content: &[u8]) -> io::Result<()> {
        let folder = path.parent().unwrap_or(Path::new("."));
        self.make_folder(folder)?;
        let staged = temporary(folder, content, &Permissions::from_mode(0o666))?;
        self.staged.push((staged, path.to_path_buf()));
        Ok(())
    }

    fn make_folder(&mut self, folder: &Path) -> io::Result<()> {
        let missing = folder.ancestors().take_while(|folder| !folder.exists());
        let missing: Vec<PathBuf> = missing.map(Path::to_path_buf).collect();
        for folder in missing.into_iter().rev() {
            fs::create_dir(&folder)?;
            self.folders.push(folder);
        }
        Ok(())
    }

    /// Gives every file its name.
    fn put(&mut self, force: bool) -> Result<(), Fault> {
        for (staged, path) in std::mem::take(&mut self.staged) {
            let old = if force { old(&path) } else { Ok(None) };
            let old = old.map_err(|source| refused(&path, source))?;
            let put = match &old {
                None => staged.persist_noclobber(&path),
                Some(old) => {
                    let kept = staged.as_file().set_permissions(old.permissions.clone());
                    kept.map_err(|source| refused(&path, source))?;
                    staged.persist(&path)
                }
            };
            match put {
                Ok(_) => self.placed.push((path, old)),
                // It came while we worked.
                Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
                    return Err(Fault::Taken(vec![path]));
                }
                Err(error) => return Err(refused(&path, error.error)),
            }
        }
        Ok(())
    }

    /// Puts everything back as it was, as far as the system lets us.
    fn take_back(&mut self) {
        self.staged.clear();
        for (path, old) in self.placed.drain(..).rev() {
            let folder = path.parent().unwrap_or(Path::new("."));
            let _ = match old {
                None => fs::remove_file(&path),
                Some(old) => temporary(folder, &old.content, &old.permissions)
                    .and_then(|file| file.persist(&path).map_err(|error| error.error))
                    .map(|_| ()),
            };
        }
        for folder in self.folders.drain(..).rev() {
            let _ = fs::remove_dir(folder);
        }
    }
}

fn temporary(
    folder: &Path,
    content: &[u8],
    permissions: &Permissions,
) -> io::Result<NamedTempFile> {
    let mut file = Builder::new()
        .prefix(".imgtui-")
        .permissions(permissions.clone())
        .tempfile_in(folder)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    Ok(file)
}

fn old(path: &Path) -> io::Result<Option<Old>> {
    match fs::read(path) {
        Ok(content) => Ok(Some(Old {
            content,
            permissions: fs::metadata(path)?.permissions(),
        })),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests;
