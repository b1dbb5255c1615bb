//! What can be wrong with the database, in words that say what to do.

use std::path::Path;

use rusqlite::ErrorCode;

/// A database that cannot be opened, read or written.
#[derive(Debug, thiserror::Error)]
#[error("{words}")]
pub struct StoreError {
    /// What to branch on.
    pub kind: StoreErrorKind,
    /// What to show.
    pub words: String,
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
    pub fn new(path: &Path, error: &rusqlite::Error) -> Self {
        let kind = match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreErrorKind::Corrupt,
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => StoreErrorKind::ReadOnly,
            Some(ErrorCode::DiskFull) => StoreErrorKind::Full,
            _ => StoreErrorKind::Other,
        };
        Self::of(kind, path, error)
    }

    pub(super) fn of(kind: StoreErrorKind, path: &Path, detail: &dyn std::fmt::Display) -> Self {
        let path = path.display();
        let words = match kind {
            StoreErrorKind::Newer => format!(
                "The queue was written by a newer version of BBDrop and is left untouched. Install that version again, or use another data directory. Database: {path}"
            ),
            StoreErrorKind::Corrupt => format!("The queue's database is damaged ({detail}). Database: {path}"),
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
        Self { kind, words }
    }
}
