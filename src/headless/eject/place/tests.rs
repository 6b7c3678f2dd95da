//! All or nothing.

use std::{collections::BTreeMap, os::unix::fs::symlink};

use super::*;

fn files() -> Vec<File> {
    let file = |path: &str, content: &str| File {
        path: path.into(),
        content: content.into(),
    };
    vec![
        file("Dockerfile", "FROM scratch\n"),
        file(".dockerignore", "target\n"),
        file(".github/workflows/image.yml", "name: image\n"),
    ]
}

/// Path → content of everything in a folder; a folder has none.
fn seen(folder: &Path) -> BTreeMap<PathBuf, Option<String>> {
    let mut seen = BTreeMap::new();
    let mut pending = vec![folder.to_path_buf()];
    while let Some(path) = pending.pop() {
        for entry in fs::read_dir(&path).unwrap() {
            let path = entry.unwrap().path();
            let is_folder = fs::symlink_metadata(&path).unwrap().is_dir();
            let content = (!is_folder).then(|| fs::read_to_string(&path).unwrap_or_default());
            if is_folder {
                pending.push(path.clone());
            }
            seen.insert(path.strip_prefix(folder).unwrap().to_owned(), content);
        }
    }
    seen
}

#[test]
fn files_are_written_with_their_folders_and_again_they_are_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("new/place");
    assert!(write(&to, &files(), false).unwrap().is_empty());
    let written = seen(&to);
    assert_eq!(written.len(), 5, "{written:?}");
    for file in files() {
        let content = written[Path::new(&file.path)].clone().unwrap();
        assert_eq!(content.into_bytes(), file.content);
    }
    let mode = fs::metadata(to.join("Dockerfile")).unwrap().permissions();
    assert_eq!(mode.mode() & 0o600, 0o600);
    assert_eq!(mode.mode() & 0o111, 0, "not executable");
    assert_eq!(write(&to, &files(), false).unwrap().len(), 3);
    assert_eq!(seen(&to), written);
}

#[test]
fn a_file_of_the_user_keeps_all_from_being_written() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(".dockerignore"), "mine\n").unwrap();
    let before = seen(folder.path());
    let fault = write(folder.path(), &files(), false).unwrap_err();
    assert!(matches!(&fault, Fault::Taken(paths) if paths.len() == 1));
    let told = fault.to_string();
    assert!(
        told.contains(".dockerignore") && told.contains("--force"),
        "{told}"
    );
    assert_eq!(seen(folder.path()), before);
}

#[test]
fn with_force_it_is_replaced_and_keeps_its_rights() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("Dockerfile");
    fs::write(&path, "FROM mine\n").unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
    write(folder.path(), &files(), true).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "FROM scratch\n");
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
}

#[test]
fn what_is_no_plain_file_is_not_even_replaced_with_force() {
    let folder = tempfile::tempdir().unwrap();
    let outside = tempfile::NamedTempFile::new().unwrap();
    symlink(outside.path(), folder.path().join("Dockerfile")).unwrap();
    fs::create_dir(folder.path().join(".dockerignore")).unwrap();
    let before = seen(folder.path());
    let fault = write(folder.path(), &files(), true).unwrap_err();
    assert!(matches!(&fault, Fault::NoFile(paths) if paths.len() == 2));
    assert_eq!(seen(folder.path()), before);
    assert_eq!(fs::read(outside.path()).unwrap(), b"");
}

/// A file where a folder must be: seen only when the last of them is to be written.
#[test]
fn what_was_written_before_a_fault_is_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("Dockerfile"), "FROM mine\n").unwrap();
    fs::write(folder.path().join(".github"), "no folder\n").unwrap();
    let before = seen(folder.path());
    let fault = write(folder.path(), &files(), true).unwrap_err();
    assert!(fault.to_string().contains("image.yml"), "{fault}");
    assert_eq!(seen(folder.path()), before);
}

/// One that comes between the look and the write; the names are given in order.
#[test]
fn what_has_its_place_is_taken_back_when_a_later_one_cannot_have_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("a"), "mine\n").unwrap();
    let before = seen(folder.path());
    let mut work = Work::default();
    work.stage(&path("a"), b"ours\n").unwrap();
    work.stage(&path("new/b"), b"ours\n").unwrap();
    work.stage(&path("new/c"), b"ours\n").unwrap();
    fs::create_dir(path("new/c")).unwrap();
    work.put(true).unwrap_err();
    assert_eq!(fs::read_to_string(path("new/b")).unwrap(), "ours\n");
    fs::remove_dir(path("new/c")).unwrap();
    work.take_back();
    assert_eq!(seen(folder.path()), before);
}
