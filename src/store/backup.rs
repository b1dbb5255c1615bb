//! Backups of the database, in `backups/` beside it. One is whole from the moment it has its name; the database itself is
//! only read.

use std::cmp::Reverse;
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags};

use super::check::suspect_damage;
use super::error::{Cause, StoreError, StoreErrorKind};
use super::open::{DATABASE, file_beside};
use crate::core::Millis;
use crate::files;

const DIRECTORY: &str = "backups";
/// The ending of what is not whole yet.
const PARTIAL: &str = ".partial";
/// How many are kept, whatever they were made for.
const KEPT: usize = 3;
/// A regular one is due when there is none that is younger.
const EVERY: SignedDuration = SignedDuration::from_hours(24);
/// Times in file names are UTC, and for people.
const STAMP: &str = "%Y%m%d-%H%M%S";
/// Bytes of such a time.
const STAMP_BYTES: usize = 15;
/// Steps of `SQLite`'s machine between two questions whether to stop; some tenths of a millisecond.
const STEPS: i32 = 10_000;

/// One of our backups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Backup {
    pub path: PathBuf,
    /// When it was begun, by the clock of then.
    pub at: Timestamp,
    state: State,
    /// Counts those of one second, from 1.
    number: u32,
}

/// How far a queue is: what happens to it makes this larger, whatever the clock shows. Nothing of one that cannot be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct State {
    /// When the last gallery was added or the last image uploaded.
    newest_at: Millis,
    /// The highest number ever given to a gallery.
    id_last: i64,
    /// Uploads on record.
    uploads: i64,
}

impl State {
    fn of(path: &Path) -> Self {
        // As a file that nobody changes: of a copy that a person has made, nothing is left beside it either.
        let name = path.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23");
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
        let opened = Connection::open_with_flags(format!("file:{name}?immutable=1"), flags);
        let Ok(connection) = opened else { return Self::default() };
        // Older schemas lack some of it.
        let number = |sql: &str| connection.query_row(sql, [], |row| row.get(0)).unwrap_or(0);
        let added_at = number("SELECT max(added_at) FROM galleries");
        let uploaded_at = number("SELECT max(uploaded_at) FROM history");
        Self {
            newest_at: added_at.max(uploaded_at),
            id_last: number("SELECT seq FROM sqlite_sequence WHERE name = 'galleries'"),
            uploads: number("SELECT count(*) FROM history"),
        }
    }
}

/// Makes a backup of the database in `data_dir` when the last one is a day old and there is something to keep; its path.
/// Gives up without a trace when `stop` says so. The caller's process holds the lock of the data directory.
///
/// # Errors
/// In words, when it cannot be made. Of damage ([`StoreErrorKind::Corrupt`]) the next start knows.
pub fn back_up_if_due(
    data_dir: &Path,
    stop: impl Fn() -> bool + Clone + Send + 'static,
) -> Result<Option<PathBuf>, StoreError> {
    back_up_if_due_at(data_dir, Timestamp::now(), stop)
}

pub(super) fn back_up_if_due_at(
    data_dir: &Path,
    now: Timestamp,
    stop: impl Fn() -> bool + Clone + Send + 'static,
) -> Result<Option<PathBuf>, StoreError> {
    match regular(data_dir, now, stop) {
        Ok(made) => Ok(made),
        Err(cause) if cause.is_interruption() => Ok(None),
        Err(cause) => {
            if cause.kind() == StoreErrorKind::Corrupt {
                suspect_damage(&data_dir.join(DATABASE));
            }
            let what = "The daily backup of the queue could not be made";
            Err(StoreError::undone(what, &data_dir.join(DIRECTORY), &cause))
        }
    }
}

