//! The one file: opened for each call, which leaves no connection behind that two threads could
//! share. The last one that closes it puts the log that was written ahead into it, so that the
//! file is whole in itself whenever no imgtui is at work. With that an append takes 2 ms in
//! memory and 25 ms on a disk that needs 6 ms to make sure (9 ms without); a build takes seconds.

use std::{
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use rusqlite::{Connection, ErrorCode, Transaction, TransactionBehavior, config::DbConfig};

use super::{
    error::StoreError,
    schema::{MIGRATIONS, is_known, migrate, version},
    taken_over::take_over,
};

/// How long another imgtui is waited for; it writes for milliseconds.
const PATIENCE: Duration = Duration::from_secs(10);
/// Between two tries where `SQLite` does not wait by itself.
const PAUSE: Duration = Duration::from_millis(5);

/// Where the database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Database {
    folder: PathBuf,
}

impl Database {
    /// The database of a state folder.
    pub(super) fn of(folder: &Path) -> Self {
        let folder = folder.to_owned();
        Self { folder }
    }

    /// The file.
    pub(super) fn path(&self) -> PathBuf {
        self.folder.join("history.sqlite")
    }

    /// Reads in one transaction: what another imgtui writes meanwhile is not seen by half.
    pub(super) fn read<T>(
        &self,
        doing: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let failed = |error| self.failed("read", error);
        let mut connection = self.open()?;
        let transaction = connection.transaction().map_err(failed)?;
        doing(&transaction).map_err(failed)
    }

    /// Writes in one transaction: all of it or nothing, and on the disk when this returns.
    pub(super) fn write<T>(
        &self,
        doing: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let failed = |error| self.failed("written", error);
        let mut connection = self.open()?;
        let transaction = begin(&mut connection).map_err(failed)?;
        let done = doing(&transaction).map_err(failed)?;
        transaction.commit().map_err(failed)?;
        Ok(done)
    }

    /// The database with the tables of this version, and what earlier versions kept elsewhere.
    ///
    /// # Errors
    /// When it cannot be opened, or is of a newer version; then nothing was written to it.
    pub(super) fn open(&self) -> Result<Connection, StoreError> {
        let failed = |error| self.failed("opened", error);
        let path = self.path();
        let mut connection = Connection::open(&path).map_err(failed)?;
        connection.busy_timeout(PATIENCE).map_err(failed)?;
        // Closing would otherwise put what a killed program left beside the file into it.
        let keep_as_it_is = DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE;
        connection
            .set_db_config(keep_as_it_is, true)
            .map_err(failed)?;
        let found = version(&connection).map_err(failed)?;
        if !is_known(found) {
            let ours = MIGRATIONS.len();
            return Err(StoreError::Newer { path, found, ours });
        }
        connection
            .set_db_config(keep_as_it_is, false)
            .map_err(failed)?;
        prepare(&connection).map_err(failed)?;
        migrate(&mut connection).map_err(failed)?;
        take_over(self, &self.folder, &mut connection)?;
        Ok(connection)
    }

    pub(super) fn failed(&self, doing: &'static str, error: rusqlite::Error) -> StoreError {
        let path = self.path();
        StoreError::Database { path, doing, error }
    }
}

/// A transaction that has the right to write from its beginning: one that only finds out later
/// that another writes cannot wait for it.
pub(super) fn begin(connection: &mut Connection) -> rusqlite::Result<Transaction<'_>> {
    connection.transaction_with_behavior(TransactionBehavior::Immediate)
}

fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    write_ahead(connection)?;
    // FULL and not NORMAL: a run took minutes, and with a log written ahead NORMAL may lose the
    // last ones when the power fails.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)
}

/// Readers and a writer do not wait for each other. The file remembers it. While another program
/// changes the mode, `SQLite` refuses at once instead of waiting.
fn write_ahead(connection: &Connection) -> rusqlite::Result<()> {
    let began = Instant::now();
    loop {
        let mode: rusqlite::Result<String> =
            connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0));
        match mode {
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                    && began.elapsed() < PATIENCE =>
            {
                thread::sleep(PAUSE);
            }
            // A file system without shared memory keeps the mode it can; that is safe too.
            other => return other.map(drop),
        }
    }
}
