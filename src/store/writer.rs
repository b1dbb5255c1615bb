//! The one writer: a thread with the connection. What is waiting goes into one transaction; it never waits for company.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::Connection;

use super::error::StoreError;
use super::open::DATABASE;
use super::write;
use crate::core::queue::Write;

/// Batches that may wait; a sender over that is held up.
const WAITING_MAX: usize = 4096;
/// Batches in one transaction.
const GROUP_MAX: usize = 512;
/// Pause between attempts while nothing can be written (disk full).
const RETRY_MS: u64 = 500;

/// How far the writer is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Every batch up to this number is committed.
    pub committed: u64,
    /// Why nothing can be written at the moment; the batches are kept and tried again.
    pub trouble: Option<String>,
}

/// The handle of the writer thread.
#[derive(Debug)]
pub struct Writer {
    batches: Option<SyncSender<Batch>>,
    closing: Arc<AtomicBool>,
    thread: JoinHandle<()>,
    /// Says at the end whether everything is committed.
    ended: Receiver<bool>,
}

struct Batch {
    number: u64,
    writes: Vec<Write>,
}

impl Writer {
    /// Starts the writer on `connection`; `report` hears, on the writer's thread, what has been committed.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(
        connection: Connection,
        data_dir: &Path,
        report: impl Fn(Progress) + Send + 'static,
    ) -> std::io::Result<Self> {
        let (batches, waiting) = sync_channel(WAITING_MAX);
        let (ending, ended) = mpsc::sync_channel(1);
        let closing = Arc::new(AtomicBool::new(false));
        let mut state = State {
            connection,
            path: data_dir.join(DATABASE),
            report,
            closing: Arc::clone(&closing),
            committed: 0,
            is_relaxed: false,
        };
        let thread = std::thread::Builder::new().name("store".to_owned()).spawn(move || {
            let _ = ending.send(state.run(&waiting)); // Fails when nobody waits any longer.
        })?;
        Ok(Self { batches: Some(batches), closing, thread, ended })
    }

    /// Hands over the writes of one step. `number` grows with every call; it is reported when they are committed.
    pub fn commit(&self, number: u64, writes: Vec<Write>) {
        if let Some(batches) = &self.batches {
            // The thread only ends once this sender is gone.
            let _ = batches.send(Batch { number, writes });
        }
    }

    /// Commits what is waiting and closes the database; gives up after `patience`. Says whether all is committed.
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

struct State<R> {
    connection: Connection,
    path: PathBuf,
    report: R,
    closing: Arc<AtomicBool>,
    committed: u64,
    /// Whether commits do not wait for the disk at the moment.
    is_relaxed: bool,
}

impl<R: Fn(Progress)> State<R> {
    /// Says whether everything is committed.
    fn run(&mut self, waiting: &Receiver<Batch>) -> bool {
        while let Ok(first) = waiting.recv() {
            let mut group = vec![first];
            group.extend(waiting.try_iter().take(GROUP_MAX - 1));
            if !self.commit_patiently(&group) {
                return false; // Closing while nothing can be written: the last clean state stays.
            }
        }
        self.close();
        true
    }

    /// Tries until it works; gives up only when the program is closing.
    fn commit_patiently(&mut self, group: &[Batch]) -> bool {
        let last = group.last().map_or(self.committed, |batch| batch.number);
        loop {
            match self.commit(group) {
                Ok(()) => {
                    self.committed = last;
                    (self.report)(Progress { committed: last, trouble: None });
                    return true;
                }
                Err(error) => {
                    let words = StoreError::new(&self.path, &error).words;
                    (self.report)(Progress { committed: self.committed, trouble: Some(words) });
                    if self.closing.load(Ordering::Relaxed) {
                        return false;
                    }
                    std::thread::sleep(Duration::from_millis(RETRY_MS));
                }
            }
        }
    }

    fn commit(&mut self, group: &[Batch]) -> rusqlite::Result<()> {
        // What only repeats work in flight when a power cut takes it need not reach the disk at once.
        let is_progress = group.iter().flat_map(|batch| &batch.writes).all(Write::is_progress);
        if is_progress != self.is_relaxed {
            let synchronous = if is_progress { "PRAGMA synchronous = NORMAL" } else { "PRAGMA synchronous = FULL" };
            self.connection.execute_batch(synchronous)?;
            self.is_relaxed = is_progress;
        }
        let transaction = self.connection.transaction()?;
        for write in group.iter().flat_map(|batch| &batch.writes) {
            write::apply(&transaction, write)?;
        }
        transaction.commit()
    }

    fn close(&self) {
        let closed = self
            .connection
            .execute("UPDATE shutdown SET clean = 1", [])
            .and_then(|_| self.connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)"));
        if let Err(error) = closed {
            tracing::warn!("The database was not closed cleanly, it will be checked at the next start: {error}");
        }
    }
}
