//! A manifest from its first node to its last.

use std::{collections::btree_map, ffi::OsString, os::unix::ffi::OsStringExt, path::PathBuf};

use super::folder::{Folder, Name, Node};

/// All nodes of a manifest with their full paths; see [`super::Manifest::iter`].
#[derive(Debug, Clone)]
pub struct Nodes<'a> {
    /// The folders that are being listed, the top first, each with the length of its path.
    open: Vec<(usize, btree_map::Iter<'a, Name, Node>)>,
    /// Path of the folder that is listed.
    path: Vec<u8>,
}

impl<'a> Nodes<'a> {
    pub(super) fn of(folder: &'a Folder) -> Self {
        Self {
            open: vec![(0, folder.entries().iter())],
            path: Vec::new(),
        }
    }
}

impl<'a> Iterator for Nodes<'a> {
    type Item = (PathBuf, &'a Node);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (length, entries) = self.open.last_mut()?;
            self.path.truncate(*length);
            let Some((name, node)) = entries.next() else {
                self.open.pop();
                continue;
            };
            enter(&mut self.path, name);
            if let Some(folder) = node.folder() {
                self.open.push((self.path.len(), folder.entries().iter()));
            }
            return Some((path_of(&self.path), node));
        }
    }
}

/// Goes one name deeper.
pub(super) fn enter(path: &mut Vec<u8>, name: &[u8]) {
    if !path.is_empty() {
        path.push(b'/');
    }
    path.extend_from_slice(name);
}

pub(super) fn path_of(bytes: &[u8]) -> PathBuf {
    PathBuf::from(OsString::from_vec(bytes.to_vec()))
}
