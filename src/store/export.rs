//! This machine's history as a file of JSON lines, for another machine to import.
//!
//! The first line says what it is and whose, the last one how much was before it: a file that
//! lacks its end is told from a whole one.

use std::{
    fs,
    io::{self, BufWriter, Write},
    os::unix::fs::PermissionsExt,
    path::Path,
};

use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use super::{
    History, StoreError,
    benches::{parsed, runs},
    machine,
};
use crate::domain::{
    bench::{BENCH_SCHEMA, BenchHeader, BenchRun},
    machine::{Machine, MachineId},
    record::{BuildRecord, RECORD_SCHEMA},
};

/// Version of the form of exports.
pub(super) const EXPORT_SCHEMA: u32 = 1;

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct First {
    /// [`EXPORT_SCHEMA`].
    pub(super) imgtui_history: u32,
    /// This machine.
    pub(super) machine: Named,
}

/// A machine with its number.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Named {
    pub(super) id: MachineId,
    #[serde(flatten)]
    pub(super) machine: Machine,
}

/// Any other line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Line {
    /// A build.
    Build(Box<BuildRecord>),
    /// A benchmark; its runs follow.
    Bench(Box<BenchHeader>),
    /// A run of the benchmark before it.
    Run(Box<BenchRun>),
    /// The last line.
    End(Written),
}

/// How much was written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// Builds.
    pub builds: usize,
    /// Runs of benchmarks; their builds are counted too.
    pub runs: usize,
}

impl History {
    /// Writes all of this machine's builds and benchmarks into a file, which is whole or not
    /// there.
    ///
    /// # Errors
    /// When the history cannot be read, or the file not be written.
    pub fn export(&self, path: &Path) -> Result<Written, StoreError> {
        let failed = |error| StoreError::File {
            path: path.to_owned(),
            error,
        };
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let mut file =
            tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new("."))).map_err(failed)?;
        let mut out = BufWriter::new(file.as_file_mut());
        // An error of the file comes through the database's: there is one at most.
        let mut broken = None;
        let written = self.database.read(|transaction| {
            let mut write = |line: &str| match writeln!(out, "{line}") {
                Ok(()) => true,
                Err(error) => {
                    broken = Some(error);
                    false
                }
            };
            lines(transaction, &mut write)
        })?;
        out.flush().map_err(failed)?;
        drop(out);
        if let Some(error) = broken {
            return Err(failed(error));
        }
        file.as_file().sync_all().map_err(failed)?;
        // As any other file that a program writes.
        let mode = fs::Permissions::from_mode(0o644);
        fs::set_permissions(file.path(), mode).map_err(failed)?;
        file.persist(path)
            .map_err(|error| failed(io::Error::from(error)))?;
        Ok(written)
    }
}

/// Hands out line after line, until one is not taken.
fn lines(
    connection: &Connection,
    write: &mut impl FnMut(&str) -> bool,
) -> rusqlite::Result<Written> {
    let mut written = Written::default();
    let (id, machine) = machine::this(connection)?;
    let id = MachineId::try_from(id).map_err(|why| odd(0, why))?;
    let first = First {
        imgtui_history: EXPORT_SCHEMA,
        machine: Named { id, machine },
    };
    if !write(&json(&first)?) {
        return Ok(written);
    }
    let mut builds = connection.prepare(
        "SELECT record FROM builds JOIN machines ON machines.id = builds.machine
            WHERE is_own = 1 AND schema <= ?1 ORDER BY builds.id",
    )?;
    let mut rows = builds.query([RECORD_SCHEMA])?;
    while let Some(row) = rows.next()? {
        if let Some(record) = parsed::<BuildRecord>(row, 0)? {
            written.builds += 1;
            if !write(&json(&Line::Build(Box::new(record)))?) {
                return Ok(written);
            }
        }
    }
    let mut benches = connection.prepare(
        "SELECT header, benches.id FROM benches JOIN machines ON machines.id = benches.machine
            WHERE is_own = 1 AND schema <= ?1 ORDER BY benches.id",
    )?;
    let mut rows = benches.query([BENCH_SCHEMA])?;
    while let Some(row) = rows.next()? {
        let Some(header) = parsed::<BenchHeader>(row, 0)? else {
            continue;
        };
        write(&json(&Line::Bench(Box::new(header)))?);
        for run in runs(connection, row.get(1)?)? {
            written.runs += 1;
            write(&json(&Line::Run(Box::new(run)))?);
        }
    }
    write(&json(&Line::End(written))?);
    Ok(written)
}

fn json(line: &impl Serialize) -> rusqlite::Result<String> {
    serde_json::to_string(line).map_err(super::history::unkeepable)
}

/// A value of the database that is not what we put there.
fn odd(column: usize, why: String) -> rusqlite::Error {
    let text = rusqlite::types::Type::Text;
    rusqlite::Error::FromSqlConversionFailure(column, text, why.into())
}
