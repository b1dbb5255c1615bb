//! Looking for damage before anything is written. Changes nothing in a database.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::error::{StoreError, StoreErrorKind};
use super::open::{file_beside, migrations};

/// The ending of an empty file beside the database: damage was met while it was in use, so that the next start looks for it.
const SUSPECT: &str = ".suspect";

/// The ending of an empty file beside the database while its log may have what it has not.
const IN_USE: &str = ".in-use";

/// Whether the version of the schema says that there is nothing yet.
///
/// # Errors
/// When it is no database, or one without a version.
pub fn is_new(connection: &Connection, version: i64, path: &Path) -> Result<bool, StoreError> {
    if version != 0 {
        return Ok(false);
    }
    let objects: i64 = connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(|error| StoreError::new(path, &error))?;
    if objects > 0 {
        return Err(StoreError::of(StoreErrorKind::Corrupt, path, &"it does not say which version it has"));
    }
    Ok(true)
}

/// What the schema should have is there; and after anything but a clean shutdown, or when `thorough`, every page is sound.
///
/// # Errors
/// [`StoreErrorKind::Corrupt`] when not.
pub fn check(connection: &Connection, version: i64, path: &Path, thorough: bool) -> Result<(), StoreError> {
    let fail = |error: &rusqlite::Error| StoreError::new(path, error);
    let corrupt = |detail: &str| StoreError::of(StoreErrorKind::Corrupt, path, &detail);
    let missing = missing(connection, version).map_err(|error| fail(&error))?;
    if let Some((table, column)) = missing.first() {
        return Err(corrupt(&format!("{table}.{column} is missing")));
    }
    let suspect = suspect(path);
    let clean: bool =
        connection.query_row("SELECT clean FROM shutdown", [], |row| row.get(0)).map_err(|error| match error {
            rusqlite::Error::QueryReturnedNoRows => corrupt("the row of shutdown is missing"),
            error => fail(&error),
        })?;
    if clean && !thorough && !suspect.exists() {
        return Ok(());
    }
    let verdict: String =
        connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(|error| fail(&error))?;
    if verdict != "ok" {
        return Err(corrupt(&verdict));
    }
    forget_suspicion(path);
    Ok(())
}

/// The log has something from now on.
pub fn mark_in_use(path: &Path) {
    if let Err(error) = std::fs::write(file_beside(path, IN_USE), "") {
        tracing::warn!("A log of the database that is removed by others will not be missed: {error}");
    }
}

/// The database has everything.
pub fn forget_use(path: &Path) {
    let _ = std::fs::remove_file(file_beside(path, IN_USE)); // Mostly there is none; one that stays costs a needless word.
}

/// Whether the log is gone although the last process with the database did not put it in.
pub fn has_lost_log(path: &Path) -> bool {
    path.exists() && file_beside(path, IN_USE).exists() && !file_beside(path, "-wal").exists()
}

/// Damage was met: the next start looks for it, however this process ends.
pub fn suspect_damage(path: &Path) {
    if let Err(error) = std::fs::write(suspect(path), "") {
        tracing::warn!("The next start will not look for damage in the database: {error}");
    }
}

/// Looked at, or set aside.
pub fn forget_suspicion(path: &Path) {
    let _ = std::fs::remove_file(suspect(path)); // Mostly there is none; one that stays costs another check.
}

fn suspect(path: &Path) -> PathBuf {
    file_beside(path, SUSPECT)
}

/// Tables and columns that a database of `version` has and this one does not.
fn missing(connection: &Connection, version: i64) -> rusqlite::Result<Vec<(String, String)>> {
    let mut model = Connection::open_in_memory()?;
    let steps = usize::try_from(version).unwrap_or(0);
    if let Err(rusqlite_migration::Error::RusqliteError { err, .. }) = migrations().to_version(&mut model, steps) {
        return Err(err);
    }
    let there = columns(connection)?;
    Ok(columns(&model)?.into_iter().filter(|column| !there.contains(column)).collect())
}

fn columns(connection: &Connection) -> rusqlite::Result<BTreeSet<(String, String)>> {
    let sql = "SELECT tables.name, columns.name FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns
               WHERE tables.type = 'table'";
    connection.prepare(sql)?.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}
