//! Where the pointer is, asked of the system, which knows it on every thread.

use windows_sys::Win32::Foundation::{HWND, POINT};
use windows_sys::Win32::Graphics::Gdi::ScreenToClient;
use windows_sys::Win32::UI::WindowsAndMessaging::GetCursorPos;

use super::super::drag::{Drag, Look, Place};

/// The window's library receives what is dropped.
pub fn receive(_window: isize, _tell: Box<dyn FnMut(Drag) + Send>) -> std::io::Result<()> {
    Ok(())
}

/// Addresses do not come here.
pub const fn host_name() -> String {
    String::new()
}

pub fn over(window: isize) -> Option<Look> {
    (window != 0).then(|| -> Look { Box::new(move || place_over(window)) })
}

/// <https://learn.microsoft.com/windows/win32/api/winuser/nf-winuser-getcursorpos>,
/// <https://learn.microsoft.com/windows/win32/api/winuser/nf-winuser-screentoclient>
#[expect(unsafe_code, reason = "calls of the system's")]
fn place_over(window: isize) -> Option<Place> {
    let mut point = POINT { x: 0, y: 0 };
    // SAFETY: both calls write to `point` and nowhere else; a window that is gone is no more than an error.
    let is_found = unsafe { GetCursorPos(&raw mut point) != 0 && ScreenToClient(window as HWND, &raw mut point) != 0 };
    let [x, y] = [i16::try_from(point.x).ok()?, i16::try_from(point.y).ok()?];
    is_found.then_some([x, y])
}
