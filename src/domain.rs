//! The words of the house as types: strategies, builds, steps, layers, edits.
//!
//! Nothing here does I/O, reads a clock or awaits. Time arrives from outside as a
//! [`Duration`](std::time::Duration) since the start of the build, so that live, replayed and
//! headless results come out of the same fold ([`build::Build::apply`]) and cannot differ.

pub mod archive;
pub mod base;
pub mod bench;
pub mod build;
pub mod chain;
pub mod check;
pub mod crates;
pub mod digest;
pub mod dockerfile;
pub mod edit;
pub mod engines;
pub mod event;
pub mod explain;
pub mod explanation;
pub mod findings;
pub mod footprint;
pub mod foreseen;
pub mod foretold;
pub mod history;
pub mod ids;
pub mod insert;
pub mod machine;
pub mod manifest;
pub mod mounts;
pub mod preflight;
pub mod purpose;
pub mod reason;
pub mod recommend;
pub mod record;
pub mod rules;
pub mod scenario;
pub mod settings;
pub mod shared_cache;
pub mod side_by_side;
pub mod start;
pub mod statistics;
pub mod strategy;
pub mod test_run;
pub mod text;
pub mod timeline;
pub mod verdict;
