//! An image as its engine saves it, read while it comes.

use std::io;

use tokio::sync::mpsc;

use crate::{
    domain::ids::ImageId,
    engine::{ChunkReader, Engine, EngineError},
};

/// Pieces of an image under way.
const WAITING: usize = 4;

/// Reads the archive of an image on a thread for blocking work; `None` where it cannot be read.
///
/// # Errors
/// When the engine does not have the image, or does not answer.
pub(super) async fn read_saved<T: Send + 'static>(
    engine: &dyn Engine,
    image: &ImageId,
    read: impl FnOnce(ChunkReader) -> io::Result<Option<T>> + Send + 'static,
) -> Result<Option<T>, EngineError> {
    let (sender, receiver) = mpsc::channel(WAITING);
    let reading = tokio::task::spawn_blocking(move || read(ChunkReader::new(receiver)));
    let (sent, read) = tokio::join!(engine.save(&image.0, sender), reading);
    sent?;
    Ok(read.ok().and_then(Result::ok).flatten())
}

/// An archive with these files.
#[cfg(test)]
pub(super) fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in entries {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_cksum();
        builder.append_data(&mut header, name, *bytes).unwrap();
    }
    builder.into_inner().unwrap()
}
