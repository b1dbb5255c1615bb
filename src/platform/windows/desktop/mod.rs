//! Windows: sleep, the taskbar, the notification area with its notifications, the start at sign-in. COM is set up for the thread that has
//! this; the icon has a thread of its own, for its messages.

mod taskbar;
mod tray;

use std::ffi::OsString;
use std::io;
use std::path::Path;

use windows_link::link;
use windows_registry::CURRENT_USER;

use crate::core::desktop::Progress;
use crate::platform::desktop::Wish;
use taskbar::Taskbar;
use tray::Tray;

/// What every program starts when this user signs in
/// (<https://learn.microsoft.com/windows/win32/setupapi/run-and-runonce-registry-keys>).
const RUN: &str = r"Software\Microsoft\Windows\CurrentVersion\Run";
const NAME: &str = "BBDrop";

/// For as long as the thread wants it so, not once.
const ES_CONTINUOUS: u32 = 0x8000_0000;
/// The computer, not the screen.
const ES_SYSTEM_REQUIRED: u32 = 1;

link!("kernel32.dll" "system" fn SetThreadExecutionState(flags: u32) -> u32);

/// What the desktop has of this program.
pub struct Desktop {
    tray: Tray,
    taskbar: Option<Taskbar>,
}

impl Desktop {
    pub fn new(wish: Box<dyn Fn(Wish) + Send>) -> Self {
        Self { tray: Tray::new(wish), taskbar: None }
    }

    /// Holds for the calling thread; its end is the end of it
    /// (<https://learn.microsoft.com/windows/win32/api/winbase/nf-winbase-setthreadexecutionstate>).
    #[expect(unsafe_code, clippy::unused_self, reason = "a call of the system's; the same on every system")]
    pub fn keep_awake(&mut self, awake: bool) -> Result<(), String> {
        let flags = if awake { ES_CONTINUOUS | ES_SYSTEM_REQUIRED } else { ES_CONTINUOUS };
        // SAFETY: takes a number, touches no memory of ours.
        let before = unsafe { SetThreadExecutionState(flags) };
        if before == 0 { Err("The computer may go to sleep: Windows refused.".to_owned()) } else { Ok(()) }
    }

    pub fn notify(&mut self, title: &str, words: &str) -> Result<(), String> {
        self.tray.notify(title, words).map_err(|error| format!("A notification could not be shown: {error}."))
    }

    pub fn show_progress(&mut self, window: isize, progress: Option<Progress>) -> Result<(), String> {
        if window == 0 {
            return Ok(());
        }
        let words = |error| format!("The taskbar shows no progress: {error}.");
        let taskbar = match self.taskbar.take() {
            Some(taskbar) => taskbar,
            None => Taskbar::new().map_err(words)?,
        };
        self.taskbar.insert(taskbar).show(window, progress).map_err(words)
    }

    pub fn show_in_tray(&mut self, is_shown: bool) -> Result<(), String> {
        self.tray.show(is_shown).map_err(|error| format!("The icon in the notification area: {error}."))
    }
}

pub fn set_autostart(is_wanted: bool, program: &Path, arguments: &[OsString]) -> io::Result<()> {
    let words: Option<Vec<&str>> = std::iter::once(program.as_os_str())
        .chain(arguments.iter().map(AsRef::as_ref))
        .map(|word| word.to_str())
        .collect();
    let words = words.ok_or_else(|| io::Error::other("the path of BBDrop or of its data is not Unicode"))?;
    let line = words.into_iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(" ");
    let run = CURRENT_USER.create(RUN).map_err(io::Error::other)?;
    let is_ours = run.get_string(NAME).is_ok_and(|present| present == line);
    match (is_wanted, is_ours) {
        (true, false) => run.set_string(NAME, &line).map_err(io::Error::other),
        (false, true) => run.remove_value(NAME).map_err(io::Error::other),
        (true, true) | (false, false) => Ok(()),
    }
}
