//! Opening: version check, integrity check, migrations, what is stored.

use std::path::Path;

use rusqlite::{Connection, ErrorCode};
use rusqlite_migration::{M, Migrations};

use super::error::{StoreError, StoreErrorKind};
use super::{backup, read};
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
    /// What the person must know of how it was opened, in words.
    pub notice: Option<String>,
}

/// Opens the database in `data_dir`, makes it if there is none, and brings it to this version's schema. A damaged one is set
/// aside and rebuilt from the newest backup that is not.
///
/// The caller holds the lock of the data directory.
///
/// # Errors
/// [`StoreErrorKind::Newer`] leaves the file untouched.
pub fn open(data_dir: &Path) -> Result<Opened, StoreError> {
    match open_as_it_is(data_dir) {
        Err(error) if error.kind == StoreErrorKind::Corrupt => rebuild(data_dir, &error),
        opened => opened,
    }
}

fn rebuild(data_dir: &Path, damage: &StoreError) -> Result<Opened, StoreError> {
    let in_the_way = |error: std::io::Error| {
        let words = format!("{} It could not be set aside: {error}.", damage.words);
        StoreError { kind: StoreErrorKind::Corrupt, words }
    };
    let aside = backup::set_aside(data_dir).map_err(in_the_way)?;
    let intro = format!("The queue's database was damaged and is set aside as {}.", aside.display());
    tracing::error!("{}", damage.words);
    for backup in backup::backups(data_dir) {
        backup::put_back(&backup, data_dir).map_err(in_the_way)?;
        match open_as_it_is(data_dir) {
            Ok(opened) => {
                let words = "What was added and uploaded after it was made is missing: add those folders again.";
                let notice = format!("{intro} The queue is as in the backup {}. {words}", backup.display());
                return Ok(Opened { notice: Some(notice), ..opened });
            }
            Err(error) => {
                tracing::warn!("a backup cannot be used: {error} Backup: {}", backup.display());
                let _ = std::fs::remove_file(data_dir.join(DATABASE)); // A copy.
            }
        }
    }
    let opened = open_as_it_is(data_dir)?;
    let notice = format!("{intro} There was no backup, so the queue is empty: add your folders again.");
    Ok(Opened { notice: Some(notice), ..opened })
}

fn open_as_it_is(data_dir: &Path) -> Result<Opened, StoreError> {
    let path = data_dir.join(DATABASE);
    let fail = |error: &rusqlite::Error| StoreError::new(&path, error);
    let mut connection = Connection::open(&path).map_err(|e| fail(&e))?;
    refuse_newer(&connection, &path)?;
    connection
        .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000;")
        .map_err(|e| fail(&e))?;
    back_up_before_migration(&connection, data_dir)?;
    Migrations::from_slice(MIGRATIONS).to_latest(&mut connection).map_err(|error| migration_failed(&path, error))?;
    check_integrity(&connection, &path)?;
    connection.execute("UPDATE shutdown SET clean = 0", []).map_err(|e| fail(&e))?;
    let stored = stored(&connection).map_err(|error| match error.sqlite_error_code() {
        // A table or column that must be there is not.
        Some(ErrorCode::Unknown) => StoreError::of(StoreErrorKind::Corrupt, &path, &error),
        _ => fail(&error),
    })?;
    Ok(Opened { connection, stored, notice: None })
}

/// A step to a newer schema cannot be taken back.
fn back_up_before_migration(connection: &Connection, data_dir: &Path) -> Result<(), StoreError> {
    let path = data_dir.join(DATABASE);
    let version: usize = connection
        .query_row("PRAGMA user_version", [], |row| row.get(0))
        .map_err(|error| StoreError::new(&path, &error))?;
    if version > 0 && version < MIGRATIONS.len() {
        backup::back_up(connection, data_dir)?;
    }
    Ok(())
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
