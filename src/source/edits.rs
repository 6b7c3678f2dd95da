//! Edits and touches of the user's sources, each in the journal first.

use std::io;
use std::path::{Path, PathBuf};

use super::disk::{Access, SourceFile};
use super::fault::{SourceError, io_at};
use super::journal::{Entry, Journal, StampRecord};
use super::judge::{Judgement, judge};
use super::place::{AppRoot, Located};
use super::restore::{Kept, KeptReason};
use crate::domain::edit::{STAMP_DIGITS, Stamp, find_stamp, replace_stamp};

/// A source was edited on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditReport {
    /// The file, relative to the app, symlinks resolved.
    pub file: PathBuf,
    /// The line of the stamp, from 1.
    pub line: usize,
    /// The stamp that stands there now.
    pub stamp: Stamp,
    /// The file's length in bytes, the same as before.
    pub length: u64,
    /// Set when the user had changed the file since an earlier edit: it is put back to the
    /// user's version now, and the older original is kept.
    pub kept: Option<Kept>,
}

/// A source got a new modification time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TouchReport {
    /// The file, relative to the app, symlinks resolved.
    pub file: PathBuf,
    /// As in [`EditReport::kept`].
    pub kept: Option<Kept>,
}

/// The right to edit the sources of one app, held by one process at a time.
///
/// Dropping it puts nothing back: call [`restore`](Self::restore) first. What was not put back
/// stays in the journal for the next [`open`](Self::open).
#[derive(Debug)]
pub struct SourceEdits {
    pub(super) app: AppRoot,
    pub(super) journal: Journal,
}

impl SourceEdits {
    /// Opens the journal of the app at `app_root`, in a folder of its own below `state_folder`.
    ///
    /// Edits of a process that was killed may be in it: [`restore`](Self::restore) puts them back.
    ///
    /// # Errors
    /// [`SourceError::Busy`] while another process has it open, [`SourceError::NewerJournal`] and
    /// [`SourceError::DamagedJournal`] for a journal that is not understood, else what the
    /// system said.
    pub fn open(state_folder: &Path, app_root: &Path) -> Result<Self, SourceError> {
        let app = AppRoot::find(app_root)?;
        let journal = Journal::open(state_folder, &app)?;
        Ok(Self { app, journal })
    }

    /// Files that [`restore`](Self::restore) would look at, relative to the app.
    #[must_use]
    pub fn pending(&self) -> Vec<PathBuf> {
        self.journal.entries.keys().map(PathBuf::from).collect()
    }

    /// Replaces the first stamp in a source by `stamp` and makes the file new (mtime).
    ///
    /// # Errors
    /// See [`SourceError`]. After [`SourceError::Io`] the file may be edited; restore knows it.
    pub fn edit(&mut self, file: &Path, stamp: Stamp) -> Result<EditReport, SourceError> {
        let located = self.app.locate(file)?;
        let source = open_source(&located, Access::Content)?;
        let place = find_stamp(&source.bytes).ok_or_else(|| SourceError::NoStamp {
            file: file.to_owned(),
        })?;
        self.refuse_used_stamp(&located.name, place.stamp, stamp)?;
        let (mut entry, kept) = self.enter(&located.name, &source)?;
        if entry.stamp.is_none() {
            self.journal.keep_original(&source.bytes)?;
        }
        let record = || StampRecord::of(&source.bytes, place.offset);
        entry.stamp.get_or_insert_with(record).written.push(stamp);
        self.journal.entries.insert(located.name.clone(), entry);
        self.journal.save()?;

        let edited = replace_stamp(&source.bytes, place, stamp);
        let digits = &edited[place.offset..place.offset + STAMP_DIGITS];
        source
            .overwrite(place.offset, digits)
            .and_then(|()| source.set_modified(source.fresh_time()))
            .map_err(io_at("edit", &located.absolute))?;
        if !source.is_still_at(&located.absolute) {
            return Err(SourceError::ReplacedMeanwhile {
                file: file.to_owned(),
            });
        }
        Ok(EditReport {
            file: located.name.into(),
            line: place.line,
            stamp,
            length: u64::try_from(edited.len()).unwrap_or(u64::MAX),
            kept,
        })
    }

    /// Gives a file a new modification time and leaves its bytes alone.
    ///
    /// # Errors
    /// See [`SourceError`].
    pub fn touch(&mut self, file: &Path) -> Result<TouchReport, SourceError> {
        let located = self.app.locate(file)?;
        let source = open_source(&located, Access::Times)?;
        let (entry, kept) = self.enter(&located.name, &source)?;
        self.journal.entries.insert(located.name.clone(), entry);
        self.journal.save()?;
        source
            .set_modified(source.fresh_time())
            .map_err(io_at("touch", &located.absolute))?;
        Ok(TouchReport {
            file: located.name.into(),
            kept,
        })
    }

