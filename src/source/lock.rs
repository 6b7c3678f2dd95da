//! One owner of an app's journal at a time.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use super::fault::{SourceError, io_at};

/// An advisory lock that ends with its process, however that ends.
#[derive(Debug)]
pub(super) struct Lock {
    held: File,
}

impl Drop for Lock {
    /// A child that this process is just starting shares the open file until it becomes another
    /// program; so closing ours is not enough to let go at once.
    fn drop(&mut self) {
        // Nothing to do about an error: the end of the process lets go as well.
        flock(&self.held, FlockOperation::Unlock).ok();
    }
}

impl Lock {
    /// Takes the lock at `path`, or says who has it. The file itself stays for ever: to remove
    /// it would let two processes lock two files of the same name.
    pub(super) fn take(path: &Path, app: &Path) -> Result<Self, SourceError> {
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path)
            .map_err(io_at("open", path))?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => {
                let mut text = String::new();
                // Whoever has it may not have written its number yet.
                let read = file.read_to_string(&mut text).ok();
                return Err(SourceError::Busy {
                    pid: read.and_then(|_| text.trim().parse().ok()),
                    app: app.to_owned(),
                });
            }
            Err(errno) => return Err(io_at("lock", path)(errno.into())),
        }
        file.set_len(0)
            .and_then(|()| writeln!(file, "{}", std::process::id()))
            .map_err(io_at("write", path))?;
        Ok(Self { held: file })
    }
}
