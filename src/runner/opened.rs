//! What is in the layers of an image that an engine has, file by file.

use std::{
    collections::BTreeMap,
    io::{self, Read},
};

use serde::Deserialize;

use super::saved::read_saved;
use crate::{
    domain::{
        findings::layers::{LayerEntry, Opened, OpenedLayer},
        history::PastBuild,
        ids::Bytes,
        record::{BuildRecord, ImageInfo, StepRecord},
    },
    engine::{Engine, EngineError, readable_instruction},
    parse::terminal::plain,
};

/// Up to here an image is looked into whatever its Dockerfile says: it takes a second or two.
const SMALL_IMAGE: Bytes = Bytes(200_000_000);
/// Larger settings of an image are none.
const LARGEST_SETTINGS: u64 = 16 << 20;

/// Whether it is worth while to look into a build's image: a large one whose last stage only copies
/// once has nothing to hide.
#[must_use]
pub fn is_worth_opening(record: &BuildRecord) -> bool {
    let is_small = record
        .image_bytes()
        .is_some_and(|bytes| bytes <= SMALL_IMAGE);
    let begins = |step: &StepRecord, word: &str| step.instruction.starts_with(word);
    let last = last_stage(record);
    let copies = last
        .iter()
        .filter(|step| begins(step, "COPY ") || begins(step, "ADD "));
    is_small || copies.count() > 1 || last.iter().any(|step| begins(step, "RUN "))
}

fn last_stage(record: &BuildRecord) -> Vec<&StepRecord> {
    let last = record.steps.last().map(|step| &step.stage);
    let steps = record.steps.iter();
    steps
        .filter(|step| Some(&step.stage) == last && step.index > 1)
        .collect()
}

/// Looks into the image of a build; `None` where the engine no longer has it, or sends it in a way
/// that is not known. Reads the whole image: some seconds for a gigabyte.
///
/// # Errors
/// When the engine does not answer.
pub async fn open(engine: &dyn Engine, past: &PastBuild) -> Result<Option<Opened>, EngineError> {
    let record = &past.record;
    let Some(built) = &record.image else {
        return Ok(None);
    };
    let Some(image) = engine.image(&built.id.0).await? else {
        return Ok(None);
    };
    let mut of_base = 0;
    for base in &record.bases {
        if let Some(base) = engine.image(&base.reference).await? {
            of_base = of_base.max(shared(&base, &image));
        }
    }
    let Some(saved) = read_saved(engine, &built.id, saved).await? else {
        return Ok(None);
    };
    let instructions = instructions(&saved, of_base, record);
    let layers = instructions.into_iter().zip(saved.layers);
    Ok(Some(Opened {
        strategy: record.strategy.clone(),
        engine: record.engine.kind.clone(),
        build: past.id,
        layers: layers
            .map(|(instruction, entries)| OpenedLayer {
                instruction,
                entries,
            })
            .collect(),
        of_base,
    }))
}

/// How many of an image's layers are another one's, if all of that one's are; else 0.
fn shared(base: &ImageInfo, image: &ImageInfo) -> usize {
    if image.diff_ids.starts_with(&base.diff_ids) {
        base.diff_ids.len()
    } else {
        0
    }
}

/// The instruction of each layer: as the build's steps tell them where history and steps agree, else
/// as the image's history does.
fn instructions(saved: &Saved, of_base: usize, record: &BuildRecord) -> Vec<String> {
    let made = saved.history.iter().filter(|entry| !entry.empty_layer);
    let told = made.map(|entry| readable_instruction(&plain(&entry.created_by)));
    let mut told: Vec<String> = told.collect();
    told.resize(
        saved.layers.len(),
        "a layer that the image does not explain".into(),
    );
    let steps = last_stage(record);
    let Some(begin) = saved.history.len().checked_sub(steps.len()) else {
        return told;
    };
    let (before, own) = saved.history.split_at(begin);
    let count = |entries: &[Past]| entries.iter().filter(|entry| !entry.empty_layer).count();
    if count(before) == of_base {
        let made = own
            .iter()
            .zip(steps)
            .filter(|(entry, _)| !entry.empty_layer);
        for (place, (_, step)) in told.iter_mut().skip(of_base).zip(made) {
            place.clone_from(&step.instruction);
        }
    }
    told
}

/// An image as the engine saved it.
struct Saved {
    history: Vec<Past>,
    /// The lowest first.
    layers: Vec<Vec<LayerEntry>>,
}

