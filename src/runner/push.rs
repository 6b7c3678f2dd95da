//! What a registry would still need of an image after the one before it: bytes that a push of
//! this edit sends.

use std::{
    collections::BTreeSet,
    io::{self, Read, Write},
};

use flate2::{Compression, write::GzEncoder};
use tokio::sync::mpsc;

use super::Runner;
use crate::{
    domain::{
        ids::Bytes,
        record::{BuildRecord, ImageInfo, Push},
    },
    engine::ChunkReader,
};

/// Larger images are not read again after each build: it would take longer than a rebuild.
const LARGEST_IMAGE: Bytes = Bytes(200_000_000);

/// What a push of this image would send after a push of the last image of the same strategy.
/// `None` where there is no such image, or the image is too large to be looked at each time.
pub(super) async fn measure(runner: &Runner, record: &BuildRecord) -> Option<Push> {
    let image = record.image.as_ref()?;
    if image.diff_ids.is_empty() || image.bytes.is_none_or(|bytes| bytes > LARGEST_IMAGE) {
        return None;
    }
    let before = last_image(runner, record).await?;
    let new: BTreeSet<String> = image
        .diff_ids
        .iter()
        .filter(|layer| !before.diff_ids.contains(layer))
        .cloned()
        .collect();
    if new.is_empty() {
        return Some(Push::default());
    }
    let layers = new.len();
    let (sender, receiver) = mpsc::channel(4);
    let reading = tokio::task::spawn_blocking(move || compressed(ChunkReader::new(receiver), &new));
    runner.engine.save(&image.id.0, sender).await.ok()?;
    let bytes = reading.await.ok()?.ok()??;
    Some(Push { layers, bytes })
}

async fn last_image(runner: &Runner, record: &BuildRecord) -> Option<ImageInfo> {
    let history = runner.state.history();
    let records = tokio::task::spawn_blocking(move || history.load()).await;
    let records = records.ok()?.ok()?;
    let mut ours = records.into_iter().rev();
    let last = ours.find(|before| {
        before.subject == record.subject && before.app == record.app && before.image.is_some()
    })?;
    last.image.filter(|image| !image.diff_ids.is_empty())
}

/// Sum of these layers' sizes as gzip makes them; `None` when one of them is not in the archive.
fn compressed(reader: impl Read, layers: &BTreeSet<String>) -> io::Result<Option<Bytes>> {
    let mut archive = tar::Archive::new(reader);
    let mut bytes = 0;
    let mut found = 0;
    for entry in archive.entries()? {
        let mut entry = entry?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let digest = name.strip_suffix(".tar").unwrap_or_default();
        if !layers.contains(&format!("sha256:{digest}")) {
            continue;
        }
        let mut gzip = GzEncoder::new(Counter(0), Compression::default());
        io::copy(&mut entry, &mut gzip)?;
        bytes += gzip.finish()?.0;
        found += 1;
    }
    Ok((found == layers.len()).then_some(Bytes(bytes)))
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

    fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        for (name, bytes) in entries {
            let mut header = tar::Header::new_gnu();
            header.set_size(bytes.len() as u64);
            header.set_cksum();
            builder.append_data(&mut header, name, *bytes).unwrap();
        }
        builder.into_inner().unwrap()
    }

    #[test]
    fn only_new_layers_count_and_as_they_would_be_sent() {
        let repeated = vec![b'x'; 100_000];
        let bytes = archive(&[
            ("aa.tar", &repeated),
            ("bb.tar", b"other"),
            ("manifest.json", b"[]"),
        ]);
        let wanted = BTreeSet::from(["sha256:aa".to_owned()]);
        let sent = compressed(bytes.as_slice(), &wanted).unwrap().unwrap();
        assert!(sent.0 > 20 && sent.0 < 1_000, "{sent:?}");
        let missing = BTreeSet::from(["sha256:aa".to_owned(), "sha256:cc".to_owned()]);
        assert_eq!(compressed(bytes.as_slice(), &missing).unwrap(), None);
    }
}
