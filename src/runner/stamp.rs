//! The stamp that a build carries: which source an image must prove to be built from.
//!
//! Sources that hold a stamp are sent as they are. Where none does, one is put into the program's
//! `fn main` in the context alone, zero for a build without an edit: the disk is not touched, and
//! an edit changes as many bytes of an app that knows nothing of imgtui as of one that does.

use std::{
    collections::BTreeMap,
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use crate::{
    catalog::app::App,
    context::{Context, EntryKind, VirtualEdit},
    domain::{
        edit::{EditKind, Stamp, StampPlace, find_stamp, replace_stamp},
        event::Trigger,
        insert::insert_stamp,
    },
};

/// Larger sources are passed over when a stamp is looked for.
const SOURCE_LIMIT: u64 = 1 << 20;

/// What is changed in the sources for one build, in the context alone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Change {
    /// Nothing.
    #[default]
    Nothing,
    /// A new modification time and the same bytes.
    Touch,
    /// These bytes in the place of the source's stamp.
    Stamp(Stamp),
}

impl Change {
    /// The kind of edit this is.
    #[must_use]
    pub fn kind(self) -> Option<EditKind> {
        match self {
            Self::Nothing => None,
            Self::Touch => Some(EditKind::Touch),
            Self::Stamp(_) => Some(EditKind::Source),
        }
    }
}

/// The sources of one build and the stamp in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamped {
    /// The source that holds the stamp, relative to the app.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: usize,
    /// What stands there when the source is sent.
    pub stamp: Stamp,
    /// The whole source as it is sent.
    pub bytes: Vec<u8>,
    /// Whether these are other bytes than the app and the strategy have.
    pub differs: bool,
    /// Whether the source on the disk has no stamp of its own.
    pub inserted: bool,
}

impl Stamped {
    /// The source laid over the context, with a time of now.
    #[must_use]
    pub fn laid_over(&self) -> VirtualEdit {
        VirtualEdit {
            path: self.file.clone(),
            bytes: self.bytes.clone(),
        }
    }

    /// How a build with this change is told.
    #[must_use]
    pub fn trigger(&self, change: Change) -> Trigger {
        match change.kind() {
            None => Trigger::Asked,
            Some(edit) => Trigger::Edited {
                edit,
                file: self.file.clone(),
                line: Some(self.line),
            },
        }
    }
}

/// Why a build carries no stamp.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoStamp {
    /// The file that was named is not sent.
    #[error(
        "{}: not among the files that are sent, so it cannot be edited; `imgtui context` lists them", .0.display()
    )]
    NotSent(PathBuf),
    /// There is no place for one.
    #[error(
        "no source holds a stamp, and none has a plain `fn main` to put one into: put `const STAMP: &str = \"imgtui:0000000000000000\";` into a source and let the program use it, or name a source with `edit` in imgtui.toml"
    )]
    NoPlace,
}

/// Finds the stamp of these sources, or puts one in, and applies the change. `overlay` holds what
/// a strategy lays over the app; `file` is where the edit shall be, without it the source of the
/// app's settings, else the first with a stamp.
///
/// # Errors
/// When the file is not sent, or there is no place for a stamp.
pub fn stamp(
    context: &Context,
    overlay: &BTreeMap<String, Vec<u8>>,
    app: &App,
    file: Option<&Path>,
    change: Change,
) -> Result<Stamped, NoStamp> {
    let sources = Sources { context, overlay };
    let settings = app.settings.edit.as_ref();
    let given = settings.filter(|edit| edit.is_given());
    if let Some(file) = file.or(given.map(|edit| edit.value.as_path())) {
        let bytes = sources
            .read(file)
            .ok_or_else(|| NoStamp::NotSent(file.to_owned()))?;
        return put(file, bytes, change).ok_or(NoStamp::NoPlace);
    }
    if let Some((file, bytes)) = sources.first_with_stamp() {
        return put(&file, bytes, change).ok_or(NoStamp::NoPlace);
    }
    let guessed = settings.map(|edit| edit.value.as_path());
    let main = [guessed, Some(Path::new("src/main.rs"))];
    let mut places = main.into_iter().flatten();
    places
        .find_map(|file| put(file, sources.read(file)?, change))
        .ok_or(NoStamp::NoPlace)
}

/// The source with its stamp, its own or one that is put in, and the change.
fn put(file: &Path, bytes: Vec<u8>, change: Change) -> Option<Stamped> {
    let own = find_stamp(&bytes);
    let inserted = own.is_none();
    let (bytes, place) = match own {
        Some(place) => (bytes, place),
        None => insert_stamp(&bytes, Stamp(0))?,
    };
    let StampPlace { line, stamp, .. } = place;
    let (bytes, stamp) = match change {
        Change::Stamp(new) => (replace_stamp(&bytes, place, new), new),
        Change::Nothing | Change::Touch => (bytes, stamp),
    };
    Some(Stamped {
        file: file.to_owned(),
        line,
        stamp,
        bytes,
        differs: inserted || matches!(change, Change::Stamp(_)),
        inserted,
    })
}

/// The files of a build: the app's, and a strategy's laid over them.
struct Sources<'a> {
    context: &'a Context,
    overlay: &'a BTreeMap<String, Vec<u8>>,
}

impl Sources<'_> {
    fn read(&self, file: &Path) -> Option<Vec<u8>> {
        if let Some(bytes) = file.to_str().and_then(|path| self.overlay.get(path)) {
            return Some(bytes.clone());
        }
        let is_source =
            |kind: &EntryKind| matches!(kind, EntryKind::File { bytes } if bytes.0 <= SOURCE_LIMIT);
        let mut entries = self.context.entries.iter();
        entries.find(|entry| entry.path == file && is_source(&entry.kind))?;
        let mut bytes = Vec::new();
        let opened = File::open(self.context.root.join(file)).ok()?;
        opened.take(SOURCE_LIMIT).read_to_end(&mut bytes).ok()?;
        Some(bytes)
    }

    /// `src/main.rs` before the rest of `src/`, that before everything else.
    fn first_with_stamp(&self) -> Option<(PathBuf, Vec<u8>)> {
        let sent = self
            .context
            .entries
            .iter()
            .map(|entry| entry.path.as_path());
        let laid_over = self.overlay.keys().map(Path::new);
        let mut sources: Vec<&Path> = sent
            .chain(laid_over)
            .filter(|path| path.extension().is_some_and(|found| found == "rs"))
            .collect();
        sources.sort_by_key(|path| (rank(path), *path));
        sources.dedup();
        sources.into_iter().find_map(|path| {
            let source = self.read(path)?;
            find_stamp(&source)?;
            Some((path.to_owned(), source))
        })
    }
}

fn rank(path: &Path) -> u8 {
    if path == Path::new("src/main.rs") {
        0
    } else if path.starts_with("src") {
        1
    } else {
        2
    }
}

#[cfg(test)]
mod tests;
