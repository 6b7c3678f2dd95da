//! The index, in memory and as a file.

use std::{
    fs,
    time::{Duration, UNIX_EPOCH},
};

use proptest::prelude::*;

use super::{stored, *};
use crate::context::status::Moment;

fn version(seconds: i64) -> FileVersion {
    let moment = Moment {
        seconds,
        nanoseconds: 5,
    };
    FileVersion {
        bytes: 3,
        modified: moment,
        changed: moment,
        inode: 4,
        device: 5,
    }
}

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

fn index(count: u64) -> Index {
    let mut index = Index::default();
    for number in 0..count {
        let content = ContentDigest::of(&number.to_le_bytes());
        index.keep(
            Path::new(&format!("d/{number}")),
            version(10),
            content,
            at(100),
        );
    }
    index
}

#[test]
fn only_the_version_that_was_read_is_known() {
    let mut index = Index::default();
    let (path, content) = (Path::new("a"), ContentDigest::of(b"a"));
    index.keep(path, version(10), content, at(100));
    assert_eq!(index.find(path, &version(10)), Some(content));
    assert_eq!(index.find(Path::new("b"), &version(10)), None);
    let same = version(10);
    let others = [
        FileVersion { bytes: 4, ..same },
        FileVersion { inode: 5, ..same },
        FileVersion { device: 6, ..same },
        FileVersion {
            modified: version(11).modified,
            ..same
        },
        FileVersion {
            changed: version(11).changed,
            ..same
        },
        FileVersion {
            changed: Moment {
                nanoseconds: 6,
                ..same.changed
            },
            ..same
        },
    ];
    for other in others {
        assert_eq!(index.find(path, &other), None);
    }
}

#[test]
fn a_file_that_was_not_quiet_is_not_kept() {
    let mut index = Index::default();
    let (path, content) = (Path::new("a"), ContentDigest::of(b"a"));
    index.keep(path, version(10), content, at(13));
    assert_eq!(index.len(), 1);
    // Changed less than two seconds before, at the moment itself, and in the future.
    for seconds in [11, 13, 14, 1000] {
        index.keep(path, version(seconds), content, at(13));
        assert_eq!(index.find(path, &version(seconds)), None);
    }
    assert!(index.is_empty(), "the old entry is of no use either");
    let touched_back = FileVersion {
        modified: version(1).modified,
        ..version(12)
    };
    index.keep(path, touched_back, content, at(13));
    assert!(index.is_empty(), "the time of change counts as well");
}

#[test]
fn a_saved_index_comes_back_and_a_damaged_one_is_empty() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("index");
    assert!(Index::load(&file).is_empty());
    let mut saved = index(20);
    saved.save(&file).unwrap();
    let mut loaded = Index::load(&file);
    assert_eq!(loaded.len(), 20);
    for number in 0..20 {
        let path = format!("d/{number}");
        let (one, two) = (
            saved.find(Path::new(&path), &version(10)),
            loaded.find(Path::new(&path), &version(10)),
        );
        assert!(one.is_some() && one == two);
    }
    assert_eq!(loaded, saved);
    let bytes = fs::read(&file).unwrap();
    for place in (0..bytes.len()).step_by(7) {
        let mut damaged = bytes.clone();
        damaged[place] ^= 1;
        assert_eq!(stored::decode(&damaged), None, "byte {place}");
        assert_eq!(stored::decode(&bytes[..place]), None);
    }
    fs::write(&file, &bytes[1..]).unwrap();
    assert!(Index::load(&file).is_empty());
    assert!(Index::load(folder.path()).is_empty());
    let nowhere = folder.path().join("not/there");
    assert!(saved.save(&nowhere).is_err());
    // Nothing is left lying about.
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn entries_that_nobody_needs_leave_once_they_are_the_most() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("index");
    index(10).save(&file).unwrap();
    let after_meeting = |count: u64| {
        let mut index = Index::load(&file);
        for number in 0..count {
            index.find(Path::new(&format!("d/{number}")), &version(10));
        }
        let other = folder.path().join("other");
        index.save(&other).unwrap();
        Index::load(&other).len()
    };
    assert_eq!((after_meeting(5), after_meeting(4)), (10, 4));
}

proptest! {
    #[test]
    fn no_bytes_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..200), right in any::<bool>()) {
        if right {
            let count = bytes.first().copied().unwrap_or(0);
            bytes.splice(..0, [b"imgtui\0i".as_slice(), &[1, count, 0, 0, 0, 0, 0, 0, 0]].concat());
            let check = ContentDigest::of(&bytes);
            bytes.extend(check.as_bytes());
        }
        if let Some(index) = stored::decode(&bytes) {
            prop_assert!(index.len() <= bytes.len());
        }
    }
}
