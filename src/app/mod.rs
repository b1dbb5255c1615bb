//! Putting it together: where data lives, and the life of a resident from the lock to the last write.

mod arranger;
mod backups;
mod desktop;
mod drops;
mod fonts;
mod layout;
mod notices;
mod opening;
mod pictures;
mod place;
mod pointer;
mod privacy;
mod uri_list;
mod watchdog;
mod window;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use tokio::sync::watch;

use crate::cli::{DATA_DIR, Exit, Face, Renderer};
use crate::core::printable::printable;
use crate::core::queue::Scope;
use crate::core::snapshot::Doors;
use crate::core::{Choices, Command, Integration, Notice, Refusal, Reply, Snapshot};
use crate::engine::{self, Engine, Handle, Inbox, Parts, StartError};
use crate::instance::{self, Desk, Door, Lock, Ports};
use crate::{platform, store};
use arranger::Bell;
use backups::Backups;
use desktop::{Desktop, Sight};
pub use privacy::Privacy;
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
/// An absolute path is no option and no command; the entries of file managers begin with `--` all the same.
#[must_use]
pub fn only_folders() -> Option<(Vec<PathBuf>, Option<PathBuf>)> {
    let arguments = platform::arguments().into_iter().skip(1).enumerate();
    let folders: Vec<PathBuf> =
        arguments.filter(|(index, argument)| *index > 0 || argument != "--").map(|(_, folder)| folder.into()).collect();
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
    let words = printable(words);
    let _ = writeln!(std::io::stderr().lock(), "{words}"); // Nobody is left to tell when stderr is gone.
    if face == Face::Window && !platform::HAS_CONSOLE {
        rfd::MessageDialog::new()
            .set_level(rfd::MessageLevel::Error)
            .set_title("BBDrop")
            .set_description(&*words)
            .show();
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
    let (bell, rings) = arranger::bell();
    let (waker, sight) = (Waker::default(), Sight::default());
    let has_window = window.is_some();
    let start = {
        let (data_dir, handle, bell) = (data_dir.clone(), handle.clone(), bell.clone());
        let notify = notifier(has_window.then_some(notices), waker.clone());
        let sight = has_window.then(|| sight.clone());
        move || Work::start(inbox, handle, data_dir, doors, notify, bell, sight)
    };
    let alive = end_with_session(handle.clone());
    let worked = match window {
        Some(renderer) => {
            let (snapshots, opened) = mpsc::sync_channel(1);
            let parts = window::Parts {
                handle: handle.clone(),
                opened,
                rings,
                bell,
                noticed: inbox_of_window,
                waker,
                sight,
                data_dir: data_dir.clone(),
                trouble,
            };
            beside_window(start, snapshots, parts, renderer).map(|(work, shown)| match shown {
                Ok(()) => (work, Exit::Done),
                Err(words) => (work, without_window(&handle, folders, &words, face)),
            })
        }
        None => {
            start().map(|work| (work, trouble.map_or(Exit::Done, |words| complain(face, &words, Exit::DataDirectory))))
        }
    };
    let (work, exit) = match worked {
        Ok(worked) => worked,
        Err(error) => {
            door.close();
            return complain(face, &error.to_string(), Exit::DataDirectory);
        }
    };
    let exit = work.end(&handle, door, lock, has_window, exit);
    drop(alive);
    exit
}

/// Opens the store and begins the work on a thread while the window opens on this one: each takes about as long, and neither
/// needs the other before the first frame. Returns how the window went, when the work has begun.
fn beside_window(
    start: impl FnOnce() -> Result<Work, StartError> + Send + 'static,
    snapshots: mpsc::SyncSender<watch::Receiver<Arc<Snapshot>>>,
    parts: window::Parts,
    renderer: Renderer,
) -> Result<(Work, Result<(), String>), StartError> {
    let start = move || -> Result<Work, StartError> {
        let work = start()?;
        let _ = snapshots.send(work.engine.snapshots()); // A window that cannot be opened is not there to take them.
        Ok(work)
    };
    let opening = std::thread::Builder::new().name("opening".to_owned()).spawn(start)?;
    let shown = platform::check_window_libraries().and_then(|()| window::run(parts, renderer));
    let work = opening.join().unwrap_or_else(|_| Err(std::io::Error::other("one has ended unexpectedly").into()))?;
    Ok((work, shown))
}

/// All that works behind the door, with and without a window.
struct Work {
    engine: Engine,
    backups: Backups,
    desktop: Desktop,
}

impl Work {
    fn start(
        inbox: Inbox,
        handle: Handle,
        data_dir: PathBuf,
        doors: watch::Receiver<Doors>,
        notify: impl Fn(Notice) + Clone + Send + 'static,
        bell: Bell,
        sight: Option<Sight>,
    ) -> Result<Self, StartError> {
        let (desktop_bell, desktop_rings) = arranger::bell();
        let wake_desktop = desktop_bell.clone();
        let opened = store::open(&data_dir)?;
        let mut privacy = Privacy::new(data_dir.clone());
        if let Some(words) = privacy.follow(&opened.stored.settings) {
            notify(Notice::Tell { words, is_error: false });
        }
        let parts = Parts {
            opened,
            data_dir: data_dir.clone(),
            scope: Scope::All,
            doors,
            integrate,
            variable,
            notify: Box::new(notify.clone()),
            wake: Box::new(move || {
                bell.ring();
                wake_desktop.ring();
            }),
        };
        let engine = Engine::start(inbox, parts)?;
        let backups = Backups::start(data_dir.clone(), handle.clone(), notify.clone());
        let unusual_data_dir = Some(data_dir).filter(|dir| self::data_dir(None).as_ref() != Ok(dir));
        let desktop = Desktop::start(desktop::Parts {
            snapshots: engine.snapshots(),
            rings: desktop_rings,
            bell: desktop_bell,
            handle,
            sight,
            notify,
            privacy,
            unusual_data_dir,
        });
        Ok(Self { engine, backups, desktop })
    }

    /// Without a window the engine runs until somebody asks it to end; with one, until the window is gone.
    fn end(self, handle: &Handle, door: Door, lock: Lock, has_window: bool, exit: Exit) -> Exit {
        if has_window {
            handle.send(Command::Quit, Box::new(|_| {}));
        }
        let saved = self.engine.join();
        door.close();
        drop(self.backups); // Nothing of this process may be in the data directory without the lock.
        drop(lock);
        drop(self.desktop);
        if saved { exit } else { Exit::DataDirectory }
    }
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

/// A variable that this process was started with.
#[must_use]
pub fn variable(name: &str) -> Option<String> {
    std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
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
        Notice::Tell { words, .. } => words.lines().map(str::to_owned).collect(),
        Notice::Arrived(arrival) => arrival.refused.clone(),
        Notice::Raise | Notice::Copy(_) | Notice::CopyOutput { .. } | Notice::HasSubfolders | Notice::Quit => {
            Vec::new()
        }
    };
    for words in words {
        let _ = writeln!(std::io::stderr().lock(), "{}", printable(&words));
    }
}
