//! A command without a resident: the same engine and the same dispatch, in this process, under the lock.

use std::io::{IsTerminal as _, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use tokio::sync::watch;

use crate::app::Privacy;
use crate::core::printable::printable;
use crate::core::queue::Scope;
use crate::core::snapshot::Doors;
use crate::core::{Command, Notice, Snapshot};
use crate::engine::{self, Engine, Handle, Parts};
use crate::instance::{self, Lock, Request, Response};
use crate::store;

/// Carries out `request` here.
///
/// # Errors
/// In words, when the data directory cannot be used.
pub fn answer(data_dir: &Path, lock: Lock, request: Request, scope: Scope, quiet: bool) -> Result<Response, String> {
    let (handle, inbox) = engine::mailbox();
    let (trouble, troubles) = mpsc::sync_channel(1);
    let (_doors, doors) = watch::channel(Doors::default());
    let asker = handle.clone();
    let opened = store::open(data_dir).map_err(|error| error.to_string())?;
    let private = Privacy::new(data_dir.to_owned()).follow(&opened.stored.settings);
    for words in opened.notices.iter().chain(&private) {
        super::print::problems(words);
    }
    let notify = move |notice| match notice {
        Notice::Tell { words, is_error: true } => {
            // Nothing can be saved: waiting would not help.
            asker.send(Command::Quit, Box::new(|_| {}));
            let _ = trouble.try_send(words); // The first words are the ones to show.
        }
        Notice::Tell { words, is_error: false } => super::print::problems(&words),
        _ => {}
    };
    let parts = Parts {
        opened: store::Opened { notices: Vec::new(), ..opened },
        data_dir: data_dir.to_owned(),
        scope,
        doors,
        integrate: crate::app::integrate,
        variable: crate::app::variable,
        notify: Box::new(notify),
        wake: Box::new(|| {}),
    };
    let engine = Engine::start(inbox, parts).map_err(|error| error.to_string())?;
    quit_on_signal(handle.clone());
    let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(|error| error.to_string())?;
    let progress = (!quiet).then(|| Progress::start(engine.snapshots())).flatten();
    let response = runtime.block_on(instance::dispatch(&handle, request, None));
    drop(progress);
    handle.send(Command::Quit, Box::new(|_| {}));
    let saved = engine.join();
    drop(lock);
    match troubles.try_recv() {
        Ok(words) => Err(words),
        Err(_) if !saved => Err("The queue could not be saved. Check the data directory.".to_owned()),
        Err(_) => Ok(response),
    }
}

/// SIGINT, SIGTERM, Ctrl-C: the queue stays resumable.
pub fn quit_on_signal(handle: Handle) {
    let quit = move || handle.send(Command::Quit, Box::new(|_| {}));
    if let Err(error) = ctrlc::set_handler(quit) {
        tracing::warn!("signals are not heard: {error}");
    }
}

/// A line on the terminal that counts images, until it is dropped.
struct Progress {
    stop: Option<mpsc::SyncSender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Progress {
    fn start(mut snapshots: watch::Receiver<Arc<Snapshot>>) -> Option<Self> {
        if !std::io::stderr().is_terminal() {
            return None;
        }
        let (stop, stopped) = mpsc::sync_channel(1);
        let show = move || {
            while stopped.recv_timeout(Duration::from_millis(200)) == Err(RecvTimeoutError::Timeout) {
                let snapshot = Arc::clone(&snapshots.borrow_and_update());
                if let Some(row) = snapshot.rows.iter().find(|row| row.state == crate::core::GalleryState::Uploading) {
                    let (done, usable) = (row.tally.uploaded, row.tally.usable());
                    let name = printable(&row.name);
                    let _ = write!(std::io::stderr().lock(), "\r\x1b[K{name}: {done} of {usable} images");
                }
            }
            let _ = write!(std::io::stderr().lock(), "\r\x1b[K");
        };
        let thread = std::thread::Builder::new().name("progress".to_owned()).spawn(show).ok()?;
        Some(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
