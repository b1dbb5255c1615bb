//! Putting it together: where data lives, and the life of a resident from the lock to the last write.

mod arranger;
mod backups;
mod desktop;
mod layout;
mod pictures;
mod watchdog;
mod window;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use tokio::sync::watch;

use crate::cli::{DATA_DIR, Exit, Face, Renderer};
use crate::core::queue::Scope;
use crate::core::snapshot::Doors;
use crate::core::{Choices, Command, Integration, Notice, Refusal, Reply};
use crate::engine::{self, Engine, Handle, Parts};
use crate::instance::{self, Desk, Door, Lock, Ports};
use crate::{platform, store};
use backups::Backups;
use desktop::{Desktop, Sight};
use window::Waker;

/// Notices that may wait for the window.
const NOTICES_MAX: usize = 256;

/// How long the session's end may be held up: as long as everything may take to end, a little less than Windows waits.
const SESSION_END_MAX: Duration = Duration::from_millis(4500);

/// What a resident is started with.
#[derive(Debug)]
pub struct Started {
    /// Held until the end.
    pub lock: Lock,
    /// Where everything is kept.
    pub data_dir: PathBuf,
    /// Where to listen.
    pub ports: Ports,
    /// From this process's own command line, absolute, without an answer yet.
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

/// The folders of a launch that names nothing but folders, as a file manager does, and the data directory of the environment.
/// An absolute path is no option and no command.
#[must_use]
pub fn only_folders() -> Option<(Vec<PathBuf>, Option<PathBuf>)> {
    let folders: Vec<PathBuf> = platform::arguments().into_iter().skip(1).map(PathBuf::from).collect();
    let is_plain = !folders.is_empty() && folders.iter().all(|folder| folder.is_absolute());
    is_plain.then(|| (folders, std::env::var_os(DATA_DIR).map(PathBuf::from)))
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

/// The ports: the usual ones, or what the environment or `.env` in the data directory says.
///
/// # Errors
/// In words, when one of them says something that is no port.
pub fn ports(data_dir: &Path) -> Result<Ports, String> {
    Ports::find(data_dir, |name| std::env::var(name).ok())
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
    let trouble = keep(&data_dir, &folders);
    let (handle, inbox) = engine::mailbox();
    // Before anybody can see that we are there. It waits in the mailbox until the engine can end cleanly.
    crate::cli::quit_on_signal(handle.clone());
    let (doors_open, doors) = watch::channel(Doors::default());
    let door = match Door::open(&data_dir, &ports, handle.clone(), doors_open) {
        Ok(door) => door,
        Err(error) => {
            return complain(face, &format!("{error} Directory: {}", data_dir.display()), Exit::DataDirectory);
        }
    };
    let (notices, inbox_of_window) = mpsc::sync_channel(NOTICES_MAX);
    let waker = Waker::default();
    let (bell, rings) = arranger::bell();
    let (desktop_bell, desktop_rings) = arranger::bell();
    let (wake, wake_desktop) = (bell.clone(), desktop_bell.clone());
    let has_window = window.is_some();
    let notify = notifier(has_window.then_some(notices), waker.clone());
    let engine = store::open(&data_dir).map_err(engine::StartError::from).and_then(|opened| {
        let parts = Parts {
            opened,
            data_dir: data_dir.clone(),
            scope: Scope::All,
            doors,
            integrate,
            notify: Box::new(notify.clone()),
            wake: Box::new(move || {
                wake.ring();
                wake_desktop.ring();
            }),
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
    let backups = Backups::start(data_dir.clone(), handle.clone(), notify.clone());
    let sight = Sight::default();
    let desktop = Desktop::start(desktop::Parts {
        snapshots: engine.snapshots(),
        rings: desktop_rings,
        bell: desktop_bell,
        handle: handle.clone(),
        sight: has_window.then(|| sight.clone()),
        notify,
        unusual_data_dir: Some(data_dir.clone()).filter(|dir| self::data_dir(None).as_ref() != Ok(dir)),
    });
    let alive = end_with_session(handle.clone());
    let exit = match window {
        Some(renderer) => {
            let snapshots = engine.snapshots();
            let arranged = arranger::Parts { snapshots, rings, bell, waker: waker.clone(), data_dir: data_dir.clone() };
            let mailbox = handle.clone();
            let parts =
                window::Parts { handle: mailbox, arranged, noticed: inbox_of_window, waker, sight, data_dir, trouble };
            match platform::check_window_libraries().and_then(|()| window::run(parts, renderer)) {
                Ok(()) => Exit::Done,
                Err(words) => without_window(&handle, folders, &words, face),
            }
        }
        None => trouble.map_or(Exit::Done, |words| complain(face, &words, Exit::DataDirectory)),
    };
    let exit = end(engine, &handle, door, (lock, backups), has_window, exit);
    drop((alive, desktop));
    exit
}

/// The entries of the system's file manager.
///
/// # Errors
/// In words.
pub fn integrate(wanted: Option<bool>) -> Result<Integration, String> {
    match wanted {
        Some(true) => platform::shell::install(),
        Some(false) => platform::shell::remove(),
        None => platform::shell::status(),
    }
}

/// Quits when the session of the desktop ends, which waits until what is returned is dropped.
fn end_with_session(handle: Handle) -> mpsc::SyncSender<()> {
    let (alive, ended) = mpsc::sync_channel(0);
    platform::on_session_end(move || {
        handle.send(Command::Quit, Box::new(|_| {}));
        let _ = ended.recv_timeout(SESSION_END_MAX); // Nothing is sent.
    });
    alive
}

/// The program ends at once, but not before its folders are where it says.
fn without_window(handle: &Handle, folders: Vec<PathBuf>, words: &str, face: Face) -> Exit {
    let _ = handle.ask_blocking(Command::Add { paths: folders, choices: Choices::default() }); // They are in the inbox, too.
    let words =
        format!("{words} The queue is safe; `bbdrop --headless` and `bbdrop --run-once` work without a window.");
    complain(face, &words, Exit::Failed)
}

/// The folders of this process's own command line go the way of those that found no resident: safe on disk before anything
/// slow begins, taken in as soon as the engine answers. Returns what went wrong, in words.
fn keep(data_dir: &Path, folders: &[PathBuf]) -> Option<String> {
    if folders.is_empty() {
        return None;
    }
    let error = instance::leave_in_inbox(data_dir, folders).err()?;
    Some(format!("The folders could not be added: {error}. Add them again. Directory: {}", data_dir.display()))
}

/// Without a window the engine runs until somebody asks it to end; with one, until the window is gone.
fn end(engine: Engine, handle: &Handle, door: Door, held: (Lock, Backups), has_window: bool, exit: Exit) -> Exit {
    let (lock, backups) = held;
    if has_window {
        handle.send(Command::Quit, Box::new(|_| {}));
    }
    let saved = engine.join();
    door.close();
    drop(backups); // Nothing of this process may be in the data directory without the lock.
    drop(lock);
    if saved { exit } else { Exit::DataDirectory }
}

/// Tells the window, or the terminal when there is none.
fn notifier(window: Option<mpsc::SyncSender<Notice>>, waker: Waker) -> impl Fn(Notice) + Clone + Send + 'static {
    move |notice| match &window {
        None => tell_terminal(&notice),
        Some(notices) => {
            if notices.try_send(notice).is_ok() {
                waker.wake();
            }
        }
    }
}

fn tell_terminal(notice: &Notice) {
    let words = match notice {
        Notice::Tell { words, .. } => vec![words.clone()],
        Notice::Arrived(arrival) => arrival.refused.clone(),
        Notice::Raise | Notice::Copy(_) | Notice::CopyOutput { .. } | Notice::HasSubfolders | Notice::Quit => {
            Vec::new()
        }
    };
    for words in words {
        let _ = writeln!(std::io::stderr().lock(), "{words}");
    }
}
