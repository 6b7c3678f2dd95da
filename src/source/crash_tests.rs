//! A crash after every single step that changes the disk; nothing may be lost at any of them.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use super::SourceEdits;
use super::disk::crash;
use crate::domain::edit::Stamp;

const MAIN: &str = "main.rs";
const SOURCE: &str = "const STAMP: &str = \"imgtui:00000000000000FF\";\n";

fn time(metadata: &Metadata) -> (i64, i64) {
    (metadata.mtime(), metadata.mtime_nsec())
}

fn session(state: &Path, app: &Path) {
    let mut edits = SourceEdits::open(state, app).unwrap();
    edits.restore().unwrap();
    edits.touch(Path::new(MAIN)).unwrap();
    edits.edit(Path::new(MAIN), Stamp(1)).unwrap();
    edits.edit(Path::new(MAIN), Stamp(2)).unwrap();
    edits.restore().unwrap();
}

#[test]
fn a_crash_at_any_step_loses_nothing() {
    let mut steps = 0;
    loop {
        let (state, app) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let main = app.path().join(MAIN);
        fs::write(&main, SOURCE).unwrap();
        let before = time(&fs::metadata(&main).unwrap());

        crash::after(Some(steps));
        let ended = catch_unwind(AssertUnwindSafe(|| session(state.path(), app.path())));
        // The next start may crash as well; the one after it does not.
        crash::after(Some(steps % 7));
        drop(catch_unwind(AssertUnwindSafe(|| {
            SourceEdits::open(state.path(), app.path())
                .unwrap()
                .restore()
                .unwrap();
        })));
        crash::after(None);
        let mut edits = SourceEdits::open(state.path(), app.path()).unwrap();
        let report = edits.restore().unwrap();

        assert!(report.kept.is_empty(), "step {steps}: {report:?}");
        assert_eq!(fs::read_to_string(&main).unwrap(), SOURCE, "step {steps}");
        assert_eq!(time(&fs::metadata(&main).unwrap()), before, "step {steps}");
        assert!(edits.pending().is_empty());
        match ended {
            Ok(()) => break,
            Err(reason) => assert!(reason.is::<crash::Crash>(), "step {steps} failed"),
        }
        steps += 1;
    }
    assert!(steps >= 20, "only {steps} steps could crash");
}
