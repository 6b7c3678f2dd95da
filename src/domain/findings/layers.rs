//! Bytes that an image holds and nobody sees: a later layer removes or replaces them.
//!
//! A layer is only ever added to: what a later one deletes is still in the earlier one, and is
//! pushed and pulled with it.

use std::{
    collections::BTreeMap,
    ops::Bound::{Excluded, Unbounded},
};

use super::{
    Avoided, Evidence, Finding, FindingKind, Proof,
    elsewhere::described,
    told::{builds_words, command},
};
use crate::domain::{ids::Bytes, reason::Certainty, text};

/// Less in one layer is not worth a word.
const NOTABLE: Bytes = Bytes(100_000);
/// Files are named up to this many.
const NAMED: usize = 2;

/// The newest image of a strategy, and what is in its layers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The strategy's id.
    pub strategy: String,
    /// The kind of engine that has it.
    pub engine: String,
    /// The build that made it, by its number in the history.
    pub build: i64,
    /// The lowest first.
    pub layers: Vec<OpenedLayer>,
    /// How many of the lowest are those of its base.
    pub of_base: usize,
}

/// One layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenedLayer {
    /// The instruction that made it.
    pub instruction: String,
    /// What is in it, in any order.
    pub entries: Vec<LayerEntry>,
}

/// What a layer does at a path: bytes separated by `/`, without one at either end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LayerEntry {
    /// Puts a file there, or something else that is no folder.
    File {
        /// Where.
        path: Vec<u8>,
        /// Its size; 0 of a link.
        bytes: u64,
    },
    /// Makes a folder, or sets its mode and owner.
    Folder {
        /// Where.
        path: Vec<u8>,
    },
    /// Removes what lower layers have there, and in it (`.wh.NAME`, OCI image specification).
    Removed {
        /// What.
        path: Vec<u8>,
    },
    /// Removes what lower layers have in a folder (`.wh..wh..opq`).
    Emptied {
        /// The folder; empty for the root.
        path: Vec<u8>,
    },
}

/// Bytes of one layer that a later one hides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hidden {
    /// The layer that holds them, by its place.
    pub held_by: usize,
    /// The one that hides them.
    pub hidden_by: usize,
    /// Whether they are removed; else others are in their place.
    pub removed: bool,
    /// How many.
    pub bytes: Bytes,
    /// The files, the largest first.
    pub files: Vec<Lost>,
}

/// A file's path and its size.
type Lost = (Vec<u8>, u64);

/// What is hidden in these layers, the most bytes first.
#[must_use]
pub fn hidden_in(layers: &[OpenedLayer]) -> Vec<Hidden> {
    let mut there: BTreeMap<Vec<u8>, (usize, u64)> = BTreeMap::new();
    let mut found: BTreeMap<(usize, usize, bool), Vec<Lost>> = BTreeMap::new();
    for (number, layer) in layers.iter().enumerate() {
        let mut lose = |path: Vec<u8>, (held_by, bytes): (usize, u64), removed: bool| {
            let files = found.entry((held_by, number, removed)).or_default();
            files.push((path, bytes));
        };
        // What is removed is what lower layers have, wherever it stands in this one.
        for entry in &layer.entries {
            let (path, with_itself) = match entry {
                LayerEntry::Removed { path } => (path, true),
                LayerEntry::Emptied { path } => (path, false),
                LayerEntry::File { .. } | LayerEntry::Folder { .. } => continue,
            };
            for gone in beneath(&there, path, with_itself) {
                if let Some(held) = there.remove(&gone) {
                    lose(gone, held, true);
                }
            }
        }
        for entry in &layer.entries {
            match entry {
                LayerEntry::File { path, bytes } => {
                    for gone in beneath(&there, path, true) {
                        // The same path twice in one layer is the archive's own affair.
                        if let Some(held) = there.remove(&gone).filter(|held| held.0 != number) {
                            lose(gone, held, false);
                        }
                    }
                    there.insert(path.clone(), (number, *bytes));
                }
                LayerEntry::Folder { path } => {
                    if let Some(held) = there.remove(path).filter(|held| held.0 != number) {
                        lose(path.clone(), held, false);
                    }
                }
                LayerEntry::Removed { .. } | LayerEntry::Emptied { .. } => {}
            }
        }
    }
    let hidden = found
        .into_iter()
        .map(|((held_by, hidden_by, removed), mut files)| {
            files.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
            Hidden {
                held_by,
                hidden_by,
                removed,
                bytes: Bytes(files.iter().map(|(_, bytes)| bytes).sum()),
                files,
            }
        });
    let mut hidden: Vec<Hidden> = hidden.collect();
    hidden.sort_by_key(|one| std::cmp::Reverse(one.bytes));
    hidden
}

