//! Engine output → [`BuildEvent`](crate::domain::event::BuildEvent)s, Dockerfiles, and the one place
//! where control sequences are taken out of text.
//!
//! Nothing here waits, and what an engine says never fails: an unknown line stays a log line. Only
//! a Dockerfile can be none ([`dockerfile::read()`]).

pub mod buildkit;
pub mod classic;
pub mod dockerfile;
pub mod lines;
pub mod podman;
pub mod steps;
pub mod terminal;
pub mod test_output;
