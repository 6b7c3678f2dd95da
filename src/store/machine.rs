//! This machine, as the history knows it: a number drawn once, and what the system tells.
//!
//! `/etc/machine-id` would be as stable, but is not to be given away (machine-id(5)), and exports
//! are.

use std::{fs, sync::OnceLock};

use rusqlite::{Connection, Row, params};

use crate::domain::{ids::Bytes, machine::Machine};

/// What this machine is, read once.
pub(super) fn here() -> &'static Machine {
    static HERE: OnceLock<Machine> = OnceLock::new();
    HERE.get_or_init(|| {
        let text = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let processors = std::thread::available_parallelism().map(usize::from);
        Machine::read(
            &text("/etc/hostname"),
            &text("/proc/cpuinfo"),
            &text("/proc/meminfo"),
            processors.ok(),
        )
    })
}

/// Draws this machine's id.
pub(super) fn draw(connection: &Connection) -> rusqlite::Result<()> {
    let machine = here();
    connection.execute(
        "INSERT INTO machines (id, is_own, name, processors, memory, model)
         VALUES (lower(hex(randomblob(16))), 1, ?1, ?2, ?3, ?4)",
        params![
            machine.name,
            machine.processors,
            signed(machine.memory),
            machine.model
        ],
    )?;
    Ok(())
}

/// This machine's id. What is known of it is brought up to date; nothing is written where it is.
pub(super) fn own(connection: &Connection) -> rusqlite::Result<String> {
    let machine = here();
    connection.execute(
        "UPDATE machines SET name = ?1, processors = ?2, memory = ?3, model = ?4
         WHERE is_own = 1 AND (name, processors, memory, model) IS NOT (?1, ?2, ?3, ?4)",
        params![
            machine.name,
            machine.processors,
            signed(machine.memory),
            machine.model
        ],
    )?;
    connection.query_row("SELECT id FROM machines WHERE is_own = 1", [], |row| {
        row.get(0)
    })
}

/// Keeps another machine, or what is now known of it.
pub(super) fn keep(connection: &Connection, id: &str, machine: &Machine) -> rusqlite::Result<()> {
    connection.execute(
        "INSERT INTO machines (id, is_own, name, processors, memory, model)
         VALUES (?1, 0, ?2, ?3, ?4, ?5)
         ON CONFLICT (id) DO UPDATE SET name = ?2, processors = ?3, memory = ?4, model = ?5
         WHERE is_own = 0",
        params![
            id,
            machine.name,
            machine.processors,
            signed(machine.memory),
            machine.model
        ],
    )?;
    Ok(())
}

/// This machine's id and what is kept of it.
pub(super) fn this(connection: &Connection) -> rusqlite::Result<(String, Machine)> {
    connection.query_row(
        "SELECT name, processors, memory, model, id FROM machines WHERE is_own = 1",
        [],
        |row| Ok((row.get(4)?, read(row)?)),
    )
}

fn read(row: &Row<'_>) -> rusqlite::Result<Machine> {
    let memory: Option<i64> = row.get(2)?;
    Ok(Machine {
        name: row.get(0)?,
        processors: row.get(1)?,
        memory: memory
            .and_then(|bytes| u64::try_from(bytes).ok())
            .map(Bytes),
        model: row.get(3)?,
    })
}

/// `SQLite`'s integers are signed.
fn signed(bytes: Option<Bytes>) -> Option<i64> {
    bytes.and_then(|bytes| i64::try_from(bytes.0).ok())
}
