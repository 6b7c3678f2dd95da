//! What is in an image, layer by layer, so that two images can be compared.

use std::{
    collections::BTreeMap,
    fs::File,
    io::Read,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, ensure};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{
    Done,
    program::{LIMIT, Running},
};

/// One file, folder or link of a layer; times are left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    kind: u8,
    mode: u32,
    owner: (u64, u64),
    size: u64,
    link: Option<PathBuf>,
    sha256: String,
}

type Layer = BTreeMap<PathBuf, Entry>;

/// An image that was saved.
#[derive(Debug)]
pub(crate) struct Saved {
    /// Layers that hold something, the lowest first.
    layers: Vec<Layer>,
    /// How a container of it is run; labels and the build container's name are left out.
    settings: Value,
}

impl Saved {
    /// Saves an image into a file beneath `folder` and reads that.
    pub(crate) fn of(save: &mut Command, image: &str, folder: &Path) -> anyhow::Result<Self> {
        let file = folder.join("saved.tar");
        save.args(["--quiet", "--format", "docker-archive", "--output"])
            .arg(&file)
            .arg(image);
        Running::start(save)?.end(LIMIT)?.expect(0)?;
        let read = read(&file).with_context(|| format!("{image} cannot be read"));
        std::fs::remove_file(file)?;
        read
    }

    /// Files of all layers.
    pub(crate) fn files(&self) -> usize {
        self.layers.iter().map(BTreeMap::len).sum()
    }

    /// How many layers hold something.
    pub(crate) fn layers(&self) -> usize {
        self.layers.len()
    }

    /// Same layers, same files in them, same settings; the first difference is told.
    pub(crate) fn is_same_as(&self, other: &Self) -> Done {
        let (ours, theirs) = (self.layers.len(), other.layers.len());
        ensure!(ours == theirs, "{ours} layers here, {theirs} there");
        for (index, (ours, theirs)) in self.layers.iter().zip(&other.layers).enumerate() {
            for path in ours.keys().chain(theirs.keys()) {
                let (ours, theirs) = (ours.get(path), theirs.get(path));
                let path = path.display();
                ensure!(
                    ours == theirs,
                    "layer {index}, {path}: {ours:?} is not {theirs:?}"
                );
            }
        }
        let (ours, theirs) = (&self.settings, &other.settings);
        ensure!(ours == theirs, "settings: {ours} is not {theirs}");
        Ok(())
    }
}

fn read(file: &Path) -> anyhow::Result<Saved> {
    let mut layers: BTreeMap<String, Layer> = BTreeMap::new();
    let mut documents: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut archive = tar::Archive::new(File::open(file)?);
    for part in archive.entries()? {
        let mut part = part?;
        let name = part.path()?.to_string_lossy().into_owned();
        if !part.header().entry_type().is_file() {
            continue;
        }
        if Path::new(&name).extension().is_some_and(|end| end == "tar") {
            layers.insert(name, layer(part)?);
        } else {
            let mut bytes = Vec::new();
            part.read_to_end(&mut bytes)?;
            documents.insert(name, bytes);
        }
    }
    let document = |name: &str| -> anyhow::Result<Value> {
        let bytes = documents.get(name).with_context(|| format!("no {name}"))?;
        Ok(serde_json::from_slice(bytes)?)
    };
    let manifest = document("manifest.json")?;
    let image = &manifest[0];
    let mut settings = document(image["Config"].as_str().context("no settings")?)?["config"].take();
    if let Some(settings) = settings.as_object_mut() {
        settings.remove("Labels");
        // Of the container that the last step ran in: another one in every build.
        settings.remove("Hostname");
    }
    let names = image["Layers"].as_array().context("no layers")?;
    let mut found = Vec::new();
    for name in names {
        let name = name.as_str().context("no name")?;
        let layer = layers
            .get(name)
            .with_context(|| format!("no layer {name}"))?;
        if !layer.is_empty() {
            found.push(layer.clone());
        }
    }
    Ok(Saved {
        layers: found,
        settings,
    })
}

fn layer(tar: impl Read) -> anyhow::Result<Layer> {
    let mut layer = Layer::new();
    let mut archive = tar::Archive::new(tar);
    for entry in archive.entries()? {
        let mut entry = entry?;
        let mut hasher = Sha256::new();
        std::io::copy(&mut entry, &mut hasher)?;
        let header = entry.header();
        let found = Entry {
            kind: header.entry_type().as_byte(),
            mode: header.mode()?,
            owner: (header.uid()?, header.gid()?),
            size: header.size()?,
            link: entry.link_name()?.map(std::borrow::Cow::into_owned),
            sha256: format!("{:x}", hasher.finalize()),
        };
        layer.insert(entry.path()?.into_owned(), found);
    }
    Ok(layer)
}
