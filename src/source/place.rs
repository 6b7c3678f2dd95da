//! Where a source is, and that it is the app's own.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use super::fault::{SourceError, io_at};

/// The longest source that is edited, in bytes.
const LONGEST: u64 = 16 * 1024 * 1024;

/// The app's folder with every symlink resolved.
#[derive(Debug, Clone)]
pub(super) struct AppRoot(PathBuf);

/// A regular file inside of the app, with every symlink resolved.
#[derive(Debug)]
pub(super) struct Located {
    /// Relative to the app: the journal's key.
    pub(super) name: String,
    /// Where to open it.
    pub(super) absolute: PathBuf,
}

impl AppRoot {
    pub(super) fn find(app: &Path) -> Result<Self, SourceError> {
        fs::canonicalize(app)
            .map(Self)
            .map_err(io_at("find the app at", app))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// Finds a source by its path relative to the app.
    pub(super) fn locate(&self, file: &Path) -> Result<Located, SourceError> {
        let outside = || SourceError::OutsideApp {
            file: file.to_owned(),
            app: self.0.clone(),
        };
        let inside = |part| matches!(part, Component::Normal(_) | Component::CurDir);
        if !file.components().all(inside) {
            return Err(outside());
        }
        let absolute = fs::canonicalize(self.0.join(file)).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => SourceError::Missing {
                file: file.to_owned(),
            },
            _ => io_at("find", file)(error),
        })?;
        let relative = absolute.strip_prefix(&self.0).map_err(|_| outside())?;
        let name = relative.to_str().map(ToOwned::to_owned);
        let name = name.ok_or_else(|| SourceError::NotUtf8 {
            file: file.to_owned(),
        })?;
        let metadata = fs::symlink_metadata(&absolute).map_err(io_at("read", &absolute))?;
        if !metadata.is_file() {
            return Err(SourceError::NotAFile {
                file: file.to_owned(),
            });
        }
        if metadata.len() > LONGEST {
            return Err(SourceError::TooBig {
                file: file.to_owned(),
                bytes: metadata.len(),
                limit: LONGEST,
            });
        }
        Ok(Located { name, absolute })
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn only_regular_files_inside_of_the_app_are_located() {
        let folder = tempfile::tempdir().unwrap();
        let app = folder.path().join("app");
        fs::create_dir_all(app.join("src")).unwrap();
        fs::write(app.join("src/main.rs"), "").unwrap();
        fs::write(folder.path().join("secret"), "").unwrap();
        symlink("../../secret", app.join("src/out.rs")).unwrap();
        symlink("main.rs", app.join("src/in.rs")).unwrap();
        let root = AppRoot::find(&app).unwrap();

        let inner = root.locate(Path::new("./src/in.rs")).unwrap();
        assert_eq!(inner.name, "src/main.rs");
        let fault = |file: &str| root.locate(Path::new(file)).unwrap_err();
        assert!(matches!(
            fault("src/out.rs"),
            SourceError::OutsideApp { .. }
        ));
        assert!(matches!(fault("../secret"), SourceError::OutsideApp { .. }));
        assert!(matches!(
            fault("/etc/passwd"),
            SourceError::OutsideApp { .. }
        ));
        assert!(matches!(fault("src"), SourceError::NotAFile { .. }));
        assert!(matches!(fault("src/none.rs"), SourceError::Missing { .. }));
    }

    #[test]
    fn a_file_longer_than_a_source_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = fs::File::create(folder.path().join("big")).unwrap();
        file.set_len(LONGEST + 1).unwrap();
        let root = AppRoot::find(folder.path()).unwrap();
        let fault = root.locate(Path::new("big")).unwrap_err();
        assert!(matches!(fault, SourceError::TooBig { .. }), "{fault}");
    }
}
