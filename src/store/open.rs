//! Opening: version check, integrity check, migrations, what is stored. A database that is damaged is left to `recovery`.

use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, MAIN_DB};
use rusqlite_migration::{M, Migrations};

use super::error::{StoreError, StoreErrorKind};
use super::flush::{LOG_BYTES_KEPT, LOG_PAGES_MAX};
use super::{backup, check, read, recovery};
use crate::core::queue::Stored;
use crate::core::settings::Unusable;

/// The database's file name in the data directory.
pub const DATABASE: &str = "bbdrop.db";

const MIGRATIONS: &[M<'static>] = &[
    M::up(include_str!("../../migrations/0001_queue.sql")),
    M::up(include_str!("../../migrations/0002_engine.sql")),
    M::up(include_str!("../../migrations/0003_delete_links.sql")),
    M::up(include_str!("../../migrations/0004_output.sql")),
    M::up(include_str!("../../migrations/0005_pause_length.sql")),
];

/// An open database with what it holds.
#[derive(Debug)]
pub struct Opened {
    /// For the writer.
    pub connection: Connection,
    /// What it holds; unknown settings are left in the store.
    pub stored: Stored,
    /// What the person must know, in words: it was damaged, and what became of it; settings that cannot be used.
    pub notices: Vec<String>,
}

/// Opens the database in `data_dir`, makes it if there is none, and brings it to this version's schema, with a backup made
/// first. One that is damaged is set aside and rebuilt from the newest backup that is whole; a notice says so.
///
/// The caller holds the lock of the data directory.
///
/// # Errors
/// [`StoreErrorKind::Newer`] leaves the file untouched, and so does anything that keeps it from being read, written, backed
/// up or set aside.
pub fn open(data_dir: &Path) -> Result<Opened, StoreError> {
    let mut notice = recovery::finish(data_dir)?;
    let Opened { connection, stored, notices } = match open_sound(data_dir) {
        Err(error) if error.kind == StoreErrorKind::Corrupt => {
            notice = Some(recovery::rebuild(data_dir, error.detail())?);
            open_sound(data_dir)?
        }
        opened => opened?,
    };
    Ok(Opened { connection, stored, notices: notice.into_iter().chain(notices).collect() })
}

fn open_sound(data_dir: &Path) -> Result<Opened, StoreError> {
    let path = data_dir.join(DATABASE);
    let fail = |error: &rusqlite::Error| StoreError::new(&path, error);
    refuse_log_without_database(&path)?;
    let lost_log = check::has_lost_log(&path);
    let mut connection = connect(&path)?;
    let version = version(&connection, &path)?;
    if !check::is_new(&connection, version, &path)? {
        check::check(&connection, version, &path, false)?;
        if version < newest() {
            backup::before_migration(&connection, data_dir)?;
        }
    }
    connection
        .execute_batch(&format!(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000;
             PRAGMA wal_autocheckpoint = {LOG_PAGES_MAX}; PRAGMA journal_size_limit = {LOG_BYTES_KEPT};"
        ))
        .map_err(|e| fail(&e))?;
    migrate(&mut connection, &path)?;
    if connection.is_readonly(MAIN_DB).map_err(|e| fail(&e))? {
        return Err(StoreError::of(StoreErrorKind::ReadOnly, &path, &"it may only be read"));
    }
    let (stored, unusable) = stored(&connection).map_err(|e| fail(&e))?;
    keep_log(&connection, false).map_err(|e| fail(&e))?;
    let lost = lost_log.then(|| log_lost(data_dir, &path));
    Ok(Opened { connection, stored, notices: lost.into_iter().chain(Unusable::in_words(&unusable)).collect() })
}

/// The log went between the last end, which was none, and now: nothing can say what was in it.
fn log_lost(data_dir: &Path, path: &Path) -> String {
    let backups = backup::list(data_dir).unwrap_or_default();
    let backup = backups.first().map_or_else(
        || "There is no backup.".to_owned(),
        |backup| format!("The newest backup is {}.", backup.path.display()),
    );
    let words = format!(
        "BBDrop did not end properly, and the log of its database was removed since: what was added and uploaded last may be missing. Look \
         through the queue and add again what is not there. {backup} Database: {}",
        path.display()
    );
    tracing::warn!("{words}");
    check::forget_use(path);
    words
}

fn stored(connection: &Connection) -> rusqlite::Result<(Stored, Vec<Unusable>)> {
    let (settings, mut unusable) = read::settings(connection)?;
    let (host_settings, unusable_of_hosts) = read::host_settings(connection)?;
    unusable.extend(unusable_of_hosts);
    let stored = Stored {
        galleries: read::galleries(connection)?,
        settings,
        id_last: read::id_last(connection)?,
        host_settings,
        pauses: read::host_pauses(connection)?,
        tabs: read::tabs(connection)?,
    };
    Ok((stored, unusable))
}

/// Brings a copy of a backup at `path` to this version's schema, and says whether it is whole.
pub(super) fn prepare(path: &Path) -> Result<(), StoreError> {
    let mut connection = Connection::open(path).map_err(|error| StoreError::new(path, &error))?;
    let version = version(&connection, path)?;
    if check::is_new(&connection, version, path)? {
        return Err(StoreError::of(StoreErrorKind::Corrupt, path, &"it is empty"));
    }
    check::check(&connection, version, path, true)?;
    migrate(&mut connection, path)?;
    stored(&connection).map_err(|error| StoreError::new(path, &error))?;
    connection.close().map_err(|(_, error)| StoreError::new(path, &error))
}

/// `path` with `ending` behind its whole name.
pub(super) fn file_beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

pub(super) const fn migrations() -> Migrations<'static> {
    Migrations::from_slice(MIGRATIONS)
}

fn newest() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// `SQLite` deletes a log that has no database, and with it what was committed last.
fn refuse_log_without_database(path: &Path) -> Result<(), StoreError> {
    let bytes = |path: &Path| std::fs::metadata(path).map_or(0, |file| file.len());
    if bytes(path) == 0 && bytes(&file_beside(path, "-wal")) > 0 {
        return Err(StoreError::of(StoreErrorKind::Corrupt, path, &"only its log is there"));
    }
    Ok(())
}

fn connect(path: &Path) -> Result<Connection, StoreError> {
    let connect = || {
        let connection = Connection::open(path)?;
        keep_log(&connection, true)?;
        Ok(connection)
    };
    connect().map_err(|error| StoreError::new(path, &error))
}

/// Until it is known that the database is sound and ours, closing it must not write its log into it.
fn keep_log(connection: &Connection, keep: bool) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, keep).map(drop)
}

/// The version of the schema; a newer one than ours is refused.
fn version(connection: &Connection, path: &Path) -> Result<i64, StoreError> {
    let version: i64 = connection
        .query_row("PRAGMA user_version", [], |row| row.get(0))
        .map_err(|error| StoreError::new(path, &error))?;
    match version {
        version if version > newest() => Err(StoreError::of(StoreErrorKind::Newer, path, &version)),
        version if version < 0 => Err(StoreError::of(StoreErrorKind::Corrupt, path, &"its version is negative")),
        version => Ok(version),
    }
}

fn migrate(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    migrations().to_latest(connection).map_err(|error| match error {
        rusqlite_migration::Error::RusqliteError { err, .. } => StoreError::new(path, &err),
        other => StoreError::of(StoreErrorKind::Other, path, &other),
    })
}
