//! Writes the context as one tar: sorted, owned by nobody in particular, a chunk at a time.

use std::{
    io::{self, ErrorKind, Write},
    os::unix::ffi::OsStrExt,
    path::Path,
};

use tar::{EntryType, Header};

use super::{
    app_file::{AppFile, CHUNK},
    error::ContextError,
    layout::{Content, Layout, OWN_MODE, Part, parts},
    listing::Context,
};
use crate::domain::ids::Bytes;

const BLOCK: u64 = 512;

/// What was sent. The Dockerfile and its ignore file are not counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sent {
    /// How many files.
    pub files: u64,
    /// Sum of their sizes.
    pub bytes: Bytes,
}

/// Writes `context` with `layout` laid over it. The same input gives the same bytes.
///
/// No file is ever held in memory whole. After an error the tar has no end: an engine that
/// received it so far refuses it.
///
/// # Errors
/// When a file cannot be read or changes meanwhile, when something of the layout has no place,
/// or when `out` fails ([`ContextError::HungUp`] where the reader is gone).
pub fn write_tar<W: Write>(
    context: &Context,
    layout: &Layout,
    out: W,
) -> Result<Sent, ContextError> {
    let parts = parts(context, layout)?;
    let mut tar = Tar {
        out,
        buffer: vec![0; CHUNK],
    };
    for (name, text) in layout.own_files() {
        let mut header = header(EntryType::Regular, OWN_MODE, 0);
        header.set_size(text.len() as u64);
        tar.begin(name.as_bytes(), &[], &mut header)?;
        tar.memory(text.as_bytes())?;
    }
    let mut sent = Sent::default();
    for (path, part) in &parts {
        if let Some(bytes) = tar.part(&context.root, path, part)? {
            sent.files += 1;
            sent.bytes.0 += bytes;
        }
    }
    tar.finish()?;
    Ok(sent)
}

struct Tar<W> {
    out: W,
    buffer: Vec<u8>,
}

impl<W: Write> Tar<W> {
    /// Writes one entry; the size where it is a file.
    fn part(
        &mut self,
        root: &Path,
        path: &[u8],
        part: &Part<'_>,
    ) -> Result<Option<u64>, ContextError> {
        match part.content {
            Content::Folder => {
                let name = [path, b"/"].concat();
                let mut header = header(EntryType::Directory, part.mode, part.mtime_s);
                self.begin(&name, &[], &mut header)?;
                Ok(None)
            }
            Content::Link(target) => {
                let mut header = header(EntryType::Symlink, part.mode, part.mtime_s);
                self.begin(path, target.as_os_str().as_bytes(), &mut header)?;
                Ok(None)
            }
            Content::Memory(bytes) => {
                let mut header = header(EntryType::Regular, part.mode, part.mtime_s);
                header.set_size(bytes.len() as u64);
                self.begin(path, &[], &mut header)?;
                self.memory(bytes)?;
                Ok(Some(bytes.len() as u64))
            }
            Content::Disk => self.disk(root, path).map(Some),
        }
    }

    /// A file as it is now, not as it was when the folder was walked: mode, time and size are
    /// read from the open file, and looked at again after its last byte.
    fn disk(&mut self, root: &Path, path: &[u8]) -> Result<u64, ContextError> {
        let file = AppFile::open(root.join(std::ffi::OsStr::from_bytes(path)))?;
        let found = file.found();
        let size = found.version.bytes;
        let mut header = header(EntryType::Regular, found.mode, found.mtime_s());
        header.set_size(size);
        self.begin(path, &[], &mut header)?;
        let Self { out, buffer } = self;
        file.read(buffer, |chunk| out.write_all(chunk).map_err(from_out))?;
        self.pad(size)?;
        Ok(size)
    }

    fn memory(&mut self, bytes: &[u8]) -> Result<(), ContextError> {
        self.out.write_all(bytes).map_err(from_out)?;
        self.pad(bytes.len() as u64)
    }

    /// Writes the header, and before it the long names that have no room in one.
    fn begin(
        &mut self,
        name: &[u8],
        target: &[u8],
        header: &mut Header,
    ) -> Result<(), ContextError> {
        for (kind, text) in [
            (EntryType::GNULongName, name),
            (EntryType::GNULongLink, target),
        ] {
            if text.len() > 100 {
                self.long_name(kind, text)?;
            }
        }
        let old = header.as_old_mut();
        fill(&mut old.name, name);
        fill(&mut old.linkname, target);
        header.set_cksum();
        self.out.write_all(header.as_bytes()).map_err(from_out)
    }

    fn long_name(&mut self, kind: EntryType, text: &[u8]) -> Result<(), ContextError> {
        let mut long = header(kind, 0o644, 0);
        fill(&mut long.as_old_mut().name, b"././@LongLink");
        long.set_size(text.len() as u64 + 1);
        long.set_cksum();
        self.out.write_all(long.as_bytes()).map_err(from_out)?;
        self.memory(&[text, b"\0"].concat())
    }

    fn pad(&mut self, size: u64) -> Result<(), ContextError> {
        let over = usize::try_from(size % BLOCK).unwrap_or(0);
        if over > 0 {
            let zeros = [0; 512];
            self.out.write_all(&zeros[over..]).map_err(from_out)?;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<(), ContextError> {
        self.out.write_all(&[0; 1024]).map_err(from_out)?;
        self.out.flush().map_err(from_out)
    }
}

fn header(kind: EntryType, mode: u32, mtime_s: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_mtime(mtime_s);
    header.set_uid(0);
    header.set_gid(0);
    header.set_size(0);
    header
}

fn fill(field: &mut [u8], text: &[u8]) {
    let length = text.len().min(field.len());
    field[..length].copy_from_slice(&text[..length]);
}

fn from_out(error: io::Error) -> ContextError {
    if error.kind() == ErrorKind::BrokenPipe {
        ContextError::HungUp
    } else {
        ContextError::Send(error)
    }
}

#[cfg(test)]
mod tests;
