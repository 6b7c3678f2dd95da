//! What the steps of builds depended on, and what was sent to them.
//!
//! A context is kept folder by folder under the digest of its listing, as git keeps trees: after an
//! edit only the folders above the edited file are new. Of files that people edit the bytes are
//! kept too, so that a change can be told line by line.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use rusqlite::{Connection, OptionalExtension, Transaction, named_params, params};

use super::{
    database::Database,
    error::StoreError,
    history::{self, History, insert},
    machine,
};
use crate::domain::{
    archive::Archive,
    digest::ContentDigest,
    footprint::{FOOTPRINT_SCHEMA, Footprint},
    manifest::{Manifest, links},
    record::{BuildRecord, EngineInfo, RECORD_SCHEMA},
};

/// Builds of an app on one store whose footprints are kept; those of older ones are let go.
const KEPT: usize = 400;
/// Contexts are let go once so many builds have fallen out.
const AT_ONCE: usize = 50;

/// What is kept of a build besides its record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// What its steps depended on.
    pub footprint: Footprint,
    /// What was sent.
    pub manifest: Manifest,
    /// Bytes of files by their digests, those that people edit.
    pub contents: Vec<(ContentDigest, Vec<u8>)>,
}

/// A build with what its steps depended on.
#[derive(Debug, Clone, PartialEq)]
pub struct Traced {
    /// Its number in the history.
    pub number: i64,
    /// Its figures.
    pub record: BuildRecord,
    /// What its steps depended on.
    pub footprint: Footprint,
}

impl History {
    /// Adds a record of this machine with what its steps depended on; its number.
    ///
    /// # Errors
    /// When the file cannot be written, or a newer imgtui wrote it.
    pub fn append_traced(&self, record: &BuildRecord, kept: &Kept) -> Result<i64, StoreError> {
        self.database.write(|transaction| {
            let own = machine::own(transaction)?;
            let number = insert(transaction, &own, record)?;
            keep(transaction, number, kept)?;
            let_go(transaction, record, &kept.footprint.store)?;
            Ok(number)
        })
    }

    /// This machine's newest builds of an app on one store, the oldest of them first. Those whose
    /// footprint another version wrote are passed over.
    ///
    /// # Errors
    /// When the file cannot be read, or a newer imgtui wrote it.
    pub fn traced(&self, app: &Path, engine: &str, store: &str) -> Result<Vec<Traced>, StoreError> {
        let mut found = self.database.read(|transaction| {
            let mut statement = transaction.prepare_cached(
                "SELECT builds.id, builds.record, footprints.footprint
                FROM footprints JOIN builds ON builds.id = footprints.build
                    JOIN machines ON machines.id = builds.machine
                WHERE machines.is_own = 1 AND builds.app = :app AND builds.engine = :engine
                    AND footprints.store = :store AND footprints.schema = :footprint
                    AND builds.schema <= :record
                ORDER BY builds.id DESC LIMIT :most",
            )?;
            let rows = statement.query_map(
                named_params! {
                    ":app": app.to_string_lossy(),
                    ":engine": engine,
                    ":store": store,
                    ":footprint": FOOTPRINT_SCHEMA,
                    ":record": RECORD_SCHEMA,
                    ":most": KEPT,
                },
                |row| {
                    Ok((
                        row.get(0)?,
                        row.get::<_, String>(1)?,
                        row.get::<_, String>(2)?,
                    ))
                },
            )?;
            let rows: Vec<(i64, String, String)> = rows.collect::<rusqlite::Result<_>>()?;
            Ok(rows)
        })?;
        found.reverse();
        let read = found.into_iter().filter_map(|(number, record, footprint)| {
            Some(Traced {
                number,
                record: serde_json::from_str(&record).ok()?,
                footprint: serde_json::from_str(&footprint).ok()?,
            })
        });
        Ok(read.collect())
    }

