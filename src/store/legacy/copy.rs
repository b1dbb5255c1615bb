//! A private copy of a database that may be in use: what is committed is in the file and in the log beside it, so both are
//! copied, and copied again when somebody has written meanwhile.

use std::fs::{File, Metadata};
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::files;
use crate::store::open::file_beside;

/// The database, its log, and the journal that undoes what was not finished. `-shm` is made anew.
const PARTS: [&str; 3] = ["", "-wal", "-journal"];
/// How often it is copied before one that changed meanwhile is taken as it is.
const TRIES_MAX: u32 = 5;
/// Longest file that is copied, in bytes: a copy must not fill the drive.
const BYTES_MAX: u64 = 2 * 1024 * 1024 * 1024;
/// What every database begins with (<https://www.sqlite.org/fileformat.html>).
const MAGIC: &[u8] = b"SQLite format 3\0";

/// Where the copy is.
///
/// # Errors
/// In words, when the database cannot be read or the copy cannot be written.
pub fn copy(path: &Path, scratch: &Path) -> Result<PathBuf, String> {
    let target = scratch.join("copy.db");
    for _ in 0..TRIES_MAX {
        let before = state(path);
        for part in PARTS {
            let (from, to) = (file_beside(path, part), file_beside(&target, part));
            remove(&to).and_then(|()| copy_file(&from, &to, part.is_empty())).map_err(|error| {
                format!("The database could not be copied: {error}. Check that it can be read and that there is space.")
            })?;
        }
        remove(&file_beside(&target, "-shm")).map_err(|error| format!("An old copy is in the way: {error}."))?;
        if state(path) == before {
            break;
        }
    }
    let mut magic = Vec::new();
    let read = File::open(&target).and_then(|file| file.take(16).read_to_end(&mut magic));
    match read {
        Ok(_) if magic.is_empty() => Err("The file is empty.".to_owned()),
        Ok(_) if magic == MAGIC => Ok(target),
        Ok(_) => Err("The file is no SQLite database.".to_owned()),
        Err(error) => Err(format!("The database could not be copied: {error}.")),
    }
}

fn state(path: &Path) -> [Option<(u64, Option<SystemTime>)>; 3] {
    let of = |metadata: Metadata| (metadata.len(), metadata.modified().ok());
    PARTS.map(|part| std::fs::metadata(file_beside(path, part)).ok().map(of))
}

fn copy_file(from: &Path, to: &Path, must_be_there: bool) -> std::io::Result<()> {
    // By reading: a copy by the system would take the permissions along, and one that may only be read is no use.
    let source = match files::open_plain(from) {
        Ok(source) => source,
        Err(error) if error.kind() == ErrorKind::NotFound && !must_be_there => return Ok(()),
        Err(error) => return Err(error),
    };
    let copied = std::io::copy(&mut source.take(BYTES_MAX + 1), &mut File::create_new(to)?)?;
    if copied > BYTES_MAX {
        return Err(std::io::Error::other(format!("it has more than {BYTES_MAX} bytes")));
    }
    Ok(())
}

fn remove(path: &Path) -> std::io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
