//! What one hand-over costs in process: `cargo bench --bench handoff`. From exec to exit it is measured in `tests/it`.

#![expect(clippy::expect_used, clippy::panic, reason = "what goes wrong ends the bench")]

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use bbdrop::instance::{Answered, Client, Entrance, Ports, Request, untrusted};
use divan::{Bencher, black_box};
use tempfile::TempDir;

/// Longest wait for the resident.
const PATIENCE: Duration = Duration::from_secs(30);

fn main() {
    divan::main();
}

#[divan::bench]
fn read_folder_message() {
    untrusted::folder_message(black_box("/home/me/Pictures/海辺\n".as_bytes()));
}

/// Reads it, writes it and reads it again.
#[divan::bench]
fn request_there_and_back() {
    let request = br#"{"output_to_stdout":true,"token":"0","command":"run_once","folders":["/home/me/Pictures"]}"#;
    untrusted::delegate_request(black_box(request));
}

/// Two paths as text and back, one of them no Unicode.
#[divan::bench]
fn path_text_there_and_back() {
    untrusted::inbox_file(black_box(br#"{"folders":["/home/me/Pictures","file:///home/me/%FF"]}"#));
}

#[divan::bench]
fn compare_tokens(bencher: Bencher) {
    let request = |digit: &str| {
        let json = format!(r#"{{"token":"{}"}}"#, digit.repeat(64));
        serde_json::from_str::<Request>(&json).expect("a request")
    };
    let (ours, theirs) = (request("0"), request("1"));
    bencher.bench(|| black_box(&ours.token).accepts(black_box(&theirs.token)));
}

/// A folder that is new each time, to a resident of its own; its commit is part of it.
#[divan::bench(sample_count = 100, sample_size = 1)]
fn enter_with_a_new_folder(bencher: Bencher) {
    let resident = Resident::start();
    let mut next = 0;
    bencher
        .with_inputs(|| {
            next += 1;
            resident.folder(next)
        })
        .bench_local_values(|folder| assert_eq!(resident.hand_over(folder), Answered::Added));
}

/// A folder that is there already: nothing is committed.
#[divan::bench(sample_count = 100, sample_size = 1)]
fn enter_with_a_known_folder(bencher: Bencher) {
    let resident = Resident::start();
    let folder = resident.folder(0);
    resident.hand_over(folder.clone());
    bencher.bench_local(|| assert_eq!(resident.hand_over(folder.clone()), Answered::Duplicate(folder.clone())));
}

/// A resident process; killed when it goes out of scope.
struct Resident {
    home: TempDir,
    child: Child,
    ports: Ports,
}

impl Resident {
    fn start() -> Self {
        let home = tempfile::tempdir().expect("a directory");
        let ports = Ports { folder: free_port(), ..Ports::default() };
        let mut command = Command::new(env!("CARGO_BIN_EXE_bbdrop"));
        command.arg("--headless").env("BBDROP_DATA_DIR", home.path()).env("BBDROP_PORT", ports.folder.to_string());
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().expect("it starts");
        let resident = Self { home, child, ports };
        let end = Instant::now() + PATIENCE;
        while !resident.home.path().join("resident.json").exists() {
            assert!(Instant::now() < end, "no resident came");
            std::thread::yield_now();
        }
        resident
    }

    fn folder(&self, number: u32) -> PathBuf {
        let folder = self.home.path().join(format!("folder {number}"));
        std::fs::create_dir_all(&folder).expect("made");
        folder
    }

    fn hand_over(&self, folder: PathBuf) -> Answered {
        let data_dir: &Path = self.home.path();
        let entered = Client { data_dir, ports: &self.ports }.enter(&[folder]);
        match entered {
            Ok(Entrance::HandedOver(mut answers)) => answers.remove(0),
            other => panic!("not handed over: {other:?}"),
        }
    }
}

impl Drop for Resident {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port nobody has at the moment.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port()
}