/// An entry of an image's history (OCI image specification).
#[derive(Debug, Deserialize)]
struct Past {
    #[serde(default)]
    created_by: String,
    #[serde(default)]
    empty_layer: bool,
}

#[derive(Deserialize)]
struct Settings {
    #[serde(default)]
    history: Vec<Past>,
}

/// An entry of `manifest.json`, as `docker save` writes it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    config: String,
    layers: Vec<String>,
}

/// Reads an archive of `docker save` or `podman save`. Only `manifest.json` tells which file is which
/// layer, and it may come last; `None` where it does not fit the rest.
fn saved(reader: impl Read) -> io::Result<Option<Saved>> {
    let mut archive = tar::Archive::new(reader);
    let mut texts: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut layers: BTreeMap<String, Vec<LayerEntry>> = BTreeMap::new();
    let mut links: BTreeMap<String, String> = BTreeMap::new();
    for entry in archive.entries()? {
        let mut entry = entry?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let kind = entry.header().entry_type();
        if kind.is_symlink() || kind.is_hard_link() {
            let target = entry.link_name_bytes().unwrap_or_default();
            let target = String::from_utf8_lossy(&target).into_owned();
            links.insert(name, target.trim_start_matches("../").to_owned());
            continue;
        }
        if !kind.is_file() {
            continue;
        }
        let mut first = [0];
        let length = entry.read(&mut first)?;
        let mut whole = first[..length].chain(&mut entry);
        if matches!(first, [b'{' | b'[']) {
            let mut text = Vec::new();
            whole.take(LARGEST_SETTINGS).read_to_end(&mut text)?;
            texts.insert(name, text);
        } else if let Ok(entries) = entries(&mut whole) {
            layers.insert(name, entries);
        }
    }
    Ok(put_together(&texts, layers, &links))
}

fn put_together(
    texts: &BTreeMap<String, Vec<u8>>,
    mut layers: BTreeMap<String, Vec<LayerEntry>>,
    links: &BTreeMap<String, String>,
) -> Option<Saved> {
    let listed: Vec<Listed> = serde_json::from_slice(texts.get("manifest.json")?).ok()?;
    let listed = listed.into_iter().next()?;
    let settings: Settings = serde_json::from_slice(texts.get(&listed.config)?).ok()?;
    let names = listed.layers.into_iter();
    let names: Vec<String> = names
        .map(|name| links.get(&name).cloned().unwrap_or(name))
        .collect();
    let mut found = Vec::with_capacity(names.len());
    for (place, name) in names.iter().enumerate() {
        // The same layer may be there twice.
        found.push(if names[place + 1..].contains(name) {
            layers.get(name)?.clone()
        } else {
            layers.remove(name)?
        });
    }
    Some(Saved {
        history: settings.history,
        layers: found,
    })
}

/// What one layer does.
fn entries(layer: &mut dyn Read) -> io::Result<Vec<LayerEntry>> {
    let mut archive = tar::Archive::new(layer);
    let mut found = Vec::new();
    for entry in archive.entries()? {
        let entry = entry?;
        let path = entry.path_bytes();
        let path = path.strip_prefix(b"./").unwrap_or(&path);
        let path = path.strip_suffix(b"/").unwrap_or(path);
        if path.is_empty() || path == b"." {
            continue;
        }
        let is_folder = entry.header().entry_type().is_dir();
        found.extend(told(path, is_folder, entry.size()));
    }
    Ok(found)
}

/// What an entry of a layer's archive means; `None` of what aufs kept for itself.
fn told(path: &[u8], is_folder: bool, bytes: u64) -> Option<LayerEntry> {
    let split = path.iter().rposition(|byte| *byte == b'/');
    let (folder, name) = match split {
        Some(at) => (&path[..at], &path[at + 1..]),
        None => (&path[..0], path),
    };
    match name.strip_prefix(b".wh.") {
        Some(b".wh..opq") => Some(LayerEntry::Emptied {
            path: folder.to_vec(),
        }),
        Some(of_aufs) if of_aufs.starts_with(b".wh.") => None,
        Some(removed) => {
            let path = match folder {
                [] => removed.to_vec(),
                folder => [folder, b"/", removed].concat(),
            };
            Some(LayerEntry::Removed { path })
        }
        None if is_folder => Some(LayerEntry::Folder {
            path: path.to_vec(),
        }),
        None => Some(LayerEntry::File {
            path: path.to_vec(),
            bytes,
        }),
    }
}

#[cfg(test)]
mod tests;
