//! One process per data directory: who is it, how others hand it their folders, how it answers.
//!
//! The OS file lock decides who is the resident; the TCP ports are its doors. Knows no window and no database.

mod client;
mod delegate;
mod dispatch;
mod door;
mod lock;
mod message;
mod protocol;
mod resident_file;

use crate::core::{Command, Refusal, Reply};

pub use client::{Answered, Entrance, NotAnswered, ask, enter};
pub use dispatch::dispatch;
pub use door::{Door, DoorError};
pub use lock::{Lock, LockError};
pub use protocol::{Action, Request, Response, Verb};

/// Where the doors are looked for; one place reads the environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ports {
    /// The folder channel (ADR-002).
    pub folder: u16,
    /// The delegate channel takes the first free one (ADR-007).
    pub delegate: std::ops::RangeInclusive<u16>,
}

impl Default for Ports {
    fn default() -> Self {
        Self { folder: 27_849, delegate: 54_000..=54_050 }
    }
}

/// Whoever answers commands: the engine.
pub trait Desk: Clone + Send + Sync + 'static {
    /// Asks and waits for the answer.
    fn ask(&self, command: Command) -> impl Future<Output = Result<Reply, Refusal>> + Send;
}
