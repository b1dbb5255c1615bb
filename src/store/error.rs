//! What can be wrong with the database, in words that say what to do.

use std::fmt;
use std::io::ErrorKind;
use std::path::Path;

use rusqlite::{Error, ErrorCode};

/// A database that cannot be opened, read or written.
#[derive(Debug, thiserror::Error)]
#[error("{words}")]
pub struct StoreError {
    /// What to branch on.
    pub kind: StoreErrorKind,
    /// What to show.
    pub words: String,
    /// The cause alone, for words of another sentence.
    detail: String,
}

/// What is wrong with the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreErrorKind {
    /// Written by a newer version of the program.
    Newer,
    /// Damaged, or no database at all.
    Corrupt,
    /// It may not be written.
    ReadOnly,
    /// The drive is full.
    Full,
    /// Anything else.
    Other,
}

impl StoreError {
    /// Says what `error` means for the database at `path`.
    #[must_use]
    pub fn new(path: &Path, error: &Error) -> Self {
        Self::of(kind_of(error), path, error)
    }

    pub(super) fn of(kind: StoreErrorKind, path: &Path, detail: &dyn fmt::Display) -> Self {
        let path = path.display();
        let words = match kind {
            StoreErrorKind::Newer => format!(
                "The queue was written by a newer version of BBDrop and is left untouched. Install that version again, or use another data directory. Database: {path}"
            ),
            StoreErrorKind::Corrupt => format!(
                "The queue's database is damaged ({detail}). End BBDrop and start it again: it will set the database aside and rebuild the queue from the last backup. Database: {path}"
            ),
            StoreErrorKind::ReadOnly => format!(
                "The queue's database cannot be written ({detail}). Check the permissions of the data directory, or choose another with --data-dir. Database: {path}"
            ),
            StoreErrorKind::Full => {
                format!(
                    "The drive that holds the queue is full. Free some space; nothing is lost meanwhile. Database: {path}"
                )
            }
            StoreErrorKind::Other => format!("The queue's database does not work: {detail}. Database: {path}"),
        };
        Self::worded(kind, words, detail)
    }

    /// `what` could not be done in `directory`, in a sentence without its end.
    pub(super) fn undone(what: &str, directory: &Path, cause: &Cause) -> Self {
        let kind = cause.kind();
        let advice = match kind {
            StoreErrorKind::Full => "Free some space.",
            StoreErrorKind::ReadOnly => "Check the permissions of the directory.",
            StoreErrorKind::Corrupt => {
                "The queue's database is damaged. End BBDrop and start it again: it will set the database aside and rebuild the queue from the last backup."
            }
            StoreErrorKind::Newer | StoreErrorKind::Other => "Check the drive, then start BBDrop again.",
        };
        Self::worded(kind, format!("{what}: {cause}. {advice} Directory: {}", directory.display()), cause)
    }

    fn worded(kind: StoreErrorKind, words: String, detail: &dyn fmt::Display) -> Self {
        Self { kind, words, detail: detail.to_string() }
    }

    /// The cause alone.
    pub(super) fn detail(&self) -> &str {
        &self.detail
    }
}

/// Why something with files and databases did not work.
#[derive(Debug, thiserror::Error)]
pub(super) enum Cause {
    #[error("{0}")]
    Database(#[from] Error),
    #[error("{0}")]
    File(#[from] std::io::Error),
}

impl Cause {
    pub fn kind(&self) -> StoreErrorKind {
        match self {
            Self::Database(error) => kind_of(error),
            Self::File(error) => match error.kind() {
                ErrorKind::StorageFull | ErrorKind::QuotaExceeded => StoreErrorKind::Full,
                ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => StoreErrorKind::ReadOnly,
                _ => StoreErrorKind::Other,
            },
        }
    }

    /// Whether somebody has asked for the end of it.
    pub fn is_interruption(&self) -> bool {
        matches!(self, Self::Database(error) if error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted))
    }
}

fn kind_of(error: &Error) -> StoreErrorKind {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreErrorKind::Corrupt,
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => StoreErrorKind::ReadOnly,
        Some(ErrorCode::DiskFull) => StoreErrorKind::Full,
        Some(_) => StoreErrorKind::Other,
        None => match error {
            // Our tables are strict, so no value of ours reads like this.
            Error::FromSqlConversionFailure(..) | Error::IntegralValueOutOfRange(..) | Error::Utf8Error(..) => {
                StoreErrorKind::Corrupt
            }
            _ => StoreErrorKind::Other,
        },
    }
}
