//! A channel of chunks as a reader, for code that blocks.

use std::io::Read;

use bytes::Bytes;
use tokio::sync::mpsc;

/// Reads what an engine streams; to be used on a thread for blocking work.
#[derive(Debug)]
pub struct ChunkReader {
    chunks: mpsc::Receiver<Bytes>,
    rest: Bytes,
}

impl ChunkReader {
    /// A reader of these chunks; it ends when their sender is gone.
    #[must_use]
    pub fn new(chunks: mpsc::Receiver<Bytes>) -> Self {
        Self {
            chunks,
            rest: Bytes::new(),
        }
    }
}

impl Read for ChunkReader {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        while self.rest.is_empty() {
            match self.chunks.blocking_recv() {
                Some(chunk) => self.rest = chunk,
                None => return Ok(0),
            }
        }
        let taken = buffer.len().min(self.rest.len());
        buffer[..taken].copy_from_slice(&self.rest.split_to(taken));
        Ok(taken)
    }
}
