//! At the bottom: this needs nothing of ours, and others need it.

/// Tells which source of this module an image was built from: `GET /` answers it.
pub const STAMP: &str = "imgtui:0000000000000000";

/// The name that rows are given.
#[must_use]
pub fn name() -> &'static str {
    STAMP
}
