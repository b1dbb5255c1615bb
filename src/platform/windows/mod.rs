//! Windows: sockets nobody can share, who may come to the front, who holds a socket, the end of the session, Explorer, the desktop, the pointer.

mod arguments;
mod tcp_table;
mod process;
mod session_end;
pub(super) mod shell;
pub(super) mod desktop;
pub(super) mod pointer;

use std::io;
use std::os::windows::io::AsRawSocket as _;

use socket2::Socket;
use windows_sys::Win32::Networking::WinSock::{SO_EXCLUSIVEADDRUSE, SOCKET, SOL_SOCKET, setsockopt};
use windows_sys::Win32::UI::WindowsAndMessaging::{ASFW_ANY, AllowSetForegroundWindow};

use super::owner::{Ends, Owner};

pub use arguments::arguments;
pub use session_end::on_session_end;

/// Sets `SO_EXCLUSIVEADDRUSE`, without which any process could bind the same port with `SO_REUSEADDR`
/// (<https://learn.microsoft.com/windows/win32/winsock/using-so-reuseaddr-and-so-exclusiveaddruse>).
#[expect(unsafe_code, reason = "socket2 does not know this option")]
pub(super) fn make_exclusive(socket: &Socket) -> io::Result<()> {
    let on: i32 = 1;
    let handle = SOCKET::try_from(socket.as_raw_socket()).map_err(io::Error::other)?;
    // SAFETY: the handle is open for the whole call, and the pointer and length are those of `on`, a BOOL.
    let result = unsafe {
        setsockopt(handle, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, std::ptr::from_ref(&on).cast(), size_of::<i32>() as i32)
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Lets the process that is handed something come to the front
/// (<https://learn.microsoft.com/windows/win32/api/winuser/nf-winuser-allowsetforegroundwindow>).
#[expect(unsafe_code, reason = "a call of the system's")]
pub fn allow_foreground() {
    // SAFETY: takes a process id (here: any) and touches no memory of ours. Failure only means that the window flashes.
    unsafe {
        AllowSetForegroundWindow(ASFW_ANY);
    }
}

/// Asks for the whole table at every question: Windows has no question about one socket.
pub(super) fn owner_of(ends: Ends) -> Owner {
    tcp_table::process_of(ends).map_or(Owner::Unknown, process::owner_of)
}

pub(super) fn holder_of(ends: Ends) -> Option<String> {
    tcp_table::process_of(ends).and_then(process::name_of)
}
