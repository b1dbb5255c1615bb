//! Where the pointer is over the window. While something from outside is dragged, the window's own library is not told. May wait for the system.

#[cfg(target_os = "linux")]
use super::linux::pointer as system;
#[cfg(windows)]
use super::windows::pointer as system;

/// Pixels of the window to the right and down, from the upper left corner of its content.
pub type Place = [i16; 2];

/// Says each time where the pointer is now, if the system tells.
pub type Look = Box<dyn FnMut() -> Option<Place>>;

/// Looks at the pointer from a window on, which is what [`window_of`](super::desktop::window_of) gave; `None` where that cannot be known.
#[must_use]
pub fn over(window: isize) -> Option<Look> {
    system::over(window)
}

/// Systems that nobody has tried yet.
#[cfg(not(any(target_os = "linux", windows)))]
mod system {
    pub fn over(_window: isize) -> Option<super::Look> {
        None
    }
}