/// What is there in a folder, and at its own path where that is asked for.
fn beneath(
    there: &BTreeMap<Vec<u8>, (usize, u64)>,
    path: &[u8],
    with_itself: bool,
) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    if with_itself && there.contains_key(path) {
        found.push(path.to_vec());
    }
    let mut begin = path.to_vec();
    if !begin.is_empty() {
        begin.push(b'/');
    }
    let within = there.range::<[u8], _>((Excluded(begin.as_slice()), Unbounded));
    let within = within.take_while(|(path, _)| path.starts_with(&begin));
    found.extend(within.map(|(path, _)| path.clone()));
    found
}

/// A finding for each instruction that hides bytes of the image.
pub(super) fn hidden(images: &[Opened], evidence: &Evidence<'_>) -> Vec<Finding> {
    let found = images.iter().flat_map(|image| {
        let notable = worth_telling(image);
        notable.map(move |hidden| finding(image, &hidden, images, evidence))
    });
    found.collect()
}

/// What a base hides in itself is not the app's.
fn worth_telling(image: &Opened) -> impl Iterator<Item = Hidden> {
    let hidden = hidden_in(&image.layers).into_iter();
    hidden.filter(|hidden| hidden.bytes >= NOTABLE && hidden.hidden_by >= image.of_base)
}

fn finding(image: &Opened, hidden: &Hidden, images: &[Opened], evidence: &Evidence<'_>) -> Finding {
    let instruction = |place: usize| command(&image.layers[place].instruction);
    let largest = hidden.files.iter().take(NAMED);
    let largest: Vec<String> = largest
        .map(|(path, bytes)| {
            format!(
                "/{} {}",
                String::from_utf8_lossy(path),
                text::bytes(Bytes(*bytes))
            )
        })
        .collect();
    let more = if hidden.files.len() > NAMED {
        ", …"
    } else {
        ""
    };
    let of_base = hidden.held_by < image.of_base;
    let holder = if of_base {
        "the base".to_owned()
    } else {
        format!("`{}`", instruction(hidden.held_by))
    };
    let does = if hidden.removed {
        "removes"
    } else {
        "replaces"
    };
    let seen = format!(
        "the image holds {} that nobody sees: `{}` {does} what {holder} put there ({}{more})",
        text::bytes(hidden.bytes),
        instruction(hidden.hidden_by),
        largest.join(", "),
    );
    let remedy = match (of_base, hidden.removed) {
        (true, _) => "start the last stage from a base without them".to_owned(),
        (false, true) => format!(
            "remove them in the RUN that makes them (RUN … && rm …), or copy only what is needed into another stage: `{}` cannot make the image smaller",
            instruction(hidden.hidden_by)
        ),
        (false, false) => {
            "write them once, in one instruction: modes and owners by COPY --chmod and --chown"
                .to_owned()
        }
    };
    Finding {
        kind: FindingKind::HiddenBytes,
        strategy: image.strategy.clone(),
        engine: image.engine.clone(),
        seen,
        certainty: Certainty::Sure,
        remedy,
        seconds: None,
        bytes: Some(hidden.bytes),
        builds: vec![image.build],
        avoided_by: avoided(image, images, evidence),
    }
}

/// The opened image in which nothing worth telling is hidden and that is smallest, else a strategy
/// whose last stage only copies.
fn avoided(image: &Opened, images: &[Opened], evidence: &Evidence<'_>) -> Option<Avoided> {
    let size = |opened: &Opened| -> u64 {
        let entries = opened.layers.iter().flat_map(|layer| &layer.entries);
        let bytes = entries.map(|entry| match entry {
            LayerEntry::File { bytes, .. } => *bytes,
            _ => 0,
        });
        bytes.sum()
    };
    let clean = images.iter().filter(|other| {
        other.strategy != image.strategy
            && other.engine == image.engine
            && worth_telling(other).next().is_none()
    });
    let measured = clean.min_by_key(|other| size(other)).map(|other| Avoided {
        strategy: other.strategy.clone(),
        proof: Proof::Measured {
            said: format!(
                "its image hides nothing and holds {} in all, in {}",
                text::bytes(Bytes(size(other))),
                builds_words(&[other.build])
            ),
            builds: vec![other.build],
        },
    });
    measured.or_else(|| {
        described(evidence, &image.strategy, |listed| {
            let last = listed.stages.last().filter(|_| listed.stages.len() > 1);
            last.is_some_and(|last| {
                !last
                    .instructions
                    .iter()
                    .any(|text| text.starts_with("RUN "))
            })
        })
    })
}
