//! What was sent to earlier builds, as far as it was kept.

use super::{digest::ContentDigest, manifest::Manifest};

/// Former contexts and contents of files.
pub trait Archive: Send + Sync {
    /// The manifest of this whole digest; `None` where it was not kept.
    fn manifest(&self, whole: &ContentDigest) -> Option<Manifest>;

    /// The bytes of a file; `None` where they were not kept.
    fn content(&self, content: &ContentDigest) -> Option<Vec<u8>>;
}

/// Nothing was kept.
#[derive(Debug, Clone, Copy, Default)]
pub struct Nothing;

impl Archive for Nothing {
    fn manifest(&self, _: &ContentDigest) -> Option<Manifest> {
        None
    }

    fn content(&self, _: &ContentDigest) -> Option<Vec<u8>> {
        None
    }
}
