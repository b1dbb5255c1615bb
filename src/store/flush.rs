//! Waits for the disk, on a thread of its own, so that what is written next need not. `SQLite` writes its log (WAL) and goes on;
//! what is in the log then survives the end of the program, and a power cut once the log is flushed. From time to time the log is put
//! into the database (a checkpoint), which waits for the disk twice.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;

use rusqlite::{Connection, OpenFlags};

use super::open::file_beside;
use super::writer::{Listener, RETRY, Report};

/// Commits between two checkpoints: about 1,000 pages, after which `SQLite` makes one by itself, within a commit.
pub(super) const CHECKPOINT_EVERY: usize = 200;
/// Pages in the log with which the writer makes a checkpoint all the same: this thread could not, or the log never came to rest.
pub(super) const LOG_PAGES_MAX: u32 = 8_000;

/// Something was written.
pub(super) struct Flush {
    /// The last batch of it.
    pub number: u64,
    /// Whether it counts only once the disk has it.
    pub waits_for_disk: bool,
}

/// Flushes the log of the database at `path` as long as something is written. Says whether the disk has everything.
pub(super) fn flush(path: &Path, written: &Receiver<Flush>, report: &Listener, closing: &AtomicBool) -> bool {
    let mut log = Log { path: file_beside(path, "-wal"), file: None };
    let mut database = Database { path, connection: None };
    let mut commits = 0;
    while let Ok(Flush { mut number, mut waits_for_disk }) = written.recv() {
        commits += 1;
        for more in written.try_iter() {
            commits += 1;
            number = more.number;
            waits_for_disk |= more.waits_for_disk;
        }
        let mut has_trouble = false;
        while waits_for_disk && let Err(error) = log.flush() {
            has_trouble = true;
            let words = format!("The disk does not keep what is written: {error}. File: {}", log.path.display());
            report(Report::Trouble(Some(words)));
            if closing.load(Ordering::Relaxed) {
                return false;
            }
            std::thread::sleep(RETRY);
        }
        if has_trouble {
            report(Report::Trouble(None));
        }
        report(Report::Stored(number));
        if commits >= CHECKPOINT_EVERY {
            commits = 0;
            if let Err(error) = database.checkpoint() {
                tracing::warn!("The log of the database stays as long as it is for now: {error}");
            }
        }
    }
    true
}

/// The database, in which nothing is written from here but what is in its log.
struct Database<'p> {
    path: &'p Path,
    connection: Option<Connection>,
}

impl Database<'_> {
    /// As much as goes without holding up anybody.
    fn checkpoint(&mut self) -> rusqlite::Result<()> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => Connection::open_with_flags(self.path, OpenFlags::SQLITE_OPEN_READ_WRITE)?,
        };
        connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?;
        self.connection = Some(connection);
        Ok(())
    }
}

/// `SQLite`'s log (<https://www.sqlite.org/walformat.html>). It stays the same file as long as a connection is open, and nobody
/// locks it, so a second handle on it disturbs nothing.
struct Log {
    path: PathBuf,
    file: Option<File>,
}

impl Log {
    fn flush(&mut self) -> std::io::Result<()> {
        let file = match self.file.take() {
            Some(file) => file,
            None => match OpenOptions::new().read(true).write(true).open(&self.path) {
                // Where there can be no log (some network drives), SQLite has flushed the database itself.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
                opened => opened?,
            },
        };
        file.sync_data()?;
        self.file = Some(file);
        Ok(())
    }
}
