//! Engine output → [`BuildEvent`](crate::domain::event::BuildEvent)s, and the one place where
//! control sequences are taken out of text.
//!
//! Nothing here fails and nothing here waits: an unknown line stays a log line.

pub mod buildkit;
pub mod classic;
pub mod dockerfile;
pub mod lines;
pub mod podman;
pub mod terminal;
pub mod test_output;
