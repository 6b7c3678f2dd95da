//! What is in store.

use crate::shapes::tables;

tables!(first second);

/// Bytes of JSON of all that is here.
#[must_use]
pub fn total() -> usize {
    bytes("a name")
}