fn regular(
    data_dir: &Path,
    now: Timestamp,
    stop: impl Fn() -> bool + Clone + Send + 'static,
) -> Result<Option<PathBuf>, Cause> {
    clear_partial(&data_dir.join(DIRECTORY))?;
    // One from the future is no reason to wait for it: the clock has been set back.
    let is_young = |backup: &Backup| (SignedDuration::ZERO..EVERY).contains(&now.duration_since(backup.at));
    if list(data_dir)?.iter().any(is_young) {
        return Ok(None);
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(data_dir.join(DATABASE), flags)?;
    connection.progress_handler(STEPS, Some(stop.clone()))?;
    let sql = "SELECT EXISTS (SELECT 1 FROM galleries) OR EXISTS (SELECT 1 FROM history)";
    if !connection.query_row(sql, [], |row| row.get(0))? {
        return Ok(None); // An empty queue must not push out what is left of a full one.
    }
    make(&connection, data_dir, now, stop)
}

/// A backup of a database whose schema is about to change: a step that cannot be taken back.
///
/// # Errors
/// In words, when it cannot be made; then nothing must be changed.
pub(super) fn before_migration(connection: &Connection, data_dir: &Path) -> Result<(), StoreError> {
    make(connection, data_dir, Timestamp::now(), || false).map(drop).map_err(|cause| {
        let what = "This version of BBDrop has to convert the queue's database, and the backup that it makes first could not be made; nothing was changed";
        StoreError::undone(what, &data_dir.join(DIRECTORY), &cause)
    })
}

/// Our backups, newest first by what is in them: names are of a clock that may have been wrong.
pub(super) fn list(data_dir: &Path) -> std::io::Result<Vec<Backup>> {
    let mut backups = Vec::new();
    for path in files(&data_dir.join(DIRECTORY))? {
        if let Some((at, number)) = path.file_name().and_then(|name| time_in(name.to_str()?)) {
            backups.push(Backup { state: State::of(&path), path, at, number });
        }
    }
    backups.sort_by_key(|backup| Reverse((backup.state, backup.at, backup.number)));
    Ok(backups)
}

/// A time as in names of files.
pub(super) fn stamp(at: Timestamp) -> String {
    at.strftime(STAMP).to_string()
}

/// `None` when `stop` has said so.
fn make(
    connection: &Connection,
    data_dir: &Path,
    now: Timestamp,
    stop: impl Fn() -> bool,
) -> Result<Option<PathBuf>, Cause> {
    let directory = data_dir.join(DIRECTORY);
    std::fs::create_dir_all(&directory)?;
    clear_partial(&directory)?;
    let path = free_name(&directory, now);
    let partial = file_beside(&path, PARTIAL);
    let written = write(connection, &partial);
    if written.is_err() || stop() {
        let _ = std::fs::remove_file(&partial); // What cannot be removed is cleared before the next one.
        return written.map(|()| None);
    }
    files::rename(&partial, &path)?;
    files::sync_directory(&directory)?;
    for old in list(data_dir)?.into_iter().filter(|backup| backup.path != path).skip(KEPT - 1) {
        std::fs::remove_file(old.path)?;
    }
    Ok(Some(path))
}

fn write(connection: &Connection, path: &Path) -> Result<(), Cause> {
    // As bytes, since a directory's name need not be Unicode.
    let name = ToSqlOutput::Borrowed(ValueRef::Text(path.as_os_str().as_encoded_bytes()));
    connection.execute("VACUUM INTO ?1", [name])?;
    File::options().write(true).open(path)?.sync_all()?;
    Ok(())
}

/// Where nothing is yet; whoever holds the lock is alone here.
fn free_name(directory: &Path, now: Timestamp) -> PathBuf {
    let name = format!("bbdrop-{}", stamp(now));
    let first = directory.join(format!("{name}.db"));
    let numbered = (2..).map(|number: u32| directory.join(format!("{name}.{number}.db")));
    let mut names = std::iter::once(first.clone()).chain(numbered);
    names.find(|path| path.symlink_metadata().is_err()).unwrap_or(first)
}

/// The time and number in the name of a backup, `None` when it is not one of ours.
fn time_in(name: &str) -> Option<(Timestamp, u32)> {
    let (time, number) = name.strip_prefix("bbdrop-")?.strip_suffix(".db")?.split_at_checked(STAMP_BYTES)?;
    let number = if number.is_empty() { 1 } else { number.strip_prefix('.')?.parse().ok()? };
    let time = DateTime::strptime(STAMP, time).ok()?;
    Some((TimeZone::UTC.to_timestamp(time).ok()?, number))
}

/// What was not finished is worth nothing.
fn clear_partial(directory: &Path) -> std::io::Result<()> {
    let is_partial =
        |path: &PathBuf| path.extension().is_some_and(|ending| PARTIAL.ends_with(&*ending.to_string_lossy()));
    files(directory)?.iter().filter(|path| is_partial(path)).try_for_each(std::fs::remove_file)
}

fn files(directory: &Path) -> std::io::Result<Vec<PathBuf>> {
    match std::fs::read_dir(directory) {
        Ok(entries) => entries.map(|entry| entry.map(|entry| entry.path())).collect(),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}