    /// The engine of this machine's newest traced build of an app, and the store where it keeps
    /// results; of one kind of engine where that is said.
    ///
    /// # Errors
    /// When the file cannot be read, or a newer imgtui wrote it.
    pub fn last_traced(
        &self,
        app: &Path,
        kind: Option<&str>,
    ) -> Result<Option<(EngineInfo, String)>, StoreError> {
        self.database.read(|transaction| {
            transaction
                .query_row(
                    "SELECT builds.engine, builds.engine_version, footprints.store
                    FROM footprints JOIN builds ON builds.id = footprints.build
                        JOIN machines ON machines.id = builds.machine
                    WHERE machines.is_own = 1 AND builds.app = :app
                        AND (:engine IS NULL OR builds.engine = :engine
                            OR substr(builds.engine, 1, length(:engine) + 1) = :engine || '-')
                    ORDER BY builds.id DESC LIMIT 1",
                    named_params! { ":app": app.to_string_lossy(), ":engine": kind },
                    |row| {
                        let (kind, version) = (row.get(0)?, row.get(1)?);
                        Ok((EngineInfo { kind, version }, row.get(2)?))
                    },
                )
                .optional()
        })
    }

    /// What the steps of this machine's newest builds of an app depended on, by the builds' numbers
    /// in the history, whichever engine built them. Those that another version wrote are passed over.
    ///
    /// # Errors
    /// When the file cannot be read, or a newer imgtui wrote it.
    pub fn footprints(
        &self,
        app: &Path,
        most: usize,
    ) -> Result<BTreeMap<i64, Footprint>, StoreError> {
        let found = self.database.read(|transaction| {
            let mut statement = transaction.prepare_cached(
                "SELECT builds.id, footprints.footprint
                FROM footprints JOIN builds ON builds.id = footprints.build
                    JOIN machines ON machines.id = builds.machine
                WHERE machines.is_own = 1 AND builds.app = ?1 AND footprints.schema = ?2
                ORDER BY builds.id DESC LIMIT ?3",
            )?;
            let rows = statement.query_map(
                params![app.to_string_lossy(), FOOTPRINT_SCHEMA, most],
                |row| Ok((row.get(0)?, row.get::<_, String>(1)?)),
            )?;
            rows.collect::<rusqlite::Result<Vec<(i64, String)>>>()
        })?;
        let read = found.into_iter();
        let read =
            read.filter_map(|(number, text)| Some((number, serde_json::from_str(&text).ok()?)));
        Ok(read.collect())
    }

    /// Former contexts and contents.
    #[must_use]
    pub fn archive(&self) -> KeptContexts {
        KeptContexts {
            database: self.database.clone(),
            read: Arc::default(),
        }
    }
}

/// Former contexts and contents, read when they are asked for; a context once, as each step of a
/// build is compared with the same few.
#[derive(Debug, Clone)]
pub struct KeptContexts {
    database: Database,
    read: Arc<Mutex<HashMap<ContentDigest, Manifest>>>,
}

impl KeptContexts {
    fn read(&self) -> MutexGuard<'_, HashMap<ContentDigest, Manifest>> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Archive for KeptContexts {
    fn manifest(&self, whole: &ContentDigest) -> Option<Manifest> {
        if let Some(known) = self.read().get(whole) {
            return Some(known.clone());
        }
        let loaded = self.database.read(|transaction| {
            let mut statement =
                transaction.prepare_cached("SELECT listing FROM folders WHERE digest = ?1")?;
            let fetch = |digest: &ContentDigest| {
                let row = statement.query_row([digest.as_bytes().as_slice()], |row| row.get(0));
                row.optional().ok().flatten()
            };
            Ok(Manifest::load(*whole, fetch).ok())
        });
        let manifest = loaded.ok().flatten()?;
        self.read().insert(*whole, manifest.clone());
        Some(manifest)
    }

    fn content(&self, content: &ContentDigest) -> Option<Vec<u8>> {
        let found = self.database.read(|transaction| {
            transaction
                .prepare_cached("SELECT bytes FROM contents WHERE digest = ?1")?
                .query_row([content.as_bytes().as_slice()], |row| row.get(0))
                .optional()
        });
        found.ok().flatten()
    }
}

