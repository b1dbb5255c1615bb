//! Putting it together: where data lives, and the life of a resident from the lock to the last write.

mod window;

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::mpsc;

use tokio::sync::watch;

use crate::cli::{Exit, Face, Renderer};
use crate::core::queue::Scope;
use crate::core::snapshot::Doors;
use crate::core::{AddOutcome, Command, Notice, Refusal, Reply};
use crate::engine::{self, Engine, Handle, Parts};
use crate::instance::{Desk, Door, Lock, Ports};
use crate::{platform, store};
use window::Waker;

/// Notices that may wait for the window.
const NOTICES_MAX: usize = 256;

/// What a resident is started with.
#[derive(Debug)]
pub struct Started {
    /// Held until the end.
    pub lock: Lock,
    /// Where everything is kept.
    pub data_dir: PathBuf,
    /// Where to listen.
    pub ports: Ports,
    /// From this process's own command line, absolute.
    pub folders: Vec<PathBuf>,
    /// What draws the window; `None` runs without one.
    pub window: Option<Renderer>,
    /// Where to complain.
    pub face: Face,
}

impl Desk for Handle {
    async fn ask(&self, command: Command) -> Result<Reply, Refusal> {
        Self::ask(self, command).await
    }
}

/// The data directory: as asked for, or the place the system has for it.
///
/// # Errors
/// In words, when the system has none.
pub fn data_dir(asked: Option<PathBuf>) -> Result<PathBuf, String> {
    let own = || directories::ProjectDirs::from("", "", "BBDrop").map(|dirs| dirs.data_local_dir().to_owned());
    let dir = asked.filter(|dir| !dir.as_os_str().is_empty()).or_else(own);
    let dir = dir.ok_or("There is no home directory to keep the queue in. Name a directory with --data-dir.")?;
    std::path::absolute(dir).map_err(|error| format!("The data directory cannot be found: {error}."))
}

/// The ports: the usual ones, or what the environment says.
///
/// # Errors
/// In words, when the environment says something that is no port.
pub fn ports() -> Result<Ports, String> {
    let usual = Ports::default();
    let port = |name: &str, usual: u16| match std::env::var(name) {
        Err(_) => Ok(usual),
        Ok(text) => text
            .trim()
            .parse()
            .ok()
            .filter(|port| *port > 0)
            .ok_or_else(|| format!("{name} must be a port from 1 to 65535, not “{text}”.")),
    };
    let first = port("SINGLEINSTANCE_PORT_START", *usual.delegate.start())?;
    let last = port("SINGLEINSTANCE_PORT_END", *usual.delegate.end())?;
    if first > last {
        return Err(format!("SINGLEINSTANCE_PORT_START ({first}) must not be above SINGLEINSTANCE_PORT_END ({last})."));
    }
    Ok(Ports { folder: port("BBDROP_PORT", usual.folder)?, delegate: first..=last })
}

/// Says what is wrong where a person sees it, and how the program ends.
#[must_use]
pub fn complain(face: Face, words: &str, exit: Exit) -> Exit {
    let _ = writeln!(std::io::stderr().lock(), "{words}"); // Nobody is left to tell when stderr is gone.
    if face == Face::Window && !platform::HAS_CONSOLE {
        rfd::MessageDialog::new().set_level(rfd::MessageLevel::Error).set_title("BBDrop").set_description(words).show();
    }
    exit
}

/// Is the resident until it is asked to end: doors first, then everything slow.
#[must_use]
pub fn resident(started: Started) -> Exit {
    let Started { lock, data_dir, ports, folders, window, face } = started;
    let (handle, inbox) = engine::mailbox();
    let (doors_open, doors) = watch::channel(Doors::default());
    let door = match Door::open(&data_dir, &ports, handle.clone(), doors_open) {
        Ok(door) => door,
        Err(error) => {
            return complain(face, &format!("{error} Directory: {}", data_dir.display()), Exit::DataDirectory);
        }
    };
    let (notices, inbox_of_window) = mpsc::sync_channel(NOTICES_MAX);
    let waker = Waker::default();
    let (wake, wake_too) = (waker.clone(), waker.clone());
    let has_window = window.is_some();
    let notify = move |notice: Notice| {
        if !has_window {
            tell_terminal(&notice);
        } else if notices.try_send(notice).is_ok() {
            wake_too.wake();
        }
    };
    let engine = store::open(&data_dir).map_err(engine::StartError::from).and_then(|opened| {
        let parts = Parts {
            opened,
            data_dir: data_dir.clone(),
            scope: Scope::All,
            doors,
            notify: Box::new(notify),
            wake: Box::new(move || wake.wake()),
        };
        Engine::start(inbox, parts)
    });
    let engine = match engine {
        Ok(engine) => engine,
        Err(error) => {
            door.close();
            return complain(face, &error.to_string(), Exit::DataDirectory);
        }
    };
    crate::cli::quit_on_signal(handle.clone());
    let refused = add_own(&handle, folders);
    let exit = if let Some(renderer) = window {
        let snapshots = engine.snapshots();

        let parts =
            window::Parts { handle: handle.clone(), snapshots, noticed: inbox_of_window, waker, data_dir, refused };
        show_window(parts, renderer, face)
    } else {
        for words in refused {
            let _ = complain(face, &words, Exit::NoFolder);
        }
        Exit::Done
    };
    end(engine, &handle, door, lock, has_window, exit)
}

fn show_window(parts: window::Parts, renderer: Renderer, face: Face) -> Exit {
    match platform::check_window_libraries().and_then(|()| window::run(parts, renderer)) {
        Ok(()) => Exit::Done,
        Err(words) => {
            let words = format!(
                "{words} The queue is safe; `bbdrop --headless` and `bbdrop --run-once` work without a window."
            );
            complain(face, &words, Exit::Failed)
        }
    }
}

/// Puts the folders of this process's own command line into the queue; returns why some are refused.
fn add_own(handle: &Handle, folders: Vec<PathBuf>) -> Vec<String> {
    if folders.is_empty() {
        return Vec::new();
    }
    match handle.ask_blocking(Command::Add { folders, start: false }) {
        Ok(Reply::Added(outcomes)) => outcomes
            .into_iter()
            .filter_map(|outcome| match outcome {
                AddOutcome::Refused(refusal) => Some(refusal.words),
                AddOutcome::Added(_) | AddOutcome::Duplicate(_) => None,
            })
            .collect(),
        Ok(_) => Vec::new(),
        Err(refusal) => vec![refusal.words],
    }
}

/// Without a window the engine runs until somebody asks it to end; with one, until the window is gone.
fn end(engine: Engine, handle: &Handle, door: Door, lock: Lock, has_window: bool, exit: Exit) -> Exit {
    if has_window {
        handle.send(Command::Quit, Box::new(|_| {}));
    }
    let saved = engine.join();
    door.close();
    drop(lock);
    if saved { exit } else { Exit::DataDirectory }
}

fn tell_terminal(notice: &Notice) {
    if let Notice::Tell { words, .. } = notice {
        let _ = writeln!(std::io::stderr().lock(), "{words}");
    }
}
