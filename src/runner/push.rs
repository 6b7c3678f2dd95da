//! What a registry would still need of an image after the one before it: bytes that a push of
//! this edit sends.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Read, Seek, Write},
};

use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};

use super::{Runner, saved::read_saved};
use crate::domain::{
    ids::Bytes,
    record::{BuildRecord, ImageInfo, Push},
    side_by_side::ImageBytes,
    text,
};

/// Larger images are not read again after each build: it would take longer than a rebuild.
const LARGEST_IMAGE: Bytes = Bytes(200_000_000);

/// Measures the layers of a record's image, and what a push and a pull of it would move after the
/// last image of the same strategy. Leaves `None` where there is no such image, or it is too large
/// to be looked at each time.
pub(super) async fn measure(runner: &Runner, record: &mut BuildRecord) {
    let is_small = |image: &ImageInfo| image.bytes.is_some_and(|bytes| bytes <= LARGEST_IMAGE);
    let is_measured = |image: &ImageInfo| !image.diff_ids.is_empty() && is_small(image);
    if !record.image.as_ref().is_some_and(is_measured) {
        return;
    }
    let before = last_image(runner, record).await;
    let Some(image) = &mut record.image else {
        return;
    };
    let mut known: BTreeMap<String, Bytes> = BTreeMap::new();
    // Strategies share the layers of their bases.
    let others = runner.newest(None).await.into_iter();
    for image in others
        .filter_map(|record| record.image)
        .chain(before.clone())
    {
        let measured = image.measured_layers();
        known.extend(measured.map(|(digest, bytes)| (digest.to_owned(), bytes)));
    }
    let new: BTreeSet<String> = image
        .diff_ids
        .iter()
        .filter(|layer| !known.contains_key(*layer))
        .cloned()
        .collect();
    if !new.is_empty() {
        let Some(measured) = packed_layers(runner, image, new).await else {
            return;
        };
        known.extend(measured);
    }
    let compressed = image.diff_ids.iter().map(|layer| known.get(layer).copied());
    image.compressed = compressed.collect::<Option<_>>().unwrap_or_default();
    if let Some(before) = before {
        record.push = Some(push(image, &before));
        record.pull = Some(if runner.engine.info().is_podman() {
            push(image, &before)
        } else {
            pull_in_order(image, &before)
        });
    }
}

/// Layers that the image before does not have.
fn push(image: &ImageInfo, before: &ImageInfo) -> Push {
    let layers = image.measured_layers();
    moved(layers.filter(|(layer, _)| !before.diff_ids.iter().any(|other| other == layer)))
}

/// Everything from the first layer on that is another one than in the image before.
fn pull_in_order(image: &ImageInfo, before: &ImageInfo) -> Push {
    let both = image.diff_ids.iter().zip(&before.diff_ids);
    let same = both.take_while(|(one, other)| one == other).count();
    moved(image.measured_layers().skip(same))
}

fn moved<'a>(layers: impl Iterator<Item = (&'a str, Bytes)>) -> Push {
    layers.fold(Push::default(), |sum, (_, bytes)| Push {
        layers: sum.layers + 1,
        bytes: Bytes(sum.bytes.0 + bytes.0),
    })
}

/// These layers' bytes as gzip makes them.
async fn packed_layers(
    runner: &Runner,
    image: &ImageInfo,
    layers: BTreeSet<String>,
) -> Option<Vec<(String, Bytes)>> {
    let read = move |archive| sizes(archive, &layers, packed);
    let sizes = read_saved(runner.engine.as_ref(), &image.id, read);
    let sizes = sizes.await.ok()??;
    Some(
        sizes
            .into_iter()
            .map(|(layer, size)| (layer, Bytes(size.packed)))
            .collect(),
    )
}

/// The image of the build before this one, if it made one.
async fn last_image(runner: &Runner, record: &BuildRecord) -> Option<ImageInfo> {
    let before = runner.newest(Some(&record.strategy)).await;
    let mut with_image = before
        .into_iter()
        .filter(|before| before.subject == record.subject && before.image.is_some())
        .filter(|before| !before.purpose.is_look());
    let image = with_image.next()?.image?;
    (!image.diff_ids.is_empty()).then_some(image)
}

/// The bytes of an image's layers, counted in the same way whatever the engine; `None` where they
/// cannot be read.
pub async fn image_bytes(runner: &Runner, image: &ImageInfo) -> Option<ImageBytes> {
    let layers: BTreeSet<String> = image.diff_ids.iter().cloned().collect();
    if layers.is_empty() {
        return None;
    }
    let is_small = image.bytes.is_some_and(|bytes| bytes <= LARGEST_IMAGE);
    let read = move |archive| {
        if is_small {
            sizes(archive, &layers, packed)
        } else {
            sizes(archive, &layers, |_| Ok(0))
        }
    };
    let sizes = read_saved(runner.engine.as_ref(), &image.id, read);
    let sizes = sizes.await.ok()??;
    let sum = |of: fn(&Size) -> u64| Bytes(sizes.values().map(of).sum());
    Some(ImageBytes {
        unpacked: sum(|size| size.unpacked),
        compressed: is_small.then(|| sum(|size| size.packed)),
    })
}

