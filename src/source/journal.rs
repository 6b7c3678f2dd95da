//! The journal: what the user's files were, durably, before any of them changes.
//!
//! One folder for each app, named by a digest of the app's path:
//! `lock`, `journal.json`, `originals/` (the content of edited files, named by digest) and
//! `kept/` (originals of files that the user changed, for the user to look at).

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::disk::{self, Modified, SourceFile};
use super::fault::{SourceError, io_at};
use super::lock::Lock;
use super::place::AppRoot;
use crate::domain::digest::ContentDigest;
use crate::domain::edit::{STAMP_DIGITS, Stamp};

const VERSION: u32 = 1;
const FILE: &str = "journal.json";

/// What a source was before it was edited or touched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry {
    pub(super) length: u64,
    pub(super) digest: ContentDigest,
    pub(super) modified: Modified,
    pub(super) mode: u32,
    /// `None` as long as the file was only touched.
    pub(super) stamp: Option<StampRecord>,
}

/// The digits that were replaced, and all that took their place.
///
/// Original and digits together tell every version that was written, byte for byte.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct StampRecord {
    pub(super) offset: usize,
    /// As they stood there, upper or lower case.
    pub(super) original: String,
    pub(super) written: Vec<Stamp>,
}

impl Entry {
    pub(super) fn of(source: &SourceFile) -> Self {
        Self {
            length: u64::try_from(source.bytes.len()).unwrap_or(u64::MAX),
            digest: ContentDigest::of(&source.bytes),
            modified: source.modified(),
            mode: source.mode(),
            stamp: None,
        }
    }
}

impl StampRecord {
    /// The digits at `offset` of the original; `offset` comes from `find_stamp`.
    pub(super) fn of(bytes: &[u8], offset: usize) -> Self {
        let digits = bytes.get(offset..offset + STAMP_DIGITS).unwrap_or(&[]);
        Self {
            offset,
            original: String::from_utf8_lossy(digits).into_owned(),
            written: Vec::new(),
        }
    }
}

#[derive(Deserialize)]
struct Header {
    version: u32,
}

#[derive(Serialize, Deserialize)]
struct Format {
    version: u32,
    /// For people who look into the file; the folder's name is what counts.
    app: String,
    entries: BTreeMap<String, Entry>,
}

/// The journal of one app, owned by this process.
#[derive(Debug)]
pub(super) struct Journal {
    folder: PathBuf,
    app: PathBuf,
    /// By the path relative to the app.
    pub(super) entries: BTreeMap<String, Entry>,
    _lock: Lock,
}

impl Journal {
    /// Takes the journal of `app` below `state`, empty when there is none yet.
    pub(super) fn open(state: &Path, app: &AppRoot) -> Result<Self, SourceError> {
        let path = app.path();
        let folder = state.join(ContentDigest::name_for(path));
        for folder in [&folder, &folder.join("originals"), &folder.join("kept")] {
            disk::make_folder(folder).map_err(io_at("make the folder", folder))?;
        }
        let lock = Lock::take(&folder.join("lock"), path)?;
        let entries = read(&folder.join(FILE))?;
        let journal = Self {
            folder,
            app: path.to_owned(),
            entries,
            _lock: lock,
        };
        journal.sweep();
        Ok(journal)
    }

    /// Makes the entries durable.
    pub(super) fn save(&self) -> Result<(), SourceError> {
        let path = self.folder.join(FILE);
        if self.entries.is_empty() {
            return disk::remove(&path)
                .and_then(|()| disk::sync_folder(&self.folder))
                .map_err(io_at("empty the journal", &path));
        }
        let format = Format {
            version: VERSION,
            app: self.app.to_string_lossy().into_owned(),
            entries: self.entries.clone(),
        };
        serde_json::to_vec_pretty(&format)
            .map_err(io::Error::other)
            .and_then(|bytes| disk::write_durably(&self.folder, FILE, &bytes))
            .map_err(io_at("write the journal", &path))
    }

