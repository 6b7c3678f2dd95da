//! Benchmarks: a header each, and their runs, each kept as soon as it ended, so that nothing is
//! lost when one is broken off.

use std::path::PathBuf;

use rusqlite::{Connection, Row, params};

use super::{
    database::Database,
    error::StoreError,
    history::{find, unkeepable},
    machine,
};
use crate::domain::bench::{BENCH_SCHEMA, BenchHeader, BenchRun};

/// All benchmarks.
#[derive(Debug, Clone)]
pub struct Benches {
    pub(super) database: Database,
}

/// A benchmark that more runs are added to.
#[derive(Debug)]
pub struct BenchFile {
    /// The file that it is kept in.
    pub path: PathBuf,
    database: Database,
    bench: i64,
}

/// A benchmark that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    bench: i64,
    /// What is measured, and where.
    pub header: BenchHeader,
    /// Its runs. One that is torn is not among them: that run is done again.
    pub runs: Vec<BenchRun>,
}

impl Benches {
    /// Begins a benchmark of this machine.
    ///
    /// # Errors
    /// When it cannot be written, or a newer imgtui wrote the file.
    pub fn begin(&self, header: &BenchHeader) -> Result<BenchFile, StoreError> {
        let bench = self.database.write(|transaction| {
            let own = machine::own(transaction)?;
            insert(transaction, &own, header)
        })?;
        Ok(self.file(bench))
    }

    /// Goes on in a benchmark that was read.
    ///
    /// # Errors
    /// When it is not there any more, or a newer imgtui wrote the file meanwhile.
    pub fn go_on(&self, kept: &Kept) -> Result<BenchFile, StoreError> {
        self.database.read(|transaction| {
            let sql = "SELECT id FROM benches WHERE id = ?1";
            transaction.query_row(sql, [kept.bench], |row| row.get::<_, i64>(0))
        })?;
        Ok(self.file(kept.bench))
    }

    fn file(&self, bench: i64) -> BenchFile {
        BenchFile {
            path: self.database.path(),
            database: self.database.clone(),
            bench,
        }
    }

    /// The newest one of this machine that `fits`.
    ///
    /// # Errors
    /// When the file cannot be read, or a newer imgtui wrote it.
    pub fn newest(&self, fits: impl Fn(&BenchHeader) -> bool) -> Result<Option<Kept>, StoreError> {
        self.database.read(|transaction| {
            let mut statement = transaction.prepare(
                "SELECT benches.id, header FROM benches
                    JOIN machines ON machines.id = benches.machine
                    WHERE machines.is_own = 1 AND schema <= ?1 ORDER BY benches.id DESC",
            )?;
            let mut rows = statement.query([BENCH_SCHEMA])?;
            while let Some(row) = rows.next()? {
                let header = parsed::<BenchHeader>(row, 1)?;
                if let Some(header) = header.filter(|header| fits(header)) {
                    let bench = row.get(0)?;
                    let runs = runs(transaction, bench)?;
                    return Ok(Some(Kept {
                        bench,
                        header,
                        runs,
                    }));
                }
            }
            Ok(None)
        })
    }
}

impl BenchFile {
    /// Adds a run; it is on the disk after this.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn add(&mut self, run: &BenchRun) -> Result<(), StoreError> {
        self.database.write(|transaction| {
            let own = machine::own(transaction)?;
            insert_run(transaction, &own, self.bench, run)
        })
    }

    /// Another plan from now on: a strategy was added. Places of those that were there stay
    /// theirs.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn set_plan(&mut self, header: &BenchHeader) -> Result<(), StoreError> {
        self.database
            .write(|transaction| update(transaction, self.bench, header))
    }
}

/// The runs of a benchmark in the order in which they were made.
pub(super) fn runs(connection: &Connection, bench: i64) -> rusqlite::Result<Vec<BenchRun>> {
    let mut statement =
        connection.prepare("SELECT run FROM runs WHERE bench = ?1 ORDER BY rowid")?;
    let rows = statement.query_map([bench], |row| parsed::<BenchRun>(row, 0))?;
    rows.filter_map(Result::transpose).collect()
}

/// `None` of what is torn.
pub(super) fn parsed<T: serde::de::DeserializeOwned>(
    row: &Row<'_>,
    column: usize,
) -> rusqlite::Result<Option<T>> {
    let text = row.get_ref(column)?.as_bytes()?;
    Ok(serde_json::from_slice(text).ok())
}

/// Adds a benchmark; its number.
pub(super) fn insert(
    connection: &Connection,
    machine: &str,
    header: &BenchHeader,
) -> rusqlite::Result<i64> {
    let text = serde_json::to_string(header).map_err(unkeepable)?;
    connection.execute(
        "INSERT INTO benches (machine, started, app, schema, header) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![
            machine,
            header.started,
            header.app.to_string_lossy(),
            header.schema,
            text
        ],
    )?;
    Ok(connection.last_insert_rowid())
}

/// Puts another header in the place of a benchmark's.
pub(super) fn update(
    connection: &Connection,
    bench: i64,
    header: &BenchHeader,
) -> rusqlite::Result<()> {
    let text = serde_json::to_string(header).map_err(unkeepable)?;
    connection.execute(
        "UPDATE benches SET header = ?1 WHERE id = ?2",
        params![text, bench],
    )?;
    Ok(())
}

/// Adds a run, in the place of an earlier one of the same round and cell.
pub(super) fn insert_run(
    connection: &Connection,
    machine: &str,
    bench: i64,
    run: &BenchRun,
) -> rusqlite::Result<()> {
    let text = serde_json::to_string(run).map_err(unkeepable)?;
    let build = find(connection, machine, &run.record)?;
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO runs (bench, round, place, prior, build, run)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            bench,
            run.round,
            run.cell.place,
            run.cell.prior.word(),
            build,
            text
        ])?;
    Ok(())
}
