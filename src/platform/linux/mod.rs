//! Linux: the libraries of the window, who holds a socket, and the entries of file managers. Nothing here waits for anybody.

mod window_libraries;
mod owner;
mod sock_diag;
mod proc_net;
mod holder;
pub(super) mod shell;

pub use window_libraries::check_window_libraries;

pub(super) use holder::holder_of;
pub(super) use owner::owner_of;
