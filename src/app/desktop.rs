//! Tells the desktop around the program what it shall know, on a thread of its own: other programs are asked, and may be slow. Opens and closes
//! the data directory as the settings say. What fails is
//! written to the log once; only what a person has asked for in the settings is told.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicIsize, Ordering};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;

use tokio::sync::watch;

use super::arranger::Bell;
use super::privacy::Privacy;
use super::window::Waker;
use crate::core::desktop::{self, DesktopSettings, Outlook, Watch};
use crate::core::{Command, Notice, Snapshot};
use crate::engine::Handle;
use crate::platform::desktop::{Desktop as System, HAS_TRAY, Wish, set_autostart};

/// What the window tells about itself. There is one, or none.
#[derive(Clone, Debug, Default)]
pub struct Sight(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    is_hidden: AtomicBool,
    is_in_front: AtomicBool,
    is_in_tray: AtomicBool,
    window: AtomicIsize,
    waker: OnceLock<Waker>,
}

impl Sight {
    /// The window as the system knows it, and how to reach it.
    pub fn set_window(&self, window: isize, waker: &Waker) {
        self.0.window.store(window, Ordering::Release);
        self.0.waker.get_or_init(|| waker.clone()); // The next renderer's window has the same.
    }

    /// Whether it has the keyboard.
    pub fn set_in_front(&self, is_in_front: bool) {
        self.0.is_in_front.store(is_in_front, Ordering::Release);
    }

    /// Whether nobody can see the window.
    pub fn set_hidden(&self, is_hidden: bool) {
        self.0.is_hidden.store(is_hidden, Ordering::Release);
    }

    /// Lets the taskbar point at the window, unless it is the one that is worked in.
    fn call_for_attention(&self) {
        match self.0.waker.get() {
            Some(waker) if !self.0.is_in_front.load(Ordering::Acquire) => waker.call_for_attention(),
            _ => {}
        }
    }

    /// Whether the window could be found again if it were hidden.
    pub fn is_in_tray(&self) -> bool {
        self.0.is_in_tray.load(Ordering::Acquire)
    }
}

/// What the thread is made of.
pub struct Parts<N> {
    pub snapshots: watch::Receiver<Arc<Snapshot>>,
    pub rings: Receiver<()>,
    pub bell: Bell,
    pub handle: Handle,
    /// `None` without a window.
    pub sight: Option<Sight>,
    pub notify: N,
    /// Follows the settings.
    pub privacy: Privacy,
    /// The data directory, if it is not the usual one: a start at sign-in needs its name.
    pub unusual_data_dir: Option<PathBuf>,
}

/// Runs until it is dropped.
pub struct Desktop {
    ending: Arc<AtomicBool>,
    bell: Bell,
    thread: Option<JoinHandle<()>>,
}

impl Desktop {
    /// Begins. Without a thread nothing of it works, which nobody needs to upload.
    pub fn start<N: Fn(Notice) + Clone + Send + 'static>(parts: Parts<N>) -> Self {
        let (ending, bell) = (Arc::new(AtomicBool::new(false)), parts.bell.clone());
        let ends = Arc::clone(&ending);
        let thread = std::thread::Builder::new().name("desktop".to_owned()).spawn(move || work(parts, &ends));
        let thread = thread.inspect_err(|error| tracing::warn!("The desktop hears nothing of BBDrop: {error}")).ok();
        bell.ring();
        Self { ending, bell, thread }
    }
}

impl Drop for Desktop {
    fn drop(&mut self) {
        self.ending.store(true, Ordering::Release);
        self.bell.ring();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join(); // It has nothing left to say.
        }
    }
}

fn work<N: Fn(Notice) + Clone + Send + 'static>(parts: Parts<N>, ends: &AtomicBool) {
    let Parts { mut snapshots, rings, handle, sight, notify, mut privacy, unusual_data_dir, .. } = parts;
    let data_dir = unusual_data_dir.map(|dir| [OsString::from("--data-dir"), dir.into_os_string()]);
    let wish = {
        let notify = notify.clone();
        move |wish| match wish {
            Wish::Show => notify(Notice::Raise),
            Wish::Quit => handle.send(Command::Quit, Box::new(|_| {})),
        }
    };
    let mut state = State {
        system: System::new(wish),
        sight,
        arguments: data_dir.map(Vec::from).unwrap_or_default(),
        watch: Watch::default(),
        told: Told::default(),
    };
    while rings.recv().is_ok() && !ends.load(Ordering::Acquire) {
        let snapshot = Arc::clone(&snapshots.borrow_and_update());
        if let Err(words) = state.look(&snapshot) {
            notify(Notice::Tell { words, is_error: true });
        }
        if let Some(words) = privacy.follow(&snapshot.settings) {
            notify(Notice::Tell { words, is_error: false });
        }
    }
}

/// What the desktop was told, so that it is told only what is new.
#[derive(Default)]
struct Told {
    keeps_awake: bool,
    in_tray: bool,
    progress: Option<desktop::Progress>,
    autostart: Option<bool>,
}

struct State {
    system: System,
    sight: Option<Sight>,
    arguments: Vec<OsString>,
    watch: Watch,
    told: Told,
}

impl State {
    /// # Errors
    /// What a person has asked for, and did not get.
    fn look(&mut self, snapshot: &Snapshot) -> Result<(), String> {
        let (outlook, settings) = (Outlook::of(snapshot), &snapshot.settings.desktop);
        let awake = outlook.is_uploading && settings.keep_awake;
        if self.told.keeps_awake != awake {
            self.told.keeps_awake = awake;
            log(self.system.keep_awake(awake));
        }
        let news = self.watch.news(snapshot);
        if let Some(sight) = self.sight.clone() {
            self.show(&sight, settings, outlook);
            let is_hidden = sight.0.is_hidden.load(Ordering::Acquire);
            if let Some((title, words)) = desktop::in_short(&news).filter(|_| is_hidden && settings.notify) {
                log(self.system.notify(&title, &words));
            }
            if self.watch.calls_for_attention(&news) {
                sight.call_for_attention();
            }
        }
        self.start_at_sign_in(settings.autostart)
    }

    /// The icon, and how far everything is.
    fn show(&mut self, sight: &Sight, settings: &DesktopSettings, outlook: Outlook) {
        let in_tray = HAS_TRAY && settings.tray;
        if self.told.in_tray != in_tray {
            self.told.in_tray = in_tray;
            let shown = self.system.show_in_tray(in_tray);
            sight.0.is_in_tray.store(in_tray && shown.is_ok(), Ordering::Release);
            log(shown);
        }
        if self.told.progress != outlook.progress {
            self.told.progress = outlook.progress;
            log(self.system.show_progress(sight.0.window.load(Ordering::Acquire), outlook.progress));
        }
    }

    fn start_at_sign_in(&mut self, is_wanted: bool) -> Result<(), String> {
        if self.told.autostart == Some(is_wanted) {
            return Ok(());
        }
        self.told.autostart = Some(is_wanted);
        set_autostart(is_wanted, &self.arguments)
    }
}

/// Nobody has to do anything about it.
fn log(outcome: Result<(), String>) {
    if let Err(words) = outcome {
        tracing::info!("{words}");
    }
}
