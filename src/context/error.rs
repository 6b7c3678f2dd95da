//! What can go wrong between the app's folder and the engine.

use std::{io, path::PathBuf};

use super::ignore_file::IgnoreFault;

/// Why there is no context, or why it could not be sent whole.
#[derive(Debug, thiserror::Error)]
pub enum ContextError {
    /// The app's folder is not there, or is a file.
    #[error("{}: not a folder; give the folder that holds the app's Cargo.toml", path.display())]
    NotAFolder {
        /// What was given.
        path: PathBuf,
    },
    /// A file or folder cannot be read.
    #[error("{}: cannot be read ({source}); make it readable, or name it in the ignore file", path.display())]
    Unreadable {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A copy of the context on this machine cannot be written.
    #[error("{}: cannot be written or read ({source}); is there room, and may you write there?", path.display())]
    Unwritable {
        /// Which file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The ignore file is no ignore file.
    #[error("{}: larger than {limit} bytes, which no ignore file is", path.display())]
    IgnoreTooLarge {
        /// Which file.
        path: PathBuf,
        /// Bytes that are read at most.
        limit: u64,
    },
    /// A pattern of the ignore file cannot be read.
    #[error(transparent)]
    Ignore(#[from] IgnoreFault),
    /// A file of the overlay has no place in the context.
    #[error("overlay file `{path}`: {problem}")]
    Overlay {
        /// The path in the context.
        path: String,
        /// Why it has no place.
        problem: &'static str,
    },
    /// The edited file is not sent, so that the edit would change nothing.
    #[error("{}: edited, but not sent to the engine; is it named in the ignore file?", path.display())]
    EditNotSent {
        /// Path in the context.
        path: PathBuf,
    },
    /// A file was written to while it was read. What was sent of it is not used.
    #[error("{}: changed while it was sent; build again", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// Whoever received the context hung up.
    #[error("the context was not read to its end")]
    HungUp,
    /// The context could not be handed on.
    #[error("cannot send the context: {0}")]
    Send(#[source] io::Error),
}
