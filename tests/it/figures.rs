//! Figures that the issues ask for, printed as `figure: NAME = VALUE`; asserted in release builds only.

mod hostile;
mod hosts;
mod import;
mod launch;
mod storage;
mod uploads;
#[cfg(feature = "inspection")]
mod window;

use crate::support::{Home, is_proof};

const RELEASE: bool = cfg!(not(debug_assertions));

/// Rounds of which the median counts: `full` in `scripts/prove`, two fewer otherwise, one where nothing is asserted.
fn rounds(full: usize) -> usize {
    if !RELEASE {
        1
    } else if is_proof() {
        full
    } else {
        full - 2
    }
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
