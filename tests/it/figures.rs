//! Figures that the issues ask for, printed as `figure: NAME = VALUE`; asserted in release builds only.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::Home;

const RELEASE: bool = cfg!(not(debug_assertions));

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn time(mut command: Command) -> Duration {
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let start = Instant::now();
    let status = command.status().expect("it runs");
    assert!(status.success());
    start.elapsed()
}

#[test]
fn hand_over_from_exec_to_exit() {
    let home = Home::new();
    let resident = home.resident(&[]);
    let folders: Vec<_> = (0..60).map(|n| home.pictures(&format!("f{n}"), 1, 1)).collect();
    let hand_over = |folder: &std::path::PathBuf| time(home.bbdrop(&[folder.to_str().expect("Unicode")]));
    let ours = median(folders.iter().map(hand_over).collect());
    let nothing = median((0..60).map(|_| time(Command::new("true"))).collect());
    println!(
        "figure: hand-over, exec to exit, median of 60 = {:.1} ms (the same for /bin/true: {:.1} ms)",
        ours.as_secs_f64() * 1e3,
        nothing.as_secs_f64() * 1e3
    );
    assert_eq!(home.list().len(), 60);
    assert!(!RELEASE || ours <= Duration::from_millis(15), "{ours:?}");
    assert_eq!(resident.quit(), 0);
}

#[test]
fn resident_memory_of_headless_idle() {
    let home = Home::new();
    let resident = home.resident(&[]);
    assert_eq!(home.status()["state"], "idle");
    let status = std::fs::read_to_string(format!("/proc/{}/status", resident.child.id())).expect("read");
    let kib = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("there");
    let kib: u64 = kib.trim().trim_end_matches(" kB").parse().expect("a number");
    println!("figure: resident memory of --headless, idle = {} MiB", kib.div_ceil(1024));
    assert!(!RELEASE || kib < 40 * 1024, "{kib} KiB");
    assert_eq!(resident.quit(), 0);
}
