//! Promises, tested on the real binary: real processes, real sockets, real kills. On Windows, too, but for what is `cfg(unix)`
//! (docs/windows-tests.md says why, and what is tested there instead).

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
#[cfg(unix)]
mod desktop;
mod door;
#[cfg(unix)]
mod figures;
mod hostile;
mod hosts;
mod import;
mod inbox;
mod instance;
#[cfg(unix)]
mod journey;
#[cfg(unix)]
mod launches;
mod output;
#[cfg(unix)]
mod protocol;
#[cfg(unix)]
mod proxy;
mod queue;
mod recovery;
mod run_once;
mod sharex;
#[cfg(unix)]
mod shell;
#[cfg(unix)]
mod soak;
#[cfg(unix)]
mod storage;
mod templates;
#[cfg(unix)]
mod tidy;
#[cfg(unix)]
mod upload_server;
mod uploads;
#[cfg(all(unix, feature = "inspection"))]
mod window;
#[cfg(all(unix, feature = "inspection"))]
mod window_drops;
#[cfg(all(unix, feature = "inspection"))]
mod window_input;
#[cfg(all(unix, feature = "inspection"))]
mod window_picked;
