//! The work: one coordinator owns the queue, workers do what it wants done. Knows no window and no system specifics.

mod coordinator;
mod history;
mod legacy;
mod output;
mod publish;
mod raising;
mod resolve;
mod saved;
mod scan;
mod smaller;
pub mod templates;
mod thumbnail;
mod transfers;
mod trial;
mod workers;

use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};

use crate::core::queue::Scope;
use crate::core::snapshot::Doors;
use crate::core::{Command, Integration, Notice, Refusal, RefusalCode, Reply, Snapshot};
use crate::hosts::Catalogue;
use crate::store::{Opened, Reader, StoreError};
use coordinator::Coordinator;
pub use thumbnail::{SmallPicture, small_picture};

/// Commands that may wait; a sender over that waits with them.
const REQUESTS_MAX: usize = 1024;

/// How long workers may take to end once everything is saved. What they still do is not waited for.
const WORKERS_END_MAX: Duration = Duration::from_millis(500);

/// Hears the answer to one command, on the engine's thread.
pub type Answer = Box<dyn FnOnce(Result<Reply, Refusal>) + Send>;

/// One command with who wants the answer.
pub(crate) struct Request {
    command: Command,
    answer: Answer,
}

/// Asks the engine for things. Cheap to clone; works before the engine has started: commands wait for it.
#[derive(Clone, Debug)]
pub struct Handle {
    requests: mpsc::Sender<Request>,
}

/// The engine's end of its [`Handle`]s.
#[derive(Debug)]
pub struct Inbox(mpsc::Receiver<Request>);

/// A handle and the inbox that belongs to it.
#[must_use]
pub fn mailbox() -> (Handle, Inbox) {
    let (requests, inbox) = mpsc::channel(REQUESTS_MAX);
    (Handle { requests }, Inbox(inbox))
}

impl Handle {
    /// Asks and waits for the answer.
    ///
    /// # Errors
    /// The program's "no", or [`RefusalCode::Stopping`] when the engine has ended.
    pub async fn ask(&self, command: Command) -> Result<Reply, Refusal> {
        let (sender, receiver) = oneshot::channel();
        let answer: Answer = Box::new(move |reply| drop(sender.send(reply)));
        self.requests.send(Request { command, answer }).await.map_err(|_| ended())?;
        receiver.await.map_err(|_| ended())?
    }

    /// Whether the engine takes no more commands: it is ending, or has ended.
    #[must_use]
    pub fn is_ending(&self) -> bool {
        self.requests.is_closed()
    }

    /// As [`Handle::ask`], from a thread outside any runtime.
    ///
    /// # Errors
    /// As [`Handle::ask`].
    pub fn ask_blocking(&self, command: Command) -> Result<Reply, Refusal> {
        let (sender, receiver) = oneshot::channel();
        let answer: Answer = Box::new(move |reply| drop(sender.send(reply)));
        self.requests.blocking_send(Request { command, answer }).map_err(|_| ended())?;
        receiver.blocking_recv().map_err(|_| ended())?
    }

    /// Asks without waiting; `answer` is called later, or at once when the engine cannot take more.
    pub fn send(&self, command: Command, answer: Answer) {
        if let Err(error) = self.requests.try_send(Request { command, answer }) {
            let (request, refusal) = match error {
                mpsc::error::TrySendError::Full(request) => {
                    (request, Refusal::new(RefusalCode::Busy, "BBDrop is very busy. Try again in a moment."))
                }
                mpsc::error::TrySendError::Closed(request) => (request, ended()),
            };
            (request.answer)(Err(refusal));
        }
    }
}

fn ended() -> Refusal {
    crate::core::queue::stopping()
}

/// Makes (`true`) or takes away (`false`) the entries of the system's file manager, or only looks; how they are then, or words.
pub type Integrate = fn(Option<bool>) -> Result<Integration, String>;

/// What the engine is started with.
pub struct Parts {
    /// The open store.
    pub opened: Opened,
    /// Its directory.
    pub data_dir: PathBuf,
    /// What to work on.
    pub scope: Scope,
    /// The doors, as they open and close.
    pub doors: watch::Receiver<Doors>,
    /// The system's file manager.
    pub integrate: Integrate,
    /// The variables that this process was started with.
    pub variable: fn(&str) -> Option<String>,
    /// Called on the engine's thread with what is told once.
    pub notify: Box<dyn Fn(Notice) + Send>,
    /// Called after a new snapshot is there.
    pub wake: Box<dyn Fn() + Send>,
}

/// The running engine.
#[derive(Debug)]
pub struct Engine {
    thread: JoinHandle<bool>,
    snapshots: watch::Receiver<Arc<Snapshot>>,
}

/// Why the engine could not start, in words.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The folder for published galleries.
    #[error(transparent)]
    Published(#[from] crate::hosts::StorageError),
    /// Threads.
    #[error("BBDrop could not start its threads: {0}. Close other programs and try again.")]
    Threads(#[from] std::io::Error),
}

impl Engine {
    /// Starts the engine on its own thread and runtime.
    ///
    /// # Errors
    /// When a thread, the store or the folder for published galleries is not to be had.
    pub fn start(inbox: Inbox, parts: Parts) -> Result<Self, StartError> {
        let (catalogue, problems) = Catalogue::load(&parts.data_dir)?;
        for words in problems {
            (parts.notify)(Notice::Tell { words, is_error: false });
        }
        let reader = Reader::open(&parts.data_dir)?;
        // The coordinator has a runtime of its own: whatever holds the workers', it goes on, and ends when it shall.
        let own = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
        let workers =
            tokio::runtime::Builder::new_multi_thread().thread_name("worker").worker_threads(2).enable_all().build()?;
        let (publish, snapshots) = watch::channel(Arc::new(Snapshot::default()));
        let coordinator = Coordinator::new(workers.handle().clone(), inbox.0, parts, catalogue, reader, publish)?;
        let thread = std::thread::Builder::new().name("engine".to_owned()).spawn(move || {
            let saved = own.block_on(coordinator.run());
            workers.shutdown_timeout(WORKERS_END_MAX);
            saved
        })?;
        Ok(Self { thread, snapshots })
    }

    /// The newest snapshot, whenever somebody looks.
    #[must_use]
    pub fn snapshots(&self) -> watch::Receiver<Arc<Snapshot>> {
        self.snapshots.clone()
    }

    /// Waits for the engine's end (after [`Command::Quit`]); says whether everything is saved.
    #[must_use]
    pub fn join(self) -> bool {
        self.thread.join().unwrap_or(false)
    }
}
