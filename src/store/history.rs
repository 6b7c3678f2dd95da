//! The records of finished builds.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, Row, named_params, params};

use super::{database::Database, error::StoreError, machine};
use crate::domain::{
    event::Outcome,
    history::{Owner, PastBuild},
    ids::StrategyId,
    machine::Machine,
    record::{BuildRecord, RECORD_SCHEMA},
};

/// Newest records that are read; older ones stay in the file.
pub const MOST_RECORDS: usize = 5_000;

/// The records of finished builds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    pub(super) database: Database,
}

/// Which machines' builds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Whose {
    /// This machine's own.
    #[default]
    Own,
    /// Those of a machine of this name, or whose id begins so.
    Named(String),
    /// All, those that were imported too.
    Everybody,
}

/// Which builds; what is `None` does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of which machines.
    pub whose: Whose,
    /// The app's folder.
    pub app: Option<PathBuf>,
    /// The strategy.
    pub strategy: Option<StrategyId>,
    /// The engine's kind, e.g. `podman`; `docker` for docker by any builder.
    pub engine: Option<String>,
}

impl History {
    /// The file.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.database.path()
    }

    /// Adds one record of this machine; it is on the disk after this. Blocks for some
    /// milliseconds, longer while another imgtui writes.
    ///
    /// # Errors
    /// When the file cannot be written, or a newer imgtui wrote it.
    pub fn append(&self, record: &BuildRecord) -> Result<(), StoreError> {
        self.database.write(|transaction| {
            let own = machine::own(transaction)?;
            insert(transaction, &own, record).map(drop)
        })
    }

    /// This machine's newest records, the oldest of them first. Those that are torn or of a newer
    /// schema are passed over.
    ///
    /// # Errors
    /// When the file cannot be read, or a newer imgtui wrote it.
    pub fn load(&self) -> Result<Vec<BuildRecord>, StoreError> {
        let found = self.query(&Filter::default())?;
        Ok(found.into_iter().map(|past| past.record).collect())
    }

    /// The newest records that pass the filter, the oldest of them first; at most
    /// [`MOST_RECORDS`]. Those that are torn or of a newer schema are passed over.
    ///
    /// # Errors
    /// When the file cannot be read, or a newer imgtui wrote it.
    pub fn query(&self, filter: &Filter) -> Result<Vec<PastBuild>, StoreError> {
        let mut found = self.newest(filter, MOST_RECORDS)?;
        found.reverse();
        Ok(found)
    }

    /// So many of the newest records that pass the filter, the newest first. Those that are torn or
    /// of a newer schema are passed over.
    ///
    /// # Errors
    /// When the file cannot be read, or a newer imgtui wrote it.
    pub fn newest(&self, filter: &Filter, most: usize) -> Result<Vec<PastBuild>, StoreError> {
        self.database
            .read(|transaction| select(transaction, filter, most))
    }

    /// One build of any machine by its number.
    ///
    /// # Errors
    /// When the file cannot be read, or a newer imgtui wrote it.
    pub fn build(&self, id: i64) -> Result<Option<PastBuild>, StoreError> {
        self.database.read(|transaction| {
            let sql = format!("{COLUMNS} WHERE builds.id = ?1 AND builds.schema <= ?2");
            let row = transaction.query_row(&sql, params![id, RECORD_SCHEMA], past_build);
            Ok(row.optional()?.flatten())
        })
    }

    /// This machine, as exports name it.
    ///
    /// # Errors
    /// When the file cannot be read, or a newer imgtui wrote it.
    pub fn machine(&self) -> Result<(String, Machine), StoreError> {
        self.database.read(|transaction| machine::this(transaction))
    }
}

const COLUMNS: &str = "SELECT builds.id, machines.id, machines.name, machines.is_own, builds.record
    FROM builds JOIN machines ON machines.id = builds.machine";

/// The newest first.
fn select(
    connection: &Connection,
    filter: &Filter,
    most: usize,
) -> rusqlite::Result<Vec<PastBuild>> {
    let whose = match &filter.whose {
        Whose::Own => "machines.is_own = 1 AND :name IS NULL",
        Whose::Named(_) => {
            "(machines.name = :name OR substr(machines.id, 1, length(:name)) = :name)"
        }
        Whose::Everybody => ":name IS NULL",
    };
    let name = match &filter.whose {
        Whose::Named(name) => Some(name),
        Whose::Own | Whose::Everybody => None,
    };
    let sql = format!(
        "{COLUMNS} WHERE {whose} AND builds.schema <= :schema
            AND (:app IS NULL OR builds.app = :app)
            AND (:strategy IS NULL OR builds.strategy = :strategy)
            AND (:engine IS NULL OR builds.engine = :engine
                OR substr(builds.engine, 1, length(:engine) + 1) = :engine || '-')
            ORDER BY builds.id DESC LIMIT :most"
    );
    let mut statement = connection.prepare(&sql)?;
    let rows = statement.query_map(
        named_params! {
            ":name": name,
            ":schema": RECORD_SCHEMA,
            ":app": filter.app.as_deref().map(Path::to_string_lossy),
            ":strategy": filter.strategy.as_ref().map(|id| &id.0),
            ":engine": filter.engine,
            ":most": most,
        },
        past_build,
    )?;
    rows.filter_map(Result::transpose).collect()
}

/// `None` of a record that is torn.
fn past_build(row: &Row<'_>) -> rusqlite::Result<Option<PastBuild>> {
    let text = row.get_ref(4)?.as_bytes()?;
    let Ok(record) = serde_json::from_slice(text) else {
        return Ok(None);
    };
    Ok(Some(PastBuild {
        id: row.get(0)?,
        machine: Owner {
            id: row.get(1)?,
            name: row.get(2)?,
            is_own: row.get(3)?,
        },
        record,
    }))
}

/// Adds a record; its number.
pub(super) fn insert(
    connection: &Connection,
    machine: &str,
    record: &BuildRecord,
) -> rusqlite::Result<i64> {
    let text = serde_json::to_string(record).map_err(unkeepable)?;
    let outcome = match record.outcome {
        Outcome::Built => "built",
        Outcome::Failed { .. } => "failed",
        Outcome::Cancelled => "cancelled",
    };
    connection
        .prepare_cached(
            "INSERT INTO builds (machine, app, strategy, subject, engine, engine_version,
                scenario, started, outcome, wall_s, schema, record)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        )?
        .execute(params![
            machine,
            record.app.to_string_lossy(),
            record.strategy,
            record.subject.to_string(),
            record.engine.kind,
            record.engine.version,
            record.prior.map(crate::domain::bench::Prior::word),
            record.started,
            outcome,
            record.wall_s,
            record.schema,
            text,
        ])?;
    Ok(connection.last_insert_rowid())
}

/// The number of a build that is there: no machine begins two of one strategy at one moment.
pub(super) fn find(
    connection: &Connection,
    machine: &str,
    record: &BuildRecord,
) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached(
            "SELECT id FROM builds WHERE machine = ?1 AND started = ?2 AND strategy = ?3
                AND app = ?4 AND engine = ?5 ORDER BY id DESC LIMIT 1",
        )?
        .query_row(
            params![
                machine,
                record.started,
                record.strategy,
                record.app.to_string_lossy(),
                record.engine.kind
            ],
            |row| row.get(0),
        )
        .optional()
}

/// A value that cannot be written as JSON.
pub(super) fn unkeepable(error: serde_json::Error) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(Box::new(error))
}
