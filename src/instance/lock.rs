//! The OS file lock on the data directory: gone with the process, never stale.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::path::Path;

use crate::platform::make_private_directory;

const LOCK: &str = "resident.lock";

/// Held by the one process that may write the data directory.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// Why the data directory cannot be used, in words.
#[derive(Debug, thiserror::Error)]
#[error(
    "The data directory cannot be used: {0}. Check its permissions, or choose another with --data-dir. Directory: {1}"
)]
pub struct LockError(std::io::Error, String);

impl Lock {
    /// Takes the lock of `data_dir` (made if it is not there); `None` when another process has it.
    ///
    /// # Errors
    /// When the directory cannot be made or written.
    pub fn try_take(data_dir: &Path) -> Result<Option<Self>, LockError> {
        let unusable = |error| LockError(error, data_dir.display().to_string());
        let open = || OpenOptions::new().create(true).truncate(false).write(true).open(data_dir.join(LOCK));
        let file = open().or_else(|error| match error.kind() {
            ErrorKind::NotFound => make_private_directory(data_dir).and_then(|()| open()),
            _ => Err(error),
        });
        let file = file.map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(unusable(error)),
        }
    }
}
