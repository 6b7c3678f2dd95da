//! What would be sent, file by file: the [`Manifest`] of a context.
//!
//! [`manifest`] is what the tar of [`write_tar`](super::write_tar) holds, the Dockerfile and its
//! ignore file left out. It comes in two steps, as many strategies share the first:
//! [`manifest_of_app`] reads what is on disk, and only what its [`Index`] does not know;
//! [`lay_over`] puts one build's files over it, in memory. [`refresh`] is the first step where it
//! is known which paths changed.

mod hash;
pub mod index;
#[cfg(test)]
mod property_tests;
mod refresh;
#[cfg(test)]
mod tests;

use std::{
    ffi::OsStr,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

pub use index::Index;
pub use refresh::refresh;

use self::hash::{Hashed, hash};
use super::{
    error::ContextError,
    layout::{Content, Layout, OWN_MODE, Part, is_plain, parts},
    listing::{Context, Entry, EntryKind},
    parallel,
    status::FileVersion,
    walk::above,
};
use crate::domain::{
    digest::ContentDigest,
    ids::Bytes,
    manifest::{Manifest, Node, What},
};

/// The manifest of `context` with `layout` laid over it.
///
/// `now` is the time at which this is called, or an earlier one; see [`Index`].
///
/// # Errors
/// Those of [`manifest_of_app`] and [`lay_over`].
pub fn manifest(
    context: &Context,
    layout: &Layout,
    index: &mut Index,
    now: SystemTime,
) -> Result<Manifest, ContextError> {
    lay_over(&manifest_of_app(context, index, now)?, layout)
}

/// The manifest with the files that are ours, for an engine that does not hide them from `COPY`.
#[must_use]
pub fn with_own_files(manifest: &Manifest, layout: &Layout) -> Manifest {
    layout
        .own_files()
        .fold(manifest.clone(), |all, (name, text)| {
            let node = Node {
                mode: OWN_MODE,
                mtime_s: 0,
                what: What::File {
                    bytes: Bytes(text.len() as u64),
                    content: ContentDigest::of(text.as_bytes()),
                },
            };
            all.with(Path::new(name), node)
        })
}

/// The manifest of `context` alone. Files that the index does not know are read, a chunk at a
/// time and on all cores.
///
/// A file that changed since the walk is taken as it is now, as the tar takes it.
///
/// # Errors
/// When a file cannot be read, or changes meanwhile.
pub fn manifest_of_app(
    context: &Context,
    index: &mut Index,
    now: SystemTime,
) -> Result<Manifest, ContextError> {
    let mut unknown = Vec::new();
    let mut nodes: Vec<(&Path, Node)> = Vec::with_capacity(context.entries.len());
    let mut in_order = index.in_order();
    for entry in &context.entries {
        match known(entry, |version| in_order.find(&entry.path, version)) {
            Some(node) => nodes.push((&entry.path, node)),
            None => unknown.push(entry.path.as_path()),
        }
    }
    let hashed = parallel::each(&unknown, hash::buffer, |buffer, path| {
        hash(context.root.join(path), buffer)
    })?;
    for (path, hashed) in unknown.into_iter().zip(hashed) {
        nodes.push((path, keep(path, hashed, index, now)));
    }
    let manifest = Manifest::of_like(nodes, index.last());
    index.remember(&manifest);
    Ok(manifest)
}

/// The manifest of an app with `layout` laid over it, as the tar has it. The layout's files have
/// its [`Layout::fresh_s`] as their time, which is another one for each build.
///
/// # Errors
/// When something of the layout has no place.
pub fn lay_over(app: &Manifest, layout: &Layout) -> Result<Manifest, ContextError> {
    // The tar's own rules, asked about as much of the app as they look at.
    let laid: Vec<&Path> = layout
        .overlay
        .keys()
        .map(Path::new)
        .chain(layout.edit.as_ref().map(|edit| edit.path.as_path()))
        .collect();
    let mut context = Context::default();
    for path in &laid {
        let folders = above(path).map(|folder| Path::new(OsStr::from_bytes(folder)));
        let there = folders.chain([*path]).filter_map(|path| entry(app, path));
        context.entries.extend(there);
    }
    let mut manifest = app.clone();
    for (path, part) in parts(&context, layout)? {
        let path = Path::new(OsStr::from_bytes(&path));
        if let Some(node) = new_node(&part, app.get(path)) {
            manifest = manifest.with(path, node);
        }
    }
    Ok(manifest)
}

/// What a part puts in the place of what the app has there; `None` where that stays.
fn new_node(part: &Part<'_>, there: Option<&Node>) -> Option<Node> {
    match part.content {
        Content::Memory(bytes) => Some(Node::file(bytes, part.mode, part.mtime_s)),
        // A folder of the app is nothing new, and has a content.
        Content::Folder if there.is_none() => Some(Node {
            mode: part.mode,
            mtime_s: part.mtime_s,
            what: What::Folder(Arc::default()),
        }),
        Content::Folder | Content::Disk | Content::Link(_) => None,
    }
}

/// A node as the walk would have listed it.
fn entry(app: &Manifest, path: &Path) -> Option<Entry> {
    let node = Some(path).filter(|path| is_plain(path));
    let node = node.and_then(|path| app.get(path))?;
    let kind = match &node.what {
        What::File { bytes, .. } => EntryKind::File { bytes: *bytes },
        What::Folder(_) => EntryKind::Folder,
        What::Link { target } => EntryKind::Link {
            target: target.clone(),
        },
    };
    Some(Entry {
        path: path.to_owned(),
        kind,
        mode: node.mode,
        mtime_s: node.mtime_s,
        version: FileVersion::default(),
    })
}

/// What can be said of an entry without reading it.
fn known(entry: &Entry, find: impl FnOnce(&FileVersion) -> Option<ContentDigest>) -> Option<Node> {
    let what = match &entry.kind {
        EntryKind::File { bytes } => What::File {
            bytes: *bytes,
            content: find(&entry.version)?,
        },
        EntryKind::Folder => What::Folder(Arc::default()),
        EntryKind::Link { target } => What::Link {
            target: PathBuf::clone(target),
        },
    };
    Some(Node {
        mode: entry.mode,
        mtime_s: entry.mtime_s,
        what,
    })
}

/// The node of a file that was read, which the index gets to know.
fn keep(path: &Path, hashed: Hashed, index: &mut Index, now: SystemTime) -> Node {
    if let Some(version) = hashed.version {
        index.keep(path, version, hashed.content, now);
    }
    hashed.node
}
