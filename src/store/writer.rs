//! The one writer: a thread with the connection. What is waiting goes into one transaction; it never waits for company, nor for
//! the disk: that is what `flush` does.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::Connection;

use super::check::{forget_use, mark_in_use};
use super::error::StoreError;
use super::flush::{Flush, flush};
use super::open::{DATABASE, file_beside};
use super::write;
use crate::core::queue::Write;

/// Batches that may wait; a sender over that is held up.
const WAITING_MAX: usize = 4096;
/// Batches in one transaction.
const GROUP_MAX: usize = 512;
/// Pause between attempts while nothing can be written (disk full).
pub(super) const RETRY: Duration = Duration::from_millis(500);

/// How far the writer is, told on its threads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// Every batch up to this number survives the end of the program, however it comes.
    Written(u64),
    /// Every batch up to this number survives a power cut, too.
    Stored(u64),
    /// Why nothing can be written at the moment: the batches are kept and tried again. `None` when it works again.
    Trouble(Option<String>),
}

/// Whom the reports are for.
pub(super) type Listener = Arc<dyn Fn(Report) + Send + Sync>;

/// The handle of the writer thread.
#[derive(Debug)]
pub struct Writer {
    batches: Option<SyncSender<Batch>>,
    closing: Arc<AtomicBool>,
    thread: JoinHandle<()>,
    /// Says at the end whether everything is stored.
    ended: Receiver<bool>,
}

struct Batch {
    number: u64,
    writes: Vec<Write>,
}

impl Writer {
    /// Starts the writer on `connection`; `report` hears how far it is.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(
        connection: Connection,
        data_dir: &Path,
        report: impl Fn(Report) + Send + Sync + 'static,
    ) -> std::io::Result<Self> {
        let (batches, waiting) = sync_channel(WAITING_MAX);
        let (ending, ended) = mpsc::sync_channel(1);
        let closing = Arc::new(AtomicBool::new(false));
        let path = data_dir.join(DATABASE);
        let report: Listener = Arc::new(report);
        let (flushes, written) = sync_channel(WAITING_MAX);
        let (hears, over, database) = (Arc::clone(&report), Arc::clone(&closing), path.clone());
        let disk = std::thread::Builder::new()
            .name("store-flush".to_owned())
            .spawn(move || flush(&database, &written, &hears, &over))?;
        let mut state = State {
            connection,
            path,
            report,
            closing: Arc::clone(&closing),
            flushes: Some(flushes),
            has_trouble: false,
            is_marked: false,
        };
        let thread = std::thread::Builder::new().name("store".to_owned()).spawn(move || {
            let all = state.run(&waiting);
            state.flushes = None;
            let all = disk.join().unwrap_or(false) && all;
            if all {
                state.close();
            }
            let _ = ending.send(all); // Fails when nobody waits any longer.
        })?;
        Ok(Self { batches: Some(batches), closing, thread, ended })
    }

    /// Hands over the writes of one step. `number` grows with every call; it is reported when they are stored.
    pub fn commit(&self, number: u64, writes: Vec<Write>) {
        if let Some(batches) = &self.batches {
            // The thread only ends once this sender is gone.
            let _ = batches.send(Batch { number, writes });
        }
    }

    /// Stores what is waiting and closes the database; gives up after `patience`. Says whether all is stored.
    #[must_use]
    pub fn close(mut self, patience: Duration) -> bool {
        self.batches = None;
        self.closing.store(true, Ordering::Relaxed);
        match self.ended.recv_timeout(patience) {
            Ok(all) => self.thread.join().is_ok() && all,
            Err(_) => false,
        }
    }
}

struct State {
    connection: Connection,
    path: PathBuf,
    report: Listener,
    closing: Arc<AtomicBool>,
    flushes: Option<SyncSender<Flush>>,
    has_trouble: bool,
    /// Whether a log that is gone would be missed.
    is_marked: bool,
}

impl State {
    /// Says whether everything is written.
    fn run(&mut self, waiting: &Receiver<Batch>) -> bool {
        while let Ok(first) = waiting.recv() {
            let mut group = vec![first];
            group.extend(waiting.try_iter().take(GROUP_MAX - 1));
            if !self.commit_patiently(&group) {
                return false; // Closing while nothing can be written: the last clean state stays.
            }
        }
        true
    }

    /// Tries until it works; gives up only when the program is closing.
    fn commit_patiently(&mut self, group: &[Batch]) -> bool {
        loop {
            match self.commit(group) {
                Ok(()) => break,
                Err(error) => {
                    self.has_trouble = true;
                    (self.report)(Report::Trouble(Some(StoreError::new(&self.path, &error).words)));
                    if self.closing.load(Ordering::Relaxed) {
                        return false;
                    }
                    std::thread::sleep(RETRY);
                }
            }
        }
        if std::mem::take(&mut self.has_trouble) {
            (self.report)(Report::Trouble(None));
        }
        if let (Some(last), Some(flushes)) = (group.last(), &self.flushes) {
            (self.report)(Report::Written(last.number));
            // What only repeats work in flight when a power cut takes it need not reach the disk at once.
            let is_progress = group.iter().flat_map(|batch| &batch.writes).all(Write::is_progress);
            let _ = flushes.send(Flush { number: last.number, waits_for_disk: !is_progress }); // It ends after this thread.
        }
        true
    }

