//! Promises, tested on the real binary: real processes, real sockets, real kills.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test says what it expects by panicking, and prints its figures"
)]

mod support;

mod bad_input;
mod cli;
mod commands;
mod desktop;
mod door;
mod figures;
mod hosts;
mod import;
mod inbox;
mod instance;
mod journey;
mod launches;
mod output;
mod protocol;
mod queue;
mod recovery;
mod run_once;
mod sharex;
mod shell;
mod soak;
mod storage;
mod templates;
mod tidy;
mod upload_server;
mod uploads;
#[cfg(feature = "inspection")]
mod window;
