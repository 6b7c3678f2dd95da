//! Why there is no app.

use std::{io, path::PathBuf};

/// Why there is no app.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// No manifest, or one that cannot be read.
    #[error("{}: cannot be read ({source}); give the folder of a Rust package with `--app DIR`", path.display())]
    Unreadable {
        /// The manifest.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The manifest or `imgtui.toml` is not TOML, or says what cannot be.
    #[error("{}:{line}: {message}", path.display())]
    Fault {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// cargo could not make sense of the folder.
    #[error("{}: cargo cannot read the package: {reason}", path.display())]
    Cargo {
        /// The manifest.
        path: PathBuf,
        /// cargo's words.
        reason: String,
    },
    /// A workspace that cannot be read without cargo.
    #[error("{}: a workspace without a package, and {reason}; give the folder of one package with `--app DIR`{}", path.display(), members_hint(members))]
    VirtualWorkspace {
        /// The manifest.
        path: PathBuf,
        /// Its members as written.
        members: Vec<String>,
        /// Why cargo was not asked.
        reason: String,
    },
    /// A library.
    #[error("{}: {} has no program to put into an image; add `src/main.rs` or a `[[bin]]`", path.display(), owner(name.as_deref()))]
    NoProgram {
        /// The manifest.
        path: PathBuf,
        /// The package; `None` for a whole workspace.
        name: Option<String>,
    },
}

fn members_hint(members: &[String]) -> String {
    if members.is_empty() {
        String::new()
    } else {
        format!("; its members: {}", members.join(", "))
    }
}

fn owner(package: Option<&str>) -> String {
    package.map_or_else(
        || "the workspace".to_owned(),
        |name| format!("package `{name}`"),
    )
}
