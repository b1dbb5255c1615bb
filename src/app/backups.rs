//! The daily backup of the queue, on a thread of its own. Holds up neither the start nor the end of the program.

use std::path::PathBuf;
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::core::Notice;
use crate::engine::Handle;
use crate::store;

/// The program's start is busy enough.
const FIRST_LOOK_AFTER: Duration = Duration::from_mins(2);
/// How often it is looked whether a backup is due.
const LOOK_EVERY: Duration = Duration::from_hours(1);

/// Backs the queue up from time to time, until it is dropped.
pub struct Backups {
    stop: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Backups {
    /// Starts the thread. A backup that is being made when the engine ends is given up, since the last write waits for it.
    pub fn start(data_dir: PathBuf, handle: Handle, notify: impl Fn(Notice) + Send + 'static) -> Self {
        let (stop, stopped) = sync_channel::<()>(0);
        let work = move || {
            let mut wait = FIRST_LOOK_AFTER;
            let mut told = String::new();
            while stopped.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                wait = LOOK_EVERY;
                let handle = handle.clone();
                match store::back_up_if_due(&data_dir, move || handle.is_ending()) {
                    Ok(Some(path)) => tracing::info!("The queue is backed up. File: {}", path.display()),
                    Ok(None) => {}
                    // Once is enough for what lasts.
                    Err(error) if error.words == told => {}
                    Err(error) => {
                        told.clone_from(&error.words);
                        notify(Notice::Tell { words: error.words, is_error: true });
                    }
                }
            }
        };
        let thread = std::thread::Builder::new().name("backup".to_owned()).spawn(work);
        let thread = thread.inspect_err(|error| tracing::warn!("The queue is not backed up: {error}")).ok();
        Self { stop: Some(stop), thread }
    }
}

impl Drop for Backups {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