    fn commit(&mut self, group: &[Batch]) -> rusqlite::Result<()> {
        let transaction = self.connection.transaction()?;
        // With the first writes and not before: an idle start writes nothing, so it does not wait for the disk either.
        transaction.prepare_cached("UPDATE shutdown SET clean = 0 WHERE clean = 1")?.execute([])?;
        for write in group.iter().flat_map(|batch| &batch.writes) {
            write::apply(&transaction, write)?;
        }
        transaction.commit()?;
        if !self.is_marked && file_beside(&self.path, "-wal").exists() {
            mark_in_use(&self.path);
        }
        self.is_marked = true;
        Ok(())
    }

    fn close(&self) {
        let closed = self
            .connection
            .execute("UPDATE shutdown SET clean = 1 WHERE clean = 0", [])
            .and_then(|_| self.connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)"));
        match closed {
            Ok(()) => forget_use(&self.path),
            Err(error) => {
                tracing::warn!("The database was not closed cleanly, it will be checked at the next start: {error}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::flush::CHECKPOINT_EVERY;
    use crate::store::{Opened, open};

    /// A writer on a new database, and what it says.
    fn started(dir: &Path) -> (Writer, Receiver<Report>) {
        let Opened { connection, .. } = open(dir).expect("opened");
        let (said, hears) = sync_channel(64);
        let writer = Writer::start(connection, dir, move |report| said.send(report).expect("heard"));
        (writer.expect("started"), hears)
    }

    fn setting(value: &str) -> Vec<Write> {
        vec![Write::PutSetting { key: "thumbnails.size".to_owned(), value: value.to_owned() }]
    }

    #[test]
    fn what_is_written_is_told_before_what_the_disk_has() {
        let dir = tempfile::tempdir().expect("a directory");
        let (writer, hears) = started(dir.path());
        for number in 1..=3 {
            writer.commit(number, setting(&(number * 100).to_string()));
            let said: Vec<_> = hears.iter().take(2).collect();
            assert_eq!(said, [Report::Written(number), Report::Stored(number)]);
        }
        assert!(writer.close(Duration::from_secs(30)));
        let Opened { stored, .. } = open(dir.path()).expect("opened");
        assert_eq!(stored.settings.thumbnail_px, 300);
    }

    /// A setting as the database file alone has it, without its log.
    fn without_log(dir: &Path) -> Option<u64> {
        let uri = format!("file:{}?immutable=1", dir.join(DATABASE).display());
        let file = Connection::open(uri).expect("opened");
        let stored = file
            .query_row("SELECT value FROM settings WHERE key = 'thumbnails.size'", [], |row| row.get::<_, String>(0));
        stored.ok().and_then(|value| value.parse().ok())
    }

    #[test]
    fn the_log_is_put_into_the_database_beside_the_writing() {
        let dir = tempfile::tempdir().expect("a directory");
        let (writer, hears) = started(dir.path());
        let last = CHECKPOINT_EVERY as u64 + 1;
        for number in 1..=last {
            writer.commit(number, setting(&number.to_string()));
            assert!(hears.iter().any(|report| report == Report::Stored(number)));
            assert!(number > 1 || without_log(dir.path()).is_none(), "nobody has waited for that");
        }
        assert!(without_log(dir.path()).is_some_and(|value| value >= last - 1));
        assert!(writer.close(Duration::from_secs(30)));
        assert_eq!(without_log(dir.path()), Some(last));
    }

    #[test]
    fn trouble_is_told_until_it_is_over_and_nothing_is_lost() {
        let dir = tempfile::tempdir().expect("a directory");
        let (writer, hears) = started(dir.path());
        let other = Connection::open(dir.path().join(DATABASE)).expect("opened");
        other
            .execute_batch("CREATE TRIGGER no BEFORE INSERT ON settings BEGIN SELECT RAISE(FAIL, 'no room'); END")
            .expect("made");
        writer.commit(1, setting("200"));
        let trouble = hears.iter().next();
        assert!(matches!(&trouble, Some(Report::Trouble(Some(words))) if words.contains("no room")), "{trouble:?}");
        other.execute_batch("DROP TRIGGER no").expect("dropped");
        let is_over = |report: &Report| *report == Report::Trouble(None);
        assert!(hears.iter().any(|report| is_over(&report)));
        assert_eq!(hears.iter().take(2).collect::<Vec<_>>(), [Report::Written(1), Report::Stored(1)]);
        assert!(writer.close(Duration::from_secs(30)));
    }
}
