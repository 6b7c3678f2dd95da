//! Any edits on disk: a manifest that knows the last one is one that knows nothing.

use std::{
    fs::{self, File},
    os::unix::fs::{PermissionsExt, symlink},
    time::{Duration, UNIX_EPOCH},
};

use proptest::prelude::*;

use super::{tests::later, *};
use crate::context::{IgnoreRules, walk};

#[derive(Debug, Clone)]
enum Op {
    Write(&'static str, u8),
    /// As editors save: a new file in the place of the old one.
    Replace(&'static str, u8),
    Mode(&'static str, u32),
    Touch(&'static str),
    Delete(&'static str),
    Rename(&'static str, &'static str),
    Folder(&'static str),
    Link(&'static str, &'static str),
    HardLink(&'static str, &'static str),
    Ignore(&'static str),
}

const PATHS: [&str; 9] = ["a", "b", "a-b", "d", "d/a", "d/b", "d/e", "d/e/a", "f/a"];
const RULES: [&str; 5] = ["", "b", "d", "d\n!d/e/a", "*\n!a\n!d/*"];

fn op() -> impl Strategy<Value = Op> {
    let path = || prop::sample::select(&PATHS);
    let mode = prop::sample::select(&[0o644, 0o600, 0o755]);
    prop_oneof![
        4 => (path(), 0_u8..3).prop_map(|(path, text)| Op::Write(path, text)),
        2 => (path(), 0_u8..3).prop_map(|(path, text)| Op::Replace(path, text)),
        1 => (path(), mode).prop_map(|(path, mode)| Op::Mode(path, mode)),
        1 => path().prop_map(Op::Touch),
        2 => path().prop_map(Op::Delete),
        2 => (path(), path()).prop_map(|(from, to)| Op::Rename(from, to)),
        1 => path().prop_map(Op::Folder),
        1 => (path(), path()).prop_map(|(path, target)| Op::Link(path, target)),
        1 => (path(), path()).prop_map(|(from, to)| Op::HardLink(from, to)),
        1 => prop::sample::select(&RULES).prop_map(Op::Ignore),
    ]
}

struct Disk {
    app: tempfile::TempDir,
    written: u64,
}

impl Disk {
    fn new() -> Self {
        let app = tempfile::tempdir().unwrap();
        Self { app, written: 0 }
    }

    /// Does it, where it can be done, and says which paths changed.
    fn perform(&mut self, op: &Op) -> Vec<PathBuf> {
        let full = |path: &str| self.app.path().join(path);
        let mut changed = Vec::new();
        // What cannot be done is left.
        match op {
            Op::Write(path, text) => {
                drop(fs::write(full(path), [*text]));
                changed.push(path);
            }
            Op::Replace(path, text) => {
                fs::write(full("staged"), [*text]).unwrap();
                drop(fs::rename(full("staged"), full(path)));
                drop(fs::remove_file(full("staged")));
                changed.push(path);
            }
            Op::Mode(path, mode) => {
                let is_folder = full(path).is_dir();
                let mode = if is_folder { mode | 0o700 } else { *mode };
                let mode = fs::Permissions::from_mode(mode);
                drop(fs::set_permissions(full(path), mode));
                changed.push(path);
            }
            Op::Touch(path) => changed.push(path),
            Op::Delete(path) => {
                drop(fs::remove_file(full(path)));
                drop(fs::remove_dir_all(full(path)));
                changed.push(path);
            }
            Op::Rename(from, to) => {
                drop(fs::rename(full(from), full(to)));
                changed.extend([from, to]);
            }
            Op::Folder(path) => {
                drop(fs::create_dir_all(full(path)));
                changed.push(path);
                let above = ["d", "f", "d/e"].iter();
                changed.extend(above.filter(|above| path.starts_with(*above)));
            }
            Op::Link(path, target) => {
                drop(symlink(target, full(path)));
                changed.push(path);
            }
            Op::HardLink(from, to) => {
                drop(fs::hard_link(full(from), full(to)));
                // What is written through one name changes the other as well.
                changed.extend([from, to]);
            }
            Op::Ignore(text) => {
                fs::write(full(".dockerignore"), text).unwrap();
                changed.push(&".dockerignore");
            }
        }
        let changed: Vec<PathBuf> = changed.into_iter().map(PathBuf::from).collect();
        let changed = self.with_targets(changed);
        self.stamp(&changed);
        changed
    }

    /// Writing to a link changes what it leads to.
    fn with_targets(&self, mut changed: Vec<PathBuf>) -> Vec<PathBuf> {
        let root = self.app.path().canonicalize().unwrap();
        let target = |path: &PathBuf| {
            let target = root.join(path).canonicalize().ok()?;
            Some(target.strip_prefix(&root).ok()?.to_owned())
        };
        let targets: Vec<PathBuf> = changed.iter().filter_map(target).collect();
        changed.extend(targets);
        changed
    }

    /// Gives what changed a time that nothing had before: what the clock of a file system, which
    /// stands still for some milliseconds, would do a little later.
    fn stamp(&mut self, changed: &[PathBuf]) {
        for path in changed {
            self.written += 1;
            let time = UNIX_EPOCH + Duration::from_secs(self.written);
            let path = self.app.path().join(path);
            if fs::symlink_metadata(&path).is_ok_and(|found| found.is_file()) {
                drop(File::open(path).and_then(|file| file.set_modified(time)));
            }
        }
    }

    fn knowing_nothing(&self) -> Manifest {
        let context = walk(self.app.path(), &IgnoreRules::App).unwrap();
        manifest_of_app(&context, &mut Index::default(), later()).unwrap()
    }

    /// Paths that have another name for the same bytes.
    fn twins(&self) -> Vec<PathBuf> {
        use std::os::unix::fs::MetadataExt;
        let is_twin = |path: &&&str| {
            let found = fs::symlink_metadata(self.app.path().join(path));
            found.is_ok_and(|found| found.is_file() && found.nlink() > 1)
        };
        PATHS.iter().filter(is_twin).map(PathBuf::from).collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_known_changes_nothing(ops in prop::collection::vec(op(), 1..20)) {
        let mut disk = Disk::new();
        let saved = tempfile::tempdir().unwrap();
        let file = saved.path().join("index");
        let mut index = Index::default();
        let mut refreshing = Index::default();
        let mut refreshed = disk.knowing_nothing();
        for op in &ops {
            let mut changed = disk.perform(op);
            changed.extend(disk.twins());
            let expected = disk.knowing_nothing();
            let context = walk(disk.app.path(), &IgnoreRules::App).unwrap();
            let in_order = context.entries.is_sorted_by_key(|entry| entry.path.as_os_str().as_bytes());
            prop_assert!(in_order);
            let manifest = manifest_of_app(&context, &mut index, later()).unwrap();
            prop_assert_eq!(&manifest, &expected);
            refreshed = refresh(
                &refreshed,
                disk.app.path(),
                &IgnoreRules::App,
                &changed,
                &mut refreshing,
                later(),
            )
            .unwrap();
            prop_assert_eq!(&refreshed, &expected);
            index.save(&file).unwrap();
            index = Index::load(&file);
        }
    }
}
