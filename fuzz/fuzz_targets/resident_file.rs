//! Any bytes as `resident.json`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bbdrop::instance::untrusted::resident_file(bytes));