/// Bytes of a layer.
#[derive(Debug, Clone, Copy, Default)]
struct Size {
    unpacked: u64,
    packed: u64,
}

/// The sizes of these layers; `None` when one of them is not in the archive.
fn sizes(
    reader: impl Read,
    layers: &BTreeSet<String>,
    pack: impl Fn(&mut dyn Read) -> io::Result<u64>,
) -> io::Result<Option<BTreeMap<String, Size>>> {
    let mut archive = tar::Archive::new(reader);
    let mut found = BTreeMap::new();
    for entry in archive.entries()? {
        let mut entry = entry?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let unpacked = entry.size();
        let (digest, packed) = match named_digest(&name) {
            Some(digest) if layers.contains(&digest) => (digest, pack(&mut entry)?),
            None if name.ends_with("/layer.tar") => {
                let (digest, mut spooled) = digested(&mut entry)?;
                if !layers.contains(&digest) {
                    continue;
                }
                (digest, pack(&mut spooled)?)
            }
            _ => continue,
        };
        found.insert(digest, Size { unpacked, packed });
    }
    Ok((found.len() == layers.len()).then_some(found))
}

/// Podman names a layer `DIGEST.tar` and docker since 25 `blobs/sha256/DIGEST`; docker before
/// that names it `ID/layer.tar`, which tells nothing.
fn named_digest(name: &str) -> Option<String> {
    let digest = name
        .strip_prefix("blobs/sha256/")
        .or_else(|| name.strip_suffix(".tar"))?;
    (!digest.contains('/')).then(|| format!("sha256:{digest}"))
}

/// The digest of a layer, and the layer again: packing each one to keep a few would take longer
/// than a rebuild.
fn digested(layer: &mut impl Read) -> io::Result<(String, std::fs::File)> {
    let mut spooled = tempfile::tempfile()?;
    let mut hash = Sha256::new();
    let mut chunk = vec![0; 64 * 1024];
    loop {
        let read = layer.read(&mut chunk)?;
        if read == 0 {
            break;
        }
        hash.update(&chunk[..read]);
        spooled.write_all(&chunk[..read])?;
    }
    spooled.rewind()?;
    let digest = text::hex(&hash.finalize());
    Ok((format!("sha256:{digest}"), spooled))
}

/// Bytes as gzip makes them.
fn packed(layer: &mut dyn Read) -> io::Result<u64> {
    let mut gzip = GzEncoder::new(Counter(0), Compression::default());
    io::copy(layer, &mut gzip)?;
    Ok(gzip.finish()?.0)
}

/// Counts what is written.
struct Counter(u64);

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{domain::ids::ImageId, runner::saved::archive};

    #[test]
    fn only_new_layers_count_and_as_they_would_be_sent() {
        let repeated = vec![b'x'; 100_000];
        let digest = |mut bytes: &[u8]| {
            let (digest, _) = digested(&mut bytes).unwrap();
            digest.trim_start_matches("sha256:").to_owned()
        };
        let (new, old) = (digest(&repeated), digest(b"other"));
        let wanted = BTreeSet::from([format!("sha256:{new}")]);
        // As podman, docker since 25 and docker 20.10 name them.
        for name in [
            format!("{new}.tar"),
            format!("blobs/sha256/{new}"),
            "0a1b/layer.tar".to_owned(),
        ] {
            let bytes = archive(&[
                (&name, &repeated),
                (&format!("{old}.tar"), b"other"),
                ("0c/layer.tar", b"other"),
                ("manifest.json", b"[]"),
            ]);
            let found = sizes(bytes.as_slice(), &wanted, packed).unwrap().unwrap();
            let sent = found[&format!("sha256:{new}")].packed;
            assert!(sent > 20 && sent < 1_000, "{name}: {sent:?}");
            let missing = BTreeSet::from([format!("sha256:{new}"), "sha256:cc".to_owned()]);
            let found = sizes(bytes.as_slice(), &missing, packed).unwrap();
            assert!(found.is_none());
        }
    }

    #[test]
    fn docker_fetches_what_lies_on_a_new_layer_too() {
        let image = |layers: &[&str]| ImageInfo {
            id: ImageId("sha256:00".into()),
            bytes: None,
            diff_ids: layers.iter().map(|layer| (*layer).to_owned()).collect(),
            compressed: layers.iter().map(|_| Bytes(10)).collect(),
        };
        let (before, after) = (image(&["a", "b", "c"]), image(&["a", "x", "c"]));
        let ten_each = |layers: usize| Push {
            layers,
            bytes: Bytes(10 * layers as u64),
        };
        assert_eq!(push(&after, &before), ten_each(1));
        assert_eq!(pull_in_order(&after, &before), ten_each(2));
        assert_eq!(pull_in_order(&before, &before), ten_each(0));
        assert_eq!(push(&before, &before), ten_each(0));
    }
}
