//! The context: which files of the app are sent to the engine, and how they become one tar.
//!
//! [`walk::walk`] lists the app under the rules of its ignore file, as docker would. A
//! [`layout::Layout`] says what a build lays over that: a strategy's files, an edit that is on
//! no disk, and the Dockerfile, which `COPY . .` does not see. [`tar::write_tar`] writes both as
//! one tar that is the same for the same input, a chunk at a time; [`stream::stream_tar`] does so
//! beside an upload.
//! [`staging::stage`] lays the same out as a folder, for what is built on this machine.
//! [`manifest::manifest`] says what would be sent without sending it, file by file.
//!
//! Build engines differ in whether they apply ignore files themselves (docker's API does not,
//! podman's does), so the filter is ours and runs first.

mod app_file;
pub mod error;
pub mod glob;
pub mod ignore_file;
pub mod layout;
pub mod listing;
pub mod manifest;
mod parallel;
pub mod staging;
pub mod status;
pub mod stream;
pub mod tar;
#[cfg(test)]
pub(crate) mod test_folder;
pub mod walk;

pub use error::ContextError;
pub use layout::{DOCKERFILE_NAME, DockerfilePlace, Layout, VirtualEdit};
pub use listing::{Context, Entry, EntryKind, Ignored, Skipped};
pub use manifest::{Index, lay_over, manifest, manifest_of_app, refresh, with_own_files};
pub use staging::stage;
pub use status::FileVersion;
pub use stream::{Sending, Upload, stream_tar};
pub use tar::{Sent, write_tar};
pub use walk::{IGNORE_FILES, IgnoreRules, load_ignore_file, walk};
