//! A manifest from a list of nodes.

use std::{collections::HashMap, ffi::OsStr, os::unix::ffi::OsStrExt, path::Path, sync::Arc};

use super::{
    Manifest,
    folder::{Folder, Node, What, is_name},
};

/// The nodes of one folder, the last name first.
type Children<'a> = Vec<(&'a [u8], Node)>;

impl Manifest {
    /// Makes a manifest of nodes in any order; quickest where they are sorted by the bytes of
    /// their path.
    ///
    /// What a folder's node holds already is replaced by the nodes that are listed beneath it, if
    /// there are any. Missing folders are made as [`Self::with`] does. Of two nodes with the same
    /// path the last one counts.
    #[must_use]
    pub fn of<'a>(nodes: impl IntoIterator<Item = (&'a Path, Node)>) -> Self {
        Self::of_like(nodes, &Self::default())
    }

    /// The same, quicker where much of it is as in `like`, whose folders it then shares.
    #[must_use]
    pub fn of_like<'a>(nodes: impl IntoIterator<Item = (&'a Path, Node)>, like: &Self) -> Self {
        let by_bytes = |(path, node): (&'a Path, Node)| (path.as_os_str().as_bytes(), node);
        let mut nodes: Vec<(&[u8], Node)> = nodes.into_iter().map(by_bytes).collect();
        nodes.sort_by_key(|(path, _)| *path);
        let mut beneath = Beneath::default();
        let mut strays = Vec::new();
        // From the last to the first: what is in a folder comes before the folder itself.
        for (path, mut node) in nodes.into_iter().rev() {
            let (above, name) = split(path);
            if !is_name(name) {
                strays.push((path.to_vec(), node));
                continue;
            }
            if let What::Folder(folder) = &mut node.what
                && let Some(children) = beneath.take(path)
            {
                let before = like.get(Path::new(OsStr::from_bytes(path)));
                *folder = folder_of(children, before.and_then(Node::shared_folder));
            }
            beneath.put(above, name, node);
        }
        let top = beneath.take(b"").unwrap_or_default();
        let manifest = Self(folder_of(top, Some(&like.0)));
        // What is beneath a folder that was not among the nodes.
        strays.extend(beneath.folders.into_iter().flat_map(|(above, children)| {
            let full = move |(name, node)| ([above, name].join(&b'/'), node);
            children.into_iter().rev().map(full)
        }));
        // One may be in the way of another: the same nodes make the same manifest.
        strays.sort_by(|(one, _), (other, _)| one.cmp(other));
        strays.into_iter().fold(manifest, |manifest, (path, node)| {
            manifest.with(Path::new(OsStr::from_bytes(&path)), node)
        })
    }
}

/// Path of a folder → what was met in it.
#[derive(Default)]
struct Beneath<'a> {
    folders: HashMap<&'a [u8], Children<'a>>,
    /// The folder that was met last, which is most often the next one too. Not in `folders`.
    last: Option<(&'a [u8], Children<'a>)>,
}

impl<'a> Beneath<'a> {
    fn put(&mut self, folder: &'a [u8], name: &'a [u8], node: Node) {
        match &mut self.last {
            Some((last, children)) if *last == folder => children.push((name, node)),
            _ => {
                let mut children = self.folders.remove(folder).unwrap_or_default();
                children.push((name, node));
                let left = self.last.replace((folder, children));
                self.folders.extend(left);
            }
        }
    }

    fn take(&mut self, folder: &[u8]) -> Option<Children<'a>> {
        match self.last.take() {
            Some((last, children)) if last == folder => Some(children),
            other => {
                self.folders.extend(other);
                self.folders.remove(folder)
            }
        }
    }
}

/// The folder that there was before, where it is still the same: its digests are known.
fn folder_of(children: Children<'_>, before: Option<&Arc<Folder>>) -> Arc<Folder> {
    let listed = || children.iter().rev().map(|(name, node)| (*name, node));
    if let Some(before) = before
        && before.iter().eq(listed())
    {
        return Arc::clone(before);
    }
    let owned = |(name, node): (&[u8], Node)| (name.into(), node);
    Arc::new(Folder::of(children.into_iter().rev().map(owned).collect()))
}

/// The folder that a path is in, and its last name.
fn split(path: &[u8]) -> (&[u8], &[u8]) {
    match path.iter().rposition(|byte| *byte == b'/') {
        Some(at) => (&path[..at], &path[at + 1..]),
        None => (&[], path),
    }
}
