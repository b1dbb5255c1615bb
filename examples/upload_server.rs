//! The upload server of the tests, by hand: `cargo run --example upload_server -- --port 9000 --latency-ms 50 --fail 20 --seed 7`.
//! Says what has come whenever that changes; keeps nothing.

#![expect(
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "the server is written as a test is, and this prints what it saw"
)]

#[path = "../tests/it/support/upload_server/mod.rs"]
#[expect(dead_code, unused_imports, reason = "the tests use all of it")]
mod upload_server;

use std::error::Error;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;

use clap::Parser;
use upload_server::{Config, Fault, Faults, Latency, Matching, Random, UploadServer};

const SUMMARY_EVERY: Duration = Duration::from_secs(2);

/// An upload server on 127.0.0.1 that goes wrong on demand.
#[derive(Parser)]
struct Args {
    /// 0: a free one
    #[arg(long, default_value_t = 9000)]
    port: u16,
    /// Every answer comes that long after the last byte of its request
    #[arg(long, default_value_t = 0)]
    latency_ms: u64,
    /// Percentage of requests that go wrong
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u8).range(..=100))]
    fail: u8,
    /// The same seed, the same faults
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Bandwidth of each connection
    #[arg(long)]
    bytes_per_second: Option<u32>,
    /// What X-API-Key must be
    #[arg(long)]
    require_key: Option<String>,
    /// Hash the images with BLAKE3
    #[arg(long)]
    hash: bool,
    #[arg(long, default_value_t = 2)]
    threads: usize,
}

fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    let config =
        Config { port: args.port, worker_threads: args.threads, hashes: args.hash, require_key: args.require_key };
    let server = UploadServer::start(config)?;
    server.set(Faults {
        latency: Latency::all(Duration::from_millis(args.latency_ms)),
        bytes_per_second_max: args.bytes_per_second,
        script: Vec::new(),
        random: Some(Random {
            matching: Matching::default(),
            percent: args.fail,
            seed: args.seed,
            faults: Fault::bad_day(),
        }),
    });
    println!("{}", server.url());

    let (stop, stopped) = sync_channel(1);
    ctrlc::set_handler(move || {
        let _ = stop.try_send(());
    })?;
    let mut last = summary(&server);
    loop {
        let is_over = stopped.recv_timeout(SUMMARY_EVERY) != Err(RecvTimeoutError::Timeout);
        let now = summary(&server);
        if now != last {
            println!("{now}");
            last = now;
        }
        if is_over {
            return Ok(());
        }
    }
}

fn summary(server: &UploadServer) -> String {
    let received = server.received();
    let faults = received.iter().filter(|arrival| arrival.fault.is_some()).count();
    let stored = received.iter().filter(|arrival| arrival.is_stored && !arrival.file_name.is_empty()).count();
    format!(
        "{} requests, {faults} gone wrong, {} galleries, {stored} images stored, {} bytes; at most {} uploads at once, {} requests a second",
        received.len(),
        server.galleries().len(),
        server.total_bytes(),
        server.in_flight_max(),
        server.requests_per_second_max(),
    )
}
