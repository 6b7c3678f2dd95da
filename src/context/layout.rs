//! What one build lays over the app: a strategy's files, an edit, the Dockerfile.

use std::{
    collections::BTreeMap,
    os::unix::ffi::OsStrExt,
    path::{Component, Path, PathBuf},
};

use super::{
    error::ContextError,
    listing::{Context, Entry, EntryKind},
    walk::is_reserved,
};

/// Name of the Dockerfile in the tar: the `dockerfile` parameter of the engine's build call.
pub const DOCKERFILE_NAME: &str = crate::domain::dockerfile::SENT_NAME;

/// Hides the two files that are ours. Engines that apply ignore files themselves drop both
/// before `COPY` sees anything; nothing else is named, as the app was filtered already.
const HIDING_IGNORE_FILE: &str = ".imgtui.Dockerfile\n.dockerignore\n";

/// Permission bits of both.
pub(super) const OWN_MODE: u32 = 0o644;

/// How the Dockerfile reaches the engine.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DockerfilePlace {
    /// In the tar as [`DOCKERFILE_NAME`], beside an ignore file that hides both.
    #[default]
    Hidden,
    /// Not in the tar: the caller hands it over in another way.
    Outside,
}

/// One file with other bytes than on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VirtualEdit {
    /// Path in the context.
    pub path: PathBuf,
    /// The whole file.
    pub bytes: Vec<u8>,
}

/// What is laid over a [`Context`] for one build.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layout {
    /// Text of the Dockerfile.
    pub dockerfile: String,
    /// How it is handed over.
    pub place: DockerfilePlace,
    /// Files added, or put in the place of the app's: path in the context → content. The
    /// ignore file has no say in them.
    pub overlay: BTreeMap<String, Vec<u8>>,
    /// Wins over the overlay.
    pub edit: Option<VirtualEdit>,
    /// Modification time of overlay and edit, seconds since 1970. Must be later than the last
    /// build's: cargo in a cache mount keeps an old binary when a new source looks old.
    pub fresh_s: u64,
}

impl Layout {
    /// A file's bytes as they are sent over this app, the Dockerfile's too; `None` for what is no
    /// file that is sent, or cannot be read.
    #[must_use]
    pub fn bytes_of(&self, context: &Context, path: &Path) -> Option<Vec<u8>> {
        if let Some((_, text)) = self.own_files().find(|(name, _)| path == Path::new(name)) {
            return Some(text.as_bytes().to_vec());
        }
        match &self.edit {
            Some(edit) if edit.path == path => Some(edit.bytes.clone()),
            _ => context.bytes_of(&self.overlay, path),
        }
    }

    /// The files that are ours: names in the tar and texts, of the year 1970, so that two builds of
    /// the same app are the same bytes.
    pub(super) fn own_files(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let files = [
            (".dockerignore", HIDING_IGNORE_FILE),
            (DOCKERFILE_NAME, self.dockerfile.as_str()),
        ];
        let is_hidden = self.place == DockerfilePlace::Hidden;
        files.into_iter().filter(move |_| is_hidden)
    }
}

/// One entry of the tar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part<'a> {
    pub(super) content: Content<'a>,
    pub(super) mode: u32,
    pub(super) mtime_s: u64,
}

/// Where an entry's content comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Content<'a> {
    /// A file of the app.
    Disk,
    /// A file that is in memory.
    Memory(&'a [u8]),
    /// A folder.
    Folder,
    /// A symbolic link and its target.
    Link(&'a Path),
}

/// Path → entry of the tar, sorted by the bytes of the path.
pub(super) type Parts<'a> = BTreeMap<Vec<u8>, Part<'a>>;

/// Everything that the tar holds except the Dockerfile and its ignore file.
pub(super) fn parts<'a>(
    context: &'a Context,
    layout: &'a Layout,
) -> Result<Parts<'a>, ContextError> {
    let mut parts: Parts<'a> = context.entries.iter().map(part).collect();
    for (path, bytes) in &layout.overlay {
        lay_over(&mut parts, path, bytes, layout.fresh_s).map_err(|problem| {
            ContextError::Overlay {
                path: path.clone(),
                problem,
            }
        })?;
    }
    if let Some(edit) = &layout.edit {
        let edited = parts
            .get_mut(edit.path.as_os_str().as_bytes())
            .filter(|part| matches!(part.content, Content::Disk | Content::Memory(_)))
            .ok_or_else(|| ContextError::EditNotSent {
                path: edit.path.clone(),
            })?;
        edited.content = Content::Memory(&edit.bytes);
        edited.mtime_s = layout.fresh_s;
    }
    Ok(parts)
}

fn part(entry: &Entry) -> (Vec<u8>, Part<'_>) {
    let content = match &entry.kind {
        EntryKind::File { .. } => Content::Disk,
        EntryKind::Folder => Content::Folder,
        EntryKind::Link { target } => Content::Link(target),
    };
    let part = Part {
        content,
        mode: entry.mode,
        mtime_s: entry.mtime_s,
    };
    (entry.path.as_os_str().as_bytes().to_vec(), part)
}

fn lay_over<'a>(
    parts: &mut Parts<'a>,
    path: &str,
    bytes: &'a [u8],
    fresh_s: u64,
) -> Result<(), &'static str> {
    check_overlay_path(path)?;
    for (end, _) in path.match_indices('/') {
        let folder = parts
            .entry(path.as_bytes()[..end].to_vec())
            .or_insert(Part {
                content: Content::Folder,
                mode: 0o755,
                mtime_s: fresh_s,
            });
        if folder.content != Content::Folder {
            return Err("a part of its path is no folder in the app");
        }
    }
    // A script of the app that is replaced stays executable.
    let mode = match parts.get(path.as_bytes()) {
        Some(Part {
            content: Content::Folder,
            ..
        }) => return Err("in the app this is a folder"),
        Some(Part {
            content: Content::Link(_),
            ..
        })
        | None => 0o644,
        Some(file) => file.mode,
    };
    let part = Part {
        content: Content::Memory(bytes),
        mode,
        mtime_s: fresh_s,
    };
    parts.insert(path.as_bytes().to_vec(), part);
    Ok(())
}

/// Whether a path is nothing but names and the `/` between them: the one way to write it.
pub(super) fn is_plain(path: &Path) -> bool {
    let mut names = path.as_os_str().as_bytes().split(|byte| *byte == b'/');
    names.all(|name| !matches!(name, b"" | b"." | b".."))
}

/// Whether a path names a file inside the context and nothing else.
///
/// # Errors
/// What is wrong with it, in words.
pub fn check_overlay_path(path: &str) -> Result<(), &'static str> {
    if path.is_empty() || path.ends_with('/') {
        return Err("the name of a file is missing");
    }
    let parsed = Path::new(path);
    if !parsed
        .components()
        .all(|part| matches!(part, Component::Normal(_)))
    {
        return Err("the path must lead into the app, without `..` and a leading `/`");
    }
    // `a//b` and `a/./b` are the same file under another name.
    if parsed.components().collect::<PathBuf>().as_os_str() != path {
        return Err("write the path without `.` and doubled `/`");
    }
    if path.contains('\0') {
        return Err("no file name can hold a NUL");
    }
    if is_reserved(parsed) {
        return Err("this name is taken by the tar itself");
    }
    Ok(())
}
