//! A damaged database: set aside, never deleted, never written over; the queue is rebuilt from the newest backup that is whole.
//!
//! The rebuilt database is complete beside the damaged one before that is touched, so that a kill at any moment ends with
//! one of the two.

use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::backup::{self, Backup};
use super::check::{forget_suspicion, forget_use};
use super::error::{Cause, StoreError, StoreErrorKind};
use super::open::{DATABASE, file_beside, prepare};
use crate::files;

/// The ending of a rebuilt database that is not checked yet.
const REBUILDING: &str = ".rebuilding";
/// The ending of one that waits for its place.
const REBUILT: &str = ".rebuilt";
/// The database and what `SQLite` keeps beside it. The database is first: without it the others are known to be left over.
const PARTS: [&str; 4] = ["", "-wal", "-shm", "-journal"];

/// Ends what a kill has interrupted; what the person must be told.
///
/// # Errors
/// In words, when files cannot be renamed.
pub fn finish(data_dir: &Path) -> Result<Option<String>, StoreError> {
    let path = data_dir.join(DATABASE);
    let rebuilt = file_beside(&path, REBUILT);
    if path.try_exists().unwrap_or(true) {
        let _ = std::fs::remove_file(rebuilt); // Mostly there is none. It came too late: the database is in use again.
        return Ok(None);
    }
    if !rebuilt.try_exists().unwrap_or(false) {
        return Ok(None);
    }
    let put = || {
        set_aside(&path)?;
        forget_use(&path);
        files::rename(&rebuilt, &path)?;
        files::sync_directory(data_dir)
    };
    put()
        .map_err(|error| undone("The rebuilt database of the queue could not be put in its place", data_dir, error))?;
    Ok(Some(format!(
        "The queue's database was damaged. It was set aside as {}.damaged-… and the queue was rebuilt from a backup. {MISSING}",
        path.display()
    )))
}

const MISSING: &str = "Galleries added and images uploaded after that time are not in it; folders can be added again.";

/// Sets the damaged database of `data_dir` aside and puts what the backups have in its place; what the person must be told.
///
/// # Errors
/// In words, when that cannot be done; the damaged database is where it was.
pub fn rebuild(data_dir: &Path, damage: &str) -> Result<String, StoreError> {
    let path = data_dir.join(DATABASE);
    let what = format!("The queue's database is damaged ({damage}) and could not be set aside; nothing was changed");
    let used = newest_whole(data_dir, &path, &what)?;
    let replace = || {
        let aside = set_aside(&path)?;
        if used.is_some() {
            files::rename(&file_beside(&path, REBUILT), &path)?;
        }
        files::sync_directory(data_dir)?;
        Ok(aside)
    };
    let aside = replace().map_err(|error| undone(&what, data_dir, error))?;
    forget_suspicion(&path);
    forget_use(&path);
    let then = match &used {
        Some(backup) => format!("the queue was rebuilt from the backup of {}. {MISSING}", local(backup.at)),
        None => "the queue starts empty, since there is no backup that is whole. Folders can be added again; what is published stays.".to_owned(),
    };
    let words =
        format!("The queue's database was damaged ({damage}). It was set aside as {} and {then}", aside.display());
    tracing::warn!("{words}");
    Ok(words)
}

/// Leaves a copy of the newest backup that is whole, of this version's schema, where a rebuilt database waits.
fn newest_whole(data_dir: &Path, path: &Path, what: &str) -> Result<Option<Backup>, StoreError> {
    let (rebuilding, rebuilt) = (file_beside(path, REBUILDING), file_beside(path, REBUILT));
    for backup in backup::list(data_dir).map_err(|error| undone(what, data_dir, error))? {
        remove_parts(&rebuilding);
        let mut copy = File::create_new(&rebuilding).map_err(|error| undone(what, data_dir, error))?;
        let copied = File::open(&backup.path).and_then(|mut backup| std::io::copy(&mut backup, &mut copy));
        drop(copy);
        let copied = copied.map_err(|error| undone(what, data_dir, error)).and_then(|_| prepare(&rebuilding));
        match copied {
            Ok(()) => {
                let sync = || File::options().write(true).open(&rebuilding)?.sync_all();
                sync().and_then(|()| files::rename(&rebuilding, &rebuilt)).map_err(|e| undone(what, data_dir, e))?;
                return Ok(Some(backup));
            }
            // No fault of the backup: an older one, or an empty queue, is not the answer.
            Err(error) if matches!(error.kind, StoreErrorKind::Full | StoreErrorKind::ReadOnly) => {
                remove_parts(&rebuilding);
                return Err(error);
            }
            Err(error) => tracing::warn!("The backup {} is no use: {error}", backup.path.display()),
        }
        remove_parts(&rebuilding);
    }
    Ok(None)
}

/// Only for copies of ours that are no use.
fn remove_parts(path: &Path) {
    for part in PARTS {
        let _ = std::fs::remove_file(file_beside(path, part)); // Mostly there is none; what stays is removed the next time.
    }
}

/// Renames what there is of the database at `path`, to names that nothing has; the new name of the database. All or nothing.
fn set_aside(path: &Path) -> std::io::Result<PathBuf> {
    let aside = free_name(path);
    let mut moved = Vec::new();
    for part in PARTS {
        let (from, to) = (file_beside(path, part), file_beside(&aside, part));
        match files::rename(&from, &to) {
            Ok(()) => moved.push((from, to)),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => {
                for (from, to) in moved {
                    let _ = files::rename(&to, &from); // The first error is the one to tell.
                }
                return Err(error);
            }
        }
    }
    Ok(aside)
}

fn free_name(path: &Path) -> PathBuf {
    let first = file_beside(path, &format!(".damaged-{}", backup::stamp(Timestamp::now())));
    let numbered = (2..).map(|number: u32| file_beside(&first, &format!("-{number}")));
    let is_free = |name: &PathBuf| PARTS.iter().all(|part| file_beside(name, part).symlink_metadata().is_err());
    let mut names = std::iter::once(first.clone()).chain(numbered);
    names.find(is_free).unwrap_or(first)
}

fn undone(what: &str, data_dir: &Path, error: std::io::Error) -> StoreError {
    StoreError::undone(what, data_dir, &Cause::File(error))
}

/// As the person's clock showed it.
fn local(at: Timestamp) -> String {
    at.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string()
}
