//! What differs between systems: the only `cfg` for an operating system and the only `unsafe`.

#[cfg(any(windows, test))]
mod command_line;
mod owner;
pub mod desktop;
pub mod drag;
pub mod shell;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(windows)]
mod windows;

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::time::Duration;

use socket2::{Domain, Protocol, SockRef, Socket, Type};

#[cfg(target_os = "linux")]
pub use linux::{check_window_libraries, choose_window_system};
pub use owner::{Owner, holder_of, owner_of_peer, owner_of_server};
#[cfg(windows)]
pub use windows::{allow_foreground, arguments, on_session_end};

/// Whether what is written to stderr can be seen: a program of the window kind has no console on Windows.
pub const HAS_CONSOLE: bool = cfg!(not(windows));

/// Whether glow draws first and wgpu takes over, or the other way round. On Linux by measurement (docs/performance.md);
/// on Windows OpenGL is the one that is missing more often (remote desktops, virtual machines).
pub const GLOW_FIRST: bool = cfg!(not(windows));

/// Connections that may wait to be accepted.
const BACKLOG: i32 = 1024;

/// Listens on 127.0.0.1 and nowhere else. On Unix a port in `TIME_WAIT` can be had; on Windows nobody can take the port
/// along with us.
///
/// # Errors
/// When the port is taken, or the system gives no socket.
pub fn listen(port: u16) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP))?;
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    #[cfg(windows)]
    windows::make_exclusive(&socket)?;
    socket.set_nonblocking(true)?;
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)).into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// Makes a directory, with those above it, that nobody but the person can use. On Windows that goes by where it is.
///
/// # Errors
/// When it cannot be made.
pub fn make_private_directory(directory: &Path) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    return linux::make_private_directory(directory);
    #[cfg(not(target_os = "linux"))]
    std::fs::create_dir_all(directory)
}

/// Keeps everybody but the person from a file or directory, not from passing through a directory that `is_passage` to what
/// they know the name of. Says whether that is new. Links are left alone, and on Windows everything: there it goes by where it is.
///
/// # Errors
/// When it is not there or not the person's.
pub fn make_private(path: &Path, is_passage: bool) -> io::Result<bool> {
    #[cfg(target_os = "linux")]
    return linux::make_private(path, is_passage);
    #[cfg(not(target_os = "linux"))]
    {
        let _ = (path, is_passage);
        Ok(false)
    }
}

/// Closes a connection on which nothing was said so that the other side sees that nothing was meant: an orderly end would be a message
/// that is empty.
pub fn abort(stream: TcpStream) {
    let _ = SockRef::from(&stream).set_linger(Some(Duration::ZERO)); // Otherwise it is an orderly end.
    drop(stream);
}

/// How many files and sockets this process may have open at once, where there is such a limit.
#[must_use]
pub fn open_files_max() -> Option<u64> {
    #[cfg(target_os = "linux")]
    let most = linux::open_files_max();
    #[cfg(not(target_os = "linux"))]
    let most = None;
    most
}

/// Lets the process that is handed something come to the front. Only Windows guards that.
#[cfg(not(windows))]
pub const fn allow_foreground() {}

/// What the program is started with, its own name first.
#[cfg(not(windows))]
#[must_use]
pub fn arguments() -> Vec<std::ffi::OsString> {
    std::env::args_os().collect()
}

/// Calls `end` when the session ends. Elsewhere than on Windows that is a signal.
#[cfg(not(windows))]
pub fn on_session_end(_end: impl Fn() + Send + 'static) {}

/// What a thread has spent its time with, as far as it did not wait for anything.
#[derive(Clone, Copy, Debug)]
pub struct ThreadTimes {
    /// Computing.
    pub cpu: std::time::Duration,
    /// Ready to, while all processors were busy with others.
    pub ready: std::time::Duration,
}

/// What the thread which asks has spent its time with, where the system says so.
#[must_use]
pub fn thread_times() -> Option<ThreadTimes> {
    #[cfg(target_os = "linux")]
    let times = linux::thread_times();
    #[cfg(not(target_os = "linux"))]
    let times = None;
    times
}

/// CPU time that the thread which asks has used so far, where the system says it in fine steps.
#[must_use]
pub fn thread_cpu_time() -> Option<std::time::Duration> {
    #[cfg(target_os = "linux")]
    let used = linux::thread_cpu_time();
    #[cfg(not(target_os = "linux"))]
    let used = None;
    used
}

/// Looks whether a window can be opened at all. Only on Linux are its libraries not part of the system.
///
/// # Errors
/// In words that name what is missing and the package it is in.
#[cfg(not(target_os = "linux"))]
pub const fn check_window_libraries() -> Result<(), String> {
    Ok(())
}

/// Chooses by what the window is shown. Only Linux has several window systems.
#[cfg(not(target_os = "linux"))]
pub const fn choose_window_system<T>(_builder: &mut T) {}
