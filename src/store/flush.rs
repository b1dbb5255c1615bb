//! Waits for the disk, on a thread of its own, so that what is written next need not. `SQLite` writes its log (WAL) and goes on;
//! what is in the log then survives the end of the program, and a power cut once the log is flushed. From time to time the log is put
//! into the database (a checkpoint), which waits for the disk twice.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, Row};

use super::error::Cause;
use super::open::file_beside;
use super::writer::{Listener, RETRY, Report};

/// Commits between two checkpoints: about 1,000 pages, after which `SQLite` makes one by itself, within a commit.
pub(super) const CHECKPOINT_EVERY: usize = 200;
/// Pages in the log with which the writer makes a checkpoint all the same: this thread could not, or the log never came to rest.
pub(super) const LOG_PAGES_MAX: u32 = 8_000;

/// Length to which the log is cut when it begins anew.
pub(super) const LOG_BYTES_KEPT: u64 = 4 * 1024 * 1024;
/// Length of the log from which on it is made short as soon as nobody reads an old state.
const LOG_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// How long that may hold up who writes.
const LOG_WAIT: Duration = Duration::from_millis(50);

/// Something was written.
pub(super) struct Flush {
    /// The last batch of it.
    pub number: u64,
    /// Whether it counts only once the disk has it.
    pub waits_for_disk: bool,
}

/// Flushes the log of the database at `path` as long as something is written. Says whether the disk has everything.
pub(super) fn flush(path: &Path, written: &Receiver<Flush>, report: &Listener, closing: &AtomicBool) -> bool {
    let mut disk = Disk {
        log: Log::open(file_beside(path, "-wal")),
        database: Database { path, connection: None },
        is_doubtful: false,
    };
    let mut commits = 0;
    while let Ok(Flush { mut number, mut waits_for_disk }) = written.recv() {
        commits += 1;
        for more in written.try_iter() {
            commits += 1;
            number = more.number;
            waits_for_disk |= more.waits_for_disk;
        }
        let mut has_trouble = false;
        while waits_for_disk && let Err(error) = disk.flush() {
            has_trouble = true;
            let words = format!("The disk does not keep what is written: {error}. File: {}", disk.log.path.display());
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
            if let Err(error) = disk.checkpoint() {
                tracing::warn!("The log of the database stays as long as it is for now: {error}");
            }
        }
    }
    true
}

/// What keeps the database: its log, and the file that the log goes into.
struct Disk<'p> {
    log: Log,
    database: Database<'p>,
    /// A flush has failed. The system says that only once, and takes what it could not keep for kept from then on
    /// (<https://wiki.postgresql.org/wiki/Fsync_Errors>): the log counts again when everything in it was written once more.
    is_doubtful: bool,
}

impl Disk<'_> {
    /// Everything that is written so far is on the disk then.
    fn flush(&mut self) -> Result<(), Cause> {
        if self.is_doubtful {
            self.database.write_all_again()?;
            self.is_doubtful = false;
        }
        self.log.flush().inspect_err(|_| self.is_doubtful = true)?;
        Ok(())
    }

    /// Puts the log into the database, and makes a log short again that has grown while somebody read an old state.
    fn checkpoint(&mut self) -> rusqlite::Result<()> {
        self.database.checkpoint()?;
        if std::fs::metadata(&self.log.path).is_ok_and(|log| log.len() > LOG_BYTES_MAX) {
            self.database.shorten_log()?;
        }
        Ok(())
    }
}

/// The database, in which nothing is written from here but what is in its log.
struct Database<'p> {
    path: &'p Path,
    connection: Option<Connection>,
}

impl Database<'_> {
    /// As much as goes without holding up anybody.
    fn checkpoint(&mut self) -> rusqlite::Result<()> {
        self.put_log_in("PASSIVE", Duration::ZERO).map(drop)
    }

    /// Holds up who writes for a moment; does nothing as long as somebody reads an old state.
    fn shorten_log(&mut self) -> rusqlite::Result<()> {
        self.put_log_in("TRUNCATE", LOG_WAIT).map(drop)
    }

    /// Writes all that is in the log into the database, and waits for the disk.
    fn write_all_again(&mut self) -> Result<(), Cause> {
        if self.put_log_in("FULL", RETRY)? {
            return Ok(());
        }
        let busy = "it cannot be written once more as long as another program uses the database";
        Err(Cause::File(std::io::Error::other(busy)))
    }

    /// Says whether the whole log is in the database now.
    fn put_log_in(&mut self, how: &str, wait: Duration) -> rusqlite::Result<bool> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => Connection::open_with_flags(self.path, OpenFlags::SQLITE_OPEN_READ_WRITE)?,
        };
        connection.busy_timeout(wait)?;
        // Busy, pages of the log, pages of it in the database; -1 where there is no log.
        let read = |row: &Row<'_>| Ok((row.get::<_, bool>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?));
        let (is_busy, pages, done) = connection.query_row(&format!("PRAGMA wal_checkpoint({how})"), [], read)?;
        self.connection = Some(connection);
        Ok(!is_busy && pages == done)
    }
}

