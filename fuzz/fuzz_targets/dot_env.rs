//! Any bytes as the `.env` file.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bbdrop::instance::untrusted::dot_env(bytes));
