//! Any bytes as a database of `BBDrop` 0.9, and as what is in one.

#![no_main]

use std::sync::LazyLock;

use tempfile::TempDir;

/// In memory where the system has a place for that: thousands of databases a second are written.
static DIRECTORY: LazyLock<TempDir> = LazyLock::new(|| {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a directory")
});

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    bbdrop::store::legacy::untrusted::old_database(bytes, DIRECTORY.path());
});
