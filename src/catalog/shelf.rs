//! A folder of strategies as it was found: all its files, in memory, within bounds.

use std::{
    collections::BTreeMap,
    fs,
    io::Read,
    path::{Path, PathBuf},
};

use include_dir::{Dir, DirEntry, include_dir};

use crate::domain::strategy::CatalogFault;

static EMBEDDED: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/strategies");

/// Bytes that one file may have.
pub const FILE_LIMIT: u64 = 1 << 20;
const FILES_LIMIT: usize = 4096;
const TOTAL_LIMIT: u64 = 64 << 20;
const DEPTH_LIMIT: usize = 16;

/// All files of one source of strategies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shelf {
    /// The folder on disk; `None` for what is embedded in the program.
    pub folder: Option<PathBuf>,
    /// Path in the folder, with `/` between names → content.
    pub files: BTreeMap<String, Vec<u8>>,
    /// What could not be read.
    pub faults: Vec<CatalogFault>,
}

/// The strategies that are part of the program.
#[must_use]
pub fn embedded() -> Shelf {
    let mut shelf = Shelf::default();
    let mut pending = vec![&EMBEDDED];
    while let Some(folder) = pending.pop() {
        for entry in folder.entries() {
            match entry {
                DirEntry::Dir(inner) => pending.push(inner),
                DirEntry::File(file) => {
                    let path = file.path().to_string_lossy().into_owned();
                    shelf.files.insert(path, file.contents().to_vec());
                }
            }
        }
    }
    shelf
}

impl Shelf {
    /// Reads a folder. What cannot be read, is no regular file or is too large becomes a fault;
    /// links are not followed. Names that begin with a dot are passed over at the top only, as
    /// an overlay may hold some.
    #[must_use]
    pub fn load(folder: &Path) -> Self {
        let mut loading = Loading {
            shelf: Self {
                folder: Some(folder.to_owned()),
                ..Self::default()
            },
            root: folder,
            pending: vec![String::new()],
            bytes: 0,
        };
        while let Some(inner) = loading.pending.pop() {
            if !loading.folder(&inner) {
                break;
            }
        }
        loading.shelf
    }

    /// The path of a file as people can open it, or as the source has it where it is embedded.
    #[must_use]
    pub fn path(&self, file: &str) -> PathBuf {
        match &self.folder {
            Some(folder) => folder.join(file),
            None => Path::new("strategies").join(file),
        }
    }

    /// Files beneath a folder: path in that folder → content.
    pub fn beneath(&self, folder: &str) -> impl Iterator<Item = (&str, &[u8])> {
        let prefix = format!("{folder}/");
        let from = self.files.range(prefix.clone()..);
        from.map_while(move |(path, bytes)| {
            Some((&path[prefix.len()..], bytes.as_slice())).filter(|_| path.starts_with(&prefix))
        })
    }
}

struct Loading<'a> {
    shelf: Shelf,
    root: &'a Path,
    pending: Vec<String>,
    bytes: u64,
}

impl Loading<'_> {
    /// Reads one folder; `false` when no more is to be read at all.
    fn folder(&mut self, inner: &str) -> bool {
        let listed =
            fs::read_dir(self.root.join(inner)).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        let mut listed = match listed {
            Ok(listed) => listed,
            Err(error) => {
                self.fault(
                    inner,
                    format!("cannot be read ({error}); give a folder that holds strategies"),
                );
                return true;
            }
        };
        listed.sort_by_key(fs::DirEntry::file_name);
        for entry in listed {
            let Some(name) = entry.file_name().to_str().map(str::to_owned) else {
                let shown = entry.file_name().to_string_lossy().into_owned();
                self.fault(
                    &format!("{inner}{shown}"),
                    "the name is no UTF-8; rename it".into(),
                );
                continue;
            };
            if inner.is_empty() && name.starts_with('.') {
                continue;
            }
            let path = format!("{inner}{name}");
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => self.meet_folder(&path),
                Ok(kind) if kind.is_file() => {
                    if !self.file(&path) {
                        return false;
                    }
                }
                Ok(_) => self.fault(
                    &path,
                    "neither a file nor a folder; links are not followed".into(),
                ),
                Err(error) => self.fault(&path, format!("cannot be read ({error})")),
            }
        }
        true
    }

    fn meet_folder(&mut self, path: &str) {
        if path.matches('/').count() >= DEPTH_LIMIT {
            self.fault(path, format!("deeper than {DEPTH_LIMIT} folders; not read"));
        } else {
            self.pending.push(format!("{path}/"));
        }
    }

    /// Reads one file; `false` when that was one too many.
    fn file(&mut self, path: &str) -> bool {
        let mut bytes = Vec::new();
        let read = fs::File::open(self.root.join(path))
            .and_then(|file| file.take(FILE_LIMIT + 1).read_to_end(&mut bytes));
        if let Err(error) = read {
            self.fault(path, format!("cannot be read ({error})"));
            return true;
        }
        let size = bytes.len() as u64;
        if size > FILE_LIMIT {
            self.fault(
                path,
                format!("larger than {FILE_LIMIT} bytes; a strategy's files must be smaller"),
            );
            return true;
        }
        if self.bytes + size > TOTAL_LIMIT || self.shelf.files.len() >= FILES_LIMIT {
            let limit = format!(
                "the folder holds more than {FILES_LIMIT} files or {TOTAL_LIMIT} bytes; the rest is not read. Is it a folder of strategies?"
            );
            self.fault("", limit);
            return false;
        }
        self.bytes += size;
        self.shelf.files.insert(path.to_owned(), bytes);
        true
    }

    fn fault(&mut self, path: &str, message: String) {
        self.shelf.faults.push(CatalogFault {
            file: self.root.join(path),
            line: None,
            message,
        });
    }
}
