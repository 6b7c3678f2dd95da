//! Any sequence of edits, touches, restores, restarts and changes by the user: what the user wrote
//! is never lost, and everything else is as it was.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::SourceEdits;
use crate::domain::edit::Stamp;

const MAIN: &str = "main.rs";

#[derive(Debug, Clone)]
enum Op {
    Edit(u64),
    Touch,
    Restore,
    Reopen,
    /// The user appends a line to what is there.
    Append(u8),
    /// The user writes a version of their own, over the file or by renaming.
    Write(u8, bool),
    Delete,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => any::<u64>().prop_map(Op::Edit),
        2 => Just(Op::Touch),
        2 => Just(Op::Restore),
        2 => Just(Op::Reopen),
        1 => any::<u8>().prop_map(Op::Append),
        1 => (any::<u8>(), any::<bool>()).prop_map(|(n, rename)| Op::Write(n, rename)),
        1 => Just(Op::Delete),
    ]
}

type Looks = Option<(Vec<u8>, i64, i64)>;

struct Bench {
    state: tempfile::TempDir,
    app: tempfile::TempDir,
    edits: Option<SourceEdits>,
    /// What the user last had: what a restore has to bring back.
    users: Looks,
    /// Every text that the user wrote as a whole.
    written: BTreeSet<String>,
    same_bytes_saved: bool,
}

impl Bench {
    fn new() -> Self {
        let (state, app) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let edits = SourceEdits::open(state.path(), app.path()).unwrap();
        let mut bench = Self {
            state,
            app,
            edits: Some(edits),
            users: None,
            written: BTreeSet::new(),
            same_bytes_saved: false,
        };
        bench.write(0, false);
        bench
    }

    fn main(&self) -> PathBuf {
        self.app.path().join(MAIN)
    }

    fn looks(&self) -> Looks {
        let metadata = fs::metadata(self.main()).ok()?;
        let bytes = fs::read(self.main()).ok()?;
        Some((bytes, metadata.mtime(), metadata.mtime_nsec()))
    }

    fn write(&mut self, version: u8, rename: bool) {
        let text = format!("// {version}\nconst S: &str = \"imgtui:00000000000000ff\";\n");
        let to = if rename {
            self.app.path().join("new")
        } else {
            self.main()
        };
        // A file that has the bytes from before an edit again is as good as restored: it may get
        // either time.
        self.same_bytes_saved = !self.written.insert(text.clone());
        fs::write(&to, text).unwrap();
        fs::rename(&to, self.main()).unwrap();
        self.users = self.looks();
    }

    fn perform(&mut self, op: &Op) {
        let main = self.main();
        match op {
            Op::Edit(stamp) => drop(self.open().edit(Path::new(MAIN), Stamp(*stamp))),
            Op::Touch => drop(self.open().touch(Path::new(MAIN))),
            Op::Restore => {
                self.open().restore().unwrap();
                self.check();
            }
            Op::Reopen => {
                self.edits = None;
                self.open();
            }
            Op::Append(line) => {
                if let Ok(text) = fs::read_to_string(&main) {
                    fs::write(&main, text + &format!("// line {line}\n")).unwrap();
                    self.same_bytes_saved = false;
                    self.users = self.looks();
                }
            }
            Op::Write(version, rename) => self.write(*version, *rename),
            Op::Delete => {
                drop(fs::remove_file(&main));
                self.same_bytes_saved = false;
                self.users = None;
            }
        }
    }

    fn open(&mut self) -> &mut SourceEdits {
        let open = || SourceEdits::open(self.state.path(), self.app.path()).unwrap();
        self.edits.get_or_insert_with(open)
    }

    fn check(&self) {
        let (there, users) = (self.looks(), self.users.clone());
        assert_eq!(there.as_ref().map(|l| &l.0), users.as_ref().map(|l| &l.0));
        if !self.same_bytes_saved {
            assert_eq!(there, users);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_users_version_always_comes_back(ops in prop::collection::vec(op(), 1..24)) {
        let mut bench = Bench::new();
        for op in &ops {
            bench.perform(op);
        }
        bench.perform(&Op::Reopen);
        bench.perform(&Op::Restore);
        prop_assert!(bench.open().pending().is_empty());
        prop_assert!(bench.open().restore().unwrap().restored.is_empty());
    }
}
