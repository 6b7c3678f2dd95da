//! A real process that edits without end, killed for real.

use std::env;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use super::{SourceEdits, SourceError};
use crate::domain::edit::Stamp;

/// Set for the process that is killed: the folder with `state` and `app` in it.
const VARIABLE: &str = "IMGTUI_TEST_EDIT_UNTIL_KILLED";
const FILES: [&str; 2] = ["main.rs", "lib.rs"];

/// Not a test by itself: does nothing unless the test below starts it.
#[test]
fn edit_until_killed() {
    let Some(folder) = env::var_os(VARIABLE).map(PathBuf::from) else {
        return;
    };
    let mut edits = SourceEdits::open(&folder.join("state"), &folder.join("app")).unwrap();
    for stamp in 1.. {
        let file = Path::new(FILES[stamp % 2]);
        edits
            .edit(
                file,
                Stamp(u64::try_from(stamp).unwrap() * 0x1234_5678_9abc),
            )
            .unwrap();
        println!("edited");
        edits.touch(Path::new(FILES[stamp / 2 % 2])).unwrap();
        println!("touched");
        if stamp % 3 == 0 {
            edits.restore().unwrap();
            println!("restored");
        }
    }
}

/// The name by which the test program knows the function above.
fn child_name() -> String {
    let path = concat!(module_path!(), "::edit_until_killed");
    path.split_once("::")
        .map_or(path, |(_, name)| name)
        .to_owned()
}

fn looks(app: &Path) -> Vec<(Vec<u8>, i64, i64, u32)> {
    let look = |file: &&str| {
        let metadata = fs::metadata(app.join(file)).unwrap();
        let bytes = fs::read(app.join(file)).unwrap();
        (
            bytes,
            metadata.mtime(),
            metadata.mtime_nsec(),
            metadata.mode(),
        )
    };
    FILES.iter().map(look).collect()
}

#[test]
fn sources_are_intact_after_each_of_twenty_kills() {
    let folder = tempfile::tempdir().unwrap();
    let (state, app) = (folder.path().join("state"), folder.path().join("app"));
    fs::create_dir(&app).unwrap();
    for file in FILES {
        // The digits cross the end of a page.
        let padding = "/".repeat(4096 - 15);
        fs::write(
            app.join(file),
            format!("{padding}imgtui:00000000000000ff\n"),
        )
        .unwrap();
    }
    let before = looks(&app);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let mut random = u64::from(now.subsec_nanos()) | 1;
    for round in 0..20 {
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--exact", &child_name(), "--nocapture"])
            .env(VARIABLE, folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let first = lines
            .by_ref()
            .map(Result::unwrap)
            .find(|line| line.ends_with("edited"));
        assert!(first.is_some(), "the child never edited");
        let fault = SourceEdits::open(&state, &app).unwrap_err();
        let pid = child.id();
        assert!(
            matches!(fault, SourceError::Busy { pid: Some(p), .. } if p == pid),
            "{fault}"
        );

        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let wait = usize::try_from(random % 40).unwrap();
        assert_eq!(lines.by_ref().take(wait).count(), wait);
        // The child runs on meanwhile: where the kill hits depends on these few turns, too.
        for _ in 0..random % 200_000 {
            std::hint::spin_loop();
        }
        child.kill().unwrap();
        assert_eq!(child.wait().unwrap().signal(), Some(9));

        let report = SourceEdits::open(&state, &app).unwrap().restore().unwrap();
        assert!(report.kept.is_empty(), "round {round}: {report:?}");
        assert_eq!(looks(&app), before, "round {round}");
    }
}
