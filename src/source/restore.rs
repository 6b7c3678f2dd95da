//! Putting the user's files back, and never over what the user wrote.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::disk::{Access, SourceFile};
use super::edits::SourceEdits;
use super::fault::SourceError;
use super::journal::Entry;
use super::judge::{Judgement, judge};
use super::place::Located;
use crate::domain::digest::ContentDigest;
use crate::domain::edit::Stamp;

/// What a restore did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RestoreReport {
    /// Files that are byte for byte, and to the nanosecond of their modification time, what
    /// they were; relative to the app. A file that was so already is not named.
    pub restored: Vec<PathBuf>,
    /// Files that were left as they are.
    pub kept: Vec<Kept>,
}

/// A file that was left as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The file, relative to the app.
    pub file: PathBuf,
    /// Why.
    pub reason: KeptReason,
    /// Where its content from before the first edit is; `None` when it was only touched.
    pub original: Option<PathBuf>,
}

impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file.display(), self.reason)?;
        match &self.original {
            Some(original) => write!(f, "; its original is kept in {}", original.display()),
            None => Ok(()),
        }
    }
}

/// Why a file was left as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeptReason {
    /// The user changed it since; nothing of ours is in it.
    Changed,
    /// The user changed it since, and a stamp of ours is still in it.
    ChangedAroundStamp {
        /// The stamp in it.
        stamp: Stamp,
        /// The sixteen digits that stood there before.
        original_digits: String,
    },
    /// It is gone, and stays so.
    Deleted,
    /// Something else is at its path now: a folder, or a link out of the app or to another file.
    Replaced,
    /// The system refused; the next restore tries again.
    Refused {
        /// What the system said.
        message: String,
    },
}

impl KeptReason {
    pub(super) fn changed(entry: &Entry, stamp: Option<Stamp>) -> Self {
        match (stamp, &entry.stamp) {
            (Some(stamp), Some(record)) => Self::ChangedAroundStamp {
                stamp,
                original_digits: record.original.clone(),
            },
            _ => Self::Changed,
        }
    }
}

impl fmt::Display for KeptReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed => write!(f, "you changed it since, left as it is"),
            Self::ChangedAroundStamp {
                stamp,
                original_digits,
            } => write!(
                f,
                "you changed it since, left as it is; {stamp} is still in it, its digits were {original_digits}"
            ),
            Self::Deleted => write!(f, "you deleted it, not made again"),
            Self::Replaced => write!(f, "something else is in its place, left as it is"),
            Self::Refused { message } => {
                write!(
                    f,
                    "cannot be put back now ({message}), the next restore tries again"
                )
            }
        }
    }
}

/// What restore is about to write, for a watcher that shall keep quiet about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announced {
    /// The file, relative to the app.
    pub file: PathBuf,
    /// The content it will have.
    pub content: ContentDigest,
    /// The modification time it will have.
    pub modified: SystemTime,
}

enum Outcome {
    Restored,
    Intact,
    Left(KeptReason),
}

impl SourceEdits {
    /// Puts every edited and touched file back. Again and again without harm.
    ///
    /// A file that the user changed is left and reported once, and its original stays in the
    /// journal's folder `kept`.
    ///
    /// # Errors
    /// When the journal itself cannot be written; files are then put back again the next time.
    pub fn restore(&mut self) -> Result<RestoreReport, SourceError> {
        self.restore_announcing(|_| {})
    }

    /// Like [`restore`](Self::restore), and tells of every file just before it is written.
    ///
    /// # Errors
    /// As for [`restore`](Self::restore).
    pub fn restore_announcing(
        &mut self,
        mut announce: impl FnMut(&Announced),
    ) -> Result<RestoreReport, SourceError> {
        let mut report = RestoreReport::default();
        for (name, entry) in self.journal.entries.clone() {
            let reason = match self.put_back(&name, &entry, &mut announce) {
                Ok(Outcome::Left(reason)) => reason,
                Ok(Outcome::Restored) => {
                    report.restored.push(PathBuf::from(&name));
                    self.journal.entries.remove(&name);
                    continue;
                }
                Ok(Outcome::Intact) => {
                    self.journal.entries.remove(&name);
                    continue;
                }
                Err(error) => KeptReason::Refused {
                    message: error.to_string(),
                },
            };
            let original = self.journal.set_aside(&name)?;
            if !matches!(reason, KeptReason::Refused { .. }) {
                self.journal.entries.remove(&name);
            }
            report.kept.push(Kept {
                file: name.into(),
                reason,
                original,
            });
        }
        self.journal.save()?;
        self.journal.sweep();
        Ok(report)
    }

