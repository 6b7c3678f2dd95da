//! What keeps the history from being read or written.

use std::{io, path::PathBuf};

/// What keeps the history from being read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A newer imgtui wrote the file; it was left as it is.
    #[error(
        "{} is of version {found}, and this imgtui knows up to version {ours}: a newer imgtui wrote it. \
         Nothing was changed in it. Take that newer imgtui, or set IMGTUI_STATE to another folder",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The newest that is understood here.
        ours: usize,
    },
    /// `SQLite` refused.
    #[error("{} could not be {doing}: {error}{}", path.display(), advice(error))]
    Database {
        /// The file.
        path: PathBuf,
        /// `opened`, `read` or `written`.
        doing: &'static str,
        /// What it said.
        error: rusqlite::Error,
    },
    /// A file of an earlier version, or an export, could not be read or written.
    #[error("{}: {error}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
}

/// What to do, where that is known.
fn advice(error: &rusqlite::Error) -> &'static str {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::NotADatabase | rusqlite::ErrorCode::DatabaseCorrupt) => {
            ". Move it away: imgtui begins a new one"
        }
        Some(rusqlite::ErrorCode::DatabaseBusy) => {
            ". Another program keeps it: end that one, and try again"
        }
        Some(rusqlite::ErrorCode::DiskFull) => ". Free some space on that disk",
        _ => "",
    }
}

impl From<StoreError> for io::Error {
    fn from(error: StoreError) -> Self {
        Self::other(error)
    }
}
