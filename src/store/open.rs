//! Opening: version check, integrity check, migrations, what is stored.

use std::path::Path;

use rusqlite::Connection;
use rusqlite_migration::{M, Migrations};

use super::error::{StoreError, StoreErrorKind};
use super::read;
use crate::core::queue::Stored;

/// The database's file name in the data directory.
pub const DATABASE: &str = "bbdrop.db";

const MIGRATIONS: &[M<'static>] =
    &[M::up(include_str!("../../migrations/0001_queue.sql")), M::up(include_str!("../../migrations/0002_engine.sql"))];

/// An open database with what it holds.
#[derive(Debug)]
pub struct Opened {
    /// For the writer.
    pub connection: Connection,
    /// What it holds; unknown settings are left in the store.
    pub stored: Stored,
}

/// Opens the database in `data_dir`, makes it if there is none, and brings it to this version's schema.
///
/// The caller holds the lock of the data directory.
///
/// # Errors
/// [`StoreErrorKind::Newer`] and [`StoreErrorKind::Corrupt`] leave the file untouched.
pub fn open(data_dir: &Path) -> Result<Opened, StoreError> {
    let path = data_dir.join(DATABASE);
    let fail = |error: &rusqlite::Error| StoreError::new(&path, error);
    let mut connection = Connection::open(&path).map_err(|e| fail(&e))?;
    refuse_newer(&connection, &path)?;
    connection
        .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000;")
        .map_err(|e| fail(&e))?;
    Migrations::from_slice(MIGRATIONS).to_latest(&mut connection).map_err(|error| migration_failed(&path, error))?;
    check_integrity(&connection, &path)?;
    connection.execute("UPDATE shutdown SET clean = 0", []).map_err(|e| fail(&e))?;
    let stored = stored(&connection).map_err(|e| fail(&e))?;
    Ok(Opened { connection, stored })
}

fn stored(connection: &Connection) -> rusqlite::Result<Stored> {
    Ok(Stored {
        galleries: read::galleries(connection)?,
        settings: read::settings(connection)?,
        id_last: read::id_last(connection)?,
        host_settings: read::host_settings(connection)?,
        pauses: read::host_pauses(connection)?,
    })
}

fn refuse_newer(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let version: i64 = connection
        .query_row("PRAGMA user_version", [], |row| row.get(0))
        .map_err(|error| StoreError::new(path, &error))?;
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    if version > known {
        return Err(StoreError::of(StoreErrorKind::Newer, path, &version));
    }
    Ok(())
}

/// After anything but a clean shutdown, looks for damage before anything is written.
fn check_integrity(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let check = || -> rusqlite::Result<Option<String>> {
        let clean: bool = connection.query_row("SELECT clean FROM shutdown", [], |row| row.get(0))?;
        if clean {
            return Ok(None);
        }
        let verdict: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        Ok(Some(verdict).filter(|verdict| verdict != "ok"))
    };
    match check() {
        Ok(None) => Ok(()),
        Ok(Some(verdict)) => Err(StoreError::of(StoreErrorKind::Corrupt, path, &verdict)),
        Err(error) => Err(StoreError::new(path, &error)),
    }
}

fn migration_failed(path: &Path, error: rusqlite_migration::Error) -> StoreError {
    match error {
        rusqlite_migration::Error::RusqliteError { err, .. } => StoreError::new(path, &err),
        other => StoreError::of(StoreErrorKind::Other, path, &other),
    }
}