    fn put_back(
        &self,
        name: &str,
        entry: &Entry,
        announce: &mut impl FnMut(&Announced),
    ) -> Result<Outcome, SourceError> {
        let located = match self.app.locate(Path::new(name)) {
            Ok(located) if located.name == name => located,
            Err(SourceError::Missing { .. }) => return Ok(Outcome::Left(KeptReason::Deleted)),
            Err(SourceError::TooBig { .. }) => return Ok(Outcome::Left(KeptReason::Changed)),
            Err(error @ SourceError::Io { .. }) => return Err(error),
            Ok(_) | Err(_) => return Ok(Outcome::Left(KeptReason::Replaced)),
        };
        let io = super::fault::io_at("put back", &located.absolute);
        put_back_located(&located, entry, announce).map_err(io)
    }
}

/// Content, then the disk's word for it, then the time: until the entry is dropped, a crash
/// between any two of them leaves a file that is still recognised.
fn put_back_located(
    located: &Located,
    entry: &Entry,
    announce: &mut impl FnMut(&Announced),
) -> io::Result<Outcome> {
    let mut source = SourceFile::open(&located.absolute, Access::Times)?;
    let mut judgement = judge(entry, &source.bytes);
    if judgement == Judgement::Ours {
        source = SourceFile::open(&located.absolute, Access::Content)?;
        judgement = judge(entry, &source.bytes);
    }
    let intact = judgement == Judgement::Original && source.modified() == entry.modified;
    match judgement {
        Judgement::Changed(stamp) => {
            return Ok(Outcome::Left(KeptReason::changed(entry, stamp)));
        }
        Judgement::Original if intact => return Ok(Outcome::Intact),
        Judgement::Original | Judgement::Ours => {}
    }
    announce(&Announced {
        file: PathBuf::from(&located.name),
        content: entry.digest,
        modified: entry.modified.time(),
    });
    if let (Judgement::Ours, Some(record)) = (judgement, &entry.stamp) {
        source.overwrite(record.offset, record.original.as_bytes())?;
        source.sync()?;
    }
    source.set_modified(entry.modified.time())?;
    source.sync()?;
    if source.is_still_at(&located.absolute) {
        Ok(Outcome::Restored)
    } else {
        // Saved by renaming in this very moment: what is there now is the user's.
        Ok(Outcome::Left(KeptReason::Changed))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::MetadataExt as _;

    use super::*;

    const SOURCE: &str = "const STAMP: &str = \"imgtui:00000000000000FF\";\n";

    struct Bench {
        state: tempfile::TempDir,
        app: tempfile::TempDir,
    }

    impl Bench {
        fn new() -> Self {
            let (state, app) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
            fs::write(app.path().join("main.rs"), SOURCE).unwrap();
            Self { state, app }
        }

        fn open(&self) -> SourceEdits {
            SourceEdits::open(self.state.path(), self.app.path()).unwrap()
        }

        fn main(&self) -> PathBuf {
            self.app.path().join("main.rs")
        }

        fn looks(&self) -> (Vec<u8>, i64, i64, u32, u64) {
            let metadata = fs::metadata(self.main()).unwrap();
            let time = (metadata.mtime(), metadata.mtime_nsec());
            let bytes = fs::read(self.main()).unwrap();
            (bytes, time.0, time.1, metadata.mode(), metadata.ino())
        }
    }

    const MAIN: &str = "main.rs";

    #[test]
    fn several_edits_and_touches_come_back_to_the_first_original() {
        let bench = Bench::new();
        let before = bench.looks();
        let mut edits = bench.open();
        edits.touch(Path::new(MAIN)).unwrap();
        assert!(bench.looks() > before, "a touch makes the file newer");
        edits.edit(Path::new(MAIN), Stamp(1)).unwrap();
        edits.edit(Path::new(MAIN), Stamp(2)).unwrap();
        edits.touch(Path::new(MAIN)).unwrap();
        drop(edits);

        let mut edits = bench.open();
        let mut announced = Vec::new();
        let report = edits
            .restore_announcing(|coming| announced.push(coming.clone()))
            .unwrap();
        assert_eq!(report.restored, [PathBuf::from(MAIN)]);
        assert!(report.kept.is_empty());
        assert_eq!(bench.looks(), before);
        assert_eq!(announced.len(), 1);
        assert_eq!(announced[0].content, ContentDigest::of(SOURCE.as_bytes()));
        assert_eq!(edits.restore().unwrap(), RestoreReport::default());
    }

    #[test]
    fn what_the_user_wrote_stays_and_the_original_can_be_had() {
        let bench = Bench::new();
        let mut edits = bench.open();
        edits.edit(Path::new(MAIN), Stamp(1)).unwrap();
        let users = fs::read_to_string(bench.main()).unwrap() + "// mine\n";
        fs::write(bench.main(), &users).unwrap();
        let report = edits.restore().unwrap();
        assert!(report.restored.is_empty());
        assert_eq!(fs::read_to_string(bench.main()).unwrap(), users);
        let kept = &report.kept[0];
        let reason = KeptReason::ChangedAroundStamp {
            stamp: Stamp(1),
            original_digits: "00000000000000FF".into(),
        };
        assert_eq!(kept.reason, reason);
        let original = kept.original.as_ref().unwrap();
        assert_eq!(fs::read_to_string(original).unwrap(), SOURCE);
        assert!(kept.to_string().contains("imgtui:0000000000000001"));
        assert_eq!(edits.restore().unwrap(), RestoreReport::default());
        assert!(original.exists(), "it stays after the report");
    }

    #[test]
    fn an_edit_of_what_the_user_changed_comes_back_to_the_users_version() {
        let bench = Bench::new();
        let mut edits = bench.open();
        edits.edit(Path::new(MAIN), Stamp(1)).unwrap();
        fs::write(bench.main(), SOURCE.to_owned() + "// mine\n").unwrap();
        let users = bench.looks();
        let report = edits.edit(Path::new(MAIN), Stamp(2)).unwrap();
        assert_eq!(report.kept.unwrap().reason, KeptReason::Changed);
        assert_eq!(edits.restore().unwrap().restored.len(), 1);
        assert_eq!(bench.looks(), users);
    }

    #[test]
    fn a_deleted_file_stays_deleted_and_a_link_out_is_not_followed() {
        let bench = Bench::new();
        let mut edits = bench.open();
        edits.edit(Path::new(MAIN), Stamp(1)).unwrap();
        let ours = fs::read(bench.main()).unwrap();
        fs::remove_file(bench.main()).unwrap();
        let report = edits.restore().unwrap();
        assert_eq!(report.kept[0].reason, KeptReason::Deleted);
        assert!(!bench.main().exists());

        fs::write(bench.main(), SOURCE).unwrap();
        edits.edit(Path::new(MAIN), Stamp(1)).unwrap();
        let outside = bench.state.path().join("outside.rs");
        fs::write(&outside, &ours).unwrap();
        fs::remove_file(bench.main()).unwrap();
        std::os::unix::fs::symlink(&outside, bench.main()).unwrap();
        let report = edits.restore().unwrap();
        assert_eq!(report.kept[0].reason, KeptReason::Replaced);
        assert_eq!(fs::read(&outside).unwrap(), ours);
    }

    #[test]
    fn a_lost_backup_does_not_stop_a_restore() {
        let bench = Bench::new();
        let before = bench.looks();
        let mut edits = bench.open();
        edits.edit(Path::new(MAIN), Stamp(1)).unwrap();
        let folder = fs::read_dir(bench.state.path())
            .unwrap()
            .next()
            .unwrap()
            .unwrap();
        fs::remove_dir_all(folder.path().join("originals")).unwrap();
        assert_eq!(edits.restore().unwrap().restored.len(), 1);
        assert_eq!(bench.looks(), before);
    }
}
