//! A file of the app, read a chunk at a time, as it is now and not as it was when it was listed.

use std::{
    fs::{File, OpenOptions},
    io::{self, ErrorKind, Read},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use rustix::fs::OFlags;

use super::{error::ContextError, status::Status};

/// Bytes that are read at once.
pub(super) const CHUNK: usize = 64 * 1024;

/// A regular file, open.
pub(super) struct AppFile {
    path: PathBuf,
    file: File,
    found: Status,
}

impl AppFile {
    /// # Errors
    /// [`ContextError::Changed`] where no regular file is there any more.
    pub(super) fn open(path: PathBuf) -> Result<Self, ContextError> {
        let opened = open(&path).and_then(|file| Ok((Status::of_open(&file)?, file)));
        let (found, file) = match opened {
            Ok(opened) => opened,
            // Gone, or replaced by a symbolic link, since the walk.
            Err(error)
                if error.kind() == ErrorKind::NotFound
                    || error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) =>
            {
                return Err(ContextError::Changed { path });
            }
            Err(source) => return Err(ContextError::Unreadable { path, source }),
        };
        if !found.is_file() {
            return Err(ContextError::Changed { path });
        }
        Ok(Self { path, file, found })
    }

    /// What the system said of it before the first byte was read.
    pub(super) fn found(&self) -> &Status {
        &self.found
    }

    /// Hands on as many bytes as it had when it was opened, and says what it is afterwards.
    ///
    /// # Errors
    /// [`ContextError::Changed`] where it was written to meanwhile, and whatever `take` fails
    /// with.
    pub(super) fn read(
        mut self,
        buffer: &mut [u8],
        mut take: impl FnMut(&[u8]) -> Result<(), ContextError>,
    ) -> Result<Status, ContextError> {
        let mut left = self.found.version.bytes;
        while left > 0 {
            let want = usize::try_from(left)
                .unwrap_or(usize::MAX)
                .min(buffer.len());
            match self.file.read(&mut buffer[..want]) {
                Ok(0) => return Err(ContextError::Changed { path: self.path }),
                Ok(got) => {
                    take(&buffer[..got])?;
                    left -= got as u64;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(source) => return Err(self.unreadable(source)),
            }
        }
        let after = match Status::of_open(&self.file) {
            Ok(after) => after,
            Err(source) => return Err(self.unreadable(source)),
        };
        // Not the time of change: a new name of the same file changes that too.
        let written = |status: &Status| (status.version.bytes, status.version.modified);
        if written(&self.found) != written(&after) {
            return Err(ContextError::Changed { path: self.path });
        }
        Ok(after)
    }

    fn unreadable(self, source: io::Error) -> ContextError {
        ContextError::Unreadable {
            path: self.path,
            source,
        }
    }
}

/// Neither follows a link nor waits for a pipe that took the file's place.
fn open(path: &Path) -> io::Result<File> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let flags = i32::try_from(flags.bits()).map_err(io::Error::other)?;
    OpenOptions::new().read(true).custom_flags(flags).open(path)
}
