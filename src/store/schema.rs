//! The tables, and how a file of an earlier version gets those of this one.
//!
//! The record's JSON is the truth; columns are for filters, and for people with `sqlite3`.

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::machine;

/// What makes the tables of version 1, of 2, and so on. One that was published is never changed:
/// a change is one more.
pub(super) const MIGRATIONS: [&str; 3] = [
    // Machines and builds. `taken_over` names the files of versions before SQLite.
    "CREATE TABLE machines (
        id TEXT PRIMARY KEY,
        is_own INTEGER NOT NULL,
        name TEXT NOT NULL,
        processors INTEGER,
        memory INTEGER,
        model TEXT
    ) STRICT;
    CREATE UNIQUE INDEX one_machine_is_own ON machines (is_own) WHERE is_own = 1;
    CREATE TABLE builds (
        id INTEGER PRIMARY KEY,
        machine TEXT NOT NULL REFERENCES machines (id),
        app TEXT NOT NULL,
        strategy TEXT NOT NULL,
        subject TEXT NOT NULL,
        engine TEXT NOT NULL,
        engine_version TEXT NOT NULL,
        scenario TEXT,
        started TEXT NOT NULL,
        outcome TEXT NOT NULL,
        wall_s REAL NOT NULL,
        schema INTEGER NOT NULL,
        record TEXT NOT NULL
    ) STRICT;
    CREATE INDEX builds_of_app ON builds (machine, app, strategy, engine);
    CREATE INDEX builds_by_start ON builds (machine, started);
    CREATE TABLE taken_over (
        inode INTEGER NOT NULL,
        file TEXT NOT NULL,
        bytes INTEGER NOT NULL,
        PRIMARY KEY (inode, file)
    ) STRICT;",
    // Benchmarks.
    "CREATE TABLE benches (
        id INTEGER PRIMARY KEY,
        machine TEXT NOT NULL REFERENCES machines (id),
        started TEXT NOT NULL,
        app TEXT NOT NULL,
        schema INTEGER NOT NULL,
        header TEXT NOT NULL
    ) STRICT;
    CREATE INDEX benches_by_start ON benches (machine, started);
    CREATE TABLE runs (
        bench INTEGER NOT NULL REFERENCES benches (id),
        round INTEGER NOT NULL,
        place INTEGER NOT NULL,
        prior TEXT NOT NULL,
        build INTEGER REFERENCES builds (id),
        run TEXT NOT NULL,
        UNIQUE (bench, round, place, prior)
    ) STRICT;",
    // What the steps of a build depended on. Folders of contexts and contents of files are kept
    // once, however many builds had them.
    "CREATE TABLE footprints (
        build INTEGER PRIMARY KEY REFERENCES builds (id),
        store TEXT NOT NULL,
        context BLOB NOT NULL,
        schema INTEGER NOT NULL,
        footprint TEXT NOT NULL
    ) STRICT;
    CREATE TABLE folders (
        digest BLOB PRIMARY KEY,
        listing BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE contents (
        digest BLOB PRIMARY KEY,
        bytes BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;",
];

/// The version of a file; 0 of one without tables.
pub(super) fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Whether this program understands a file of that version.
pub(super) fn is_known(version: i64) -> bool {
    usize::try_from(version).is_ok_and(|version| version <= MIGRATIONS.len())
}

/// Brings the tables to this version, a transaction each. Of two programs that open a file at
/// once, the second one finds it done.
pub(super) fn migrate(connection: &mut Connection) -> rusqlite::Result<()> {
    loop {
        let found = usize::try_from(version(connection)?).unwrap_or(usize::MAX);
        if found >= MIGRATIONS.len() {
            return Ok(());
        }
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        step(&transaction)?;
        transaction.commit()?;
    }
}

/// One version further. What is the file's version is asked under the lock.
fn step(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    let found = version(transaction)?;
    let next = usize::try_from(found)
        .ok()
        .and_then(|at| MIGRATIONS.get(at));
    let Some(tables) = next else { return Ok(()) };
    transaction.execute_batch(tables)?;
    if found == 0 {
        machine::draw(transaction)?;
    }
    transaction.pragma_update(None, "user_version", found + 1)
}
