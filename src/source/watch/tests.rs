//! With the system's real watcher. That something is *not* reported is shown by a change after
//! it, whose event then is the next one.

use std::fs;
use std::os::unix::fs::{FileExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::mpsc::Receiver;

use super::super::SourceEdits;
use super::{Watch, WatchEvent};
use crate::domain::edit::Stamp;

const SOURCE: &str = "const STAMP: &str = \"imgtui:00000000000000ff\";\n";

struct Bench {
    app: tempfile::TempDir,
    desk: tempfile::TempDir,
    watch: Watch,
    events: Receiver<WatchEvent>,
}

impl Bench {
    fn new() -> Self {
        let app = tempfile::tempdir().unwrap();
        for folder in ["src/bin", "target/debug"] {
            fs::create_dir_all(app.path().join(folder)).unwrap();
        }
        for file in ["src/main.rs", "src/lib.rs", "target/debug/out"] {
            fs::write(app.path().join(file), SOURCE).unwrap();
        }
        let rule = |path: &Path, is_folder: bool| {
            (is_folder && path == Path::new("target")) || path.extension() == Some("log".as_ref())
        };
        let (watch, events) = Watch::start(app.path(), Arc::new(rule)).unwrap();
        let desk = tempfile::tempdir().unwrap();
        Self {
            app,
            desk,
            watch,
            events,
        }
    }

    fn path(&self, file: &str) -> PathBuf {
        self.app.path().join(file)
    }

    /// Written elsewhere and moved in: a slow machine cannot show half of it.
    fn write(&self, file: &str, text: &str) {
        let draft = self.desk.path().join("draft");
        fs::write(&draft, text).unwrap();
        fs::rename(draft, self.path(file)).unwrap();
    }

    fn touch(&self, file: &str) {
        let handle = fs::File::options()
            .write(true)
            .open(self.path(file))
            .unwrap();
        let later = SystemTime::now() + Duration::from_secs(60);
        handle.set_modified(later).unwrap();
    }

    async fn next(&mut self) -> WatchEvent {
        let soon = tokio::time::timeout(Duration::from_secs(30), self.events.recv());
        soon.await.expect("no event came").expect("the watch ended")
    }

    /// The next event that is not about the new time of an edited file, which a slow machine may
    /// show after its content.
    async fn next_after_edit(&mut self) -> WatchEvent {
        let event = self.next().await;
        if event == touched(&["src/main.rs"]) {
            return self.next().await;
        }
        event
    }

    /// The next event must be about the change made now, and nothing before it.
    async fn nothing_until_now(&mut self) {
        self.write("sentinel", &format!("{:?}", SystemTime::now()));
        assert_eq!(self.next().await, changed(&["sentinel"]));
    }
}

fn changed(files: &[&str]) -> WatchEvent {
    WatchEvent::Changed {
        files: files.iter().map(PathBuf::from).collect(),
        total: files.len(),
    }
}

fn touched(files: &[&str]) -> WatchEvent {
    WatchEvent::Touched {
        files: files.iter().map(PathBuf::from).collect(),
        total: files.len(),
    }
}

#[tokio::test]
async fn a_change_a_touch_and_the_same_bytes_are_told_apart() {
    let mut bench = Bench::new();
    bench.write("src/main.rs", "fn main() {}");
    assert_eq!(bench.next().await, changed(&["src/main.rs"]));
    bench.touch("src/lib.rs");
    assert_eq!(bench.next().await, touched(&["src/lib.rs"]));
    bench.write("src/main.rs", "fn main() {}");
    assert_eq!(bench.next().await, touched(&["src/main.rs"]));
    let executable = fs::Permissions::from_mode(0o755);
    fs::set_permissions(bench.path("src/lib.rs"), executable).unwrap();
    assert_eq!(bench.next().await, changed(&["src/lib.rs"]));
    fs::remove_file(bench.path("src/lib.rs")).unwrap();
    assert_eq!(bench.next().await, changed(&["src/lib.rs"]));
}

#[tokio::test]
async fn ignored_files_and_those_of_editors_are_not_reported() {
    let mut bench = Bench::new();
    bench.write("target/debug/out", "new");
    bench.write("build.log", "line");
    bench.write("src/4913", "");
    bench.write("src/.main.rs.swp", "swap");
    bench.write("src/main.rs~", "old");
    fs::create_dir(bench.path("target/new")).unwrap();
    bench.nothing_until_now().await;
}

#[tokio::test]
async fn a_file_written_in_place_is_seen() {
    let mut bench = Bench::new();
    let main = fs::File::options()
        .write(true)
        .open(bench.path("src/main.rs"))
        .unwrap();
    main.write_all_at(b"C", 0).unwrap();
    assert_eq!(bench.next().await, changed(&["src/main.rs"]));
}

#[tokio::test]
async fn saving_by_renaming_is_seen_again_and_again() {
    let mut bench = Bench::new();
    for version in ["1", "2", "3"] {
        bench.write("src/save.tmp", version);
        fs::rename(bench.path("src/save.tmp"), bench.path("src/main.rs")).unwrap();
        assert_eq!(bench.next().await, changed(&["src/main.rs"]));
    }
}

#[tokio::test]
async fn new_renamed_and_removed_folders_are_followed() {
    let mut bench = Bench::new();
    fs::create_dir_all(bench.path("src/a/b")).unwrap();
    bench.write("src/a/b/x.rs", "1");
    assert_eq!(bench.next().await, changed(&["src/a/b/x.rs"]));
    bench.write("src/a/b/x.rs", "2");
    assert_eq!(bench.next().await, changed(&["src/a/b/x.rs"]));
    fs::rename(bench.path("src/a"), bench.path("src/c")).unwrap();
    assert_eq!(
        bench.next().await,
        changed(&["src/a/b/x.rs", "src/c/b/x.rs"])
    );
    bench.write("src/c/b/x.rs", "3");
    assert_eq!(bench.next().await, changed(&["src/c/b/x.rs"]));
    fs::remove_dir_all(bench.path("src/c")).unwrap();
    assert_eq!(bench.next().await, changed(&["src/c/b/x.rs"]));
    fs::create_dir_all(bench.path("src/c/b")).unwrap();
    bench.write("src/c/b/x.rs", "3");
    assert_eq!(bench.next().await, changed(&["src/c/b/x.rs"]));
}

#[tokio::test]
async fn our_edit_is_reported_and_our_restore_is_not() {
    let mut bench = Bench::new();
    let state = tempfile::tempdir().unwrap();
    let mut edits = SourceEdits::open(state.path(), bench.app.path()).unwrap();
    let main = Path::new("src/main.rs");
    edits.edit(main, Stamp(7)).unwrap();
    assert_eq!(bench.next().await, changed(&["src/main.rs"]));
    edits.touch(Path::new("src/lib.rs")).unwrap();
    assert_eq!(bench.next_after_edit().await, touched(&["src/lib.rs"]));

    let quiet = bench.watch.quiet();
    let report = edits
        .restore_announcing(|coming| quiet.expect(coming))
        .unwrap();
    assert_eq!(report.restored.len(), 2);
    bench.nothing_until_now().await;

    // And the watcher is awake again for the same file.
    edits.edit(main, Stamp(7)).unwrap();
    assert_eq!(bench.next().await, changed(&["src/main.rs"]));
    edits.restore().unwrap();
    assert_eq!(bench.next_after_edit().await, changed(&["src/main.rs"]));
}

#[tokio::test]
async fn a_storm_is_a_few_events_that_name_fifty_files() {
    let mut bench = Bench::new();
    fs::create_dir(bench.path("many")).unwrap();
    for number in 0..6000 {
        bench.write(&format!("many/f{number:04}"), "x");
    }
    let (mut seen, mut events) = (0, 0);
    while seen < 6000 {
        match bench.next().await {
            WatchEvent::Changed { files, total } => {
                assert_eq!(files.len(), total.min(50));
                assert!(files.is_sorted());
                seen += total;
                events += 1;
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(seen, 6000);
    assert!(events < 100, "{events} events");
}

#[tokio::test]
async fn the_end_of_the_app_and_the_end_of_the_watch_end_the_events() {
    let mut bench = Bench::new();
    fs::remove_dir_all(bench.app.path()).unwrap();
    loop {
        if let WatchEvent::Failed { message } = bench.next().await {
            assert!(message.contains("is gone"), "{message}");
            break;
        }
    }
    assert_eq!(bench.events.recv().await, None);

    let bench = Bench::new();
    let mut events = bench.events;
    drop(bench.watch);
    let end = tokio::time::timeout(Duration::from_secs(30), events.recv());
    assert_eq!(end.await.expect("the thread goes on"), None);
}