/// `SQLite`'s log (<https://www.sqlite.org/walformat.html>). It stays the same file as long as a connection is open, and nobody
/// locks it, so a second handle on it disturbs nothing.
struct Log {
    path: PathBuf,
    file: Option<File>,
}

impl Log {
    /// Has its handle from the start: when connections have taken all that there are, they wait for what is flushed with this one.
    fn open(path: PathBuf) -> Self {
        Self { file: Self::open_file(&path).ok(), path }
    }

    fn open_file(path: &Path) -> std::io::Result<File> {
        OpenOptions::new().read(true).write(true).open(path)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        let file = match self.file.take() {
            Some(file) => file,
            None => match Self::open_file(&self.path) {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn value_without_log(path: &Path) -> Option<i64> {
        let file = Connection::open(format!("file:{}?immutable=1", path.display())).expect("opened");
        file.query_row("SELECT value FROM t", [], |row| row.get(0)).ok()
    }

    /// A database that is written through its log, and what keeps it.
    fn check(work: impl FnOnce(&Connection, &mut Disk<'_>)) {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("a.db");
        let writer = Connection::open(&path).expect("opened");
        let sql = "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE t (value, more);
            INSERT INTO t VALUES (1, '')";
        writer.execute_batch(sql).expect("written");
        let log = Log { path: file_beside(&path, "-wal"), file: None };
        let mut disk = Disk { log, database: Database { path: &path, connection: None }, is_doubtful: false };
        work(&writer, &mut disk);
    }

    #[cfg(unix)]
    #[test]
    fn after_a_flush_that_failed_once_everything_is_written_again() {
        check(|_, disk| {
            disk.flush().expect("kept");
            assert_eq!(value_without_log(disk.database.path), None, "only the log is needed");
            // Nothing of that kind can be flushed.
            disk.log.file = Some(File::open("/dev/null").expect("opened"));
            disk.flush().expect_err("not kept");
            disk.flush().expect("the next handle knows nothing of it");
            assert_eq!(value_without_log(disk.database.path), Some(1));
        });
    }

    #[cfg(unix)]
    #[test]
    fn what_cannot_be_written_again_does_not_count() {
        check(|writer, disk| {
            disk.is_doubtful = true;
            let reader = Connection::open(disk.database.path).expect("opened");
            reader.execute_batch("BEGIN").expect("begun");
            reader.query_row("SELECT value FROM t", [], |_| Ok(())).expect("read");
            writer.execute_batch("UPDATE t SET value = 2").expect("written");
            disk.flush().expect_err("an old state is read");
            reader.execute_batch("COMMIT").expect("ended");
            disk.flush().expect("kept");
            assert_eq!(value_without_log(disk.database.path), Some(2));
        });
    }

    #[test]
    fn a_log_that_has_grown_behind_a_reader_is_short_again() {
        check(|writer, disk| {
            let length = |disk: &Disk<'_>| std::fs::metadata(&disk.log.path).expect("there").len();
            let reader = Connection::open(disk.database.path).expect("opened");
            reader.execute_batch("BEGIN").expect("begun");
            reader.query_row("SELECT value FROM t", [], |_| Ok(())).expect("read");
            for _ in 0..3 {
                writer.execute_batch("INSERT INTO t VALUES (3, zeroblob(8000000))").expect("written");
            }
            disk.checkpoint().expect("as far as it goes");
            assert!(length(disk) > LOG_BYTES_MAX, "somebody reads");
            reader.execute_batch("COMMIT").expect("ended");
            disk.checkpoint().expect("whole");
            assert_eq!(length(disk), 0);
        });
    }
}
