//! Finds the source that an edit changes.

use std::{
    fs::File,
    io::Read,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

use super::listing::{Context, EntryKind};
use crate::domain::edit::{StampPlace, find_stamp};

const SOURCE_LIMIT: u64 = 1 << 20;

/// The first Rust source in the context that holds a stamp, and where: `src/main.rs` before
/// the rest of `src/`, that before everything else. Files that cannot be read or are larger
/// than 1 MiB are passed over.
#[must_use]
pub fn find_stamped_source(context: &Context) -> Option<(PathBuf, StampPlace)> {
    let mut sources: Vec<&Path> = context
        .entries
        .iter()
        .filter(|entry| matches!(entry.kind, EntryKind::File { bytes } if bytes.0 <= SOURCE_LIMIT))
        .map(|entry| entry.path.as_path())
        .filter(|path| path.extension().is_some_and(|found| found == "rs"))
        .collect();
    sources.sort_by_key(|path| (rank(path), path.as_os_str().as_bytes()));
    sources.into_iter().find_map(|path| {
        let mut source = Vec::new();
        let file = File::open(context.root.join(path)).ok()?;
        file.take(SOURCE_LIMIT).read_to_end(&mut source).ok()?;
        Some((path.to_owned(), find_stamp(&source)?))
    })
}

fn rank(path: &Path) -> u8 {
    if path == Path::new("src/main.rs") {
        0
    } else if path.starts_with("src") {
        1
    } else {
        2
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::{
        context::walk::{IgnoreRules, walk},
        domain::edit::Stamp,
    };

    const STAMPED: &str = "// imgtui:000000000000000a\n";

    fn found(files: &[(&str, &str)]) -> Option<(PathBuf, StampPlace)> {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        find_stamped_source(&walk(folder.path(), &IgnoreRules::App).unwrap())
    }

    #[test]
    fn main_comes_before_the_rest_of_src_and_that_before_all_else() {
        let all = [
            ("build.rs", STAMPED),
            ("src/api.rs", STAMPED),
            ("src/main.rs", STAMPED),
            ("src/z.txt", STAMPED),
        ];
        let name =
            |files: &[(&str, &str)]| found(files).map(|(path, _)| path.display().to_string());
        assert_eq!(name(&all).as_deref(), Some("src/main.rs"));
        assert_eq!(name(&all[..2]).as_deref(), Some("src/api.rs"));
        assert_eq!(name(&all[..1]).as_deref(), Some("build.rs"));
        assert_eq!(name(&all[3..]), None);
        assert_eq!(found(&all).unwrap().1.stamp, Stamp(10));
    }

    #[test]
    fn large_and_ignored_sources_are_passed_over() {
        let large = format!("{STAMPED}{}", " ".repeat(1 << 20));
        assert!(found(&[("src/main.rs", &large)]).is_none());
        assert!(found(&[("src/main.rs", STAMPED), (".dockerignore", "src")]).is_none());
    }
}
