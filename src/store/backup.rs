//! Backups: made before the schema changes and once a day, used when the database is damaged. The last few are kept.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags};

use super::error::{StoreError, StoreErrorKind};
use super::open::DATABASE;

/// Below the data directory.
const DIRECTORY: &str = "backups";
/// Backups that are kept.
const KEPT: usize = 3;
/// How old the newest backup may get while BBDrop runs.
const EVERY: Duration = Duration::from_hours(24);
/// What is not whole yet.
const PARTIAL: &str = "partial";

/// Makes a backup when the newest one is a day old and there is something to lose; `None` when none was due.
///
/// # Errors
/// When the database cannot be read or the backup not be written; what is there stays.
pub fn back_up_if_due(data_dir: &Path) -> Result<Option<PathBuf>, StoreError> {
    let newest = backups(data_dir).into_iter().next().and_then(|backup| backup.metadata().ok()?.modified().ok());
    let age = newest.map(|newest| SystemTime::now().duration_since(newest).unwrap_or_default());
    if age.is_some_and(|age| age < EVERY) {
        return Ok(None);
    }
    let path = data_dir.join(DATABASE);
    let fail = |error: &rusqlite::Error| StoreError::new(&path, error);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(&path, flags).map_err(|error| fail(&error))?;
    let count: i64 = connection
        .query_row("SELECT (SELECT count(*) FROM galleries) + (SELECT count(*) FROM history)", [], |row| row.get(0))
        .map_err(|error| fail(&error))?;
    if count == 0 { Ok(None) } else { back_up(&connection, data_dir).map(Some) }
}

/// Copies the whole database, as it is committed, to a new file.
///
/// # Errors
/// When there is no room, or the directory cannot be written.
pub(super) fn back_up(connection: &Connection, data_dir: &Path) -> Result<PathBuf, StoreError> {
    let directory = data_dir.join(DIRECTORY);
    let fail = |error: &dyn std::fmt::Display| {
        let words = format!(
            "No backup of the queue could be made: {error}. Free some space and check the permissions of the directory. Directory: {}",
            directory.display()
        );
        StoreError { kind: StoreErrorKind::Other, words }
    };
    std::fs::create_dir_all(&directory).map_err(|error| fail(&error))?;
    let backup = free_name(&directory, &format!("bbdrop-{}", stamp()), "db");
    let partial = backup.with_extension(PARTIAL);
    let _ = std::fs::remove_file(&partial); // Of a backup that was interrupted.
    let made = partial
        .to_str()
        .ok_or("its path is no Unicode".to_owned())
        .and_then(|target| connection.execute("VACUUM INTO ?", [target]).map_err(|error| error.to_string()))
        .and_then(|_| File::open(&partial).and_then(|file| file.sync_all()).map_err(|error| error.to_string()))
        .and_then(|()| std::fs::rename(&partial, &backup).map_err(|error| error.to_string()));
    if let Err(error) = made {
        let _ = std::fs::remove_file(&partial);
        return Err(fail(&error));
    }
    for old in backups(data_dir).into_iter().skip(KEPT) {
        if let Err(error) = std::fs::remove_file(&old) {
            tracing::warn!("an old backup stays: {error}. File: {}", old.display());
        }
    }
    Ok(backup)
}

/// Every backup, newest first. Their names sort by time.
pub(super) fn backups(data_dir: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(data_dir.join(DIRECTORY)).into_iter().flatten();
    let paths = entries.filter_map(Result::ok).map(|entry| entry.path());
    let mut backups: Vec<_> = paths.filter(|path| path.extension().is_some_and(|ending| ending == "db")).collect();
    backups.sort();
    backups.reverse();
    backups
}

/// Gives the database and what lies beside it another name, so that nothing is lost. Returns the new name.
///
/// # Errors
/// When the directory cannot be written.
pub(super) fn set_aside(data_dir: &Path) -> std::io::Result<PathBuf> {
    let aside = free_name(data_dir, &format!("{DATABASE}.damaged-{}", stamp()), "");
    for ending in ["-wal", "-shm", ""] {
        let from = data_dir.join(format!("{DATABASE}{ending}"));
        let mut to = aside.clone().into_os_string();
        to.push(ending);
        match std::fs::rename(&from, &to) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(aside)
}

/// Puts a copy of `backup` in the place of the database.
///
/// # Errors
/// When it cannot be copied.
pub(super) fn put_back(backup: &Path, data_dir: &Path) -> std::io::Result<()> {
    let partial = data_dir.join(format!("{DATABASE}.{PARTIAL}"));
    std::fs::copy(backup, &partial)?;
    File::open(&partial)?.sync_all()?;
    std::fs::rename(&partial, data_dir.join(DATABASE))
}

/// The moment, as names have it (UTC).
fn stamp() -> String {
    Timestamp::now().strftime("%Y%m%d-%H%M%S").to_string()
}

/// Where nothing is yet.
fn free_name(directory: &Path, stem: &str, ending: &str) -> PathBuf {
    let dot = if ending.is_empty() { "" } else { "." };
    let name = |number: u32| match number {
        0 => format!("{stem}{dot}{ending}"),
        _ => format!("{stem}.{number}{dot}{ending}"),
    };
    let mut names = (0..u32::MAX).map(|number| directory.join(name(number)));
    names.find(|path| path.symlink_metadata().is_err()).unwrap_or_else(|| directory.join(stem))
}
