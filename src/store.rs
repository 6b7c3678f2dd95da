//! What outlives a run of imgtui: builds and benchmarks, and where files are kept.
//!
//! The history is one `SQLite` file in the state folder. Each build and each run of a benchmark
//! is written in a transaction of its own, so two imgtui at once do not lose anything; a file of
//! a newer version is refused, never rewritten. Builds of other machines can be imported; they
//! are kept apart from this machine's, and none of its figures comes from them.

pub mod benches;
mod database;
mod error;
mod export;
pub mod exported;
pub mod footprints;
pub mod history;
mod import;
mod machine;
mod schema;
mod taken_over;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use etcetera::BaseStrategy;

use self::database::Database;
pub use self::{
    error::StoreError,
    export::Written,
    history::{Filter, History, Whose},
    import::{ImportError, Imported},
};

/// Environment variable that moves the state folder.
pub const STATE_VARIABLE: &str = "IMGTUI_STATE";

/// Where imgtui keeps what outlives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateFolder(PathBuf);

impl StateFolder {
    /// `$IMGTUI_STATE`, else `imgtui` in the XDG state folder; made if it is not there.
    ///
    /// # Errors
    /// When there is no home folder, or the folder cannot be made.
    pub fn open() -> io::Result<Self> {
        let given = std::env::var_os(STATE_VARIABLE).filter(|folder| !folder.is_empty());
        let folder = match given {
            Some(folder) => PathBuf::from(folder),
            None => etcetera::choose_base_strategy()
                .map_err(io::Error::other)?
                .state_dir()
                .ok_or_else(|| io::Error::other("this system has no state folder"))?
                .join("imgtui"),
        };
        Self::at(&folder)
    }

    /// A state folder at the given place.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn at(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder.join("logs"))?;
        // What is handed to the engine must not depend on the folder we were started in.
        Ok(Self(folder.canonicalize()?))
    }

    /// The folder itself.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Where whole logs are kept.
    #[must_use]
    pub fn logs(&self) -> PathBuf {
        self.0.join("logs")
    }

    /// Benchmarks.
    #[must_use]
    pub fn benches(&self) -> benches::Benches {
        benches::Benches {
            database: Database::of(&self.0),
        }
    }

    /// The records of finished builds.
    #[must_use]
    pub fn history(&self) -> History {
        History {
            database: Database::of(&self.0),
        }
    }
}

#[cfg(test)]
mod tests;