fn keep(transaction: &Transaction<'_>, number: i64, kept: &Kept) -> rusqlite::Result<()> {
    let text = serde_json::to_string(&kept.footprint).map_err(history::unkeepable)?;
    let context = kept.footprint.context;
    transaction
        .prepare_cached(
            "INSERT INTO footprints (build, store, context, schema, footprint)
            VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![
            number,
            kept.footprint.store,
            context.as_bytes().as_slice(),
            kept.footprint.schema,
            text
        ])?;
    let mut is_known = transaction.prepare_cached("SELECT 1 FROM folders WHERE digest = ?1")?;
    // One that is known was kept with all that is beneath it.
    let mut knows = |digest: &ContentDigest| {
        is_known
            .exists([digest.as_bytes().as_slice()])
            .unwrap_or(false)
    };
    let mut insert = transaction
        .prepare_cached("INSERT OR IGNORE INTO folders (digest, listing) VALUES (?1, ?2)")?;
    for folder in kept.manifest.unknown_folders(&mut knows) {
        insert.execute(params![
            folder.whole().as_bytes().as_slice(),
            folder.listing()
        ])?;
    }
    let mut insert = transaction
        .prepare_cached("INSERT OR IGNORE INTO contents (digest, bytes) VALUES (?1, ?2)")?;
    for (digest, bytes) in &kept.contents {
        insert.execute(params![digest.as_bytes().as_slice(), bytes])?;
    }
    Ok(())
}

/// Lets the oldest footprints of an app go once enough have fallen out, and contexts that none of
/// those that stay had.
fn let_go(
    transaction: &Transaction<'_>,
    record: &BuildRecord,
    store: &str,
) -> rusqlite::Result<()> {
    let app = record.app.to_string_lossy();
    let count: usize = transaction
        .prepare_cached(
            "SELECT count(*) FROM footprints JOIN builds ON builds.id = footprints.build
            WHERE builds.app = ?1 AND footprints.store = ?2",
        )?
        .query_row(params![app, store], |row| row.get(0))?;
    if count < KEPT + AT_ONCE {
        return Ok(());
    }
    transaction.execute(
        "DELETE FROM footprints WHERE build IN (
            SELECT builds.id FROM footprints JOIN builds ON builds.id = footprints.build
            WHERE builds.app = ?1 AND footprints.store = ?2
            ORDER BY builds.id DESC LIMIT -1 OFFSET ?3)",
        params![app, store, KEPT],
    )?;
    sweep(transaction)
}

/// Removes folders and contents that no footprint leads to.
fn sweep(connection: &Connection) -> rusqlite::Result<()> {
    let mut folders: BTreeSet<ContentDigest> = BTreeSet::new();
    let mut contents: BTreeSet<ContentDigest> = BTreeSet::new();
    let mut roots = connection.prepare("SELECT DISTINCT context FROM footprints")?;
    let roots = roots.query_map([], |row| row.get::<_, [u8; 32]>(0))?;
    let mut pending: Vec<ContentDigest> = roots
        .map(|root| root.map(ContentDigest::from_bytes))
        .collect::<rusqlite::Result<_>>()?;
    let mut listing = connection.prepare("SELECT listing FROM folders WHERE digest = ?1")?;
    while let Some(digest) = pending.pop() {
        if !folders.insert(digest) {
            continue;
        }
        let found: Option<Vec<u8>> = listing
            .query_row([digest.as_bytes().as_slice()], |row| row.get(0))
            .optional()?;
        let Some(links) = found.and_then(|bytes| links(digest, bytes).ok()) else {
            continue;
        };
        pending.extend(links.folders);
        contents.extend(links.files);
    }
    for (table, kept) in [("folders", folders), ("contents", contents)] {
        let mut all = connection.prepare(&format!("SELECT digest FROM {table}"))?;
        let all = all.query_map([], |row| row.get::<_, [u8; 32]>(0))?;
        let all: Vec<[u8; 32]> = all.collect::<rusqlite::Result<_>>()?;
        let mut delete = connection.prepare(&format!("DELETE FROM {table} WHERE digest = ?1"))?;
        for digest in all {
            if !kept.contains(&ContentDigest::from_bytes(digest)) {
                delete.execute([digest.as_slice()])?;
            }
        }
    }
    Ok(())
}
