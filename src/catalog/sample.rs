//! The sample app as the program carries it, for a machine without a checkout.

use std::{fs, io, path::Path};

use include_dir::{Dir, include_dir};

// Not the whole folder: its `target/` would be embedded too.
static SOURCES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/sample-app/src");
static CRATES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/sample-app/crates");
static TESTS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/sample-app/tests");

const FILES: [(&str, &[u8]); 3] = [
    ("Cargo.toml", include_bytes!("../../sample-app/Cargo.toml")),
    ("Cargo.lock", include_bytes!("../../sample-app/Cargo.lock")),
    (
        ".dockerignore",
        include_bytes!("../../sample-app/.dockerignore"),
    ),
];

/// Writes the sample app into a folder. What is there already is left alone: it may have been
/// changed by the user.
///
/// # Errors
/// When a file or folder cannot be written.
pub fn lay_out(folder: &Path) -> io::Result<()> {
    for (name, content) in FILES {
        write_new(&folder.join(name), content)?;
    }
    for (name, dir) in [("src", &SOURCES), ("crates", &CRATES), ("tests", &TESTS)] {
        lay_out_dir(&folder.join(name), dir)?;
    }
    Ok(())
}

fn lay_out_dir(folder: &Path, dir: &Dir<'_>) -> io::Result<()> {
    for file in dir.files() {
        write_new(&folder.join(file.path()), file.contents())?;
    }
    for inner in dir.dirs() {
        lay_out_dir(folder, inner)?;
    }
    Ok(())
}

fn write_new(path: &Path, content: &[u8]) -> io::Result<()> {
    if path.exists() {
        return Ok(());
    }
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(path, content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_app_is_whole_and_changes_of_the_user_stay() {
        let folder = tempfile::tempdir().unwrap();
        let main = folder.path().join("src/main.rs");
        fs::create_dir_all(main.parent().unwrap()).unwrap();
        fs::write(&main, "// mine").unwrap();
        lay_out(folder.path()).unwrap();
        assert_eq!(fs::read_to_string(&main).unwrap(), "// mine");
        for part in [
            "Cargo.lock",
            "crates/greeting/src/lib.rs",
            "tests/routes.rs",
        ] {
            let original = Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("sample-app")
                .join(part);
            let written = fs::read(folder.path().join(part)).unwrap();
            assert_eq!(written, fs::read(original).unwrap(), "{part}");
        }
    }
}
