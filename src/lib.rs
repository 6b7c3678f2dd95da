//! imgtui: explore how to build a container image of a Rust program.

pub mod domain;
pub mod engine;
pub mod parse;
