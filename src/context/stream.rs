//! The tar as a stream of chunks, written by a thread beside the upload that reads it.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use bytes::{Bytes, BytesMut};
use tokio::{sync::mpsc, task::JoinHandle};

use super::{
    error::ContextError,
    layout::Layout,
    listing::Context,
    tar::{Sent, write_tar},
};
use crate::domain::ids as domain;

const CHUNK: usize = 256 * 1024;
/// Chunks that may wait for the engine: at most a megabyte and a half is in memory.
const WAITING: usize = 4;

/// A context on its way.
#[derive(Debug)]
pub struct Sending {
    /// The tar. An error is its last item: the engine must not take what came before for whole.
    /// Dropping the receiver ends the writing.
    pub chunks: mpsc::Receiver<io::Result<Bytes>>,
    /// The other end of `chunks`.
    pub upload: Upload,
}

/// How far the sending is.
#[derive(Debug)]
pub struct Upload {
    /// What was sent, or why not all of it. [`ContextError::HungUp`] after the chunks were
    /// dropped.
    pub sent: JoinHandle<Result<Sent, ContextError>>,
    /// Sum of the sizes of the files that are to be sent.
    pub of: domain::Bytes,
    taken: Arc<AtomicU64>,
}

impl Upload {
    /// Bytes of the tar that were taken so far; at the end a little more than `of`.
    #[must_use]
    pub fn taken(&self) -> domain::Bytes {
        domain::Bytes(self.taken.load(Ordering::Relaxed))
    }
}

/// Begins to write the tar on a thread for blocking work.
///
/// # Panics
/// Outside a tokio runtime.
#[must_use]
pub fn stream_tar(context: Arc<Context>, layout: Arc<Layout>) -> Sending {
    let (sender, chunks) = mpsc::channel(WAITING);
    let of = context.bytes();
    let taken = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&taken);
    let sent = tokio::task::spawn_blocking(move || {
        let mut writer = ChunkWriter {
            sender,
            chunk: BytesMut::with_capacity(CHUNK),
            taken: counter,
        };
        let result = write_tar(&context, &layout, &mut writer);
        match &result {
            Ok(_) | Err(ContextError::HungUp) => {}
            Err(error) => {
                let last = io::Error::other(error.to_string());
                // Nobody left to tell is no second error.
                let _ = writer.sender.blocking_send(Err(last));
            }
        }
        result
    });
    let upload = Upload { sent, of, taken };
    Sending { chunks, upload }
}

struct ChunkWriter {
    sender: mpsc::Sender<io::Result<Bytes>>,
    chunk: BytesMut,
    taken: Arc<AtomicU64>,
}

impl io::Write for ChunkWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = CHUNK - self.chunk.len();
        let taken = room.min(bytes.len());
        self.chunk.extend_from_slice(&bytes[..taken]);
        if self.chunk.len() == CHUNK {
            self.flush()?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.chunk.is_empty() {
            return Ok(());
        }
        let size = self.chunk.len() as u64;
        let full = std::mem::replace(&mut self.chunk, BytesMut::with_capacity(CHUNK));
        self.sender
            .blocking_send(Ok(full.freeze()))
            .map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
        self.taken.fetch_add(size, Ordering::Relaxed);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, time::Duration};

    use super::*;
    use crate::context::walk::{IgnoreRules, walk};

    fn app(bytes: usize) -> (tempfile::TempDir, Arc<Context>) {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("file"), vec![7; bytes]).unwrap();
        let context = walk(folder.path(), &IgnoreRules::App).unwrap();
        (folder, Arc::new(context))
    }

    #[tokio::test]
    async fn the_chunks_are_the_tar() {
        let (_app, context) = app(CHUNK * 7);
        let layout = Arc::new(Layout::default());
        let mut expected = Vec::new();
        let sent = write_tar(&context, &layout, &mut expected).unwrap();
        let mut sending = stream_tar(context, layout);
        let mut received = Vec::new();
        while let Some(chunk) = sending.chunks.recv().await {
            let chunk = chunk.unwrap();
            assert!(chunk.len() <= CHUNK);
            received.extend_from_slice(&chunk);
        }
        assert!(received == expected);
        assert_eq!(sending.upload.taken().0, expected.len() as u64);
        assert_eq!(sending.upload.of, sent.bytes);
        assert_eq!(sending.upload.sent.await.unwrap().unwrap(), sent);
    }

    #[tokio::test]
    async fn a_dropped_receiver_ends_the_writing() {
        let (_app, context) = app(CHUNK * 64);
        let mut sending = stream_tar(context, Arc::default());
        sending.chunks.recv().await.unwrap().unwrap();
        drop(sending.chunks);
        let ended = tokio::time::timeout(Duration::from_secs(10), sending.upload.sent).await;
        assert!(matches!(ended.unwrap().unwrap(), Err(ContextError::HungUp)));
    }

    #[tokio::test]
    async fn an_error_is_the_last_item() {
        let (app, context) = app(10);
        fs::remove_file(app.path().join("file")).unwrap();
        let mut sending = stream_tar(context, Arc::default());
        let mut last = None;
        while let Some(item) = sending.chunks.recv().await {
            last = Some(item);
        }
        assert!(
            last.unwrap()
                .unwrap_err()
                .to_string()
                .contains("changed while it was sent")
        );
        assert!(matches!(
            sending.upload.sent.await.unwrap(),
            Err(ContextError::Changed { .. })
        ));
    }
}
