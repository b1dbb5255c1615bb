//! One process per data directory: who is it, how others hand it their folders, how it answers.
//!
//! The OS file lock decides who is the resident; the TCP ports are its doors, the inbox is for folders nobody opens to.
//! Knows no window and no database.

mod client;
mod delegate;
mod dispatch;
mod door;
mod folder_channel;
mod inbox;
mod knock;
mod lock;
mod message;
pub mod path_text;
mod ports;
mod protocol;
mod repeats;
mod resident_file;
mod tabs;
mod token;
#[doc(hidden)]
pub mod untrusted;

use crate::core::{Command, Refusal, Reply};

pub use client::{Answered, Client, Entrance, NotAnswered};
pub use dispatch::dispatch;
pub use door::{Door, DoorError};
pub use inbox::leave as leave_in_inbox;
pub use lock::{Lock, LockError};
pub use path_text::path_of_url;
pub use ports::Ports;
pub use protocol::{Action, Request, Response, Verb};

/// Whoever answers commands: the engine.
pub trait Desk: Clone + Send + Sync + 'static {
    /// Asks and waits for the answer.
    fn ask(&self, command: Command) -> impl Future<Output = Result<Reply, Refusal>> + Send;
}
