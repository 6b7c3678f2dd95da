//! The files of versions before `SQLite`: `history.jsonl`, and `benches/*.jsonl`.
//!
//! Their lines are put into the database in one transaction that also notes how much of which
//! file that was; then the file gets another name. Killed in between, the next start finds the
//! note and only does the rest. Lines that are torn or of a newer schema stay in the file.

use std::{
    fs::{self, File},
    io::{self, BufRead, BufReader, Seek, SeekFrom},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::{
    benches,
    database::{Database, begin},
    error::StoreError,
    history, machine,
};
use crate::domain::{
    bench::{BENCH_SCHEMA, BenchHeader, BenchRun},
    record::{BuildRecord, RECORD_SCHEMA},
};

/// What is put behind the name of a file whose lines are in the database.
const ENDING: &str = "taken-over";

/// Takes over what is there; mostly nothing is.
pub(super) fn take_over(
    database: &Database,
    state: &Path,
    connection: &mut Connection,
) -> Result<(), StoreError> {
    for path in files(state)? {
        let failed = |error| file_error(&path, error);
        let Some(file) = open(&path).map_err(failed)? else {
            continue;
        };
        let failed_inside = |error| database.failed("written", error);
        let transaction = begin(connection).map_err(failed_inside)?;
        let own = machine::own(&transaction).map_err(failed_inside)?;
        let mut keeping = Keeping {
            transaction: &transaction,
            own: &own,
            is_bench: path.parent() != Some(state),
            bench: None,
        };
        let rest = Rest::of(&transaction, &path, &file).map_err(failed)?;
        let bytes = rest.each(file, |line| keeping.take(line)).map_err(failed)?;
        rest.note(&transaction, bytes)
            .and_then(|()| transaction.commit())
            .map_err(failed_inside)?;
        set_aside(&path).map_err(failed)?;
    }
    Ok(())
}

fn file_error(path: &Path, error: io::Error) -> StoreError {
    let path = path.to_owned();
    StoreError::File { path, error }
}

/// The files that are there, benchmarks by their time.
fn files(state: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let mut files = vec![state.join("history.jsonl")];
    files.retain(|path| path.is_file());
    let folder = state.join("benches");
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(files),
        Err(error) => return Err(file_error(&folder, error)),
    };
    let paths = entries.map(|entry| Ok(entry?.path()));
    let mut benches: Vec<PathBuf> = paths
        .collect::<io::Result<_>>()
        .map_err(|error| file_error(&folder, error))?;
    benches
        .retain(|path| path.extension().is_some_and(|ending| ending == "jsonl") && path.is_file());
    // Their names begin with the time.
    benches.sort();
    files.extend(benches);
    Ok(files)
}

/// `None` when another imgtui set it aside meanwhile.
fn open(path: &Path) -> io::Result<Option<File>> {
    match File::open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The lines of a file that are not in the database yet.
struct Rest {
    inode: i64,
    file: String,
    from: u64,
}

impl Rest {
    fn of(transaction: &Transaction<'_>, path: &Path, file: &File) -> io::Result<Self> {
        // A number that only tells files apart: which sign it has does not matter.
        let inode = file.metadata()?.ino().cast_signed();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let known: Option<u64> = transaction
            .query_row(
                "SELECT bytes FROM taken_over WHERE inode = ?1 AND file = ?2",
                params![inode, name],
                |row| row.get(0),
            )
            .optional()
            .map_err(io::Error::other)?;
        Ok(Self {
            inode,
            file: name.into_owned(),
            from: known.unwrap_or(0),
        })
    }

    /// Hands out each line; how many bytes of the file are known then.
    fn each(
        &self,
        mut file: File,
        mut take: impl FnMut(&[u8]) -> rusqlite::Result<()>,
    ) -> io::Result<u64> {
        file.seek(SeekFrom::Start(self.from))?;
        let mut bytes = self.from;
        for line in BufReader::new(file).split(b'\n') {
            let line = line?;
            bytes += line.len() as u64 + 1;
            take(&line).map_err(io::Error::other)?;
        }
        Ok(bytes)
    }

    fn note(&self, transaction: &Transaction<'_>, bytes: u64) -> rusqlite::Result<()> {
        transaction.execute(
            "INSERT OR REPLACE INTO taken_over (inode, file, bytes) VALUES (?1, ?2, ?3)",
            params![self.inode, self.file, bytes],
        )?;
        Ok(())
    }
}

/// Puts the lines of one file into the database.
struct Keeping<'a> {
    transaction: &'a Transaction<'a>,
    own: &'a str,
    is_bench: bool,
    /// The benchmark that the file's first line began.
    bench: Option<i64>,
}

impl Keeping<'_> {
    fn take(&mut self, line: &[u8]) -> rusqlite::Result<()> {
        match (self.is_bench, self.bench) {
            (false, _) => match serde_json::from_slice::<BuildRecord>(line) {
                Ok(record) if record.schema <= RECORD_SCHEMA => {
                    history::insert(self.transaction, self.own, &record)?;
                }
                _ => {}
            },
            (true, None) => match serde_json::from_slice::<BenchHeader>(line) {
                Ok(header) if header.schema <= BENCH_SCHEMA => {
                    let bench = benches::insert(self.transaction, self.own, &header)?;
                    self.bench = Some(bench);
                }
                _ => {}
            },
            (true, Some(bench)) => {
                if let Ok(run) = serde_json::from_slice::<BenchRun>(line) {
                    benches::insert_run(self.transaction, self.own, bench, &run)?;
                } else if let Ok(header) = serde_json::from_slice::<BenchHeader>(line) {
                    // A strategy was added on the way.
                    benches::update(self.transaction, bench, &header)?;
                }
            }
        }
        Ok(())
    }
}

/// Gives a file whose lines are in the database another name, and never that of another file.
fn set_aside(path: &Path) -> io::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let names = (1_u32..).map(|number| match number {
        1 => format!("{name}.{ENDING}"),
        _ => format!("{name}.{ENDING}-{number}"),
    });
    let mut targets = names.map(|name| path.with_file_name(name));
    let target = targets.find(|target| !target.exists());
    match target.map(|target| fs::rename(path, target)) {
        // Another imgtui did it.
        Some(Err(error)) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Some(done) => done,
        None => Ok(()),
    }
}
