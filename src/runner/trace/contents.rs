//! The bytes of what people edit, kept so that a later change can be told line by line.

use std::path::Path;

use crate::{
    context::{Context, Layout},
    domain::{
        digest::ContentDigest,
        dockerfile::SENT_NAME,
        manifest::{Change, ChangeKind, Manifest, What},
    },
};

/// Larger files are not kept.
const CONTENT_LIMIT: u64 = 256 << 10;
/// Not more than so many bytes are kept of one build's changes.
const CONTENTS_LIMIT: u64 = 16 << 20;

/// The bytes of what people edit, of those files that are new or changed.
pub(super) fn contents(
    changed: &[Change],
    manifest: &Manifest,
    context: &Context,
    layout: &Layout,
) -> Vec<(ContentDigest, Vec<u8>)> {
    let mut found = Vec::new();
    let mut total = 0;
    for change in changed {
        let is_new = matches!(
            change.kind,
            ChangeKind::Added | ChangeKind::Content { .. } | ChangeKind::Kind
        );
        let Some(What::File { bytes, content }) = manifest.get(&change.path).map(|node| &node.what)
        else {
            continue;
        };
        if !is_new || bytes.0 > CONTENT_LIMIT || !is_edited_by_people(&change.path) {
            continue;
        }
        total += bytes.0;
        if total > CONTENTS_LIMIT {
            break;
        }
        // It may have changed since it was listed.
        let read = layout.bytes_of(context, &change.path);
        found.extend(
            read.filter(|read| ContentDigest::of(read) == *content)
                .map(|read| (*content, read)),
        );
    }
    found
}

/// Sources, manifests and the Dockerfile. Anything else could be a secret that nobody wants to find in a history.
fn is_edited_by_people(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    let has_ending = |ending: &str| path.extension().is_some_and(|found| found == ending);
    has_ending("rs") || matches!(name, Some("Cargo.toml" | "Cargo.lock" | SENT_NAME))
}
