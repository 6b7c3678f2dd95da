//! Tars read back.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    fs::{self, File},
    io::Read as _,
    os::unix::fs::symlink,
    path::PathBuf,
};

use proptest::prelude::*;
use tar::Archive;

use super::*;
use crate::context::{
    DockerfilePlace,
    layout::VirtualEdit,
    walk::{IgnoreRules, walk},
};

fn outside() -> Layout {
    Layout {
        place: DockerfilePlace::Outside,
        ..Layout::default()
    }
}

fn app(files: &[(&str, &[u8])]) -> (tempfile::TempDir, Context) {
    let folder = tempfile::tempdir().unwrap();
    for (path, bytes) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    let context = walk(folder.path(), &IgnoreRules::App).unwrap();
    (folder, context)
}

/// Path → kind, content, mode, time.
type ReadBack = Vec<(PathBuf, EntryType, Vec<u8>, u32, u64)>;

fn read(tar: &[u8]) -> ReadBack {
    let mut archive = Archive::new(tar);
    let entries = archive.entries().unwrap().map(|entry| {
        let mut entry = entry.unwrap();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        let header = entry.header();
        assert_eq!((header.uid().unwrap(), header.gid().unwrap()), (0, 0));
        (
            entry.path().unwrap().into_owned(),
            header.entry_type(),
            bytes,
            header.mode().unwrap(),
            header.mtime().unwrap(),
        )
    });
    entries.collect()
}

fn tar_of(context: &Context, layout: &Layout) -> (Sent, Vec<u8>) {
    let mut tar = Vec::new();
    let sent = write_tar(context, layout, &mut tar).unwrap();
    (sent, tar)
}

#[test]
fn the_dockerfile_comes_first_with_the_file_that_hides_it() {
    let (_app, context) = app(&[("a.txt", b"hello"), ("Dockerfile", b"FROM x")]);
    let layout = Layout {
        dockerfile: "FROM scratch\n".into(),
        ..Layout::default()
    };
    let (sent, tar) = tar_of(&context, &layout);
    let names: Vec<String> = read(&tar)
        .iter()
        .map(|one| one.0.display().to_string())
        .collect();
    assert_eq!(
        names,
        [".dockerignore", ".imgtui.Dockerfile", "Dockerfile", "a.txt"]
    );
    assert_eq!(read(&tar)[0].2, b".imgtui.Dockerfile\n.dockerignore\n");
    assert_eq!(read(&tar)[1].2, b"FROM scratch\n");
    assert_eq!(
        sent,
        Sent {
            files: 2,
            bytes: Bytes(11)
        }
    );
    assert_eq!(tar.len() % 512, 0);
    assert_eq!(
        tar_of(&context, &layout).1,
        tar,
        "the same input gives the same bytes"
    );
}