    /// The entry for what the user has in this file. The first original stays through all of our
    /// edits; a version of the user's own takes its place, and the older one is kept.
    fn enter(&self, name: &str, source: &SourceFile) -> Result<(Entry, Option<Kept>), SourceError> {
        let Some(entry) = self.journal.entries.get(name) else {
            return Ok((Entry::of(source), None));
        };
        let Judgement::Changed(stamp) = judge(entry, &source.bytes) else {
            return Ok((entry.clone(), None));
        };
        let kept = Kept {
            file: name.into(),
            reason: KeptReason::changed(entry, stamp),
            original: self.journal.set_aside(name)?,
        };
        Ok((Entry::of(source), Some(kept)))
    }

    fn refuse_used_stamp(&self, name: &str, there: Stamp, new: Stamp) -> Result<(), SourceError> {
        let record = self
            .journal
            .entries
            .get(name)
            .and_then(|e| e.stamp.as_ref());
        let original = record.and_then(|record| u64::from_str_radix(&record.original, 16).ok());
        let written = record.is_some_and(|record| record.written.contains(&new));
        if there == new || original == Some(new.0) || written {
            return Err(SourceError::StampUsed {
                file: name.into(),
                stamp: new,
            });
        }
        Ok(())
    }
}

/// Opens a source and makes sure that it can be put back later.
fn open_source(located: &Located, access: Access) -> Result<SourceFile, SourceError> {
    let read_only = |error: &io::Error| SourceError::ReadOnly {
        file: PathBuf::from(&located.name),
        message: error.to_string(),
    };
    let refused = |error: io::Error| match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => read_only(&error),
        _ => io_at("open", &located.absolute)(error),
    };
    let source = SourceFile::open(&located.absolute, access).map_err(refused)?;
    // The superuser may write everything; who made a file read-only meant it all the same.
    if access == Access::Content && source.mode() & 0o222 == 0 {
        let error = io::Error::other("nobody may write it");
        return Err(read_only(&error));
    }
    source
        .check_times_can_be_set()
        .map_err(|error| read_only(&error))?;
    Ok(source)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

    use super::*;

    const SOURCE: &str = "//! App.\nconst STAMP: &str = \"imgtui:00000000000000FF\";\n";

    fn app() -> (tempfile::TempDir, tempfile::TempDir, SourceEdits) {
        let (state, app) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::write(app.path().join("main.rs"), SOURCE).unwrap();
        let edits = SourceEdits::open(state.path(), app.path()).unwrap();
        (state, app, edits)
    }

    #[test]
    fn an_edit_replaces_digits_in_place_and_makes_the_file_new() {
        let (_state, app, mut edits) = app();
        let path = app.path().join("main.rs");
        let before = fs::metadata(&path).unwrap();
        let report = edits.edit(Path::new("main.rs"), Stamp(0xabc)).unwrap();
        let after = fs::metadata(&path).unwrap();
        assert_eq!((report.line, report.stamp), (2, Stamp(0xabc)));
        assert_eq!(report.length, before.len());
        let expected = SOURCE.replace("00000000000000FF", "0000000000000abc");
        assert_eq!(fs::read_to_string(&path).unwrap(), expected);
        assert_eq!(after.ino(), before.ino());
        assert!(after.modified().unwrap() > before.modified().unwrap());
        assert_eq!(fs::read_dir(app.path()).unwrap().count(), 1, "no litter");
    }

    #[test]
    fn a_stamp_is_never_used_twice_and_one_must_be_there() {
        let (_state, app, mut edits) = app();
        let file = Path::new("main.rs");
        edits.edit(file, Stamp(1)).unwrap();
        edits.edit(file, Stamp(2)).unwrap();
        for used in [Stamp(1), Stamp(2), Stamp(0xff)] {
            let fault = edits.edit(file, used).unwrap_err();
            assert!(matches!(fault, SourceError::StampUsed { .. }), "{fault}");
        }
        fs::write(app.path().join("none.rs"), "fn main() {}").unwrap();
        let fault = edits.edit(Path::new("none.rs"), Stamp(3)).unwrap_err();
        assert!(matches!(fault, SourceError::NoStamp { .. }), "{fault}");
        assert_eq!(edits.pending(), [file]);
    }

    #[test]
    fn a_read_only_file_is_refused() {
        let (_state, app, mut edits) = app();
        let path = app.path().join("main.rs");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
        let fault = edits.edit(Path::new("main.rs"), Stamp(1)).unwrap_err();
        assert!(matches!(fault, SourceError::ReadOnly { .. }), "{fault}");
        assert_eq!(fs::read_to_string(&path).unwrap(), SOURCE);
        assert!(edits.pending().is_empty());
    }
}
