//! Waits for the disk, on a thread of its own, so that what is written next need not. `SQLite` writes its log (WAL) and goes on;
//! what is in the log then survives the end of the program, and a power cut once the log is flushed.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;

use super::writer::{Listener, RETRY, Report};

/// Something was written.
pub(super) struct Flush {
    /// The last batch of it.
    pub number: u64,
    /// Whether it counts only once the disk has it.
    pub waits_for_disk: bool,
}

/// Flushes the log of the database at `path` as long as something is written. Says whether the disk has everything.
pub(super) fn flush(path: &Path, written: &Receiver<Flush>, report: &Listener, closing: &AtomicBool) -> bool {
    let mut log = Log { path: log_of(path), file: None };
    while let Ok(Flush { mut number, mut waits_for_disk }) = written.recv() {
        for more in written.try_iter() {
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
    }
    true
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

fn log_of(database: &Path) -> PathBuf {
    let mut path = database.as_os_str().to_owned();
    path.push("-wal");
    path.into()
}