#[test]
fn overlay_and_edit_are_laid_over_with_a_fresh_time() {
    let (_app, context) = app(&[
        ("src/main.rs", b"old"),
        ("src/lib.rs", b"kept"),
        ("Cargo.toml", b"app's"),
    ]);
    let mut layout = outside();
    layout.fresh_s = 4_000_000_000;
    layout.overlay = BTreeMap::from([
        ("Cargo.toml".into(), b"ours".to_vec()),
        (".cargo/config.toml".into(), b"[build]".to_vec()),
    ]);
    layout.edit = Some(VirtualEdit {
        path: "src/main.rs".into(),
        bytes: b"new".to_vec(),
    });
    let (sent, tar) = tar_of(&context, &layout);
    let read = read(&tar);
    let shown: Vec<(&str, &[u8], bool)> = read
        .iter()
        .map(|(path, _, bytes, _, mtime)| {
            (
                path.to_str().unwrap(),
                bytes.as_slice(),
                *mtime == 4_000_000_000,
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            (".cargo/", &b""[..], true),
            (".cargo/config.toml", b"[build]", true),
            ("Cargo.toml", b"ours", true),
            ("src/", b"", false),
            ("src/lib.rs", b"kept", false),
            ("src/main.rs", b"new", true),
        ]
    );
    assert_eq!(
        sent,
        Sent {
            files: 4,
            bytes: Bytes(18)
        }
    );
}

#[test]
fn what_has_no_place_is_refused() {
    let (app, _) = app(&[("file", b""), ("folder/x", b"")]);
    symlink("folder", app.path().join("link")).unwrap();
    let context = walk(app.path(), &IgnoreRules::App).unwrap();
    for path in [
        "",
        "/etc/passwd",
        "../x",
        "a/../../x",
        "./a",
        "a//b",
        "a/",
        "file/x",
        "folder",
        "link/x",
        ".dockerignore",
        ".imgtui.Dockerfile",
        "a\0b",
    ] {
        let mut layout = outside();
        layout.overlay.insert(path.into(), Vec::new());
        let error = write_tar(&context, &layout, Vec::new()).unwrap_err();
        assert!(
            matches!(error, ContextError::Overlay { .. }),
            "{path}: {error}"
        );
    }
    for path in ["nothing", "folder", "link"] {
        let mut layout = outside();
        layout.edit = Some(VirtualEdit {
            path: path.into(),
            bytes: Vec::new(),
        });
        let error = write_tar(&context, &layout, Vec::new()).unwrap_err();
        assert!(
            matches!(error, ContextError::EditNotSent { .. }),
            "{path}: {error}"
        );
    }
}

#[test]
fn long_names_and_links_survive_unchanged() {
    let long = format!("{}/{}", "d".repeat(120), "f".repeat(200));
    let (app, _) = app(&[(&long, b"x"), (&"e".repeat(100), b"y")]);
    let target = format!("./a//{}/../z/", "t".repeat(150));
    symlink(&target, app.path().join("link")).unwrap();
    symlink("/abs/../x", app.path().join("link2")).unwrap();
    let context = walk(app.path(), &IgnoreRules::App).unwrap();
    let (_, tar) = tar_of(&context, &outside());
    assert!(
        read(&tar)
            .iter()
            .any(|one| one.0 == Path::new(&long) && one.2 == b"x")
    );
    assert!(
        read(&tar)
            .iter()
            .any(|one| one.0 == Path::new(&"e".repeat(100)) && one.2 == b"y")
    );
    let mut archive = Archive::new(tar.as_slice());
    let links: Vec<Vec<u8>> = archive
        .entries()
        .unwrap()
        .filter_map(|entry| entry.unwrap().link_name_bytes().map(Cow::into_owned))
        .collect();
    assert_eq!(links, [target.as_bytes(), b"/abs/../x"]);
}

#[test]
fn a_file_larger_than_a_chunk_arrives_whole() {
    let large: Vec<u8> = (0..CHUNK * 3 + 7)
        .map(|n| u8::try_from(n % 251).unwrap())
        .collect();
    let (_app, context) = app(&[("large", &large)]);
    let (_, tar) = tar_of(&context, &outside());
    assert!(read(&tar)[0].2 == large);
}

/// Does something to the app once the first bytes of the tar are written.
struct Meddler<F: FnMut()> {
    meddle: F,
    written: usize,
}

impl<F: FnMut()> Write for Meddler<F> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (self.meddle)();
        self.written += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Something that another process does to a file.
type Change = Box<dyn Fn(&Path)>;

#[test]
fn a_file_that_changes_meanwhile_is_an_error_and_not_a_wrong_tar() {
    let write = |bytes: Vec<u8>| move |path: &Path| fs::write(path, &bytes).unwrap();
    let touch = |path: &Path| {
        let file = File::options().write(true).open(path).unwrap();
        file.set_modified(std::time::UNIX_EPOCH).unwrap();
    };
    let changes: [(&str, Change); 4] = [
        ("shrinks", Box::new(write(vec![1]))),
        ("grows", Box::new(write(vec![1; CHUNK * 5]))),
        ("same length", Box::new(write(vec![2; CHUNK * 3]))),
        ("touched", Box::new(touch)),
    ];
    for (name, change) in changes {
        let (app, context) = app(&[("file", &vec![0; CHUNK * 3])]);
        let path = app.path().join("file");
        let mut out = Meddler {
            meddle: || change(&path),
            written: 0,
        };
        let error = write_tar(&context, &outside(), &mut out).unwrap_err();
        assert!(
            matches!(&error, ContextError::Changed { path: told } if *told == path),
            "{name}: {error}"
        );
    }
}

#[test]
fn a_file_that_is_gone_or_became_a_link_or_pipe_is_an_error() {
    let (app, context) = app(&[("file", b"x")]);
    let path = app.path().join("file");
    fs::remove_file(&path).unwrap();
    let gone = write_tar(&context, &outside(), Vec::new()).unwrap_err();
    assert!(matches!(gone, ContextError::Changed { .. }), "{gone}");
    symlink("/etc/passwd", &path).unwrap();
    let link = write_tar(&context, &outside(), Vec::new()).unwrap_err();
    assert!(matches!(link, ContextError::Changed { .. }), "{link}");
    fs::remove_file(&path).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, &path, rustix::fs::Mode::RUSR).unwrap();
    let pipe = write_tar(&context, &outside(), Vec::new()).unwrap_err();
    assert!(matches!(pipe, ContextError::Changed { .. }), "{pipe}");
}

#[test]
fn a_file_edited_between_walk_and_tar_is_sent_as_it_is_now() {
    let (app, context) = app(&[("file", b"old")]);
    fs::write(app.path().join("file"), b"newer").unwrap();
    let (sent, tar) = tar_of(&context, &outside());
    assert_eq!(read(&tar)[0].2, b"newer");
    assert_eq!(sent.bytes, Bytes(5));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn what_goes_in_comes_out(files in proptest::collection::btree_map("[a-c]{1,2}/[a-c.-]{1,120}[a-c]",
                                                                       proptest::collection::vec(any::<u8>(), 0..1100), 0..8)) {
        let layout = Layout { overlay: files.clone(), ..outside() };
        let (_app, context) = app(&[]);
        let (sent, tar) = tar_of(&context, &layout);
        let back: BTreeMap<String, Vec<u8>> = read(&tar)
            .into_iter()
            .filter(|one| one.1 == EntryType::Regular)
            .map(|one| (one.0.to_str().unwrap().to_owned(), one.2))
            .collect();
        prop_assert_eq!(sent.files, files.len() as u64);
        prop_assert_eq!(back, files);
    }
}