    /// Makes the content of a file durable before it is edited.
    pub(super) fn keep_original(&self, bytes: &[u8]) -> Result<(), SourceError> {
        let folder = self.folder.join("originals");
        let name = ContentDigest::of(bytes).to_string();
        disk::write_durably(&folder, &name, bytes)
            .map_err(io_at("keep the original in", &folder.join(name)))
    }

    /// Copies the original of a file that is the user's now to where it stays; `None` when
    /// there is none, as for a file that was only touched.
    pub(super) fn set_aside(&self, name: &str) -> Result<Option<PathBuf>, SourceError> {
        let Some(entry) = self.entries.get(name).filter(|entry| entry.stamp.is_some()) else {
            return Ok(None);
        };
        let original = self.folder.join("originals").join(entry.digest.to_string());
        let Ok(bytes) = fs::read(&original) else {
            return Ok(None);
        };
        let folder = self.folder.join("kept");
        let base = Path::new(name).file_name().unwrap_or_default();
        let kept = format!("{}-{}", entry.digest.short(12), base.to_string_lossy());
        disk::write_durably(&folder, &kept, &bytes)
            .map_err(io_at("keep the original in", &folder.join(&kept)))?;
        Ok(Some(folder.join(kept)))
    }

    /// Removes originals that no entry needs, left by a crash or a restore. One that cannot be
    /// removed now is removed another time.
    pub(super) fn sweep(&self) {
        let needed: Vec<String> = self
            .entries
            .values()
            .map(|e| e.digest.to_string())
            .collect();
        let listing = fs::read_dir(self.folder.join("originals"));
        for original in listing.into_iter().flatten().flatten() {
            let name = original.file_name();
            if !needed.iter().any(|digest| name == digest.as_str()) {
                drop(disk::remove(&original.path()));
            }
        }
    }
}

fn read(path: &Path) -> Result<BTreeMap<String, Entry>, SourceError> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => return Err(io_at("read the journal", path)(error)),
    };
    let damaged = |error: serde_json::Error| SourceError::DamagedJournal {
        journal: path.to_owned(),
        message: error.to_string(),
    };
    // The version first: a newer journal need not look like ours in anything else.
    let header: Header = serde_json::from_slice(&bytes).map_err(damaged)?;
    if header.version > VERSION {
        return Err(SourceError::NewerJournal {
            journal: path.to_owned(),
            found: header.version,
            known: VERSION,
        });
    }
    let format: Format = serde_json::from_slice(&bytes).map_err(damaged)?;
    Ok(format.entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn journal_file(state: &Path) -> PathBuf {
        let folder = fs::read_dir(state).unwrap().next().unwrap().unwrap();
        folder.path().join(FILE)
    }

    #[test]
    fn a_newer_or_damaged_journal_is_refused_and_left() {
        let (state, app) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let root = AppRoot::find(app.path()).unwrap();
        drop(Journal::open(state.path(), &root).unwrap());
        let file = journal_file(state.path());

        fs::write(&file, r#"{"version":2,"files":"otherwise"}"#).unwrap();
        let fault = Journal::open(state.path(), &root).unwrap_err();
        assert!(matches!(fault, SourceError::NewerJournal { found: 2, .. }));
        fs::write(&file, "{").unwrap();
        let fault = Journal::open(state.path(), &root).unwrap_err();
        assert!(matches!(fault, SourceError::DamagedJournal { .. }));
        assert_eq!(fs::read(&file).unwrap(), b"{");
    }

    #[test]
    fn a_second_owner_is_told_who_the_first_is() {
        let (state, app) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let root = AppRoot::find(app.path()).unwrap();
        let first = Journal::open(state.path(), &root).unwrap();
        let fault = Journal::open(state.path(), &root).unwrap_err();
        let own = std::process::id();
        assert!(matches!(fault, SourceError::Busy { pid: Some(pid), .. } if pid == own));
        assert!(fault.to_string().contains(&format!("(pid {own})")));
        drop(first);
        assert!(Journal::open(state.path(), &root).is_ok());
    }
}
