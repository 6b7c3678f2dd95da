//! imgtui: explore how to build a container image of a Rust program.
//!
//! # The way of data
//! ```text
//! keys, mouse, resize, time ─┐
//! RunEvent (runner) ─────────┼─► Msg ─► tui::update(State, Msg) ─► Vec<Effect> ─► app::session
//! watcher, checklist ────────┘              └─► tui::view(State)                     │
//!         ▲                                                                          │
//!         └─────────────────────────── Msg ◄─────────────────────────────────────────┘
//!
//! engine bytes ─► parse ─► BuildEvent ─► runner ─► RunEvent ─┬─► tui
//!                                                            ├─► headless ─► report
//!                                                            └─► store (history)
//! ```
//! [`domain::build::Build::apply`] is the only fold of build events: live, replayed and headless
//! results cannot differ.
//!
//! # The rooms
//! | room | holds |
//! | --- | --- |
//! | [`domain`] | strategies, builds, steps, layers, edits, manifests of contexts, records, verdicts, rules of benchmarks, what they recommend, the checklist; no I/O, no clock, no async |
//! | [`catalog`] | reads `strategies/`, every fault with file and line; the app, its workspace and `imgtui.toml`; fits Dockerfiles to it; the embedded sample app |
//! | [`context`] | walks the app, ignore files, tar with edits laid over it, manifest of what it holds |
//! | [`parse`] | engine output → build events; the one function that makes foreign text fit for a terminal |
//! | [`engine`] | the port and its adapters; bollard lives here only |
//! | [`runner`] | one build, performed: bases, context, engine, record |
//! | [`source`] | edits on disk under a journal, restore, the watcher |
//! | [`store`] | the state folder; builds and benchmarks in one `SQLite` file, exports and imports |
//! | [`setup`] | checks and their remedies, packages, a container runtime that works |
//! | [`probe`] | asks a running container over HTTP |
//! | [`report`] | text, pages, pictures and tables from records; maud lives here only |
//! | [`eject`] | one app's Dockerfile, ignore file and workflow, to build without imgtui |
//! | [`tui`] | the screen: state, pure update, view, shell; ratatui and crossterm live here only |
//! | [`headless`] | every command without a screen |
//! | [`app`], [`cli`] | composition root, session behind the screen, command line, exit codes |
//!
//! `tests/tidy.rs` holds who may import whom.

pub mod app;
pub mod catalog;
pub mod cli;
pub mod context;
pub mod domain;
pub mod eject;
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
