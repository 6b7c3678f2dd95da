//! imgtui: explore how to build a container image of a Rust program.

pub mod app;
pub mod catalog;
pub mod cli;
pub mod context;
pub mod domain;
pub mod engine;
pub mod headless;
pub mod parse;
pub mod probe;
pub mod report;
pub mod runner;
pub mod setup;
pub mod source;
pub mod store;
pub mod tui;
