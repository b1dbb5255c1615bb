//! The desktop around the program: sleep, notifications, the taskbar, the notification area, the start at sign-in. Everything may fail, because
//! desktops differ; nothing waits longer than a few seconds. Belongs to one thread of its own.

use std::ffi::OsString;
#[cfg(not(any(target_os = "linux", windows)))]
use std::path::Path;

#[cfg(target_os = "linux")]
use super::linux::desktop as system;
#[cfg(windows)]
use super::windows::desktop as system;
use crate::core::desktop::Progress;

/// What a person asks for outside of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// The window, in front.
    Show,
    /// The end.
    Quit,
}

/// Whether there is a notification area that every program may have an icon in.
pub const HAS_TRAY: bool = cfg!(windows);

/// The desktop, as one thread talks to it. What it holds ends with it.
pub struct Desktop(system::Desktop);

impl Desktop {
    /// `wish` is called when a person asks for something there.
    pub fn new(wish: impl Fn(Wish) + Send + 'static) -> Self {
        Self(system::Desktop::new(Box::new(wish)))
    }

    /// From now on the computer does not, or does, go to sleep by itself.
    ///
    /// # Errors
    /// In words, when nobody here can do that.
    pub fn keep_awake(&mut self, awake: bool) -> Result<(), String> {
        self.0.keep_awake(awake)
    }

    /// Tells the person something, whatever is on the screen.
    ///
    /// # Errors
    /// In words.
    pub fn notify(&mut self, title: &str, words: &str) -> Result<(), String> {
        self.0.notify(title, words)
    }

    /// Shows on the taskbar how far everything is. `window` is what [`window_of`] gave.
    ///
    /// # Errors
    /// In words.
    #[cfg(windows)]
    pub fn show_progress(&mut self, window: isize, progress: Option<Progress>) -> Result<(), String> {
        self.0.show_progress(window, progress)
    }

    /// Elsewhere no specification has it: the title of the window says it.
    ///
    /// # Errors
    /// Never.
    #[cfg(not(windows))]
    pub fn show_progress(&mut self, _window: isize, _progress: Option<Progress>) -> Result<(), String> {
        Ok(())
    }

    /// Shows the icon in the notification area, or takes it away.
    ///
    /// # Errors
    /// In words.
    #[cfg(windows)]
    pub fn show_in_tray(&mut self, is_shown: bool) -> Result<(), String> {
        self.0.show_in_tray(is_shown)
    }

    /// Elsewhere not every desktop has a place for it; see [`HAS_TRAY`].
    ///
    /// # Errors
    /// Never.
    #[cfg(not(windows))]
    pub fn show_in_tray(&mut self, _is_shown: bool) -> Result<(), String> {
        Ok(())
    }
}

/// Makes the program start when the person signs in, or not; `arguments` are those it shall have. An entry that starts something else
/// is left alone when none is wanted.
///
/// # Errors
/// In words.
pub fn set_autostart(is_wanted: bool, arguments: &[OsString]) -> Result<(), String> {
    let program = super::shell::program()?;
    let words = |error| format!("BBDrop's start at sign-in could not be changed: {error}.");
    system::set_autostart(is_wanted, &program, arguments).map_err(words)
}

/// The window in the words of the system; 0 where nobody needs it.
pub fn window_of(window: &impl raw_window_handle::HasWindowHandle) -> isize {
    match window.window_handle().map(|handle| handle.as_raw()) {
        Ok(raw_window_handle::RawWindowHandle::Win32(handle)) => handle.hwnd.get(),
        Ok(raw_window_handle::RawWindowHandle::Xlib(handle)) => isize::try_from(handle.window).unwrap_or_default(),
        _ => 0,
    }
}

/// Systems that nobody has tried yet. They have no entry here, and say so only where a person has asked for something.
#[cfg(not(any(target_os = "linux", windows)))]
mod system {
    use super::{OsString, Path, Wish};

    pub struct Desktop;

    impl Desktop {
        pub fn new(_wish: Box<dyn Fn(Wish) + Send>) -> Self {
            Self
        }

        pub fn keep_awake(&mut self, _awake: bool) -> Result<(), String> {
            Ok(())
        }

        pub fn notify(&mut self, _title: &str, _words: &str) -> Result<(), String> {
            Ok(())
        }
    }

    pub fn set_autostart(is_wanted: bool, _program: &Path, _arguments: &[OsString]) -> std::io::Result<()> {
        if is_wanted { Err(std::io::Error::other("BBDrop cannot do that on this system yet")) } else { Ok(()) }
    }
}
