//! Linux: who may use files, the window system and its libraries, who holds a socket, the entries of file managers, the desktop, what is dragged over the window, and what a thread has cost.

mod access;
mod window_system;
mod owner;
mod sock_diag;
mod proc_net;
mod holder;
pub(super) mod shell;
mod notifications;
pub(super) mod desktop;
pub(super) mod xdnd;

pub use window_system::{check_window_libraries, choose_window_system};

pub(super) use access::{make_private, make_private_directory};
pub(super) use holder::holder_of;
pub(super) use owner::owner_of;

use std::time::Duration;

use rustix::process::{Resource, getrlimit};
use rustix::time::{ClockId, clock_gettime};

/// `RLIMIT_NOFILE`, as it is for this process now.
pub(super) fn open_files_max() -> Option<u64> {
    getrlimit(Resource::Nofile).current
}

/// What this thread has spent its time with. `schedstat` has its CPU time too, but only up to the last tick of the clock.
pub(super) fn thread_times() -> Option<super::ThreadTimes> {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let ready = stat.split_ascii_whitespace().nth(1)?.parse().ok()?;
    Some(super::ThreadTimes { cpu: thread_cpu_time()?, ready: Duration::from_nanos(ready) })
}

/// CPU time that this thread has used.
pub(super) fn thread_cpu_time() -> Option<Duration> {
    let used = clock_gettime(ClockId::ThreadCPUTime);
    Some(Duration::new(u64::try_from(used.tv_sec).ok()?, u32::try_from(used.tv_nsec).ok()?))
}
