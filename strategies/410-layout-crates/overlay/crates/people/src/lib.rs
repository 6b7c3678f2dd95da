//! Who works here.

use shapes::tables;

tables!(first second);

/// Bytes of JSON of all that is here.
#[must_use]
pub fn total() -> usize {
    bytes(leaf::name())
}
