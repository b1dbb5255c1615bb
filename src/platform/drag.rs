//! What is dragged over the window from outside: where it is and what it is. The window's own library tells too little of both.

use std::io;

#[cfg(target_os = "linux")]
use super::linux::xdnd as system;
#[cfg(windows)]
use super::windows::pointer as system;

/// Pixels of the window to the right and down, from the upper left corner of its content.
pub type Place = [i16; 2];

/// What happens to things that are dragged. Each drag ends with one of the last three.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Drag {
    /// They are there now.
    Over(Place),
    /// What they are: addresses as `text/uri-list` (RFC 2483), as they came.
    Holds(Vec<u8>),
    /// They have left the window.
    Gone,
    /// They were let go there; what they are came before.
    Dropped(Place),
    /// They were let go, and the program that they come from has not said what they are.
    Lost,
}

/// Receives what is dragged over a window, which is what [`window_of`](super::desktop::window_of) gave, until that window is gone. Nothing is
/// received where the window's library has to do: there [`over`] may know the place.
///
/// # Errors
/// When the system gives no thread.
pub fn receive(window: isize, tell: impl FnMut(Drag) + Send + 'static) -> io::Result<()> {
    system::receive(window, Box::new(tell))
}

/// What this computer is called, where addresses of files may have its name.
#[must_use]
pub fn host_name() -> String {
    system::host_name()
}

/// Says each time where the pointer is now, if the system tells. May wait for the system.
pub type Look = Box<dyn FnMut() -> Option<Place>>;

/// Looks at the pointer from a window on; `None` where that cannot be known or need not be.
#[must_use]
pub fn over(window: isize) -> Option<Look> {
    system::over(window)
}

/// Systems that nobody has tried yet.
#[cfg(not(any(target_os = "linux", windows)))]
mod system {
    use super::{Drag, Look};

    pub fn receive(_window: isize, _tell: Box<dyn FnMut(Drag) + Send>) -> std::io::Result<()> {
        Ok(())
    }

    pub fn host_name() -> String {
        String::new()
    }

    pub fn over(_window: isize) -> Option<Look> {
        None
    }
}
